import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Pattern } from './patterns.ts';
import { PATTERNS } from './patterns.ts';
import { earlyRefundRequested, orderStuck, repeatedPaymentFailure } from './signals.ts';
import { STEPS } from './steps.ts';
import { absencesOf, play, stepsTaken, told } from './test-watch.ts';
import type { Told } from './test-watch.ts';
import { createWatch, dueMsOf, isForgotten } from './watch.ts';

const T = 1_700_000_000_000;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const watching = (patterns: readonly Pattern[] = PATTERNS) => play(createWatch(STEPS, patterns));
const customer = { data: { customerId: 'VINET' } };
const failure = (subject: string, atMs: number, customerId = 'VINET'): Told[] => [told('PaymentFailed', subject, atMs), told('OrderCancelled', subject, atMs + 1, { data: { customerId } })];
const seeing = (events: readonly Told[], patterns?: readonly Pattern[]) => {
  const played = watching(patterns);
  for (const event of events) played.observe(event);
  return played;
};

describe('a step', () => {
  test('takes the time between the moments at which its events occurred, whenever they were recorded', () => {
    const { readings } = seeing([told('OrderCreated', 'a', T, { occurredMs: T - 500 }), told('PaymentProcessed', 'a', T + 5_000, { occurredMs: T + 1_000 })]);
    expect(readings.filter(({ tookMs }) => tookMs !== null)).toEqual([{ measure: 'accepted_to_paid', atMs: T + 5_000, isLate: false, tookMs: 1_500 }]);
  });

  test('is measured once for each subject, in whichever order its events come, as often as they come', () => {
    const event = fc.record({ type: fc.constantFrom('OrderCreated', 'InventoryReserved', 'PaymentProcessed', 'OrderFulfilled', 'OrderCompleted', 'OrderShipped'), subject: fc.constantFrom('a', 'b'), occurred: fc.integer({ min: 0, max: 9_999 }) });
    fc.assert(fc.property(fc.array(event, { maxLength: 40 }), (given) => {
      const events = given.map(({ type, subject, occurred }, at) => told(type, subject, T + at, { occurredMs: T + occurred }));
      const { readings } = seeing(events, []);
      const measured = readings.flatMap(({ measure, tookMs }) => (tookMs === null ? [] : [{ step: measure, tookMs }]));
      const sorted = (all: object[]): string[] => all.map((one) => JSON.stringify(one)).sort();
      expect(sorted(measured)).toEqual(sorted(stepsTaken(events, STEPS)));
      expect(readings.filter(({ tookMs }) => tookMs === null).map(({ measure }) => measure)).toEqual(events.map(({ type }) => type));
    }));
  });

  test('never takes less than nothing, though two clocks differ', () => {
    expect(seeing([told('OrderCreated', 'a', T), told('PaymentProcessed', 'a', T + 1, { occurredMs: T - 60 })]).readings.at(-1)).toMatchObject({ tookMs: 0 });
  });
});

test('an event is late when it was recorded more than a minute after it occurred', () => {
  const { readings } = seeing([told('OrderShipped', 'a', T, { occurredMs: T - MINUTE }), told('OrderShipped', 'a', T, { occurredMs: T - MINUTE - 1 })]);
  expect(readings.map(({ isLate }) => isLate)).toEqual([false, true]);
});

test('of an event that no step and no pattern needs nothing is remembered', () => {
  const { states } = seeing([told('NotificationSent', 'a', T), told('ProductCreated', 'p', T)]);
  for (const state of states.values()) expect(isForgotten(state)).toBe(true);
});

describe('an order that does not go on', () => {
  test('is stuck once its time is over, and told so once', () => {
    const played = seeing([told('PaymentProcessed', 'a', T)]);
    played.passTo(T + DAY);
    expect(played.emitted).toEqual([]);
    for (let look = 0; look < 3; look += 1) played.passTo(T + DAY + 1 + look);
    expect(played.emitted).toEqual([{
      type: 'OrderStuck', orderId: 'a', pattern: 'paid_not_fulfilled', withinMs: DAY, after: 'PaymentProcessed', since: new Date(T).toISOString(), waitingFor: expect.arrayContaining(['OrderFulfilled']),
    }]);
    orderStuck.entry.versions['v1']?.parse((({ type: _type, ...data }: any) => data)(played.emitted[0]));
  });

  test('is not stuck when it went on in time, also when only the log knows', () => {
    const went = seeing([told('PaymentProcessed', 'a', T), told('OrderFulfilled', 'a', T + DAY)], PATTERNS.filter(({ name }) => name === 'paid_not_fulfilled'));
    went.passTo(T + 9 * DAY);
    const behind = seeing([told('PaymentProcessed', 'a', T)]);
    behind.passTo(T + 2 * DAY, () => true);
    behind.observe(told('OrderFulfilled', 'a', T + DAY));
    expect([went.emitted, behind.emitted]).toEqual([[], []]);
  });

  test('was stuck when it went on too late, before anybody looked', () => {
    const { emitted } = seeing([told('PaymentProcessed', 'a', T), told('OrderFulfilled', 'a', T + DAY + 1)]);
    expect(emitted).toEqual([expect.objectContaining({ type: 'OrderStuck', pattern: 'paid_not_fulfilled' })]);
  });

  test('is told of the same, whenever it is looked at', () => {
    const types = ['OrderCreated', 'PaymentProcessed', 'OrderFulfilled', 'OrderCompleted', 'OrderCancelRequested', 'OrderCancelled'];
    const event = fc.record({ type: fc.constantFrom(...types), subject: fc.constantFrom('a', 'b'), gapMs: fc.constantFrom(0, 1, MINUTE, 16 * MINUTE, 31 * MINUTE, DAY, DAY + 1), look: fc.boolean() });
    const absences = PATTERNS.filter(({ kind }) => kind === 'absence');
    fc.assert(fc.property(fc.array(event, { maxLength: 25 }), (given) => {
      const played = watching(absences);
      const events: Told[] = [];
      let atMs = T;
      for (const { type, subject, gapMs, look } of given) {
        atMs += gapMs;
        if (look) played.passTo(atMs - 1);
        const event = told(type, subject, atMs);
        events.push(event);
        played.observe(event);
      }
      played.passTo(atMs + 30 * DAY);
      const found = played.emitted.map((one: any) => `${one.orderId} ${one.pattern}`).sort();
      expect(found).toEqual(absencesOf(events, absences, atMs + 30 * DAY).sort());
    }));
  });
});

