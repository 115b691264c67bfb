/** Reads for clients: a client sees only its own, and a foreign id looks like an unknown one. */
import type { Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import type { Kysely, Selectable } from 'kysely';
import type { Fulfillment, FulfillmentStatus } from './fulfillment.ts';
import { FULFILLMENT_COLUMNS, fulfillmentOf } from './rows.pg.ts';

/** What these queries know of the database. */
export interface FulfillmentTables {
  fulfillments: {
    client_id: string;
    fulfillment_id: string;
    order_id: string;
    order_number: string;
    customer: object;
    metadata: object | null;
    start_at: Date | null;
    not_after: Date | null;
    created_at: Date;
    status: FulfillmentStatus;
    version: number;
    acknowledged_version: number | null;
    updated_at: Date;
    lines: object;
    reason: object | null;
    checks: number;
    asking: boolean;
    next_check_at: Date | null;
  };
  unacknowledged: {
    client_id: string;
    fulfillment_id: string;
    version: number;
    settled_at: Date;
  };
}

const COLUMNS = [
  'client_id', 'fulfillment_id', 'order_id', 'order_number', 'customer', 'metadata', 'start_at', 'not_after', 'created_at',
  'status', 'version', 'acknowledged_version', 'updated_at', 'lines', 'reason', 'checks', 'asking', 'next_check_at',
] as const satisfies readonly (keyof Selectable<FulfillmentTables['fulfillments']>)[];

export async function readFulfillment(db: Kysely<FulfillmentTables>, clientId: string, fulfillmentId: string): Promise<Fulfillment | undefined> {
  const row = await db.selectFrom('fulfillments').select(COLUMNS).where('client_id', '=', clientId).where('fulfillment_id', '=', fulfillmentId).executeTakeFirst();
  return row === undefined ? undefined : fulfillmentOf(row);
}

export interface ListQuery {
  readonly clientId: string;
  readonly orderId: string | undefined;
  readonly status: FulfillmentStatus | undefined;
  /** Only settled ones. False: those whose latest version the client has not acknowledged, oldest first. True: those whose it has. */
  readonly acknowledged: boolean | undefined;
  /** Only settled ones, settled before; ISO. */
  readonly settledBefore: string | undefined;
  /** Only those after this id, in the order of the list. */
  readonly afterId: string | undefined;
  readonly limit: number;
}

const SETTLED = ['completed', 'partial', 'failed', 'cancelled', 'revoked'] as const satisfies readonly FulfillmentStatus[];

/**
 * Fulfillments of one page are looked for among so many. What changes stands in no index, because then every change would touch
 * it; so a filter that few fit would read all that its client ever asked for. It reads this many, and the next page goes on.
 */
export const MAX_LOOKED_AT = 2_000;

export interface Page {
  readonly items: Fulfillment[];
  /** Where the next page goes on; undefined when there is none. */
  readonly endId: string | undefined;
}

/** Newest first, or oldest first for what is not acknowledged; by id: ids rise with time. A page may be short, or empty, and not the last. */
export async function listFulfillments(db: Kysely<FulfillmentTables>, query: ListQuery): Promise<Page> {
  const lastId = await lastToLookAt(db, query);
  const oneMore = { ...query, limit: query.limit + 1 };
  const rows = await (query.acknowledged === false ? unacknowledged(db, oneMore, lastId) : newestFirst(db, oneMore, lastId)).execute();
  const items = rows.slice(0, query.limit).map(fulfillmentOf);
  return { items, endId: rows.length > query.limit ? items.at(-1)?.fulfillmentId : lastId };
}

/** The id at which this page stops looking; undefined when it comes to the end before, or needs no bound. */
async function lastToLookAt(db: Kysely<FulfillmentTables>, query: ListQuery): Promise<string | undefined> {
  const { clientId, orderId, status, acknowledged, settledBefore, afterId } = query;
  const isSparse = status !== undefined || settledBefore !== undefined || (acknowledged === false ? orderId !== undefined : acknowledged !== undefined);
  if (!isSparse) return undefined;
  const waiting = db.selectFrom('unacknowledged').select('fulfillment_id').where('client_id', '=', clientId)
    .$if(afterId !== undefined, (select) => select.where('fulfillment_id', '>', afterId ?? ''))
    .orderBy('fulfillment_id', 'asc').offset(MAX_LOOKED_AT - 1).limit(1);
  const all = db.selectFrom('fulfillments').select('fulfillment_id').where('client_id', '=', clientId)
    .$if(orderId !== undefined, (select) => select.where('order_id', '=', orderId ?? ''))
    .$if(afterId !== undefined, (select) => select.where('fulfillment_id', '<', afterId ?? ''))
    .orderBy('fulfillment_id', 'desc').offset(MAX_LOOKED_AT - 1).limit(1);
  return (await (acknowledged === false ? waiting.executeTakeFirst() : all.executeTakeFirst()))?.fulfillment_id;
}

function newestFirst(db: Kysely<FulfillmentTables>, { clientId, orderId, status, acknowledged, settledBefore, afterId, limit }: ListQuery, lastId: string | undefined) {
  return db
    .selectFrom('fulfillments')
    .select(COLUMNS)
    .where('client_id', '=', clientId)
    .$if(orderId !== undefined, (select) => select.where('order_id', '=', orderId ?? ''))
    .$if(status !== undefined, (select) => select.where('status', '=', status ?? 'accepted'))
    .$if(acknowledged === true, (select) => select.where('status', 'in', SETTLED).whereRef('acknowledged_version', '>=', 'version'))
    .$if(settledBefore !== undefined, (select) => select.where('status', 'in', SETTLED).where('updated_at', '<', new Date(settledBefore ?? 0)))
    .$if(afterId !== undefined, (select) => select.where('fulfillment_id', '<', afterId ?? ''))
    .$if(lastId !== undefined, (select) => select.where('fulfillment_id', '>=', lastId ?? ''))
    .orderBy('fulfillment_id', 'desc')
    .limit(limit);
}

function unacknowledged(db: Kysely<FulfillmentTables>, { clientId, orderId, status, settledBefore, afterId, limit }: ListQuery, lastId: string | undefined) {
  return db
    .selectFrom('unacknowledged as u')
    .innerJoin('fulfillments as f', (join) => join.onRef('f.client_id', '=', 'u.client_id').onRef('f.fulfillment_id', '=', 'u.fulfillment_id'))
    .select(COLUMNS.map((column) => `f.${column}` as const))
    .where('u.client_id', '=', clientId)
    .$if(orderId !== undefined, (select) => select.where('f.order_id', '=', orderId ?? ''))
    .$if(status !== undefined, (select) => select.where('f.status', '=', status ?? 'accepted'))
    .$if(settledBefore !== undefined, (select) => select.where('u.settled_at', '<', new Date(settledBefore ?? 0)))
    .$if(afterId !== undefined, (select) => select.where('u.fulfillment_id', '>', afterId ?? ''))
    .$if(lastId !== undefined, (select) => select.where('u.fulfillment_id', '<=', lastId ?? ''))
    .orderBy('u.fulfillment_id', 'asc')
    .limit(limit);
}

/** Of one order: more are not shown in a lookup, but in the list of that order. */
const MAX_OF_ORDER = 50;

/** The newest fulfillments of each order, oldest first; an order without any is left out. */
export async function lookUpOrders(db: Tx, clientId: string, orderIds: readonly string[]): Promise<Map<string, Fulfillment[]>> {
  const { rows } = await run(db,
    `SELECT f.* FROM (SELECT DISTINCT order_id FROM unnest($2::text[]) AS k(order_id)) AS k
     CROSS JOIN LATERAL (
       SELECT ${FULFILLMENT_COLUMNS} FROM fulfillments f WHERE f.order_id = k.order_id AND f.client_id = $1 ORDER BY f.fulfillment_id DESC LIMIT ${MAX_OF_ORDER}
     ) AS f ORDER BY f.fulfillment_id`,
    [clientId, orderIds],
  );
  return Map.groupBy(rows.map(fulfillmentOf), ({ orderId }) => orderId);
}
