/**
 * Any life of a fulfillment: acceptance, answers, callbacks, wishes of the client and timers in any order, with a remote provider
 * that answers late, loses answers after the effect, lets asks arrive long after they were given up, and refuses. The effects
 * are counted at the provider. Everything that was decided must be legal at every step, and true in the end.
 */
import { describe, expect, test } from '@jest/globals';
import { catalogue } from '@commerce/events/entries';
import type { NewEvent } from '@commerce/event-log/event';
import type { Outcome } from '@commerce/event-log/extension';
import fc from 'fast-check';
import { instant } from '../providers/instant.ts';
import { createProviders } from '../providers/provider.ts';
import type { Answer, RemoteProvider, Returned } from '../providers/provider.ts';
import { createWarehouse } from '../providers/warehouse.ts';
import { accept } from './accept.ts';
import { CHECK_DUE, DEADLINE, LOCAL_DUE, START_DUE } from './arrange.ts';
import type { Rules } from './arrange.ts';
import { checksDue, deadlinePassed, localDue, start, startDue, takeCallback, takeRun } from './decide.ts';
import type { RunResult } from './decide.ts';
import { isActive, isOpen, isPastDeadline, isTakenBack, isWaiting, keptAnswers, openRemoteLines } from './fulfillment.ts';
import type { Fulfillment, FulfillmentsOfOrder, Line } from './fulfillment.ts';
import { cancel, hold, release, revoke, revokeOrder } from './wishes.ts';
import type { Granted, Refused } from './wishes.ts';

const BEGIN = 1_800_000_000_000;
const ID = '0193a6a0-6000-7abc-9def-0123456789ab';
const REASON = { code: 'changed_mind' };
const silent: RemoteProvider = { name: 'lms', place: 'remote', idempotency: 'modelled here', ask: async () => [], revoke: async () => [] };
const providers = createProviders([instant, createWarehouse({ packingTimeMs: 300, carrier: 'Northwind Post', record: () => [] }), silent]);
const rules: Rules = { providers, checks: { firstMs: 100, maxMs: 400 } };
const client = { clientId: 'shop', providers: { bySku: {}, byKind: { digital: 'instant', physical: 'warehouse', course: 'lms' } } };

/** How the provider takes a line: as usual, refusing it, not letting it go, or refusing what it begins all the same. */
type Temper = 'kind' | 'refusing' | 'locked' | 'fickle';
type Fault = 'none' | 'no_connection' | 'answer_lost' | 'arrives_late';

type Step =
  | { readonly what: 'heard' | 'job_begins' | 'job_ends' | 'late_arrival' | 'activation' | 'callback' | 'cancel' | 'revoke' | 'revoke_order' | 'hold' | 'release'; readonly pick: number; readonly fault: Fault }
  | { readonly what: 'time'; readonly ms: number };

const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ what: fc.constantFrom('heard' as const, 'job_begins' as const, 'job_ends' as const), pick: fc.nat(7), fault: fc.constantFrom<Fault>('none', 'none', 'no_connection', 'answer_lost', 'arrives_late') }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constantFrom('late_arrival' as const, 'activation' as const, 'callback' as const), pick: fc.nat(7), fault: fc.constant<Fault>('none') }) },
    { weight: 3, arbitrary: fc.record({ what: fc.constantFrom('cancel' as const, 'cancel' as const, 'revoke' as const, 'revoke_order' as const, 'hold' as const, 'release' as const), pick: fc.nat(7), fault: fc.constant<Fault>('none') }) },
    { weight: 3, arbitrary: fc.record({ what: fc.constant('time' as const), ms: fc.nat(400) }) },
  ),
  { maxLength: 40 },
);
const plan = fc.record({
  kinds: fc.array(fc.constantFrom('digital' as const, 'physical' as const, 'course' as const, 'course' as const), { minLength: 1, maxLength: 4 }),
  tempers: fc.array(fc.constantFrom<Temper>('kind', 'kind', 'kind', 'refusing', 'locked', 'fickle'), { minLength: 4, maxLength: 4 }),
  startInMs: fc.option(fc.integer({ min: 1, max: 800 }), { nil: undefined }),
  notAfterInMs: fc.option(fc.integer({ min: 900, max: 2_500 }), { nil: undefined }),
  /** False: an enrolment that comes after its end is taken all the same, and told. */
  remembersEnds: fc.boolean(),
  /** True: it tells nothing by itself. One that does not remember must tell. */
  isSilent: fc.boolean(),
  /** Whatever is delivered at rest is taken back. */
  isUnwanted: fc.boolean(),
  steps,
});
type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;

