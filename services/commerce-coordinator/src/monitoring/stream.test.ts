/** The stream of events over HTTP: filtered, refused, too late and ended, by real connections. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { uuid7 } from '@commerce/events/uuid7';
import { eventually } from '@commerce/service-kit/test-eventually';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { TestCoordinator } from '../test-coordinator.ts';
import { StreamClient } from './test-stream-client.ts';

let cc: TestCoordinator;
beforeAll(async () => {
  cc = await startTestCoordinator({ ROLES: 'api', PERSONAL_DATA_KEY: Buffer.alloc(32, 7).toString('base64') }, { streamLimits: { heartbeatMs: 100, perClient: 3, slowestMs: 20_000 } });
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

const figures = async (): Promise<string> => (await fetch(`${cc.url}/metrics`, { headers: { authorization: 'Bearer prometheus;metrics:read' } })).text();

async function openStreams(): Promise<number> {
  return Number(/^commerce_event_streams (\d+)$/m.exec(await figures())?.[1]);
}

/** Connections of this process that look at the log. */
const looking = async (): Promise<number> => (await cc.pool.query("SELECT FROM pg_stat_activity WHERE application_name = 'event-log tail' AND datname = current_database()")).rowCount ?? 0;

test('a process without readers reads nothing of the log while nobody listens, and says what was erased all the same', async () => {
  await append(1);
  const user = (orderId: string) => cc.live.createEvent('user.registered', { userId: 'GONE', email: 'gone@canary.example', orderId });
  await cc.live.emitEvent(user('1'));
  expect([await looking(), JSON.stringify(cc.live.bus.getEventHistory()).includes('gone@canary')]).toEqual([0, true]);
  expect((await cc.call('POST', '/users', { scopes: 'users:write', body: { userId: 'GONE', email: 'gone@canary.example' } })).status).toBe(201);
  expect((await cc.call('DELETE', '/customers/GONE?reason=asked', { scopes: 'admin' })).status).toBeLessThan(300);
  await eventually('the history has forgotten', async () => !JSON.stringify(cc.live.bus.getEventHistory()).includes('gone@canary'));
  expect([await looking(), cc.live.bus.getEventHistory().map(({ data }) => data['userId'])]).toEqual([0, ['GONE']]);
});

/** A stream begins at the horizon, which a transaction of another test on the same server may hold before what was appended here. */
const untilAllIsRead = (): Promise<unknown> => eventually('the horizon has passed what was appended', async () => (await cc.pool.query('SELECT FROM events WHERE txid >= pg_snapshot_xmin(pg_current_snapshot()) LIMIT 1')).rowCount === 0);

test('gives only what is wanted, and moves the place over the rest', async () => {
  await untilAllIsRead();
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
  expect(await figures()).toContain('commerce_http_request_seconds_count{method="GET",route="/api/events/stream",status="200"} 3\n');
});

