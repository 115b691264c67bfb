/**
 * F23: a receiver that is down for days. The statements, waits and verdicts are the real ones, and time is a number: the clock of the
 * database is one that the test sets.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import { uuid7 } from '@commerce/events/uuid7';
import pg from 'pg';
import { claim, end } from './deliveries.pg.ts';
import { readSeen } from './delivery/health.pg.ts';
import { judge } from './delivery/health.ts';
import type { Verdict } from './delivery/health.ts';
import type { Attempt, Lease } from './delivery/lease.ts';
import { afterAttempt, retryAfterOf } from './delivery/retry.ts';
import type { Known } from './delivery/registry.ts';
import { webhooks } from './extension.ts';
import { writeUnleased } from './fan-out.pg.ts';
import { beginRuns, performRuns } from './operating.pg.ts';

const T0 = Date.parse('2026-11-21T18:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const HOLDER = '0193a6a0-7000-7abc-9def-0123456789f1';
const CLOCK = `CREATE SCHEMA virtual; CREATE SEQUENCE virtual.ms;
  CREATE FUNCTION virtual.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS 'SELECT to_timestamp(last_value / 1000.0) FROM virtual.ms';
  CREATE FUNCTION virtual.statement_timestamp() RETURNS timestamptz LANGUAGE sql AS 'SELECT to_timestamp(last_value / 1000.0) FROM virtual.ms'`;

let database: TestDatabase;
let pool: pg.Pool;
let nowMs = T0;

beforeAll(async () => {
  database = await createTestDatabase();
  const maker = new pg.Client(database.url);
  await maker.connect();
  await maker.query([...webhooks.migrations.map(({ sql }) => sql), CLOCK].join(';\n'));
  await maker.end();
  // What stands before pg_catalog is found first.
  pool = new pg.Pool({ connectionString: database.url, max: 2, options: '-c search_path=virtual,pg_catalog,public' });
});
afterEach(() => pool.query('TRUNCATE webhook_deliveries, webhook_messages, webhook_attempts, webhook_counts, webhook_minutes, webhook_runs'));
afterAll(async () => {
  await pool.end();
  await database.drop();
});

async function setClock(ms: number): Promise<void> {
  nowMs = ms;
  await pool.query('SELECT setval($1, $2)', ['virtual.ms', ms]);
}

const endpointOf = (given: { retryAttempts: number; retryDelayMs: number }) => ({ endpointId: uuid7(T0), status: 'enabled', ordered: false, ...given });
type TestEndpoint = ReturnType<typeof endpointOf>;

async function plan(endpoint: TestEndpoint): Promise<void> {
  await writeUnleased(pool, [{ eventId: uuid7(nowMs), name: 'order.created', subject: 'o', body: '{}', to: [{ endpoint } as unknown as Known], isReplay: false, traceparent: null }], nowMs);
}

type Answer = { readonly status: number; readonly retryAfter?: string };
const DOWN: Answer = { status: 503 };
const UP: Answer = { status: 200 };

/** One attempt of each that is due, answered so. Gives how many, and in how many ms the next one is due; undefined when none waits. */
async function attempt(endpoint: TestEndpoint, answer: Answer): Promise<{ readonly made: number; readonly nextInMs: number | undefined }> {
  const { leases, nextInMs } = await claim(pool, HOLDER, uuid7(nowMs), [{ endpointId: endpoint.endpointId, most: 100 }]);
  const result: Attempt = { status: answer.status, answer: null, error: null, durationMs: 1, retryAfterMs: retryAfterOf(answer.retryAfter, nowMs) };
  const next = leases.map((lease: Lease) => afterAttempt(endpoint, lease, result, () => 0.5));
  if (leases.length > 0) {
    await end(pool, HOLDER, leases.map(({ deliveryId, endpointId, batch, claims }, at) => ({
      deliveryId, endpointId, batch, claims, ...(next[at] as (typeof next)[number]), made: { ...result, endedAtMs: 0, url: 'https://crm.example.com' },
    })), 0);
  }
  const waits = [...next.flatMap(({ state, waitMs }) => (state === 'ready' ? [waitMs] : [])), ...nextInMs.values()];
  return { made: leases.length, nextInMs: waits.length === 0 ? undefined : Math.min(...waits) };
}

const states = async (): Promise<Record<string, number>> =>
  Object.fromEntries((await pool.query('SELECT state, count(*)::integer AS count FROM webhook_deliveries GROUP BY state')).rows.map(({ state, count }) => [state, count]));

/** Tries until nothing waits any more, or the verdict is the end. Gives when each attempt was made, in ms from the first. */
async function tried(endpoint: TestEndpoint, answerAt: (sinceMs: number) => Answer): Promise<{ readonly atMs: number[]; readonly verdicts: [number, Verdict['act']][] }> {
  const atMs: number[] = [];
  const verdicts: [number, Verdict['act']][] = [];
  for (;;) {
    const since = nowMs - T0;
    const { made, nextInMs } = await attempt(endpoint, answerAt(since));
    expect(made).toBe(1);
    atMs.push(since);
    const seen = (await readSeen(pool, [endpoint.endpointId])).get(endpoint.endpointId);
    const verdict = seen === undefined ? undefined : judge(seen, false);
    if (verdict !== undefined) verdicts.push([since, verdict.act]);
    if (nextInMs === undefined || verdict?.act === 'disable') return { atMs, verdicts };
    await setClock(nowMs + nextInMs - 1);
    // Not a moment before.
    expect((await attempt(endpoint, UP)).made).toBe(0);
    await setClock(nowMs + 1);
  }
}

