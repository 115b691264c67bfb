import { describe, expect, test } from '@jest/globals';
import type { Outcome } from '@commerce/event-log/extension';
import { createCatalogue } from '@commerce/events/catalogue';
import type { EventEntry } from '@commerce/events/catalogue';
import { DISPUTE_ENTRIES } from '@commerce/events/entries/disputes';
import { begin, settleCharge } from './charge.ts';
import { takeDispute } from './disputes.ts';
import { take, withKept } from './kept.ts';
import { oweFor } from './owed.ts';
import { holdRefund, settleRefund, takeAway } from './refunds.ts';
import { draftOf } from './payment.ts';
import type { Payment } from './payment.ts';
import { ORDER_ID, UNASKED } from './test-payment.ts';
import type { DisputeUpdate, Told } from './told.ts';

const ASK_MS = 1_000;
const state = (outcome: Outcome<Payment>): Payment => {
  if (outcome.kind !== 'apply') throw new Error(JSON.stringify(outcome));
  return outcome.state;
};
const events = (outcome: Outcome<Payment>): unknown[] => (outcome.kind === 'apply' ? outcome.events.map(({ type, data, sequence }) => ({ type, sequence, ...data })) : [outcome]);
const initiated = state(begin(UNASKED));
const processed = state(settleCharge(initiated, { kind: 'succeeded', reference: 'ch_1' }, ASK_MS));
const update = (status: DisputeUpdate['status'], atMs = 1_000, given: Partial<DisputeUpdate> = {}): DisputeUpdate => ({
  provider: 'stripe', eventId: `evt_${status}`, orderId: ORDER_ID, disputeId: 'dp_1', reference: undefined, status, amount: 185_50n, currency: 'USD', occurredAt: '2026-11-21T12:00:00Z', reason: undefined, mark: { atMs, sequence: null }, ...given,
});
const judge = (payment: Payment | undefined, one: DisputeUpdate): unknown[] => {
  const { verdict, decision } = takeDispute(payment, one);
  return [verdict, ...(decision.kind === 'stale' ? [decision.rule] : decision.kind === 'apply' ? decision.events.map(({ type }) => type) : [])];
};
const after = (...told: DisputeUpdate[]): Payment => told.reduce((payment, one) => state(takeDispute(payment, one).decision), processed);

