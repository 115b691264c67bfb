/**
 * What is noted as ignored, with real parts: the ways of orders that go as they should note nothing, whatever their end, so that
 * a note is worth reading; and each true ignore is noted by everybody who ignored it.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHmac } from 'node:crypto';
import type { EventEnvelope } from '@commerce/events/envelope';
import { uuid7 } from '@commerce/events/uuid7';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import { webhookKey } from '@commerce/service-kit/webhook-signature';
import { eventually } from '@commerce/service-kit/test-eventually';
import { startFulfillingSide } from '../test-fulfilling-side.ts';
import type { FulfillingSide } from '../test-fulfilling-side.ts';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { Answer, TestCoordinator } from '../test-coordinator.ts';
import { startTestProvider, TEST_PROVIDER } from './payments/test-provider.ts';
import type { TestProvider } from './payments/test-provider.ts';

const SCOPES = 'orders:read orders:write admin dlq:write inventory:write users:write';
const BAD_CARD = 'tok_4000000000000002';

let database: TestDatabase;
let of: FulfillingSide;
let provider: TestProvider;
let cc: TestCoordinator;
let keys = 0;

beforeAll(async () => {
  [database, of, provider] = await Promise.all([createTestDatabase(), startFulfillingSide(), startTestProvider('http://127.0.0.1:1/webhooks')]);
  cc = await startTestCoordinator({ ROLES: 'api,readers,ingest', DATABASE_URL: database.url, OF_URL: of.url, ISSUER_URL: of.url, FULFILLMENT_TIMEOUT_MS: '1000', PAYMENTS_URL: provider.url });
  await call('POST', '/users', { userId: 'VINET', email: 'vinet@example.com' });
  await call('POST', '/inventory/adjustments', { sku: 'RARE', delta: 1, reason: { code: 'restock' } });
});
afterAll(async () => {
  await cc?.stop();
  await Promise.all([of?.stop(), provider?.stop()]);
  await database?.drop();
});

const call = (method: string, path: string, body?: unknown): Promise<Answer> => cc.call(method, path, { body, scopes: SCOPES, headers: { 'idempotency-key': `key-${(keys += 1)}` } });

async function place({ sku = 'NW-1', token, quantity = 1 }: { sku?: string; token?: string; quantity?: number } = {}): Promise<string> {
  const lines = [{ sku, quantity, unitPrice: '10.00' }, { sku: 'NW-2', quantity: 1, unitPrice: '5.00' }];
  const { body } = await call('POST', '/orders', { customerId: 'VINET', currency: 'USD', lines, ...(token !== undefined && { payment: { method: { type: 'card', token } } }) });
  return body.orderId;
}

const reaches = (orderId: string, status: string): Promise<unknown> => eventually(`${orderId} is ${status}`, async () => (await call('GET', `/orders/${orderId}`)).body.status === status);
const has = (orderId: string, type: string): Promise<unknown> => eventually(`${orderId} has ${type}`, async () => (await cc.log.history(orderId)).some((event) => event.type === type));
const act = async (orderId: string, what: string, more: object = {}): Promise<void> => void expect(await call('POST', `/orders/${orderId}/${what}`, { reason: { code: 'asked' }, ...more })).toMatchObject({ status: 202 });
const arrives = (...envelopes: EventEnvelope[]): Promise<unknown> => cc.log.appendForeign(envelopes);

/** Every event was heard by everybody, and nothing is left to be done: the readers stand behind the last event. */
async function quiet(orderId: string): Promise<void> {
  const unread = `SELECT 1 FROM events e JOIN readers r ON e.slot BETWEEN r.slot_from AND r.slot_to AND (e.epoch, e.txid, e.position) > (r.epoch, r.txid, r.position) WHERE e.subject = $1
    UNION ALL SELECT 1 FROM work WHERE subject = $1`;
  await eventually('all is read and done', async () => (await cc.pool.query(unread, [orderId])).rows.length === 0);
}

