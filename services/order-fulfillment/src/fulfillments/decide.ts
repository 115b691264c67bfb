/**
 * The decisions over the open fulfillments of one order. Pure.
 *
 * Whatever happens (accepted, answered, called back, due) is turned into answers of providers and taken the one way that
 * `settle.ts` knows; then what its deadline has overtaken fails, and the timers of the order are set to the earliest thing
 * that is waited for. So an open fulfillment always has a timer, or a job that is under way.
 *
 * The deadline (`notAfter`): from then on nothing new is begun. Lines that no provider was asked for and lines that a local
 * provider has not done fail with `deadline_passed`. A line that a remote provider was asked for is left to its outcome,
 * however late: what is done there cannot be called back.
 */
import { apply, stale } from '@commerce/event-log/extension';
import type { Outcome, TimerChange } from '@commerce/event-log/extension';
import type { NewEvent } from '@commerce/event-log/event';
import type { Answer, Providers } from '../providers/provider.ts';
import { checkDue } from './events.ts';
import { NONE_OPEN, isLineOpen, isOpen, isPastDeadline, isRemote, openRemoteLines } from './fulfillment.ts';
import type { Fulfillment, FulfillmentsOfOrder, Line } from './fulfillment.ts';
import { takeAnswers } from './settle.ts';
import type { LineAnswer } from './settle.ts';

export interface Rules {
  readonly providers: Providers;
  /** The wait before remote providers are asked again: `firstMs`, doubled each time, at most `maxMs`. */
  readonly checks: { readonly firstMs: number; readonly maxMs: number };
}

/** Timers of an order, one of each for all its fulfillments. */
export const LOCAL_DUE = 'local_due';
export const CHECK_DUE = 'check_due';
export const DEADLINE = 'deadline';

type Decision = Outcome<FulfillmentsOfOrder>;

/** Gives the lines that local providers carry out over time to them. What was settled on acceptance needs nothing. */
export function start(rules: Rules, state: FulfillmentsOfOrder | undefined, fulfillmentId: string, nowMs: number): Decision {
  const fulfillment = find(state, fulfillmentId);
  if (fulfillment === undefined) return apply(state ?? NONE_OPEN);
  const answers = askLocal(rules, fulfillment, (line) => line.status === 'pending', nowMs);
  // The acceptance sets no timers.
  return replaced(rules, state, [takeAnswers(fulfillment, answers, nowMs)], nowMs, DEADLINE);
}

/**
 * What the remote providers said, all lines of one run together. Lines that are still open are asked again later, also when
 * nothing was learned.
 */
export function takeRun(rules: Rules, state: FulfillmentsOfOrder | undefined, fulfillmentId: string, answers: readonly LineAnswer[], nowMs: number): Decision {
  const fulfillment = find(state, fulfillmentId);
  if (fulfillment === undefined) return answers.length === 0 ? apply(state ?? NONE_OPEN) : stale('fulfillment_settled', { fulfillmentId });
  const taken = takeAnswers(fulfillment, answers, nowMs);
  if (openRemoteLines(rules.providers, taken.fulfillment).length === 0) return replaced(rules, state, [taken], nowMs);
  const waitMs = Math.max(checkWaitMs(rules, fulfillment.checks), ...answers.map(({ answer }) => (answer.kind === 'unknown' ? (answer.retryAfterMs ?? 0) : 0)));
  return replaced(rules, state, [{ ...taken, fulfillment: { ...taken.fulfillment, nextCheckAtMs: nowMs + waitMs } }], nowMs);
}

/** What a remote provider tells by itself about one line. */
export interface Callback extends LineAnswer {
  /** Name of the provider that tells: it can speak of its own lines only. */
  readonly provider: string;
  readonly fulfillmentId: string;
}

export function takeCallback(rules: Rules, state: FulfillmentsOfOrder | undefined, { provider, fulfillmentId, lineId, answer }: Callback, nowMs: number): Decision {
  const fulfillment = find(state, fulfillmentId);
  if (fulfillment === undefined) return stale('no_open_fulfillment', { fulfillmentId, lineId });
  const isOwn = fulfillment.lines.some((line) => line.lineId === lineId && line.provider === provider);
  if (!isOwn) return stale('no_line_of_provider', { fulfillmentId, lineId, provider });
  const taken = takeAnswers(fulfillment, [{ lineId, answer }], nowMs);
  if (taken.fulfillment === fulfillment) return stale('no_open_line', { fulfillmentId, lineId });
  return replaced(rules, state, [taken], nowMs);
}

/** The time of lines at local providers has come. */
export function localDue(rules: Rules, state: FulfillmentsOfOrder | undefined, nowMs: number): Decision {
  const isDue = (line: Line): boolean => line.status === 'in_progress' && line.dueAtMs !== null && line.dueAtMs <= nowMs;
  const taken = (state ?? NONE_OPEN).map((fulfillment) => takeAnswers(fulfillment, askLocal(rules, fulfillment, isDue, nowMs), nowMs));
  return replaced(rules, state, taken, nowMs, LOCAL_DUE);
}

/** Remote providers have been silent for too long: the event makes the service ask them again. */
export function checksDue(rules: Rules, state: FulfillmentsOfOrder | undefined, nowMs: number): Decision {
  const taken = (state ?? NONE_OPEN).map((fulfillment) => {
    if (fulfillment.nextCheckAtMs === null || fulfillment.nextCheckAtMs > nowMs) return { fulfillment, events: [] };
    const asking: Fulfillment = { ...fulfillment, checks: fulfillment.checks + 1, nextCheckAtMs: null };
    return { fulfillment: asking, events: [checkDue(asking)] };
  });
  return replaced(rules, state, taken, nowMs, CHECK_DUE);
}

