/**
 * What a fulfillment is: one request of one client for the lines of one order, and what became of each line.
 *
 * Several fulfillments may name the same order (another client, another key). The log's subject is the order id, in both
 * services, so the state that is kept per subject is the list of all open fulfillments of that order; each has its own
 * version, and nothing that happens to one touches another. A settled one is not loaded again: what comes late for it is
 * stale.
 */
import type { FulfillmentOfLine, KeptAnswer, Providers, Reason, Tracking } from '../providers/provider.ts';
import { createMachine } from '@commerce/service-kit/state-table';

export const FULFILLMENT_STATUSES = ['accepted', 'in_progress', 'completed', 'partial', 'failed'] as const;
export type FulfillmentStatus = (typeof FULFILLMENT_STATUSES)[number];

/** Checked when this file is loaded: an unknown, unreachable or dead-end state stops the start. A move is named by where it goes. */
export const FULFILLMENT_STATES = createMachine<FulfillmentStatus, FulfillmentStatus>({
  name: 'of a fulfillment',
  initial: 'accepted',
  states: {
    accepted: { meaning: 'no provider has begun', terminal: false },
    in_progress: { meaning: 'at least one provider has begun, not all lines have their outcome', terminal: false },
    completed: { meaning: 'every line was fulfilled', terminal: true },
    partial: { meaning: 'some lines were fulfilled', terminal: true },
    failed: { meaning: 'no line was fulfilled', terminal: true },
  },
  transitions: moves<FulfillmentStatus>({ accepted: ['in_progress', 'completed', 'partial', 'failed'], in_progress: ['completed', 'partial', 'failed'] }),
});

export const LINE_STATUSES = ['pending', 'in_progress', 'fulfilled', 'failed'] as const;
export type LineStatus = (typeof LINE_STATUSES)[number];

export const LINE_STATES = createMachine<LineStatus, LineStatus>({
  name: 'of a line',
  initial: 'pending',
  states: {
    pending: { meaning: 'its provider has not answered yet', terminal: false },
    in_progress: { meaning: 'its provider works on it', terminal: false },
    fulfilled: { meaning: 'delivered', terminal: true },
    failed: { meaning: 'refused by its provider for good, or overtaken by the deadline', terminal: true },
  },
  transitions: moves<LineStatus>({ pending: ['in_progress', 'fulfilled', 'failed'], in_progress: ['fulfilled', 'failed'] }),
});

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
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** From then on nothing new is begun, Unix milliseconds; null for no deadline. */
  readonly notAfterMs: number | null;
  readonly metadata?: object;
  readonly lines: readonly Line[];
  readonly reason?: Reason;
  /** How often the remote providers were asked again. */
  readonly checks: number;
  /** When they are asked again, Unix milliseconds; null when nothing is open there, or a run is under way. */
  readonly nextCheckAtMs: number | null;
}

/** What is kept per subject: the open fulfillments of one order. */
export type FulfillmentsOfOrder = readonly Fulfillment[];

/** An order without open fulfillments. */
export const NONE_OPEN: FulfillmentsOfOrder = [];

export function isOpen(fulfillment: Fulfillment): boolean {
  return !FULFILLMENT_STATES.isTerminal(fulfillment.status);
}

export function isLineOpen(line: Line): boolean {
  return !LINE_STATES.isTerminal(line.status);
}

export function isRemote(providers: Providers, line: Line): boolean {
  return providers.get(line.provider)?.place === 'remote';
}

/** Open lines that only a remote provider can tell about. */
export function openRemoteLines(providers: Providers, fulfillment: Fulfillment): Line[] {
  return fulfillment.lines.filter((line) => isLineOpen(line) && isRemote(providers, line));
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
    const withdrawn = line.status === 'failed' && was?.status === 'in_progress';
    return [
      ...(started ? [{ fulfillment: after, line, step: 'started' as const }] : []),
      ...(fulfilled ? [{ fulfillment: after, line, step: 'fulfilled' as const }] : []),
      ...(withdrawn ? [{ fulfillment: after, line, step: 'withdrawn' as const }] : []),
    ];
  });
}