describe('A dispute', () => {
  test('that is opened is told with what is open and what is left, as the catalogue says, and moves no money', () => {
    const { decision } = takeDispute(processed, update('opened', 1_000, { reason: { code: 'not_received' } }));
    expect(events(decision)).toEqual([{
      type: 'DisputeOpened', sequence: processed.version + 1, orderId: ORDER_ID, paymentId: `pay_${ORDER_ID}`, disputeId: 'dp_1', amount: '185.50', currency: 'USD', provider: 'stripe', occurredAt: '2026-11-21T12:00:00Z', open: 1, left: '185.50',
      reason: { code: 'not_received' },
    }]);
    const catalogue = createCatalogue(DISPUTE_ENTRIES as unknown as EventEntry[]);
    for (const status of ['opened', 'under_review', 'won', 'lost'] as const) {
      const { decision: told } = takeDispute(processed, update(status));
      if (told.kind === 'apply') catalogue.checkData(told.events[0]?.type ?? '', told.events[0]?.data);
    }
    expect(state(decision).status).toBe('processed');
  });

  test('that is won leaves the money, and nothing open', () => {
    expect(events(takeDispute(after(update('opened'), update('under_review', 2_000)), update('won', 3_000)).decision)).toMatchObject([{ type: 'DisputeWon', open: 0, left: '185.50' }]);
  });

  test('that is lost takes its money away, as told, and no more than is left', () => {
    const lost = takeDispute(after(update('opened')), update('lost', 2_000)).decision;
    expect(events(lost)).toMatchObject([
      { type: 'DisputeLost', open: 0, left: '0.00', amount: '185.50' },
      { type: 'PaymentRefunded', amount: '185.50', refunded: '185.50', charged: '185.50', refundId: 'dispute-dp_1', reason: { code: 'dispute_lost' } },
    ]);
    expect(state(lost).status).toBe('refunded');
    // A refund of 50.00 is promised already.
    const owing = state(oweFor(processed, { type: 'OrderRefundRequested', data: { orderId: ORDER_ID, lineIds: ['2'], reason: { code: 'damaged' } } } as never));
    expect(events(takeDispute(owing, update('lost')).decision)).toMatchObject([{ type: 'DisputeLost', left: '0.00' }, { type: 'PaymentRefunded', amount: '135.50' }]);
  });

  test('about a part leaves the rest', () => {
    expect(events(takeDispute(processed, update('lost', 1_000, { amount: 50_00n })).decision)).toMatchObject([{ type: 'DisputeLost', left: '135.50' }, { type: 'PaymentRefunded', amount: '50.00', refunded: '50.00' }]);
  });

  test('counts beside another one', () => {
    const two = after(update('opened'), update('opened', 1_000, { disputeId: 'dp_2', amount: 10_00n }));
    expect(events(takeDispute(two, update('won', 2_000)).decision)).toMatchObject([{ type: 'DisputeWon', open: 1 }]);
  });

  test('is taken from wherever it is told first; what became so before is stale, what contradicts it impossible', () => {
    const lost = after(update('lost', 5_000));
    expect(judge(lost, update('opened', 1_000))).toEqual(['known', 'older_than_known']);
    expect(judge(lost, update('won', 5_000))).toEqual(['known', 'older_than_known']);
    expect(judge(lost, update('won', 6_000))).toEqual(['illegal', 'illegal_transition']);
    expect(judge(lost, update('opened', 6_000))).toEqual(['illegal', 'illegal_transition']);
    expect(judge(lost, update('lost', 6_000))).toEqual(['known', 'already_lost']);
    // Within one second the one that goes further counts.
    expect(judge(after(update('opened', 1_000)), update('won', 1_000))).toEqual(['accepted', 'DisputeWon']);
    expect(judge(after(update('won', 1_000, { mark: { atMs: 1_000, sequence: 7 } })), update('under_review', 9_000, { mark: { atMs: 9_000, sequence: 3 } }))).toEqual(['known', 'older_than_known']);
  });

  test.each<[string, Payment, Partial<DisputeUpdate>, string]>([
    ['of a payment that was refused', state(settleCharge(initiated, { kind: 'failed', reason: { code: 'no' } }, ASK_MS)), {}, 'illegal_transition'],
    ['over nothing', processed, { amount: 0n }, 'more_than_charged'],
    ['in another currency', processed, { currency: 'EUR' }, 'other_currency'],
    ['over another amount than it was decided over', after(update('lost', 1_000, { amount: 1_00n })), { status: 'lost' }, 'other_amount'],
  ])('%s is impossible', (_name, payment, given, rule) => expect(judge(payment, update('opened', 2_000, given))).toEqual(['illegal', rule]));

  test('over more than was charged is about all of that', () => {
    expect(events(takeDispute(processed, update('lost', 1_000, { amount: 185_51n })).decision)).toMatchObject([{ type: 'DisputeLost', amount: '185.50', left: '0.00' }, { type: 'PaymentRefunded', amount: '185.50' }]);
  });

  test('may change its amount while it is open; what is older changes nothing', () => {
    const small = after(update('opened', 1_000, { amount: 20_00n }));
    expect(judge(small, update('opened', 1_000, { amount: 30_00n }))).toEqual(['known', 'already_opened']);
    expect(judge(small, update('opened', 500, { amount: 30_00n }))).toEqual(['known', 'already_opened']);
    const grown = takeDispute(small, update('opened', 2_000, { amount: 30_00n }));
    expect([grown.verdict, events(grown.decision)]).toEqual(['accepted', []]);
    expect(state(grown.decision).disputes).toMatchObject([{ amount: 30_00n, mark: { atMs: 2_000 } }]);
    expect(events(takeDispute(state(grown.decision), update('lost', 3_000, { amount: 40_00n })).decision)).toMatchObject([{ type: 'DisputeLost', amount: '40.00' }, { type: 'PaymentRefunded', amount: '40.00' }]);
    expect(judge(after(update('lost', 5_000)), update('opened', 1_000, { amount: 1_00n }))).toEqual(['known', 'older_than_known']);
  });

  test('about an order that does not exist is about nothing', () => expect(judge(undefined, update('opened'))).toEqual(['unknown_order', 'unknown_order']));
});

