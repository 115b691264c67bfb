/** The event catalogue over HTTP, on the whole service with its readers: what it shows, and what it takes of others. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EventEnvelope } from '@commerce/events/envelope';
import { toCloudEvent } from '@commerce/events/cloud-events';
import { uuid7 } from '@commerce/events/uuid7';
import { eventually } from '@commerce/service-kit/test-eventually';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { TestCoordinator } from '../test-coordinator.ts';
import { createCounter } from './counts.pg.ts';
import { PROMISED_CONSTANTS, PROMISED_TYPES, PROMISED_WEBHOOKS } from './promised-names.ts';

let cc: TestCoordinator;
beforeAll(async () => {
  cc = await startTestCoordinator({ ROLES: 'api,readers', PERSONAL_DATA_KEY: Buffer.alloc(32, 7).toString('base64') });
});
afterAll(() => cc?.stop());

const get = (path: string, headers: Record<string, string> = {}) => cc.call('GET', path, { scopes: 'events:read', headers });
const page = async (path: string) => {
  const answer = await fetch(`${cc.url}${path}`);
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
};

describe('GET /api/catalog', () => {
  test('lists every name that was promised', async () => {
    const { status, body } = await get('/api/catalog');
    expect(status).toBe(200);
    const names = new Set(body.items.flatMap(({ type, constant, webhook, otherNames }: any) => [type, constant, webhook, ...otherNames]));
    const promised = [...Object.keys(PROMISED_CONSTANTS), ...Object.keys(PROMISED_WEBHOOKS), ...Object.values(PROMISED_TYPES).flat()];
    expect(promised.filter((name) => !names.has(name))).toEqual([]);
  });

  test('shows those of a topic that have all words', async () => {
    expect((await get('/api/catalog?topic=shipping-events&text=parcel%20ARRIVED')).body.items.map(({ type }: any) => type)).toEqual(['ShippingDelivered']);
    expect((await get('/api/catalog?topic=none')).status).toBe(400);
    expect((await cc.call('GET', '/api/catalog', { scopes: 'orders:read' })).status).toBe(403);
  });
});

describe('a type of event', () => {
  test('is shown under any of its names, with schemas, topic, who tells and who hears', async () => {
    const { body } = await get('/api/catalog/PAYMENT_PROCESSING');
    expect(body).toMatchObject({
      type: 'PaymentInitiated', constant: 'PAYMENT_INITIATED', webhook: 'payment.initiated', otherNames: ['PAYMENT_PROCESSING'], visibility: 'published', isExternal: false, currentVersion: 'v1',
      topic: { name: 'payment-events', partitions: 12, retentionDays: 2_555 }, versions: [{ version: 'v1', schema: '/api/catalog/PaymentInitiated/versions/v1/schema' }],
      producers: [{ service: 'commerce-coordinator', extension: 'payments', source: 'payment-service' }], readers: expect.arrayContaining([{ service: 'commerce-coordinator', handler: 'payments.charge', kind: 'effect' }]),
    });
    expect((await get('/api/catalog/payment.initiated')).body.type).toBe('PaymentInitiated');
    expect((await get('/api/catalog/OrderTeleported')).body.code).toBe('event_type_not_found');
    expect((await get('/api/catalog/INVENTORY_UPDATE')).body.code).toBe('event_type_not_found');
  });

  test('has a JSON Schema for each version, and no other version', async () => {
    const { headers, body: schema } = await get('/api/catalog/UserRegistered/versions/v1/schema');
    expect(headers.get('content-type')).toBe('application/schema+json; charset=utf-8');
    expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'UserRegistered.v1', additionalProperties: false, properties: { eventType: { const: 'UserRegistered' }, data: { required: ['userId'] } } });
    // It may also be told by somebody else; what only one can tell has one source.
    expect(schema.properties.source.const).toBeUndefined();
    expect((await get('/api/catalog/OrderCreated/versions/v1/schema')).body.properties.source.const).toBe('order-service');
    expect((await get('/api/catalog/UserRegistered/versions/v9/schema')).body.code).toBe('event_version_not_found');
    expect((await get('/api/catalog/UserRegistered/versions/constructor/schema')).status).toBe(400);
  });

  test('has its example as a CloudEvent for who asks for one', async () => {
    const { headers, body } = await get('/api/catalog/OrderCompleted/example', { accept: 'application/cloudevents+json' });
    expect(headers.get('content-type')).toBe('application/cloudevents+json; charset=utf-8');
    expect(body).toMatchObject({ specversion: '1.0', type: 'OrderCompleted', source: 'order-service', subject: body.data.orderId, eventversion: 'v1', dataschema: 'http://127.0.0.1:3000/api/catalog/OrderCompleted/versions/v1/schema' });
    for (const accept of ['*/*', 'application/json', 'application/cloudevents+json;q=0.5, application/json', 'application/cloudevents+json;q=0']) {
      expect((await get('/api/catalog/OrderCompleted/example', { accept })).body.eventType).toBe('OrderCompleted');
    }
  });
});