/** The deadline of a fulfillment has come. */
export function deadlinePassed(rules: Rules, state: FulfillmentsOfOrder | undefined, nowMs: number): Decision {
  return replaced(rules, state, [], nowMs, DEADLINE);
}

function find(state: FulfillmentsOfOrder | undefined, fulfillmentId: string): Fulfillment | undefined {
  return state?.find((fulfillment) => fulfillment.fulfillmentId === fulfillmentId && isOpen(fulfillment));
}

function checkWaitMs({ checks }: Rules, made: number): number {
  return Math.min(checks.maxMs, checks.firstMs * 2 ** Math.min(made, 30));
}

function askLocal(rules: Rules, fulfillment: Fulfillment, wanted: (line: Line) => boolean, nowMs: number): LineAnswer[] {
  if (isPastDeadline(fulfillment, nowMs)) return [];
  return fulfillment.lines.flatMap((line) => {
    const provider = rules.providers.get(line.provider);
    return provider?.place === 'local' && wanted(line) ? [{ lineId: line.lineId, answer: provider.ask(fulfillment, line, nowMs) }] : [];
  });
}

interface Taken {
  readonly fulfillment: Fulfillment;
  readonly events: readonly NewEvent[];
}

/**
 * The state with these fulfillments in the place of their former selves, without what a deadline has overtaken, and the timers
 * that follow from it. `unset` is the timer that is not there, whatever the state says: it has fired, or was never set.
 */
function replaced(rules: Rules, state: FulfillmentsOfOrder | undefined, taken: readonly Taken[], nowMs: number, unset?: string): Decision {
  const before = state ?? NONE_OPEN;
  const byId = new Map(taken.map((one) => [one.fulfillment.fulfillmentId, one]));
  const all = before.map((fulfillment) => overtaken(rules, byId.get(fulfillment.fulfillmentId) ?? { fulfillment, events: [] }, nowMs));
  const after = all.map(({ fulfillment }) => withoutIdleCheck(rules, fulfillment));
  const same = after.every((fulfillment, index) => fulfillment === before[index]);
  return apply(same ? before : after, all.flatMap(({ events }) => events), timersOf(rules, before, after, nowMs, unset));
}

const OVERTAKEN: Answer = { kind: 'failed', reason: { code: 'deadline_passed' } };

/** Fails what the deadline has overtaken. A run that is under way may be asking for the remote lines: they are judged when it ends. */
function overtaken(rules: Rules, { fulfillment, events }: Taken, nowMs: number): Taken {
  if (!isPastDeadline(fulfillment, nowMs)) return { fulfillment, events };
  const runUnderWay = fulfillment.nextCheckAtMs === null;
  const lines = linesWithDeadline(rules, fulfillment).filter((line) => !(runUnderWay && isRemote(rules.providers, line)));
  const taken = takeAnswers(fulfillment, lines.map(({ lineId }) => ({ lineId, answer: OVERTAKEN })), nowMs);
  return { fulfillment: taken.fulfillment, events: [...events, ...taken.events] };
}

/** Open lines that the deadline can still overtake: those of local providers, and those that no remote provider was asked for. */
function linesWithDeadline({ providers }: Rules, fulfillment: Fulfillment): Line[] {
  return fulfillment.lines.filter((line) => isLineOpen(line) && !(isRemote(providers, line) && line.startedAtMs !== null));
}

/** When the last remote line was settled by a callback, nobody need ask again. */
function withoutIdleCheck(rules: Rules, fulfillment: Fulfillment): Fulfillment {
  if (fulfillment.nextCheckAtMs === null || openRemoteLines(rules.providers, fulfillment).length > 0) return fulfillment;
  return { ...fulfillment, nextCheckAtMs: null };
}

function timersOf(rules: Rules, before: FulfillmentsOfOrder, after: FulfillmentsOfOrder, nowMs: number, unset: string | undefined): TimerChange[] {
  const change = (name: string, dueAt: (state: FulfillmentsOfOrder) => number): TimerChange[] => {
    const was = unset === name ? Number.POSITIVE_INFINITY : dueAt(before);
    const is = dueAt(after);
    if (was === is) return [];
    return [{ name, dueInMs: is === Number.POSITIVE_INFINITY ? null : Math.max(0, is - nowMs) }];
  };
  return [...change(LOCAL_DUE, earliestLocal), ...change(CHECK_DUE, earliestCheck), ...change(DEADLINE, (state) => earliestDeadline(rules, state, nowMs))];
}

function earliestLocal(state: FulfillmentsOfOrder): number {
  return earliest(state.flatMap((fulfillment) => fulfillment.lines.map((line) => line.dueAtMs)));
}

function earliestCheck(state: FulfillmentsOfOrder): number {
  return earliest(state.map((fulfillment) => fulfillment.nextCheckAtMs));
}

/** One that has passed needs no timer: what it overtakes has failed, and a run that is under way ends by itself. */
function earliestDeadline(rules: Rules, state: FulfillmentsOfOrder, nowMs: number): number {
  const ahead = state.filter((fulfillment) => !isPastDeadline(fulfillment, nowMs) && linesWithDeadline(rules, fulfillment).length > 0);
  return earliest(ahead.map((fulfillment) => fulfillment.notAfterMs));
}

function earliest(times: readonly (number | null)[]): number {
  return Math.min(Number.POSITIVE_INFINITY, ...times.filter((time) => time !== null));
}
