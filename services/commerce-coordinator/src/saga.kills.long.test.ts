/**
 * Each handler of each loaded extension is killed before and after its effect, and another process goes on: one outcome in the log,
 * one key, once at the other side. The processes die as processes do (saga-model/test-mortal.ts); log, database, payment stand-in,
 * fulfilling side and mail are real.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { uuid7 } from '@commerce/events/uuid7';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import { eventually } from '@commerce/service-kit/test-eventually';
import type { ExtensionDefinition } from '@commerce/signals/extension';
import type { HandlerDeclaration } from '@commerce/signals/handler';
import { EXTENSIONS } from '../extensions.config.ts';
import { MAP } from '../signals.config.ts';
import { fillAll, rebuildOf } from './extensions/orders/test-rebuild.ts';
import { startTestProvider, TEST_PROVIDER } from './extensions/payments/test-provider.ts';
import type { TestProvider } from './extensions/payments/test-provider.ts';
import { startMortal } from './saga-model/test-mortal.ts';
import type { Deadly, Mortal, Phase } from './saga-model/test-mortal.ts';
import { startTestCoordinator } from './test-coordinator.ts';
import type { Answer, TestCoordinator } from './test-coordinator.ts';
import { startFulfillingSide } from './test-fulfilling-side.ts';
import type { FulfillingSide } from './test-fulfilling-side.ts';

const BAD_CARD = 'tok_4000000000000002';
const LATER_CARD = 'tok_4000000000000077';
const REASON = { code: 'customer_changed_mind' };
const SCOPES = 'orders:read orders:write admin dlq:write inventory:write catalog:write users:write admin';
const PHASES: readonly Phase[] = ['before', 'after'];

let database: TestDatabase;
let of: FulfillingSide;
let provider: TestProvider;
let cc: TestCoordinator;
let outbox: string;
/** What the extensions are opened with: everything outside is shared by all processes of this test. */
let resources: object;
let alive: Mortal | undefined;
let dying: Promise<number> = Promise.resolve(0);
let keys = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  of = await startFulfillingSide();
  provider = await startTestProvider('http://127.0.0.1:1/webhooks/payments/orders');
  outbox = await mkdtemp(join(tmpdir(), 'cc-kills-'));
  const first = EXTENSIONS[0] as ExtensionDefinition;
  const seen = { ...first, open: (given: object) => first.open((resources = given)) };
  cc = await startTestCoordinator({
    ROLES: 'api', DATABASE_URL: database.url, OF_URL: of.url, ISSUER_URL: of.url, FULFILLMENT_TIMEOUT_MS: '1000', PAYMENTS_URL: provider.url, STRIPE_URL: provider.stripeUrl, STRIPE_API_KEY: TEST_PROVIDER.stripeKey, PAYMENTS_ASK_AFTER_MS: '200', OUTBOX_DIR: outbox,
  }, { loaded: { extensions: [seen, ...EXTENSIONS.slice(1)], map: MAP } });
});
afterAll(async () => {
  await dying.catch(() => undefined);
  await alive?.stop();
  await cc?.stop();
  await of?.stop();
  await provider?.stop();
  await database?.drop();
  await rm(outbox, { recursive: true, force: true });
});

