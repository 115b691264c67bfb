import { describe, expect, test } from '@jest/globals';
import type { Outcome } from '@commerce/event-log/extension';
import { charge, refundLate, remitFailed, toldOf } from './asking.ts';
import { begin, cancel, overdue, settleCharge, settleDuplicate, settleFound } from './charge.ts';
import { take, withKept } from './kept.ts';
import { oweFor } from './owed.ts';
import type { EndsLines } from './owed.ts';
import type { Payment } from './payment.ts';
import type { PaymentProvider } from './provider.ts';
import { settleRefund } from './refunds.ts';
import { PAYMENT_ID, UNASKED } from './test-payment.ts';
import { takeUpdate } from './update.ts';
import type { PaymentUpdate, Told } from './told.ts';

const ASK_MS = 1_000;
const state = (outcome: Outcome<Payment>): Payment => {
  if (outcome.kind !== 'apply') throw new Error(`${outcome.kind}: ${JSON.stringify(outcome)}`);
  return outcome.state;
};
const told = (outcome: Outcome<Payment>): unknown[] => (outcome.kind === 'apply' ? outcome.events.map(({ type, sequence }) => [type, sequence]) : [outcome.kind]);
const initiated = state(begin(UNASKED));
const processed = state(settleCharge(initiated, { kind: 'succeeded', reference: 'ch_1' }, ASK_MS));
const ends = (type: string, data: object): Pick<EndsLines, 'type' | 'data'> => ({ type, data: data as unknown as EndsLines['data'] });
const outcomes = (...failed: string[]) => ['1', '2', '3'].map((lineId) => ({ lineId, status: failed.includes(lineId) ? 'failed' : 'fulfilled' }));
const partial = (...failed: string[]) => ends('OrderFulfilled', { lines: outcomes(...failed) });
const update = (given: Partial<PaymentUpdate> = {}): PaymentUpdate => ({
  provider: 'standard', eventId: 'evt_1', orderId: UNASKED.orderId, status: 'succeeded', reference: 'ch_1', refundId: undefined, amount: 185_50n, currency: 'USD', reason: undefined, mark: { atMs: 1_000, sequence: null }, ...given,
});

describe('A payment', () => {
  test('is told before the provider is asked, and ends as the provider says', () => {
    expect(begin(UNASKED)).toMatchObject({ events: [{ type: 'PaymentInitiated', data: { paymentId: PAYMENT_ID, amount: '185.50', currency: 'USD', provider: 'standard' }, sequence: 1 }] });
    expect(settleCharge(initiated, { kind: 'succeeded', reference: 'ch_1' }, ASK_MS)).toMatchObject({ state: { status: 'processed' }, events: [{ type: 'PaymentProcessed', data: { reference: 'ch_1' }, sequence: 2 }] });
    expect(settleCharge(initiated, { kind: 'failed', reason: { code: 'card_declined' } }, ASK_MS)).toMatchObject({ state: { status: 'failed' }, events: [{ type: 'PaymentFailed', data: { reason: { code: 'card_declined' } } }] });
  });

  test('that is decided later is asked about, each time after twice the time, up to ten minutes', () => {
    const pending = settleCharge(initiated, { kind: 'pending', reference: 'ch_1' }, ASK_MS);
    expect(pending).toMatchObject({ state: { status: 'initiated', reference: 'ch_1' }, events: [], timers: [{ name: 'unanswered', dueInMs: ASK_MS }] });
    expect(overdue(state(pending), ASK_MS)).toMatchObject({ events: [{ type: 'PaymentOverdue', data: { check: 1 } }], timers: [{ dueInMs: 2 * ASK_MS }] });
    expect(overdue({ ...initiated, checks: 60 }, ASK_MS)).toMatchObject({ timers: [{ dueInMs: 600_000 }] });
    expect(settleFound(state(pending), { kind: 'succeeded', reference: 'ch_1', provider: 'standard' }, ASK_MS)).toMatchObject({ state: { status: 'processed' }, timers: [{ dueInMs: null }] });
    expect(overdue(processed, ASK_MS)).toMatchObject({ kind: 'stale', rule: 'already_processed' });
  });

  test('of an order that costs nothing is taken without asking, and given back without asking', () => {
    const free = begin({ ...UNASKED, amount: 0n, freight: 0n, lines: [{ lineId: '1', total: 0n }] });
    expect(told(free)).toEqual([['PaymentInitiated', 1], ['PaymentProcessed', 2]]);
    expect(oweFor(state(free), ends('OrderUnfulfilled', { reason: { code: 'closed' } }))).toMatchObject({ state: { status: 'refunded' }, events: [{ type: 'PaymentRefunded', data: { amount: '0.00' } }] });
  });
});

