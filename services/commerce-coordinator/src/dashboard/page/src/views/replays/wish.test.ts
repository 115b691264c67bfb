/** A wish for a replay, from what is typed to what is sent. */
import { describe, expect, test } from '@jest/globals';
import { dryRunOf, EMPTY_WISH, needsEffects, selectionText, targetText, wishFaults } from './wish.ts';
import type { Wish } from './wish.ts';

const ID = '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d';
const NOW_MS = Date.parse('2026-11-22T10:00:00Z');

describe('what is wrong is told at its field', () => {
  test.each<[Partial<Wish>, string[]]>([
    [{}, ['target', 'all']], [{ target: 'orders.confirm', all: true }, []], [{ target: 'orders.confirm', orderId: 'o-1' }, []], [{ kind: 'bus', from: '3h' }, []],
    [{ kind: 'projection', target: 'orders' }, []], [{ kind: 'endpoint', target: 'x', all: true }, ['target']], [{ kind: 'endpoint', target: ID, all: true }, []],
    [{ kind: 'bus', types: 'order.created; x' }, ['types']], [{ kind: 'bus', correlationId: 'x' }, ['correlationId']], [{ kind: 'bus', from: 'soon', to: 'later' }, ['from', 'to']],
    [{ kind: 'bus', filter: '{"data":1}' }, ['filter']], [{ kind: 'bus', all: true, rate: '0' }, ['rate']],
  ])('%j', (wish, fields) => expect(Object.keys(wishFaults({ ...EMPTY_WISH, ...wish }))).toEqual(fields));
});

describe('what is sent', () => {
  test('is a dry run of what was chosen', () => {
    expect(dryRunOf({ ...EMPTY_WISH, target: 'orders.confirm', types: 'order.paid, OrderCreated', orderId: ' o-1 ', from: '2h', rate: '50' }, NOW_MS)).toEqual({
      target: { handler: 'orders.confirm' }, mode: 'dry', selection: { types: ['order.paid', 'OrderCreated'], orderId: 'o-1', from: '2026-11-22T08:00:00.000Z' }, rate: 50,
    });
  });

  test('names everything alone, and nothing for a rebuild', () => {
    expect(dryRunOf({ ...EMPTY_WISH, kind: 'bus', all: true, orderId: 'o-1' }, NOW_MS)).toEqual({ target: { bus: true }, mode: 'dry', selection: { all: true } });
    expect(dryRunOf({ ...EMPTY_WISH, kind: 'projection', target: 'orders', orderId: 'o-1' }, NOW_MS)).toEqual({ target: { projection: 'orders' }, mode: 'dry' });
  });
});

test('targets and selections read as text', () => {
  expect([{ handler: 'orders.confirm' }, { extension: 'orders' }, { endpoint: ID }, { bus: true as const }, { projection: 'orders' }].map((target) => targetText(target))).toEqual(['orders.confirm', 'extension orders', 'webhook …0d6f0a1b2c3d', 'the bus', 'rebuild of orders']);
  expect([selectionText({}), selectionText({ types: ['A', 'B'], orderId: 'o' })]).toEqual(['all events', 'A, B · of o']);
  expect([needsEffects({ bus: true }), needsEffects({ handler: 'a.b' })]).toEqual([true, false]);
});