const call = (method: string, path: string, body?: unknown, key = `key-${(keys += 1)}`): Promise<Answer> => cc.call(method, path, { body, scopes: SCOPES, headers: { 'idempotency-key': key } });
async function act(orderId: string, what: string): Promise<void> {
  expect(await call('POST', `/orders/${orderId}/${what}`, { reason: REASON })).toMatchObject({ status: 202 });
}
/** What the provider tells of a dispute about the order; each is newer than the one before. */
async function dispute(orderId: string, status: 'opened' | 'won'): Promise<void> {
  keys += 1;
  const body = {
    provider: 'standard', providerEventId: `dispute-${keys}`, disputeId: `of ${orderId}`, orderId, status, amount: '25.00', currency: 'USD', occurredAt: new Date(Date.UTC(2026, 0, 1) + keys * 1_000).toISOString(),
  };
  expect(await cc.call('POST', '/internal/updates/disputes', { body, scopes: 'updates:write', client: 'ingest' })).toMatchObject({ status: 200 });
}
/** What the provider tells of the order's refund, later by so much than now. That it was given tells nothing new: it was, before it failed. */
async function refundTold(orderId: string, status: 'refund_failed' | 'refunded', laterMs: number): Promise<void> {
  keys += 1;
  const body = {
    provider: 'standard', providerEventId: `refund-${keys}`, orderId, status, refundId: `pay_${orderId}-r1`, amount: '25.00', currency: 'USD', occurredAt: new Date(Date.now() + laterMs).toISOString(),
    ...(status === 'refund_failed' && { reason: { code: 'lost_or_stolen_card' } }),
  };
  expect(await cc.call('POST', '/internal/updates/orders', { body, scopes: 'updates:write', client: 'ingest' })).toMatchObject({ status: 200, body: { verdict: status === 'refunded' ? 'stale' : 'applied' } });
}
/** A person has given the money by hand, as the dead letter asks for, and tries it again. */
async function givenByHand(orderId: string): Promise<void> {
  const dead = await eventually('it is a dead letter', async () => (await cc.call('GET', `/dead-letters?handler=payments.refund_failed`, { scopes: 'dlq:read' })).body.items[0], 45_000) as { id: string; reason: string };
  expect(dead.reason).toBe('lost_or_stolen_card');
  await refundTold(orderId, 'refunded', 2_000);
  const begun = await cc.call('POST', '/dead-letter-runs', { scopes: 'dlq:read dlq:write', client: 'operator', body: { act: 'redrive', selection: { ids: [dead.id] }, reason: { code: 'mended' } } });
  expect(begun).toMatchObject({ status: 202 });
}
/** The customer has paid once more, at another provider, which tells it. */
async function paidAgain(orderId: string): Promise<void> {
  keys += 1;
  const { body: { id: reference } } = await provider.stripe('POST', '/v1/payment_intents', { amount: '2500', currency: 'usd', confirm: 'true', payment_method: 'tok_4242424242424242', 'metadata[again]': orderId });
  const body = { provider: 'stripe', providerEventId: `again-${keys}`, orderId, status: 'captured', reference, amount: '25.00', currency: 'USD', occurredAt: new Date(Date.UTC(2026, 0, 1) + keys * 1_000).toISOString() };
  expect(await cc.call('POST', '/internal/updates/orders', { body, scopes: 'updates:write', client: 'ingest' })).toMatchObject({ status: 200 });
}
/** What the other provider has of that. */
async function givenBackAgain(orderId: string): Promise<object[]> {
  const { body: { data: [intent] } } = await provider.stripe('GET', `/v1/payment_intents/search?query=${encodeURIComponent(`metadata['again']:'${orderId}'`)}`);
  return (await provider.stripe('GET', `/v1/refunds?payment_intent=${intent.id}`)).body.data;
}
const history = (subject: string) => cc.log.history(subject);
const count = async (subject: string, type: string): Promise<number> => (await history(subject)).filter((event) => event.type === type).length;

async function place(token?: string, sku = 'NW-1', customerId = 'VINET'): Promise<string> {
  const answer = await call('POST', '/orders', {
    customerId, currency: 'USD', lines: [{ sku, quantity: 1, unitPrice: '10.00' }, { sku: 'NW-2', quantity: 1, unitPrice: '10.00' }], freight: '5.00',
    ...(token !== undefined && { payment: { method: { type: 'card', token } } }),
  });
  expect(answer).toMatchObject({ status: 202 });
  return answer.body.orderId;
}

const told = (subject: string, type: string): Promise<unknown> => eventually(`${type} of ${subject}`, async () => (await count(subject, type)) > 0, 45_000);
const idle = (subject: string): Promise<unknown> => eventually(`nothing is left to be done for ${subject}`, async () => (await cc.pool.query('SELECT 1 FROM work WHERE subject = $1', [subject])).rows.length === 0, 45_000);

/** Another process goes on, until it dies itself. */
async function next(deadly: Deadly): Promise<Mortal> {
  await alive?.stop();
  alive = undefined;
  const mortal = await startMortal(database.url, resources, deadly);
  alive = mortal;
  return mortal;
}

async function dies(mortal: Mortal, what: string): Promise<void> {
  const ended = new AbortController();
  await Promise.race([mortal.died, delay(45_000, undefined, { signal: ended.signal }).then(() => Promise.reject(new Error(`It did not die ${what}.`)))]).finally(() => ended.abort());
  alive = undefined;
}

