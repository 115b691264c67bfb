import { describe, expect, test } from '@jest/globals';
import type { NewEvent } from '@commerce/event-log/event';
import type { Outcome } from '@commerce/event-log/extension';
import { instant } from '../providers/instant.ts';
import { createProviders } from '../providers/provider.ts';
import type { Answer, RemoteProvider, Returned } from '../providers/provider.ts';
import { createWarehouse } from '../providers/warehouse.ts';
import { accept } from './accept.ts';
import type { Rules } from './arrange.ts';
import { checksDue, localDue, start, startDue, takeCallback, takeRun } from './decide.ts';
import { isUnderWay, cancel, hold, release, revoke, revokeOrder } from './wishes.ts';
import type { Granted, Refused } from './wishes.ts';
import type { Fulfillment, FulfillmentsOfOrder } from './fulfillment.ts';

const NOW = 1_800_000_000_000;
const PACKING_MS = 1_000;
const ID = '0193a6a0-6000-7abc-9def-0123456789ab';
const REASON = { code: 'changed_mind' };
const silent: RemoteProvider = { name: 'lms', place: 'remote', idempotency: 'not asked here', ask: async () => [], revoke: async () => [] };
const providers = createProviders([instant, createWarehouse({ packingTimeMs: PACKING_MS, carrier: 'Northwind Post', record: () => [] }), silent]);
const rules: Rules = { providers, checks: { firstMs: 100, maxMs: 1_000 } };
const client = { clientId: 'shop', providers: { bySku: {}, byKind: { digital: 'instant', physical: 'warehouse', course: 'lms' } } };
const done: Answer = { kind: 'fulfilled' };
const pending: Answer = { kind: 'pending' };
const back: Returned = { kind: 'revoked' };
const locked: Returned = { kind: 'refused', reason: { code: 'unenrolment_refused', message: 'No.' } };

/** One fulfillment, as it goes on from step to step. */
class Life {
  state: FulfillmentsOfOrder;
  readonly events: NewEvent[] = [];
  constructor(kinds: readonly string[], given: { startAt?: string; notAfter?: string } = {}) {
    const lines = kinds.map((kind, index) => ({ lineId: `L${index + 1}`, sku: `SKU-${index + 1}`, quantity: 1, kind }));
    const decision = accept({ orderId: 'order-1', orderNumber: 1, customer: { id: 'c-1' }, lines, ...given }, { client, providers, fulfillmentId: ID, nowMs: NOW });
    if (decision.kind !== 'accepted') throw new Error(decision.kind);
    this.state = [decision.fulfillment];
    this.events.push(...decision.events);
  }
  get one(): Fulfillment {
    if (this.state[0] === undefined) throw new Error('It is gone.');
    return this.state[0];
  }
  get lines(): string[] {
    return this.one.lines.map(({ status, reason }) => (reason?.code === 'revoke_refused' ? `${status}!` : status));
  }
  /** The types of what was told, and whether a run began. */
  get told(): string[] {
    return this.events.map(({ type }) => type.replace('Fulfillment', ''));
  }
  take(outcome: Outcome<FulfillmentsOfOrder>): this {
    if (outcome.kind !== 'apply') throw new Error(outcome.kind);
    this.state = outcome.state;
    this.events.push(...outcome.events);
    return this;
  }
  wish(result: Granted | Refused): this {
    if (result.kind !== 'granted') throw new Error(result.kind);
    this.take(result.decision);
    expect(result.fulfillments).toEqual(this.state);
    return this;
  }
  run(answers: Record<string, Answer>, returns: Record<string, Returned> = {}, nowMs = NOW): this {
    return this.take(takeRun(rules, this.state, ID, {
      run: this.one.checks,
      answers: Object.entries(answers).map(([lineId, answer]) => ({ lineId, answer })), returns: Object.entries(returns).map(([lineId, returned]) => ({ lineId, returned })),
    }, nowMs));
  }
  cancel(nowMs = NOW): this {
    return this.wish(cancel(rules, this.state, this.one, REASON, nowMs));
  }
  revoke(lineIds?: string[], nowMs = NOW): this {
    return this.wish(revoke(rules, this.state, this.one, REASON, lineIds, nowMs));
  }
  called(lineId: string, nowMs = NOW): this {
    return this.take(takeCallback(rules, this.state, { provider: 'lms', fulfillmentId: ID, lineId, answer: done }, nowMs));
  }
}

