/**
 * What Commerce Coordinator was not there for, or was never given: it is stopped for a while under load, and events are lost on their
 * way to it. The comparison of both services is off, so that nothing but the queue, and then the archive, can bring what is missing.
 */
import { execFile } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { complaints } from '../kit/end-state.ts';
import { eventually } from '../kit/eventually.ts';
import { startPair } from '../kit/pair.ts';
import type { Pair } from '../kit/pair.ts';

const LIMIT_MS = 120_000;
const AWAY_MS = 6_000;
const NEVER_MS = '86400000';
const SKUS = ['A', 'B', 'C', 'AB', 'BC', 'ABC'];
const CLI = resolve(import.meta.dirname, '../../packages/cli/src/main.ts');
let pair: Pair;

beforeAll(async () => {
  pair = await startPair({
    restartDelayMs: AWAY_MS,
    // Longer than an orderly stop takes: when the process is gone, some orders are still with their provider.
    environment: { cc: { RECONCILE_EVERY_MS: NEVER_MS, FULFILLMENT_CHECK_AFTER_MS: NEVER_MS }, of: { WAREHOUSE_PACKING_MS: '9000' } },
  });
}, 90_000);
afterAll(() => pair?.stop(), 60_000);

/** Places an order as a client does that does not give up: under one key, until it is answered. */
async function placeForSure(index: number): Promise<string> {
  const key = crypto.randomUUID();
  return eventually(`order ${index}`, () => pair.place(SKUS[index % SKUS.length] ?? 'A', key).catch(() => undefined), LIMIT_MS);
}

const fulfilledAt = async (service: 'cc' | 'of'): Promise<number> =>
  (await pair.rows<{ count: number }>(service, "SELECT count(*)::int AS count FROM events WHERE type = 'FulfillmentCompleted'"))[0]?.count ?? 0;
const healed = async (): Promise<number> => (await pair.rows('cc', "SELECT 1 FROM events WHERE type = 'FulfillmentHealed'")).length;

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

test('stopped under load and started again, it loses nothing and does nothing twice', async () => {
  const total = 120;
  const orderIds: string[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < total) {
      const index = next;
      next += 1;
      orderIds.push(await placeForSure(index));
      await wait(400);
    }
  };
  const load = Promise.all(Array.from({ length: 8 }, worker));
  await eventually('a part of the orders', () => (orderIds.length > total / 2 ? true : undefined), LIMIT_MS);

  const { pid = 0 } = pair.process('cc');
  expect(pair.process('cc').signal('SIGTERM')).toBe(true);
  await eventually('its end', () => (isGone(pid) ? true : undefined));
  const [seenHere, doneThere] = [await fulfilledAt('cc'), await fulfilledAt('of')];
  const waiting = await eventually('outcomes that nobody takes', async () => {
    const size = await pair.queue.size();
    return size > 0 && (await fulfilledAt('of')) > doneThere ? size : undefined;
  });
  expect(await fulfilledAt('cc')).toBe(seenHere);
  expect(waiting).toBeGreaterThan(0);

  await load;
  expect(new Set(orderIds).size).toBe(total);
  const orders = await pair.settled(orderIds, LIMIT_MS);
  expect(await complaints(pair, orders)).toEqual([]);
  expect([await pair.queue.size(), await healed()]).toEqual([0, 0]);
}, 3 * LIMIT_MS);

/** The operator's tool on this stack. */
async function cli(...argv: string[]): Promise<{ out: string; err: string }> {
  const stackFile = join(dirname(pair.stack.description.inside.logs), 'stack.json');
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [CLI, 'archive', 'replays', ...argv, '--stack', stackFile], { timeout: LIMIT_MS, env: { PATH: process.env['PATH'] } });
  return { out: stdout, err: stderr };
}

/** What was told of these orders, and what was done for them outside. */
const told = (orderIds: readonly string[]): Promise<object[]> => pair.rows('cc', 'SELECT event_id FROM events WHERE subject = ANY ($1) ORDER BY event_id', [orderIds]);

test('events that were lost come out of the archive by one command; what was here is not applied again, and nothing is done twice', async () => {
  const place = (count: number): Promise<string[]> => Promise.all(Array.from({ length: count }, (_, index) => placeForSure(index)));
  const done = await place(6);
  expect(await complaints(pair, await pair.settled(done, LIMIT_MS))).toEqual([]);
  const [before, toldBefore] = [await fulfilledAt('cc'), await told(done)];

  await pair.setBusFaults({ drops: 1 });
  const doneThere = await fulfilledAt('of');
  const lost = await place(12);
  await eventually('outcomes that are lost', async () => ((await fulfilledAt('of')) === doneThere + lost.length ? true : undefined), LIMIT_MS);
  await eventually('the bus, quiet for half a second', async () => {
    const { dropped } = await pair.busMetrics();
    await wait(500);
    return (await pair.busMetrics())['dropped'] === dropped ? true : undefined;
  });
  await pair.setBusFaults();
  expect([await fulfilledAt('cc'), await pair.queue.size()]).toEqual([before, 0]);

  const replay = JSON.parse((await cli('start', '--from', '1h', '--name', 'lost', '--reason', 'events_lost', '--json')).out) as { name: string };
  const orders = await pair.settled(lost, LIMIT_MS);
  const watched = JSON.parse((await cli('watch', replay.name, '--every', '0.5', '--json')).out) as { state: string; arrived: { applied: number; duplicates: number; refused: number } };
  expect(watched).toMatchObject({ state: 'COMPLETED', arrived: { applied: lost.length, duplicates: before, refused: 0 } });

  expect(await complaints(pair, [...orders, ...(await pair.settled(done))])).toEqual([]);
  expect(await told(done)).toEqual(toldBefore);
  expect(await healed()).toBe(0);
  const [item] = (await pair.timeline(done[0] ?? '')).filter(({ eventType }) => eventType === 'FulfillmentCompleted');
  expect(item?.ignored).toEqual([{ handler: 'consumer', rule: 'already_stored' }]);
}, 3 * LIMIT_MS);
