/** The stream of events over HTTP: filtered, refused, too late and ended, by real connections. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { uuid7 } from '@commerce/events/uuid7';
import { eventually } from '@commerce/service-kit/test-eventually';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { TestCoordinator } from '../test-coordinator.ts';
import { StreamClient } from './test-stream-client.ts';

let cc: TestCoordinator;
beforeAll(async () => {
  cc = await startTestCoordinator({ ROLES: 'api' }, { streamLimits: { heartbeatMs: 100, perClient: 3, slowestMs: 20_000 } });
});
/** Whoever still listens when a test ends. */
const open = new Set<StreamClient>();
afterEach(() => {
  for (const client of open) client.cut();
  open.clear();
});
afterAll(() => cc?.stop());

function connect(path: string, options: ConstructorParameters<typeof StreamClient>[1] = {}): StreamClient {
  const client = new StreamClient(`${cc.url}${path}`, options);
  open.add(client);
  return client;
}
const live = (client: StreamClient): Promise<unknown> => eventually('it is live', async () => client.notices.includes('live'));

let parcels = 0;
async function append(count: number, more: object = {}): Promise<string[]> {
  const example = cc.log.catalogue.entry('ShippingDispatched').example as object;
  const ids = Array.from({ length: count }, () => uuid7(Date.now()));
  await cc.log.appendForeign(ids.map((eventId) => ({
    eventId, eventType: 'ShippingDispatched', eventVersion: 'v1', timestamp: new Date().toISOString(), source: `carrier-${(parcels += 1)}`, correlationId: uuid7(Date.now()), causationId: null, metadata: { ...more }, data: example as Record<string, unknown>,
  })));
  return ids;
}
const inOrder = async (after = 0): Promise<string[]> => (await cc.pool.query('SELECT event_id FROM events WHERE position > $1 ORDER BY epoch, txid, position', [after])).rows.map(({ event_id }) => event_id);

async function openStreams(): Promise<number> {
  const text = await (await fetch(`${cc.url}/metrics`, { headers: { authorization: 'Bearer prometheus;metrics:read' } })).text();
  return Number(/^commerce_event_streams (\d+)$/m.exec(text)?.[1]);
}

test('gives only what is wanted, and moves the place over the rest', async () => {
  const shipped = connect('/api/events/stream?events=shipping.*');
  const none = connect('/api/events/stream?events=order.created');
  const one = connect(`/api/events/stream?${new URLSearchParams({ filter: JSON.stringify({ metadata: { sessionId: ['wanted'] } }) })}`);
  await Promise.all([shipped, none, one].map(live));
  const before = none.lastId;
  const [{ position }] = (await cc.pool.query('SELECT coalesce(max(position), 0) AS position FROM events')).rows;
  await append(3);
  const [wanted] = await append(1, { sessionId: 'wanted' });
  await eventually('they come', async () => shipped.events.length === 4 && one.events.length === 1 && none.lastId !== before);
  expect(shipped.events.map(({ data }) => [data.eventId, data.name, data.eventType])).toEqual((await inOrder(Number(position))).map((id) => [id, 'shipping.dispatched', 'ShippingDispatched']));
  expect([one.events[0]?.data.eventId, none.events]).toEqual([wanted, []]);
  for (const client of [shipped, none, one]) client.cut();
  await eventually('they are gone', async () => (await openStreams()) === 0);
});

test('a client that comes too late, or after a restore, is told so in the stream', async () => {
  const first = connect('/api/events/stream');
  await live(first);
  await append(1);
  await eventually('it comes', async () => first.events.length === 1);
  first.cut();
  await cc.pool.query("INSERT INTO retention_marks VALUES ('shipping-events', $1)", [Date.now() + 60_000]);
  const late = connect('/api/events/stream', { lastId: first.lastId });
  await eventually('it is told', async () => late.notices.includes('too_old'));
  expect(late.messages[0]?.data).toEqual({ code: 'too_old', removedBefore: { 'shipping-events': expect.any(String) } });
  late.cut();
  await cc.pool.query('DELETE FROM retention_marks');
});

test('refuses a place of somebody else, names and patterns that mean nothing, and more streams than a client may have', async () => {
  const ask = (path: string, lastId?: string) => cc.call('GET', path, { scopes: 'events:read', client: 'listener', ...(lastId !== undefined && { headers: { 'last-event-id': lastId } }) });
  expect((await ask('/api/events/stream', 'MS4xLjEuMQ.AAAAAAAAAAAAAAAAAAAAAA')).body).toMatchObject({ status: 400, code: 'invalid_cursor' });
  expect((await ask('/api/events/stream?events=order.craeted')).body).toMatchObject({ status: 400, code: 'unknown_event_name' });
  expect((await ask('/api/events/stream?filter={')).body).toMatchObject({ status: 400, code: 'invalid_event_filter' });
  await eventually('nobody streams', async () => (await openStreams()) === 0);
  const clients = [1, 2, 3].map(() => connect('/api/events/stream'));
  await Promise.all(clients.map(live));
  const refused = await ask('/api/events/stream');
  expect([refused.body.code, refused.status, refused.headers.get('retry-after')]).toEqual(['too_many_streams', 429, '5']);
  const other = connect('/api/events/stream', { client: 'another' });
  await live(other);
  for (const client of [...clients, other]) client.cut();
});

test('is ended in order when the process stops, and the client knows where to go on', async () => {
  const client = connect('/api/events/stream');
  await live(client);
  const began = performance.now();
  await cc.stop();
  await eventually('it has ended', async () => client.ended);
  expect(performance.now() - began).toBeLessThan(3_000);
  expect([client.notices.at(-1), client.messages.at(-1)?.id]).toEqual(['closing', client.lastId]);
  cc = undefined as never;
});