async function arrives(orderId: string, what: 'completed' | 'failed' | 'cancelled' | 'as it is'): Promise<void> {
  await cc.log.appendForeign([what === 'as it is' ? of.outcome(orderId) : of.settle(orderId, what)]);
}

async function fulfilling(token?: string): Promise<string> {
  const orderId = await place(token);
  await told(orderId, 'FulfillmentRequested');
  return orderId;
}

async function completed(): Promise<string> {
  const orderId = await fulfilling();
  await arrives(orderId, 'completed');
  await told(orderId, 'OrderCompleted');
  return orderId;
}

/** How an effect is brought about, and what must be true when it is done. */
interface Run {
  /** What must have happened before: while nobody dies. Gives the subject. */
  readonly before: () => Promise<string>;
  /** What brings it about. */
  readonly begin?: (subject: string) => Promise<unknown>;
  /** Told exactly once in the end. */
  readonly outcome: string;
  /** What somebody has to do before nothing is left to be done. */
  readonly person?: (subject: string) => Promise<void>;
  /** At the other side: once. */
  readonly once: (subject: string) => Promise<void>;
}

const money = async (orderId: string): Promise<object> => {
  const { charges = 0, refunds = 0, kept = '0.00' } = (await provider.money(orderId)) ?? {};
  return { charges, refunds, kept };
};

const RUNS: Readonly<Record<string, Run>> = {
  'payments.charge': { before: async () => '', begin: () => place(), outcome: 'PaymentProcessed', once: async (id) => expect(await money(id)).toEqual({ charges: 1, refunds: 0, kept: '25.00' }) },
  'payments.ask': {
    before: async () => '',
    begin: async () => {
      await provider.misbehave({ decisionDelayMs: [700, 700], loseWebhook: 1 });
      return place(LATER_CARD);
    },
    outcome: 'PaymentProcessed', once: async (id) => expect(await money(id)).toEqual({ charges: 1, refunds: 0, kept: '25.00' }),
  },
  'payments.refund': { before: () => fulfilling(), begin: (id) => arrives(id, 'failed'), outcome: 'PaymentRefunded', once: async (id) => expect(await money(id)).toEqual({ charges: 1, refunds: 1, kept: '0.00' }) },
  'payments.refund_duplicate': {
    before: completed, begin: paidAgain, outcome: 'PaymentDuplicateRefunded',
    once: async (id) => expect([await givenBackAgain(id), await money(id)]).toMatchObject([[{ amount: 2_500 }], { charges: 1, refunds: 0, kept: '25.00' }]),
  },
  'payments.refund_failed': {
    before: async () => {
      const orderId = await fulfilling();
      await arrives(orderId, 'failed');
      await told(orderId, 'PaymentRefunded');
      await idle(orderId);
      return orderId;
    },
    begin: (id) => refundTold(id, 'refund_failed', 1_000), outcome: 'PaymentRefundFailed', person: givenByHand,
    once: async (id) => expect([await money(id), await count(id, 'PaymentRefunded')]).toEqual([{ charges: 1, refunds: 1, kept: '0.00' }, 1]),
  },
  'fulfillment.request': {
    before: async () => '', begin: () => place(), outcome: 'FulfillmentRequested',
    once: async (id) => expect([of.taken.get(id)?.length, new Set(of.keys.get(id)).size]).toEqual([1, 1]),
  },
  'fulfillment.request_again': {
    before: () => fulfilling(), begin: (id) => act(id, 're-request'), outcome: 'OrderReRequested', once: async (id) => expect(of.taken.get(id)?.length).toBe(1),
  },
  'fulfillment.cancel': {
    before: () => fulfilling(), begin: (id) => act(id, 'cancel'), outcome: 'OrderCancelRequested', once: async (id) => expect(of.taken.get(id)).toMatchObject([{ status: 'cancelled' }]),
  },
  'fulfillment.revoke': {
    before: completed, begin: (id) => act(id, 'refund'), outcome: 'FulfillmentRevokeRequested', once: async (id) => expect(of.taken.get(id)).toMatchObject([{ status: 'revoked' }]),
  },
  'fulfillment.hold': {
    before: () => fulfilling(), begin: (id) => dispute(id, 'opened'), outcome: 'FulfillmentSuspended', once: async (id) => expect(of.taken.get(id)).toMatchObject([{ status: 'on_hold' }]),
  },
  'notifications.send': {
    before: async () => {
      await call('POST', '/users', { userId: 'MAIL', email: 'mail@customers.example', name: 'Mail' });
      await eventually('the contact is known', async () => (await cc.pool.query("SELECT 1 FROM notification_contacts WHERE customer_id = 'MAIL'")).rows.length === 1);
      return String((await readdir(outbox)).length);
    },
    begin: () => place(BAD_CARD, 'NW-1', 'MAIL'), outcome: 'NotificationSent',
    once: async (id) => {
      const names = (await history(id)).filter(({ type }) => type === 'NotificationSent').map(({ data }) => (data as { notificationId: string }).notificationId);
      expect((await readdir(outbox)).filter((file) => names.some((name) => file.includes(name)))).toHaveLength(1);
    },
  },
  'carts.finish': {
    before: async () => {
      const { body: { cartId } } = await call('POST', '/carts', { customerId: 'VINET', currency: 'USD' });
      await call('POST', `/carts/${cartId}/items`, { sku: 'NW-1', quantity: 1, unitPrice: '10.00' });
      // As a request leaves it that dies between the two steps of a checkout.
      const { rowCount } = await cc.pool.query(
        `UPDATE carts SET status = 'checking_out', version = version + 1, checkout = $2 WHERE cart_id = $1`, [cartId, JSON.stringify({ clientId: 'storefront', idempotencyKey: `cart ${cartId}`, form: {}, asked: '' })],
      );
      expect(rowCount).toBe(1);
      return cartId;
    },
    begin: (cartId) => cc.pool.query(
      `INSERT INTO timers (reader, subject, name, slot, due_at, correlation_id, metadata) SELECT 'carts', $1, 'checkout', slot, now(), correlation_id, '{}' FROM events WHERE subject = $1 LIMIT 1`, [cartId],
    ),
    outcome: 'CartCheckedOut',
    once: async (cartId) => expect((await cc.pool.query('SELECT 1 FROM orders WHERE idempotency_key = $1', [`cart ${cartId}`])).rows).toHaveLength(1),
  },
};