describe('the pages at /catalog', () => {
  test('show all types by topic, need no token, and let nothing in from elsewhere', async () => {
    const { status, headers, text } = await page('/catalog');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'.*form-action 'self'/);
    const { items } = (await get('/api/catalog')).body;
    expect(items.filter(({ type }: any) => !text.includes(`<a href="catalog/${type}">`))).toEqual([]);
    expect(text).not.toMatch(/(?:src|href|action)="(?:https?:)?\/\//);
    const css = /href="(catalog\/page\.css\?[^"]+)"/.exec(text)?.[1] ?? '';
    const style = await page(`/${css}`);
    expect([style.status, style.headers.get('content-type'), style.headers.get('cache-control')]).toEqual([200, 'text/css; charset=utf-8', 'public, max-age=31536000, immutable']);
  });

  test('show what the filter lets through, and take it as text', async () => {
    const { text } = await page('/catalog?topic=cart&text=%3Cscript%3E%22');
    expect(text).toContain('value="&#60;script&#62;&#34;"');
    expect(text).not.toContain('<script');
    const filtered = (await page('/catalog?topic=&text=abandoned')).text;
    expect(filtered).toContain('catalog/CartAbandoned');
    expect(filtered).not.toContain('catalog/OrderCreated"');
    expect((await page('/catalog?topic=user-events')).text).not.toContain('id="order-events"');
  });

  test('show of a type its members, its example in both forms, who tells, who hears and the ways', async () => {
    const { status, headers, text } = await page('/catalog/FulfillmentCompleted');
    expect(status).toBe(200);
    expect(headers.get('content-security-policy')).toContain("form-action 'none'");
    for (const part of ['lines[].tracking.trackingNumber', '&#34;specversion&#34;', '<code>orders.fulfill</code>', '<code>order-fulfillment</code>', 'taken from', '<code>unused</code>']) expect(text).toContain(part);
    // Without AWS it is not known.
    expect(text).toContain('Not all rules of these buses can be looked at');
    expect((await page('/catalog/PaymentOverdue')).text).toContain('does not leave the service');
    expect((await page('/catalog/OrderTeleported')).status).toBe(404);
  });
});

let users = 0;
function registered(given: Partial<EventEnvelope> = {}): EventEnvelope {
  const now = Date.now();
  users += 1;
  return {
    eventId: uuid7(now), eventType: 'UserRegistered', eventVersion: 'v1', timestamp: new Date(now).toISOString(), source: 'identity-provider', correlationId: uuid7(now), causationId: null,
    data: { userId: `EXT-${users}`, email: 'a@shop.example', name: 'Anna' }, metadata: {}, ...given,
  };
}
const tell = (body: unknown, type = 'application/json', scopes = 'events:write') => cc.call('POST', '/api/events', { body, scopes, client: 'identity-provider', headers: { 'content-type': type } });
const user = (userId: string) => cc.call('GET', `/users/${userId}`, { scopes: 'users:read' });
const userOf = ({ data }: EventEnvelope): string => (data as { userId: string }).userId;
const stored = async (...ids: string[]) => (await cc.pool.query('SELECT event_id, origin, source FROM events WHERE event_id = ANY ($1::uuid[])', [ids])).rows;

