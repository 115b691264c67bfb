/**
 * What the answers of providers mean for a fulfillment, and what its client's wishes mean for its lines. Pure.
 *
 * The first final answer of a line counts; everything later about it is stale, but for one thing: a line that has failed, was
 * withdrawn or taken back, and turns out delivered, is taken back by itself. One that had failed has failed again then, which is
 * told once: the event that ended the fulfillment stays true. Lines that settle while others are open publish an event each;
 * when all lines settle in one step, the event that ends the fulfillment carries them and nothing else is said. The last line
 * to settle ends the fulfillment, exactly once. What is taken back after that is told when the last of it is done.
 */
import type { NewEvent } from '@commerce/event-log/event';
import type { Answer, Providers, Reason, Returned } from '../providers/provider.ts';
import { ended, lineSettled, revoked } from './events.ts';
import { LATE_DELIVERY, LINE_STATES, OPENED_BY_LATE_DELIVERY, REVOKE_REFUSED, isKeptByProvider, isLineOpen, isOpen, isRemote, isTakenBack, nextStatus } from './fulfillment.ts';
import type { Fulfillment, FulfillmentStatus, Line, LineStatus } from './fulfillment.ts';

export interface LineAnswer {
  readonly lineId: string;
  readonly answer: Answer;
}

/** What a provider said when it was to take a line back. */
export interface LineReturn {
  readonly lineId: string;
  readonly returned: Returned;
}

export interface Settled {
  /** The same object when nothing is new. */
  readonly fulfillment: Fulfillment;
  readonly events: readonly NewEvent[];
}

/** Takes the answers in their order. */
export function takeAnswers(fulfillment: Fulfillment, answers: readonly LineAnswer[], nowMs: number): Settled {
  const latest = new Map<string, Line>(fulfillment.lines.map((line) => [line.lineId, line]));
  for (const { lineId, answer } of answers) {
    const line = latest.get(lineId);
    if (line !== undefined) latest.set(lineId, afterAnswer(line, answer, nowMs));
  }
  return conclude(fulfillment, fulfillment.lines.map((line) => latest.get(line.lineId) ?? line), nowMs);
}

/** Takes what the providers said of lines that are being taken back. */
export function takeReturns(fulfillment: Fulfillment, returns: readonly LineReturn[], nowMs: number): Settled {
  const byLine = new Map(returns.map(({ lineId, returned }) => [lineId, returned]));
  return conclude(fulfillment, fulfillment.lines.map((line) => {
    const returned = byLine.get(line.lineId);
    return returned === undefined || !isTakenBack(line) ? line : afterReturn(line, returned);
  }), nowMs);
}

/** After a run has ended: lines that are to be taken back and that nobody was ever asked for need no provider. */
export function withdrawUntouched(fulfillment: Fulfillment, nowMs: number): Settled {
  return conclude(fulfillment, fulfillment.lines.map((line) => (isTakenBack(line) && line.startedAtMs === null ? afterReturn(line, { kind: 'revoked' }) : line)), nowMs);
}

export interface Withdrawal {
  readonly reason: Reason;
  /** These lines; undefined for all. */
  readonly lineIds: ReadonlySet<string> | undefined;
}

/**
 * What the client does not want any more: what is open is withdrawn, what was delivered is taken back. Where a remote provider
 * must be asked, or may be asking just now, the line is `revoking`. Without `lineIds` an open fulfillment is called off as a whole.
 */
export function withdraw(providers: Providers, fulfillment: Fulfillment, { reason, lineIds }: Withdrawal, nowMs: number): Settled {
  const isNamed = ({ lineId }: Line): boolean => lineIds === undefined || lineIds.has(lineId);
  if (!fulfillment.lines.some(isNamed)) return { fulfillment, events: [] };
  const lines = fulfillment.lines.map((line) => (isNamed(line) ? withdrawn(providers, fulfillment, line, { code: reason.code }) : line));
  const isWanted = (line: Line): boolean => !isNamed(line) && (isLineOpen(line) || line.status === 'fulfilled');
  const calledOff = isOpen(fulfillment) && fulfillment.status !== 'cancelling' && !fulfillment.lines.some(isWanted);
  return conclude(fulfillment, lines, nowMs, { calledOff, reason });
}

