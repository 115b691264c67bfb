import { describe, expect, test } from '@jest/globals';
import type { Outcome } from '@commerce/event-log/extension';
import type { NewEvent } from '@commerce/event-log/event';
import fc from 'fast-check';
import { instant } from '../providers/instant.ts';
import { createProviders } from '../providers/provider.ts';
import type { Answer, RemoteProvider } from '../providers/provider.ts';
import { createWarehouse } from '../providers/warehouse.ts';
import { accept } from './accept.ts';
import { checksDue, localDue, start, takeCallback, takeRun } from './decide.ts';
import type { Rules } from './decide.ts';
import { FULFILLMENT_STATES, LINE_STATES, isOpen } from './fulfillment.ts';
import type { Fulfillment, FulfillmentsOfOrder } from './fulfillment.ts';

const NOW = 1_800_000_000_000;
const PACKING_MS = 1_000;
const ID = '0193a6a0-6000-7abc-9def-0123456789ab';

const silent: RemoteProvider = { name: 'lms', place: 'remote', idempotency: 'not asked here', ask: async () => [] };
const providers = createProviders([instant, createWarehouse({ packingTimeMs: PACKING_MS, carrier: 'Northwind Post', record: async () => {} }), silent]);
const rules: Rules = { providers, checks: { firstMs: 100, maxMs: 1_000 } };
const client = { clientId: 'shop', providers: { bySku: {}, byKind: { digital: 'instant', physical: 'warehouse', course: 'lms' } } };

const done: Answer = { kind: 'fulfilled' };
const refused = (code: string): Answer => ({ kind: 'failed', reason: { code } });
const pending: Answer = { kind: 'pending' };
const unknown: Answer = { kind: 'unknown', why: 'no answer' };

function acceptedFor(kinds: readonly string[], fulfillmentId = ID): { state: FulfillmentsOfOrder; events: readonly NewEvent[] } {
  const lines = kinds.map((kind, index) => ({ lineId: `L${index + 1}`, sku: `SKU-${index + 1}`, quantity: 1, kind }));
  const decision = accept({ orderId: 'order-1', orderNumber: 1, customer: { id: 'c-1' }, lines }, { client, providers, fulfillmentId, nowMs: NOW });
  if (decision.kind !== 'accepted') throw new Error(decision.kind);
  return { state: [decision.fulfillment], events: decision.events };
}

function applied(outcome: Outcome<FulfillmentsOfOrder>): Extract<Outcome<FulfillmentsOfOrder>, { kind: 'apply' }> {
  if (outcome.kind !== 'apply') throw new Error(`expected a change, but it was ${outcome.kind}`);
  return outcome;
}

const typesOf = (events: readonly NewEvent[]): string[] => events.map(({ type }) => type);
const run = (state: FulfillmentsOfOrder, answers: Record<string, Answer>, nowMs = NOW) =>
  takeRun(rules, state, ID, Object.entries(answers).map(([lineId, answer]) => ({ lineId, answer })), nowMs);

describe('An accepted request', () => {
  test('that is done at once tells of its acceptance and its completion, and of nothing between', () => {
    const { state, events } = acceptedFor(['digital', 'digital']);
    expect(state[0]?.status).toBe('completed');
    expect(typesOf(events)).toEqual(['FulfillmentAccepted', 'FulfillmentCompleted']);
  });

  test('is merely accepted while no provider has begun', () => {
    expect(acceptedFor(['course', 'physical']).state[0]).toMatchObject({ status: 'accepted', version: 1 });
  });

  test('is refused when its deadline is now', () => {
    const request = { orderId: 'o', orderNumber: 1, customer: { id: 'c' }, lines: [{ lineId: '1', sku: 's', quantity: 1 }], notAfter: new Date(NOW).toISOString() };
    expect(accept(request, { client, providers, fulfillmentId: ID, nowMs: NOW })).toEqual({ kind: 'deadline_passed' });
  });
});

describe('Lines at the warehouse', () => {
  test('begin together, leave together after the packing time, and complete the fulfillment in one step', () => {
    const begun = applied(start(rules, acceptedFor(['physical', 'physical']).state, ID, NOW));
    expect(begun.state[0]?.lines.map(({ status, startedAtMs }) => [status, startedAtMs])).toEqual([['in_progress', NOW], ['in_progress', NOW]]);
    expect(begun.timers).toEqual([{ name: 'local_due', dueInMs: PACKING_MS }]);
    const left = applied(localDue(rules, begun.state, NOW + PACKING_MS));
    expect(typesOf(left.events)).toEqual(['FulfillmentCompleted']);
    expect(left.timers).toEqual([]);
    const tracking = left.state[0]?.lines.map((line) => line.tracking);
    expect(tracking?.[0]).toEqual(tracking?.[1]);
  });

  test('whose timer comes early, by a clock that is behind, wait for the rest of the time', () => {
    const begun = applied(start(rules, acceptedFor(['physical']).state, ID, NOW));
    const early = applied(localDue(rules, begun.state, NOW + PACKING_MS - 10));
    expect(early).toMatchObject({ events: [], timers: [{ name: 'local_due', dueInMs: 10 }] });
  });

  test('that have begun are not begun again', () => {
    const begun = applied(start(rules, acceptedFor(['physical', 'course']).state, ID, NOW));
    const again = applied(start(rules, begun.state, ID, NOW + 500));
    expect(again.state).toBe(begun.state);
    expect(again.timers).toEqual([]);
  });
});

