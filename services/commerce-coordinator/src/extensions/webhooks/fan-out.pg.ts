/**
 * Writes what the fan-out has planned: bytes once for an event, and a row for each endpoint, in the transaction that moves the cursor.
 *
 * A delivery is written leased when this process has room for it, and handed over once it is committed: nobody has to look for it.
 * A process that dies between the two has leased what it never got: these come again when it is seen to be gone. So do those of which it
 * never learned that they were committed; see delivery/lost-leases.ts.
 */
import type { StateChange, StateInput, StateStore, Tx } from '@commerce/event-log/extension';
import { readHandled } from '@commerce/event-log/handled';
import type { EventLog } from '@commerce/event-log/log';
import { jsonArray, jsonElements, plainArray } from '@commerce/event-log/arrays';
import { run } from '@commerce/event-log/statement';
import { sqlState } from '@commerce/event-log/transaction';
import { uuid7 } from '@commerce/events/uuid7';
import { FAN_OUT, UNHEARD, UNKNOWN } from './fan-out.ts';
import type { FannedOut, Planned } from './fan-out.ts';
import type { Dispatcher } from './delivery/dispatcher.ts';
import type { Lease, LeaseBatch } from './delivery/lease.ts';
import type { Registry } from './delivery/registry.ts';
import { caughtUp, missing } from './order-row.ts';

const UNIQUE_VIOLATION = '23505';
/** What refuses a message, or a delivery of it to the same endpoint, that is there already. */
const WRITTEN = new Set(['webhook_messages_pkey', 'webhook_deliveries_once']);
const LOOKS_MS = 60_000;

/** One of the messages of a batch is there already: no event's fault. The same is tried again, and what is there stays. */
export class WrittenAlready extends Error {
  override readonly name = 'WrittenAlready';
  /** SQLSTATE of what may succeed when it is tried again. */
  readonly code = '40001';
  constructor() {
    super('A message of this batch was written before: its event is handled again.');
  }
}

/** The rows of orders as they stand, for whoever decides without deliveries. */
export const ordersStore: StateStore<FannedOut> = {
  load: (tx, subjects) => readOrders(tx, subjects),
  save: (tx, changes) => saveOrders(tx, changes),
};

/** What rows are made of that are not kept. */
export interface OrderParts {
  readonly registry: Pick<Registry, 'isWanted' | 'refresh'>;
  readonly log: Pick<EventLog, 'catalogue' | 'clear'>;
}

export interface FanOutStoreParts extends OrderParts {
  readonly registry: Registry;
  /** Undefined where nothing is delivered from: all is written to be claimed. */
  readonly dispatcher: Dispatcher | undefined;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
}

export function fanOutStore({ registry, log, dispatcher, nowMs }: FanOutStoreParts): StateStore<FannedOut> {
  /** What was written of changes: for this process, and for whoever claims it. */
  const given = new WeakMap<readonly StateChange<FannedOut>[], { readonly leases: readonly Lease[]; readonly waiting: ReadonlySet<string> }>();
  /**
   * An event is handled once, so its message is new as a rule: not in a replay, not when an owner asked for it before the fan-out came to it, and not when it is
   * handled again for another reason. After one of these was met they are looked for.
   */
  let looksUntilMs = Number.NEGATIVE_INFINITY;
  const write = async (tx: Tx, messages: readonly Planned[], rows: readonly Row[], looks: boolean, leasing: Leasing): Promise<void> => {
    try {
      await writeDeliveries(tx, looks ? WRITE_MISSING : WRITE_NEW, messages, rows, leasing);
    } catch (error) {
      if (looks || !isWritten(error)) throw error;
      looksUntilMs = nowMs() + LOOKS_MS;
      throw new WrittenAlready();
    }
  };
  return {
    load: (tx, subjects, inputs) => loadOrders(tx, { registry, log }, subjects, inputs),

    async save(tx, changes) {
      const statements = [saveOrders(tx, changes)];
      const written = changes.filter(({ after }) => after.planned.length > 0);
      if (written.length > 0) {
        const now = nowMs();
        const messages = written.flatMap(({ after }) => after.planned);
        const looks = now < looksUntilMs || messages.some(({ isReplay }) => isReplay);
        // Which of them are written stands in the database only: they are claimed there, so that none is sent that has no row.
        const room = looks ? undefined : dispatcher?.room();
        const rows = messages.flatMap((planned, at) => {
          const size = Buffer.byteLength(planned.body);
          return planned.to.map((known): Row => rowOf(planned, at, known, room?.take(known, size) ?? false, now));
        });
        const leases = leasesOf(rows, uuid7(now));
        given.set(changes, { leases, waiting: new Set(rows.flatMap(({ state, known }) => (state === 'ready' ? known.endpoint.endpointId : []))) });
        statements.push(write(tx, messages, rows, looks, { holder: dispatcher?.holder, batchId: leases[0]?.batch.batchId }));
      }
      await Promise.all(statements);
    },
    isSentAtOnce: true,

    saved(changes) {
      const { leases = [], waiting = [] } = given.get(changes) ?? {};
      dispatcher?.deliver(leases);
      dispatcher?.due([...waiting]);
    },

    isFull: () => dispatcher?.hasEnough ?? false,
  };
}