test('a stream that cannot begin leaves nobody behind', async () => {
  const first = connect('/api/events/stream');
  await live(first);
  await cc.pool.query('ALTER TABLE retention_marks RENAME TO gone');
  const refused = await cc.call('GET', '/api/events/stream', { scopes: 'events:read', client: 'again', headers: { 'last-event-id': first.lastId ?? '' } });
  await cc.pool.query('ALTER TABLE gone RENAME TO retention_marks');
  expect([refused.status, await openStreams(), cc.live.bus.getStats().subscribers]).toEqual([500, 1, 1]);
  first.cut();
  await eventually('it is gone', async () => (await openStreams()) === 0);
  expect(cc.live.bus.getStats().subscribers).toBe(0);
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

test('goes on behind the place that the address names, and behind that of the header where there are two', async () => {
  const first = connect('/api/events/stream');
  await live(first);
  const began = first.lastId ?? '';
  await append(2);
  await eventually('they come', async () => first.events.length === 2);
  first.cut();
  const after = `/api/events/stream?${new URLSearchParams({ after: began })}`;
  const [byAddress, byHeader] = [connect(after), connect(after, { lastId: first.events[0]?.id })] as const;
  await eventually('they have what they missed', async () => byAddress.events.length === 2 && byHeader.events.length === 1);
  const idsOf = ({ events }: StreamClient): string[] => events.map(({ data }) => data.eventId);
  expect([idsOf(byAddress), idsOf(byHeader)]).toEqual([idsOf(first), idsOf(first).slice(1)]);
  // What is live begins at the end of the log.
  expect([...byAddress.notices, ...byHeader.notices]).not.toContain('live');
});

test('refuses a place of somebody else, names and patterns that mean nothing, and more streams than a client may have', async () => {
  const ask = (path: string, lastId?: string) => cc.call('GET', path, { scopes: 'events:read', client: 'listener', ...(lastId !== undefined && { headers: { 'last-event-id': lastId } }) });
  expect((await ask('/api/events/stream', 'MS4xLjEuMQ.AAAAAAAAAAAAAAAAAAAAAA')).body).toMatchObject({ status: 400, code: 'invalid_cursor' });
  expect((await ask('/api/events/stream?after=MS4xLjEuMQ.AAAAAAAAAAAAAAAAAAAAAA')).body).toMatchObject({ status: 400, code: 'invalid_cursor' });
  expect((await ask('/api/events/stream?events=order.craeted')).body).toMatchObject({ status: 400, code: 'unknown_event_name' });
  // No run of a handler stands in the log.
  expect((await ask('/api/events/stream?events=job.*')).body).toMatchObject({ status: 400, code: 'unknown_event_name' });
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

test('says nothing of what was removed of topics that are not wanted', async () => {
  const first = connect('/api/events/stream?events=order.*');
  await live(first);
  first.cut();
  await cc.pool.query("INSERT INTO retention_marks VALUES ('shipping-events', $1)", [Date.now() + 60_000]);
  const again = connect('/api/events/stream?events=order.*', { lastId: first.lastId });
  await append(1);
  await eventually('it is open', async () => again.lastId !== first.lastId);
  await cc.pool.query('DELETE FROM retention_marks');
  expect(again.notices).toEqual([]);
});

test('says when a transaction that stays open holds back what is stored, and when it has ended', async () => {
  const client = connect('/api/events/stream');
  await live(client);
  const held = await cc.pool.connect();
  await held.query('BEGIN; SELECT pg_current_xact_id()');
  await append(1);
  await eventually('it is told', async () => client.notices.includes('held'));
  expect([client.messages.at(-1)?.data, client.events.length]).toEqual([{ code: 'held', sinceSeconds: 1 }, 0]);
  await held.query('COMMIT');
  held.release();
  await eventually('it comes', async () => client.events.length === 1 && client.notices.includes('released'));
});

test('carries what is emitted to try what listens, marked, without a place, and where it is wanted', async () => {
  const clients = ['', '?events=order.*', '?events=shipping.*', `?${new URLSearchParams({ filter: '{"data":{"total":["99.99"]}}' })}`].map((query, n) => connect(`/api/events/stream${query}`, { client: `tester ${n}` }));
  await Promise.all(clients.map(live));
  const [all, orders, parcelsOnly, byPattern] = clients as [StreamClient, StreamClient, StreamClient, StreamClient];
  const { body } = await cc.call('POST', '/api/events/test', { scopes: 'events:write', body: { name: 'order.created' } });
  expect(body.thisProcess.subscribers).toBe(4);
  await cc.call('POST', '/api/events/test', { scopes: 'events:write', body: { name: 'job.completed' } });
  await eventually('they have it', async () => all.events.length === 1 && orders.events.length === 1);
  const [{ id, data }] = all.events as [(typeof all.events)[number]];
  expect(id).toBeUndefined();
  expect(data).toEqual({ ...body.event, topic: 'order-events', subject: body.event.data.orderId, test: true });
  await append(1);
  await eventually('the log goes on', async () => parcelsOnly.events.length === 1 && all.events.length === 2);
  expect([parcelsOnly.events[0]?.data.name, byPattern.events, orders.events.length]).toEqual(['shipping.dispatched', [], 1]);
});

test('shows the acts of people with the scope admin alone, as history does', async () => {
  const acts = async (scopes: string): Promise<number> => (await cc.call('GET', '/api/events/history?topic=audit-events', { scopes })).body.items.length;
  const before = await acts('admin events:read');
  const clients = ['events:read', 'events:read admin'].map((scopes) => connect('/api/events/stream', { scopes, client: scopes.replace(' ', '_') }));
  await Promise.all(clients.map(live));
  const { status } = await cc.call('POST', '/inventory/adjustments', { scopes: 'inventory:write', headers: { 'idempotency-key': 'seen', 'if-match': '*' }, body: { sku: 'SEEN', delta: 5, reason: { code: 'delivery' } } });
  expect(status).toBe(200);
  const [few, every] = clients as [StreamClient, StreamClient];
  const types = ({ events }: StreamClient): string[] => events.map(({ data }) => data.eventType);
  await eventually('the act comes', async () => types(every).includes('AuditRecorded') && types(few).includes('InventoryAdjusted'));
  await append(1);
  await eventually('what comes behind it is there', async () => types(few).includes('ShippingDispatched'));
  expect(types(few)).not.toContain('AuditRecorded');
  // A key in the query of an address is nobody's to read.
  const registered = await cc.call('POST', '/api/webhooks/register', { scopes: 'webhooks:write', headers: { 'idempotency-key': 'seen' }, body: { url: 'http://127.0.0.1:9999/hook?token=abc', events: ['order.created'] } });
  expect(registered.status).toBe(201);
  await eventually('its act comes', async () => every.events.some(({ data }) => data.data.details?.url === 'http://127.0.0.1:9999/hook'));
  expect(JSON.stringify(every.events)).not.toContain('token=abc');
  expect([await acts('events:read'), await acts('events:read users:read'), await acts('events:read admin')]).toEqual([0, 0, before + 2]);
  const { eventId, causationId } = every.events.find(({ data }) => data.eventType === 'AuditRecorded')?.data;
  const story = async (id: string, scopes: string) => cc.call('GET', `/api/events/${id}`, { scopes });
  expect([(await story(eventId, 'events:read')).status, (await story(eventId, 'events:read admin')).status, causationId]).toEqual([404, 200, null]);
  const recent = async (scopes: string): Promise<string[]> => (await cc.call('GET', '/api/events/stats', { scopes })).body.recentEvents.map(({ eventType }: { eventType: string }) => eventType);
  expect([(await recent('events:read')).includes('AuditRecorded'), (await recent('events:read admin')).includes('AuditRecorded')]).toEqual([false, true]);
});

test('shows personal data with the scope users:read alone, and none of a customer who is erased', async () => {
  const EMAIL = 'ada@canary.example';
  const seeing = { scopes: 'events:read users:read' };
  const before = connect('/api/events/stream', seeing);
  await live(before);
  const { lastId } = before;
  expect((await cc.call('POST', '/users', { scopes: 'users:write', body: { userId: 'ADA', email: EMAIL, name: 'Ada' } })).status).toBe(201);
  await eventually('it comes', async () => before.events.length === 1);
  expect(before.events[0]?.data.data).toMatchObject({ userId: 'ADA', email: EMAIL });
  const reads = async (scopes: string): Promise<boolean[]> => {
    const client = connect('/api/events/stream?events=user.registered', { lastId, scopes, client: 'reader' });
    await eventually('it comes', async () => client.events.length === 1);
    client.cut();
    const filter = JSON.stringify({ data: { email: [{ prefix: 'ada' }] } });
    const pages = await Promise.all(['/api/events/history?type=UserRegistered', `/api/events/history?${new URLSearchParams({ filter })}`, `/api/events/${client.events[0]?.data.eventId}`, '/api/events/stats'].map((path) => cc.call('GET', path, { scopes })));
    return [client.events, ...pages.map(({ body }) => body)].map((one) => JSON.stringify(one).includes(EMAIL));
  };
  expect(await reads('events:read')).toEqual([false, false, false, false, false]);
  expect(await reads('events:read users:read')).toEqual([true, true, true, true, true]);
  const inBus = (): boolean => JSON.stringify(cc.live.bus.getEventHistory()).includes(EMAIL);
  await eventually('the live bus has it', async () => inBus());
  expect((await cc.call('DELETE', '/customers/ADA?reason=asked', { scopes: 'admin' })).status).toBeLessThan(300);
  await eventually('the erasure is heard', async () => before.events.some(({ data }) => data.eventType === 'CustomerErased') && !inBus());
  expect(await reads('events:read users:read')).toEqual([false, false, false, false, false]);
  expect(before.notices).toEqual(['live']);
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