const HANDLERS = EXTENSIONS.flatMap(({ handlers }) => Object.entries<HandlerDeclaration>(handlers));
const namesOf = (kind: HandlerDeclaration['kind']): string[] => HANDLERS.filter(([, declaration]) => declaration.kind === kind).map(([name]) => name).sort();

test('every effect of every loaded extension has its run', () => {
  expect(Object.keys(RUNS).sort()).toEqual(namesOf('effect'));
});

test.each(Object.entries(RUNS))('%s, killed before its call and after it, ends once', async (effect, { before, begin, outcome, person, once }) => {
  for (const phase of PHASES) {
    let isArmed = false;
    let calls = 0;
    const mortal = await next({ call: (name, at) => isArmed && name === effect && at === phase && (calls += 1) === 1 });
    const prepared = await before();
    isArmed = true;
    const begun = await begin?.(prepared);
    const subject = typeof begun === 'string' ? begun : prepared;
    await dies(mortal, `${phase} ${effect}`);
    await next({});
    await told(subject, outcome);
    await person?.(subject);
    await idle(subject);
    expect(await count(subject, outcome)).toBe(1);
    await once(subject);
    await provider.misbehave({});
  }
}, 60_000);

/** Stories that together bring every transactional handler to its turn. Each resolves when its order has ended; who dies meanwhile does not matter to it. */
const STORIES: Readonly<Record<string, () => Promise<readonly [orderId: string, end: string, kept: string]>>> = {
  async 'is delivered, and taken back'() {
    const orderId = await place();
    await told(orderId, 'FulfillmentRequested');
    await arrives(orderId, 'completed');
    await told(orderId, 'OrderCompleted');
    await act(orderId, 'refund');
    await eventually('it was asked back', async () => of.revocations.some(({ fulfillmentId }) => fulfillmentId === of.taken.get(orderId)?.[0]?.fulfillmentId), 45_000);
    await arrives(orderId, 'as it is');
    return [orderId, 'refunded', '0.00'];
  },
  'has no stock': async () => [await place(undefined, 'SOLD-OUT'), 'cancelled', '0.00'],
  'has a card that is refused': async () => [await place(BAD_CARD), 'cancelled', '0.00'],
  async 'is not delivered'() {
    const orderId = await place();
    await told(orderId, 'FulfillmentRequested');
    await arrives(orderId, 'failed');
    return [orderId, 'cancelled', '0.00'];
  },
  async 'is called off in time'() {
    const orderId = await place();
    await told(orderId, 'FulfillmentRequested');
    await act(orderId, 'cancel');
    await eventually('it was called off', async () => of.cancels.includes(orderId), 45_000);
    await arrives(orderId, 'as it is');
    return [orderId, 'cancelled', '0.00'];
  },
  async 'is disputed, and goes on'() {
    const orderId = await fulfilling();
    await dispute(orderId, 'opened');
    await eventually('it waits', async () => of.waits.includes(`hold ${orderId}`), 45_000);
    await dispute(orderId, 'won');
    await eventually('it goes on', async () => of.waits.includes(`release ${orderId}`), 45_000);
    await arrives(orderId, 'completed');
    return [orderId, 'completed', '25.00'];
  },
  async 'is delivered, and stays so'() {
    const userId = `KNOWN-${(keys += 1)}`;
    const orderId = await place(undefined, 'NW-1', userId);
    expect((await call('POST', '/users', { userId, email: 'known@customers.example' })).status).toBeLessThan(300);
    await told(orderId, 'FulfillmentRequested');
    await arrives(orderId, 'completed');
    const { data, ...envelope } = of.outcome(orderId);
    const parcel = { orderId, fulfillmentId: (data as { fulfillmentId: string }).fulfillmentId, carrier: 'Post', trackingNumber: 'T-1', lineIds: ['1'] };
    await cc.log.appendForeign([{ ...envelope, eventId: uuid7(Date.now()), eventType: 'ShippingDispatched', data: parcel }]);
    return [orderId, 'completed', '25.00'];
  },
};

