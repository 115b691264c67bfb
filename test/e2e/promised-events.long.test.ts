/**
 * Every event that was promised before there was a catalogue is told by something real: one whole run of both services, with the acts of
 * customers, operators, carriers, providers and workers; then the types in both logs and on the live bus are held against the promise.
 * What is missing stands in the difference.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PROMISED_CONSTANTS, PROMISED_TYPES, PROMISED_WEBHOOKS } from '@commerce/commerce-coordinator/promised-names';
import { publishedCatalogue } from '@commerce/events/entries/all';
import { uuid7 } from '@commerce/events/uuid7';
import { webhookSigner } from '@commerce/events/webhook-signing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../kit/eventually.ts';
import { answerEach, HAND_ON } from '../kit/front.http.ts';
import { startPair } from '../kit/pair.ts';
import type { Pair } from '../kit/pair.ts';
import { tokenOf } from '../kit/tokens.ts';

/** Not by name, but in so many words: an audit trail, and what systems outside report of orders and of their workers. */
const IN_WORDS = ['AuditRecorded', 'OrderStatusReported', 'WorkerStatusReported'];
const PROMISED = new Set([...Object.values(PROMISED_TYPES).flat(), ...Object.values(PROMISED_CONSTANTS).flat(), ...Object.values(PROMISED_WEBHOOKS), ...IN_WORDS]);
/** What somebody outside may tell, too. */
const EXTERNAL = publishedCatalogue.entries.filter(({ isExternal }) => isExternal === true).map(({ type }) => type);
/** What only comes from outside. */
const REPORTED = new Set(['OrderStatusReported', 'WorkerStatusReported']);

const REFUSED_CARD = 'tok_4000000000000002';
const INBOUND_SECRET = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const reason = { code: 'promised' };
const directory = mkdtempSync(join(tmpdir(), 'promised-events-'));
const toldFile = join(directory, 'told');
let pair: Pair;
let keys = 0;

beforeAll(async () => {
  pair = await startPair({
    withFront: true, coordinatorProgram: resolve(import.meta.dirname, 'watched-coordinator.ts'),
    environment: { cc: { CART_QUIET_MS: '500', WEBHOOK_INBOUND_SECRET: INBOUND_SECRET, TOLD_FILE: toldFile } },
  });
}, 90_000);
afterAll(async () => {
  await pair?.stop();
  rmSync(directory, { recursive: true });
}, 60_000);

/** Asks a service as its operator, or as another client; gives what it answers. */
async function ask(method: string, path: string, body?: object, { client = 'operator', service = 'cc' as 'cc' | 'of' } = {}): Promise<any> {
  const { stack: { description } } = pair;
  const answer = await fetch(`${description[service]}${path}`, {
    method, body: body === undefined ? null : JSON.stringify(body),
    headers: { authorization: `Bearer ${await tokenOf(description, client, description[service])}`, 'idempotency-key': `promised-${(keys += 1)}`, ...(method === 'PATCH' && { 'if-match': '*' }), ...(body !== undefined && { 'content-type': 'application/json' }) },
  });
  const text = await answer.text();
  expect([method, path, answer.status < 300 ? '' : text]).toEqual([method, path, '']);
  return text === '' ? undefined : JSON.parse(text);
}

/** Reports something as a system outside does, signed. */
async function report(path: string, message: { readonly id: string; readonly event: string }): Promise<void> {
  const body = Buffer.from(JSON.stringify(message));
  const signed = webhookSigner([{ kind: 'hmac', secret: INBOUND_SECRET }])({ webhookId: 'outside', event: message.event, eventId: message.id, timestamp: Math.floor(Date.now() / 1_000), body });
  const answer = await fetch(`${pair.stack.description.cc}/api/webhooks/${path}`, { method: 'POST', headers: { ...signed, 'content-type': 'application/json' }, body });
  expect([path, answer.status]).toEqual([path, 202]);
}

