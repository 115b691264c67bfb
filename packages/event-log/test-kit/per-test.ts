/**
 * A log of its own for each test of a file, its readers, and questions to its tables. Call `eachTestHasItsOwnLog` once at the
 * top of the file; the bindings are set before each test.
 */
import { afterEach, beforeEach } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import type pg from 'pg';
import type { EventLog } from '../src/log.pg.ts';
import type { Readers } from '../src/readers.ts';
import type { StartOptions } from './start.ts';
import { startTally, until } from './start.ts';
import type { Outside } from './tally.ts';
import { openTally, outsideTable } from './tally.ts';

export let database: TestDatabase;
export let pool: pg.Pool;
export let log: EventLog;
/** Readers that run, and are stopped after the test. */
export const running: Readers[] = [];

export function eachTestHasItsOwnLog(): void {
  beforeEach(async () => {
    database = await createTestDatabase();
    ({ pool, log } = await openTally(database.url, { fresh: true }));
    running.length = 0;
  });

  afterEach(async () => {
    await Promise.all(running.map((readers) => readers.stop()));
    await log.close();
    await pool.end();
    await database.drop();
  });
}

/** Starts readers of the tally extension. */
export async function start(outside: Outside = outsideTable(pool), options: StartOptions = {}): Promise<Readers> {
  const readers = await startTally(log, database.url, outside, options);
  running.push(readers);
  return readers;
}

export const numbersOf = async (subject: string): Promise<number[]> => (await pool.query('SELECT numbers FROM tally WHERE subject = $1', [subject])).rows[0]?.numbers ?? [];
/** Waits until these are the numbers of the subject. */
export const numbers = (subject: string, expected: number[]): Promise<true> =>
  until(async () => (JSON.stringify(await numbersOf(subject)) === JSON.stringify(expected) ? true : undefined), `${subject} is ${expected.join(',')}`);
export const workOf = async (subject: string): Promise<{ handler: string; state: string; attempt: number }[]> =>
  (await pool.query('SELECT handler, state, attempt FROM work WHERE subject = $1 ORDER BY txid, position, handler', [subject])).rows;
/** Waits until so many effects have their outcome. */
export const allSent = (expected: number): Promise<true> =>
  until(async () => ((await pool.query("SELECT count(*)::int AS n FROM events WHERE type = 'Sent'")).rows[0].n >= expected ? true : undefined), `${expected} outcomes`);
