/**
 * What processes with personal data know of each other, by one connection of each: that a customer was erased, and which master keys each has.
 *
 * Promise: a process forgets the key of a customer when the erasure is committed elsewhere; when the connection breaks it forgets all keys, and
 * again when it is back. Its master keys are shared session locks, so a process that died has none. Refuses nothing.
 */
import pg from 'pg';
import type { Sleep } from './backoff.ts';
import type { Tx } from './extension.ts';
import { LOCK_CLASSES } from './lock-classes.ts';
import type { PersonalData } from './personal.ts';

/** The channel of erasures; its payload is the id of the customer. */
export const ERASURE_CHANNEL = 'customer_erased';
/** Held by every process that follows; no id of a key begins so but by chance, and then a key is only waited for. */
const FOLLOWS = 0;
const RECONNECT_MS = 500;

export interface FollowErasuresOptions {
  /** A direct connection. */
  readonly databaseUrl: string;
  readonly personal: Pick<PersonalData, 'forget' | 'masterIds'>;
  readonly sleep: Sleep;
}

/** Resolves once it listens; rejects when the database cannot be reached. */
export async function followErasures(options: FollowErasuresOptions): Promise<{ stop(): Promise<void> }> {
  const stopping = new AbortController();
  const running = keep(await connect(options), options, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

interface Connection {
  readonly client: pg.Client;
  readonly ended: Promise<unknown>;
}

async function connect({ databaseUrl, personal }: FollowErasuresOptions): Promise<Connection> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000, keepAlive: true, query_timeout: 5_000, application_name: 'event-log erasures' });
  const ended = new Promise<unknown>((resolve) => {
    client.once('error', resolve);
    client.once('end', resolve);
  });
  client.on('notification', ({ payload }) => personal.forget(payload));
  try {
    await client.connect();
    await client.query(`LISTEN ${ERASURE_CHANNEL}`);
    await client.query('SELECT pg_advisory_lock_shared($1, key) FROM unnest($2::integer[]) AS key', [LOCK_CLASSES.erasures, [FOLLOWS, ...personal.masterIds.map(lockKeyOf)]]);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  personal.forget();
  return { client, ended };
}

async function keep(first: Connection, options: FollowErasuresOptions, signal: AbortSignal): Promise<void> {
  let connection: Connection | undefined = first;
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  while (!signal.aborted) {
    if (connection !== undefined) {
      await Promise.race([connection.ended, aborted]);
      await connection.client.end().catch(() => undefined);
      connection = undefined;
      options.personal.forget();
    }
    if (!signal.aborted) await options.sleep(RECONNECT_MS, signal).catch(() => undefined);
    if (!signal.aborted) connection = await connect(options).catch(() => undefined);
  }
  await connection?.client.end().catch(() => undefined);
}

/** Those of these master keys that a live process does not have. */
export async function keysNotKnownByAll(db: Tx, masterIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await db.query(
    `WITH held AS (
       SELECT pid, objid FROM pg_locks WHERE locktype = 'advisory' AND classid = $1::integer::oid AND objsubid = 2 AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
     SELECT w.id FROM unnest($2::text[], $3::integer[]) AS w(id, key) WHERE EXISTS (
       SELECT FROM held f WHERE f.objid = $4::integer::oid AND NOT EXISTS (SELECT FROM held k WHERE k.pid = f.pid AND k.objid = w.key::oid))`,
    [LOCK_CLASSES.erasures, masterIds, masterIds.map(lockKeyOf), FOLLOWS],
  );
  return new Set(rows.map((row) => row['id'] as string));
}

/** The first half of an id is enough, for there are two or three of them. */
function lockKeyOf(masterId: string): number {
  return Buffer.from(masterId, 'hex').readInt32BE(0);
}