describe('A payment of an order that asks to be cancelled', () => {
  test('before it has stock is not begun when it gets some', () => {
    const unwanted = cancel(UNASKED, ASK_MS);
    expect(told(unwanted)).toEqual([]);
    expect(begin(state(unwanted))).toMatchObject({ state: { status: 'withdrawn' }, events: [{ type: 'PaymentFailed', data: { reason: { code: 'order_cancelled' } } }] });
    expect(begin({ ...UNASKED, orderEnds: true })).toMatchObject({ state: { status: 'withdrawn' }, events: [{ type: 'PaymentFailed' }] });
  });

  test('before the provider was asked is withheld', () => {
    expect(settleCharge(state(cancel(initiated, ASK_MS)), { kind: 'withheld', wasAsked: false }, ASK_MS)).toMatchObject({ state: { status: 'withdrawn' }, events: [{ type: 'PaymentFailed' }], timers: [{ dueInMs: null }] });
    expect(settleCharge({ ...initiated, orderEnds: true }, { kind: 'withheld', wasAsked: false }, ASK_MS)).toMatchObject({ state: { status: 'withdrawn' } });
  });

  test('and is taken all the same is given back by itself', () => {
    for (const ending of [state(cancel(initiated, ASK_MS)), { ...initiated, orderEnds: true }, state(settleCharge(initiated, { kind: 'withheld', wasAsked: true }, ASK_MS))]) {
      expect(settleFound(ending, { kind: 'succeeded', reference: 'ch_1', provider: 'standard' }, ASK_MS)).toMatchObject({
        state: { status: 'processed' }, events: [{ type: 'PaymentProcessed' }, { type: 'PaymentRefundInitiated', data: { amount: '185.50', refundId: `${PAYMENT_ID}-r1`, reason: { code: 'order_cancelled' } } }],
      });
    }
  });

  test('and is not known to the provider that was asked about it is withheld', () => {
    const waiting = state(settleCharge(initiated, { kind: 'pending', reference: 'ch_1' }, ASK_MS));
    expect(cancel(waiting, ASK_MS)).toMatchObject({ state: { status: 'withdrawing' }, timers: [{ name: 'unanswered', dueInMs: ASK_MS }] });
    expect(settleFound(state(cancel(waiting, ASK_MS)), { kind: 'absent', provider: 'standard' }, ASK_MS)).toMatchObject({ state: { status: 'withdrawn' }, events: [{ type: 'PaymentFailed' }] });
    expect(settleFound(waiting, { kind: 'absent', provider: 'standard' }, ASK_MS)).toMatchObject({ state: { status: 'initiated' }, events: [] });
  });

  test('and may still arrive at the provider is looked for four times', () => {
    let withdrawn = state(settleCharge(initiated, { kind: 'withheld', wasAsked: true }, ASK_MS));
    for (let check = 1; check <= 4; check += 1) {
      const looked = overdue(withdrawn, ASK_MS);
      expect(looked).toMatchObject({ kind: 'apply', timers: [{ dueInMs: check < 4 ? expect.any(Number) : null }] });
      withdrawn = state(settleFound(state(looked), { kind: 'absent', provider: 'standard' }, ASK_MS));
    }
    expect(overdue(withdrawn, ASK_MS)).toMatchObject({ kind: 'stale', rule: 'already_withdrawn' });
  });

  test('and was taken before stays until it is known what is delivered', () => {
    expect(cancel(processed, ASK_MS)).toEqual({ kind: 'apply', state: processed, events: [], timers: [] });
    expect(told(oweFor(processed, ends('OrderUnfulfilled', { reason: { code: 'order_cancelled' } })))).toEqual([['PaymentRefundInitiated', 3]]);
  });
});

describe('What is owed back', () => {
  test('for lines that were not delivered is their value; the freight stays while a line stands', () => {
    expect(oweFor(processed, partial('2'))).toMatchObject({ events: [{ data: { amount: '50.00', lineIds: ['2'], reason: { code: 'not_fulfilled' } } }] });
    const rest = state(oweFor(processed, partial('2')));
    expect(oweFor(rest, partial('2'))).toMatchObject({ kind: 'stale', rule: 'nothing_owed' });
    expect(oweFor(rest, partial('1', '2', '3'))).toMatchObject({ events: [{ data: { amount: '135.50', refundId: `${PAYMENT_ID}-r2`, lineIds: ['1', '3'] } }] });
    expect(oweFor(rest, ends('OrderRefundRequested', { lineIds: ['3', 'nobody'], reason: { code: 'damaged' } }))).toMatchObject({ events: [{ data: { amount: '25.50', lineIds: ['3'] } }] });
  });

  test('is everything when nothing is delivered, and nothing when all is', () => {
    for (const type of ['OrderUnfulfilled', 'OrderRefundRequested']) {
      expect(oweFor(processed, ends(type, { reason: { code: 'because' } }))).toMatchObject({ events: [{ type: 'PaymentRefundInitiated', data: { amount: '185.50', reason: { code: 'because' } } }] });
    }
    expect(oweFor(processed, partial())).toEqual({ kind: 'apply', state: processed, events: [], timers: [] });
    // What was refunded before it came back is nothing to be noted.
    const refunded = state(oweFor(processed, ends('OrderRefundRequested', { reason: { code: 'because' } })));
    expect(oweFor(refunded, { ...partial('1', '2', '3'), type: 'OrderTakenBack' } as never)).toEqual({ kind: 'apply', state: refunded, events: [], timers: [] });
    expect(oweFor(refunded, partial('1', '2', '3'))).toMatchObject({ kind: 'stale', rule: 'nothing_owed' });
  });

  test('is nothing for what was never charged; and waits for an answer', () => {
    const unfulfilled = ends('OrderUnfulfilled', { reason: { code: 'closed' } });
    expect(oweFor(state(settleCharge(initiated, { kind: 'failed', reason: { code: 'no' } }, ASK_MS)), unfulfilled)).toMatchObject({ kind: 'stale', rule: 'nothing_charged' });
    expect(oweFor(undefined, unfulfilled)).toMatchObject({ kind: 'stale', rule: 'unknown_order' });
    expect(oweFor(initiated, unfulfilled).kind).toBe('notYet');
  });

  test('is told as given with what was given in all, and once', () => {
    const first = settleRefund(state(oweFor(processed, partial('2'))), `${PAYMENT_ID}-r1`);
    expect(first).toMatchObject({ state: { status: 'partly_refunded' }, events: [{ type: 'PaymentRefunded', data: { amount: '50.00', refunded: '50.00', charged: '185.50', lineIds: ['2'] } }] });
    expect(settleRefund(state(first), `${PAYMENT_ID}-r1`)).toMatchObject({ kind: 'stale', rule: 'already_refunded' });
    const all = settleRefund(state(oweFor(state(first), ends('OrderTakenBack', { reason: { code: 'x' }, lines: outcomes('1', '3') }))), `${PAYMENT_ID}-r2`);
    expect(all).toMatchObject({ state: { status: 'refunded' }, events: [{ data: { amount: '135.50', refunded: '185.50' } }] });
  });
});

