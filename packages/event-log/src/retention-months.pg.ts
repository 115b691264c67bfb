/**
 * Months of the log whose last event is gone: detached concurrently, then dropped. An empty table is all that is ever dropped, so
 * it does not matter where a run is killed: a detachment that was begun is finished by the next run, and a table that is detached
 * and empty is dropped by it.
 */
import type { Pool, PoolClient } from 'pg';
import { sqlState } from './transaction.pg.ts';

export interface MonthsOptions {
  readonly pool: Pool;
  /** Only months that end before this, in Unix ms, and before now by the database's clock: no id of them can come any more. */
  readonly beforeMs: number;
  readonly signal: AbortSignal;
  /** `retention.detached`. */
  readonly faults?: { hit(name: string): void | Promise<void> };
}

interface Month {
  readonly name: string;
  readonly attached: boolean;
  /** Its detachment was begun and not finished. */
  readonly pending: boolean;
}

const MONTH = /^events_(\d{4})_(\d{2})$/;
const BUSY = new Set(['55P03', '57014', '40P01']);
/** Another process was faster: the month is detached, or gone. */
const TAKEN = new Set(['42P01', '42704', '55000']);

/** Names of the months that were dropped. One that somebody is using is left to the next run. */
export async function dropEmptyMonths({ pool, beforeMs, signal, faults }: MonthsOptions): Promise<string[]> {
  const client = await pool.connect();
  const dropped: string[] = [];
  try {
    await client.query("SET lock_timeout = '2s'");
    for (const month of await monthsBefore(client, beforeMs)) {
      signal.throwIfAborted();
      if (await dropIfEmpty(client, month, faults)) dropped.push(month.name);
    }
    return dropped;
  } finally {
    // With its setting.
    client.release(true);
  }
}

async function monthsBefore(client: PoolClient, beforeMs: number): Promise<Month[]> {
  const { rows } = await client.query(
    `SELECT c.relname AS name, (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms, i.inhrelid IS NOT NULL AS attached, coalesce(i.inhdetachpending, false) AS pending
     FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND i.inhparent = 'events'::regclass
     WHERE c.relkind = 'r' AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'events'::regclass) AND c.relname ~ '^events_[0-9]{4}_[0-9]{2}$' ORDER BY c.relname`,
  );
  return rows.filter(({ name, now_ms: nowMs }) => endOf(name) <= Math.min(beforeMs, nowMs));
}

/** When the month of a table ends, Unix ms. */
function endOf(name: string): number {
  const [, year, month] = MONTH.exec(name) ?? [];
  return Date.UTC(Number(year), Number(month), 1);
}

async function dropIfEmpty(client: PoolClient, { name, attached, pending }: Month, faults: MonthsOptions['faults']): Promise<boolean> {
  const isEmpty = async (): Promise<boolean> => (await client.query(`SELECT NOT EXISTS (SELECT 1 FROM ONLY ${name}) AS empty`)).rows[0].empty;
  try {
    if (!(await isEmpty())) return false;
    if (pending) await client.query(`ALTER TABLE events DETACH PARTITION ${name} FINALIZE`);
    else if (attached) await client.query(`ALTER TABLE events DETACH PARTITION ${name} CONCURRENTLY`);
    await faults?.hit('retention.detached');
    if (!(await isEmpty())) throw new Error(`The month ${name} was empty, was detached, and is not empty any more: it is left as it is.`);
    await client.query(`DROP TABLE ${name}`);
    return true;
  } catch (error) {
    const state = sqlState(error) ?? '';
    if (BUSY.has(state) || TAKEN.has(state)) return false;
    throw error;
  }
}
