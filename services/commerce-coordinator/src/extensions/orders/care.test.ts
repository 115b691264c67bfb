import { describe, expect, test } from '@jest/globals';
import { actsOf, nextStep, waitsFor } from './care.ts';
import type { Attempt, CareSubject } from './care.ts';

const order: CareSubject = { status: 'paid', heldFrom: null, overdue: 1, stock: 'held', money: 'taken', delivery: 'unknown', attempts: [] };
const refusedThere: Attempt = { handler: 'fulfillment.request', state: 'ready', attempt: 3, error: { code: 'NotNow', message: 'The fulfilling side\n answered 503.' }, dueInMs: 12_000 };
const with_ = (...attempts: Attempt[]): CareSubject => ({ ...order, attempts });
const ending = (more: Partial<CareSubject>): CareSubject => ({ ...order, status: 'cancel_pending', ...more });

describe('an order that is past its time says in one sentence what it waits for', () => {
  test.each<[string, CareSubject, string]>([
    ['the fulfilling side is away', with_(refusedThere), 'It waits for the fulfilling side to take the order; attempt 3 failed (NotNow: The fulfilling side answered 503), the next one is in 12 s.'],
    ['the provider is away', with_({ ...refusedThere, handler: 'payments.charge', error: { code: 'RetryLater', message: 'the payment provider gave no answer (ECONNREFUSED)' }, dueInMs: -5 }), 'It waits for the payment provider to take the money; attempt 3 failed (RetryLater: the payment provider gave no answer (ECONNREFUSED)), the next one is now.'],
    ['a refund is not taken', with_({ ...refusedThere, handler: 'payments.refund', dueInMs: 600_000 }), 'It waits for the payment provider to give money back; attempt 3 failed (NotNow: The fulfilling side answered 503), the next one is in 10 min.'],
    ['a job has not begun', with_({ ...refusedThere, attempt: 0, error: null, dueInMs: 0 }), 'It waits for the fulfilling side to take the order; it was not asked yet, the next one is now.'],
    ['a job was given up', with_(refusedThere, { ...refusedThere, handler: 'payments.refund', state: 'dead', attempt: 50, error: { code: 'refund_refused', message: 'The card is closed.' } }), 'It waits for a person: payments.refund was given up after 50 times (refund_refused: The card is closed).'],
    ['a handler throws', with_({ ...refusedThere, handler: 'orders.fulfill', attempt: 1, error: { code: 'OutcomesDoNotFit', message: 'The outcomes do not answer.' } }), 'orders.fulfill failed once (OutcomesDoNotFit: The outcomes do not answer), and is tried again in 12 s.'],
    ['an event came too early', with_({ ...refusedThere, handler: 'orders.fulfill', state: 'waiting', error: { code: 'not_yet', message: 'the request for fulfillment has no answer yet' } }), 'orders.fulfill waits for its time (not_yet: the request for fulfillment has no answer yet): what must come before has not come.'],
    ['it stands behind another', with_({ ...refusedThere, handler: 'payments.ask', state: 'behind', error: null }), 'It waits for the payment provider to say what became of the charge, behind an earlier event that was given up.'],
    ['the webhook has not come', { ...order, status: 'reserved' }, 'It waits for the payment provider to tell what became of the charge; no attempt is recorded.'],
    ['no outcome has come', { ...order, status: 'fulfilling' }, 'It waits for the fulfilling side to tell an outcome; no attempt is recorded.'],
    ['nobody knows whether the cancel came in time', ending({}), 'It waits for the fulfilling side to say whether the cancel came in time; no attempt is recorded.'],
    ['the money is not back', ending({ delivery: 'ended' }), 'It waits for the payment provider to give its money back; no attempt is recorded.'],
    ['the stock is not free', ending({ delivery: 'ended', money: 'returned' }), 'It waits for the inventory to release its stock; no attempt is recorded.'],
    ['it is on hold', { ...order, status: 'on_hold', heldFrom: 'fulfilled' }, 'It waits for its shipment to be created; no attempt is recorded.'],
  ])('%s', (_, subject, sentence) => expect(waitsFor(subject)).toBe(sentence));
});

test('its next step is what the table of deadlines says, at the time that is left', () => {
  expect(nextStep({ status: 'created', overdue: 0 }, 20_000)).toBe('In 40 s what waits for it is tried at once.');
  expect(nextStep({ status: 'created', overdue: 1 }, 20_000)).toBe('In 15 min it is cancelled, and what was done is undone.');
  expect(nextStep({ status: 'paid', overdue: 1 }, 86_400_000)).toBe('Now it is raised for a person.');
  expect(nextStep({ status: 'created', overdue: 0 }, 0, 50)).toBe('In 30 s what waits for it is tried at once.');
  expect(nextStep({ status: 'on_hold', overdue: 2 }, 0)).toBe('Nothing: a person decides.');
});

test('a person may do what the order can still do', () => {
  expect(actsOf({ status: 'paid', heldFrom: null })).toEqual(['retry', 'cancel']);
  expect(actsOf({ status: 'on_hold', heldFrom: 'fulfilling' })).toEqual(['retry', 'cancel']);
  expect(actsOf({ status: 'shipped', heldFrom: null })).toEqual(['retry', 'refund']);
  expect(actsOf({ status: 'cancel_pending', heldFrom: null })).toEqual(['retry']);
});
