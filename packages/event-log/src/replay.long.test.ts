/** A replay whose process is killed goes on in another one, and nothing of it is done or counted twice. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import type pg from 'pg';
import { ask, ended } from '../test-kit/replaying.ts';
import { until } from '../test-kit/start.ts';
import { append, openTally } from '../test-kit/tally.ts';
import type { EventLog } from './log.pg.ts';
import { readReplay } from './replay-rows.pg.ts';

const PROGRAM = new URL('../test-kit/replay-process.ts', import.meta.url).pathname;
const EVENTS = 150;
let database: TestDatabase;
let pool: pg.Pool;
let log: EventLog;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  database = await createTestDatabase();
  ({ pool, log } = await openTally(database.url, { fresh: true }));
  // A handler that adds whatever comes, however often it comes.
  for (let n = 0; n < EVENTS; n += 1) await append(log, { subject: `s${n % 7}`, n, mode: 'always' });
}, 90_000);
afterAll(async () => {
  for (const child of children) await kill(child);
  await log.close();
  await pool.end();
  await database.drop();
});

async function start(): Promise<ChildProcess> {
  const child = fork(PROGRAM, [database.url], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] });
  children.add(child);
  await once(child, 'message');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

const numbers = async (): Promise<number[]> => (await pool.query('SELECT unnest(numbers) AS n FROM tally')).rows.map(({ n }) => n).toSorted((a, b) => a - b);

test.each(['run', 'dry'] as const)('a %s', async (mode) => {
  await pool.query('TRUNCATE tally');
  const replayId = await ask(log, { target: { handler: 'tally.add' }, selection: { types: ['Added'] }, mode, rate: 120 });
  const seen: number[] = [];
  for (let kills = 0; kills < (mode === 'run' ? 3 : 1); kills += 1) {
    const child = await start();
    const before = seen.at(-1) ?? 0;
    // Of a dry run nothing is left: it begins anew, and is killed at another place.
    await until(async () => {
      const { counts, state } = (await readReplay(pool, replayId)) ?? { counts: { applied: 0 }, state: 'waiting' };
      return state === 'running' && counts.applied > (mode === 'run' ? before : 0) ? seen.push(counts.applied) : undefined;
    }, 'a batch more');
    await kill(child);
  }
  await start();
  const { replay, differences } = await ended(log, replayId, 30_000);
  expect(replay).toMatchObject({ state: 'done', counts: { scanned: EVENTS, matched: EVENTS, applied: EVENTS, appended: EVENTS, changed: 7 } });
  if (mode === 'run') expect(seen.every((one, index) => index === 0 || one > (seen[index - 1] ?? 0))).toBe(true);
  expect(await numbers()).toEqual(mode === 'dry' ? [] : Array.from({ length: EVENTS }, (_, n) => n));
  const told = differences.flatMap(({ kind, after }) => (kind === 'row' ? (after as { numbers: number[] }).numbers : []));
  expect(told.toSorted((a, b) => a - b)).toEqual(Array.from({ length: EVENTS }, (_, n) => n));
  for (const child of children) await kill(child);
}, 60_000);