describe('A refund that is asked for while a dispute is open', () => {
  const wish = (lineIds?: string[]) => ({ type: 'OrderRefundRequested', data: { orderId: ORDER_ID, reason: { code: 'damaged' }, ...(lineIds && { lineIds }) } }) as never;
  const opened = after(update('opened'));
  const waiting = state(oweFor(opened, wish(['2'])));

  test('does not go out: it waits', () => {
    expect(events(oweFor(opened, wish(['2'])))).toEqual([]);
    expect(waiting.refunds).toMatchObject([{ amount: 50_00n, lineIds: ['2'], isHeld: true, isDone: false }]);
    expect(events(takeDispute(waiting, update('under_review', 2_000)).decision)).toMatchObject([{ type: 'DisputeUnderReview', left: '185.50' }]);
  });

  test('goes out when the dispute is won, and no other one is open', () => {
    expect(events(takeDispute(waiting, update('won', 2_000)).decision)).toMatchObject([
      { type: 'DisputeWon', open: 0 }, { type: 'PaymentRefundInitiated', amount: '50.00', refundId: `pay_${ORDER_ID}-r1`, lineIds: ['2'], reason: { code: 'damaged' } },
    ]);
    const two = state(takeDispute(waiting, update('opened', 1_500, { disputeId: 'dp_2', amount: 10_00n })).decision);
    expect(events(takeDispute(two, update('won', 2_000)).decision)).toMatchObject([{ type: 'DisputeWon', open: 1 }]);
  });

  test('is gone already when the dispute takes the money, and is not paid a second time', () => {
    const lost = takeDispute(state(oweFor(opened, wish())), update('lost', 2_000)).decision;
    expect(events(lost)).toMatchObject([{ type: 'DisputeLost', left: '0.00' }, { type: 'PaymentRefunded', amount: '185.50', refunded: '185.50', reason: { code: 'dispute_lost' } }]);
    expect(state(lost)).toMatchObject({ status: 'refunded', refunds: [{ amount: 0n, isDone: true, isHeld: false }, { amount: 185_50n }] });
  });

  test('goes out as far as it is still owed when the dispute takes a part', () => {
    const some = state(oweFor(after(update('opened', 1_000, { amount: 30_00n })), wish(['2'])));
    expect(events(takeDispute(some, update('lost', 2_000, { amount: 30_00n })).decision)).toMatchObject([
      { type: 'DisputeLost', left: '155.50' }, { type: 'PaymentRefunded', amount: '30.00' }, { type: 'PaymentRefundInitiated', amount: '20.00', lineIds: ['2'] },
    ]);
  });

  test('and was told before, and not sent, waits as well, and meets the end of the dispute', () => {
    const owing = state(oweFor(processed, wish(['2'])));
    const disputed = state(takeDispute(owing, update('opened')).decision);
    const held = state(holdRefund(disputed, `pay_${ORDER_ID}-r1`));
    expect(held.refunds).toMatchObject([{ isHeld: true }]);
    expect(events(takeDispute(held, update('won', 2_000)).decision)).toMatchObject([{ type: 'DisputeWon' }, { type: 'PaymentRefundInitiated', refundId: `pay_${ORDER_ID}-r1`, amount: '50.00' }]);
    // The dispute was lost while the provider was about to be asked: it takes what was not sent.
    const lost = state(takeDispute(disputed, update('lost', 2_000)).decision);
    const met = holdRefund(lost, `pay_${ORDER_ID}-r1`);
    expect(events(met)).toMatchObject([{ type: 'PaymentRefunded', amount: '50.00', refunded: '185.50', refundId: 'dispute-dp_1-rest', reason: { code: 'dispute_lost' } }]);
    expect(state(met)).toMatchObject({ status: 'refunded', refunds: [{ amount: 0n, isDone: true }, { amount: 135_50n }, { amount: 50_00n }] });
    expect(holdRefund(state(settleRefund(owing, `pay_${ORDER_ID}-r1`)), `pay_${ORDER_ID}-r1`)).toMatchObject({ kind: 'stale', rule: 'already_refunded' });
  });
});