describe('An update of the provider', () => {
  const judge = (payment: Payment | undefined, given: Partial<PaymentUpdate> = {}): unknown[] => {
    const { verdict, decision } = takeUpdate(payment, update(given));
    return [verdict, ...(decision.kind === 'stale' ? [decision.rule] : told(decision))];
  };
  const failed = state(settleCharge(initiated, { kind: 'failed', reason: { code: 'no' } }, ASK_MS));
  const owing = state(oweFor(processed, partial('2')));

  test('tells what is new', () => {
    expect(judge(initiated)).toEqual(['accepted', ['PaymentProcessed', 2]]);
    expect(judge({ ...initiated, reference: 'ch_1' }, { status: 'failed' })).toEqual(['accepted', ['PaymentFailed', 2]]);
    expect(judge(initiated, { status: 'failed', reference: undefined })).toEqual(['accepted', ['PaymentFailed', 2]]);
    expect(judge(owing, { status: 'refunded', amount: 50_00n })).toEqual(['accepted', ['PaymentRefunded', 4]]);
    expect(judge(owing, { status: 'refunded', amount: 50_00n, refundId: `${PAYMENT_ID}-r1` })).toEqual(['accepted', ['PaymentRefunded', 4]]);
  });

  test('says nothing new when it was known', () => {
    expect(judge(processed)).toEqual(['known', 'already_processed']);
    expect(judge(failed, { status: 'failed' })).toEqual(['known', 'already_failed']);
    const given = state(settleRefund(owing, `${PAYMENT_ID}-r1`));
    expect(judge(given, { status: 'refunded', amount: 50_00n, refundId: `${PAYMENT_ID}-r1` })).toEqual(['known']);
    expect(judge(given, { status: 'refunded', amount: 50_00n })).toEqual(['known']);
  });

  test.each<[string, Payment, Partial<PaymentUpdate>, string]>([
    ['a failure after a success', processed, { status: 'failed' }, 'illegal_transition'],
    ['a refund of what was refused', failed, { status: 'refunded' }, 'illegal_transition'],
    ['a refund beyond what was taken', processed, { status: 'refunded', amount: 185_51n }, 'more_than_charged'],
    ['a refund of another amount than its key', owing, { status: 'refunded', amount: 49_00n, refundId: `${PAYMENT_ID}-r1` }, 'other_amount'],
    ['another amount', initiated, { amount: 1n }, 'other_amount'],
    ['another currency by a charge that nobody names', initiated, { currency: 'EUR', reference: undefined }, 'other_currency'],
    ['another currency by the charge that holds the money', processed, { currency: 'EUR' }, 'other_currency'],
    ['a refund in another currency', processed, { status: 'refunded', currency: 'EUR' }, 'other_currency'],
    ['a refund of another charge', processed, { status: 'refunded', reference: 'ch_2' }, 'other_payment'],
    ['a refund at another provider', processed, { status: 'refunded', reference: undefined, provider: 'stripe' }, 'other_payment'],
  ])('that contradicts what is known changes nothing: %s', (_name, payment, given, rule) => expect(judge(payment, given)).toEqual(['illegal', rule]));

  test.each<[string, Payment, Partial<PaymentUpdate>]>([
    ['a success before anything was asked', UNASKED, {}],
    ['a refusal before anything was asked', UNASKED, { status: 'failed' }],
    ['an authorisation before anything was asked', UNASKED, { status: 'authorised' }],
    ['a refund before it is known that money was taken', initiated, { status: 'refunded' }],
  ])('that comes too early is said to be early: %s', (_name, payment, given) => expect(judge(payment, given)).toEqual(['early']));

  test('that the money is set aside says which charge it is, and nothing once it was taken', () => {
    const answered = state(settleCharge(initiated, { kind: 'pending', reference: 'ch_9' }, ASK_MS));
    const authorised = takeUpdate(answered, update({ status: 'authorised', reference: 'ch_9' }));
    expect(authorised).toMatchObject({ verdict: 'accepted', decision: { state: { status: 'initiated', reference: 'ch_9', lastTold: { sequence: null } }, events: [] } });
    expect(judge(answered, { status: 'authorised', reference: 'ch_8' })).toEqual(['known', 'other_charge']);
    expect(judge(state(authorised.decision), { status: 'failed', reference: 'ch_8' })).toEqual(['known', 'other_charge']);
    expect(judge(state(authorised.decision), { status: 'failed', provider: 'stripe' })).toEqual(['known', 'other_charge']);
    expect(judge(processed, { status: 'authorised' })).toEqual(['known', 'already_processed']);
    expect(judge(failed, { status: 'authorised' })).toEqual(['illegal', 'illegal_transition']);
  });

  test('that became so before what is known is stale, and by the count of the provider where it has one', () => {
    const told = (mark: PaymentUpdate['mark']): Payment => state(takeUpdate(initiated, update({ mark })).decision);
    const refusal = (mark: PaymentUpdate['mark']): Partial<PaymentUpdate> => ({ status: 'failed', mark });
    expect(judge(told({ atMs: 2_000, sequence: null }), refusal({ atMs: 1_000, sequence: 9 }))).toEqual(['known', 'older_than_known']);
    expect(judge(told({ atMs: 2_000, sequence: null }), refusal({ atMs: 3_000, sequence: null }))).toEqual(['illegal', 'illegal_transition']);
    expect(judge(told({ atMs: 2_000, sequence: 5 }), refusal({ atMs: 3_000, sequence: 4 }))).toEqual(['known', 'older_than_known']);
    expect(judge(told({ atMs: 2_000, sequence: 5 }), refusal({ atMs: 1_000, sequence: 6 }))).toEqual(['illegal', 'illegal_transition']);
  });

  test.each([['beside the payment', processed], ['before anything was asked', UNASKED]])('that money was taken in another currency gives it back as it was taken, and changes nothing else: %s', (_when, payment) => {
    const { verdict, decision } = takeUpdate(payment, update({ currency: 'EUR', reference: 'ch_eur', amount: 70_00n }));
    expect([verdict, decision]).toMatchObject(['accepted', { state: { status: payment.status, reference: payment.reference, duplicates: [{ reference: 'ch_eur', amount: 70_00n, currency: 'EUR' }] }, events: [{ type: 'PaymentDuplicated', data: { amount: '70.00', currency: 'EUR', reference: 'ch_eur' } }] }]);
    const given = state(decision);
    expect(judge(given, { currency: 'EUR', reference: 'ch_eur', amount: 70_00n })).toEqual(['known', 'already_duplicated']);
    expect(judge(given, { status: 'refunded', currency: 'EUR', reference: 'ch_eur', amount: 70_00n })).toEqual(['accepted', ['PaymentDuplicateRefunded', given.version + 1]]);
    expect(settleDuplicate(given, `${PAYMENT_ID}-d1`)).toMatchObject({ events: [{ type: 'PaymentDuplicateRefunded', data: { amount: '70.00', currency: 'EUR' } }] });
  });

  test('that money was taken in another currency is noted while it may be the very charge that was asked for', () => {
    expect(judge(initiated, { currency: 'EUR', reference: 'ch_eur', amount: 70_00n })).toEqual(['illegal', 'other_currency']);
  });

  test('of a refund that was made at the provider counts against what is left', () => {
    const { decision } = takeUpdate(processed, update({ status: 'refunded', amount: 100_00n, eventId: 'evt_9' }));
    expect(decision).toMatchObject({ events: [{ type: 'PaymentRefunded', data: { amount: '100.00', refundId: 'evt_9', reason: { code: 'refunded_at_provider' } } }] });
    expect(oweFor(state(decision), ends('OrderUnfulfilled', { reason: { code: 'closed' } }))).toMatchObject({ events: [{ data: { amount: '85.50' } }] });
    expect(takeUpdate(state(decision), update({ status: 'refunded', amount: 85_51n, eventId: 'evt_10' }))).toMatchObject({ verdict: 'illegal', decision: { kind: 'stale', rule: 'more_than_charged' } });
  });

  test('that an attempt failed decides nothing: the provider is asked, and a success that follows is the payment', () => {
    const { verdict, decision } = takeUpdate(state(settleCharge(initiated, { kind: 'pending', reference: 'pi_1' }, ASK_MS)), update({ status: 'attempt_failed', reference: 'pi_1' }));
    expect([verdict, decision]).toMatchObject(['accepted', { state: { status: 'initiated', reference: 'pi_1' }, events: [], timers: [{ name: 'unanswered', dueInMs: expect.any(Number) }] }]);
    expect(judge(state(decision), { reference: 'pi_1', mark: { atMs: 2_000, sequence: null } })).toEqual(['accepted', ['PaymentProcessed', 2]]);
    expect(judge(UNASKED, { status: 'attempt_failed' })).toEqual(['early']);
    expect(judge(failed, { status: 'attempt_failed' })).toEqual(['known', 'already_failed']);
  });

  test.each(['failed', 'authorised', 'attempt_failed'] as const)('%s of a charge of which nobody knows whether it is the one that was asked for decides nothing: the provider is asked', (status) => {
    const { verdict, decision } = takeUpdate(initiated, update({ status, reference: 'pi_of_the_shop' }));
    expect([verdict, decision]).toMatchObject(['accepted', { state: { status: 'initiated', reference: null, lastTold: null }, events: [], timers: [{ name: 'unanswered', dueInMs: expect.any(Number) }] }]);
  });

  test('that money was taken after it was refused is taken, and it goes back, for the order has ended', () => {
    const { verdict, decision } = takeUpdate(failed, update({ mark: { atMs: 500, sequence: null } }));
    expect(verdict).toBe('accepted');
    expect(decision).toMatchObject({ state: { status: 'processed' }, events: [{ type: 'PaymentProcessed' }, { type: 'PaymentRefundInitiated', data: { amount: '185.50', reason: { code: 'order_cancelled' } } }] });
    expect(judge(state(decision))).toEqual(['known', 'already_processed']);
  });

  test('about an order that does not exist is about nothing', () => expect(judge(undefined)).toEqual(['unknown_order', 'unknown_order']));
});

