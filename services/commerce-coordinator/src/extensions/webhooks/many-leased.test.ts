/** A statement is planned once for a connection, perhaps while nothing is leased: it has to serve when much is. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import { claim, end, giveBack, reap } from './deliveries.pg.ts';
import type { Ending } from './deliveries.pg.ts';
import { startTestWebhooks } from './test-webhooks.ts';
import type { TestWebhooks } from './test-webhooks.ts';

const LEASED = 20_000;
const ENDED = 500;
/** As good as nothing beside what it takes to hold each of the leased against each that ended: there it is three and a half seconds and more, here less than half a one where nothing else runs. */
const LIMIT_MS = 2_500;

let cc: TestWebhooks;
let client: PoolClient;

beforeAll(async () => {
  cc = await startTestWebhooks({ starts: false });
  client = await cc.pool.connect();
  // A table that is empty when the server looks at it is taken for one with a single row.
  await client.query('ANALYZE webhook_deliveries, webhook_lease_batches; SET plan_cache_mode = force_generic_plan');
});
afterAll(async () => {
  client?.release(true);
  await cc?.stop();
});

async function leased(holder: string): Promise<string[]> {
  const { rows } = await client.query(
    `INSERT INTO webhook_deliveries (delivery_id, endpoint_id, event_id, name, subject, state, lease_holder, due_at)
     SELECT gen_random_uuid(), $1, gen_random_uuid(), 'order.created', 'o-' || n, 'leased', $2, now() FROM generate_series(1, ${LEASED}) n RETURNING delivery_id`, [randomUUID(), holder],
  );
  const ids: string[] = rows.map(({ delivery_id: id }) => id);
  for (let at = 0; at < LEASED; at += ENDED) await client.query('INSERT INTO webhook_lease_batches (batch_id, holder, delivery_ids) VALUES (gen_random_uuid(), $1, $2)', [holder, ids.slice(at, at + ENDED)]);
  return ids;
}

const delivered = (deliveryId: string): Ending => ({
  deliveryId, endpointId: randomUUID(), batch: { batchId: randomUUID(), left: 1 }, claims: 0, state: 'delivered', attempt: 1, waitMs: 0,
  made: { status: 200, answer: null, error: null, durationMs: 1, endedAtMs: 0, url: 'http://127.0.0.1/' },
});

/** As it is where nothing was ever delivered, and the server has looked. */
async function reset(): Promise<void> {
  await client.query('TRUNCATE webhook_deliveries, webhook_lease_batches, webhook_messages');
  await client.query('ANALYZE webhook_deliveries, webhook_lease_batches, webhook_messages');
}

async function tookMs(work: () => Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return performance.now() - startedAtMs;
}

test('What has ended is written by its keys, though the statement was planned while the table was empty', async () => {
  const holder = randomUUID();
  await end(client, holder, Array.from({ length: ENDED }, () => delivered(randomUUID())), 0);
  const ids = await leased(holder);
  expect(await tookMs(() => end(client, holder, ids.slice(0, ENDED).map(delivered), 0))).toBeLessThan(LIMIT_MS);
  const { rows } = await client.query('SELECT state, count(*)::int AS n FROM webhook_deliveries GROUP BY 1 ORDER BY 1');
  expect(rows).toEqual([{ state: 'delivered', n: ENDED }, { state: 'leased', n: LEASED - ENDED }]);
});

test('So is what a process had that is gone', async () => {
  await reset();
  await reap(client);
  await leased(randomUUID());
  // Ten batches at once.
  expect(await tookMs(() => reap(client))).toBeLessThan(2 * LIMIT_MS);
  expect((await client.query("SELECT count(*)::int AS n FROM webhook_deliveries WHERE state = 'ready'")).rows[0].n).toBe(10 * ENDED);
});

test('So is what a process gives back that stops', async () => {
  await reset();
  const holder = randomUUID();
  await giveBack(client, holder);
  await leased(holder);
  expect(await tookMs(() => giveBack(client, holder))).toBeLessThan(8 * LIMIT_MS);
  expect((await client.query("SELECT count(*)::int AS n FROM webhook_deliveries WHERE state = 'ready'")).rows[0].n).toBe(LEASED);
});

test('So is what is claimed', async () => {
  await reset();
  const [holder, endpointId] = [randomUUID(), randomUUID()];
  const take = (): Promise<unknown> => claim(client, holder, randomUUID(), [{ endpointId, most: ENDED }]);
  await take();
  await client.query(
    `WITH m AS (INSERT INTO webhook_messages (event_id, name, subject, body) SELECT gen_random_uuid(), 'order.created', 'o-' || n, '' FROM generate_series(1, ${LEASED}) n RETURNING event_id, subject)
     INSERT INTO webhook_deliveries (delivery_id, endpoint_id, event_id, name, subject, state, due_at) SELECT gen_random_uuid(), $1, event_id, 'order.created', subject, 'ready', now() FROM m`, [endpointId],
  );
  expect(await tookMs(take)).toBeLessThan(LIMIT_MS);
  expect((await client.query("SELECT count(*)::int AS n FROM webhook_deliveries WHERE state = 'leased'")).rows[0].n).toBe(ENDED);
});
