/** What a panel is drawn as. */
import { expect, test } from '@jest/globals';
import { nameOf, shapeOf } from './shape.ts';

test('single values are figures, those of an object under its name', () => {
  expect(shapeOf({ registeredWebhooks: 3, paused: false, lately: { delivered: 2, sinceAt: '2026-03-01T10:00:00Z' } }).parts).toEqual([
    { kind: 'figures', title: undefined, values: [{ name: 'Registered webhooks', key: 'registeredWebhooks', value: 3 }, { name: 'Paused', key: 'paused', value: false }] },
    { kind: 'figures', title: 'Lately', values: [{ name: 'Delivered', key: 'delivered', value: 2 }, { name: 'Since', key: 'sinceAt', value: '2026-03-01T10:00:00Z' }] },
  ]);
});

test('a list of objects is a table, with a column for whatever any row has', () => {
  const { parts, hasMore } = shapeOf({ items: [{ customerId: 'a', points: 5 }, { customerId: 'b', points: null, tags: ['x', 'y'] }], nextCursor: 'more' });
  expect(hasMore).toBe(true);
  expect(parts).toEqual([{
    kind: 'table', title: '', columns: [{ key: 'customerId', name: 'Customer id', isNumber: false }, { key: 'points', name: 'Points', isNumber: true }, { key: 'tags', name: 'Tags', isNumber: false }],
    rows: [{ customerId: 'a', points: 5, tags: null }, { customerId: 'b', points: null, tags: 'x, y' }],
  }]);
});

test('a list of objects that say when they begin is a series, in the order of time', () => {
  const { parts } = shapeOf({ earned: [{ startsAt: '2026-03-01T10:01:00Z', points: 7 }, { startsAt: '2026-03-01T10:00:00Z', points: 5, note: 'x' }] });
  expect(parts).toEqual([{ kind: 'series', title: 'Earned', times: [1_772_359_200, 1_772_359_260], lines: [{ name: 'Points', values: [5, 7] }] }]);
});

test('an object of objects is a table by name', () => {
  expect(shapeOf({ stores: { north: { stock: 1 }, south: { stock: 2 } } }).parts[0]).toMatchObject({ kind: 'table', rows: [{ name: 'north', stock: 1 }, { name: 'south', stock: 2 }] });
});

test.each([[null], ['text'], [[]], [[1, 2]], [{}], [{ deep: [{ a: { b: { c: 1 } } }] }], [{ long: 'x'.repeat(5_000) }]])('whatever comes, %j, is shown in bounds', (answer) => {
  const { parts } = shapeOf(answer);
  expect(JSON.stringify(parts).length).toBeLessThan(1_000);
});

test('names are read as words', () => expect(['pastPromiseMs', 'order_id', 'p95Ms', 'at'].map(nameOf)).toEqual(['Past promise', 'Order id', 'P95', 'At']));
