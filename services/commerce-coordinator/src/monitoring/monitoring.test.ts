/** What monitoring tells of the service, over HTTP, of orders that really run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuid7 } from '@commerce/events/uuid7';
import { eventually } from '@commerce/service-kit/test-eventually';
import type { SystemEvent } from '@commerce/signals/system-event';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { Answer, TestCoordinator } from '../test-coordinator.ts';
import { isDelivering, isFlowing } from './service-figures.ts';
import { readWebhookFigures } from './webhook-figures.pg.ts';

let cc: TestCoordinator;

beforeAll(async () => {
  cc = await startTestCoordinator({ ROLES: 'api,readers,ingest', INVENTORY_UNKNOWN_SKU: 'unlimited' });
});
afterAll(() => cc?.stop());

const get = (path: string, scopes = 'events:read metrics:read'): Promise<Answer> => cc.call('GET', path, { scopes });
const emit = (body: unknown, scopes = 'events:write'): Promise<Answer> => cc.call('POST', '/api/events/test', { body, scopes });
let keys = 0;
async function place(): Promise<string> {
  const { status, body } = await cc.call('POST', '/orders', { headers: { 'idempotency-key': `monitored-${(keys += 1)}` }, body: { customerId: 'VINET', currency: 'USD', lines: [{ sku: 'NW-1', quantity: 1, unitPrice: '10.00' }] } });
  expect(status).toBe(202);
  return body.orderId;
}
/** Nothing new comes any more, but for what is tried again. */
async function rested(orderId: string): Promise<void> {
  await eventually('a failed charge', async () => (await cc.pool.query("SELECT FROM failed_attempts WHERE subject = $1 AND handler = 'payments.charge'", [orderId])).rowCount ?? 0);
}
const stored = async (where = 'true'): Promise<number> => (await cc.pool.query(`SELECT count(*)::integer AS n FROM events WHERE ${where}`)).rows[0].n;

/** Parcels of orders that nobody knows: nothing follows from them. */
async function appendParcels(count: number): Promise<void> {
  const { example } = cc.log.catalogue.entry('ShippingDispatched');
  const results = await cc.log.appendForeign(Array.from({ length: count }, () => ({
    eventId: uuid7(Date.now()), eventType: 'ShippingDispatched', eventVersion: 'v1', timestamp: new Date().toISOString(), source: 'carrier', correlationId: uuid7(Date.now()), causationId: null, metadata: {}, data: example,
  })));
  expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(['appended']));
}

test('GET /api/events/metrics counts every event of the last minute, whoever has appended it, and forgets older ones', async () => {
  await appendParcels(200);
  await cc.pool.query("UPDATE events SET recorded_at = now() - interval '70 seconds' WHERE event_id IN (SELECT event_id FROM events LIMIT 150)");
  const ask = async (): Promise<{ eventsPerSecond: number; window: { events: number } }> => (await get('/api/events/metrics')).body;
  const truth = (): Promise<number> => stored("recorded_at > clock_timestamp() - interval '60 seconds'");
  await eventually('the first ones are counted', async () => (await ask()).window.events === (await truth()));
  await appendParcels(500);
  await appendParcels(500);
  const wanted = await truth();
  expect(wanted).toBe(1_050);
  // A transaction elsewhere in the cluster may hold the horizon for a moment.
  const counted = await eventually('all are below the horizon', async () => {
    const { eventsPerSecond } = await ask();
    return eventsPerSecond * 60 >= wanted * 0.99 && eventsPerSecond * 60;
  });
  expect(Math.abs(counted - wanted)).toBeLessThanOrEqual(wanted / 100);
});