describe('Calling off a line at a remote provider', () => {
  test('that is under way asks the provider to take it back, and ends when it has', () => {
    const life = new Life(['course']).run({ L1: pending }).cancel();
    expect([life.one.status, life.lines, isUnderWay(life.one)]).toEqual(['cancelling', ['revoking'], true]);
    life.run({}, { L1: back });
    expect([life.one.status, life.lines, life.told]).toEqual(['cancelled', ['cancelled'], ['Accepted', 'CheckDue', 'Cancelled']]);
  });

  test('while it may be asked for just now waits for the end of that run', () => {
    const asked = new Life(['course']).cancel();
    expect([asked.one.status, asked.told]).toEqual(['cancelling', ['Accepted']]);
    // It was begun: now it is taken back, at once.
    expect(asked.run({ L1: pending }).told).toEqual(['Accepted', 'CheckDue']);
    expect(asked.run({}, { L1: back }).one.status).toBe('cancelled');
    const untouched = new Life(['course']).cancel().run({ L1: { kind: 'unknown', why: 'ECONNREFUSED', nothingDone: true } });
    expect([untouched.one.status, untouched.lines, untouched.told]).toEqual(['cancelled', ['cancelled'], ['Accepted', 'Cancelled']]);
    const refused = new Life(['course', 'digital']).cancel().run({ L1: { kind: 'failed', reason: { code: 'course_unknown' } } });
    expect([refused.one.status, refused.lines]).toEqual(['cancelled', ['failed', 'revoked']]);
  });

  test('that turns out delivered is never told as delivered', () => {
    const life = new Life(['course', 'physical']).cancel().run({ L1: done }).run({}, { L1: back });
    expect([life.one.status, life.lines, life.told]).toEqual(['cancelled', ['cancelled', 'cancelled'], ['Accepted', 'CheckDue', 'Cancelled']]);
  });

  test('of which nothing can be learned is asked again, later and later', () => {
    const life = new Life(['course']).run({ L1: pending }).cancel().run({}, { L1: { kind: 'unknown', why: '503', retryAfterMs: 900 } });
    expect(life.one.nextCheckAtMs).toBe(NOW + 900);
    life.take(checksDue(rules, life.state, NOW + 900)).run({}, { L1: { kind: 'unknown', why: '503' } }, NOW + 900);
    expect([life.one.status, life.one.nextCheckAtMs]).toEqual(['cancelling', NOW + 900 + 400]);
  });

  test('whose provider does not let it go ends with what is true', () => {
    const life = new Life(['course', 'course']).run({ L1: done, L2: pending }).cancel().run({}, { L1: locked, L2: back });
    expect([life.one.status, life.lines]).toEqual(['partial', ['fulfilled!', 'cancelled']]);
    expect(life.events.at(-1)).toMatchObject({ type: 'FulfillmentCompleted', data: { status: 'partial', lines: [{ status: 'fulfilled' }, { status: 'failed', reason: { code: 'cancelled' } }] } });
    // It is not known yet what becomes of a line that was under way: it is waited for, and not taken back a second time.
    const waiting = new Life(['course']).run({ L1: pending }).cancel().run({}, { L1: locked });
    expect([waiting.one.status, waiting.lines]).toEqual(['cancelling', ['in_progress!']]);
    expect(waiting.cancel().take(checksDue(rules, waiting.state, NOW + 1_000)).run({ L1: done }, {}, NOW + 1_000).one.status).toBe('completed');
  });
});

describe('Calling off at the warehouse', () => {
  test('takes no parcel back that has left', () => {
    const life = new Life(['physical', 'course']);
    life.take(start(rules, life.state, ID, NOW)).run({ L2: { kind: 'unknown', why: 'ECONNREFUSED', nothingDone: true } });
    life.take(localDue(rules, life.state, NOW + PACKING_MS)).cancel(NOW + PACKING_MS);
    expect([life.one.status, life.lines]).toEqual(['partial', ['fulfilled!', 'cancelled']]);
    expect(life.one.lines[0]?.reason).toEqual({ code: 'revoke_refused', message: 'already_shipped: The parcel has left the warehouse.' });
  });
});