function withdrawn(providers: Providers, fulfillment: Fulfillment, line: Line, reason: Reason): Line {
  const remote = isRemote(providers, line);
  if (isKeptByProvider(line)) return line;
  if (isLineOpen(line)) {
    const mayHaveBegun = remote && (fulfillment.asking || line.startedAtMs !== null);
    return mayHaveBegun ? takingBack(line, reason) : moved({ ...line, dueAtMs: null, reason }, 'cancelled');
  }
  if (line.status !== 'fulfilled') return line;
  if (remote) return takingBack(line, reason);
  const provider = providers.get(line.provider);
  const returned = provider?.place === 'local' ? provider.revoke(fulfillment, line) : ({ kind: 'refused', reason: { code: 'no_such_provider' } } as const);
  return returned.kind === 'revoked' ? moved({ ...line, reason }, 'revoked') : { ...line, reason: withMessage(REVOKE_REFUSED, returned.reason) };
}

function takingBack(line: Line, reason: Reason): Line {
  return moved({ ...line, dueAtMs: null, takenBackFrom: line.status, reason }, 'revoking');
}

function afterAnswer(line: Line, answer: Answer, nowMs: number): Line {
  if (isLineOpen(line)) return afterAwaitedAnswer(line, answer, nowMs);
  if (isTakenBack(line)) return afterAnswerTooLate(line, answer, nowMs);
  const isLate = OPENED_BY_LATE_DELIVERY.has(line.status) && answer.kind === 'fulfilled';
  return isLate ? { ...line, status: 'revoking', takenBackFrom: line.status, startedAtMs: line.startedAtMs ?? nowMs } : line;
}

