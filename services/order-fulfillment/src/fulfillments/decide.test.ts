import { describe, expect, test } from '@jest/globals';
import type { Outcome } from '@commerce/event-log/extension';
import type { NewEvent } from '@commerce/event-log/event';
import fc from 'fast-check';
import { instant } from '../providers/instant.ts';
import { createProviders } from '../providers/provider.ts';
import type { Answer, RemoteProvider } from '../providers/provider.ts';
import { createWarehouse } from '../providers/warehouse.ts';
import { accept } from './accept.ts';
import { checksDue, deadlinePassed, localDue, start, takeCallback, takeRun } from './decide.ts';
import type { Rules } from './arrange.ts';
import { isOpen, openRemoteLines } from './fulfillment.ts';
import type { Fulfillment, FulfillmentsOfOrder } from './fulfillment.ts';

const NOW = 1_800_000_000_000;
const PACKING_MS = 1_000;
const ID = '0193a6a0-6000-7abc-9def-0123456789ab';

const silent: RemoteProvider = { name: 'lms', place: 'remote', idempotency: 'not asked here', ask: async () => [], revoke: async () => [] };
const providers = createProviders([instant, createWarehouse({ packingTimeMs: PACKING_MS, carrier: 'Northwind Post', record: () => [] }), silent]);
const rules: Rules = { providers, checks: { firstMs: 100, maxMs: 1_000 } };
const client = { clientId: 'shop', providers: { bySku: {}, byKind: { digital: 'instant', physical: 'warehouse', course: 'lms' } } };

const done: Answer = { kind: 'fulfilled' };
const refused = (code: string): Answer => ({ kind: 'failed', reason: { code } });
const pending: Answer = { kind: 'pending' };
const unknown: Answer = { kind: 'unknown', why: 'no answer' };

function acceptedFor(kinds: readonly string[], fulfillmentId = ID, notAfterMs?: number): { state: FulfillmentsOfOrder; events: readonly NewEvent[] } {
  const lines = kinds.map((kind, index) => ({ lineId: `L${index + 1}`, sku: `SKU-${index + 1}`, quantity: 1, kind }));
  const decision = accept({ orderId: 'order-1', orderNumber: 1, customer: { id: 'c-1' }, lines, ...(notAfterMs !== undefined && { notAfter: new Date(notAfterMs).toISOString() }) }, { client, providers, fulfillmentId, nowMs: NOW });
  if (decision.kind !== 'accepted') throw new Error(decision.kind);
  return { state: [decision.fulfillment], events: decision.events };
}

function applied(outcome: Outcome<FulfillmentsOfOrder>): Extract<Outcome<FulfillmentsOfOrder>, { kind: 'apply' }> {
  if (outcome.kind !== 'apply') throw new Error(`expected a change, but it was ${outcome.kind}`);
  return outcome;
}

const typesOf = (events: readonly NewEvent[]): string[] => events.map(({ type }) => type);
const run = (state: FulfillmentsOfOrder, answers: Record<string, Answer>, nowMs = NOW) =>
  takeRun(rules, state, ID, { run: state[0]?.checks ?? 0, answers: Object.entries(answers).map(([lineId, answer]) => ({ lineId, answer })), returns: [] }, nowMs);

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

  test('of which nothing is known, again and again, are asked again: the run ends and the timer is set', () => {
    const none: Answer = { kind: 'unknown', why: 'the LMS answered 401', nothingDone: true };
    const taken = applied(run(acceptedFor(['course', 'course']).state, { L1: none, L2: none }));
    expect(taken.timers).toEqual([{ name: 'check_due', dueInMs: 100 }]);
    expect(taken.events).toEqual([]);
  });

  test('that are told of by a run that is not the present one leave the present one under way', () => {
    const waiting = applied(run(acceptedFor(['course']).state, { L1: pending }));
    const asking = applied(checksDue(rules, waiting.state, NOW + 100));
    const told = (state: FulfillmentsOfOrder, of: number) => applied(takeRun(rules, state, ID, { run: of, answers: [{ lineId: 'L1', answer: pending }], returns: [] }, NOW + 200));
    const late = told(asking.state, 0);
    expect(late.state[0]).toMatchObject({ asking: true, checks: 1 });
    expect(told(late.state, 1).state[0]).toMatchObject({ asking: false });
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
    expect(takeCallback(rules, undefined, { provider: 'lms', fulfillmentId: ID, lineId: 'L1', answer: done }, NOW)).toMatchObject({ kind: 'stale', rule: 'no_such_fulfillment' });
    expect(takeRun(rules, undefined, ID, { run: 0, answers: [{ lineId: 'L1', answer: done }], returns: [] }, NOW)).toMatchObject({ kind: 'stale', rule: 'fulfillment_settled' });
  });
});