describe('GET /api/events/stats', () => {
  test('tells of the whole service: all events of the log, what listens to each, the last ten; and says which figures are of this process', async () => {
    const unsubscribe = cc.live.bus.subscribe('order.created', () => undefined);
    for (let n = 0; n < 4; n += 1) await rested(await place());
    const lastTen = async (): Promise<string[]> => (await cc.pool.query('SELECT event_id FROM events ORDER BY epoch DESC, txid DESC, position DESC LIMIT 10')).rows.map(({ event_id }) => event_id).toReversed();
    const idsOf = ({ recentEvents }: { recentEvents: { eventId: string }[] }): string[] => recentEvents.map(({ eventId }) => eventId);
    // A transaction elsewhere in the cluster may hold the horizon for a moment, and the last ten are those below it.
    const { status, body, last, total } = await eventually('nothing new comes meanwhile', async () => {
      // The total first: what comes after it is seen in the end.
      const total = await stored();
      const before = { total, last: await lastTen() };
      const answer = await get('/api/events/stats');
      return before.total === (await stored()) && answer.body.totalEvents === before.total && idsOf(answer.body).at(-1) === before.last.at(-1) && { ...answer, ...before };
    });
    unsubscribe();
    expect([status, body.totalEvents]).toEqual([200, total]);
    expect(body.handlersByType['order.created']).toBeGreaterThan(0);
    expect(body.liveSubscriptionsByType).toEqual({ 'order.created': 1 });
    expect(body.subscriptionsByType['order.created']).toBe(body.handlersByType['order.created'] + 1);
    expect(idsOf(body)).toEqual(last);
    expect(body.recentEvents[0]).toMatchObject({ name: expect.stringMatching(/^[a-z]+\.[a-z_]+$/), eventType: expect.any(String), data: expect.any(Object) });
    expect(body.processes).toEqual([{ workerId: body.thisProcess.workerId, roles: ['api', 'readers', 'ingest'], ageMs: 0, active: true, totalEvents: expect.any(Number), subscribers: 1 }]);
    expect(body.thisProcess).toMatchObject({ totalEvents: expect.any(Number), subscribers: 1, subscriptionsByType: { 'order.created': 1 }, dropped: 0, failed: 0, timedOut: 0 });
  });

  test('adds what other processes have told, and forgets one that is silent', async () => {
    const other = uuid7(Date.now());
    const report = { bus: { active: true, totalEvents: 7, subscribers: 2, subscriptionsByType: { 'order.*': 2 }, dropped: 0, failed: 0, timedOut: 0 }, runs: { completed: 30, failed: 10, busyMs: 400 } };
    await cc.pool.query("INSERT INTO process_reports (worker_id, roles, report) VALUES ($1, '{consumer}', $2)", [other, JSON.stringify(report)]);
    const { body } = await get('/api/events/stats');
    expect(body.liveSubscriptionsByType).toEqual({ 'order.*': 2 });
    expect(body.processes).toHaveLength(2);
    expect((await get('/api/events/metrics')).body.window).toMatchObject({ processes: 2, failedRuns: expect.any(Number) });
    await cc.pool.query("UPDATE process_reports SET reported_at = now() - interval '11 seconds' WHERE worker_id = $1", [other]);
    expect((await get('/api/events/stats')).body.processes).toHaveLength(1);
  });
});

describe('GET /api/events/metrics', () => {
  test('gives time and failures of the runs of handlers, and what waits', async () => {
    await rested(await place());
    // Nobody takes the money: those jobs wait.
    const { body } = await eventually('what waits is seen', async () => {
      const answer = await get('/api/events/metrics');
      return answer.body.queueDepth > 0 && answer;
    });
    const { runs, failedRuns } = body.window;
    expect(runs).toBeGreaterThan(failedRuns);
    expect(failedRuns).toBeGreaterThan(0);
    expect(body).toMatchObject({ errorRate: failedRuns / runs, webhookDeliveryRate: 1, averageProcessingTime: expect.any(Number) });
    expect(body.averageProcessingTime).toBeGreaterThan(0);
  });
});

