/** What a customer is told of an order. */
import { expect, test } from '@jest/globals';
import { delayText, stepsOf } from './tracking.ts';

const events = (...types: string[]) => types.map((eventType, index) => ({ eventType, recordedAt: `2026-11-22T10:00:0${index}.000Z` }));
const told = (steps: ReturnType<typeof stepsOf>) => steps.map(({ name, state }) => `${name}: ${state}`);

test('an order under way says what is done, what is done now, and what comes', () => {
  const steps = stepsOf({ status: 'reserved', reason: null, events: events('OrderCheckoutInitiated', 'OrderCreated', 'InventoryReserved', 'PaymentInitiated') });
  expect(told(steps)).toEqual(['Order placed: done', 'Goods set aside: done', 'Payment: now', 'Preparing: next', 'On its way: next', 'Done: next']);
  expect(steps[1]).toMatchObject({ at: '2026-11-22T10:00:02.000Z', text: 'Everything is there, and is kept for you.' });
  expect(steps[2]).toMatchObject({ at: null, text: 'Your card is being charged.' });
});

test('one that is done has nothing left', () => {
  const steps = stepsOf({ status: 'completed', reason: null, events: events('OrderCreated', 'InventoryReserved', 'PaymentProcessed', 'FulfillmentCompleted', 'OrderShipped', 'OrderCompleted') });
  expect(steps.every(({ state }) => state === 'done')).toBe(true);
});

test('one whose card was refused ends there, and says why in words', () => {
  const steps = stepsOf({ status: 'cancelled', reason: { code: 'card_declined' }, events: events('OrderCreated', 'InventoryReserved', 'PaymentFailed', 'OrderCancelled') });
  expect(told(steps)).toEqual(['Order placed: done', 'Goods set aside: done', 'Ended: failed']);
  expect(steps.at(-1)).toMatchObject({ text: expect.stringMatching(/Your bank has refused the card\.$/), at: '2026-11-22T10:00:03.000Z' });
});

test('a delay is told without words of the trade, and only when there is one', () => {
  expect(delayText({ cause: 'failing', lastError: { handler: 'payments.charge' } })).toMatch(/^The payment provider does not answer/);
  expect(delayText({ cause: 'untold', lastError: null })).toBeUndefined();
  expect(delayText(undefined)).toBeUndefined();
  expect(delayText({ cause: 'given_up', lastError: null })).toMatch(/^Something went wrong/);
});