async function judge(orderId: string, end: string, kept: string): Promise<void> {
  await eventually(`${orderId} is ${end}`, async () => (await call('GET', `/orders/${orderId}`)).body.status === end, 30_000);
  await idle(orderId);
  expect(await money(orderId)).toMatchObject({ kept });
  // Each event has told each thing once.
  const steps = (await history(orderId)).map(({ type, causationId }) => `${type} because of ${causationId ?? 'a request'}`);
  expect(steps.filter((step, index) => steps.indexOf(step) !== index)).toEqual([]);
}

test('every transactional handler, killed before its commit and after it, counts once', async () => {
  expect((await call('POST', '/inventory/adjustments', { sku: 'SOLD-OUT', delta: 1, reason: { code: 'restock' } })).status).toBeLessThan(300);
  expect((await call('POST', '/inventory/adjustments', { sku: 'SOLD-OUT', delta: -1, reason: { code: 'lost' } })).status).toBeLessThan(300);
  const left = new Set(namesOf('transactional').flatMap((name) => PHASES.map((phase) => `${name} ${phase}`)));
  const deadly: Deadly = {
    commit(names, phase) {
      const now = [...names].filter((name) => left.has(`${name} ${phase}`));
      for (const name of now) left.delete(`${name} ${phase}`);
      return now.length > 0;
    },
  };
  const ended = new AbortController();
  dying = (async (): Promise<number> => {
    for (let deaths = 0; ; deaths += 1) {
      const mortal = await next(left.size === 0 ? {} : deadly);
      if (left.size === 0) return deaths;
      const survived = await Promise.race([mortal.died.then(() => false), delay(60_000, true, { signal: ended.signal }).catch(() => true)]);
      if (survived) return deaths;
      alive = undefined;
    }
  })();
  try {
    // A death may take a commit along whose turn has not come: then its handler has its turn in another round.
    for (let round = 0; round < 4 && left.size > 0; round += 1) await Promise.all(Object.values(STORIES).map(async (story) => judge(...(await story()))));
  } finally {
    ended.abort();
  }
  expect(await dying).toBeGreaterThan(20);
  expect([...left]).toEqual([]);
  // After all deaths the rows of orders are what the log tells.
  const rebuild = rebuildOf(cc.log);
  await fillAll(rebuild, cc.log);
  expect(await rebuild.compare(5, new AbortController().signal)).toMatchObject({ different: 0, differences: [] });
}, 145_000);