/** What the remote provider has of one line. */
interface Course {
  readonly temper: Temper;
  state: 'none' | 'waiting' | 'active' | 'ended';
  effects: number;
  reversals: number;
}

interface Job {
  readonly run: number;
  begun?: { readonly open: readonly Line[]; readonly unwanted: readonly Line[] };
  learned?: Omit<RunResult, 'run'>;
}

function holds(rule: string, isSo: boolean, seen: unknown): void {
  if (!isSo) throw new Error(`${rule}: ${JSON.stringify(seen)}`);
}

class World {
  readonly plan: Plan;
  nowMs = BEGIN;
  state: FulfillmentsOfOrder;
  readonly history: NewEvent[] = [];
  readonly timers = new Map<string, number>();
  /** Acceptance and releases that the start has not heard. */
  unheard = 1;
  readonly jobs: Job[] = [];
  readonly courses = new Map<string, Course>();
  readonly local = new Map<string, { effects: number; reversals: number }>();
  readonly late: string[] = [];
  readonly callbacks: string[] = [];

  constructor(given: Plan) {
    this.plan = given;
    const lines = given.kinds.map((kind, index) => ({ lineId: `L${index + 1}`, sku: `SKU-${index + 1}`, quantity: 1, kind }));
    const decision = accept({
      orderId: 'order-1', orderNumber: 1, customer: { id: 'c-1' }, lines,
      ...(given.startInMs !== undefined && { startAt: new Date(BEGIN + given.startInMs).toISOString() }),
      ...(given.notAfterInMs !== undefined && { notAfter: new Date(BEGIN + given.notAfterInMs).toISOString() }),
    }, { client, providers, fulfillmentId: ID, nowMs: BEGIN });
    if (decision.kind !== 'accepted') throw new Error(decision.kind);
    this.state = [];
    lines.forEach(({ lineId }, index) => this.courses.set(lineId, { temper: given.tempers[index] ?? 'kind', state: 'none', effects: 0, reversals: 0 }));
    this.jobs.push({ run: 0 });
    this.keep({ kind: 'apply', state: [decision.fulfillment], events: decision.events, timers: [] });
  }

  get one(): Fulfillment {
    if (this.state[0] === undefined) throw new Error('The fulfillment is gone.');
    return this.state[0];
  }

  /** Takes a decision as the log would, and looks whether it was legal. */
  keep(outcome: Outcome<FulfillmentsOfOrder>): void {
    if (outcome.kind === 'stale') return;
    if (outcome.kind !== 'apply') throw new Error(outcome.kind);
    const before = this.state[0];
    this.state = outcome.state;
    for (const { line, step } of keptAnswers(before, this.one)) this.note(line, step);
    for (const { name, dueInMs } of outcome.timers) {
      if (dueInMs === null) this.timers.delete(name);
      else this.timers.set(name, this.nowMs + dueInMs);
    }
    for (const event of outcome.events) this.hear(event);
    this.judge(before);
  }

  private note(line: Pick<Line, 'lineId' | 'provider'>, step: string): void {
    if (line.provider === 'lms') return;
    const books = this.local.get(line.lineId) ?? { effects: 0, reversals: 0 };
    if (step === 'fulfilled') books.effects += 1;
    if (step === 'revoked') books.reversals += 1;
    this.local.set(line.lineId, books);
  }