describe('The deadline of a fulfillment', () => {
  const T = NOW + 500;
  const withDeadline = (kinds: readonly string[]) => acceptedFor(kinds, ID, T).state;
  const statusesOf = (state: FulfillmentsOfOrder) => state[0]?.lines.map(({ status, reason }) => reason?.code ?? status);

  test('has a timer from the beginning, with whatever the lines wait for', () => {
    expect(applied(start(rules, withDeadline(['physical', 'course']), ID, NOW)).timers).toEqual([
      { name: 'local_due', dueInMs: PACKING_MS }, { name: 'deadline', dueInMs: 500 },
    ]);
    expect(applied(start(rules, withDeadline(['course']), ID, NOW)).timers).toEqual([{ name: 'deadline', dueInMs: 500 }]);
  });

  test('fails what a local provider has not done, and needs no timer any more', () => {
    const begun = applied(start(rules, withDeadline(['physical', 'digital']), ID, NOW));
    const passed = applied(deadlinePassed(rules, begun.state, T));
    expect(statusesOf(passed.state)).toEqual(['deadline_passed', 'fulfilled']);
    expect(passed.state[0]?.status).toBe('partial');
    expect(passed.timers).toEqual([{ name: 'local_due', dueInMs: null }]);
  });

  test('fails the whole fulfillment when nothing was done, with its reason', () => {
    const passed = applied(deadlinePassed(rules, applied(start(rules, withDeadline(['physical']), ID, NOW)).state, T));
    expect(passed.state[0]).toMatchObject({ status: 'failed', reason: { code: 'deadline_passed' } });
    expect(typesOf(passed.events)).toEqual(['FulfillmentFailed']);
  });

  test('begins no line that comes to its turn too late, and finishes none', () => {
    const late = applied(start(rules, withDeadline(['physical']), ID, T));
    expect([statusesOf(late.state), late.state[0]?.lines[0]?.startedAtMs]).toEqual([['deadline_passed'], null]);
    const begun = applied(start(rules, acceptedFor(['physical'], ID, NOW + PACKING_MS).state, ID, NOW));
    expect(statusesOf(applied(localDue(rules, begun.state, NOW + PACKING_MS)).state)).toEqual(['deadline_passed']);
  });

  test('leaves remote lines that are under way, or may be, to their outcome', () => {
    const asked = applied(run(withDeadline(['course', 'course', 'physical']), { L1: pending, L2: unknown }));
    const passed = applied(deadlinePassed(rules, asked.state, T));
    expect(statusesOf(passed.state)).toEqual(['in_progress', 'pending', 'deadline_passed']);
    expect(statusesOf(applied(run(passed.state, { L1: done, L2: refused('course_unknown') }, T + 1)).state)).toEqual(['fulfilled', 'course_unknown', 'deadline_passed']);
  });

  test('fails remote lines that certainly nobody has begun, at once or when the run that may be asking has ended', () => {
    const none: Answer = { kind: 'unknown', why: 'ECONNREFUSED', nothingDone: true };
    const waiting = applied(run(withDeadline(['course']), { L1: none }));
    const passed = applied(deadlinePassed(rules, waiting.state, T));
    expect([statusesOf(passed.state), passed.timers]).toEqual([['deadline_passed'], [{ name: 'check_due', dueInMs: null }]]);
    const asking = applied(deadlinePassed(rules, withDeadline(['course']), T));
    expect([statusesOf(asking.state), asking.timers]).toEqual([['pending'], []]);
    expect(statusesOf(applied(run(asking.state, { L1: none }, T + 1)).state)).toEqual(['deadline_passed']);
    expect(statusesOf(applied(run(asking.state, {}, T + 1)).state)).toEqual(['deadline_passed']);
  });

  test('whose timer comes early, by a clock that is behind, waits for the rest of the time', () => {
    const begun = applied(start(rules, withDeadline(['physical']), ID, NOW));
    expect(applied(deadlinePassed(rules, begun.state, T - 10))).toMatchObject({ events: [], timers: [{ name: 'deadline', dueInMs: 10 }] });
  });

  test('touches no other fulfillment of the order', () => {
    const other = acceptedFor(['physical'], '0193a6a0-6000-7abc-9def-0123456789ac', T + 1_000).state;
    const begun = applied(start(rules, [...withDeadline(['physical']), ...other], ID, NOW));
    const passed = applied(deadlinePassed(rules, begun.state, T));
    expect(passed.state[1]).toBe(other[0]);
    expect(passed.timers).toContainEqual({ name: 'deadline', dueInMs: 1_000 });
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
        return takeRun(rules, state, ID, { run: state[0]?.checks ?? 0, answers: remote.map((index) => ({ lineId: `L${index + 1}`, answer: answerOf(index) })), returns: [] }, nowMs);
      }
      case 'callback':
        // Also for lines that are not its own, or not there at all.
        return takeCallback(rules, state, { provider: 'lms', fulfillmentId: ID, lineId: `L${one.line + 1}`, answer: fate(one.line) }, nowMs);
    }
  }
}

