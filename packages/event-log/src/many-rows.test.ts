/** A statement is planned once for a connection, perhaps while a table is empty: it has to serve when there is much in it. */
import { expect, test } from '@jest/globals';
import { eachTestHasItsOwnLog, pool } from '../test-kit/per-test.ts';
import type { Tx } from './extension.ts';
import { deleteWork, updateWork } from './work.pg.ts';
import { endTimers, holdTimers } from './timers.pg.ts';
import type { DueTimer } from './timers.pg.ts';

eachTestHasItsOwnLog();

const ROWS = 40_000;
const AT_ONCE = 128;
/** As good as nothing beside what it takes to hold each of the rows against each that is sought. */
const LIMIT_MS = 400;
const TRIGGER = { correlationId: '0193a6a0-7100-7abc-9def-0123456789ab', causationId: null, metadata: {} };

/** On a connection as the service's are, where the server has seen the table empty and each statement has run once. */
async function onceEmpty(work: (tx: Tx) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; ANALYZE work, timers');
    await work(client);
  } finally {
    client.release(true);
  }
}

async function tookMs(work: () => Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return performance.now() - startedAtMs;
}

const idOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const keys = (from: number) => Array.from({ length: AT_ONCE }, (_, index) => ({ handler: 'tally.send', eventId: idOf(from + index), fence: 1 }));
const changes = (from: number) => keys(from).map((key) => ({ ...key, state: 'ready' as const, attempt: 1, dueInMs: 0, error: null, keyTtlMs: null }));

test('jobs are ended and changed by their keys, though nothing waited when the statement was planned', async () => {
  await onceEmpty(async (tx) => {
    // Nothing is there: its fence is not either.
    await expect(deleteWork(tx, keys(1))).rejects.toThrow('ended rows');
    await expect(updateWork(tx, changes(1))).rejects.toThrow('changed rows');
    await tx.query(
      `INSERT INTO work (handler, event_id, reader, slot, subject, epoch, txid, position, state, fence, key)
       SELECT 'tally.send', ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'tally', 0, 's-' || n, 0, '1', n, 'ready', 1, n::text FROM generate_series(1, ${ROWS}) n`,
    );
    expect(await tookMs(() => updateWork(tx, changes(1)))).toBeLessThan(LIMIT_MS);
    expect(await tookMs(() => deleteWork(tx, keys(20_000)))).toBeLessThan(LIMIT_MS);
    expect((await tx.query('SELECT count(*)::int AS n, count(*) FILTER (WHERE attempt = 1)::int AS changed FROM work')).rows).toEqual([{ n: ROWS - AT_ONCE, changed: AT_ONCE }]);
  });
}, 60_000);

test('timers are held and ended by their keys, though none was set when the statement was planned', async () => {
  await onceEmpty(async (tx) => {
    const dueAt = '2026-01-01 00:00:00+00';
    const timers = (from: number): DueTimer[] => Array.from({ length: AT_ONCE }, (_, index) => ({ subject: `s-${from + index}`, name: 'late', dueAt, trigger: TRIGGER }));
    await endTimers(tx, 'tally', timers(1));
    await expect(holdTimers(tx, 'tally', timers(1))).rejects.toThrow('was moved');
    await tx.query(
      `INSERT INTO timers (reader, subject, name, slot, due_at, correlation_id, metadata) SELECT 'tally', 's-' || n, 'late', 0, $1, $2, '{}' FROM generate_series(1, ${ROWS}) n`, [dueAt, TRIGGER.correlationId],
    );
    expect(await tookMs(() => holdTimers(tx, 'tally', timers(1)))).toBeLessThan(LIMIT_MS);
    expect(await tookMs(() => endTimers(tx, 'tally', timers(1)))).toBeLessThan(LIMIT_MS);
    expect((await tx.query('SELECT count(*)::int AS n FROM timers')).rows).toEqual([{ n: ROWS - AT_ONCE }]);
  });
}, 60_000);
