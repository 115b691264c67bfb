/**
 * Erases: destroys the key and scrubs the rows in the transaction that tells of it, and once more when no handler can have kept
 * anything in its memory.
 *
 * Promise: killed at any point, either nothing was erased or the job finishes it. An order that is being written under the key is
 * waited for, and then found open.
 */
import type { StateStore, Tx } from '@commerce/event-log/extension';
import { destroyKey } from '@commerce/event-log/personal-keys';
import { run } from '@commerce/event-log/statement';
import { inTransaction } from '@commerce/event-log/transaction';
import type { Pool } from 'pg';
import type { Erasure } from './erasure.ts';
import { PERSONAL_TABLES, timeOfId } from './personal-columns.ts';
import type { PersonalTable } from './personal-columns.ts';

/** Some open orders and checkouts, for the refusal. */
const NAMED = 10;
/** The schema of the tables that are used. */
const LIVE = 'public';
/** No transaction that appends lasts this long, and no process keeps a key for it. */
export const SETTLE_MS = 30_000;
const COLUMNS = 'customer_id, times, erased_at, finished_at, rows, events_in_clear';

/** A dispatcher has the bytes of a message in its memory, and will write what is answered. */
const WEBHOOK_UNDER_WAY = `SELECT FROM webhook_leased d WHERE d.name <> 'customer.erased' AND ${timeOfId('d.event_id')} <= x.erased_at
  AND (d.subject = x.customer_id OR EXISTS (SELECT FROM orders o WHERE o.order_id = d.subject AND o.customer_id = x.customer_id))`;

/** Orders and carts of which something is under way. Holds the customer's key until the end of the transaction. */
export async function findOpen(tx: Tx, customerId: string): Promise<string[]> {
  // Of a customer without a key too: who makes one meanwhile waits for this row, and an order that was faster is found below.
  await run(tx, 'INSERT INTO customer_keys (customer_id) VALUES ($1) ON CONFLICT DO NOTHING', [customerId]);
  await run(tx, 'SELECT FROM customer_keys WHERE customer_id = $1 FOR UPDATE', [customerId]);
  const { rows } = await run(tx, `SELECT order_id AS id FROM orders WHERE customer_id = $1 AND closed_as IS NULL LIMIT ${NAMED}`, [customerId]);
  const carts = (await isThere(tx, 'carts')) ? (await run(tx, `SELECT cart_id AS id FROM carts WHERE customer_id = $1 AND status = 'checking_out' LIMIT ${NAMED}`, [customerId])).rows : [];
  return [...rows, ...carts].map(({ id }) => id);
}

/** Is there anything about the customer beside the row of an erasure, and what that has left? */
export async function isKnown(tx: Tx, customerId: string): Promise<boolean> {
  const { rows } = await run(tx,
    `SELECT EXISTS (SELECT FROM customer_keys WHERE customer_id = $1 AND sealed IS NOT NULL)
       OR EXISTS (SELECT FROM orders WHERE customer_id = $1 AND request_hash <> '') OR EXISTS (SELECT FROM order_customers WHERE customer_id = $1 AND customer_name IS NOT NULL) AS known`, [customerId],
  );
  return rows[0]?.['known'] === true;
}

export const erasuresStore: StateStore<Erasure> = {
  async load(tx, subjects) {
    const { rows } = await run(tx, `SELECT ${COLUMNS} FROM customer_erasures WHERE customer_id = ANY ($1::text[])`, [subjects]);
    return new Map(rows.map((row): [string, Erasure] => [row['customer_id'], erasureOf(row)]));
  },

  async save(tx, changes) {
    for (const { after } of changes) {
      const eventsInClear = await countClear(tx, after.customerId);
      await destroyKey(tx, after.customerId, Date.parse(after.erasedAt));
      const rows = await scrub(tx, after.customerId, 'infinity');
      await run(tx,
        `INSERT INTO customer_erasures (customer_id, times, erased_at, rows, events_in_clear) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (customer_id) DO UPDATE SET times = excluded.times, erased_at = excluded.erased_at, finished_at = NULL, rows = excluded.rows, events_in_clear = excluded.events_in_clear`,
        [after.customerId, after.times, after.erasedAt, JSON.stringify(rows), eventsInClear],
      );
    }
  },
};

/** Undefined when the customer was never erased. */
export async function readErasure(db: Tx, customerId: string): Promise<Erasure | undefined> {
  return (await erasuresStore.load(db, [customerId])).get(customerId);
}

/**
 * Finishes what is old enough and what every reader has passed: what they still had of it in memory when the key went, they have
 * written by then; so have dispatchers, of which no message from before may be under way. One customer at a time; true when another one may be due.
 */
export async function finishErasure(pool: Pool, nowMs: number, settleMs = SETTLE_MS): Promise<boolean> {
  return inTransaction(pool, async (tx) => {
    const underWay = (await isThere(tx, 'webhook_deliveries')) ? `AND NOT EXISTS (${WEBHOOK_UNDER_WAY})` : '';
    const { rows: [due] } = await run(tx,
      `SELECT x.customer_id, x.erased_at, x.rows FROM customer_erasures x WHERE x.finished_at IS NULL AND x.erased_at <= $1 AND NOT EXISTS (
         SELECT FROM readers r JOIN events e ON e.type = 'CustomerErased' AND e.subject = x.customer_id
         WHERE r.owner IS NOT NULL AND (r.epoch, r.txid, r.position) < (e.epoch, e.txid, e.position))
       ${underWay} ORDER BY x.erased_at LIMIT 1 FOR UPDATE OF x SKIP LOCKED`, [new Date(nowMs - settleMs).toISOString()],
    );
    if (due === undefined) return false;
    await scrubAgain(tx, due['customer_id'], due['erased_at'], due['rows']);
    await run(tx, 'UPDATE customer_erasures SET finished_at = $2 WHERE customer_id = $1', [due['customer_id'], new Date(nowMs).toISOString()]);
    return true;
  });
}