const noted = async (orderId: string): Promise<string[]> => {
  await quiet(orderId);
  return (await cc.log.ignored(orderId)).map(({ handler, rule }) => `${handler}: ${rule}`).toSorted();
};

async function fulfilling(): Promise<string> {
  const orderId = await place();
  await reaches(orderId, 'fulfilling');
  return orderId;
}

async function completed(): Promise<string> {
  const orderId = await fulfilling();
  await arrives(of.settle(orderId, 'completed'));
  await reaches(orderId, 'completed');
  return orderId;
}

/** The status of the answer to a webhook of the provider. */
async function tell(orderId: string, told: object): Promise<number> {
  const { reference } = (await cc.pool.query('SELECT reference FROM payments WHERE order_id = $1', [orderId])).rows[0];
  const body = JSON.stringify({ provider_event_id: `evt_${orderId}`, provider: 'standard', order_id: orderId, payment_id: reference, amount: '15.00', currency: 'USD', occurred_at: new Date().toISOString(), ...told });
  const at = Math.floor(Date.now() / 1_000);
  const signature = createHmac('sha256', webhookKey(TEST_PROVIDER.secret)).update(`msg_1.${at}.${body}`).digest('base64');
  return (await fetch(`${cc.url}/webhooks/payments/orders`, { method: 'POST', body, headers: { 'content-type': 'application/json', 'webhook-id': 'msg_1', 'webhook-timestamp': String(at), 'webhook-signature': `v1,${signature}` } })).status;
}

/** Ways of orders that go as they should. */
const WAYS: readonly (readonly [string, () => Promise<string>])[] = [
  ['is completed', completed],
  ['is completed in part', async () => {
    const orderId = await fulfilling();
    await arrives(of.settle(orderId, 'partial'));
    await has(orderId, 'PaymentRefunded');
    return orderId;
  }],
  ['has too little stock', async () => {
    const orderId = await place({ sku: 'RARE', quantity: 2 });
    await reaches(orderId, 'cancelled');
    return orderId;
  }],
  ['is not paid', async () => {
    const orderId = await place({ token: BAD_CARD });
    await reaches(orderId, 'cancelled');
    return orderId;
  }],
  ['fails at the fulfilling side', async () => {
    const orderId = await fulfilling();
    await arrives(of.settle(orderId, 'failed'));
    await reaches(orderId, 'cancelled');
    return orderId;
  }],
  ['is cancelled while it is fulfilled', async () => {
    const orderId = await fulfilling();
    await act(orderId, 'cancel');
    await eventually('it was called off', async () => of.cancels.includes(orderId));
    await arrives(of.outcome(orderId));
    await reaches(orderId, 'cancelled');
    return orderId;
  }],
  ['is cancelled as soon as it is placed', async () => {
    const orderId = await place();
    await act(orderId, 'cancel');
    await reaches(orderId, 'cancelled');
    return orderId;
  }],
  ['is refunded and comes back', async () => {
    const orderId = await completed();
    await act(orderId, 'refund');
    await reaches(orderId, 'refunded');
    await has(orderId, 'FulfillmentRevokeRequested');
    await arrives(of.outcome(orderId));
    return orderId;
  }],
  ['is taken back by a person', async () => {
    const orderId = await completed();
    await act(orderId, 'revoke');
    await has(orderId, 'FulfillmentRevokeRequested');
    await arrives(of.outcome(orderId));
    await reaches(orderId, 'refunded');
    return orderId;
  }],
];

describe('nothing is noted', () => {
  test('of an order that goes one of the ways of the saga, whatever its end', async () => {
    const all = await Promise.all(WAYS.map(async ([what, run]) => ({ what, noted: await noted(await run()) })));
    expect(all).toEqual(WAYS.map(([what]) => ({ what, noted: [] })));
  }, 60_000);

  test('of one that the fulfilling side refuses', async () => {
    of.misbehave('refuse');
    const orderId = await place();
    await reaches(orderId, 'cancelled');
    expect(await noted(orderId)).toEqual([]);
  });
});