function isWritten(error: unknown): boolean {
  return sqlState(error) === UNIQUE_VIOLATION && error instanceof Error && 'constraint' in error && WRITTEN.has(String(error.constraint));
}

/** The same for what no event of the log tells: all of it is claimed when the caller's transaction is committed. */
export async function writeUnleased(tx: Tx, planned: readonly Planned[], nowMs: number): Promise<void> {
  if (planned.length > 0) await writeDeliveries(tx, WRITE_MISSING, planned, planned.flatMap((one, at) => one.to.map((known) => rowOf(one, at, known, false, nowMs))));
}

interface Row {
  readonly deliveryId: string;
  readonly planned: Planned;
  /** Its place among the messages, from 1. */
  readonly message: number;
  readonly known: Planned['to'][number];
  readonly state: 'leased' | 'ready' | 'held';
}

function rowOf(planned: Planned, at: number, known: Row['known'], isTaken: boolean, nowMs: number): Row {
  const state = known.endpoint.status === 'disabled' ? 'held' : isTaken ? 'leased' : 'ready';
  return { deliveryId: uuid7(nowMs), planned, message: at + 1, known, state };
}

/** What is leased of these, as one batch. Those of one message share its bytes. */
function leasesOf(rows: readonly Row[], batchId: string): Lease[] {
  const leased = rows.filter(({ state }) => state === 'leased');
  const batch: LeaseBatch = { batchId, left: leased.length };
  const bodies = new Map<Planned, Buffer>();
  return leased.map(({ deliveryId, planned, known }) => {
    const body = bodies.get(planned) ?? Buffer.from(planned.body);
    bodies.set(planned, body);
    return { deliveryId, batch, claims: 0, endpointId: known.endpoint.endpointId, eventId: planned.eventId, name: planned.name, attempt: 0, attemptsBefore: 0, replayId: null, body, traceparent: planned.traceparent };
  });
}

/**
 * The rows of orders, with what they must have in them for these inputs: where somebody wants an event that is told with what came before
 * it, the row is made of the events that were handled. Takes in what has changed of the registrations.
 */
export async function loadOrders(tx: Tx, { registry, log }: OrderParts, subjects: readonly string[], inputs: readonly StateInput[] = []): Promise<Map<string, FannedOut>> {
  const [orders] = await Promise.all([readOrders(tx, subjects), registry.refresh(tx)]);
  const wanted = missing(inputs, (subject) => orders.get(subject)?.order, registry);
  if (wanted.size === 0) return orders;
  const handled = Map.groupBy(await readHandled(tx, log, FAN_OUT, wanted), ({ subject }) => subject);
  for (const subject of wanted.keys()) {
    const order = caughtUp(orders.get(subject)?.order, handled.get(subject) ?? []);
    orders.set(subject, order === undefined ? UNKNOWN : { ...UNHEARD, order });
  }
  return orders;
}

async function readOrders(tx: Tx, subjects: readonly string[]): Promise<Map<string, FannedOut>> {
  const { rows } = await run(tx, 'SELECT order_id, sequence, state, epoch, txid::text AS txid, position, is_behind FROM webhook_orders WHERE order_id = ANY ($1::text[])', [subjects]);
  return new Map(rows.map(({ order_id: id, sequence, state, epoch, txid, position, is_behind: isBehind }): [string, FannedOut] => [
    id, { ...UNHEARD, order: { sequence, facts: state, upTo: { epoch, txid: Number(txid), position: Number(position) }, isBehind } },
  ]));
}