describe('POST /api/events', () => {
  test('takes an event of an identity provider once, and it does what it would do from here', async () => {
    const event = registered();
    expect(await tell({ events: [event, registered()] })).toMatchObject({ status: 202, body: { items: [{ eventId: event.eventId, result: 'appended' }, { result: 'appended' }] } });
    expect(await tell({ events: [event] })).toMatchObject({ status: 202, body: { items: [{ result: 'duplicate' }] } });
    expect(await stored(event.eventId)).toEqual([{ event_id: event.eventId, origin: 'foreign', source: 'identity-provider' }]);
    const found = await eventually('the user is known', async () => (await user(userOf(event))).status === 200 && user(userOf(event)));
    expect(found.body).toMatchObject({ userId: userOf(event), email: 'a@shop.example', status: 'active', version: 1 });
    // The same registration by a person is none of its own; a change builds on it.
    expect((await cc.call('POST', '/users', { body: event.data, scopes: 'users:write' })).headers.get('idempotency-replayed')).toBe('true');
    expect((await cc.call('PATCH', `/users/${userOf(event)}`, { body: { name: 'Anne' }, scopes: 'users:write', headers: { 'if-match': '"1"' } })).body).toMatchObject({ name: 'Anne', version: 2 });
    // What others tell is theirs: it is not published as ours.
    expect(cc.published.filter(({ eventId }) => eventId === event.eventId)).toEqual([]);
  });

  test('refuses an e-mail address as the id of a customer, as the routes for users do, and takes nothing of the request', async () => {
    const [good, bad] = [registered(), registered({ data: { userId: 'ada@shop.example', email: 'ada@shop.example' } })];
    for (const [body, type] of [[{ events: [good, bad] }, 'application/json'], [toCloudEvent(bad), 'application/cloudevents+json']] as const) {
      const refused = await tell(body, type);
      expect([refused.status, refused.body.code, JSON.stringify(refused.body).includes('ada@')]).toEqual([422, 'customer_id_personal', false]);
    }
    expect(await stored(good.eventId, bad.eventId)).toEqual([]);
  });

  test('takes CloudEvents, alone and as a batch, and knows the same event in either form', async () => {
    const [one, two] = [registered(), registered()];
    expect((await tell(toCloudEvent(one), 'application/cloudevents+json')).body.items).toEqual([{ eventId: one.eventId, storedAs: one.eventId, result: 'appended' }]);
    expect((await tell([toCloudEvent(one), toCloudEvent(two)], 'application/cloudevents-batch+json')).body.items.map(({ result }: any) => result)).toEqual(['duplicate', 'appended']);
    expect((await tell({ events: [one, two] })).body.items.map(({ result }: any) => result)).toEqual(['duplicate', 'duplicate']);
    const other = registered({ eventId: crypto.randomUUID() });
    const [taken] = (await tell({ events: [other] })).body.items;
    expect(taken).toEqual({ eventId: other.eventId, storedAs: expect.any(String), result: 'appended' });
    expect(await stored(taken.storedAs)).toEqual([{ event_id: taken.storedAs, origin: 'foreign', source: 'identity-provider' }]);
    expect((await tell(toCloudEvent(other), 'application/cloudevents+json')).body.items).toEqual([{ ...taken, result: 'duplicate' }]);
    expect((await tell('x', 'text/plain')).status).toBe(415);
    expect((await tell(toCloudEvent(one), 'application/cloudevents+xml')).status).toBe(415);
  });

  test.each<[string, string, string, (event: EventEnvelope) => object]>([
    ['a type that nobody outside knows first', '/body/events/1/eventType', 'event_not_external', (event) => ({ ...event, eventType: 'UserDeactivated', data: { userId: 'VINET' } })],
    ['the name of another', '/body/events/1/source', 'event_source_not_yours', (event) => ({ ...event, source: 'catalog-service' })],
    ['data that do not fit', '/body/events/1/data', 'event_invalid', (event) => ({ ...event, data: { userId: 'NOT-TOLD', more: 1 } })],
    ['an envelope that does not fit', '/body/events/1', 'event_invalid', (event) => ({ ...event, more: 1 })],
    ['a type that is none', '/body/events/1/eventType', 'event_invalid', (event) => ({ ...event, eventType: 'UserTeleported' })],
    ['a version that is none', '/body/events/1/eventVersion', 'event_invalid', (event) => ({ ...event, eventVersion: 'v9' })],
    ['another version of CloudEvents', '/body/events/1', 'event_invalid', (event) => ({ ...toCloudEvent(event), specversion: '0.3' })],
  ])('refuses %s, and all of the request with it', async (_name, path, code, change) => {
    const good = registered();
    const { body } = await tell({ events: [good, change(registered())] });
    expect(body).toMatchObject({ code, errors: [{ path }] });
    expect(JSON.stringify(body)).not.toContain('NOT-TOLD');
    expect(await stored(good.eventId)).toEqual([]);
  });

  test('refuses another content under the same id, and an id that is too old to be known, and stores nothing of the request', async () => {
    const event = registered();
    await tell({ events: [event] });
    const fresh = registered();
    expect((await tell({ events: [fresh, { ...event, data: { userId: 'OTHER' } }] })).body).toMatchObject({ status: 409, code: 'event_conflict', errors: [{ path: '/body/events/1' }] });
    expect((await tell({ events: [fresh, registered({ eventId: uuid7(Date.now() - 40 * 86_400_000) })] })).body).toMatchObject({ status: 422, code: 'event_not_taken', errors: [{ path: '/body/events/1' }] });
    expect(await stored(fresh.eventId)).toEqual([]);
    expect((await tell({ events: [fresh, event] })).body.items.map(({ result }: any) => result)).toEqual(['appended', 'duplicate']);
    expect(await stored(fresh.eventId)).toHaveLength(1);
  });

  test('refuses no events, too many, and whoever lacks the scope', async () => {
    expect((await tell({ events: [] })).status).toBe(400);
    expect((await tell({ events: Array.from({ length: 101 }, () => registered()) })).status).toBe(400);
    expect((await tell({ events: [registered()] }, 'application/json', 'events:read')).status).toBe(403);
  });
});

