/** Who does a scheduled job, and when, on a real database. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import pg from 'pg';
import { addJob, claim, giveBack, hold, isHeld, JOBS_MIGRATION, readJobStatus } from './jobs.pg.ts';
import { startJobs } from './jobs.ts';
import type { Job } from './jobs.ts';

const A = '0193a6a0-0000-7000-8000-000000000001';
const B = '0193a6a0-0000-7000-8000-000000000002';
const LONG_MS = 60_000;
const NAME = 'shop.count';

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 3 });
  await pool.query(JOBS_MIGRATION.sql);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});
beforeEach(async () => {
  await pool.query('TRUNCATE scheduled_jobs');
  await addJob(pool, NAME);
});

const claimed = (holder: string, everyMs: number, holdMs: number): Promise<number> => claim(pool, { name: NAME, holder, everyMs, holdMs });

describe('who may do a job', () => {
  test('is one process, for as long as it holds on', async () => {
    expect(await claimed(A, LONG_MS, LONG_MS)).toBe(0);
    expect(await claimed(B, LONG_MS, LONG_MS)).toBeGreaterThan(LONG_MS / 2);
    expect([await hold(pool, NAME, B, LONG_MS), await hold(pool, NAME, A, LONG_MS)]).toEqual([false, true]);
  });

  test('is another process when the first one no longer holds on, and the first one is told', async () => {
    expect(await claimed(A, LONG_MS, 0)).toBe(0);
    expect(await claimed(B, LONG_MS, LONG_MS)).toBe(0);
    expect([await hold(pool, NAME, A, LONG_MS), await hold(pool, NAME, B, LONG_MS)]).toEqual([false, true]);
    await giveBack(pool, NAME, A, true, 'late');
    expect(await readJobStatus(pool, NAME)).toEqual({ lastRunAt: null, lastError: null });
  });

  test('is nobody until it is due again: after an end, well or not; at once when more is left', async () => {
    await claimed(A, LONG_MS, LONG_MS);
    await giveBack(pool, NAME, A, false, null);
    expect(await claimed(B, LONG_MS, LONG_MS)).toBe(0);
    await giveBack(pool, NAME, B, true, 'away');
    expect(await readJobStatus(pool, NAME)).toEqual({ lastRunAt: expect.any(Date), lastError: 'away' });
    expect(await claimed(A, LONG_MS, LONG_MS)).toBeGreaterThan(LONG_MS / 2);
    expect(await claimed(A, 0, LONG_MS)).toBe(0);
    await giveBack(pool, NAME, A, true, null);
    expect(await readJobStatus(pool, NAME)).toMatchObject({ lastError: null });
  });

  test('may do it again although the last end lies in the future, for the clock was set back', async () => {
    await pool.query("UPDATE scheduled_jobs SET last_run_at = clock_timestamp() + interval '1 day'");
    expect(await claimed(A, LONG_MS, LONG_MS)).toBe(0);
  });
});

test('two processes do a job one after the other, again at once while more is left, and again after a failure', async () => {
  let atOnce = 0;
  let most = 0;
  const runs: string[] = [];
  const jobOf = (holder: string): Job => ({
    name: NAME, everyMs: LONG_MS,
    async run() {
      atOnce += 1;
      most = Math.max(most, atOnce);
      runs.push(holder);
      await delay(20);
      atOnce -= 1;
      if (runs.length < 3) return true;
      throw new Error('the shelf fell');
    },
  });
  const warned: string[] = [];
  const start = (holder: string) => startJobs({
    jobs: [jobOf(holder)], db: pool, holder, sleep: (ms, signal) => delay(ms, undefined, { signal }), logger: { warn: (_fields, message) => void warned.push(message) },
  });
  const jobs = [await start(A), await start(B)];
  for (const end = performance.now() + 30_000; performance.now() < end && (await readJobStatus(pool, NAME)).lastError === null; ) await delay(20);
  await Promise.all(jobs.map((one) => one.stop()));
  expect([runs.length, most]).toEqual([3, 1]);
  expect(warned).toEqual(['a scheduled job did not come to its end; it is done again']);
  expect(await readJobStatus(pool, NAME)).toEqual({ lastRunAt: expect.any(Date), lastError: 'the shelf fell' });
});

test('a process that stood still while another one took its job may no longer do what one alone may do; and nobody takes it while that is being done', async () => {
  const [began, taken] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const said: unknown[] = [];
  const job: Job = {
    name: NAME, everyMs: LONG_MS,
    async run(_signal, held) {
      await held(pool);
      began.resolve();
      await taken.promise;
      await held(pool).catch((error: unknown) => said.push((error as Error).message));
      return false;
    },
  };
  const jobs = await startJobs({ jobs: [job], db: pool, holder: A, sleep: (ms, signal) => delay(ms, undefined, { signal }), logger: { warn: () => undefined } });
  const alone = await pool.connect();
  try {
    await began.promise;
    await pool.query("UPDATE scheduled_jobs SET held_until = '-infinity'");
    await alone.query('BEGIN');
    expect(await isHeld(alone, NAME, A)).toBe(true);
    let isTaken = false;
    const taking = claimed(B, LONG_MS, LONG_MS).finally(() => (isTaken = true));
    await delay(100);
    expect(isTaken).toBe(false);
    await alone.query('COMMIT');
    expect(await taking).toBe(0);
    taken.resolve();
    for (const endMs = performance.now() + 5_000; said.length === 0 && performance.now() < endMs; ) await delay(10);
    expect(said).toEqual([`Another process does ${NAME} now.`]);
  } finally {
    taken.resolve();
    alone.release(true);
    await jobs.stop();
  }
});
