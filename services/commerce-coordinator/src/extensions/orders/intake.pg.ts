/**
 * The intake: orders that arrive together are written together, order and first events in one statement.
 *
 * Promise: the answer comes after the commit. One key is one order, however often and however concurrently it is sent; the
 * database's unique constraints judge, not this process. Refuses: nothing silently; a row that was not taken says why.
 */
import { jsonArray, plainArray, unnested } from '@commerce/event-log/arrays';
import type { NewEvent, Trigger } from '@commerce/event-log/event';
import { apply } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import { KEY_DESTROYED } from '@commerce/event-log/personal-schema';
import { createMicroBatcher } from '@commerce/event-log/micro-batcher';
import type { PreparedEvent } from '@commerce/event-log/prepare';
import { isSystemic, sqlState } from '@commerce/event-log/transaction';
import { run } from '@commerce/event-log/statement';
import type { Faults } from '@commerce/service-kit/ports';
import type { ExtensionDefinition } from '@commerce/signals/extension';
import { collectSent } from '@commerce/signals/sending';
import { repeatOf, requestHashOf } from './intake-repeats.ts';
import type { FirstPlacement } from './intake-repeats.ts';
import { checkoutInitiated, newOrder, orderCreated, paymentMethodOf, refuseWithoutMethod } from './new-order.ts';
import type { NewOrder } from './new-order.ts';
import type { OrderForm } from './order-form.ts';
import type { OrderNumbers } from './order-numbers.ts';
import type { PlacedOrderView } from './order-views.ts';
import { send } from './signals.ts';

/** A request to place an order. */
export interface Placement {
  readonly clientId: string;
  readonly idempotencyKey: string;
  readonly form: OrderForm;
  /** Without cause: a request began it. */
  readonly trigger: Omit<Trigger, 'causationId'>;
}

export type PlacementResult =
  | { readonly kind: 'placed' | 'replayed'; readonly order: PlacedOrderView }
  /** The key was used for another body. */
  | { readonly kind: 'key_reused' }
  /** Another order has the number that was asked for. */
  | { readonly kind: 'number_taken' };

export interface Intake {
  /** Throws `OrderRefused`, `NotStorable`, `EventTooLarge`, `Overloaded`. */
  place(placement: Placement): Promise<PlacementResult>;
}

export interface IntakeOptions {
  readonly log: EventLog;
  /** The extension that takes orders: its first events are sent with the row. */
  readonly definition: ExtensionDefinition;
  readonly numbers: OrderNumbers;
  readonly uuid: () => string;
  readonly nowMs: () => number;
  /** The service has no default way to pay. */
  readonly isMethodNeeded: boolean;
  /** Points where a test may end the process: `orders.asked` before a batch is written, `orders.committed` after its commit. */
  readonly faults: Pick<Faults, 'hit'>;
}

interface Row {
  readonly order: NewOrder;
  readonly clientId: string;
  readonly idempotencyKey: string;
  readonly requestHash: Buffer;
  readonly createdAt: string;
  readonly paymentMethod: object | undefined;
  readonly events: readonly PreparedEvent[];
}

/** The numbers that are given may have been asked for by name before: after so many such draws each further one is from a new block. */
const DRAWS_IN_BLOCK = 10;
/** Draws before a request gives up: almost a million numbers in a row are taken. */
const MAX_DRAWS = 1_000;
const DEADLOCK = '40P01';

export function createIntake({ log, definition, numbers, uuid, nowMs, isMethodNeeded, faults }: IntakeOptions): Intake {
  const batches = createMicroBatcher<Row, PlacementResult>({
    run: async (rows) => {
      await faults.hit('orders.asked');
      const results = await log.withKeys(() => writeRows(log, rows));
      await faults.hit('orders.committed');
      return results;
    },
    // Two batches that repeat each other's numbers in different orders can deadlock; row by row they cannot. And one customer who is erased again and again stops no other.
    isSystemic: (error) => isSystemic(error) && ![DEADLOCK, KEY_DESTROYED].includes(sqlState(error) ?? ''),
  });

  function rowOf({ clientId, idempotencyKey, form, trigger }: Placement, orderNumber: number, requestHash: Buffer): Row {
    const order = newOrder(uuid(), orderNumber, form);
    if (isMethodNeeded) refuseWithoutMethod(order, form);
    const begun = { ...trigger, causationId: null };
    const { events: [asked, placed] } = collectSent(definition, { nowMs: nowMs(), trigger: begun }, (context) => send(apply(undefined, [checkoutInitiated(order), orderCreated(order, { clientId, idempotencyKey, hash: requestHash.toString('hex') })]), context));
    const initiated = log.prepare(asked as NewEvent, definition.source, begun);
    const created = log.prepare(placed as NewEvent, definition.source, { ...trigger, causationId: initiated.eventId });
    // The row is of the time of its event.
    return { order, clientId, idempotencyKey, requestHash, createdAt: created.timestamp, paymentMethod: paymentMethodOf(form), events: [initiated, created] };
  }

  return {
    async place(placement) {
      const requestHash = requestHashOf(placement.form);
      let orderNumber = placement.form.orderNumber ?? (await numbers.next());
      for (let draws = 1; ; draws += 1) {
        const result = await batches.submit(rowOf(placement, orderNumber, requestHash));
        if (result.kind !== 'number_taken' || placement.form.orderNumber !== undefined) return result;
        if (draws === MAX_DRAWS) throw new Error(`${MAX_DRAWS} order numbers in a row are taken.`);
        orderNumber = await numbers.next(draws < DRAWS_IN_BLOCK ? undefined : orderNumber);
      }
    },
  };
}

