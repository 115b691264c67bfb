/** Replays take turns: one that is slow does not keep the others waiting. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import type pg from 'pg';
import { ask, ended, passed, startRunner } from '../test-kit/replaying.ts';
import { until } from '../test-kit/start.ts';
import { append, MAP, openTally, outsideTable, tallyExtension } from '../test-kit/tally.ts';
import type { EventLog } from './log.pg.ts';
import { registerMap } from './readers.ts';
import type { RegisteredMap } from './readers.ts';
import { forgetReplays } from './rebuild-keeping.pg.ts';
import type { ReplayRunner } from './replay-runner.ts';
import { readReplay } from './replay-rows.pg.ts';

let database: TestDatabase;
let pool: pg.Pool;
let log: EventLog;
let map: RegisteredMap;
let runner: ReplayRunner;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ pool, log } = await openTally(database.url, { fresh: true }));
  map = await registerMap({ log, extensions: [tallyExtension(outsideTable(pool))], map: MAP, streams: [] });
  for (let n = 0; n < 20; n += 1) await append(log, { subject: `s${n}`, n, mode: 'always' });
  await passed(pool);
  runner = startRunner(log, map, { turnMs: 50 });
});
afterAll(async () => {
  await runner.stop();
  await log.close();
  await pool.end();
  await database.drop();
});

test('one that goes slowly gives way, goes on afterwards, and counts nothing twice', async () => {
  const slow = await ask(log, { target: { handler: 'tally.add' }, selection: { types: ['Added'] }, mode: 'run', rate: 10 });
  runner.wake();
  await until(async () => (((await readReplay(pool, slow))?.counts.applied ?? 0) > 0 ? true : undefined), 'the slow one has begun');
  const quick = await ask(log, { target: { bus: true }, mode: 'dry' });
  const other = await ask(log, { target: { handler: 'tally.add' }, selection: { orderId: 's0' }, mode: 'run' });
  runner.wake();
  await Promise.all([ended(log, other), ended(log, quick)]);
  expect(await readReplay(pool, slow)).toMatchObject({ state: 'running' });
  await pool.query('UPDATE replays SET rate = NULL WHERE replay_id = $1', [slow]);
  expect((await ended(log, slow)).replay).toMatchObject({ state: 'done', counts: { scanned: 20, matched: 20, applied: 20 } });
});

test('a dry run that waits for its rate keeps no other dry run waiting, and tells all that it would', async () => {
  await runner.stop();
  // Of its rate of one in a second the second never passes.
  runner = startRunner(log, map, { monotonicMs: () => 0, sleep: (ms, signal) => delay(ms < 900 ? ms : 600_000, undefined, signal === undefined ? {} : { signal }) });
  const slow = await ask(log, { target: { handler: 'tally.add' }, selection: { types: ['Added'] }, rate: 1 });
  runner.wake();
  await until(async () => (((await readReplay(pool, slow))?.counts.scanned ?? 0) > 0 ? true : undefined), 'the slow one has begun');
  const quick = await Promise.all(['s0', 's1', 's2'].map((orderId) => ask(log, { target: { handler: 'tally.add' }, selection: { orderId } })));
  runner.wake();
  expect((await Promise.all(quick.map((one) => ended(log, one)))).map(({ replay: { state, counts } }) => [state, counts.matched])).toEqual(quick.map(() => ['done', expect.any(Number)]));
  expect(await readReplay(pool, slow)).toMatchObject({ state: 'running', counts: { scanned: 1 } });
  await pool.query("UPDATE replays SET state = 'stopped' WHERE replay_id = $1", [slow]);
});

test('what replays leave behind goes after its time, and nothing before it', async () => {
  const signal = new AbortController().signal;
  const schemas = async (): Promise<string[]> => (await pool.query("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'kept\\_%' OR nspname LIKE 'shadow\\_%' ORDER BY 1")).rows.map(({ nspname }) => nspname);
  const rebuilt = (state: string, days: number, kept: string | null): Promise<unknown> => pool.query(
    `INSERT INTO replays (replay_id, kind, target, selection, mode, effects, requested_by, reason, state, is_prepared, kept, ended_at)
     VALUES (gen_random_uuid(), 'rebuild', '{"projection": "tally"}', '{}', 'run', 'suppressed', '{}', 'x', $1, true, $2, now() - $3 * interval '1 day')`, [state, kept, days],
  );
  for (const name of ['kept_old', 'kept_new']) await pool.query(`CREATE SCHEMA ${name}; COMMENT ON SCHEMA ${name} IS 'The table from before it was rebuilt. Nothing reads it.'`);
  await pool.query("CREATE SCHEMA shadow_tally; COMMENT ON SCHEMA shadow_tally IS 'A table that is being rebuilt. Nothing reads it.'");
  await rebuilt('done', 8, 'kept_old');
  await rebuilt('done', 6, 'kept_new');
  await rebuilt('failed', 0, null);
  expect(await forgetReplays(pool, signal)).toBe(1);
  expect(await schemas()).toEqual(['kept_new', 'shadow_tally']);
  await pool.query("UPDATE replays SET ended_at = now() - interval '2 days' WHERE state = 'failed'");
  expect(await forgetReplays(pool, signal)).toBe(1);
  expect(await schemas()).toEqual(['kept_new']);
  expect((await pool.query("SELECT count(*)::int AS n FROM replays WHERE is_prepared AND state <> 'done'")).rows).toEqual([{ n: 0 }]);
});
