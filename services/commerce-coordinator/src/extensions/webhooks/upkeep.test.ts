/** What is put right and put away without being asked, and what waits for whom. */
import { Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { lockSubjects } from '@commerce/event-log/change';
import type { StoredEvent } from '@commerce/event-log/event';
import { BEGIN, inTransaction } from '@commerce/event-log/transaction';
import { uuid7 } from '@commerce/events/uuid7';
import { createLogger } from '@commerce/service-kit/logging';
import { systemPorts } from '@commerce/service-kit/ports';
import { eventually } from '@commerce/service-kit/test-eventually';
import pg from 'pg';
import { openDelivery } from './delivery/open.ts';
import type { Attempt, Lease } from './delivery/lease.ts';
import type { Known } from './delivery/registry.ts';
import { unwellTeller } from './delivery/unwell.ts';
import { webhooks } from './extension.ts';
import { fanOut } from './fan-out.ts';
import type { FannedOut, Planned } from './fan-out.ts';
import { fanOutStore } from './fan-out.pg.ts';
import { beginRuns, performSomeRun } from './operating.pg.ts';
import { losingAnswers } from './test-lost-answers.ts';
import { startTestReceiver } from './test-receiver.ts';
import { startTestWebhooks } from './test-webhooks.ts';
import type { TestWebhooks } from './test-webhooks.ts';

const URL = 'http://127.0.0.1:1/x';
const DAY_MS = 86_400_000;
let it: TestWebhooks;
let event: StoredEvent;

beforeAll(async () => {
  it = await startTestWebhooks({ starts: false });
  // Nobody wants it when it comes.
  const orderId = await it.order();
  await it.seen();
  event = (await it.log.history(orderId))[0] as StoredEvent;
});
afterEach(async () => {
  await it.pool.query('UPDATE webhook_registrations SET version = version + 1; TRUNCATE webhook_endpoints, webhook_deliveries, webhook_attempts, webhook_counts, webhook_messages, webhook_requests, webhook_runs');
});
afterAll(() => it.stop());

const job = (name: string) => webhooks.jobs.find((one) => one.name === `webhooks.${name}`) as (typeof webhooks.jobs)[number];
const perform = (name: string) => job(name).run(it.own, new AbortController().signal);
const rowsOf = async (endpointId: string) => (await it.pool.query('SELECT state, attempt, lease_holder, last_error FROM webhook_deliveries WHERE endpoint_id = $1 ORDER BY delivery_id', [endpointId])).rows;

/** What is planned for an order now. */
async function planned(): Promise<FannedOut> {
  await it.own.registry.refresh(it.pool);
  const outcome = fanOut(undefined, event, undefined as never, it.own);
  if (outcome.kind !== 'apply') throw new Error(outcome.kind);
  return (outcome.state as FannedOut | undefined) ?? { order: undefined, planned: [] };
}
const plannedFor = async (): Promise<string[]> => (await planned()).planned.flatMap(({ to }) => to.map(({ endpoint }) => endpoint.endpointId));

/** The store of the fan-out with a dispatcher that has room for everything, under this holder. */
function storeOf(holder: string) {
  const sizes: number[] = [];
  const delivered: (readonly Lease[])[] = [];
  const dispatcher = { holder, room: () => ({ take: (_known: Known, bytes: number) => sizes.push(bytes) > 0 }), deliver: (leases: readonly Lease[]) => void delivered.push(leases), due: () => undefined };
  return { sizes, delivered, store: fanOutStore({ registry: it.own.registry, log: it.log, dispatcher: dispatcher as unknown as TestWebhooks['own']['dispatcher'], nowMs: Date.now }) };
}

test('what was leased to a process that never learned of it, for the answer to its commit was lost, is delivered all the same', async () => {
  const receiver = await startTestReceiver();
  const way = await losingAnswers(String(it.pool.options.connectionString));
  const lossy = new pg.Pool({ connectionString: way.url, max: 1, pipeline: true });
  lossy.on('error', () => undefined);
  lossy.on('connect', (client) => client.on('error', () => undefined));
  const dispatcher = it.another(undefined, 120);
  try {
    await dispatcher.start();
    const endpointId = await it.register({ url: receiver.url, events: ['order.created'] });
    const changes = [{ subject: event.subject, before: undefined, after: await planned() }];
    let leased: unknown;
    way.lose();
    await expect(inTransaction(lossy, async (tx) => {
      await storeOf(dispatcher.holder).store.save(tx, changes);
      leased = (await tx.query('SELECT state, lease_holder FROM webhook_deliveries')).rows;
    })).rejects.toThrow('Connection terminated');
    expect(leased).toEqual([{ state: 'leased', lease_holder: dispatcher.holder }]);
    await eventually('the delivery', async () => receiver.got.length > 0);
    expect([await it.settled(), receiver.got.length, (await rowsOf(endpointId))[0].attempt]).toEqual([{ delivered: 1 }, 1, 1]);
  } finally {
    await dispatcher.stop();
    await lossy.end();
    await way.close();
    await receiver.close();
  }
});

test('what is under way is not taken for lost, however long it takes', async () => {
  const open: (() => unknown)[] = [];
  const receiver = await startTestReceiver((_got, response) => void open.push(() => response.end()));
  const dispatcher = it.another(undefined, 120);
  try {
    await dispatcher.start();
    const endpointId = await it.register({ url: receiver.url, events: ['order.created'], timeoutMs: 20_000 });
    await it.order();
    await eventually('the delivery', async () => open.length > 0);
    const { rows: [{ later }] } = await it.pool.query("SELECT clock_timestamp() + interval '1.2 seconds' AS later");
    await eventually('two minutes of its own time', async () => (await it.pool.query('SELECT clock_timestamp() > $1 AS is_later', [later])).rows[0].is_later);
    expect([await rowsOf(endpointId), open.length]).toMatchObject([[{ state: 'leased' }], 1]);
    open[0]?.();
    expect(await it.settled()).toEqual({ delivered: 1 });
  } finally {
    await dispatcher.stop();
    await receiver.close();
  }
});

test('the bytes of a message are made once for all its endpoints, and counted as bytes; a batch is handed over at once', async () => {
  for (const _ of [1, 2]) await it.register({ url: URL, events: ['order.created'] });
  const decided = await planned();
  const [one] = decided.planned as [Planned];
  const other: Planned = { ...one, eventId: uuid7(Date.now()), body: '{"name":"Zoë"}' };
  const { sizes, delivered, store } = storeOf('0193a6a0-7000-7abc-9def-0123456789ff');
  const changes = [{ subject: event.subject, before: undefined, after: decided }, { subject: 'another', before: undefined, after: { ...decided, order: undefined, planned: [other] } }];
  await inTransaction(it.pool, (tx) => store.save(tx, changes));
  store.saved?.(changes);
  expect([delivered.length, delivered[0]?.length, new Set(delivered[0]?.map(({ body }) => body)).size]).toEqual([1, 4, 2]);
  expect(sizes).toEqual(delivered[0]?.map(({ body }) => body.length));
  expect(sizes.at(-1)).toBe(15);
});

describe('of a webhook that is disabled', () => {
  const disabled = async (disabledAt: number): Promise<string> => {
    const endpointId = await it.register({ url: URL, events: ['order.created'], status: 'disabled' });
    await it.pool.query('WITH v AS (UPDATE webhook_registrations SET version = version + 1) UPDATE webhook_endpoints SET disabled_at = $2 WHERE endpoint_id = $1', [endpointId, new Date(disabledAt)]);
    return endpointId;
  };

  test('what is held is discarded after 31 days, and not before', async () => {
    const [endpointId, enabled] = [await disabled(Date.now() - 40 * DAY_MS), await it.register({ url: URL })];
    await it.pool.query(
      `INSERT INTO webhook_deliveries (delivery_id, endpoint_id, event_id, name, subject, state, due_at) SELECT id, e, gen_random_uuid(), 'order.created', 'o', s, now()
       FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS d(id, e, s)`,
      [[32, 32, 30, 32].map((days) => uuid7(Date.now() - days * DAY_MS)), [endpointId, endpointId, endpointId, enabled], ['held', 'dead', 'held', 'ready']]);
    expect(await perform('tidy')).toBe(false);
    expect((await rowsOf(endpointId)).map(({ state, last_error: error }) => [state, error]).toSorted()).toEqual([['dead', null], ['discarded', 'held for 31 days'], ['held', null]]);
    expect(await rowsOf(enabled)).toMatchObject([{ state: 'ready' }]);
  });

  test('nothing more is planned once it is disabled for 31 days, though nobody changes it', async () => {
    const [, recent] = [await disabled(Date.now() - 32 * DAY_MS), await disabled(Date.now() - 30 * DAY_MS)];
    expect(await plannedFor()).toEqual([recent]);
    const soon = await disabled(Date.now() - 31 * DAY_MS + 400);
    expect((await plannedFor()).toSorted()).toEqual([recent, soon].toSorted());
    await eventually('the end of its days', async () => (await plannedFor()).length === 1);
    await it.pool.query('WITH v AS (UPDATE webhook_registrations SET version = version + 1) DELETE FROM webhook_endpoints WHERE endpoint_id = $1', [recent]);
    expect([await plannedFor(), it.own.registry.isWanted('order.created')]).toEqual([[], false]);
  });
});

test('what was asked under a key is remembered for a month after its webhook was removed, and as long as the webhook is there', async () => {
  const [there, gone] = [await it.register({ url: URL }), await it.register({ url: URL })];
  await it.pool.query("UPDATE webhook_requests SET created_at = now() - interval '400 days'");
  expect((await it.call('DELETE', `/api/webhooks/${gone}`, { scopes: 'webhooks:write' })).status).toBe(200);
  const left = async () => {
    await perform('tidy');
    return (await it.pool.query('SELECT endpoint_id FROM webhook_requests')).rows.map((row) => row.endpoint_id).toSorted();
  };
  expect(await left()).toEqual([there, gone].toSorted());
  await it.pool.query("UPDATE webhook_requests SET removed_at = removed_at - interval '30 days'");
  expect(await left()).toEqual([there, gone].toSorted());
  await it.pool.query("UPDATE webhook_requests SET removed_at = removed_at - interval '2 days'");
  expect(await left()).toEqual([there]);
});

test('while nobody asks for failed runs they are looked for twice a minute, else each second; and moves four times a minute', async () => {
  const every = async (name: string): Promise<number> => {
    await it.own.registry.refresh(it.pool);
    return job(name).everyMs(it.own);
  };
  await it.register({ url: URL, events: ['*'] });
  expect([await every('tell_failures'), await every('move')]).toEqual([30_000, 15_000]);
  await it.register({ url: URL, events: ['job.*'] });
  expect(await every('tell_failures')).toBe(1_000);
});

test('a job that moves goes on until no move is left, though each of them is short', async () => {
  const ids = [await it.register({ url: URL }), await it.register({ url: URL })];
  await beginRuns(it.pool, ids.map((endpointId) => ({ runId: uuid7(Date.now()), endpointId, from: 'dead', to: 'ready' })));
  expect([await performSomeRun(it.pool), await performSomeRun(it.pool), await performSomeRun(it.pool)]).toEqual([true, true, false]);
});

const FAILED: Attempt = { status: 410, answer: null, error: null, durationMs: 1, retryAfterMs: null };
const leaseOf = (endpointId: string): Lease => ({ deliveryId: uuid7(Date.now()), batch: { batchId: uuid7(Date.now()), left: 1 }, claims: 0, endpointId, eventId: event.eventId, name: 'order.created', attempt: 0, attemptsBefore: 0, replayId: null, body: Buffer.of(), traceparent: null });

test('what a delivery changes of its webhook waits for the request that changes it, and takes no number before its turn', async () => {
  const endpointId = await it.register({ url: URL });
  const { endpoint } = await known(endpointId);
  const client = await it.pool.connect();
  let told: Promise<void> | undefined;
  try {
    await client.query(BEGIN);
    await lockSubjects(client, [`webhook-registrations\n${endpointId}`]);
    await client.query('UPDATE webhook_endpoints SET description = $2 WHERE endpoint_id = $1', [endpointId, 'by a request']);
    let isOver = false;
    told = Promise.resolve(unwellTeller(it.log)(endpoint, { act: 'gone' }, { lease: leaseOf(endpointId), attempt: FAILED })).finally(() => (isOver = true));
    const waits = await eventually('who waits', async () => (await client.query("SELECT wait_event, backend_xid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")).rows[0]);
    expect([waits, isOver]).toEqual([{ wait_event: 'advisory', backend_xid: null }, false]);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
  await told;
  expect((await it.pool.query('SELECT status, description FROM webhook_endpoints')).rows).toEqual([{ status: 'disabled', description: 'by a request' }]);
});

async function known(endpointId: string): Promise<Known> {
  await it.own.registry.refresh(it.pool);
  return it.own.registry.get(endpointId) as Known;
}

test('the log names the webhook of which nothing could be told', async () => {
  const receiver = await startTestReceiver((_got, response) => void response.writeHead(410).end());
  const lines: string[] = [];
  const logger = createLogger({ name: 'test', destination: new Writable({ write: (chunk, _encoding, done) => (lines.push(String(chunk)), done()) }) });
  const dispatcher = it.another((fields, message) => logger.warn(fields, message));
  await it.pool.query("ALTER TABLE events ADD CONSTRAINT refused CHECK (type <> 'WebhookEndpointDisabled') NOT VALID");
  try {
    const endpointId = await it.register({ url: receiver.url, events: ['order.created'] });
    await dispatcher.start();
    await it.order();
    const line = JSON.parse(await eventually('the line', async () => lines.find((one) => one.includes('what became of an endpoint'))));
    expect(line).toMatchObject({ subject: endpointId });
    expect(line).not.toHaveProperty('dropped');
  } finally {
    await it.pool.query('ALTER TABLE events DROP CONSTRAINT refused');
    await dispatcher.stop();
    await receiver.close();
  }
});

test('a dispatcher begins when it is told to, not when it is made: a start that is refused has sent nothing', async () => {
  const begins: (() => Promise<unknown>)[] = [];
  const ends: (() => unknown)[] = [];
  const { pool, log, nowMs } = it;
  const { dispatcher } = openDelivery({
    pool, log, nowMs, ports: systemPorts({ uuid: () => uuid7(Date.now()) }), logger: createLogger({ name: 'test', level: 'silent' }), runsReaders: true,
    onBegin: (begin) => void begins.push(begin), onStop: (end) => void ends.push(end), onStopTaking: () => undefined,
  }, it.own);
  const isThere = async () => (await pool.query('SELECT 1 FROM webhook_dispatchers WHERE holder = $1', [dispatcher?.holder])).rows.length;
  const before = await isThere();
  for (const begin of begins) await begin();
  const begun = await isThere();
  for (const end of ends) await end();
  expect([before, begun, await isThere()]).toEqual([0, 1, 0]);
});