describe('POST /api/events/test', () => {
  test('gives the event to whoever listens, marked as a test, and to nobody else', async () => {
    const heard: SystemEvent[] = [];
    const unsubscribe = cc.live.bus.subscribe('payment.*', (event) => void heard.push(event));
    const before = await stored("type = 'PaymentFailed'");
    const { status, body } = await emit({ name: 'payment.failed' });
    expect(status).toBe(202);
    expect(body).toMatchObject({ event: { name: 'payment.failed', eventType: 'PaymentFailed', metadata: { test: true, userId: 'user of storefront' }, data: { reason: expect.any(Object) } }, thisProcess: { subscribers: 1 } });
    await eventually('it is heard', async () => heard.some(({ eventId }) => eventId === body.event.eventId));
    unsubscribe();
    expect(await stored("type = 'PaymentFailed'")).toBe(before);
    expect((await emit({ name: 'JOB_COMPLETED' })).body.event.name).toBe('job.completed');
    expect((await emit({})).body.event.name).toBe('order.created');
  });

  test.each([
    [{ name: 'order.craeted' }, 400, 'unknown_event_name'],
    [{ name: 'order.*' }, 400, 'unknown_event_name'],
    [{ name: 'order.created', data: { orderId: 5 } }, 422, 'test_event_invalid'],
    [{ name: 'order.created', more: true }, 400, 'validation_failed'],
    [{ name: 'order.created', data: { note: 'x'.repeat(70_000) } }, 413, 'body_too_large'],
  ])('refuses %j', async (body, status, code) => {
    expect((await emit(body)).body).toMatchObject({ status, code });
  });
});

test('GET /health/events answers exactly in its form, to anybody', async () => {
  const answer = await fetch(`${cc.url}/health/events`);
  const subscribers = ((await answer.json()) as any).eventBus.subscribers;
  expect(subscribers).toBeGreaterThan(30);
  const again = await fetch(`${cc.url}/health/events`);
  expect([again.status, await again.json()]).toEqual([200, { status: 'healthy', eventBus: { active: true, subscribers }, webhooks: { registered: 0, healthy: true } }]);
});

