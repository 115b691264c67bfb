/**
 * Events of any topic and time in a log, and sealing that waits for nothing but the horizon: for tests that walk through years.
 */
import { sha256 } from '@commerce/events/canonical';
import { uuid7 } from '@commerce/events/uuid7';
import type pg from 'pg';
import type { EventLog } from '../src/log.pg.ts';
import { insertEvents } from '../src/events.pg.ts';
import { digestText } from '../src/prepare.ts';
import { sealNext } from '../src/seals.pg.ts';
import { until } from './start.ts';
import { trigger } from './tally.ts';

/** Appends one event of each topic, with ids of that time; gives the ids in the order of the topics. */
export async function appendDated(log: EventLog, atMs: number, topics: readonly string[]): Promise<string[]> {
  const rows = topics.map((topic, index) => ({ ...log.prepare({ type: 'Added', data: { subject: topic, n: index } }, 'test', trigger()), topic }));
  const dated = rows.map((row) => ({ ...row, eventId: uuid7(atMs) }));
  // The digest is of the event under its id.
  const digested = dated.map((row) => ({ ...row, digest: digestOf(row) }));
  const insert = insertEvents(digested, log.epoch, 1);
  await log.pool.query(insert.text, insert.values);
  return dated.map(({ eventId }) => eventId);
}

function digestOf(row: Parameters<typeof insertEvents>[0][number]): Buffer {
  return sha256(digestText(row.eventId, {
    eventType: row.type, eventVersion: row.version, timestamp: row.timestamp, source: row.source, correlationId: row.correlationId, causationId: row.causationId,
  }, row.metadataJson, row.dataJson));
}

/** Seals all that is there. */
export async function sealAll(pool: pg.Pool, most?: number): Promise<void> {
  // The horizon is that of the whole server.
  await until(async () => (
    (await pool.query('SELECT count(*)::int AS n FROM events WHERE epoch = (SELECT epoch FROM log_state) AND txid >= pg_snapshot_xmin(pg_current_snapshot())')).rows[0].n === 0 ? true : undefined
  ), 'nothing is above the horizon');
  while ((await sealNext(pool, most)) > 0);
}