describe('F23: the table of waits', () => {
  test.each([
    { what: 'what is given when nothing is asked for', asked: { retryAttempts: 3, retryDelayMs: 5_000 }, answers: [DOWN], waits: [5_000, 10_000], ends: { dead: 1 } },
    { what: 'five attempts from half a second', asked: { retryAttempts: 5, retryDelayMs: 500 }, answers: [DOWN], waits: [500, 1_000, 2_000, 4_000], ends: { dead: 1 } },
    { what: 'none is longer than a day', asked: { retryAttempts: 8, retryDelayMs: HOUR }, answers: [DOWN], waits: [1, 2, 4, 8, 16, 24, 24].map((hours) => hours * HOUR), ends: { dead: 1 } },
    { what: 'one attempt is one', asked: { retryAttempts: 1, retryDelayMs: 5_000 }, answers: [DOWN], waits: [], ends: { dead: 1 } },
    { what: 'Retry-After that is longer counts', asked: { retryAttempts: 4, retryDelayMs: 5_000 }, answers: [{ status: 429, retryAfter: '60' }, DOWN, UP], waits: [60_000, 10_000], ends: { delivered: 1 } },
    { what: 'Retry-After that is shorter does not', asked: { retryAttempts: 4, retryDelayMs: 5_000 }, answers: [{ status: 503, retryAfter: '1' }, UP], waits: [5_000], ends: { delivered: 1 } },
    { what: 'Retry-After as a date', asked: { retryAttempts: 4, retryDelayMs: 5_000 }, answers: [{ status: 503, retryAfter: new Date(T0 + 90_000).toUTCString() }, UP], waits: [90_000], ends: { delivered: 1 } },
    { what: 'Retry-After of a week is an hour', asked: { retryAttempts: 4, retryDelayMs: 5_000 }, answers: [{ status: 429, retryAfter: '604800' }, UP], waits: [HOUR], ends: { delivered: 1 } },
    { what: 'a redirect is a failure like others', asked: { retryAttempts: 2, retryDelayMs: 5_000 }, answers: [{ status: 308 }], waits: [5_000], ends: { dead: 1 } },
    { what: '410 is the end at once', asked: { retryAttempts: 5, retryDelayMs: 5_000 }, answers: [DOWN, { status: 410 }], waits: [5_000], ends: { dead: 1 } },
    { what: 'an answer of the 200s is the end', asked: { retryAttempts: 5, retryDelayMs: 5_000 }, answers: [DOWN, { status: 204 }], waits: [5_000], ends: { delivered: 1 } },
  ])('$what', async ({ asked, answers, waits, ends }) => {
    await setClock(T0);
    const endpoint = endpointOf(asked);
    await plan(endpoint);
    let at = 0;
    const { atMs } = await tried(endpoint, () => answers[Math.min(at++, answers.length - 1)] as Answer);
    expect(atMs.slice(1).map((ms, index) => ms - (atMs[index] ?? 0))).toEqual(waits);
    expect(await states()).toEqual(ends);
  });
});

const PATIENT = { retryAttempts: 20, retryDelayMs: MINUTE };
/** From a minute on, twice as long each time, and a day at most. */
const PATIENT_MINUTES = [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 1_023, 2_047, 3_487, 4_927, 6_367, 7_807];

test('F23: down for three days and then back: it is delivered with the attempt after that, and nobody was disabled', async () => {
  await setClock(T0);
  const endpoint = endpointOf(PATIENT);
  await plan(endpoint);
  const { atMs, verdicts } = await tried(endpoint, (since) => (since < 3 * DAY ? DOWN : UP));
  expect([atMs.map((ms) => ms / MINUTE), verdicts]).toEqual([PATIENT_MINUTES.slice(0, 14), []]);
  expect(await states()).toEqual({ delivered: 1 });
  expect((await pool.query('SELECT delivered::integer, failed::integer, failing_since, failed_in_row::integer FROM webhook_counts')).rows).toEqual([{ delivered: 1, failed: 13, failing_since: null, failed_in_row: 0 }]);
});

test('F23: down for good: the first attempt after five days is the end, and not the one before', async () => {
  await setClock(T0);
  const endpoint = endpointOf(PATIENT);
  await plan(endpoint);
  const { atMs, verdicts } = await tried(endpoint, () => DOWN);
  expect([atMs.map((ms) => ms / MINUTE), verdicts]).toEqual([PATIENT_MINUTES, [[7_807 * MINUTE, 'disable']]]);
});

test('F23: what was given up in these three days is sent by one call, from the moment that is asked for', async () => {
  const endpoint = endpointOf({ retryAttempts: 3, retryDelayMs: 5_000 });
  for (let at = 0; at < 12; at += 1) {
    await setClock(T0 + at * 6 * HOUR);
    await plan(endpoint);
    for (const afterMs of [0, 5_000, 10_000]) {
      await setClock(nowMs + afterMs);
      await attempt(endpoint, DOWN);
    }
  }
  expect(await states()).toEqual({ dead: 12 });
  await setClock(T0 + 3 * DAY);
  const recover = async (since: number) => {
    await beginRuns(pool, [{ runId: uuid7(nowMs), endpointId: endpoint.endpointId, from: 'dead', to: 'ready', since: new Date(since) }]);
    return performRuns(pool, endpoint.endpointId, () => 0, 1_000);
  };
  expect(await recover(T0 + DAY)).toEqual({ moved: 8, isComplete: true });
  expect(await attempt(endpoint, UP)).toEqual({ made: 8, nextInMs: undefined });
  expect(await states()).toEqual({ dead: 4, delivered: 8 });
  expect((await recover(T0)).moved).toBe(4);
  expect((await attempt(endpoint, UP)).made).toBe(4);
  expect((await pool.query('SELECT count(*)::integer AS count, min(attempt) AS least, max(attempt) AS most FROM webhook_deliveries')).rows).toEqual([{ count: 12, least: 4, most: 4 }]);
});
