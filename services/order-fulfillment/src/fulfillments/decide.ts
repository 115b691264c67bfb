/**
 * The decisions over the open fulfillments of one order. Pure.
 *
 * Whatever happens (accepted, answered, called back, due) is turned into answers of providers and taken the one way that
 * `settle.ts` knows; then the timers of the order are set to the earliest thing that is waited for. So an open fulfillment
 * always has a timer, or a job that is under way.
 */
import { apply, stale } from '@commerce/event-log/extension';
import type { Outcome, TimerChange } from '@commerce/event-log/extension';
import type { NewEvent } from '@commerce/event-log/event';
import type { Providers } from '../providers/provider.ts';
import { checkDue } from './events.ts';
import { NONE_OPEN, isOpen, openRemoteLines } from './fulfillment.ts';
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

type Decision = Outcome<FulfillmentsOfOrder>;

/** Gives the lines that local providers carry out over time to them. What was settled on acceptance needs nothing. */
export function start(rules: Rules, state: FulfillmentsOfOrder | undefined, fulfillmentId: string, nowMs: number): Decision {
  const fulfillment = find(state, fulfillmentId);
  if (fulfillment === undefined) return apply(state ?? NONE_OPEN);
  const answers = askLocal(rules, fulfillment, (line) => line.status === 'pending', nowMs);
  return replaced(rules, state, [takeAnswers(fulfillment, answers, nowMs)], nowMs);
}

/** What the remote providers said, all lines of one run together. Lines that are still open are asked again later. */
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

function find(state: FulfillmentsOfOrder | undefined, fulfillmentId: string): Fulfillment | undefined {
  return state?.find((fulfillment) => fulfillment.fulfillmentId === fulfillmentId && isOpen(fulfillment));
}

function checkWaitMs({ checks }: Rules, made: number): number {
  return Math.min(checks.maxMs, checks.firstMs * 2 ** Math.min(made, 30));
}

function askLocal(rules: Rules, fulfillment: Fulfillment, wanted: (line: Line) => boolean, nowMs: number): LineAnswer[] {
  return fulfillment.lines.flatMap((line) => {
    const provider = rules.providers.get(line.provider);
    return provider?.place === 'local' && wanted(line) ? [{ lineId: line.lineId, answer: provider.ask(fulfillment, line, nowMs) }] : [];
  });
}

interface Taken {
  readonly fulfillment: Fulfillment;
  readonly events: readonly NewEvent[];
}

/** The state with these fulfillments in the place of their former selves, and the timers that follow from it. */
function replaced(rules: Rules, state: FulfillmentsOfOrder | undefined, taken: readonly Taken[], nowMs: number, fired?: string): Decision {
  const before = state ?? NONE_OPEN;
  const byId = new Map(taken.map(({ fulfillment }) => [fulfillment.fulfillmentId, withoutIdleCheck(rules, fulfillment)]));
  const after = before.map((fulfillment) => byId.get(fulfillment.fulfillmentId) ?? fulfillment);
  const same = after.every((fulfillment, index) => fulfillment === before[index]);
  const events = taken.flatMap((one) => one.events);
  return apply(same ? before : after, events, timersOf(before, after, nowMs, fired));
}

/** When the last remote line was settled by a callback, nobody need ask again. */
function withoutIdleCheck(rules: Rules, fulfillment: Fulfillment): Fulfillment {
  if (fulfillment.nextCheckAtMs === null || openRemoteLines(rules.providers, fulfillment).length > 0) return fulfillment;
  return { ...fulfillment, nextCheckAtMs: null };
}

function timersOf(before: FulfillmentsOfOrder, after: FulfillmentsOfOrder, nowMs: number, fired: string | undefined): TimerChange[] {
  const change = (name: string, dueAt: (state: FulfillmentsOfOrder) => number): TimerChange[] => {
    // A timer that has fired is gone, whatever it was set to.
    const was = fired === name ? Number.POSITIVE_INFINITY : dueAt(before);
    const is = dueAt(after);
    if (was === is) return [];
    return [{ name, dueInMs: is === Number.POSITIVE_INFINITY ? null : Math.max(0, is - nowMs) }];
  };
  return [...change(LOCAL_DUE, earliestLocal), ...change(CHECK_DUE, earliestCheck)];
}

function earliestLocal(state: FulfillmentsOfOrder): number {
  return earliest(state.flatMap((fulfillment) => fulfillment.lines.map((line) => line.dueAtMs)));
}

function earliestCheck(state: FulfillmentsOfOrder): number {
  return earliest(state.map((fulfillment) => fulfillment.nextCheckAtMs));
}

function earliest(times: readonly (number | null)[]): number {
  return Math.min(Number.POSITIVE_INFINITY, ...times.filter((time) => time !== null));
}