  private hear(event: NewEvent): void {
    if (event.type !== 'FulfillmentCheckDue') {
      catalogue.checkData(event.type, event.data);
      this.history.push(event);
    } else {
      this.jobs.push({ run: (event.data as { check: number }).check });
    }
    if (event.type === 'FulfillmentReleased') this.unheard += 1;
  }

  /** Judged at every step of every life, so by plain comparisons. */
  private judge(before: Fulfillment | undefined): void {
    const { one, history, timers } = this;
    const told = history.map(({ type }) => type.replace('Fulfillment', ''));
    holds('the history is legal', /^Accepted( Held| Released| LineSettled)*( (Completed|Failed|Cancelled)( Revoked)*)?$/.test(told.join(' ')), told);
    holds('sequences have no gap', history.every(({ sequence }, index) => sequence === index + 1), history);
    holds('the version counts the events', one.version === history.length, one);
    holds('the end is told when it is one', told.some((type) => ['Completed', 'Failed', 'Cancelled'].includes(type)) === !isOpen(one), told);
    const asking = this.jobs.filter(({ run }) => one.asking && run === one.checks).length;
    // What is not at rest has a timer, a run, or is yet to be heard of.
    const unfinished = isOpen(one) ? one.status !== 'on_hold' : one.lines.some(isTakenBack);
    holds('what is unfinished goes on', !unfinished || timers.size + asking + this.unheard > 0, one);
    holds('who asks has one run', asking === (one.asking ? 1 : 0), this.jobs);
    holds('what waits has not begun', !(isWaiting(one) && (before === undefined || isWaiting(before))) || one.lines.every(({ startedAtMs }) => startedAtMs === null), one);
    // One that is due now is about to find nothing to do.
    holds('what is at rest has no timer', isActive(one) || [...timers.values()].every((dueMs) => dueMs <= this.nowMs), [...timers]);
    for (const books of this.local.values()) holds('a provider of ours does it once', books.effects <= 1 && books.effects - books.reversals >= 0, books);
    for (const books of this.courses.values()) holds('a course is had once', books.effects - books.reversals <= 1, books);
  }

  // ── the provider ──────────────────────────────────────────────────────────────────────────────────────────────

  private enrol(lineId: string): Answer {
    const course = this.courseOf(lineId);
    if (course.temper === 'refusing') return { kind: 'failed', reason: { code: 'course_unknown' } };
    if (course.state === 'ended' && this.plan.remembersEnds) return { kind: 'failed', reason: { code: 'unenrolled' } };
    if (course.state === 'none' || course.state === 'ended') {
      course.effects += 1;
      course.state = 'waiting';
    }
    if (course.temper === 'fickle') return { kind: 'failed', reason: { code: 'enrolment_refused' } };
    return course.state === 'active' ? { kind: 'fulfilled' } : { kind: 'pending' };
  }

  private unenrol(lineId: string): Returned {
    const course = this.courseOf(lineId);
    const inEffect = course.state === 'waiting' || course.state === 'active';
    if (inEffect && course.temper === 'locked') return { kind: 'refused', reason: { code: 'unenrolment_refused' } };
    if (inEffect) course.reversals += 1;
    course.state = 'ended';
    return { kind: 'revoked' };
  }

  private activate(lineId: string): void {
    const course = this.courseOf(lineId);
    if (course.state !== 'waiting') return;
    course.state = 'active';
    if (course.temper === 'fickle' || !this.plan.isSilent || !this.plan.remembersEnds) this.callbacks.push(lineId);
  }

  private courseOf(lineId: string): Course {
    const course = this.courses.get(lineId);
    if (course === undefined) throw new Error(`No such line: ${lineId}`);
    return course;
  }

  // ── the runs, as the extension makes them ─────────────────────────────────────────────────────────────────────

