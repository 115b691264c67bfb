/** What the tool does on a terminal and nowhere else, how it ends, and how it shows times. */
import { expect, test } from '@jest/globals';
import { EXIT } from './exit-codes.ts';
import { painter, progressLine } from './terminal.ts';
import { json, ran, worldFor } from './test-world.ts';
import { timeIn } from './time-text.ts';

const { server, folder, cli } = await worldFor();
const order = { orderId: 'o-1', orderNumber: 7, status: 'created', customerId: 'VINET', currency: 'USD', total: '1.00', createdAt: '2030-06-01T00:00:00.123Z', updatedAt: 'never', lines: [] };

test('times are shown in the zone of the machine, as they can be given back, and in UTC on demand; JSON has them as they came', async () => {
  server.react = (_, response) => json(response, 200, order);
  const shown = async (...argv: string[]): Promise<string> => (await ran(['order', 'show', 'o-1', '--stack', `${folder}/stack.json`, ...argv], { timeZone: 'Europe/Berlin' })).out;
  expect(await shown()).toContain('created      2030-06-01T02:00:00.123+02:00\nupdated      never\n');
  expect(await shown('--utc')).toContain('created      2030-06-01T00:00:00.123Z\n');
  expect(JSON.parse(await shown('--json'))).toEqual(order);
  expect(timeIn('America/St_Johns')('2030-01-01T01:00:00Z')).toBe('2029-12-31T21:30:00-03:30');
  expect([timeIn('UTC')(null), timeIn('UTC')(undefined), timeIn('UTC')('2030-13-01T00:00:00Z')]).toEqual(['-', '-', '2030-13-01T00:00:00Z']);
});

test('the exit code says how it ended: refused, no answer, failed there, given wrongly, ended by Ctrl-C', async () => {
  const codes: number[] = [];
  for (const status of [404, 403, 409, 500, 503]) {
    server.react = (_, response) => json(response, status, { type: '/problems/x', status, code: 'x', title: 'X' });
    codes.push((await cli('order', 'show', 'o-1')).code);
  }
  expect(codes).toEqual([EXIT.refused, EXIT.refused, EXIT.refused, EXIT.noAnswer, EXIT.noAnswer]);
  expect((await ran(['order', 'show', 'x', '--cc', 'http://127.0.0.1:9999', '--issuer', server.url, '--client-id', 'operator'], { env: { CLIENT_SECRET: 'the-secret-of-the-operator' } })).code).toBe(EXIT.noAnswer);
  expect((await cli('order', 'shwo')).code).toBe(EXIT.wrongUse);
  const asked = new AbortController();
  server.react = () => asked.abort();
  expect(await ran(['order', 'show', 'x', '--stack', `${folder}/stack.json`], { signal: asked.signal })).toEqual({ code: EXIT.interrupted, out: '', err: '' });
});

test('what was meant is said of a command or an option that does not exist, in JSON too', async () => {
  expect((await cli('ordr', 'list')).err).toContain('(Did you mean order?)');
  expect((await cli('order', 'list', '--statsu', 'paid')).err).toContain('(Did you mean --status?)');
  const { code, out, err } = await cli('order', 'list', '--statsu', 'paid', '--json');
  expect([code, out, JSON.parse(err)]).toEqual([2, '', { error: { kind: 'usage', message: expect.stringContaining('Did you mean --status?') } }]);
});

test('a stack that does not answer is said with its address and the command that starts it', async () => {
  const { code, err } = await ran(['order', 'list'], { env: { DATA_DIR: '/nowhere' } });
  expect([code, err]).toEqual([2, expect.stringContaining('npx --yes pnpm@12.21.0 dev')]);
  await server.close();
  const away = await cli('order', 'list');
  expect([away.code, away.err]).toEqual([4, expect.stringMatching(new RegExp(`${server.url} cannot be reached[^]*stack\\.json\\. Is the stack running\\? npx --yes pnpm@12\\.21\\.0 dev starts it\\.`))]);
});

test('colours are for terminals, and not with NO_COLOR; the word stays the same', () => {
  expect(painter(true, {})('bad', 'fail')).toBe('\u001B[31mfail\u001B[0m');
  for (const paint of [painter(false, {}), painter(true, { NO_COLOR: '1' }), painter(true, { TERM: 'dumb' })]) expect(paint('bad', 'fail')).toBe('fail');
  expect(painter(true, { NO_COLOR: '' })('good', 'ok')).not.toBe('ok');
});

test('a bar is drawn in its place on a terminal and taken away for other lines; elsewhere there is a line for each change', () => {
  const drawn: string[] = [];
  const bar = progressLine(true, (text) => void drawn.push(text));
  for (const share of [0, 0.5, 0.5]) bar.show({ share, text: 'running' });
  bar.clear();
  bar.clear();
  expect(drawn).toEqual([`\r\u001B[2K[${'.'.repeat(30)}] 0 % running`, `\r\u001B[2K[${'#'.repeat(15)}${'.'.repeat(15)}] 50 % running`, '\r\u001B[2K']);
  const lines: string[] = [];
  const plain = progressLine(false, (text) => void lines.push(text));
  for (const share of [0, 0.5, 0.5, undefined]) plain.show({ share, text: 'running' });
  plain.clear();
  expect(lines).toEqual(['0 % running\n', '50 % running\n', 'running\n']);
});

test('conformance hands what stands behind -- to the kit, and ends as it has judged', async () => {
  const ask = (code: number, ...argv: string[]) => {
    const asked: unknown[] = [];
    return ran(['conformance', ...argv], { runProgram: async (path, given) => (asked.push([path, given]), code) }).then((ended) => [asked, ended.code]);
  };
  expect(await ask(0, '--stack', 'x.json', '--', '--only', 'cancel')).toEqual([[['test/conformance/main.ts', ['--stack', 'x.json', '--only', 'cancel']]], 0]);
  expect(await ask(1)).toEqual([[['test/conformance/main.ts', []]], 1]);
  expect(await ask(2)).toEqual([expect.anything(), 2]);
  expect(await ran(['conformance'])).toMatchObject({ code: 2, err: expect.stringContaining('can only be run from the repository') });
});