function afterAwaitedAnswer(line: Line, answer: Answer, nowMs: number): Line {
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

/** A line that is being taken back: it is worth knowing whether it was begun at all. */
function afterAnswerTooLate(line: Line, answer: Answer, nowMs: number): Line {
  const wasOpen = line.takenBackFrom === 'pending' || line.takenBackFrom === 'in_progress';
  if (!wasOpen) return line;
  if (answer.kind === 'failed') return moved({ ...settledFrom(line), reason: answer.reason }, 'failed');
  const untouched = answer.kind === 'unknown' && answer.nothingDone === true;
  return untouched || line.startedAtMs !== null ? line : { ...line, startedAtMs: nowMs };
}

function afterReturn(line: Line, returned: Returned): Line {
  const wasTold = line.takenBackFrom === 'fulfilled' || line.takenBackFrom === 'revoked';
  switch (returned.kind) {
    case 'unknown':
      return line;
    case 'revoked':
      if (line.takenBackFrom === 'failed') return moved({ ...settledFrom(line), reason: withMessage(LATE_DELIVERY, line.reason) }, 'failed');
      return moved(settledFrom(line), wasTold ? 'revoked' : 'cancelled');
    case 'refused': {
      const back: LineStatus = line.takenBackFrom === 'pending' || line.takenBackFrom === 'in_progress' ? 'in_progress' : 'fulfilled';
      return moved({ ...settledFrom(line), reason: withMessage(REVOKE_REFUSED, returned.reason) }, back);
    }
  }
}

function settledFrom({ takenBackFrom: _from, ...line }: Line): Line {
  return line;
}

const MESSAGE_CHARS = 200;

/** The provider's own reason stands in the message. One that is of this code already stays. */
function withMessage(code: string, own: Reason | undefined): Reason {
  if (own === undefined || own.code === code) return own ?? { code };
  return { code, message: (own.message === undefined ? own.code : `${own.code}: ${own.message}`).slice(0, MESSAGE_CHARS).toWellFormed() };
}

function moved(line: Line, to: LineStatus): Line {
  if (line.status !== to && LINE_STATES.step(line.status, to).kind !== 'move') throw new Error(`A line cannot move from ${line.status} to ${to}.`);
  return { ...line, status: to };
}

interface Wish {
  /** The whole of an open fulfillment is not wanted any more. */
  readonly calledOff?: boolean;
  readonly reason?: Reason;
}

function conclude(before: Fulfillment, lines: readonly Line[], nowMs: number, wish: Wish = {}): Settled {
  if (lines.every((line, index) => line === before.lines[index]) && wish.calledOff !== true) return { fulfillment: before, events: [] };
  const changed = lines.filter((line, index) => line !== before.lines[index]);
  return isOpen(before) ? concludeOpen(before, lines, changed, nowMs, wish) : concludeSettled(before, lines, changed, nowMs, wish);
}

function concludeOpen(before: Fulfillment, lines: readonly Line[], changed: readonly Line[], nowMs: number, { calledOff = false, reason }: Wish): Settled {
  const off = calledOff || before.status === 'cancelling';
  const status = statusOf(before, lines, off);
  const after: Fulfillment = { ...withStatus(before, status), lines, updatedAtMs: nowMs, ...(reason && { reason }), ...(status === 'failed' && { reason: reasonOf(lines) }) };
  const toldBefore = new Map(before.lines.map((line) => [line.lineId, line.takenBackFrom ?? line.status]));
  const settledNow = changed.filter((line) => (line.status === 'fulfilled' || line.status === 'failed') && toldBefore.get(line.lineId) !== line.status);
  // What is called off is told as a whole, when all of it is known.
  const single = off || settledNow.length === lines.length ? [] : settledNow;
  const events: NewEvent[] = single.map((line, index) => lineSettled(after, line, before.version + index + 1));
  if (!isOpen(after)) events.push(ended(after, before.version + events.length + 1));
  return { fulfillment: { ...after, version: before.version + events.length, ...(isOpen(after) ? {} : { nextCheckAtMs: null }) }, events };
}

/** A line is told of again when it had been delivered as far as the client knows, or has turned out to be; a late delivery that was taken back, once. */
function concludeSettled(before: Fulfillment, lines: readonly Line[], changed: readonly Line[], nowMs: number, { reason }: Wish): Settled {
  const was = new Map(before.lines.map((line) => [line.lineId, line]));
  const news = changed.filter((line) => {
    const earlier = was.get(line.lineId);
    const from = earlier?.takenBackFrom ?? earlier?.status;
    const isLate = line.status === 'failed' && line.reason?.code === LATE_DELIVERY && earlier?.reason?.code !== LATE_DELIVERY;
    return line.status === 'fulfilled' || isLate || (line.status === 'revoked' && from === 'fulfilled');
  });
  const awaited = lines.some((line) => isTakenBack(line) && line.takenBackFrom === 'fulfilled');
  const wasDelivered = before.status === 'completed' || before.status === 'partial';
  const allBack = wasDelivered && !awaited && lines.every((line) => line.status !== 'fulfilled');
  const after: Fulfillment = { ...withStatus(before, allBack ? 'revoked' : before.status), lines, updatedAtMs: nowMs, ...(reason && { reason }) };
  if (news.length === 0 || awaited) return { fulfillment: after, events: [] };
  return { fulfillment: { ...after, version: before.version + 1 }, events: [revoked(after, reasonOfRevocation(after, news), before.version + 1)] };
}

/** The client's own, unless the service has acted by itself. */
function reasonOfRevocation({ reason }: Fulfillment, news: readonly Line[]): Reason {
  return news.every((line) => line.reason?.code === LATE_DELIVERY) ? { code: LATE_DELIVERY } : (reason ?? { code: 'revoked' });
}

function withStatus(fulfillment: Fulfillment, status: FulfillmentStatus): Fulfillment {
  if (fulfillment.status === status) return fulfillment;
  return { ...fulfillment, status: nextStatus(fulfillment.status, status) };
}

function statusOf(before: Fulfillment, lines: readonly Line[], calledOff: boolean): FulfillmentStatus {
  if (lines.some((line) => isLineOpen(line) || isTakenBack(line))) return openStatusOf(before, lines, calledOff);
  const fulfilled = lines.filter((line) => line.status === 'fulfilled');
  if (fulfilled.length > 0) return fulfilled.length === lines.length ? 'completed' : 'partial';
  return calledOff || lines.every((line) => line.status !== 'failed') ? 'cancelled' : 'failed';
}

function openStatusOf({ status }: Fulfillment, lines: readonly Line[], calledOff: boolean): FulfillmentStatus {
  if (calledOff) return 'cancelling';
  if (status !== 'accepted') return status;
  return lines.every((line) => line.status === 'pending' || line.status === 'cancelled') ? 'accepted' : 'in_progress';
}

/** The one reason of all lines, or that there are several. */
function reasonOf(lines: readonly Line[]): { code: string } {
  const codes = new Set(lines.map((line) => line.reason?.code));
  const [only] = codes;
  return { code: codes.size === 1 && only !== undefined ? only : 'all_lines_failed' };
}
