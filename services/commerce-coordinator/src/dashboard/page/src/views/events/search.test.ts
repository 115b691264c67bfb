/** A search as the address has it, and what is asked of the service. */
import { describe, expect, test } from '@jest/globals';
import { faultsOf, queryOf } from './search.ts';
import type { Search } from './search.ts';

const NONE: Search = { type: '', topic: '', subject: '', correlationId: '', from: '', to: '', filter: '' };
const NOW_MS = Date.parse('2026-11-22T10:00:00.000Z');

describe('what is asked for', () => {
  test('leaves out what is empty', () => expect(queryOf(NONE, NOW_MS)).toEqual({}));

  test('takes spaces away, and makes times of how long ago', () => {
    expect(queryOf({ ...NONE, type: 'order.created, OrderPaid', subject: ' o-1 ', from: '90m', to: '2026-11-22T10:00:00Z', filter: ' {"data":{"a":[1]}} ' }, NOW_MS)).toEqual({
      type: 'order.created,OrderPaid', subject: 'o-1', from: '2026-11-22T08:30:00.000Z', to: '2026-11-22T10:00:00.000Z', filter: '{"data":{"a":[1]}}',
    });
  });
});

describe('what is wrong is told at its field', () => {
  test.each<[Partial<Search>, string[]]>([
    [{}, []],
    [{ type: 'order.created, OrderPaid', correlationId: '0193A6A0-5f6e-7c3a-8f5e-0d6f0a1b2c3d', from: '3h', filter: '{"subject":[{"prefix":"o"}]}' }, []],
    [{ type: 'order created' }, []],
    [{ type: 'order.created;' }, ['type']],
    [{ correlationId: 'abc' }, ['correlationId']],
    [{ from: 'soon', to: '3 weeks' }, ['from', 'to']],
    [{ filter: '{"data":{"a":1}}' }, ['filter']],
    [{ filter: 'status:failed' }, ['filter']],
  ])('%j', (search, fields) => expect(Object.keys(faultsOf({ ...NONE, ...search }))).toEqual(fields));
});
