import { expect, test } from '@jest/globals';
import { headsIn } from './signed-head.ts';

const HEAD = {
  log: 'test', seal: 3, total: 2_001, upTo: { epoch: 1, txid: 900, position: 2_001 }, chain: 'ab'.repeat(32), at: '2030-01-01T00:00:00.000Z', keyId: '0123456789abcdef', signature: 'c2lnbmVk',
};
const line = (head: object): string => JSON.stringify({ level: 'info', head: JSON.stringify(head), msg: 'a head of the log was signed' });

test('heads are read as they were printed and out of lines of a log file, and all else counts for nothing', () => {
  const others = ['a line of another program', '7', 'null', '[1]', '{"level":"info","msg":"cut o', JSON.stringify({ head: 3 }), JSON.stringify({ head: 'no head' }), JSON.stringify({ msg: 'a webhook was signed', signature: 'v1,abc' }), ''];
  const { seal: _, ...rest } = HEAD;
  expect(headsIn([...others, JSON.stringify(HEAD), line({ ...rest, seal: 4 }), ...others].join('\n')).map(({ seal }) => seal)).toEqual([3, 4]);
  expect(headsIn(`${JSON.stringify(HEAD)}\r\n`)).toEqual([HEAD]);
});

test('a head that is not whole is named by its line, and a text without any is refused: neither would be held against anything', () => {
  const { chain: _, ...cut } = HEAD;
  expect(() => headsIn(`${JSON.stringify(HEAD)}\n${JSON.stringify(cut)}`)).toThrow(/^Line 2 has a head that is not whole/);
  expect(() => headsIn(line({ ...HEAD, chain: 'ab' }))).toThrow(/^Line 1 /);
  expect(() => headsIn(JSON.stringify({ ...HEAD, more: 1 }))).toThrow(/^Line 1 /);
  expect(() => headsIn('{"level":"info"}\n')).toThrow('There is no signed head in it.');
});