test('history is told as CloudEvents to who asks for them: a list as a batch with the next page in a header, an event alone', async () => {
  const sent = [registered(), registered(), registered()].map((event) => ({ ...event, correlationId: registered().eventId }));
  const [first] = sent;
  await tell({ events: sent.map((event) => ({ ...event, correlationId: first?.correlationId })) });
  // A write of anybody else that is open on the same server holds them back for a moment.
  await eventually('all three in the history', async () => (await get(`/api/events/history?correlationId=${first?.correlationId}`)).body.items?.length === 3);
  const found: any[] = [];
  for (let path: string | undefined = `/api/events/history?limit=2&correlationId=${first?.correlationId}`; path !== undefined;) {
    const { headers, body } = await get(path, { accept: 'application/cloudevents-batch+json' });
    expect(headers.get('content-type')).toBe('application/cloudevents-batch+json; charset=utf-8');
    found.push(...body);
    path = /^<(.*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
  }
  expect(found.map(({ id }) => id).toSorted()).toEqual(sent.map(({ eventId }) => eventId).toSorted());
  expect(found[0]).toMatchObject({ specversion: '1.0', type: 'UserRegistered', source: 'identity-provider', correlationid: first?.correlationId, subject: found[0].data.userId });
  const { headers, body } = await get(`/api/events/${first?.eventId}`, { accept: 'application/cloudevents+json' });
  expect(headers.get('content-type')).toBe('application/cloudevents+json; charset=utf-8');
  expect(body).toEqual(found.find(({ id }) => id === first?.eventId));
  expect((await get(`/api/events/${first?.eventId}`)).body.event.eventId).toBe(first?.eventId);
});

test('what was told is counted from the log, and what is not stored is not', async () => {
  const now = Date.now();
  await tell({ events: [registered(), registered()] });
  let atMs = now;
  const counts = createCounter(cc.pool, () => atMs);
  const before = await counts();
  const told = before.byType.get('UserRegistered');
  expect(told?.events).toBeGreaterThanOrEqual(2);
  expect(before.byType.get('OrderCreated')).toBeUndefined();
  expect(Date.parse(before.since)).toBe(now - 24 * 3_600_000);
  await tell({ events: [registered()] });
  expect(await counts()).toBe(before);
  atMs += 5_001;
  expect((await counts()).byType.get('UserRegistered')?.events).toBe((told?.events ?? 0) + 1);
  atMs += 2 * 24 * 3_600_000;
  expect((await counts()).byType.size).toBe(0);
  expect((await get('/api/catalog/UserRegistered')).body.counts).toMatchObject({ events: expect.any(Number) });
  expect((await get('/api/catalog/JobFailed')).body.counts).toBeNull();
  expect((await page('/catalog/UserRegistered')).text).toMatch(/<dt>In the log<\/dt><dd>\d+ since/);
});

test('in production the pages do not show how much is told', async () => {
  const { indexPage, CSS } = await import('./page-html.ts');
  const { items } = (await get('/api/catalog?topic=user-events')).body;
  const html = indexPage({ links: { css: 'x' }, types: items, all: items.length, filter: {}, showsCounts: false });
  expect(html).not.toContain('Last 24 h');
  expect(CSS).not.toMatch(/url\(|@import/);
});