describe('Lines at a remote provider', () => {
  test('that are under way are asked for again after a while that doubles up to a limit', () => {
    let state = acceptedFor(['course']).state;
    const waits: (number | null)[] = [];
    for (let nowMs = NOW, round = 0; round < 6; round += 1) {
      const taken = applied(run(state, { L1: pending }, nowMs));
      waits.push(taken.timers[0]?.dueInMs ?? null);
      nowMs += taken.timers[0]?.dueInMs ?? 0;
      const due = applied(checksDue(rules, taken.state, nowMs));
      expect(due.events).toEqual([{ type: 'FulfillmentCheckDue', data: { fulfillmentId: ID, clientId: 'shop', orderId: 'order-1', check: round + 1 } }]);
      state = due.state;
    }
    expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  test('of which one is not known keep what is known of the others', () => {
    const taken = applied(run(acceptedFor(['course', 'course']).state, { L1: done, L2: { kind: 'unknown', why: '503', retryAfterMs: 700 } }));
    expect(typesOf(taken.events)).toEqual(['FulfillmentLineSettled']);
    expect(taken.timers).toEqual([{ name: 'check_due', dueInMs: 700 }]);
  });

  test('settled by a callback before the answer to the ask came are settled once; the answer is stale', () => {
    const called = applied(takeCallback(rules, acceptedFor(['course', 'physical']).state, { provider: 'lms', fulfillmentId: ID, lineId: 'L1', answer: done }, NOW));
    expect(typesOf(called.events)).toEqual(['FulfillmentLineSettled']);
    expect(applied(run(called.state, { L1: done })).events).toEqual([]);
    expect(takeCallback(rules, called.state, { provider: 'lms', fulfillmentId: ID, lineId: 'L1', answer: refused('late') }, NOW)).toEqual({ kind: 'stale', rule: 'no_open_line', evidence: { fulfillmentId: ID, lineId: 'L1' } });
  });

  test('all settled by callbacks need no further question', () => {
    const waiting = applied(run(acceptedFor(['course', 'physical']).state, { L1: pending }));
    const called = applied(takeCallback(rules, waiting.state, { provider: 'lms', fulfillmentId: ID, lineId: 'L1', answer: done }, NOW));
    expect(called.timers).toEqual([{ name: 'check_due', dueInMs: null }]);
  });

  test('of a fulfillment that is settled or unknown change nothing', () => {
    expect(takeCallback(rules, undefined, { provider: 'lms', fulfillmentId: ID, lineId: 'L1', answer: done }, NOW)).toMatchObject({ kind: 'stale', rule: 'no_open_fulfillment' });
    expect(takeRun(rules, undefined, ID, [{ lineId: 'L1', answer: done }], NOW)).toMatchObject({ kind: 'stale', rule: 'fulfillment_settled' });
  });
});

describe('A fulfillment ends', () => {
  test.each([
    ['completed', { L1: done, L2: done }, 'FulfillmentCompleted'],
    ['partial', { L1: done, L2: refused('course_unknown') }, 'FulfillmentCompleted'],
    ['failed', { L1: refused('course_unknown'), L2: refused('course_unknown') }, 'FulfillmentFailed'],
  ] as const)('as %s', (status, answers, type) => {
    const ended = applied(run(acceptedFor(['course', 'course']).state, answers));
    expect(ended.state[0]?.status).toBe(status);
    expect(typesOf(ended.events)).toEqual([type]);
  });

  test('as failed with the one reason of all its lines, or with the word that there are several', () => {
    const reasonOf = (second: string) => applied(run(acceptedFor(['course', 'course']).state, { L1: refused('a'), L2: refused(second) })).state[0]?.reason?.code;
    expect([reasonOf('a'), reasonOf('b')]).toEqual(['a', 'all_lines_failed']);
  });
});

/** One thing that may happen to a fulfillment, in any order and any number of times. */
type Happening = { readonly what: 'start' | 'local' | 'check' } | { readonly what: 'run'; readonly known: readonly ('final' | 'pending' | 'unknown')[] } | { readonly what: 'callback'; readonly line: number };

const KINDS = ['digital', 'physical', 'course'] as const;
const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ what: fc.constantFrom('start' as const, 'local' as const, 'check' as const) }),
  fc.record({ what: fc.constant('run' as const), known: fc.array(fc.constantFrom('final' as const, 'pending' as const, 'unknown' as const), { minLength: 8, maxLength: 8 }) }),
  fc.record({ what: fc.constant('callback' as const), line: fc.nat(7) }),
);

