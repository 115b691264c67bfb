/** A rebuild whose process is killed, in the fill and in the swap, goes on in another one; two that compete do it once. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import { startTestCoordinator } from '../../test-coordinator.ts';
import type { TestCoordinator } from '../../test-coordinator.ts';
import { hashOf } from './test-rebuild.ts';

const PROGRAM = new URL('./test-rebuild-process.ts', import.meta.url).pathname;
const ORDERS = 60;
const REASON = { code: 'rows_in_doubt' };
let database: TestDatabase;
let cc: TestCoordinator;
let before: string;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  database = await createTestDatabase();
  cc = await startTestCoordinator({ DATABASE_URL: database.url });
  const form = { customerId: 'VINET', currency: 'USD', lines: [{ sku: 'NW-1', quantity: 1, unitPrice: '1.00' }] };
  await Promise.all(Array.from({ length: ORDERS }, (_, n) => cc.call('POST', '/orders', { body: form, headers: { 'idempotency-key': `killed-${n}` } })));
  before = await hashOf(cc.pool);
}, 60_000);
afterEach(async () => {
  for (const child of children) await kill(child);
});
afterAll(async () => {
  await cc.stop();
  await database.drop();
});

async function start(at: 'fill' | 'swap' | 'nowhere'): Promise<ChildProcess> {
  const child = fork(PROGRAM, [database.url, at], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [], env: { ...process.env, NODE_ENV: 'test' } });
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

async function begin(): Promise<string> {
  const { status, body } = await cc.call('POST', '/api/replays', { scopes: 'replay:read replay:write', headers: { 'idempotency-key': randomUUID() }, body: { target: { projection: 'orders' }, mode: 'run', reason: REASON } });
  expect(status).toBe(202);
  return body.replayId;
}

async function ended(replayId: string): Promise<any> {
  for (const endMs = performance.now() + 30_000; performance.now() < endMs; await delay(20)) {
    const { body } = await cc.call('GET', `/api/replays/${replayId}`, { scopes: 'replay:read' });
    if (body.state === 'done' || body.state === 'failed') return body;
  }
  throw new Error('The rebuild has not ended.');
}

const keptTables = async (): Promise<number> => (await cc.pool.query("SELECT count(*)::int AS n FROM pg_namespace WHERE nspname LIKE 'orders\\_before\\_%'")).rows[0].n;

async function isWhole(replayId: string): Promise<void> {
  const kept = await keptTables();
  expect(await ended(replayId)).toMatchObject({ state: 'done', scanned: ORDERS, applied: ORDERS, skipped: 0, changed: 0, error: null });
  expect([await hashOf(cc.pool), await keptTables() - kept]).toEqual([before, 1]);
}

test.each(['fill', 'swap'] as const)('killed in the %s', async (at) => {
  const replayId = await begin();
  const child = await start(at);
  await once(child, 'message');
  const { rows: [left] } = await cc.pool.query('SELECT scanned::int, state FROM replays WHERE replay_id = $1', [replayId]);
  expect(left.state).toBe('running');
  if (at === 'fill') expect(left.scanned).toBeLessThan(ORDERS);
  expect(left.scanned).toBeGreaterThan(0);
  await kill(child);
  await start('nowhere');
  await isWhole(replayId);
}, 60_000);

test('two processes that compete rebuild it once', async () => {
  await Promise.all([start('nowhere'), start('nowhere')]);
  await isWhole(await begin());
}, 60_000);