describe('A delivery that is told too late', () => {
  test.each([['called off', 'cancelled'], ['taken back', 'revoked']])('of a line that was %s is taken back by itself, and nobody is told', (_case, end) => {
    const life = end === 'cancelled' ? new Life(['course']).run({ L1: pending }).cancel().run({}, { L1: back }) : new Life(['course']).run({ L1: done }).revoke().run({}, { L1: back });
    const { version, status } = life.one;
    const before = life.told.length;
    life.called('L1', NOW + 5);
    expect([life.lines, life.told.slice(before)]).toEqual([['revoking'], ['CheckDue']]);
    life.run({}, { L1: back });
    expect([life.lines, life.one.version, life.one.status, life.told.slice(before)]).toEqual([[end], version, status, ['CheckDue']]);
  });

  const failed: Answer = { kind: 'failed', reason: { code: 'course_unknown', message: 'No.' } };

  test('of a line that had failed for good is taken back by itself: it has failed still, which is told once', () => {
    const life = new Life(['course']).run({ L1: failed });
    expect([life.one.status, life.told]).toEqual(['failed', ['Accepted', 'Failed']]);
    life.called('L1', NOW + 5);
    expect([life.lines, life.told.at(-1)]).toEqual([['revoking'], 'CheckDue']);
    life.run({}, { L1: back });
    expect([life.one.status, life.one.reason, life.lines, life.told.at(-1)]).toEqual(['failed', { code: 'course_unknown' }, ['failed'], 'Revoked']);
    expect(life.events.at(-1)?.data).toMatchObject({ reason: { code: 'late_delivery_taken_back' }, lines: [{ status: 'failed', reason: { code: 'late_delivery_taken_back', message: 'course_unknown: No.' } }] });
    const { version } = life.one;
    expect([life.called('L1').run({}, { L1: back }).one.version, life.lines, life.told.at(-1)]).toEqual([version, ['failed'], 'CheckDue']);
  });

  test('of a line that had failed for good does not touch the others, nor is it done before the fulfillment has ended', () => {
    const partial = new Life(['course', 'course']).run({ L1: failed, L2: done }).called('L1').run({}, { L1: back });
    expect([partial.one.status, partial.lines, partial.told]).toEqual(['partial', ['failed', 'fulfilled'], ['Accepted', 'Completed', 'CheckDue', 'Revoked']]);
    const open = new Life(['course', 'course']).run({ L1: failed, L2: pending }).called('L1').called('L2');
    expect([open.one.status, open.lines]).toEqual(['in_progress', ['revoking', 'fulfilled']]);
    open.run({}, { L1: back });
    expect([open.one.status, open.lines, open.told]).toEqual(['partial', ['failed', 'fulfilled'], ['Accepted', 'LineSettled', 'CheckDue', 'LineSettled', 'Completed']]);
  });

  test('of a line that had failed for good, and that cannot be taken back, is told as it is', () => {
    const life = new Life(['course', 'course']).run({ L1: failed, L2: done }).called('L1').run({}, { L1: locked });
    expect([life.one.status, life.lines, life.told.at(-1)]).toEqual(['partial', ['fulfilled!', 'fulfilled'], 'Revoked']);
    const open = new Life(['course', 'course']).run({ L1: failed, L2: pending }).called('L1').run({}, { L1: locked }).called('L2');
    expect([open.one.status, open.lines, open.told.slice(-2)]).toEqual(['completed', ['fulfilled!', 'fulfilled'], ['LineSettled', 'Completed']]);
  });

  test('and cannot be taken back is told as it is', () => {
    const life = new Life(['course']).run({ L1: pending }).cancel().run({}, { L1: back }).called('L1').run({}, { L1: locked });
    expect([life.one.status, life.lines, life.told.at(-1)]).toEqual(['cancelled', ['fulfilled!'], 'Revoked']);
  });
});

describe('Taking back', () => {
  test('is told when the last line of it is done, with what is true of every line', () => {
    const life = new Life(['digital', 'course', 'course']).run({ L2: done, L3: { kind: 'failed', reason: { code: 'course_unknown' } } });
    expect(life.one.status).toBe('partial');
    life.revoke();
    expect([life.one.status, life.lines, life.told.slice(-2)]).toEqual(['partial', ['revoked', 'revoking', 'failed'], ['Completed', 'CheckDue']]);
    life.run({}, { L2: back });
    expect([life.one.status, life.lines]).toEqual(['revoked', ['revoked', 'revoked', 'failed']]);
    expect(life.events.at(-1)).toMatchObject({ type: 'FulfillmentRevoked', data: { reason: REASON, lines: [{ status: 'revoked' }, { status: 'revoked' }, { status: 'failed' }] } });
  });

  test('while the run that was before it is under way begins when that has ended', () => {
    const life = new Life(['course']).called('L1');
    expect([life.one.status, life.one.asking]).toEqual(['completed', true]);
    life.revoke();
    expect(life.told).toEqual(['Accepted', 'Completed']);
    life.run({ L1: pending });
    expect(life.told).toEqual(['Accepted', 'Completed', 'CheckDue']);
    expect(life.run({}, { L1: back }).one.status).toBe('revoked');
  });

  test('that was refused for good is not tried again', () => {
    const life = new Life(['course']).run({ L1: done }).revoke().run({}, { L1: locked });
    expect([life.one.status, life.lines, life.told.at(-1)]).toEqual(['completed', ['fulfilled!'], 'Revoked']);
    const { version } = life.one;
    expect(life.revoke().one.version).toBe(version);
  });
});

