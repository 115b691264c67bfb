/**
 * What follows from any change of an order's fulfillments, whatever brought it: what the deadline has overtaken fails, a run at
 * the remote providers begins where one is due, and the timers of the order are set to the earliest thing that is waited for.
 * So an open fulfillment always has a timer, or a run that is under way. Pure.
 */
import { apply } from '@commerce/event-log/extension';
import type { Outcome, TimerChange } from '@commerce/event-log/extension';
import type { Answer, Providers } from '../providers/provider.ts';
import { checkDue } from './events.ts';
import { NONE_ACTIVE, hasRemoteWork, isLineOpen, isOpen, isPastDeadline, isRemote, isTakenBack } from './fulfillment.ts';
import type { Fulfillment, FulfillmentsOfOrder, Line } from './fulfillment.ts';
import { takeAnswers } from './settle.ts';
import type { Settled } from './settle.ts';

export interface Rules {
  readonly providers: Providers;
  /** The wait before remote providers are asked again: `firstMs`, doubled each time, at most `maxMs`. */
  readonly checks: { readonly firstMs: number; readonly maxMs: number };
}

/** Timers of an order, one of each for all its fulfillments. */
export const LOCAL_DUE = 'local_due';
export const CHECK_DUE = 'check_due';
export const START_DUE = 'start_due';
export const DEADLINE = 'deadline';

export type Decision = Outcome<FulfillmentsOfOrder>;

/** One step after another, with the events of both. */
export function followedBy({ fulfillment, events }: Settled, next: (fulfillment: Fulfillment) => Settled): Settled {
  const settled = next(fulfillment);
  return { fulfillment: settled.fulfillment, events: [...events, ...settled.events] };
}

/** Begins the next run at the remote providers. The event makes the service ask them. */
export function beginRun(fulfillment: Fulfillment): Settled {
  const asking: Fulfillment = { ...fulfillment, checks: fulfillment.checks + 1, asking: true, nextCheckAtMs: null };
  return { fulfillment: asking, events: [checkDue(asking)] };
}

/** What is to be taken back since this change is asked for at once; a run under way is followed by one that does. */
function withRunForReturns(rules: Rules, before: Fulfillment, after: Fulfillment): Settled {
  const earlier = new Set(before.lines.filter(isTakenBack).map(({ lineId }) => lineId));
  const isWaitedFor = (line: Line): boolean => after.nextCheckAtMs !== null && earlier.has(line.lineId);
  return after.lines.some((line) => isTakenBack(line) && !isWaitedFor(line)) ? beginRunNow(rules, after) : { fulfillment: after, events: [] };
}

/** Begins a run, and the waits from the beginning, unless one is under way or there is nothing to ask. */
export function beginRunNow(rules: Rules, fulfillment: Fulfillment): Settled {
  if (fulfillment.asking || !hasRemoteWork(rules.providers, fulfillment)) return { fulfillment, events: [] };
  return beginRun({ ...fulfillment, checks: 0 });
}

/** Timers that are not there, whatever the state says. */
export interface Missing {
  readonly fired?: string;
  /** Nobody may have set them yet. */
  readonly neverSet?: readonly string[];
}

/**
 * The state with these fulfillments in the place of their former selves, without what a deadline has overtaken, and the timers
 * that follow from it.
 */
export function replaced(rules: Rules, state: FulfillmentsOfOrder | undefined, taken: readonly Settled[], nowMs: number, missing: Missing = {}): Extract<Decision, { kind: 'apply' }> {
  const before = state ?? NONE_ACTIVE;
  const byId = new Map(taken.map((one) => [one.fulfillment.fulfillmentId, one]));
  const all = before.map((fulfillment) => {
    const after = overtaken(rules, byId.get(fulfillment.fulfillmentId) ?? { fulfillment, events: [] }, nowMs);
    return followedBy(after, (one) => withRunForReturns(rules, fulfillment, one));
  });
  const after = all.map(({ fulfillment }) => withoutIdleCheck(rules, fulfillment));
  const same = after.every((fulfillment, index) => fulfillment === before[index]);
  const outcome = apply(same ? before : after, all.flatMap(({ events }) => events), timersOf(rules, before, after, nowMs, missing));
  return outcome as Extract<Decision, { kind: 'apply' }>;
}