async function saveOrders(tx: Tx, changes: readonly StateChange<FannedOut>[]): Promise<void> {
  const orders = changes.flatMap(({ subject, before, after }) => (after.order === undefined || after.order === before?.order ? [] : [{ subject, ...after.order }]));
  if (orders.length === 0) return;
  await run(tx,
    `INSERT INTO webhook_orders (order_id, sequence, state, epoch, txid, position, is_behind)
     SELECT * FROM unnest($1::text[], $2::integer[], ${jsonElements('$3')}, $4::integer[], $5::xid8[], $6::bigint[], $7::boolean[])
     ON CONFLICT (order_id) DO UPDATE SET sequence = excluded.sequence, state = excluded.state, epoch = excluded.epoch, txid = excluded.txid, position = excluded.position, is_behind = excluded.is_behind`,
    [
      orders.map(({ subject }) => subject), plainArray(orders.map(({ sequence }) => sequence)), jsonArray(orders.map(({ facts }) => JSON.stringify(facts))),
      plainArray(orders.map(({ upTo }) => upTo.epoch)), plainArray(orders.map(({ upTo }) => upTo.txid)), plainArray(orders.map(({ upTo }) => upTo.position)),
      plainArray(orders.map(({ isBehind }) => (isBehind ? 't' : 'f'))),
    ],
  );
}

/** Sets side by side in a select list, not tables: see `unnested`. */
const writing = (ofMessage: string, ofDelivery: string): string => `WITH m AS MATERIALIZED (
  SELECT * FROM (SELECT unnest($1::uuid[]), unnest($2::text[]), unnest($3::text[]), unnest(string_to_array($4::text, chr(30))), unnest($11::text[]), generate_subscripts($1::uuid[], 1)) AS m(event_id, name, subject, body, traceparent, at)
), bytes AS (
  INSERT INTO webhook_messages (event_id, name, subject, body, traceparent) SELECT event_id, name, subject, convert_to(body, 'UTF8'), traceparent FROM m ${ofMessage}
), batch AS (
  INSERT INTO webhook_lease_batches (batch_id, holder, delivery_ids) SELECT $12::uuid, $9::uuid, $13::uuid[] WHERE $12::uuid IS NOT NULL
)
INSERT INTO webhook_deliveries (delivery_id, endpoint_id, event_id, name, subject, state, ordered, lease_holder, due_at)
SELECT d.delivery_id, d.endpoint_id, m.event_id, m.name, m.subject, d.state, d.ordered, CASE WHEN d.state = 'leased' THEN $9::uuid END, clock_timestamp()
FROM (SELECT unnest($5::uuid[]), unnest($6::uuid[]), unnest($7::integer[]), unnest($8::text[]), unnest($10::boolean[]), generate_subscripts($5::uuid[], 1)) AS d(delivery_id, endpoint_id, message, state, ordered, at) JOIN m ON m.at = d.message
ORDER BY d.at ${ofDelivery}`;

/** Refused by the server when one of them is there. */
const WRITE_NEW = writing('', '');
/** What is written already stays. It costs a quarter more. A look for it would need a plan, and one that was made while the table was empty reads all of an endpoint for each row. */
const WRITE_MISSING = writing('ON CONFLICT (event_id) DO NOTHING', 'ON CONFLICT (event_id, endpoint_id, replay_id) DO NOTHING');

interface Leasing {
  readonly holder: string | undefined;
  readonly batchId: string | undefined;
}

async function writeDeliveries(tx: Tx, statement: string, messages: readonly Planned[], rows: readonly Row[], { holder, batchId }: Leasing = { holder: undefined, batchId: undefined }): Promise<void> {
  await run(tx, statement,
    [
      plainArray(messages.map(({ eventId }) => eventId)), plainArray(messages.map(({ name }) => name)), messages.map(({ subject }) => subject), jsonArray(messages.map(({ body }) => body)),
      plainArray(rows.map(({ deliveryId }) => deliveryId)), plainArray(rows.map(({ known }) => known.endpoint.endpointId)), plainArray(rows.map(({ message }) => message)),
      plainArray(rows.map(({ state }) => state)), holder ?? null, plainArray(rows.map(({ known }) => (known.endpoint.ordered ? 't' : 'f'))),
      plainArray(messages.map(({ traceparent }) => traceparent)), batchId ?? null, plainArray(rows.filter(({ state }) => state === 'leased').map(({ deliveryId }) => deliveryId)),
    ],
  );
}