describe('Wishes that cannot be granted', () => {
  const refusal = (result: Granted | Refused) => result.kind;
  test('are refused by their state and change nothing', () => {
    const open = new Life(['course', 'physical']);
    expect(refusal(revoke(rules, open.state, open.one, REASON, undefined, NOW))).toBe('not_settled');
    expect(refusal(hold(rules, open.state, open.one, REASON, NOW))).toBe('already_begun');
    expect(refusal(release(rules, open.state, open.one, NOW))).toBe('not_on_hold');
    const failed = new Life(['course']).run({ L1: { kind: 'failed', reason: { code: 'course_unknown' } } });
    expect(refusal(cancel(rules, failed.state, failed.one, REASON, NOW))).toBe('already_settled');
    expect(refusal(revoke(rules, failed.state, failed.one, REASON, undefined, NOW))).toBe('not_fulfilled');
  });
});

describe('A hold', () => {
  test('is possible where nobody could be asked, and ends with a run at once', () => {
    const life = new Life(['course']).run({ L1: { kind: 'unknown', why: 'ECONNREFUSED', nothingDone: true } });
    life.wish(hold(rules, life.state, life.one, REASON, NOW));
    expect([life.one.status, life.one.nextCheckAtMs]).toEqual(['on_hold', null]);
    life.take(start(rules, life.state, ID, NOW)).wish(release(rules, life.state, life.one, NOW));
    expect([life.one.status, life.one.asking, life.told.slice(-3)]).toEqual(['accepted', true, ['Held', 'Released', 'CheckDue']]);
  });

  test('keeps local lines from being begun until the release is heard', () => {
    const life = new Life(['physical']);
    life.wish(hold(rules, life.state, life.one, REASON, NOW)).take(start(rules, life.state, ID, NOW));
    expect(life.lines).toEqual(['pending']);
    life.wish(release(rules, life.state, life.one, NOW)).take(start(rules, life.state, ID, NOW));
    expect(life.lines).toEqual(['in_progress']);
  });

  test('that ends before the start time leaves it scheduled, and nobody hears of it until it goes on', () => {
    const life = new Life(['digital'], { startAt: new Date(NOW + 1_000).toISOString() });
    life.wish(hold(rules, life.state, life.one, REASON, NOW));
    const released = release(rules, life.state, life.one, NOW + 999);
    expect(released.kind === 'granted' && released.decision.kind === 'apply' && released.decision.timers).toEqual([{ name: 'start_due', dueInMs: 1 }]);
    life.wish(released);
    expect([life.one.status, life.one.reason, life.one.version, life.told]).toEqual(['scheduled', undefined, 2, ['Accepted', 'Held']]);
    life.take(startDue(rules, life.state, NOW + 1_000));
    expect([life.one.status, life.one.version, life.told]).toEqual(['accepted', 3, ['Accepted', 'Held', 'Released']]);
  });

  test('outlasts the start time', () => {
    const life = new Life(['digital'], { startAt: new Date(NOW + 1_000).toISOString() });
    life.wish(hold(rules, life.state, life.one, REASON, NOW)).take(startDue(rules, life.state, NOW + 2_000));
    expect(life.one.status).toBe('on_hold');
    life.wish(release(rules, life.state, life.one, NOW + 2_000));
    expect([life.one.status, life.told]).toEqual(['accepted', ['Accepted', 'Held', 'Released']]);
  });
});

describe('Revoking lines by order', () => {
  test('lets what is wanted go on, and tells the others as not delivered', () => {
    const life = new Life(['digital', 'physical', 'course']).run({ L3: pending });
    life.wish(revokeOrder(rules, life.state, 'shop', REASON, ['L1', 'L3'], NOW)).take(start(rules, life.state, ID, NOW));
    expect([life.one.status, life.lines]).toEqual(['in_progress', ['revoked', 'in_progress', 'revoking']]);
    life.run({}, { L3: back }).take(localDue(rules, life.state, NOW + PACKING_MS));
    expect([life.one.status, life.lines]).toEqual(['partial', ['revoked', 'fulfilled', 'cancelled']]);
    expect(life.events.at(-1)?.data).toMatchObject({ lines: [{ status: 'failed', reason: { code: 'revoked' } }, { status: 'fulfilled' }, { status: 'failed', reason: { code: 'cancelled' } }] });
  });

  test('touches no other client', () => {
    const life = new Life(['physical']);
    expect(revokeOrder(rules, life.state, 'other', REASON, undefined, NOW)).toMatchObject({ fulfillments: [], decision: { events: [] } });
  });
});