const RUNS = process.env['LONG'] === '1' ? 500 : 150;

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
      { numRuns: RUNS },
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
  expect(isOpen(final)).toBe(false);
  expect(final.lines.every(({ status }) => status === 'fulfilled' || status === 'failed')).toBe(true);
  expect(final.nextCheckAtMs).toBeNull();
  expect(final.lines.every(({ dueAtMs }) => dueAtMs === null)).toBe(true);
}

/** How a run at the remote provider goes: what the provider answers, and how long that takes. */
interface RunPlan {
  readonly answer: 'final' | 'pending' | 'unknown' | 'untouched';
  readonly tookMs: number;
}

const life = fc.record({
  kinds: fc.array(fc.constantFrom('physical' as const, 'course' as const), { minLength: 1, maxLength: 4 }),
  notAfterInMs: fc.option(fc.integer({ min: 1, max: 4_000 }), { nil: undefined }),
  startAfterMs: fc.nat(3_000),
  runs: fc.array(fc.record({ answer: fc.constantFrom('final' as const, 'pending' as const, 'unknown' as const, 'untouched' as const), tookMs: fc.nat(1_500) }), { maxLength: 8 }),
});

const OVER_MS = NOW + 60_000;

/** Lives through a fulfillment by its own timers and runs alone, as the log would drive it. */
function liveByTimers(given: { kinds: readonly string[]; notAfterInMs: number | undefined; startAfterMs: number; runs: readonly RunPlan[] }) {
  const notAfterMs = given.notAfterInMs === undefined ? undefined : NOW + given.notAfterInMs;
  const runs = [...given.runs];
  let state = acceptedFor(given.kinds, ID, notAfterMs).state;
  const timers = new Map<string, number>();
  const queue: { atMs: number; decide: (nowMs: number) => Outcome<FulfillmentsOfOrder> }[] = [];
  const firstAsked: number[] = [];
  let runsUnderWay = 0;
  beginRun(NOW);
  queue.push({ atMs: NOW + given.startAfterMs, decide: (nowMs) => start(rules, state, ID, nowMs) });
  for (let steps = 0; ; steps += 1) {
    if (steps > 200) throw new Error('It does not come to rest.');
    const next = [...queue, ...[...timers].map(([name, atMs]) => ({ atMs, decide: (nowMs: number) => fire(name, nowMs) }))].toSorted((a, b) => a.atMs - b.atMs)[0];
    if (next === undefined || next.atMs > OVER_MS) break;
    if (queue.includes(next)) queue.splice(queue.indexOf(next), 1);
    take(applied(next.decide(next.atMs)), next.atMs);
  }
  return { final: state[0], firstAsked, notAfterMs };

  function take({ state: after, events, timers: changes }: ReturnType<typeof applied>, nowMs: number): void {
    for (const line of after[0]?.lines ?? []) {
      const was = state[0]?.lines.find(({ lineId }) => lineId === line.lineId);
      if (line.provider === 'warehouse' && line.status !== was?.status && line.status !== 'failed' && notAfterMs !== undefined) expect(nowMs).toBeLessThan(notAfterMs);
    }
    state = after;
    for (const { name, dueInMs } of changes) {
      if (dueInMs === null) timers.delete(name);
      else timers.set(name, nowMs + dueInMs);
    }
    for (const { type } of events) if (type === 'FulfillmentCheckDue') beginRun(nowMs);
    const started = !queue.some(({ atMs }) => atMs === NOW + given.startAfterMs);
    if (started && state.some(isOpen)) expect(timers.size + runsUnderWay).toBeGreaterThan(0);
  }

  function fire(name: string, nowMs: number): Outcome<FulfillmentsOfOrder> {
    timers.delete(name);
    const decisions: Record<string, typeof localDue> = { local_due: localDue, check_due: checksDue, deadline: deadlinePassed };
    const decide = decisions[name];
    if (decide === undefined) throw new Error(`No such timer: ${name}`);
    return decide(rules, state, nowMs);
  }

  /** As the extension runs it: a line is first asked for before the deadline, or never. */
  function beginRun(nowMs: number): void {
    const { answer, tookMs } = runs.shift() ?? { answer: 'final', tookMs: 0 };
    const lines = state.flatMap((one) => openRemoteLines(providers, one)).filter((line) => line.startedAtMs !== null || notAfterMs === undefined || nowMs < notAfterMs);
    if (lines.some((line) => line.startedAtMs === null) && answer !== 'untouched') firstAsked.push(nowMs);
    const untouched: Answer = { kind: 'unknown', why: 'no connection', nothingDone: true };
    const said: Answer = { final: done, pending, unknown, untouched }[answer];
    runsUnderWay += 1;
    const run = state[0]?.checks ?? 0;
    queue.push({
      atMs: nowMs + tookMs,
      decide: (thenMs) => {
        runsUnderWay -= 1;
        return takeRun(rules, state, ID, { run, answers: lines.map(({ lineId }) => ({ lineId, answer: said })), returns: [] }, thenMs);
      },
    });
  }
}

describe('Whatever the providers answer, and whenever', () => {
  test('an open fulfillment has a timer or a run under way at every step, comes to its end, and begins and finishes nothing of its own late', () => {
    fc.assert(
      fc.property(life, (given) => {
        const { final, firstAsked, notAfterMs } = liveByTimers(given);
        if (final === undefined) throw new Error('the fulfillment is gone');
        expect(isOpen(final)).toBe(false);
        if (notAfterMs === undefined) return void expect(final.status).toBe('completed');
        for (const atMs of firstAsked) expect(atMs).toBeLessThan(notAfterMs);
        for (const line of final.lines) if (line.status === 'failed') expect([line.reason?.code, line.provider === 'lms' && line.startedAtMs !== null]).toEqual(['deadline_passed', false]);
      }),
      { numRuns: RUNS },
    );
  });
});