/** Writes what is new, in one statement; then says of each row that was not, why. */
async function writeRows(log: EventLog, rows: readonly Row[]): Promise<PlacementResult[]> {
  // Sorted by the key that repeated requests have in common, so that two batches wait for each other in one direction only.
  const sorted = rows.toSorted((a, b) => compare(a.clientId, b.clientId) || compare(a.idempotencyKey, b.idempotencyKey));
  const insert = insertOrders(sorted);
  const events = log.insert(await log.protect(sorted.flatMap((row) => row.events)), insert.values.length + 1, 'WHERE e.subject IN (SELECT order_id FROM accepted)');
  const { rows: accepted } = await run(log.pool, 
    `WITH accepted AS (${insert.text}), appended AS (${events.text}) SELECT order_id FROM accepted`,
    [...insert.values, ...events.values],
  );
  if (accepted.length > 0) log.wake();
  const placed = new Set<string>(accepted.map((row) => row.order_id));
  const earlier = await readEarlier(log, rows.filter((row) => !placed.has(row.order.orderId)));
  return rows.map((row): PlacementResult => {
    if (placed.has(row.order.orderId)) return { kind: 'placed', order: placedOrder(row) };
    const repeat = repeatOf(earlier.get(keyOf(row.clientId, row.idempotencyKey)), row.requestHash);
    // Nothing is kept under its key, so it is its number that another order has.
    return repeat.kind === 'new' ? { kind: 'number_taken' } : repeat;
  });
}

function insertOrders(rows: readonly Row[]): { text: string; values: unknown[] } {
  const orders = rows.map((row) => row.order);
  return {
    text: `INSERT INTO orders (order_id, order_number, client_id, idempotency_key, request_hash, customer_id, currency, freight, total, lines, ship_to, metadata, created_at, payment_method, updated_at)
SELECT *, o.created_at FROM ${unnested(['text', 'bigint', 'text', 'text', 'bytea', 'text', 'text', 'numeric', 'numeric', 'jsonb', 'jsonb', 'jsonb', 'timestamptz', 'jsonb'])}
  AS o(order_id, order_number, client_id, idempotency_key, request_hash, customer_id, currency, freight, total, lines, ship_to, metadata, created_at, payment_method)
ON CONFLICT DO NOTHING RETURNING order_id`,
    values: [
      plainArray(orders.map((order) => order.orderId)), plainArray(orders.map((order) => order.orderNumber)), rows.map((row) => row.clientId),
      rows.map((row) => row.idempotencyKey), rows.map((row) => row.requestHash), orders.map((order) => order.customerId),
      plainArray(orders.map((order) => order.currency)), plainArray(orders.map((order) => order.freight)), plainArray(orders.map((order) => order.total)),
      jsonArray(orders.map((order) => JSON.stringify(order.lines))), jsonArray(orders.map((order) => json(order.shipTo))),
      jsonArray(orders.map((order) => json(order.metadata))), plainArray(rows.map((row) => row.createdAt)),
      jsonArray(rows.map((row) => json(row.paymentMethod))),
    ],
  };
}

async function readEarlier(log: EventLog, rows: readonly Row[]): Promise<Map<string, FirstPlacement>> {
  if (rows.length === 0) return new Map();
  const { rows: found } = await run(log.pool, 
    `SELECT o.client_id, o.idempotency_key, o.request_hash, o.order_id, o.order_number, o.customer_id, o.currency, o.total, o.created_at
     FROM orders o JOIN unnest($1::text[], $2::text[]) AS k(client_id, idempotency_key) USING (client_id, idempotency_key)`,
    [rows.map((row) => row.clientId), rows.map((row) => row.idempotencyKey)],
  );
  return new Map(found.map((row) => [keyOf(row.client_id, row.idempotency_key), {
    requestHash: row.request_hash,
    order: {
      orderId: row.order_id, orderNumber: Number(row.order_number), customerId: row.customer_id, status: 'created', currency: row.currency,
      total: row.total, createdAt: row.created_at.toISOString(),
    },
  }]));
}

function placedOrder({ order: { orderId, orderNumber, customerId, currency, total }, createdAt }: Row): PlacedOrderView {
  return { orderId, orderNumber, customerId, status: 'created', currency, total, createdAt };
}

function keyOf(clientId: string, idempotencyKey: string): string {
  return `${clientId}\n${idempotencyKey}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
