import { describe, expect, test } from '@jest/globals';
import { causeOf, nextStep, waitsFor } from './care.ts';
import type { Attempt, CareCause, CareSubject } from './care.ts';

const order: CareSubject = { status: 'paid', heldFrom: null, overdue: 1, stock: 'held', money: 'taken', delivery: 'unknown', attempts: [] };
const failing: Attempt = { handler: 'fulfillment.request', state: 'ready', attempt: 3, error: { code: 'RetryLater', message: 'The service answered 503 (unavailable):\n later.' }, dueInMs: 12_000 };
const dead: Attempt = { ...failing, handler: 'payments.refund', state: 'dead', attempt: 50, error: { code: 'refund_refused', message: 'The card is closed.' } };
const with_ = (...attempts: Attempt[]): CareSubject => ({ ...order, attempts });
const ending = (more: Partial<CareSubject>): CareSubject => ({ ...order, status: 'cancel_pending', ...more });

describe('an order says in one sentence what it waits for', () => {
  test.each<[string, CareSubject, CareCause, string]>([
    ['somebody fails', with_(failing), 'failing', 'It waits for the fulfilling side to take the order: attempt 3 failed (The service answered 503 (unavailable): later), the next one is in 12 s.'],
    ['somebody is away', with_({ ...failing, handler: 'payments.charge', error: { code: 'RetryLater', message: 'the payment provider gave no answer (ECONNREFUSED)' }, dueInMs: -5 }), 'failing', 'It waits for the payment provider to take the money: attempt 3 failed (the payment provider gave no answer (ECONNREFUSED)), the next one is now.'],
    ['the next attempt is far', with_({ ...failing, handler: 'payments.refund', dueInMs: 600_000 }), 'failing', 'It waits for the payment provider to give money back: attempt 3 failed (The service answered 503 (unavailable): later), the next one is in 10 min.'],
    ['a job has not begun', with_({ ...failing, attempt: 0, error: null, dueInMs: 0 }), 'not_begun', 'It waits for the fulfilling side to take the order, which was not asked yet and is now.'],
    ['a job was given up', with_(failing, dead), 'given_up', 'It waits for a person: payments.refund asked the payment provider to give money back and was given up after 50 attempts (refund_refused: The card is closed).'],
    ['a handler was given up, and others stand behind it', with_({ ...dead, handler: 'orders.fulfill', attempt: 1, error: { code: 'OutcomesDoNotFit', message: 'They do not answer.' } }, { ...failing, handler: 'orders.take_back', state: 'behind', error: null }, { ...failing, handler: 'payments.owe', state: 'behind', error: null }), 'given_up', 'It waits for a person: orders.fulfill was given up after one attempt (They do not answer), and holds a later event.'],
    ['a handler throws', with_({ ...failing, handler: 'orders.fulfill', attempt: 1, error: { code: 'OutcomesDoNotFit', message: 'The outcomes do not answer.' } }), 'failing', 'It waits for orders.fulfill, which failed once (The outcomes do not answer) and runs again in 12 s.'],
    ['an event came too early', with_({ ...failing, handler: 'orders.fulfill', state: 'waiting', error: { code: 'not_yet', message: 'the request for fulfillment has no answer yet' } }), 'too_early', 'It waits for what must come before orders.fulfill (the request for fulfillment has no answer yet).'],
    ['it stands behind another', with_({ ...failing, handler: 'payments.ask', state: 'behind', error: null }), 'given_up', 'It waits behind an earlier event that payments.ask has not finished.'],
    ['the provider decides later and does not tell', { ...order, status: 'reserved', charge: { asked: 2, dueInMs: 60_000, error: null } }, 'untold', 'It waits for the payment provider to tell what became of the charge: it was asked 2 times and has not told, and is asked again in 60 s.'],
    ['no outcome has come', { ...order, status: 'fulfilling', outcome: { asked: 0, dueInMs: 30_000, error: null } }, 'untold', 'It waits for the fulfilling side to tell an outcome: it has not told, and is asked in 30 s.'],
    ['no outcome has come, and asking fails', { ...order, status: 'fulfilling', outcome: { asked: 1, dueInMs: 0, error: 'NotNow: no answer.' } }, 'untold', 'It waits for the fulfilling side to tell an outcome: it was asked once and has not told; the last question failed (NotNow: no answer), and is asked again now.'],
    ['nothing is recorded at all', { ...order, status: 'fulfilling' }, 'untold', 'It waits for the fulfilling side to tell an outcome; no attempt is recorded.'],
    ['nobody knows whether the cancel came in time', ending({}), 'untold', 'It waits for the fulfilling side to say whether the cancel came in time; no attempt is recorded.'],
    ['the money is not back', ending({ delivery: 'ended' }), 'untold', 'It waits for the payment provider to give its money back; no attempt is recorded.'],
    ['the stock is not free', ending({ delivery: 'ended', money: 'returned' }), 'untold', 'It waits for the inventory to release its stock; no attempt is recorded.'],
    ['its payment is disputed', { ...order, status: 'on_hold', heldFrom: 'paid', isDisputed: true }, 'untold', 'It waits for the payment provider to decide the dispute about its payment.'],
    ['money is owed back while its payment is disputed', { ...ending({ delivery: 'ended' }), isRefundHeld: true }, 'untold', 'It waits for the payment provider to decide the dispute about its payment: won, the money that is owed goes back to the customer; lost, it is gone already, and no second refund goes out.'],
    ['a second charge is to be given back', with_({ ...failing, handler: 'payments.refund_duplicate' }), 'failing', 'It waits for the payment provider that took the money a second time to give it back: attempt 3 failed (The service answered 503 (unavailable): later), the next one is in 12 s.'],
    ['a refund did not reach the customer', with_({ ...dead, handler: 'payments.refund_failed', attempt: 1, error: { code: 'lost_or_stolen_card', message: 'The refund r1 of 50.00 USD did not reach the customer, says stripe.' } }), 'given_up', 'It waits for a person: payments.refund_failed was given up after one attempt (lost_or_stolen_card: The refund r1 of 50.00 USD did not reach the customer, says stripe).'],
    ['it is on hold', { ...order, status: 'on_hold', heldFrom: 'fulfilled' }, 'untold', 'It waits for its shipment to be created; no attempt is recorded.'],
  ])('%s', (_, subject, cause, sentence) => expect([causeOf(subject), waitsFor(subject)]).toEqual([cause, sentence]));
});