test('A refund that a provider tells without a key is the one whose answer came, not an open one of the same amount', () => {
  const refund = (refundId: string, isDone: boolean) => ({ refundId, amount: 50_00n, lineIds: [], reason: { code: 'asked' }, isDone, isTold: false });
  const two = { ...processed, status: 'partly_refunded', refunds: [refund('first', true), refund('second', false)] } as unknown as Payment;
  const { verdict, decision } = takeUpdate(two, update({ status: 'refunded', amount: 50_00n }));
  expect(verdict).toBe('known');
  expect(state(decision).refunds.map(({ refundId, isDone, isTold }) => [refundId, isDone, isTold])).toEqual([['first', true, true], ['second', false, false]]);
});

describe('A refund that failed after it was given', () => {
  const owed = state(oweFor(processed, partial('2')));
  const given = state(settleRefund(owed, `${PAYMENT_ID}-r1`));
  const failing = (more: Partial<PaymentUpdate> = {}): PaymentUpdate => update({ status: 'refund_failed', refundId: `${PAYMENT_ID}-r1`, amount: 50_00n, reason: { code: 'lost_or_stolen_card' }, eventId: 'evt_f', mark: { atMs: 9_000, sequence: null }, ...more });
  const failed = state(takeUpdate(given, failing()).decision);

  test('is told with its reason, once, and is neither owed nor given a second time by itself', () => {
    const { verdict, decision } = takeUpdate(given, failing());
    expect([verdict, decision]).toMatchObject(['accepted', { events: [{ type: 'PaymentRefundFailed', data: { refundId: `${PAYMENT_ID}-r1`, amount: '50.00', currency: 'USD', provider: 'standard', reason: { code: 'lost_or_stolen_card' } }, sequence: given.version + 1 }] }]);
    expect(failed).toMatchObject({ status: 'partly_refunded', refunds: [{ isDone: true, failure: { reason: { code: 'lost_or_stolen_card' }, atMs: 9_000 } }] });
    expect(takeUpdate(failed, failing({ eventId: 'evt_f2' }))).toMatchObject({ verdict: 'known', decision: { rule: 'refund_already_failed' } });
    expect(oweFor(failed, ends('OrderUnfulfilled', { reason: { code: 'closed' } }))).toMatchObject({ events: [{ type: 'PaymentRefundInitiated', data: { amount: '135.50' } }] });
  });

  test('is found by its amount where its key is not told, waits until it is known to be given, and is refused where it does not fit', () => {
    expect(takeUpdate(given, failing({ refundId: undefined })).decision).toMatchObject({ events: [{ type: 'PaymentRefundFailed', data: { refundId: `${PAYMENT_ID}-r1` } }] });
    expect(takeUpdate(owed, failing())).toMatchObject({ verdict: 'early', decision: { kind: 'apply', events: [] } });
    expect(takeUpdate(given, failing({ refundId: 'another' }))).toMatchObject({ verdict: 'illegal', decision: { rule: 'other_refund' } });
    expect(takeUpdate(given, failing({ refundId: undefined, reference: 'ch_other' }))).toMatchObject({ verdict: 'illegal', decision: { rule: 'other_refund' } });
    expect(takeUpdate(given, failing({ amount: 1_00n }))).toMatchObject({ verdict: 'illegal', decision: { rule: 'other_amount' } });
    expect(takeUpdate(given, failing({ currency: 'EUR' }))).toMatchObject({ verdict: 'illegal', decision: { rule: 'other_currency' } });
    expect(takeUpdate(given, failing({ reason: undefined })).decision).toMatchObject({ events: [{ data: { reason: { code: 'refund_failed' } } }] });
  });

  test('is for a person until the provider tells of money that was given after it failed; what it tells of before says nothing', async () => {
    const job = (payment: Payment) => remitFailed(
      { event: { data: { orderId: UNASKED.orderId, paymentId: PAYMENT_ID, refundId: `${PAYMENT_ID}-r1`, amount: '50.00', currency: 'USD', provider: 'standard', reason: { code: 'lost_or_stolen_card' } } } } as never,
      { standingOf: async () => toldOf(payment) } as never,
    );
    await expect(job(failed)).rejects.toMatchObject({ name: 'Refused', code: 'lost_or_stolen_card', message: expect.stringContaining('50.00 USD') });
    const byHand = (atMs: number): PaymentUpdate => update({ status: 'refunded', amount: 50_00n, refundId: undefined, eventId: `evt_${atMs}`, mark: { atMs, sequence: null } });
    const late = state(takeUpdate(failed, byHand(8_000)).decision);
    expect(late.refunds).toMatchObject([{ isTold: true, failure: { atMs: 9_000 } }]);
    const paid = takeUpdate(late, byHand(10_000));
    expect(paid).toMatchObject({ verdict: 'known', decision: { events: [] } });
    expect(state(paid.decision).refunds).toHaveLength(1);
    await expect(job(state(paid.decision))).resolves.toBeUndefined();
  });

  test('and was given anew before its failure could be judged is not for a person any more', () => {
    const at = (atMs: number): string => new Date(atMs).toISOString();
    const common = { provider: 'standard', orderId: UNASKED.orderId, reference: 'ch_1', amount: '50.00', currency: 'USD' };
    const failure = (atMs: number): Told => ({ about: 'payment', update: { ...common, providerEventId: `evt_f${atMs}`, status: 'refund_failed', refundId: `${PAYMENT_ID}-r1`, occurredAt: at(atMs), reason: { code: 'lost_or_stolen_card' } } });
    const gift = (atMs: number): Told => ({ about: 'payment', update: { ...common, providerEventId: `evt_g${atMs}`, status: 'partially_refunded', occurredAt: at(atMs) } });
    // It is kept, for the refund has no answer; the provider refuses to give it, and a person gives the same amount there.
    const waiting = take(owed, failure(9_000));
    expect(waiting).toMatchObject({ verdict: 'early', decision: { state: { kept: [{ verdict: null }] } } });
    const byHand = withKept(take(state(waiting.decision), gift(10_000)).decision);
    expect(told(byHand)).toEqual([['PaymentRefunded', owed.version + 1]]);
    expect(state(byHand)).toMatchObject({ refunds: [{ isDone: true, given: { atMs: 10_000 } }], kept: [{ verdict: 'known' }] });
    expect(toldOf(state(byHand)).failedRefundIds).toEqual([]);
    // What was given before it failed leaves the failure as it is.
    const early = withKept(take(state(waiting.decision), gift(8_000)).decision);
    expect(told(early)).toEqual([['PaymentRefunded', owed.version + 1], ['PaymentRefundFailed', owed.version + 2]]);
    // One that failed again is not cleared by what was given before that, however late that is told.
    const again = take(state(take(given, failure(9_000)).decision), failure(11_000));
    expect(again).toMatchObject({ verdict: 'known', decision: { kind: 'apply', events: [], state: { refunds: [{ failure: { atMs: 11_000 } }] } } });
    expect(toldOf(state(take(state(again.decision), gift(10_000)).decision)).failedRefundIds).toEqual([`${PAYMENT_ID}-r1`]);
    expect(toldOf(state(take(state(again.decision), gift(12_000)).decision)).failedRefundIds).toEqual([]);
    // Told late, after the money was given anew, it is of no account; one that became so after that is.
    const anew = state(take(given, gift(10_000)).decision);
    expect(take(anew, failure(9_000))).toMatchObject({ verdict: 'known', decision: { kind: 'stale', rule: 'older_than_known' } });
    expect(take(anew, failure(11_000))).toMatchObject({ verdict: 'accepted', decision: { events: [{ type: 'PaymentRefundFailed' }] } });
  });

  test.each([true, false])('is not cleared by what is told of another one of the same amount that has no answer yet: which one it is shows when that has (it was told itself: %s)', (isTold) => {
    const [first, second] = [{ ...failed.refunds[0]!, isTold }, { ...owed.refunds[0]!, refundId: `${PAYMENT_ID}-r2` }];
    const both: Payment = { ...failed, refunds: [first, second] };
    const gift: Told = { about: 'payment', update: { provider: 'standard', providerEventId: 'evt_g', orderId: UNASKED.orderId, reference: 'ch_1', status: 'partially_refunded', amount: '50.00', currency: 'USD', occurredAt: new Date(10_000).toISOString() } };
    const waiting = take(both, gift);
    expect(waiting).toMatchObject({ verdict: 'early', decision: { state: { refunds: both.refunds, kept: [{ verdict: null }] }, events: [] } });
    const settled = state(withKept(settleRefund(state(waiting.decision), second.refundId)));
    expect(settled).toMatchObject({ refunds: [{ failure: { atMs: 9_000 } }, { isDone: true, isTold: true, given: { atMs: 10_000 } }], kept: [{ verdict: 'known' }] });
    // The next one that is told is the one that had failed.
    expect(state(take(settled, { ...gift, update: { ...gift.update, providerEventId: 'evt_g2' } } as Told).decision).refunds[0]).not.toHaveProperty('failure');
    // One that waits for a dispute was not asked for: it cannot be meant.
    expect(state(take({ ...both, refunds: [first, { ...second, isHeld: true }] }, gift).decision).refunds[0]).not.toHaveProperty('failure');
  });

  test('of a duplicate is told as such, by the provider that had it', () => {
    const charged = state(takeUpdate(processed, update({ provider: 'stripe', reference: 'pi_1', eventId: 'evt_s' })).decision);
    const back = state(settleDuplicate(charged, `${PAYMENT_ID}-d1`));
    const told = failing({ provider: 'stripe', reference: 'pi_1', refundId: `${PAYMENT_ID}-d1`, amount: 185_50n });
    const { decision } = takeUpdate(back, told);
    expect(decision).toMatchObject({ state: { refunds: [], duplicates: [{ isDone: true, failure: { atMs: 9_000 } }] }, events: [{ type: 'PaymentRefundFailed', data: { provider: 'stripe', refundId: `${PAYMENT_ID}-d1`, amount: '185.50' } }] });
    const paid = takeUpdate(state(decision), { ...told, status: 'refunded', refundId: undefined, eventId: 'evt_r', mark: { atMs: 10_000, sequence: null } });
    expect([paid.verdict, toldOf(state(paid.decision)).failedRefundIds]).toEqual(['known', []]);
    expect(takeUpdate(state(paid.decision), { ...told, eventId: 'evt_late' })).toMatchObject({ verdict: 'known', decision: { rule: 'older_than_known' } });
    const byHand = state(takeUpdate(charged, { ...told, status: 'refunded', refundId: undefined, mark: { atMs: 10_000, sequence: null } }).decision);
    expect(takeUpdate(byHand, told)).toMatchObject({ verdict: 'known', decision: { rule: 'older_than_known' } });
  });
});