const OVERTAKEN: Answer = { kind: 'failed', reason: { code: 'deadline_passed' } };

/** Fails what the deadline has overtaken. A run that is under way may be asking for the remote lines: they are judged when it ends. */
function overtaken(rules: Rules, settled: Settled, nowMs: number): Settled {
  if (!isPastDeadline(settled.fulfillment, nowMs)) return settled;
  return followedBy(settled, (fulfillment) => {
    const lines = linesWithDeadline(rules, fulfillment).filter((line) => !(fulfillment.asking && isRemote(rules.providers, line)));
    return takeAnswers(fulfillment, lines.map(({ lineId }) => ({ lineId, answer: OVERTAKEN })), nowMs);
  });
}

/** Open lines that the deadline can still overtake: those of local providers, and those that no remote provider was asked for. */
function linesWithDeadline({ providers }: Rules, fulfillment: Fulfillment): Line[] {
  return fulfillment.lines.filter((line) => isLineOpen(line) && !(isRemote(providers, line) && line.startedAtMs !== null));
}

/** When the last remote line was settled by a callback, or withdrawn, nobody need ask again. */
function withoutIdleCheck(rules: Rules, fulfillment: Fulfillment): Fulfillment {
  if (fulfillment.nextCheckAtMs === null || hasRemoteWork(rules.providers, fulfillment)) return fulfillment;
  return { ...fulfillment, nextCheckAtMs: null };
}

function timersOf(rules: Rules, before: FulfillmentsOfOrder, after: FulfillmentsOfOrder, nowMs: number, { fired, neverSet = [] }: Missing): TimerChange[] {
  const change = (name: string, dueAt: (state: FulfillmentsOfOrder) => number): TimerChange[] => {
    const was = fired === name ? Number.POSITIVE_INFINITY : dueAt(before);
    const is = dueAt(after);
    const mayBeMissing = is !== Number.POSITIVE_INFINITY && neverSet.includes(name);
    if (was === is && !mayBeMissing) return [];
    return [{ name, dueInMs: is === Number.POSITIVE_INFINITY ? null : Math.max(0, is - nowMs) }];
  };
  return [
    ...change(LOCAL_DUE, earliestLocal), ...change(CHECK_DUE, earliestCheck), ...change(START_DUE, earliestStart),
    ...change(DEADLINE, (state) => earliestDeadline(rules, state, nowMs)),
  ];
}

function earliestLocal(state: FulfillmentsOfOrder): number {
  return earliest(state.flatMap((fulfillment) => fulfillment.lines.map((line) => line.dueAtMs)));
}

function earliestCheck(state: FulfillmentsOfOrder): number {
  return earliest(state.map((fulfillment) => fulfillment.nextCheckAtMs));
}

function earliestStart(state: FulfillmentsOfOrder): number {
  return earliest(state.filter(({ status }) => status === 'scheduled').map((fulfillment) => fulfillment.startAtMs));
}

/** One that has passed needs no timer: what it overtakes has failed, and a run that is under way ends by itself. */
function earliestDeadline(rules: Rules, state: FulfillmentsOfOrder, nowMs: number): number {
  const ahead = state.filter((fulfillment) => isOpen(fulfillment) && !isPastDeadline(fulfillment, nowMs) && linesWithDeadline(rules, fulfillment).length > 0);
  return earliest(ahead.map((fulfillment) => fulfillment.notAfterMs));
}

function earliest(times: readonly (number | null)[]): number {
  return Math.min(Number.POSITIVE_INFINITY, ...times.filter((time) => time !== null));
}