/** Takes away what came in since by whatever way, also when it was done before. For a customer of whom nothing is known. */
export async function eraseLeftovers(tx: Tx, customerId: string): Promise<void> {
  const { rows: [row] } = await run(tx, 'SELECT erased_at, rows FROM customer_erasures WHERE customer_id = $1 FOR UPDATE', [customerId]);
  if (row !== undefined) await scrubAgain(tx, customerId, row['erased_at'], row['rows']);
}

/** Of a customer who has come back, what is from before the erasure. */
async function scrubAgain(tx: Tx, customerId: string, erasedAt: Date, before: Readonly<Record<string, number>>): Promise<void> {
  const again = await scrub(tx, customerId, (await isBack(tx, customerId)) ? erasedAt.toISOString() : 'infinity');
  if (Object.keys(again).length === 0) return;
  const rows: Record<string, number> = { ...before };
  for (const [table, count] of Object.entries(again)) rows[table] = (rows[table] ?? 0) + count;
  await run(tx, 'UPDATE customer_erasures SET rows = $2 WHERE customer_id = $1', [customerId, JSON.stringify(rows)]);
}

async function isBack(tx: Tx, customerId: string): Promise<boolean> {
  const { rows } = await run(tx, 'SELECT EXISTS (SELECT FROM customer_keys WHERE customer_id = $1 AND sealed IS NOT NULL) AS back', [customerId]);
  return rows[0]?.['back'] === true;
}

/** What is from `until` or before, as far as a table can tell. Also in tables of these names that stand in another schema: a rebuild makes one beside the live one, and keeps the old one. */
async function scrub(tx: Tx, customerId: string, until: string): Promise<Record<string, number>> {
  const { rows: places } = await run(tx,
    "SELECT quote_ident(table_schema) AS schema, table_name AS table FROM information_schema.tables WHERE table_name = ANY ($1::text[]) AND table_type = 'BASE TABLE' AND table_schema !~ '^pg_' ORDER BY 1, 2",
    [PERSONAL_TABLES.map(({ table }) => table)],
  );
  const counts: Record<string, number> = {};
  for (const { schema, table } of places) {
    const { erase } = PERSONAL_TABLES.find((one) => one.table === table) as PersonalTable;
    if (schema !== LIVE) await addLacking(tx, schema, table);
    await tx.query(`SET LOCAL search_path = ${schema}, public`);
    const { rowCount } = await tx.query(erase, [customerId, until]);
    if ((rowCount ?? 0) > 0) counts[table] = (counts[table] ?? 0) + (rowCount ?? 0);
  }
  await tx.query('SET LOCAL search_path = DEFAULT');
  return counts;
}

/** A table that was kept, or is being built, before a migration gave the live one a further column gets it, empty: what erases in it names all columns. */
async function addLacking(tx: Tx, schema: string, table: string): Promise<void> {
  const { rows: [row] } = await run(tx,
    `SELECT string_agg('ADD COLUMN ' || quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ') AS lacking FROM pg_attribute a
     WHERE a.attrelid = to_regclass('${LIVE}.' || $2) AND a.attnum > 0 AND NOT a.attisdropped
       AND NOT EXISTS (SELECT FROM pg_attribute o WHERE o.attrelid = to_regclass($1 || '.' || $2) AND o.attname = a.attname AND NOT o.attisdropped)`, [schema, table],
  );
  const lacking: unknown = row?.['lacking'];
  if (typeof lacking === 'string') await tx.query(`ALTER TABLE ${schema}.${table} ${lacking}`);
}

async function isThere(tx: Tx, table: string): Promise<boolean> {
  return (await run(tx, 'SELECT to_regclass($1) IS NOT NULL AS there', [table])).rows[0]?.['there'] === true;
}

/** Events with personal data that were written before there was a key. They are sealed with the log, so nothing of them can be changed. */
async function countClear(tx: Tx, customerId: string): Promise<number> {
  const { rows } = await run(tx,
    `SELECT count(*)::integer AS count FROM events e
     WHERE (e.subject = $1 AND e.type IN ('UserRegistered', 'UserUpdated') OR e.type = 'OrderCreated' AND e.subject IN (SELECT order_id FROM orders WHERE customer_id = $1))
       AND (jsonb_typeof(e.data->'email') = 'string' OR jsonb_typeof(e.data->'name') = 'string' OR (e.data ? 'shipTo' AND NOT e.data->'shipTo' ? '$personal') OR (e.data ? 'metadata' AND NOT e.data->'metadata' ? '$personal'))`,
    [customerId],
  );
  return rows[0]?.['count'];
}

function erasureOf(row: Record<string, any>): Erasure {
  return {
    customerId: row['customer_id'], times: row['times'], erasedAt: row['erased_at'].toISOString(), finishedAt: row['finished_at']?.toISOString() ?? null,
    rows: row['rows'], eventsInClear: row['events_in_clear'],
  };
}