describe('money that was all given back by hand at the provider', () => {
  const types = async (orderId: string): Promise<string[]> => (await cc.log.history(orderId)).map(({ type }) => type);

  test('while the order is fulfilled calls it off: it ends as cancelled, nothing is given back once more, and who found nothing to do notes it', async () => {
    const orderId = await fulfilling();
    expect(await tell(orderId, { status: 'refunded' })).toBe(202);
    await eventually('it was called off', async () => of.cancels.includes(orderId));
    await arrives(of.outcome(orderId));
    await reaches(orderId, 'cancelled');
    expect((await call('GET', `/orders/${orderId}`)).body.reason).toMatchObject({ code: 'refunded_at_provider' });
    expect(await noted(orderId)).toEqual(['inventory.release: no_lines_named', 'payments.owe: already_refunded']);
    expect(await types(orderId)).not.toContain('PaymentRefundInitiated');
    expect((await cc.pool.query("SELECT lines->0->>'status' AS status FROM inventory_reservations WHERE order_id = $1", [orderId])).rows).toEqual([{ status: 'released' }]);
  });

  test('after its end ends it as refunded, and what was delivered is asked back', async () => {
    const orderId = await completed();
    expect(await tell(orderId, { status: 'refunded' })).toBe(202);
    await reaches(orderId, 'refunded');
    await has(orderId, 'FulfillmentRevokeRequested');
    await arrives(of.outcome(orderId));
    await has(orderId, 'OrderTakenBack');
    expect(await noted(orderId)).toEqual(['inventory.release: no_lines_named', 'payments.owe: already_refunded']);
  });
});

describe('what is ignored is noted by everybody who ignores it', () => {
  test('a duplicate', async () => {
    const orderId = await fulfilling();
    const outcome = of.settle(orderId, 'failed');
    await arrives(outcome, { ...outcome, eventId: uuid7(Date.now()) });
    await reaches(orderId, 'cancelled');
    expect(await noted(orderId)).toEqual([
      'fulfillment.settled: already_failed', expect.stringMatching(/^orders\.cancel: already_(cancel_pending|cancelled)$/), 'shipping.forgo: already_forgone',
    ]);
  });

  test('what comes too late', async () => {
    const orderId = await fulfilling();
    const outcome = of.settle(orderId, 'completed');
    await arrives(outcome);
    await reaches(orderId, 'completed');
    await arrives({ ...of.settle(orderId, 'failed'), eventId: uuid7(Date.now()) });
    expect(await noted(orderId)).toEqual(['fulfillment.settled: already_completed', 'orders.cancel: already_completed', 'shipping.forgo: already_shipped']);
  });

  test('an order that nobody placed', async () => {
    const stranger = uuid7(Date.now());
    const outcome = of.settle(await fulfilling(), 'failed');
    await arrives({ ...outcome, eventId: uuid7(Date.now()), data: { ...(outcome.data as object), orderId: stranger } });
    expect(await noted(stranger)).toEqual(['fulfillment.settled: unknown_order', 'orders.cancel: unknown_order', 'shipping.forgo: unknown_order']);
  });

  test('what is told for another client of the fulfilling side', async () => {
    const orderId = await fulfilling();
    const outcome = of.settle(orderId, 'failed');
    await arrives({ ...outcome, data: { ...(outcome.data as object), clientId: 'other' } });
    expect(await noted(orderId)).toEqual(['fulfillment.settled', 'orders.cancel', 'shipping.forgo'].map((handler) => `${handler}: other_client`));
  });

  test('an illegal transition: a payment that was taken cannot be refused, a delivered order cannot be called off', async () => {
    const orderId = await fulfilling();
    expect(await tell(orderId, { status: 'failed', reason: { code: 'card_declined' } })).toBe(422);
    const outcome = of.settle(orderId, 'completed');
    await act(orderId, 'cancel');
    await eventually('it was asked', async () => of.cancels.includes(orderId));
    await arrives(outcome);
    await reaches(orderId, 'completed');
    expect(await noted(orderId)).toEqual(['command:payments.webhook: illegal_transition', 'fulfillment.cancel: cancel_too_late']);
  });
});
