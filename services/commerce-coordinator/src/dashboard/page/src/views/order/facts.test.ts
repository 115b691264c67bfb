/** What is said of an order beside its story: whether it is whole, why it ended, its trace, and the calls of its acts. */
import { describe, expect, test } from '@jest/globals';
import { actCall } from './acts.ts';
import { chainOf } from './chain.ts';
import type { Link } from './chain.ts';
import { traceOf } from './trace.ts';
import { reasonText } from './words.ts';

const link = (eventId: string, causationId: string | null, sequence: number | null, more: Partial<Link> = {}): Link => ({ eventId, eventType: 'OrderUpdated', origin: 'own', source: 'order-service', sequence, causationId, ...more });
const created = link('1', null, 1, { eventType: 'OrderCreated' });

describe('a chain', () => {
  test('is whole when every cause stands before its effect and no version is missing', () => {
    expect(chainOf([created, link('2', '1', 2), link('3', '2', 2), link('4', '1', 1, { source: 'payment-service' }), link('5', '4', 3)])).toEqual({
      isWhole: true, text: 'Whole: 5 events, every cause is among them, and no version is missing.', elsewhere: [],
    });
  });

  test('may have a cause elsewhere in the log, as what another service tells has', () => {
    expect(chainOf([created, link('2', 'x', 7, { origin: 'foreign', source: 'order-fulfillment' })])).toMatchObject({ isWhole: true, elsewhere: ['x'], text: expect.stringContaining('one cause stands elsewhere') });
  });

  test.each([
    ['a version is missing', [created, link('2', '1', 3)], /order-service goes from version 1 to 3/],
    ['its beginning is missing', [link('2', null, 2)], /the event that placed it is not there/],
    ['an effect stands before its cause', [created, link('2', '3', 2), link('3', '1', 3)], /OrderUpdated stands before its cause/],
  ])('is not whole when %s', (_, events, text) => expect(chainOf(events)).toMatchObject({ isWhole: false, text: expect.stringMatching(text) }));
});

test('a reason is told in words', () => {
  expect(reasonText({ code: 'card_declined', message: 'The card was declined.' })).toBe('The card was declined (card declined).');
  expect(reasonText({ code: 'no_stock' })).toBe('Because of: no stock.');
  expect(reasonText(null)).toBeUndefined();
});

test('the trace id is read from a traceparent', () => {
  const trace = 'a'.repeat(32);
  expect([`00-${trace}-${'b'.repeat(16)}-01`, 'nonsense', undefined, 5].map(traceOf)).toEqual([trace, undefined, undefined, undefined]);
});

test('an act is one call with the reason that was typed', () => {
  expect(actCall('o/1', 're-request', ' it was lost ')).toEqual({ method: 'POST', path: '/orders/o%2F1/re-request', body: { reason: { code: 'asked_in_dashboard', message: 'it was lost' } } });
  expect(actCall('o', 'retry', '  ').body).toEqual({ reason: { code: 'asked_in_dashboard' } });
});
