/**
 * What a fulfillment is: one request of one client for the lines of one order, and what became of each line.
 *
 * Several fulfillments may name the same order (another key, another client). The log's subject here is a client and an order, so
 * the state that is kept per subject is the list of all active fulfillments of one client for that order; each has its own
 * version, and nothing that happens to one touches another. A client can have only so many open ones. Active is what is open, has a line that is being taken back, or is
 * being asked about. One that is not is loaded again only for what names it: a command, or an outcome that comes late.
 */
import type { FulfillmentOfLine, KeptAnswer, Providers, Reason, Tracking } from '../providers/provider.ts';
import { createMachine } from '@commerce/service-kit/state-table';

export const FULFILLMENT_STATUSES = ['scheduled', 'on_hold', 'accepted', 'in_progress', 'cancelling', 'completed', 'partial', 'failed', 'cancelled', 'revoked'] as const;
export type FulfillmentStatus = (typeof FULFILLMENT_STATUSES)[number];

/**
 * Checked when this file is loaded: an unknown, unreachable or dead-end state stops the start. A move is named by where it goes.
 * A request without a start time begins as `accepted`.
 */
export const FULFILLMENT_STATES = createMachine<FulfillmentStatus, FulfillmentStatus>({
  name: 'of a fulfillment',
  initial: 'scheduled',
  states: {
    scheduled: { meaning: 'nothing is begun before its start time', terminal: false },
    on_hold: { meaning: 'nothing is begun until the client releases it', terminal: false },
    accepted: { meaning: 'no provider has begun', terminal: false },
    in_progress: { meaning: 'at least one provider has begun, not all lines have their outcome', terminal: false },
    cancelling: { meaning: 'called off; a provider must still tell of a line', terminal: false },
    completed: { meaning: 'every line was fulfilled', terminal: false },
    partial: { meaning: 'some lines were fulfilled', terminal: false },
    failed: { meaning: 'no line was fulfilled', terminal: true },
    cancelled: { meaning: 'called off before it was complete; no line is delivered', terminal: true },
    revoked: { meaning: 'every line that had been delivered was taken back', terminal: true },
  },
  transitions: moves<FulfillmentStatus>({
    scheduled: ['accepted', 'on_hold', 'failed', 'cancelled'],
    on_hold: ['scheduled', 'accepted', 'failed', 'cancelled'],
    accepted: ['on_hold', 'in_progress', 'cancelling', 'completed', 'partial', 'failed', 'cancelled'],
    in_progress: ['cancelling', 'completed', 'partial', 'failed', 'cancelled'],
    cancelling: ['completed', 'partial', 'cancelled'],
    completed: ['revoked'],
    partial: ['revoked'],
  }),
});

/** The status that it moves to. Throws when it cannot. */
export function nextStatus(from: FulfillmentStatus, to: FulfillmentStatus): FulfillmentStatus {
  if (FULFILLMENT_STATES.step(from, to).kind !== 'move') throw new Error(`A fulfillment cannot move from ${from} to ${to}.`);
  return to;
}

export const LINE_STATUSES = ['pending', 'in_progress', 'fulfilled', 'failed', 'cancelled', 'revoking', 'revoked'] as const;
export type LineStatus = (typeof LINE_STATUSES)[number];

export const LINE_STATES = createMachine<LineStatus, LineStatus>({
  name: 'of a line',
  initial: 'pending',
  states: {
    pending: { meaning: 'its provider has not answered yet', terminal: false },
    in_progress: { meaning: 'its provider works on it', terminal: false },
    fulfilled: { meaning: 'delivered', terminal: false },
    failed: { meaning: 'refused by its provider for good, or overtaken by the deadline', terminal: true },
    cancelled: { meaning: 'withdrawn before it was delivered', terminal: true },
    revoking: { meaning: 'its provider is asked to take it back, whatever had become of it', terminal: false },
    revoked: { meaning: 'delivered, and taken back', terminal: true },
  },
  transitions: moves<LineStatus>({
    pending: ['in_progress', 'fulfilled', 'failed', 'cancelled', 'revoking'],
    in_progress: ['fulfilled', 'failed', 'cancelled', 'revoking'],
    fulfilled: ['revoking', 'revoked'],
    // A provider may refuse: then the line is again what it was, or what it turned out to be.
    revoking: ['cancelled', 'revoked', 'fulfilled', 'in_progress', 'failed'],
  }),
});

/** Ends that one thing opens once more: told as delivered all the same, too late, the line is `revoking`, and is then what it was. */
export const OPENED_BY_LATE_DELIVERY: ReadonlySet<LineStatus> = new Set(['failed', 'cancelled', 'revoked']);

function moves<State extends string>(table: Partial<Record<State, readonly State[]>>): { from: State; on: State; to: State }[] {
  return (Object.entries(table) as [State, readonly State[]][]).flatMap(([from, targets]) => targets.map((to) => ({ from, on: to, to })));
}

export interface Line {
  readonly lineId: string;
  readonly sku: string;
  readonly quantity: number;
  readonly kind?: string;
  readonly details?: object;
  readonly provider: string;
  readonly status: LineStatus;
  /** When its provider was first asked for it, so that it may have begun; Unix milliseconds, null before. */
  readonly startedAtMs: number | null;
  /** When a local provider is asked again, Unix milliseconds; null when it need not be. */
  readonly dueAtMs: number | null;
  /** What it was when it began to be taken back; there while it is `revoking`. */
  readonly takenBackFrom?: LineStatus;
  readonly reason?: Reason;
  readonly reference?: string;
  readonly tracking?: Tracking;
}