describe('health', () => {
  test('of webhooks is the share of the endpoints that are behind without a rate of their own, not one of them', async () => {
    const register = async (name: string, more: object = {}): Promise<string> => (await cc.call('POST', '/api/webhooks/register', { scopes: 'webhooks:write', headers: { 'idempotency-key': name }, body: { url: 'http://127.0.0.1:9999/x', events: ['cart.created'], ...more } })).body.webhookId;
    const ids = [await register('slow', { rateLimit: 1 }), await register('one'), await register('two'), await register('three')] as const;
    const client = await cc.pool.connect();
    const seen: [number, boolean][] = [];
    try {
      // Nobody else sees what is late.
      await client.query('BEGIN');
      for (const behind of ids) {
        await client.query(
          `INSERT INTO webhook_deliveries (endpoint_id, event_id, delivery_id, due_at, name, subject, state)
           SELECT $1, gen_random_uuid(), gen_random_uuid(), clock_timestamp() - interval '6 minutes', 'cart.created', 's', 'ready' FROM generate_series(1, 20)`, [behind]);
        const figures = await readWebhookFigures(client);
        seen.push([figures.unwell, isDelivering(figures)]);
      }
      await client.query("INSERT INTO webhook_minutes (endpoint_id, minute, results, failed, dead) VALUES ($1, date_trunc('minute', clock_timestamp()), 60, 60, 60)", [ids[0]]);
      seen.push([(await readWebhookFigures(client)).unwell, true]);
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
    expect(seen).toEqual([[0, true], [1, true], [2, false], [3, false], [4, true]]);
  });

  test('of the events is bad when a reader stands still, or an open transaction holds them all', () => {
    const log = { work: [], dead: [], readers: [{ reader: 'orders', lagSeconds: 59, unowned: 0, withoutSuccessor: 0 }], horizonAgeSeconds: 14 };
    expect([isFlowing(log), isFlowing({ ...log, horizonAgeSeconds: 15 }), isFlowing({ ...log, readers: [...log.readers, { reader: 'payments', lagSeconds: 60, unowned: 0, withoutSuccessor: 0 }] })]).toEqual([true, false, false]);
  });
});

/** What the alerting rules ask for by its labels: of a figure, label and value. */
function askedFor(rules: string): [string, string, string][] {
  return [...rules.matchAll(/(commerce_\w+)\{([^}]*)\}/g)].flatMap(([, figure = '', matchers = '']) =>
    [...matchers.matchAll(/(\w+)=~?\\"([^"\\]*)\\"/g)].filter(([, label]) => label !== 'job').flatMap(([, label = '', values = '']) => values.split('|').map((value): [string, string, string] => [figure, label, value])));
}

test('GET /metrics has the figures of handlers, readers, log, requests and webhooks, and no label that grows with use', async () => {
  await rested(await place());
  const { answer, text } = await eventually('the jobs that wait are seen', async () => {
    const scraped = await fetch(`${cc.url}/metrics`, { headers: { authorization: 'Bearer prometheus;metrics:read' } });
    const all = await scraped.text();
    return all.includes('commerce_work_rows{') && { answer: scraped, text: all };
  });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  const sample = (start: string): string | undefined => text.split('\n').find((line) => line.startsWith(start));
  expect(sample('commerce_handler_runs_total{handler="inventory.reserve",type="OrderCreated",outcome="completed"}')).toMatch(/ [1-9]\d*$/);
  expect(sample('commerce_handler_runs_total{handler="payments.charge",type="PaymentInitiated",outcome="failed"}')).toMatch(/ [1-9]\d*$/);
  expect(sample('commerce_handler_seconds_bucket{handler="inventory.reserve",type="OrderCreated",le="+Inf"}')).toMatch(/ [1-9]\d*$/);
  expect(sample('commerce_reader_lag_seconds{reader="orders"}')).toBeDefined();
  expect(Number(sample('commerce_log_events_total')?.split(' ')[1])).toBeGreaterThan(1_200);
  expect(sample('commerce_http_request_seconds_count{method="POST",route="/orders",status="202"}')).toMatch(/ [1-9]\d*$/);
  expect(sample('commerce_metrics_faults')).toBe('commerce_metrics_faults 0');
  for (const name of ['commerce_log_horizon_age_seconds', 'commerce_work_rows{', 'commerce_work_oldest_ready_seconds', 'commerce_webhook_deliveries_total{', 'commerce_webhook_waiting{', 'commerce_live_events_total', 'commerce_live_relay_connected', 'commerce_live_relay_waiting', 'commerce_live_relay_events_total{', 'commerce_live_relay_gaps_total', 'process_resident_memory_bytes']) expect([name, sample(name)]).toEqual([name, expect.stringMatching(/ [\d.e+-]+$/)]);
  // What the alarms are made of is here, under the labels by which they ask for it.
  const asked = askedFor(readFileSync(join(import.meta.dirname, '../../../../docs/alerts/commerce.yml'), 'utf8'));
  expect(asked.length).toBeGreaterThan(5);
  for (const [figure, label, value] of asked) expect([figure, label, value, text.split('\n').some((line) => line.startsWith(`${figure}{`) && line.includes(`${label}="${value}"`))]).toEqual([figure, label, value, true]);
  // No id, and no address that a client made up.
  await fetch(`${cc.url}/orders/${uuid7(Date.now())}/no-such-thing`);
  const lines = (await (await fetch(`${cc.url}/metrics`, { headers: { authorization: 'Bearer prometheus;metrics:read' } })).text()).split('\n');
  expect(lines.filter((line) => /[0-9a-f]{8}-[0-9a-f]{4}-|no-such-thing/.test(line))).toEqual([]);
  const labels = new Set(lines.flatMap((line) => [...line.matchAll(/[{,](\w+)="/g)].map(([, name]) => name)));
  expect([...labels].toSorted()).toEqual(['handler', 'le', 'method', 'outcome', 'reader', 'reason', 'route', 'state', 'status', 'type', 'waits_for']);
});

test.each([['GET', '/api/events/stats'], ['GET', '/api/events/metrics'], ['GET', '/metrics'], ['GET', '/api/events/stream'], ['POST', '/api/events/test']])('%s %s needs its scope', async (method, path) => {
  const scopes = 'orders:read orders:write catalog:read';
  expect((await cc.call(method, path, { scopes, ...(method === 'POST' && { body: {} }) })).body.code).toBe('insufficient_scope');
});
