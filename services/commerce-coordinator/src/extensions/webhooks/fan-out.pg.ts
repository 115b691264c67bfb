/**
 * Writes what the fan-out has planned: bytes once for an event, and a row for each endpoint, in the transaction that moves the cursor.
 *
 * A delivery is written leased when this process has room for it, and handed over once it is committed: nobody has to look for it.
 * A process that dies between the two has leased what it never got: these come again when it is seen to be gone.
 */
import type { StateChange, StateStore, Tx } from '@commerce/event-log/extension';
import { jsonArray, jsonElements, plainArray } from '@commerce/event-log/arrays';
import { run } from '@commerce/event-log/statement';
import { together } from '@commerce/event-log/transaction';
import { uuid7 } from '@commerce/events/uuid7';
import type { FannedOut, Planned } from './fan-out.ts';
import type { Dispatcher } from './delivery/dispatcher.ts';
import type { Lease } from './delivery/lease.ts';
import type { Registry } from './delivery/registry.ts';

/** The rows of orders, for whoever decides without deliveries. */
export const ordersStore: StateStore<FannedOut> = {
  load: (tx, subjects) => loadOrders(tx, subjects),
  save: (tx, changes) => saveOrders(tx, changes),
};

export interface FanOutParts {
  readonly registry: Registry;
  /** Undefined where nothing is delivered from: all is written to be claimed. */
  readonly dispatcher: Dispatcher | undefined;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
}

export function fanOutStore({ registry, dispatcher, nowMs }: FanOutParts): StateStore<FannedOut> {
  const leased = new WeakMap<FannedOut, readonly Lease[]>();
  const waiting = new WeakMap<FannedOut, readonly string[]>();
  return {
    async load(tx, subjects) {
      const [orders] = await Promise.all([loadOrders(tx, subjects), registry.refresh(tx)]);
      return orders;
    },

    async save(tx, changes) {
      const statements = [saveOrders(tx, changes)];
      const written = changes.filter(({ after }) => after.planned.length > 0);
      if (written.length > 0) {
        const room = dispatcher?.room();
        const rows = written.flatMap(({ after }) => {
          const all = after.planned.flatMap((planned) => planned.to.map((known): Row => rowOf(planned, known, !planned.isReplay && (room?.take(known, planned.body.length) ?? false), nowMs())));
          leased.set(after, all.filter(({ state }) => state === 'leased').map(leaseOf));
          waiting.set(after, all.filter(({ state }) => state === 'ready').map(({ known }) => known.endpoint.endpointId));
          return all;
        });
        statements.push(writeDeliveries(tx, written.flatMap(({ after }) => after.planned), rows, dispatcher?.holder ?? null));
      }
      await together(statements);
    },

    saved(changes) {
      if (dispatcher === undefined) return;
      for (const { after } of changes) {
        dispatcher.deliver(leased.get(after) ?? []);
        dispatcher.due(waiting.get(after) ?? []);
      }
    },
  };
}

/** The same for what no event of the log tells: all of it is claimed when the caller's transaction is committed. */
export async function writeUnleased(tx: Tx, planned: readonly Planned[], nowMs: number): Promise<void> {
  if (planned.length > 0) await writeDeliveries(tx, planned, planned.flatMap((one) => one.to.map((known) => rowOf(one, known, false, nowMs))), null);
}

interface Row {
  readonly deliveryId: string;
  readonly planned: Planned;
  readonly known: Planned['to'][number];
  readonly state: 'leased' | 'ready' | 'held';
}

function rowOf(planned: Planned, known: Row['known'], isTaken: boolean, nowMs: number): Row {
  const state = known.endpoint.status === 'disabled' ? 'held' : isTaken ? 'leased' : 'ready';
  return { deliveryId: uuid7(nowMs), planned, known, state };
}

function leaseOf({ deliveryId, planned, known }: Row): Lease {
  return { deliveryId, endpointId: known.endpoint.endpointId, eventId: planned.eventId, name: planned.name, attempt: 0, attemptsBefore: 0, body: Buffer.from(planned.body) };
}

async function loadOrders(tx: Tx, subjects: readonly string[]): Promise<Map<string, FannedOut>> {
  const { rows } = await run(tx, 'SELECT order_id, sequence, state FROM webhook_orders WHERE order_id = ANY ($1::text[])', [subjects]);
  return new Map(rows.map(({ order_id: id, sequence, state }): [string, FannedOut] => [id, { order: { sequence, facts: state }, planned: [] }]));
}

async function saveOrders(tx: Tx, changes: readonly StateChange<FannedOut>[]): Promise<void> {
  const orders = changes.flatMap(({ subject, before, after }) => (after.order === undefined || after.order === before?.order ? [] : [{ subject, ...after.order }]));
  if (orders.length === 0) return;
  await run(tx,
    `INSERT INTO webhook_orders (order_id, sequence, state) SELECT * FROM unnest($1::text[], $2::integer[], ${jsonElements('$3')})
     ON CONFLICT (order_id) DO UPDATE SET sequence = excluded.sequence, state = excluded.state`,
    [orders.map(({ subject }) => subject), plainArray(orders.map(({ sequence }) => sequence)), jsonArray(orders.map(({ facts }) => JSON.stringify(facts)))],
  );
}

async function writeDeliveries(tx: Tx, messages: readonly Planned[], rows: readonly Row[], holder: string | null): Promise<void> {
  const places = new Map(messages.map((message, at) => [message, at + 1]));
  await run(tx,
    `WITH m AS MATERIALIZED (
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], string_to_array($4::text, chr(30))) WITH ORDINALITY AS m(event_id, name, subject, body, at)
     ), bytes AS (
       INSERT INTO webhook_messages (event_id, name, subject, body) SELECT event_id, name, subject, convert_to(body, 'UTF8') FROM m ON CONFLICT (event_id) DO NOTHING
     )
     INSERT INTO webhook_deliveries (delivery_id, endpoint_id, event_id, name, subject, state, ordered, lease_holder, due_at)
     SELECT d.delivery_id, d.endpoint_id, m.event_id, m.name, m.subject, d.state, d.ordered, CASE WHEN d.state = 'leased' THEN $9::uuid END, clock_timestamp()
     FROM unnest($5::uuid[], $6::uuid[], $7::integer[], $8::text[], $10::boolean[]) WITH ORDINALITY AS d(delivery_id, endpoint_id, message, state, ordered, at) JOIN m ON m.at = d.message
     ORDER BY d.at ON CONFLICT DO NOTHING`,
    [
      plainArray(messages.map(({ eventId }) => eventId)), messages.map(({ name }) => name), messages.map(({ subject }) => subject), jsonArray(messages.map(({ body }) => body)),
      plainArray(rows.map(({ deliveryId }) => deliveryId)), plainArray(rows.map(({ known }) => known.endpoint.endpointId)), plainArray(rows.map(({ planned }) => places.get(planned) ?? 0)),
      plainArray(rows.map(({ state }) => state)), holder, plainArray(rows.map(({ known }) => (known.endpoint.ordered ? 't' : 'f'))),
    ],
  );
}
