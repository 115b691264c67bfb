/**
 * What the answers of providers mean for a fulfillment. Pure.
 *
 * The first final answer of a line counts; everything later about it is stale. Lines that settle while others are open publish
 * an event each; when all lines settle in one step, the event that ends the fulfillment carries them and nothing else is said.
 * The last line to settle ends the fulfillment, exactly once.
 */
import type { NewEvent } from '@commerce/event-log/event';
import type { Answer } from '../providers/provider.ts';
import { ended, lineSettled } from './events.ts';
import { FULFILLMENT_STATES, LINE_STATES, isLineOpen, isOpen } from './fulfillment.ts';
import type { Fulfillment, FulfillmentStatus, Line } from './fulfillment.ts';

export interface LineAnswer {
  readonly lineId: string;
  readonly answer: Answer;
}

export interface Settled {
  /** The same object when the answers say nothing new. */
  readonly fulfillment: Fulfillment;
  readonly events: readonly NewEvent[];
}

/** Takes the answers in their order. */
export function takeAnswers(fulfillment: Fulfillment, answers: readonly LineAnswer[], nowMs: number): Settled {
  if (!isOpen(fulfillment)) return { fulfillment, events: [] };
  const latest = new Map<string, Line>(fulfillment.lines.map((line) => [line.lineId, line]));
  for (const { lineId, answer } of answers) {
    const line = latest.get(lineId);
    if (line !== undefined && isLineOpen(line)) latest.set(lineId, afterAnswer(line, answer, nowMs));
  }
  const lines = fulfillment.lines.map((line) => latest.get(line.lineId) ?? line);
  if (lines.every((line, index) => line === fulfillment.lines[index])) return { fulfillment, events: [] };
  const settledNow = lines.filter((line, index) => line !== fulfillment.lines[index] && !isLineOpen(line));
  return conclude(fulfillment, lines, settledNow, nowMs);
}

function afterAnswer(line: Line, answer: Answer, nowMs: number): Line {
  const startedAtMs = line.startedAtMs ?? nowMs;
  switch (answer.kind) {
    case 'unknown':
      // It may have begun: from now on only its provider can tell.
      return answer.nothingDone === true || line.startedAtMs !== null ? line : { ...line, startedAtMs };
    case 'pending': {
      const dueAtMs = answer.askAgainInMs === undefined ? null : nowMs + answer.askAgainInMs;
      if (line.status === 'in_progress' && line.dueAtMs === dueAtMs) return line;
      return moved({ ...line, startedAtMs, dueAtMs, ...(answer.reference && { reference: answer.reference }) }, 'in_progress');
    }
    case 'failed':
      return moved({ ...line, dueAtMs: null, reason: answer.reason }, 'failed');
    case 'fulfilled': {
      const { reference, tracking } = answer;
      return moved({ ...line, startedAtMs, dueAtMs: null, ...(reference && { reference }), ...(tracking && { tracking }) }, 'fulfilled');
    }
  }
}

function moved(line: Line, to: Line['status']): Line {
  if (!stays(LINE_STATES, line.status, to) && LINE_STATES.step(line.status, to).kind !== 'move') throw new Error(`A line cannot move from ${line.status} to ${to}.`);
  return { ...line, status: to };
}

function conclude(before: Fulfillment, lines: readonly Line[], settledNow: readonly Line[], nowMs: number): Settled {
  const status = statusOf(lines);
  if (!stays(FULFILLMENT_STATES, before.status, status) && FULFILLMENT_STATES.step(before.status, status).kind !== 'move') throw new Error(`A fulfillment cannot move from ${before.status} to ${status}.`);
  const reason = status === 'failed' ? { reason: reasonOf(lines) } : {};
  const after: Fulfillment = { ...before, lines, status, updatedAtMs: nowMs, ...reason };
  const allAtOnce = settledNow.length === lines.length;
  const events: NewEvent[] = allAtOnce ? [] : settledNow.map((line, index) => lineSettled(after, line, before.version + index + 1));
  if (!isOpen(after)) events.push(ended(after, before.version + events.length + 1));
  return { fulfillment: { ...after, version: before.version + events.length, ...(isOpen(after) ? {} : { nextCheckAtMs: null }) }, events };
}

function statusOf(lines: readonly Line[]): FulfillmentStatus {
  const open = lines.filter(isLineOpen);
  if (open.length > 0) return open.length === lines.length && open.every((line) => line.status === 'pending') ? 'accepted' : 'in_progress';
  const fulfilled = lines.filter((line) => line.status === 'fulfilled');
  if (fulfilled.length === 0) return 'failed';
  return fulfilled.length === lines.length ? 'completed' : 'partial';
}

/** The one reason of all lines, or that there are several. */
function reasonOf(lines: readonly Line[]): { code: string } {
  const codes = new Set(lines.map((line) => line.reason?.code));
  const [only] = codes;
  return { code: codes.size === 1 && only !== undefined ? only : 'all_lines_failed' };
}

/** Staying in a state that is not terminal is no move and always allowed. */
function stays<State extends string>(machine: { isTerminal(state: State): boolean }, from: State, to: State): boolean {
  return from === to && !machine.isTerminal(from);
}
