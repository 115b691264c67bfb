/** The rows of sessions, links and refusals: how many there may be, and when they go. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import pg from 'pg';
import { BY_LINK, DASHBOARD_MIGRATION, REFUSALS, Sessions } from './sessions.pg.ts';

const MINUTE_MS = 60_000;
const ISSUER = 'https://id.example.com';
const LIMITS = { idleMs: 60 * MINUTE_MS, longestMs: 600 * MINUTE_MS };
const ADA = { subject: 'ada', name: 'Ada', role: 'operator' } as const;
let database: TestDatabase;
let pool: pg.Pool;
let nowMs: number;
let sessions: Sessions;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 2 });
  await pool.query(DASHBOARD_MIGRATION.sql);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});
beforeEach(async () => {
  await pool.query('TRUNCATE dashboard_sessions, dashboard_links, dashboard_refusals');
  nowMs = Date.parse('2026-11-22T12:00:00Z');
  sessions = new Sessions(pool, LIMITS, [ISSUER, BY_LINK], () => nowMs);
});

const rows = async (table: string): Promise<number> => (await pool.query(`SELECT FROM ${table}`)).rowCount ?? 0;

test('a user has ten at most, and the oldest of more is ended; others keep theirs', async () => {
  await sessions.begin(pool, 'of another', { ...ADA, subject: 'bob' }, ISSUER);
  for (let count = 0; count < 12; count += 1) {
    nowMs += MINUTE_MS;
    await sessions.begin(pool, `session ${count}`, ADA, ISSUER);
  }
  const found = await Promise.all(Array.from({ length: 12 }, (_, count) => sessions.find(`session ${count}`)));
  expect(found.map((session) => session !== undefined)).toEqual([false, false, ...Array.from({ length: 10 }, () => true)]);
  expect(await sessions.find('of another')).toMatchObject({ subject: 'bob' });
});

test('it says when it ends, which its use puts off, up to its longest time', async () => {
  await sessions.begin(pool, 'one', ADA, ISSUER);
  const begunMs = nowMs;
  expect((await sessions.find('one'))?.expiresAt.getTime()).toBe(begunMs + 60 * MINUTE_MS);
  for (let hours = 0; hours < 11; hours += 1) {
    nowMs += 53 * MINUTE_MS;
    expect((await sessions.find('one'))?.expiresAt.getTime()).toBe(Math.min(nowMs + 60 * MINUTE_MS, begunMs + 600 * MINUTE_MS));
  }
  nowMs = begunMs + 600 * MINUTE_MS;
  expect(await sessions.find('one')).toBeUndefined();
});

test('that it is used is not written with each request', async () => {
  await sessions.begin(pool, 'one', ADA, ISSUER);
  const seen = async (): Promise<number> => (await pool.query('SELECT seen_at FROM dashboard_sessions')).rows[0].seen_at.getTime();
  nowMs += MINUTE_MS - 1;
  await sessions.find('one');
  expect(await seen()).toBe(nowMs - MINUTE_MS + 1);
  nowMs += 1;
  await sessions.find('one');
  expect(await seen()).toBe(nowMs);
});

test('it lasts only where one may still sign in as it began', async () => {
  await sessions.begin(pool, 'by the issuer', ADA, ISSUER);
  await sessions.begin(pool, 'by a link', { ...ADA, subject: 'one-time-link' }, BY_LINK);
  const found = async (ways: readonly string[]): Promise<boolean[]> => {
    const there = new Sessions(pool, LIMITS, ways, () => nowMs);
    const [byIssuer, byLink, listed] = [await there.find('by the issuer'), await there.find('by a link'), await there.list()];
    expect(listed.map(({ subject }) => subject).toSorted()).toEqual([...(byIssuer === undefined ? [] : ['ada']), ...(byLink === undefined ? [] : ['one-time-link'])]);
    return [byIssuer !== undefined, byLink !== undefined];
  };
  expect(await found([ISSUER, BY_LINK])).toEqual([true, true]);
  expect(await found([ISSUER])).toEqual([true, false]);
  expect(await found([BY_LINK])).toEqual([false, true]);
  expect(await found(['https://another.example.com'])).toEqual([false, false]);
  expect(await found([])).toEqual([false, false]);
});

test('what has ended is swept away, and nothing else', async () => {
  await sessions.begin(pool, 'idle', ADA, ISSUER);
  await sessions.addLink(pool, 'old');
  await sessions.countRefusal('10.0.0.1');
  nowMs += 59 * MINUTE_MS;
  await sessions.begin(pool, 'used', ADA, ISSUER);
  await sessions.addLink(pool, 'new');
  await sessions.countRefusal('10.0.0.2');
  nowMs += MINUTE_MS;
  await sessions.sweep();
  expect([await rows('dashboard_sessions'), await rows('dashboard_links'), await rows('dashboard_refusals')]).toEqual([1, 1, 1]);
  expect([await sessions.find('used'), await sessions.useLink('new')]).toEqual([expect.objectContaining(ADA), true]);
});

test('an address waits after its hundredth refusal, for what is left of a quarter of an hour, and begins anew', async () => {
  for (let count = 0; count < REFUSALS.mostOfAddress; count += 1) {
    expect(await sessions.waitMs('10.0.0.1', REFUSALS.mostOfAddress)).toBe(0);
    await sessions.countRefusal('10.0.0.1');
  }
  nowMs += 5 * MINUTE_MS;
  expect([await sessions.waitMs('10.0.0.1', REFUSALS.mostOfAddress), await sessions.waitMs('10.0.0.2', REFUSALS.mostOfAddress)]).toEqual([10 * MINUTE_MS, 0]);
  nowMs += 10 * MINUTE_MS;
  expect(await sessions.waitMs('10.0.0.1', REFUSALS.mostOfAddress)).toBe(0);
  await sessions.countRefusal('10.0.0.1');
  expect(await sessions.waitMs('10.0.0.1', REFUSALS.mostOfAddress)).toBe(0);
});