  private beginJob(job: Job): void {
    const isPresent = this.one.asking && this.one.checks === job.run;
    job.begun = {
      open: isPresent ? openRemoteLines(providers, this.one).filter((line) => line.startedAtMs !== null || !isPastDeadline(this.one, this.nowMs)) : [],
      unwanted: isPresent ? this.one.lines.filter((line) => isTakenBack(line) && line.startedAtMs !== null) : [],
    };
  }

  private ask(job: Job, fault: Fault): void {
    const { open, unwanted } = job.begun ?? { open: [], unwanted: [] };
    job.learned = {
      answers: open.map(({ lineId }) => ({ lineId, answer: this.askOne(lineId, fault) })),
      returns: unwanted.map(({ lineId }) => ({ lineId, returned: this.returnOne(lineId, fault) })),
    };
  }

  private askOne(lineId: string, fault: Fault): Answer {
    if (isWaiting(this.one)) throw new Error('A line that waits was asked for.');
    if (fault === 'no_connection') return { kind: 'unknown', why: fault, nothingDone: true };
    if (fault === 'arrives_late') this.late.push(lineId);
    const answer = fault === 'arrives_late' ? undefined : this.enrol(lineId);
    return answer === undefined || fault === 'answer_lost' ? { kind: 'unknown', why: fault } : answer;
  }

  private returnOne(lineId: string, fault: Fault): Returned {
    if (fault === 'no_connection' || fault === 'arrives_late') return { kind: 'unknown', why: fault };
    const returned = this.unenrol(lineId);
    return fault === 'answer_lost' ? { kind: 'unknown', why: fault } : returned;
  }

  private endJob(job: Job, fault: Fault): void {
    if (job.begun === undefined) this.beginJob(job);
    this.ask(job, fault);
    this.jobs.splice(this.jobs.indexOf(job), 1);
    this.keep(takeRun(rules, this.state, ID, { run: job.run, answers: [], returns: [], ...job.learned }, this.nowMs));
  }

  // ── what happens ──────────────────────────────────────────────────────────────────────────────────────────────

  step(step: Step): void {
    if (step.what === 'time') return this.passTime(step.ms);
    const job = this.jobs[step.pick % Math.max(1, this.jobs.length)];
    const some = this.one.lines.filter((_line, index) => ((step.pick + 1) >> index) % 2 === 1).map(({ lineId }) => lineId);
    switch (step.what) {
      case 'heard':
        return this.hearStart();
      case 'job_begins':
        return void (job?.begun === undefined && job !== undefined && this.beginJob(job));
      case 'job_ends':
        return void (job !== undefined && this.endJob(job, step.fault));
      case 'late_arrival':
        return this.arrive();
      case 'activation':
        return this.activate(`L${(step.pick % this.plan.kinds.length) + 1}`);
      case 'callback':
        return this.callBack(step.pick);
      case 'cancel':
        return this.wish(cancel(rules, this.state, this.one, REASON, this.nowMs));
      case 'revoke':
        return this.wish(revoke(rules, this.state, this.one, REASON, some.length === 0 ? undefined : some, this.nowMs));
      case 'revoke_order':
        return this.wish(revokeOrder(rules, this.state, 'shop', REASON, some.length === 0 ? undefined : some, this.nowMs));
      case 'hold':
        return this.wish(hold(rules, this.state, this.one, REASON, this.nowMs));
      case 'release':
        return this.wish(release(rules, this.state, this.one, this.nowMs));
    }
  }

  private wish(result: Granted | Refused): void {
    if (result.kind === 'granted') this.keep(result.decision);
  }

  private hearStart(): void {
    if (this.unheard === 0) return;
    this.unheard -= 1;
    this.keep(start(rules, this.state, ID, this.nowMs));
  }

  private arrive(): void {
    const lineId = this.late.shift();
    if (lineId !== undefined) this.enrol(lineId);
  }

  private callBack(pick: number): void {
    const [lineId] = this.callbacks.splice(pick % Math.max(1, this.callbacks.length), 1);
    if (lineId !== undefined) this.keep(takeCallback(rules, this.state, { provider: 'lms', fulfillmentId: ID, lineId, answer: { kind: 'fulfilled' } }, this.nowMs));
  }

