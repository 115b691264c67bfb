/**
 * What the database knows of the map: handlers with the place from which they hear, readers with their partitions, and the
 * version of the map. A changed map gets a higher version, and a process that has an older one can no longer commit. Which of
 * two maps is the newer one is a matter of who registers last, or, where the caller knows it, of the build.
 */
import type { Pool, PoolClient } from 'pg';
import type { Beginning, Retired } from './retirement.pg.ts';
import { retireVanished } from './retirement.pg.ts';
import { SLOTS } from './subject.ts';
import { inTransaction } from './transaction.pg.ts';

/** Orders the builds of a service: numbers by size, texts by their code units. */
export type Build = number | string;

export interface Registration {
  /** Reader → names of its handlers; a stream has none. */
  readonly readers: ReadonlyMap<string, readonly string[]>;
  /** Partitions per reader; kept as they are for a reader that exists. */
  readonly partitions: (reader: string) => number;
  /** Digest of the whole map. */
  readonly digest: string;
  readonly build?: Build;
  readonly retired: Retired;
  /** Handlers that hear the past when they are new. */
  readonly fromBeginning: ReadonlySet<string>;
}

/** Where each handler begins to hear: an event before it is not for it. */
export type ActiveFrom = ReadonlyMap<string, { readonly epoch: number; readonly txid: number }>;

export interface Registered {
  readonly mapVersion: number;
  readonly activeFrom: ActiveFrom;
}

/** A newer build has registered its map: this one is refused. */
export class OlderBuild extends Error {
  override readonly name = 'OlderBuild';
  constructor(build: Build, registered: Build) {
    super(
      `The map of build ${build} is older than that of build ${registered}, which is registered. Start build ${registered} or a newer one. ` +
        'To go back on purpose, stop the newer processes and run: UPDATE log_state SET map_build = NULL;',
    );
  }
}

/** Registers the map; the same map again changes nothing. Throws `OlderBuild`, and when a handler vanished with work left. */
export async function register(pool: Pool, registration: Registration): Promise<Registered> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query('SELECT epoch, map_version, map_digest FROM log_state FOR UPDATE');
    const state = rows[0];
    const changed = state.map_digest !== registration.digest;
    const mapVersion = Number(state.map_version) + (changed ? 1 : 0);
    if (registration.build !== undefined) await takeBuild(client, registration.build, changed);
    if (changed) {
      // First nobody commits under the old map any more; what is "now", and what work is left, is seen after that.
      await client.query('UPDATE readers SET map_version = $1, fence = fence + 1, owner = NULL', [mapVersion]);
      const inherited = await retireVanished(client, [...registration.readers.values()].flat(), registration.retired);
      const from = await client.query('SELECT NOT EXISTS (SELECT 1 FROM events) AS empty, pg_snapshot_xmin(pg_current_snapshot())::text AS horizon');
      // In an empty log "from now" is the beginning.
      const start = from.rows[0].empty ? BEGINNING : { epoch: state.epoch, txid: from.rows[0].horizon };
      await addReaders(client, registration, start, mapVersion, inherited);
      await client.query('UPDATE log_state SET map_version = $1, map_digest = $2', [mapVersion, registration.digest]);
    }
    const handlers = await client.query('SELECT name, active_from_epoch, active_from_txid::text FROM handlers WHERE retired_at IS NULL');
    return {
      mapVersion,
      activeFrom: new Map(handlers.rows.map((row) => [row.name, { epoch: row.active_from_epoch, txid: Number(row.active_from_txid) }])),
    };
  });
}

const BEGINNING: Beginning = { epoch: 0, txid: '0' };

/** Keeps the newest build. An older one that brings the same map does no harm. Throws `OlderBuild`. */
async function takeBuild(client: PoolClient, build: Build, changed: boolean): Promise<void> {
  if (typeof build === 'number' && !Number.isFinite(build)) throw new RangeError(`The build ${build} is no number that can be compared.`);
  const { rows } = await client.query('SELECT map_build FROM log_state');
  const registered = rows[0].map_build as Build | null;
  if (registered !== null && typeof registered !== typeof build) {
    throw new TypeError(`The build ${JSON.stringify(build)} cannot be compared with ${JSON.stringify(registered)}, which is registered: give all builds as numbers, or all as texts. To begin anew, run: UPDATE log_state SET map_build = NULL;`);
  }
  if (registered !== null && build < registered) {
    if (changed) throw new OlderBuild(build, registered);
    return;
  }
  if (build !== registered) await client.query('UPDATE log_state SET map_build = $1', [JSON.stringify(build)]);
}

async function addReaders(client: PoolClient, registration: Registration, start: Beginning, mapVersion: number, inherited: ReadonlyMap<string, Beginning>): Promise<void> {
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
      const hearsPast = registration.fromBeginning.has(name) && !inherited.has(name);
      const isNew = await addHandler(client, reader, name, inherited.get(name) ?? (hearsPast ? BEGINNING : start));
      if (isNew && hearsPast && start !== BEGINNING) await addCatchUp(client, reader, name, mapVersion);
    }
  }
}

/** True when the handler is new, or was retired and comes back; one that is known stays as it is. */
async function addHandler(client: PoolClient, reader: string, name: string, from: Beginning): Promise<boolean> {
  const { rowCount } = await client.query(
    `INSERT INTO handlers AS h (reader, name, active_from_epoch, active_from_txid) VALUES ($1, $2, $3, $4::xid8)
     ON CONFLICT (reader, name) DO UPDATE SET retired_at = NULL, active_from_epoch = excluded.active_from_epoch, active_from_txid = excluded.active_from_txid
       WHERE h.retired_at IS NOT NULL`,
    [reader, name, from.epoch, from.txid],
  );
  return rowCount === 1;
}

/** A cursor of its own for each partition, under the handler's name, from the beginning (see catch-ups.ts). */
async function addCatchUp(client: PoolClient, reader: string, name: string, mapVersion: number): Promise<void> {
  await client.query(
    `INSERT INTO readers (name, partition, slot_from, slot_to, epoch, txid, position, recorded_at, map_version)
     SELECT $2, partition, slot_from, slot_to, 0, '0'::xid8, 0, to_timestamp(0), $3 FROM readers WHERE name = $1`,
    [reader, name, mapVersion],
  );
}
