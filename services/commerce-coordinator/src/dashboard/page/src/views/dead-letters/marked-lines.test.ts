/** Where an event does not fit is marked in its JSON. */
import { expect, test } from '@jest/globals';
import { markedLines } from './marked-lines.ts';

const marked = (text: string, differences: Parameters<typeof markedLines>[1]): string[] => markedLines(text, differences).map(({ line, problem }) => `${line}${problem === undefined ? '' : ` <${problem}>`}`);

test('at its line, in objects and lists', () => {
  expect(marked('{"data":{"lines":[{"quantity":"7"}],"extra":1},"list":[]}', [{ path: 'data.lines.0.quantity', problem: 'invalid' }, { path: 'data.extra', problem: 'unknown' }])).toEqual([
    '{', '  "data": {', '    "lines": [', '      {', '        "quantity": "7" <invalid>', '      }', '    ]', '    "extra": 1 <unknown>', '  }', '  "list": []', '}',
  ]);
});

test('what is missing at the head of where it would stand', () => {
  expect(marked('{"data":{"a":1}}', [{ path: 'data.total', problem: 'missing' }])[1]).toBe('  "data": { <missing>');
  expect(marked('{"data":{"a":1}}', [{ path: 'eventId', problem: 'missing' }])[0]).toBe('{ <missing>');
});

test('inside of what EventBridge brought', () => {
  expect(marked('{"detail-type":"X","detail":{"data":{"a":1}}}', [{ path: 'data.a', problem: 'invalid' }])).toContain('      "a": 1 <invalid>');
});

test('what is no JSON is marked as it stands', () => expect(marked('no json', [{ path: '', problem: 'invalid' }])).toEqual(['no json <invalid>']));
