/**
 * The decisions over the active fulfillments of one order that follow from its events, from providers and from time. Pure. What
 * its client wishes is decided in `wishes.ts`; what follows from any change stands in `arrange.ts`.
 *
 * The deadline (`notAfter`): from then on nothing new is begun. Lines that no provider was asked for and lines that a local
 * provider has not done fail with `deadline_passed`. A line that a remote provider was asked for is left to its outcome,
 * however late.
 *
 * Runs at the remote providers: one at a time per fulfillment, from the event that begins it to the outcome that is kept. While
 * one is under way nobody knows which of the open remote lines it has begun; so a line is taken back only after it has ended,
 * and no ask can arrive behind it.
 */
import { apply, stale } from '@commerce/event-log/extension';
import { released } from './events.ts';
import { CHECK_DUE, DEADLINE, LOCAL_DUE, START_DUE, beginRun, beginRunNow, followedBy, replaced } from './arrange.ts';
import type { Decision, Rules } from './arrange.ts';
import { NONE_ACTIVE, hasRemoteWork, isPastDeadline, isRemote, isTakenBack, isWaiting, nextStatus } from './fulfillment.ts';
import type { Fulfillment, FulfillmentsOfOrder, Line } from './fulfillment.ts';
import { takeAnswers, takeReturns, withdrawUntouched } from './settle.ts';
import type { LineAnswer, LineReturn, Settled } from './settle.ts';

/**
 * Gives the lines that local providers carry out over time to them, after the acceptance or the release. What was settled on
 * acceptance needs nothing.
 */
export function start(rules: Rules, state: FulfillmentsOfOrder | undefined, fulfillmentId: string, nowMs: number): Decision {
  const fulfillment = find(state, fulfillmentId);
  if (fulfillment === undefined) return apply(state ?? NONE_ACTIVE);
  const answers = isWaiting(fulfillment) ? [] : askLocal(rules, fulfillment, (line) => line.status === 'pending', nowMs);
  // The acceptance sets no timers.
  return replaced(rules, state, [takeAnswers(fulfillment, answers, nowMs)], nowMs, { neverSet: [DEADLINE, START_DUE] });
}

/** What one run at the remote providers has brought. */
export interface RunResult {
  /** Number of the run. */
  readonly run: number;
  readonly answers: readonly LineAnswer[];
  readonly returns: readonly LineReturn[];
}

/**
 * What the remote providers said, all lines of one run together. Lines that still need them are asked about again later, also
 * when nothing was learned; what is to be taken back since the run began is asked for at once.
 */
export function takeRun(rules: Rules, state: FulfillmentsOfOrder | undefined, fulfillmentId: string, { run, answers, returns }: RunResult, nowMs: number): Decision {
  const fulfillment = find(state, fulfillmentId);
  if (fulfillment === undefined) return answers.length + returns.length === 0 ? apply(state ?? NONE_ACTIVE) : stale('fulfillment_settled', { fulfillmentId });
  const taken = followedBy(takeAnswers(fulfillment, answers, nowMs), (one) => takeReturns(one, returns, nowMs));
  if (!fulfillment.asking || fulfillment.checks !== run) return replaced(rules, state, [taken], nowMs);
  const ended = followedBy(taken, (one) => withdrawUntouched({ ...one, asking: false }, nowMs));
  return replaced(rules, state, [followedBy(ended, (one) => nextRun(rules, one, { run, answers, returns }, nowMs))], nowMs);
}

function nextRun(rules: Rules, fulfillment: Fulfillment, { answers, returns }: RunResult, nowMs: number): Settled {
  if (!hasRemoteWork(rules.providers, fulfillment)) return { fulfillment, events: [] };
  const tried = new Set(returns.map(({ lineId }) => lineId));
  const isNew = (line: Line): boolean => isTakenBack(line) && isRemote(rules.providers, line) && !tried.has(line.lineId);
  if (fulfillment.lines.some(isNew)) return beginRunNow(rules, fulfillment);
  const wishes = [...answers.map(({ answer }) => answer), ...returns.map(({ returned }) => returned)].map((said) => (said.kind === 'unknown' ? (said.retryAfterMs ?? 0) : 0));
  return { fulfillment: { ...fulfillment, nextCheckAtMs: nowMs + Math.max(checkWaitMs(rules, fulfillment.checks), ...wishes) }, events: [] };
}

