/**
 * The row of an order from its events: what the log tells of it, and nothing else. Pure.
 *
 * Promise: folded over the events of an order in their order, it gives the row that its decisions have written, column by column.
 * An event that is folded again, or that tells of no order of its own, changes nothing. An order whose beginning the log does not tell
 * (it was placed before changes were told, or its first event is past its retention), or of which a change is missing, has no row here. How an order is paid is a
 * secret and stands in no event: `CARRIED`.
 */
import type { StoredEvent } from '@commerce/event-log/event';
import type { DataOf } from '@commerce/events/catalogue';
import type { OrderCreated } from '@commerce/events/entries';
import { ERASED } from '@commerce/events/personal';
import type { OrderChanges } from './changes.ts';

/** The columns that the log tells, by name: JSON as it is, bytes as PostgreSQL reads them, anything else as text or number. */
export interface OrderRow {
  readonly order_id: string;
  readonly order_number: number | string;
  readonly client_id: string;
  readonly idempotency_key: string;
  readonly request_hash: string;
  readonly customer_id: string;
  readonly currency: string;
  readonly freight: string;
  readonly total: string;
  readonly lines: unknown;
  readonly ship_to: unknown;
  readonly metadata: unknown;
  readonly created_at: string;
  readonly status: string;
  readonly version: number;
  readonly fulfillment_id: string | null;
  readonly outcomes: unknown;
  readonly reason: unknown;
  readonly updated_at: string;
  readonly held_from: string | null;
  readonly stock: string;
  readonly money: string;
  readonly delivery: string;
  readonly refund_lines: unknown;
  readonly overdue: number;
  readonly status_since: string | null;
}

/** Columns that no event tells: they are taken from the live row. */
export const CARRIED = ['payment_method'] as const;

const COLUMN_OF = {
  status: 'status', heldFrom: 'held_from', version: 'version', stock: 'stock', money: 'money', delivery: 'delivery', fulfillmentId: 'fulfillment_id', outcomes: 'outcomes', reason: 'reason',
  refundLines: 'refund_lines', overdue: 'overdue', updatedAt: 'updated_at', statusSince: 'status_since',
} as const satisfies Readonly<Record<keyof OrderChanges, keyof OrderRow>>;

/** What of an event the fold reads. */
type Told = Pick<StoredEvent, 'type' | 'data' | 'occurredAt'> & Partial<Pick<StoredEvent, 'source' | 'sequence'>>;

const SOURCE = 'order-service';

/**
 * The row after the event; itself when the event changes nothing of it, and undefined when a change before it is not told. A decision that is
 * told by several events takes a version for each: what it changes stands in the last.
 */
export function fold(row: OrderRow | undefined, event: Told): OrderRow | undefined {
  if (event.type === 'OrderCreated') return row ?? created(event.data as DataOf<typeof OrderCreated>, event.occurredAt);
  const { changes } = event.data as { readonly changes?: OrderChanges };
  if (row !== undefined && changes === undefined && event.source === SOURCE && event.sequence === row.version + 1) return { ...row, version: row.version + 1 };
  if (row === undefined || changes === undefined || changes.version <= row.version) return row;
  if (changes.version !== row.version + 1) return undefined;
  return { ...row, ...Object.fromEntries(Object.entries(changes).map(([name, value]) => [COLUMN_OF[name as keyof OrderChanges] ?? name, value])) };
}

/** As it was accepted. What is personal of it reads as absent once the customer is erased: the live row has lost it then, too. */
function created({ orderId, orderNumber, customerId, currency, lines, freight, total, shipTo, metadata, request }: DataOf<typeof OrderCreated>, at: string): OrderRow | undefined {
  if (request === undefined) return undefined;
  return {
    order_id: orderId, order_number: orderNumber, client_id: request.clientId, idempotency_key: request.idempotencyKey, request_hash: request.hash === ERASED ? '\\x' : `\\x${request.hash}`, customer_id: customerId,
    currency, freight, total, lines, ship_to: shipTo ?? null, metadata: metadata ?? null, created_at: at, status: 'created', version: 1, fulfillment_id: null, outcomes: null, reason: null,
    updated_at: at, held_from: null, stock: 'unknown', money: 'unknown', delivery: 'unknown', refund_lines: [], overdue: 0, status_since: null,
  };
}