export interface Customer {
  readonly id: string;
  readonly email?: string;
  readonly name?: string;
}

export interface Fulfillment extends FulfillmentOfLine {
  readonly orderNumber: number;
  readonly customer: Customer;
  readonly status: FulfillmentStatus;
  /** Sequence of its last event. */
  readonly version: number;
  /** The latest version that its client has said to know; null before. */
  readonly acknowledgedVersion: number | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Nothing is begun before, Unix milliseconds; null for at once. */
  readonly startAtMs: number | null;
  /** From then on nothing new is begun, Unix milliseconds; null for no deadline. */
  readonly notAfterMs: number | null;
  readonly metadata?: object;
  readonly lines: readonly Line[];
  readonly reason?: Reason;
  /** Number of the latest run at the remote providers; that of the acceptance is 0. Each one after it doubles the wait. */
  readonly checks: number;
  /** The run `checks` is under way, or about to begin: what it asks for is not known before its end. */
  readonly asking: boolean;
  /** When the remote providers are asked again, Unix milliseconds; null when nothing is open there, or a run is under way. */
  readonly nextCheckAtMs: number | null;
}

/**
 * Open ones of a client for one order: every change loads them all, so that the cost of many would grow with their square.
 */
export const MAX_OPEN_OF_ORDER = 20;

/** What is kept per subject: the active fulfillments of one client's order, and those that were loaded because they were named. */
export type FulfillmentsOfOrder = readonly Fulfillment[];

/** An order without active fulfillments. */
export const NONE_ACTIVE: FulfillmentsOfOrder = [];

const SETTLED: ReadonlySet<FulfillmentStatus> = new Set(['completed', 'partial', 'failed', 'cancelled', 'revoked']);
const WAITING: ReadonlySet<FulfillmentStatus> = new Set(['scheduled', 'on_hold']);

/** It has no outcome yet. */
export function isOpen({ status }: Fulfillment): boolean {
  return !SETTLED.has(status);
}

/** It waits for its time or for its client: nothing is begun. */
export function isWaiting({ status }: Fulfillment): boolean {
  return WAITING.has(status);
}

export function isActive(fulfillment: Fulfillment): boolean {
  return isOpen(fulfillment) || fulfillment.asking || fulfillment.lines.some(isTakenBack);
}

export function isLineOpen({ status }: Line): boolean {
  return status === 'pending' || status === 'in_progress';
}

export function isTakenBack({ status }: Line): boolean {
  return status === 'revoking';
}

/** Its provider has refused to take it back, for good. */
export function isKeptByProvider({ reason }: Line): boolean {
  return reason?.code === REVOKE_REFUSED;
}

export const REVOKE_REFUSED = 'revoke_refused';
/** Of a line that had failed for good, was delivered all the same, and was taken back. */
export const LATE_DELIVERY = 'late_delivery_taken_back';

/** One that this version does not know is none of its own: only a remote one may be new or gone. */
export function isRemote(providers: Providers, line: Line): boolean {
  return providers.get(line.provider)?.place !== 'local';
}

/** Open lines that only a remote provider can tell about. */
export function openRemoteLines(providers: Providers, fulfillment: Fulfillment): Line[] {
  return isWaiting(fulfillment) ? [] : fulfillment.lines.filter((line) => isLineOpen(line) && isRemote(providers, line));
}

/** The remote providers must be asked: for an outcome, or to take a line back. */
export function hasRemoteWork(providers: Providers, fulfillment: Fulfillment): boolean {
  return openRemoteLines(providers, fulfillment).length > 0 || fulfillment.lines.some(isTakenBack);
}

export function isPastDeadline({ notAfterMs }: Fulfillment, nowMs: number): boolean {
  return notAfterMs !== null && notAfterMs <= nowMs;
}

/** The lines that moved on between two states of one fulfillment, for their providers to write down. */
export function keptAnswers(before: Fulfillment | undefined, after: Fulfillment): KeptAnswer[] {
  if (before?.lines === after.lines) return [];
  const earlier = new Map(before?.lines.map((line) => [line.lineId, line]));
  return after.lines.flatMap((line): KeptAnswer[] => {
    const was = earlier.get(line.lineId);
    const started = line.startedAtMs !== null && (was?.startedAtMs ?? null) === null;
    const fulfilled = line.status === 'fulfilled' && was?.status !== 'fulfilled';
    const withdrawn = (line.status === 'failed' || line.status === 'cancelled') && was?.status === 'in_progress';
    const revoked = line.status === 'revoked' && was?.status === 'fulfilled';
    return [
      ...(started ? [{ fulfillment: after, line, step: 'started' as const }] : []),
      ...(fulfilled ? [{ fulfillment: after, line, step: 'fulfilled' as const }] : []),
      ...(withdrawn ? [{ fulfillment: after, line, step: 'withdrawn' as const }] : []),
      ...(revoked ? [{ fulfillment: after, line, step: 'revoked' as const }] : []),
    ];
  });
}

/** Lines that nobody else may ask for meanwhile: requested, delivered, or not yet taken back. */
export function heldLines(fulfillment: Fulfillment): string[] {
  return fulfillment.lines.filter(({ status }) => status !== 'failed' && status !== 'cancelled' && status !== 'revoked').map(({ lineId }) => lineId);
}