describe('its next step', () => {
  const idle = { attempts: [] };

  test('is what the table of deadlines says, at the time that is left', () => {
    expect(nextStep({ ...idle, status: 'created', overdue: 0 }, 20_000)).toBe('In 40 s whatever still waits is tried without waiting longer.');
    expect(nextStep({ ...idle, status: 'created', overdue: 1 }, 20_000)).toBe('In 15 min it is cancelled, and what was done is undone.');
    expect(nextStep({ ...idle, status: 'paid', overdue: 1 }, 86_400_000)).toBe('Now it is raised for a person.');
    expect(nextStep({ ...idle, status: 'created', overdue: 0 }, 0, 50)).toBe('In 30 s whatever still waits is tried without waiting longer.');
    expect(nextStep({ ...idle, status: 'on_hold', overdue: 2 }, 0)).toBe('Nothing: a person decides.');
    expect(nextStep({ ...idle, status: 'on_hold', overdue: 0, isDisputed: true }, 0)).toBe('When the dispute is decided, the order goes on or ends.');
    expect(nextStep({ ...idle, status: 'completed', overdue: 0, isRefundHeld: true }, 0)).toBe('When the dispute is decided, the refund goes out or is not owed any more.');
  });

  test('begins with the next attempt, or the next question when nothing is tried', () => {
    expect(nextStep({ status: 'paid', overdue: 1, attempts: [dead, { ...failing, dueInMs: 90_000 }, failing] }, 0)).toBe('In 12 s fulfillment.request is tried again; in 30 min it is raised for a person.');
    expect(nextStep({ status: 'on_hold', overdue: 2, attempts: [failing] }, 0)).toBe('In 12 s fulfillment.request is tried again.');
    expect(nextStep({ status: 'fulfilling', overdue: 1, attempts: [], outcome: { asked: 3, dueInMs: 5_000, error: null } }, 0)).toBe('In 5 s the fulfilling side is asked what became of it; in 24 h it is raised for a person.');
    expect(nextStep({ status: 'on_hold', overdue: 2, attempts: [dead] }, 0)).toBe('Nothing: a person decides.');
  });
});
