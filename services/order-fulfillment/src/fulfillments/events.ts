/** The events of a fulfillment, made from its state. */
import type { DataOf, EventEntry } from '@commerce/events/catalogue';
import { AuditRecorded, ENTRIES } from '@commerce/events/entries';
import type {
  FulfillmentAccepted, FulfillmentCancelled, FulfillmentCompleted, FulfillmentFailed, FulfillmentHeld, FulfillmentLineSettled, FulfillmentReleased, FulfillmentRevoked,
} from '@commerce/events/entries';
import { FULFILLING_OWN_ENTRIES, FulfillmentCheckDue } from '@commerce/events/entries/fulfilling';
import type { NewEvent } from '@commerce/event-log/event';
import type { Reason } from '../providers/provider.ts';
import type { Fulfillment, Line } from './fulfillment.ts';
import { subjectOf } from './subject.ts';

/** `source` of every event of this service. */
export const SOURCE = 'order-fulfillment';

/** The entries of this service's log: those of everybody, with its own subject, and what is not published. */
export const LOG_ENTRIES: readonly EventEntry[] = ([...ENTRIES, ...FULFILLING_OWN_ENTRIES] as unknown as EventEntry[]).map(withOwnSubject);

function withOwnSubject(entry: EventEntry): EventEntry {
  return {
    ...entry,
    subject: (data) => {
      const { clientId, orderId } = data as { clientId?: unknown; orderId?: unknown };
      return typeof clientId === 'string' && typeof orderId === 'string' ? subjectOf(clientId, orderId) : entry.subject(data);
    },
  };
}

/** Types that stay in this service's log. What its administrators do is none of its clients' business, and they read the bus. */
export const UNPUBLISHED_TYPES: ReadonlySet<string> = new Set([FulfillmentCheckDue.type, AuditRecorded.type]);

export function accepted(fulfillment: Fulfillment, sequence: number): NewEvent {
  const lines = fulfillment.lines.map(({ lineId, sku, quantity, provider }) => ({ lineId, sku, quantity, provider }));
  const data: DataOf<typeof FulfillmentAccepted> = { ...ids(fulfillment), orderNumber: fulfillment.orderNumber, lines };
  return { type: 'FulfillmentAccepted', data, sequence };
}

export function held(fulfillment: Fulfillment, reason: Reason, sequence: number): NewEvent {
  const data: DataOf<typeof FulfillmentHeld> = { ...ids(fulfillment), reason };
  return { type: 'FulfillmentHeld', data, sequence };
}

export function released(fulfillment: Fulfillment, from: 'on_hold' | 'scheduled', sequence: number): NewEvent {
  const data: DataOf<typeof FulfillmentReleased> = { ...ids(fulfillment), from };
  return { type: 'FulfillmentReleased', data, sequence };
}

export function lineSettled(fulfillment: Fulfillment, line: Line, sequence: number): NewEvent {
  const data: DataOf<typeof FulfillmentLineSettled> = { ...ids(fulfillment), line: outcomeOf(line) };
  return { type: 'FulfillmentLineSettled', data, sequence };
}

/** The event that ends a fulfillment, by its status. */
export function ended(fulfillment: Fulfillment, sequence: number): NewEvent {
  if (fulfillment.status === 'cancelled') {
    const data: DataOf<typeof FulfillmentCancelled> = { ...ids(fulfillment), reason: fulfillment.reason ?? { code: 'cancelled' }, lines: fulfillment.lines.map(endOf) };
    return { type: 'FulfillmentCancelled', data, sequence };
  }
  const lines = fulfillment.lines.map(outcomeOf);
  if (fulfillment.status === 'completed' || fulfillment.status === 'partial') {
    const data: DataOf<typeof FulfillmentCompleted> = { ...ids(fulfillment), status: fulfillment.status, lines };
    return { type: 'FulfillmentCompleted', data, sequence };
  }
  const data: DataOf<typeof FulfillmentFailed> = { ...ids(fulfillment), reason: fulfillment.reason ?? { code: 'all_lines_failed' }, lines };
  return { type: 'FulfillmentFailed', data, sequence };
}

/** What is true of every line after some were taken back, or could not be. */
export function revoked(fulfillment: Fulfillment, reason: Reason, sequence: number): NewEvent {
  const data: DataOf<typeof FulfillmentRevoked> = { ...ids(fulfillment), reason, lines: fulfillment.lines.map(endOf) };
  return { type: 'FulfillmentRevoked', data, sequence };
}

/** Carries no sequence: it tells nobody about the fulfillment. */
export function checkDue(fulfillment: Fulfillment): NewEvent {
  const data: DataOf<typeof FulfillmentCheckDue> = { ...ids(fulfillment), check: fulfillment.checks };
  return { type: FulfillmentCheckDue.type, data };
}

function ids({ fulfillmentId, clientId, orderId }: Fulfillment): { fulfillmentId: string; clientId: string; orderId: string } {
  return { fulfillmentId, clientId, orderId };
}

type LineOutcome = DataOf<typeof FulfillmentLineSettled>['line'];
type LineEnd = DataOf<typeof FulfillmentCancelled>['lines'][number];

/** Fulfilled or not. A line that was withdrawn or taken back is not, and its reason says so. */
function outcomeOf(line: Line): LineOutcome {
  const { status, ...end } = endOf(line);
  if (status === 'fulfilled' || status === 'failed') return { ...end, status };
  return { ...end, status: 'failed', reason: { code: status } };
}

function endOf(line: Line): LineEnd {
  const { lineId, sku, quantity, provider, reason, reference, tracking } = line;
  const status = line.status === 'revoking' ? line.takenBackFrom : line.status;
  if (status !== 'fulfilled' && status !== 'failed' && status !== 'cancelled' && status !== 'revoked') throw new Error(`The line ${lineId} has no outcome yet.`);
  return { lineId, sku, quantity, provider, status, ...(reason && { reason }), ...(reference && { reference }), ...(tracking && { tracking }) };
}