interface Plan {
  readonly kinds: readonly (typeof KINDS)[number][];
  /** The final answer of each line, if it is remote. */
  readonly fates: readonly boolean[];
  readonly happenings: readonly Happening[];
}

const plan: fc.Arbitrary<Plan> = fc.record({
  kinds: fc.array(fc.constantFrom(...KINDS), { minLength: 1, maxLength: 8 }),
  fates: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  happenings: fc.array(happening, { maxLength: 30 }),
});

/** A second fulfillment of the same order stands beside it: nothing may touch it. */
const BYSTANDER = acceptedFor(['course'], '0193a6a0-6000-7abc-9def-0123456789ac').state;

function live({ kinds, fates, happenings }: Plan): { final: Fulfillment; history: NewEvent[] } {
  const accepted = acceptedFor(kinds);
  let state: FulfillmentsOfOrder = [...accepted.state, ...BYSTANDER];
  const history = [...accepted.events];
  let nowMs = NOW;
  const fate = (index: number): Answer => (fates[index] ? done : refused('refused'));
  const all: Happening[] = [...happenings, { what: 'start' }, { what: 'run', known: kinds.map(() => 'final') }, { what: 'local' }];
  for (const one of all) {
    nowMs += 400;
    if (one === all.at(-1)) nowMs += PACKING_MS;
    const outcome = decide(one);
    if (outcome.kind !== 'apply') continue;
    state = outcome.state;
    history.push(...outcome.events);
  }
  const [final, bystander] = state;
  expect(bystander).toBe(BYSTANDER[0]);
  if (final === undefined) throw new Error('the fulfillment is gone');
  return { final, history };

  function decide(one: Happening): Outcome<FulfillmentsOfOrder> {
    switch (one.what) {
      case 'start':
        return start(rules, state, ID, nowMs);
      case 'local':
        return localDue(rules, state, nowMs);
      case 'check':
        return checksDue(rules, state, nowMs);
      case 'run': {
        const remote = kinds.flatMap((kind, index) => (kind === 'course' ? [index] : []));
        const answerOf = (index: number): Answer => ({ final: fate(index), pending, unknown })[one.known[index] ?? 'final'];
        return takeRun(rules, state, ID, remote.map((index) => ({ lineId: `L${index + 1}`, answer: answerOf(index) })), nowMs);
      }
      case 'callback':
        // Also for lines that are not its own, or not there at all.
        return takeCallback(rules, state, { provider: 'lms', fulfillmentId: ID, lineId: `L${one.line + 1}`, answer: fate(one.line) }, nowMs);
    }
  }
}

describe('Whatever order, repetition and grouping the outcomes of the lines come in', () => {
  test('the fulfillment ends in the same state, tells of it exactly once, and its history is legal', () => {
    fc.assert(
      fc.property(plan, (given) => {
        const { final, history } = live(given);
        const expected = given.kinds.map((kind, index) => (kind !== 'course' || given.fates[index] ? 'fulfilled' : 'failed'));
        expect(final.lines.map(({ status }) => status)).toEqual(expected);
        const distinct = new Set(expected);
        expect(final.status).toBe(distinct.size === 2 ? 'partial' : distinct.has('fulfilled') ? 'completed' : 'failed');
        expect(isOpen(final)).toBe(false);
        legal(history, final);
      }),
      { numRuns: 500 },
    );
  });
});

function legal(history: readonly NewEvent[], final: Fulfillment): void {
  const told = history.filter(({ type }) => type !== 'FulfillmentCheckDue');
  const types = typesOf(told);
  expect(types[0]).toBe('FulfillmentAccepted');
  expect(types.at(-1)).toBe(final.status === 'failed' ? 'FulfillmentFailed' : 'FulfillmentCompleted');
  const between = told.slice(1, -1);
  expect(between.every(({ type }) => type === 'FulfillmentLineSettled')).toBe(true);
  const settled = between.map(({ data }) => (data as { line: { lineId: string } }).line.lineId);
  expect(new Set(settled).size).toBe(settled.length);
  expect([0, final.lines.length]).toContain(settled.length);
  expect(told.map(({ sequence }) => sequence)).toEqual(told.map((_event, index) => index + 1));
  expect(final.version).toBe(told.length);
  expect(FULFILLMENT_STATES.isTerminal(final.status)).toBe(true);
  expect(final.lines.every(({ status }) => LINE_STATES.isTerminal(status))).toBe(true);
  expect(final.nextCheckAtMs).toBeNull();
  expect(final.lines.every(({ dueAtMs }) => dueAtMs === null)).toBe(true);
}
