import { fork } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { TOPICS } from '@commerce/events/topics';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import type pg from 'pg';
import { appendDated, sealAll } from '../test-kit/dated.ts';
import { append, openTally } from '../test-kit/tally.ts';
import type { EventLog } from './log.pg.ts';
import { folderArchive } from './retention-archive.file.ts';
import { retain } from './retention.pg.ts';
import { DAY_MS, endOfRetention, RETENTION } from './retention.ts';
import { ensurePartitions } from './schema.pg.ts';
import { timeOf } from './seal.ts';
import type { Verified } from './verify-log.pg.ts';
import { verifyLog } from './verify-log.pg.ts';
import type { Finding } from './verify-seal.ts';

let database: TestDatabase;
let pool: pg.Pool;
let log: EventLog;

beforeEach(async () => {
  database = await createTestDatabase();
  ({ pool, log } = await openTally(database.url, { fresh: true }));
});
afterEach(async () => {
  await log.close();
  await pool.end();
  await database.drop();
});

/** A process that seals and removes. `ended`: the signal that ended it, or its code. */
interface Keeper {
  readonly ended: Promise<string>;
  readonly kill: () => void;
  /** Lets it stand still, and go on. */
  readonly halt: () => void;
  readonly resume: () => void;
}

const signal = new AbortController().signal;
const NAMES = Object.keys(TOPICS);

async function verified(nowMs: number): Promise<Verified & { readonly found: Finding[] }> {
  const found: Finding[] = [];
  const result = await verifyLog({ pool, nowMs: () => nowMs, keys: new Map(), onFinding: (finding) => found.push(finding), signal });
  return { ...result, found };
}

test('ten years: each event stays as long as its topic says and no longer, the months go, and the log verifies in every year', async () => {
  // Ten years that are past: no month is dropped that is not, by the clock of the database.
  const begin = Date.UTC(2014, 11, 10);
  const all: { readonly id: string; readonly topic: string }[] = [];
  let months = 0;
  for (let now = begin; now < begin + 3_660 * DAY_MS; now += 60 * DAY_MS) {
    await ensurePartitions(pool, now);
    const ids = await appendDated(log, now, NAMES);
    ids.forEach((id, index) => all.push({ id, topic: NAMES[index] ?? '' }));
    await sealAll(pool, 4);
    const retained = await retain({ pool, nowMs: () => now }, signal);
    months += retained.months.length;
    const expected = all.filter(({ id, topic }) => timeOf(id) >= (endOfRetention(RETENTION, topic, now) ?? 0)).map(({ id }) => id);
    const { rows } = await pool.query('SELECT event_id FROM events');
    expect(rows.map(({ event_id }) => event_id).toSorted()).toEqual(expected.toSorted());
    if ((now - begin) % (360 * DAY_MS) === 0) {
      const { found, events, gone } = await verified(now);
      expect({ found, events, known: events + gone }).toEqual({ found: [], events: expected.length, known: all.length });
    }
  }
  const { rows: [left] } = await pool.query("SELECT count(*)::int AS n FROM pg_inherits WHERE inhparent = 'events'::regclass");
  expect(months).toBeGreaterThan(30);
  // Seven years, and what is made ahead.
  expect(left.n).toBeLessThan(95);
  const { rows: [forgotten] } = await pool.query('SELECT count(*)::int AS n, min(octet_length(root)) AS root FROM seals WHERE records IS NULL');
  expect(forgotten).toMatchObject({ n: expect.any(Number), root: 32 });
  expect(forgotten.n).toBeGreaterThan(40);
}, 300_000);

test('killed at every point of sealing and of retention, and at any moment: nothing is lost, nothing is sealed twice', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keeping-'));
  const now = Date.now() + 50 * DAY_MS;
  await ensurePartitions(pool, Date.now());
  const old: string[] = [];
  for (let index = 0; index < 60; index += 1) old.push(...(await appendDated(log, Date.now() - 20 * DAY_MS + index, NAMES)));
  const begin = async (point: string, after: number): Promise<Keeper> => {
    const child = fork(new URL('../test-kit/keeping-process.ts', import.meta.url).pathname, [database.url, String(now), folder, point, String(after)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] });
    // Asked for before it can end: an end that nobody waited for is not told again.
    const ended = new Promise<string>((resolve) => void child.once('exit', (code, by) => resolve(by ?? `code ${code}`)));
    const spoke = new Promise<undefined>((resolve) => void child.once('message', () => resolve(undefined)));
    const early = await Promise.race([spoke, ended]);
    if (early !== undefined) throw new Error(`The process ended with ${early} before it began to keep the log.`);
    return { ended, kill: () => void child.kill('SIGKILL'), halt: () => void child.kill('SIGSTOP'), resume: () => void child.kill('SIGCONT') };
  };
  const writing = (async () => {
    for (let n = 0; n < 300; n += 1) {
      await append(log, { subject: `w${n % 7}`, n });
      await delay(10);
    }
  })();
  for (const [point, after] of [['retention.archived', 1], ['retention.removed', 1], ['retention.removed', 2], ['retention.archived', 2]] as const) {
    const keeper = await begin(point, after);
    const late = new AbortController();
    await Promise.race([keeper.ended, delay(5_000, undefined, { signal: late.signal })]);
    late.abort();
    keeper.kill();
    expect(await keeper.ended).toBe('SIGKILL');
    expect((await verified(now)).found).toEqual([]);
  }
  // Two at once, of which one stands still for a while, killed in turn.
  for (let turn = 0; turn < 4; turn += 1) {
    const pair = await Promise.all([begin('', 0), begin('', 0)]);
    await delay(30 + 20 * turn);
    pair[0].halt();
    await delay(30 + 180 * turn);
    pair[0].resume();
    await delay(30 * turn);
    for (const keeper of pair) {
      keeper.kill();
      expect(await keeper.ended).toBe('SIGKILL');
    }
    expect((await verified(now)).found).toEqual([]);
  }
  await writing;
  await sealAll(pool);
  await retain({ pool, nowMs: () => now, archive: folderArchive(folder, 'test') }, signal);
  const { found, events, gone } = await verified(now);
  const sealed = Number((await pool.query('SELECT max(total) AS total FROM seals')).rows[0].total);
  expect({ found, sealed, known: events + gone }).toEqual({ found: [], sealed: 300 + old.length, known: 300 + old.length });
  const archived = new Set<string>();
  for (const name of (await readdir(folder)).filter((one) => one.endsWith('.jsonl.gz'))) {
    for (const line of gunzipSync(await readFile(join(folder, name))).toString().trim().split('\n')) archived.add(JSON.parse(line).event_id);
  }
  const { rows } = await pool.query('SELECT event_id FROM events');
  const left = new Set(rows.map(({ event_id }) => event_id));
  expect(old.filter((id) => !archived.has(id) && !left.has(id))).toEqual([]);
  expect(archived.size).toBeGreaterThan(0);
  await rm(folder, { recursive: true, force: true });
}, 120_000);