  private passTime(ms: number): void {
    this.nowMs += ms;
    const due = [...this.timers].filter(([, dueMs]) => dueMs <= this.nowMs);
    for (const [name] of due) this.fire(name);
  }

  private fire(name: string): void {
    const decisions: Record<string, typeof localDue> = { [LOCAL_DUE]: localDue, [CHECK_DUE]: checksDue, [START_DUE]: startDue, [DEADLINE]: deadlinePassed };
    const decide = decisions[name];
    if (decide === undefined) throw new Error(`No such timer: ${name}`);
    // An earlier one of the same time may have cleared it.
    if (!this.timers.delete(name)) return;
    this.keep(decide(rules, this.state, this.nowMs));
  }

  /** Everything that is under way comes to its end; what is on hold is released. */
  comeToRest(): void {
    for (let turns = 0; turns < 100; turns += 1) {
      while (this.unheard > 0) this.hearStart();
      while (this.late.length > 0) this.arrive();
      for (const { lineId } of this.one.lines) this.activate(lineId);
      while (this.callbacks.length > 0) this.callBack(0);
      for (let job = this.jobs[0]; job !== undefined; job = this.jobs[0]) this.endJob(job, 'none');
      if (this.one.status === 'on_hold') this.wish(release(rules, this.state, this.one, this.nowMs));
      const due = [...this.timers.values()];
      if (due.length > 0) this.passTime(Math.max(0, Math.min(...due) - this.nowMs));
      else if (this.jobs.length + this.unheard + this.late.length + this.callbacks.length === 0 && [...this.courses.values()].every(({ state }) => state !== 'waiting')) return;
    }
    throw new Error(`It does not come to rest: ${JSON.stringify(this.one)}`);
  }

  takeBack(): void {
    this.wish(revoke(rules, this.state, this.one, REASON, undefined, this.nowMs));
    this.comeToRest();
  }

  /** What a line has cost its provider in the end. */
  netOf(line: Line): number {
    const { effects, reversals } = line.provider === 'lms' ? this.courseOf(line.lineId) : (this.local.get(line.lineId) ?? { effects: 0, reversals: 0 });
    return effects - reversals;
  }
}

describe('Whatever happens to a fulfillment, in whatever order', () => {
  test('its history is legal at every step, it never stands still, and in the end its providers have done what it says', () => {
    const ends = new Map<string, number>();
    fc.assert(
      fc.property(plan, (given) => {
        const world = new World(given);
        for (const step of given.steps) world.step(step);
        world.comeToRest();
        if (given.isUnwanted) world.takeBack();
        const { one } = world;
        ends.set(one.status, (ends.get(one.status) ?? 0) + 1);
        expect(isActive(one)).toBe(false);
        for (const line of one.lines) expect([line.lineId, line.status, world.netOf(line)]).toEqual([line.lineId, line.status, line.status === 'fulfilled' ? 1 : 0]);
        const fulfilled = one.lines.filter(({ status }) => status === 'fulfilled');
        if (one.status === 'completed') expect(fulfilled.length).toBeGreaterThan(0);
        if (one.status === 'revoked') expect(fulfilled).toEqual([]);
        if (one.status === 'cancelled' || one.status === 'failed') expect(fulfilled.every(({ reason }) => reason?.code === 'revoke_refused')).toBe(true);
        if (given.remembersEnds) for (const line of one.lines) if (line.provider === 'lms') expect(world.courses.get(line.lineId)?.effects).toBeLessThanOrEqual(1);
      }),
      { numRuns: Number(process.env['MODEL_RUNS'] ?? (process.env['LONG'] === '1' ? 500 : 200)) },
    );
    // The lives were of all kinds.
    for (const status of ['completed', 'partial', 'failed', 'cancelled', 'revoked']) expect([status, (ends.get(status) ?? 0) > 0]).toEqual([status, true]);
  });
});