describe('Which provider has the money', () => {
  const capture = (given: Partial<PaymentUpdate>): Partial<PaymentUpdate> => ({ provider: 'stripe', reference: 'pi_1', eventId: 'evt_s', ...given });
  const judged = (payment: Payment, given: Partial<PaymentUpdate>) => takeUpdate(payment, update(given));

  test('is remembered from the one that is asked, or, when another one was faster, from that', () => {
    expect(begin({ ...UNASKED, provider: 'stripe' })).toMatchObject({ events: [{ type: 'PaymentInitiated', data: { provider: 'stripe' } }] });
    const byStripe = state(judged(initiated, capture({})).decision);
    expect(byStripe).toMatchObject({ status: 'processed', provider: 'stripe', reference: 'pi_1', stray: 'standard' });
    // What goes back goes there.
    expect(oweFor(byStripe, partial('2'))).toMatchObject({ events: [{ type: 'PaymentRefundInitiated', data: { provider: 'stripe', amount: '50.00' } }] });
  });

  test.each<[string, Partial<PaymentUpdate>]>([['another provider', capture({})], ['the same provider by another charge', { reference: 'ch_2' }], ['another provider over another amount', capture({ amount: 99_00n })]])('a second success, of %s, is a duplicate that is told and given back there', (_name, given) => {
    const { verdict, decision } = judged(processed, given);
    const { provider = 'standard', reference, amount = 185_50n } = given;
    expect(verdict).toBe('accepted');
    expect(decision).toMatchObject({
      state: { status: 'processed', provider: 'standard', reference: 'ch_1', duplicates: [{ provider, reference, amount, isDone: false }] },
      events: [{ type: 'PaymentDuplicated', data: { provider, reference, amount: amount === 99_00n ? '99.00' : '185.50', refundId: `${PAYMENT_ID}-d1`, heldBy: 'standard' }, sequence: processed.version + 1 }],
    });
    expect(judged(state(decision), given)).toMatchObject({ verdict: 'known', decision: { rule: 'already_duplicated' } });
    const done = settleDuplicate(state(decision), `${PAYMENT_ID}-d1`);
    expect(done).toMatchObject({ state: { status: 'processed', duplicates: [{ isDone: true }] }, events: [{ type: 'PaymentDuplicateRefunded', data: { provider, refundId: `${PAYMENT_ID}-d1` } }] });
    expect(settleDuplicate(state(done), `${PAYMENT_ID}-d1`)).toMatchObject({ kind: 'stale', rule: 'already_refunded' });
  });

  const withdrawn = state(settleCharge(initiated, { kind: 'withheld', wasAsked: false }, ASK_MS));
  const refused = state(settleCharge(initiated, { kind: 'failed', reason: { code: 'no' } }, ASK_MS));
  test.each<[string, Payment, Partial<PaymentUpdate>]>([
    ['of a payment that was refused', refused, { reference: 'ch_1' }],
    ['of one that was withdrawn', withdrawn, { reference: 'ch_1' }],
    ['by another charge than the one that was asked for', initiated, capture({})],
  ])('money over another amount, %s, is no payment and goes back', (_name, payment, given) => {
    const { provider = 'standard', reference } = given;
    expect(judged(payment, { ...given, amount: 90_00n })).toMatchObject({
      verdict: 'accepted', decision: { state: { status: payment.status, duplicates: [{ provider, reference, amount: 90_00n }] }, events: [{ type: 'PaymentDuplicated', data: { amount: '90.00' } }] },
    });
  });

  test('what was paid elsewhere for an order that ended before money was asked for goes back', () => {
    const ended = { ...UNASKED, orderEnds: true };
    const { verdict, decision } = judged(ended, capture({}));
    expect([verdict, decision]).toMatchObject(['accepted', { state: { status: 'unasked', duplicates: [{ provider: 'stripe', reference: 'pi_1' }] }, events: [{ type: 'PaymentDuplicated', data: { refundId: `${PAYMENT_ID}-d1` }, sequence: 1 }] }]);
    expect(judged(state(decision), capture({}))).toMatchObject({ verdict: 'known' });
    expect(begin(state(decision))).toMatchObject({ state: { status: 'withdrawn' }, events: [{ type: 'PaymentFailed', sequence: 2 }] });
  });

  test('money that is on its way back as a duplicate is not the payment when another way tells of it: it would go back a second time', () => {
    const ended = state(judged({ ...UNASKED, orderEnds: true }, capture({})).decision);
    const withdrawn = state(begin(ended));
    expect(withdrawn).toMatchObject({ status: 'withdrawn', duplicates: [{ provider: 'stripe', reference: 'pi_1' }] });
    expect(judged(withdrawn, capture({ eventId: 'evt_again' }))).toMatchObject({ verdict: 'known', decision: { kind: 'stale', rule: 'already_duplicated' } });
    expect(settleFound(withdrawn, { kind: 'succeeded', reference: 'pi_1', provider: 'stripe' }, ASK_MS)).toMatchObject({ kind: 'stale', rule: 'already_duplicated' });
    expect(settleCharge(withdrawn, { kind: 'succeeded', reference: 'pi_1' }, ASK_MS, 'stripe')).toMatchObject({ kind: 'stale', rule: 'already_duplicated' });
    // Another charge is taken, and goes back.
    expect(judged(withdrawn, capture({ eventId: 'evt_other', reference: 'pi_2' })).decision).toMatchObject({ events: [{ type: 'PaymentProcessed' }, { type: 'PaymentRefundInitiated' }] });
    // The one that was looked for turns out to be the duplicate: nothing is looked for any more.
    expect(settleFound({ ...withdrawn, stray: 'stripe' }, { kind: 'succeeded', reference: 'pi_1', provider: 'stripe' }, ASK_MS)).toMatchObject({ kind: 'apply', state: { stray: null, status: 'withdrawn' }, events: [], timers: [{ dueInMs: null }] });
  });

  test('a duplicate that its provider tells as given back is done, once, and no refund of the payment', () => {
    const doubled = state(judged(processed, capture({})).decision);
    const back = judged(doubled, capture({ status: 'refunded', eventId: 'evt_r' }));
    expect([back.verdict, told(back.decision)]).toEqual(['accepted', [['PaymentDuplicateRefunded', doubled.version + 1]]]);
    expect(judged(state(back.decision), capture({ status: 'refunded', eventId: 'evt_r2' }))).toMatchObject({ verdict: 'known' });
    expect(judged(doubled, capture({ status: 'refunded', amount: 1_00n }))).toMatchObject({ verdict: 'illegal', decision: { rule: 'other_amount' } });
    expect(oweFor(state(back.decision), ends('OrderUnfulfilled', { reason: { code: 'closed' } }))).toMatchObject({ events: [{ type: 'PaymentRefundInitiated', data: { amount: '185.50', provider: 'standard' } }] });
  });

  test('one that may have been asked when the run died, and is not found, is looked for when another one of the same provider was faster', async () => {
    const standing = { status: 'processed', orderEnds: false, method: null, doneRefundIds: [], failedRefundIds: [], provider: 'stripe', reference: 'pi_2', stray: null, isDisputed: false } as const;
    const provider = { withdraw: async () => ({ kind: 'absent' }) } as unknown as PaymentProvider;
    const job = (maybeSent: boolean) => ({ event: { data: { orderId: UNASKED.orderId, paymentId: PAYMENT_ID, amount: '185.50', currency: 'USD', provider: 'stripe' } }, maybeSent, signal: new AbortController().signal }) as never;
    const asking = { providers: new Map([['stripe', provider]]), standingOf: async () => standing, defaultMethod: null };
    const answer = await charge(job(true), asking);
    expect([answer, await charge(job(false), asking)]).toEqual([{ kind: 'answered', wasAsked: true }, { kind: 'answered', wasAsked: false }]);
    const paid = state(judged(state(begin({ ...UNASKED, provider: 'stripe' })), capture({ reference: 'pi_2' })).decision);
    expect(paid.stray).toBeNull();
    const looking = settleCharge(paid, answer, ASK_MS, 'stripe');
    expect(looking).toMatchObject({ kind: 'apply', state: { status: 'processed', stray: 'stripe', checks: 0 }, events: [], timers: [{ name: 'unanswered', dueInMs: expect.any(Number) }] });
    expect(settleCharge(paid, { kind: 'answered', wasAsked: false }, ASK_MS, 'stripe')).toMatchObject({ kind: 'stale', rule: 'already_processed' });
    expect(settleFound(state(overdue(state(looking), ASK_MS)), { kind: 'succeeded', reference: 'pi_1', provider: 'stripe' }, ASK_MS)).toMatchObject({ state: { stray: null, duplicates: [{ reference: 'pi_1' }] }, events: [{ type: 'PaymentDuplicated' }] });
  });

  test('a refund that was begun before it was known who has the money goes to the one that has it', async () => {
    const asked: string[] = [];
    const named = (name: string) => ({ refund: async () => void asked.push(name), findRefund: async () => (asked.push(`find ${name}`), 'absent') }) as unknown as PaymentProvider;
    const standing = { status: 'processed', orderEnds: false, method: null, doneRefundIds: [], failedRefundIds: [], reference: 'pi_1', stray: null, isDisputed: false } as const;
    const job = { event: { data: { orderId: UNASKED.orderId, paymentId: PAYMENT_ID, refundId: 'r', amount: '1.00', currency: 'USD', provider: 'standard' } }, maybeSent: false, signal: new AbortController().signal } as never;
    for (const provider of ['stripe', null]) await refundLate(job, { providers: new Map(['standard', 'stripe'].map((name) => [name, named(name)])), standingOf: async () => ({ ...standing, provider }), defaultMethod: null });
    expect(asked).toEqual(['find stripe', 'stripe', 'find standard', 'standard']);
  });

  test('the one that was asked and was slower is looked for until it is known to take nothing, and what it takes all the same goes back', () => {
    const raced = judged(initiated, capture({}));
    expect(raced.decision).toMatchObject({ timers: [{ name: 'unanswered', dueInMs: expect.any(Number) }] });
    const byStripe = state(raced.decision);
    const asked = state(overdue(byStripe, ASK_MS));
    expect(settleFound(asked, { kind: 'pending', reference: 'ch_1', provider: 'standard' }, ASK_MS)).toMatchObject({ state: { stray: 'standard', reference: 'pi_1' }, timers: [] });
    expect(settleFound(asked, { kind: 'failed', reason: { code: 'no' }, provider: 'standard' }, ASK_MS)).toMatchObject({ state: { stray: null, status: 'processed' }, events: [], timers: [{ dueInMs: null }] });
    expect(settleFound(asked, { kind: 'succeeded', reference: 'ch_1', provider: 'standard' }, ASK_MS)).toMatchObject({
      state: { stray: null, provider: 'stripe', duplicates: [{ provider: 'standard', reference: 'ch_1' }] }, events: [{ type: 'PaymentDuplicated' }], timers: [{ dueInMs: null }],
    });
    expect(settleCharge(byStripe, { kind: 'succeeded', reference: 'ch_1' }, ASK_MS, 'standard')).toMatchObject({ events: [{ type: 'PaymentDuplicated', data: { provider: 'standard' } }] });
    // Of the same provider: what was looked for may turn out to be the very charge that holds the money.
    const misled = state(settleCharge(initiated, { kind: 'pending', reference: 'ch_of_the_shop' }, ASK_MS));
    const own = state(settleCharge(misled, { kind: 'succeeded', reference: 'ch_1' }, ASK_MS));
    expect(own).toMatchObject({ stray: 'standard', reference: 'ch_1' });
    expect(settleFound(state(overdue(own, ASK_MS)), { kind: 'succeeded', reference: 'ch_1', provider: 'standard' }, ASK_MS)).toMatchObject({ kind: 'apply', state: { stray: null, status: 'processed' }, events: [], timers: [{ dueInMs: null }] });
    let looking = byStripe;
    for (let check = 1; check <= 4; check += 1) looking = state(settleFound(state(overdue(looking, ASK_MS)), { kind: 'absent', provider: 'standard' }, ASK_MS));
    expect(looking.stray).toBeNull();
    expect(overdue(looking, ASK_MS)).toMatchObject({ kind: 'stale', rule: 'already_processed' });
  });
});