test('Of two refunds that were on their way when the dispute was lost, what neither sends any more is counted once each, and never more than was charged', () => {
  const owed = ['1', '2'].reduce((payment, lineId) => state(oweFor(payment, { type: 'OrderRefundRequested', data: { orderId: ORDER_ID, lineIds: [lineId], reason: { code: 'damaged' } } } as never)), processed);
  const lost = [update('opened'), update('lost', 2_000)].reduce((payment, one) => state(takeDispute(payment, one).decision), owed);
  const first = holdRefund(lost, `pay_${ORDER_ID}-r1`);
  expect(events(first)).toMatchObject([{ type: 'PaymentRefunded', amount: '100.00', refunded: '135.50', refundId: 'dispute-dp_1-rest' }]);
  expect(state(first).status).toBe('partly_refunded');
  const second = holdRefund(state(first), `pay_${ORDER_ID}-r2`);
  expect(events(second)).toMatchObject([{ type: 'PaymentRefunded', amount: '50.00', refunded: '185.50', refundId: 'dispute-dp_1-rest2' }]);
  expect(state(second)).toMatchObject({ status: 'refunded', refunds: [{ amount: 0n, isDone: true }, { amount: 0n, isDone: true }, { amount: 35_50n }, { amount: 100_00n }, { amount: 50_00n }] });
  expect(() => takeAway(draftOf(state(second)), { refundId: 'dispute-dp_1', amount: 1n, reason: { code: 'dispute_lost' } })).toThrow('already');
});

describe('What comes too early', () => {
  const common = { provider: 'stripe', orderId: ORDER_ID, currency: 'USD' };
  const opened: Told = { about: 'dispute', update: { ...common, providerEventId: 'evt_d', disputeId: 'dp_1', status: 'opened', amount: '185.50', occurredAt: '2026-11-21T12:00:05Z' } };
  const refund: Told = { about: 'payment', update: { ...common, providerEventId: 'evt_r', status: 'partially_refunded', amount: '50.00', occurredAt: '2026-11-21T12:00:04Z' } };
  const captured: Told = { about: 'payment', update: { ...common, providerEventId: 'evt_c', status: 'captured', amount: '185.50', occurredAt: '2026-11-21T12:00:03Z' } };

  test('is kept, and has its effect after the change that it waited for, in that same decision', () => {
    const waiting = [opened, refund, captured].reduce((payment, told) => {
      const { verdict, decision } = take(payment, told);
      expect(verdict).toBe('early');
      return state(withKept(decision));
    }, UNASKED);
    expect(waiting.kept).toHaveLength(3);
    const begun = withKept(begin(waiting));
    expect(events(begun)).toMatchObject([
      { type: 'PaymentInitiated', sequence: 1, provider: 'standard' }, { type: 'PaymentProcessed', sequence: 2, provider: 'stripe' }, { type: 'DisputeOpened', sequence: 3, left: '185.50' }, { type: 'PaymentRefunded', sequence: 4, amount: '50.00', refundId: 'evt_r' },
    ]);
    expect(state(begun).kept.map(({ verdict }) => verdict)).toEqual(['accepted', 'accepted', 'accepted']);
  });

  test('is judged once for each decision, in whatever order and number it came', () => {
    let reads = 0;
    const counted = (told: Told, id: string): Told => ({ ...told, update: Object.defineProperty({ ...told.update, providerEventId: id }, 'currency', { enumerable: true, get: () => ((reads += 1), 'USD') }) }) as Told;
    const many = (count: number): number => {
      reads = 0;
      const kept = Array.from({ length: count }, (_, index) => ({ told: counted(index === count - 1 ? captured : refund, `evt_${index}`), verdict: null }));
      const begun = withKept(begin({ ...UNASKED, kept }));
      expect(state(begun).kept.every(({ verdict }) => verdict !== null)).toBe(true);
      return reads;
    };
    expect(many(200)).toBe(10 * many(20));
  });

  test('is kept up to a limit', () => {
    let payment = UNASKED;
    for (let count = 0; count < 20; count += 1) payment = state(take(payment, { ...captured, update: { ...captured.update, providerEventId: `evt_${count}` } } as Told).decision);
    expect(take(payment, captured)).toMatchObject({ verdict: 'illegal', decision: { rule: 'too_many_early' } });
  });

  test('and turns out to be impossible is no longer kept', () => {
    const waiting = state(take(initiated, refund).decision);
    const failed = withKept(settleCharge(waiting, { kind: 'failed', reason: { code: 'no' } }, ASK_MS));
    expect(events(failed)).toMatchObject([{ type: 'PaymentFailed' }]);
    expect(state(failed).kept).toMatchObject([{ verdict: 'illegal' }]);
  });
});
