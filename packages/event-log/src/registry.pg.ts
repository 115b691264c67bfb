/**
 * What the database knows of the map: handlers with the place from which they hear, readers with their partitions, and the
 * version of the map. A changed map gets a higher version, and a process that has an older one can no longer commit.
 */
import type { Pool, PoolClient } from 'pg';
import { SLOTS } from './subject.ts';
import { inTransaction } from './transaction.pg.ts';

export interface Registration {
  /** Reader → names of its handlers; a stream has none. */
  readonly readers: ReadonlyMap<string, readonly string[]>;
  /** Partitions per reader; kept as they are for a reader that exists. */
  readonly partitions: (reader: string) => number;
  /** Digest of the whole map. */
  readonly digest: string;
}

/** Where each handler begins to hear: an event before it is not for it. */
export type ActiveFrom = ReadonlyMap<string, { readonly epoch: number; readonly txid: number }>;

export interface Registered {
  readonly mapVersion: number;
  readonly activeFrom: ActiveFrom;
}

/** Registers the map; the same map again changes nothing. A handler that vanished with work left is refused. */
export async function register(pool: Pool, registration: Registration): Promise<Registered> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query('SELECT epoch, map_version, map_digest FROM log_state FOR UPDATE');
    const state = rows[0];
    const changed = state.map_digest !== registration.digest;
    const mapVersion = Number(state.map_version) + (changed ? 1 : 0);
    if (changed) {
      // First nobody commits under the old map any more; what is "now", and what work is left, is seen after that.
      await client.query('UPDATE readers SET map_version = $1, fence = fence + 1, owner = NULL', [mapVersion]);
      await retireVanished(client, registration);
      const from = await client.query('SELECT NOT EXISTS (SELECT 1 FROM events) AS empty, pg_snapshot_xmin(pg_current_snapshot())::text AS horizon');
      // In an empty log "from now" is the beginning.
      const start = from.rows[0].empty ? { epoch: 0, txid: '0' } : { epoch: state.epoch, txid: from.rows[0].horizon };
      await addReaders(client, registration, start, mapVersion);
      await client.query('UPDATE log_state SET map_version = $1, map_digest = $2', [mapVersion, registration.digest]);
    }
    const handlers = await client.query('SELECT name, active_from_epoch, active_from_txid::text FROM handlers WHERE retired_at IS NULL');
    return {
      mapVersion,
      activeFrom: new Map(handlers.rows.map((row) => [row.name, { epoch: row.active_from_epoch, txid: Number(row.active_from_txid) }])),
    };
  });
}

async function retireVanished(client: PoolClient, registration: Registration): Promise<void> {
  const names = [...registration.readers.values()].flat();
  const left = await client.query(
    'SELECT w.handler, count(*)::int AS rows FROM work w JOIN handlers h ON h.name = w.handler WHERE NOT (w.handler = ANY ($1::text[])) GROUP BY w.handler',
    [names],
  );
  if (left.rows.length > 0) {
    const list = left.rows.map((row) => `${row.handler} (${row.rows} rows)`).join(', ');
    throw new Error(`Handlers that the map no longer names still have work: ${list}. Let it drain with the old map, or delete its rows, and start again.`);
  }
  await client.query('UPDATE handlers SET retired_at = now() WHERE retired_at IS NULL AND NOT (name = ANY ($1::text[]))', [names]);
}

async function addReaders(client: PoolClient, registration: Registration, start: { epoch: number; txid: string }, mapVersion: number): Promise<void> {
  for (const [reader, handlers] of registration.readers) {
    const count = registration.partitions(reader);
    const existing = await client.query('SELECT 1 FROM readers WHERE name = $1 LIMIT 1', [reader]);
    for (let partition = 0; existing.rows.length === 0 && partition < count; partition += 1) {
      await client.query(
        'INSERT INTO readers (name, partition, slot_from, slot_to, epoch, txid, position, recorded_at, map_version) VALUES ($1, $2, $3, $4, $5, $6::xid8, 0, clock_timestamp(), $7)',
        [reader, partition, Math.floor((partition * SLOTS) / count), Math.floor(((partition + 1) * SLOTS) / count) - 1, start.epoch, start.txid, mapVersion],
      );
    }
    for (const name of handlers) {
      await client.query(
        `INSERT INTO handlers (reader, name, active_from_epoch, active_from_txid) VALUES ($1, $2, $3, $4::xid8)
         ON CONFLICT (reader, name) DO UPDATE SET retired_at = NULL,
           active_from_epoch = CASE WHEN handlers.retired_at IS NULL THEN handlers.active_from_epoch ELSE excluded.active_from_epoch END,
           active_from_txid = CASE WHEN handlers.retired_at IS NULL THEN handlers.active_from_txid ELSE excluded.active_from_txid END`,
        [reader, name, start.epoch, start.txid],
      );
    }
  }
}
