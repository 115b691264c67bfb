/** The list of orders: what stands in the address is what is asked for. */
import { expect, test } from '@jest/globals';
import { ordersQuery } from './query.ts';

const NONE = { search: '', status: '', placed: '', from: '', to: '' };
const NOW = Date.parse('2026-11-22T12:00:00Z');

test.each([
  [{}, {}],
  [{ search: ' ana tru ' }, { search: 'ana tru' }],
  [{ status: 'on_hold', placed: '1h' }, { status: 'on_hold', from: '2026-11-22T11:00:00.000Z' }],
  [{ status: 'nonsense', placed: 'nonsense', from: '2026-11-22T10:00Z' }, {}],
  [{ placed: 'between', from: '2026-11-20T10:00Z', to: 'soon' }, { from: '2026-11-20T10:00:00.000Z' }],
  [{ placed: 'between', to: '2026-11-21T10:00+02:00' }, { to: '2026-11-21T08:00:00.000Z' }],
])('%j asks for %j', (filter, query) => expect(ordersQuery({ ...NONE, ...filter }, NOW)).toEqual(query));
