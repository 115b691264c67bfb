/** Reads for clients: a client sees only its own, and a foreign id looks like an unknown one. */
import type { Kysely, Selectable } from 'kysely';
import type { Fulfillment, FulfillmentStatus } from './fulfillment.ts';
import { fulfillmentOf } from './rows.pg.ts';

/** What these queries know of the database. */
export interface FulfillmentTables {
  fulfillments: {
    client_id: string;
    fulfillment_id: string;
    order_id: string;
    order_number: string;
    customer: object;
    metadata: object | null;
    not_after: Date | null;
    created_at: Date;
    status: FulfillmentStatus;
    version: number;
    updated_at: Date;
    lines: object;
    reason: object | null;
    checks: number;
    next_check_at: Date | null;
  };
}

const COLUMNS = [
  'client_id', 'fulfillment_id', 'order_id', 'order_number', 'customer', 'metadata', 'not_after', 'created_at',
  'status', 'version', 'updated_at', 'lines', 'reason', 'checks', 'next_check_at',
] as const satisfies readonly (keyof Selectable<FulfillmentTables['fulfillments']>)[];

export async function readFulfillment(db: Kysely<FulfillmentTables>, clientId: string, fulfillmentId: string): Promise<Fulfillment | undefined> {
  const row = await db.selectFrom('fulfillments').select(COLUMNS).where('client_id', '=', clientId).where('fulfillment_id', '=', fulfillmentId).executeTakeFirst();
  return row === undefined ? undefined : fulfillmentOf(row);
}

export interface ListQuery {
  readonly clientId: string;
  readonly orderId: string | undefined;
  readonly status: FulfillmentStatus | undefined;
  /** Only older ones than this id. */
  readonly beforeId: string | undefined;
  readonly limit: number;
}

/** Newest first, by id: ids rise with time. */
export async function listFulfillments(db: Kysely<FulfillmentTables>, query: ListQuery): Promise<Fulfillment[]> {
  const { clientId, orderId, status, beforeId, limit } = query;
  const rows = await db
    .selectFrom('fulfillments')
    .select(COLUMNS)
    .where('client_id', '=', clientId)
    .$if(orderId !== undefined, (select) => select.where('order_id', '=', orderId ?? ''))
    .$if(status !== undefined, (select) => select.where('status', '=', status ?? 'accepted'))
    .$if(beforeId !== undefined, (select) => select.where('fulfillment_id', '<', beforeId ?? ''))
    .orderBy('fulfillment_id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(fulfillmentOf);
}