/** What a remote provider tells by itself about one line. */
export interface Callback extends LineAnswer {
  /** Name of the provider that tells: it can speak of its own lines only. */
  readonly provider: string;
  readonly fulfillmentId: string;
}

/** A line that is told as delivered after it has failed, was withdrawn or taken back, is taken back by itself. */
export function takeCallback(rules: Rules, state: FulfillmentsOfOrder | undefined, { provider, fulfillmentId, lineId, answer }: Callback, nowMs: number): Decision {
  const fulfillment = find(state, fulfillmentId);
  if (fulfillment === undefined) return stale('no_such_fulfillment', { fulfillmentId, lineId });
  const isOwn = fulfillment.lines.some((line) => line.lineId === lineId && line.provider === provider);
  if (!isOwn) return stale('no_line_of_provider', { fulfillmentId, lineId, provider });
  const taken = takeAnswers(fulfillment, [{ lineId, answer }], nowMs);
  if (taken.fulfillment === fulfillment) return stale('no_open_line', { fulfillmentId, lineId });
  return replaced(rules, state, [taken], nowMs);
}

/** The time of lines at local providers has come. */
export function localDue(rules: Rules, state: FulfillmentsOfOrder | undefined, nowMs: number): Decision {
  const isDue = (line: Line): boolean => line.status === 'in_progress' && line.dueAtMs !== null && line.dueAtMs <= nowMs;
  const taken = (state ?? NONE_ACTIVE).map((fulfillment) => takeAnswers(fulfillment, askLocal(rules, fulfillment, isDue, nowMs), nowMs));
  return replaced(rules, state, taken, nowMs, { fired: LOCAL_DUE });
}

/** Remote providers have been silent for too long. */
export function checksDue(rules: Rules, state: FulfillmentsOfOrder | undefined, nowMs: number): Decision {
  const due = (state ?? NONE_ACTIVE).filter(({ nextCheckAtMs }) => nextCheckAtMs !== null && nextCheckAtMs <= nowMs);
  return replaced(rules, state, due.map(beginRun), nowMs, { fired: CHECK_DUE });
}

/** The start time of scheduled fulfillments has come. */
export function startDue(rules: Rules, state: FulfillmentsOfOrder | undefined, nowMs: number): Decision {
  const due = (state ?? NONE_ACTIVE).filter(({ status, startAtMs }) => status === 'scheduled' && startAtMs !== null && startAtMs <= nowMs);
  return replaced(rules, state, due.filter((one) => !isPastDeadline(one, nowMs)).map((one) => goOn(rules, one, 'scheduled', nowMs)), nowMs, { fired: START_DUE });
}

/** The deadline of a fulfillment has come. */
export function deadlinePassed(rules: Rules, state: FulfillmentsOfOrder | undefined, nowMs: number): Decision {
  return replaced(rules, state, [], nowMs, { fired: DEADLINE });
}

/** Out of waiting: local lines begin with the event, remote ones with the run that begins now. */
export function goOn(rules: Rules, fulfillment: Fulfillment, from: 'on_hold' | 'scheduled', nowMs: number): Settled {
  const { reason: _hold, ...rest } = fulfillment;
  const version = fulfillment.version + 1;
  const going: Fulfillment = { ...rest, status: nextStatus(from, 'accepted'), version, updatedAtMs: nowMs };
  return followedBy({ fulfillment: going, events: [released(going, from, version)] }, (one) => beginRunNow(rules, one));
}

function find(state: FulfillmentsOfOrder | undefined, fulfillmentId: string): Fulfillment | undefined {
  return state?.find((fulfillment) => fulfillment.fulfillmentId === fulfillmentId);
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