const DOINGS: Readonly<Record<string, () => Promise<unknown>>> = {
  async 'a user registers, changes, and goes'() {
    await ask('POST', '/users', { userId: 'CUSTOMER-told', email: 'paul.henriot@vinet.example', reason });
    await ask('POST', '/users', { userId: 'LEFT', reason });
    await ask('PATCH', '/users/LEFT', { name: 'Yvonne', reason });
    await ask('POST', '/users/LEFT/deactivate', { reason });
  },
  async 'a product comes, changes, and goes; stock is counted'() {
    await ask('POST', '/products', { sku: 'P-1', name: 'Chai', unitPrice: '18.00', currency: 'USD', reason });
    await ask('PATCH', '/products/P-1', { unitPrice: '19.00', reason });
    await ask('POST', '/products/P-1/discontinue', { reason });
    await ask('POST', '/inventory/adjustments', { sku: 'L', delta: 10, reason });
  },
  async 'a cart is filled and left'() {
    const { cartId } = await ask('POST', '/carts', { customerId: 'CUSTOMER-told', currency: 'USD' }, { client: 'storefront' });
    await ask('POST', `/carts/${cartId}/items`, { sku: 'A', quantity: 1, unitPrice: '10.00', name: 'Chai' }, { client: 'storefront' });
    await ask('PATCH', `/carts/${cartId}/items/A`, { quantity: 2 }, { client: 'storefront' });
  },
  async 'an order goes its whole way, and its parcel arrives'() {
    const [order] = await pair.settled([await pair.place('ABC', 'told')]);
    expect(order?.status).toBe('completed');
    const { parcels } = await ask('GET', `/orders/${order?.orderId}/shipment`);
    expect(parcels).toHaveLength(1);
    for (const { carrier, trackingNumber } of parcels) await ask('POST', `/orders/${order?.orderId}/shipment/deliveries`, { carrier, trackingNumber, reason });
  },
  async 'a card is refused'() {
    expect((await pair.settled([await pair.place('L', undefined, REFUSED_CARD)]))[0]?.status).toBe('cancelled');
  },
  async 'nothing can be delivered, and the money goes back'() {
    await pair.setLmsFaults({ unknownUsers: ['CUSTOMER-nobody'] });
    expect((await pair.settled([await pair.place('CC', 'nobody')]))[0]?.status).toBe('cancelled');
    await pair.setLmsFaults();
  },
  async 'a job fails, and is tried again'() {
    let refused = 0;
    pair.front.react = (requested) => ((refused += 1) > 1 ? HAND_ON() : { forward: false, answer: answerEach(requested, 503, () => ({ type: '/problems/unavailable', title: 'Away', status: 503, code: 'unavailable', requestId: 'r', retryable: true, instance: 'urn:request:r' })) });
    expect((await pair.settled([await pair.place('A')]))[0]?.status).toBe('completed');
    expect(refused).toBeGreaterThan(1);
    pair.front.react = HAND_ON;
  },
  async 'systems outside report'() {
    const created = new Date().toISOString();
    await report('order-status', { id: 'msg_order', event: 'order.shipped', created, data: { orderId: 'ord_outside', status: 'shipped' } } as never);
    await report('worker-status', { id: 'msg_worker', event: 'job.completed', created, data: { workerId: 'w-1', queueName: 'order-processing', jobId: 'job-1', jobType: 'order-creation', status: 'completed', processingTime: 12 } } as never);
  },
  async 'whoever owns it tells what he knows first'() {
    const events = EXTERNAL.map((eventType) => ({
      eventId: uuid7(Date.now()), eventType, eventVersion: publishedCatalogue.currentVersion(eventType), timestamp: new Date().toISOString(), source: 'operator', correlationId: crypto.randomUUID(), causationId: null,
      data: publishedCatalogue.entry(eventType).example, metadata: {},
    }));
    expect((await ask('POST', '/api/events', { events })).items.map(({ result }: any) => result)).toEqual(events.map(() => 'appended'));
  },
  async 'an administrator of the fulfilling side acts'() {
    await ask('POST', '/v1/clients', { clientId: 'acme', authentication: { type: 'oauth', subject: 'subject of acme' }, scopes: ['fulfillment:read'], providers: {}, reason }, { service: 'of' });
  },
};

/** What was told: by a service itself, or by somebody outside. */
async function told(): Promise<{ readonly own: ReadonlySet<string>; readonly foreign: ReadonlySet<string> }> {
  const rows = (await Promise.all((['cc', 'of'] as const).map((service) => pair.rows<{ type: string; origin: string }>(service, 'SELECT DISTINCT type, origin FROM events')))).flat();
  const of = (wanted: string): string[] => rows.filter(({ origin }) => origin === wanted).map(({ type }) => type);
  return { own: new Set([...of('own'), ...readFileSync(toldFile, 'utf8').trim().split('\n')]), foreign: new Set(of('foreign')) };
}

test('all that was promised is told by something real, and what others may tell is taken from them', async () => {
  expect(PROMISED.size).toBeGreaterThan(30);
  expect(EXTERNAL).toEqual(expect.arrayContaining(['ShippingDispatched', 'ShippingDelivered', 'UserRegistered']));
  for (const doing of Object.values(DOINGS)) await doing();
  const missing = async (): Promise<string[]> => {
    const { own, foreign } = await told();
    return [...[...PROMISED].filter((type) => !(REPORTED.has(type) ? foreign : own).has(type)), ...EXTERNAL.filter((type) => !foreign.has(type)).map((type) => `${type} from outside`)].toSorted();
  };
  // What comes last of it comes by itself: a letter to a customer, a cart that counts as left.
  await eventually('all of it', async () => ((await missing()).length === 0 ? true : undefined), 20_000).catch(() => undefined);
  expect(await missing()).toEqual([]);
  const acts = await eventually('the act', async () => {
    const { items } = await ask('GET', '/api/audit?what=client.*', undefined, { service: 'of' });
    return items.length > 0 ? items : undefined;
  });
  expect(acts.map(({ act, about, why }: any) => [act, about, why])).toEqual([['client.add', 'acme', 'promised']]);
}, 180_000);