describe('payments of a customer that fail', () => {
  test('are told at the third within an hour, and counted anew after that', () => {
    const all = ['1', '2', '3', '4', '5', '6'].map((order, at) => failure(order, T + at * MINUTE));
    const { emitted } = seeing(all.flat());
    expect(emitted.map((one: any) => one.orderId)).toEqual(['3', '6']);
    expect(emitted[0]).toEqual({ type: 'RepeatedPaymentFailure', customerId: 'VINET', orderId: '3', pattern: 'repeated_payment_failure', withinMs: 60 * MINUTE, times: 3, since: new Date(T + 1).toISOString() });
    repeatedPaymentFailure.entry.versions['v1']?.parse((({ type: _type, ...data }: any) => data)(emitted[0]));
  });

  test('are not told when they are spread, of several customers, or when the order ended for another reason', () => {
    const spread = ['1', '2', '3'].flatMap((order, at) => failure(order, T + at * 31 * MINUTE));
    const several = ['4', '5', '6'].flatMap((order) => failure(order, T + 9 * DAY, `customer ${order}`));
    const other = ['7', '8', '9'].map((order) => told('OrderCancelled', order, T + 20 * DAY, customer));
    expect(seeing([...spread, ...several, ...other]).emitted).toEqual([]);
  });

  test('are told as often as a look at all of them says', () => {
    fc.assert(fc.property(fc.array(fc.record({ who: fc.constantFrom('A', 'B'), gapMs: fc.integer({ min: 1, max: 40 * MINUTE }) }), { maxLength: 30 }), (given) => {
      const open = new Map<string, number[]>();
      const expected: string[] = [];
      const events: Told[] = [];
      let atMs = T;
      for (const [order, { who, gapMs }] of given.entries()) {
        atMs += gapMs;
        events.push(...failure(String(order), atMs, who));
        const recent = [...(open.get(who) ?? []).filter((at) => at > atMs - 60 * MINUTE), atMs];
        if (recent.length === 3) expected.push(String(order));
        open.set(who, recent.length === 3 ? [] : recent);
      }
      expect(seeing(events).emitted.map((one: any) => one.orderId)).toEqual(expected);
    }));
  });
});

describe('a sequence', () => {
  const completed = (atMs: number, subject = 'a'): Told => told('OrderCompleted', subject, atMs);
  const refund = (atMs: number, subject = 'a'): Told => told('OrderRefundRequested', subject, atMs);

  test('is told when the second follows the first in time, once', () => {
    const { emitted } = seeing([completed(T), refund(T + DAY), refund(T + DAY)]);
    expect(emitted).toEqual([{ type: 'EarlyRefundRequested', orderId: 'a', pattern: 'early_refund', withinMs: DAY, completedAt: new Date(T).toISOString(), requestedAt: new Date(T + DAY).toISOString() }]);
    earlyRefundRequested.entry.versions['v1']?.parse((({ type: _type, ...data }: any) => data)(emitted[0]));
  });

  test('is not told too late, in the other order, or of two subjects; the latest first counts', () => {
    expect(seeing([completed(T), refund(T + DAY + 1)]).emitted).toEqual([]);
    expect(seeing([refund(T), completed(T)]).emitted).toEqual([]);
    expect(seeing([completed(T), refund(T + 1, 'b')]).emitted).toEqual([]);
    expect(seeing([completed(T), completed(T + DAY), refund(T + DAY + 1)]).emitted).toHaveLength(1);
  });

  test('may go by a member of the data, and leaves out what has none', () => {
    const byCustomer: Pattern = { name: 'again', kind: 'sequence', first: 'OrderCancelled', followedBy: 'OrderCreated', withinMs: MINUTE, keyBy: { member: 'customerId' }, emits: earlyRefundRequested, tell: ({ key, subject }) => ({ key, subject }) };
    const { emitted } = seeing([told('OrderCancelled', 'a', T, customer), told('OrderCancelled', 'c', T, { data: { customerId: 7 } }), told('OrderCreated', 'b', T + 1, customer)], [byCustomer]);
    expect(emitted).toEqual([{ type: 'EarlyRefundRequested', key: 'VINET', subject: 'b' }]);
  });
});

test('what is remembered is forgotten after its time, and not before', () => {
  const played = seeing([told('OrderCreated', 'a', T), told('PaymentFailed', 'a', T + 1)]);
  const watch = createWatch(STEPS, PATTERNS);
  const state = played.states.get('a');
  if (state === undefined) throw new Error('nothing is remembered');
  const at = (nowMs: number) => watch.fallDue(state, { pattern: '', subject: 'a', toldInTime: false }, nowMs, {} as never);
  const due = dueMsOf(state);
  expect(due).toBe(T + 35 * DAY);
  expect(at(due - 1)).toMatchObject({ state });
  expect(isForgotten((at(due) as { state: typeof state }).state)).toBe(true);
});
