/**
 * Payments for a test: the extension on the log with its readers, the door for webhooks in front of it, and the stand-in as its provider.
 * The orders stand in their table; what the other extensions say is appended by the test.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { EventLog } from '@commerce/event-log/log';
import { registerMap, startReaders } from '@commerce/event-log/readers';
import { MIGRATIONS as LOG_MIGRATIONS } from '@commerce/event-log/schema';
import { inTransaction } from '@commerce/event-log/transaction';
import { createCatalogue } from '@commerce/events/catalogue';
import type { EventEntry } from '@commerce/events/catalogue';
import { ENTRIES } from '@commerce/events/entries';
import { InventoryReserved } from '@commerce/events/entries/inventory';
import { PAYMENT_ENTRIES } from '@commerce/events/entries/payments';
import { uuid7 } from '@commerce/events/uuid7';
import { byToken, unauthenticated } from '@commerce/service-kit/auth';
import { createHttpServer } from '@commerce/service-kit/http-server';
import { createLogger } from '@commerce/service-kit/logging';
import { systemClock, systemPorts } from '@commerce/service-kit/ports';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import { handlersByType, openExtensions } from '@commerce/signals/host';
import { defineSignalMap } from '@commerce/signals/map';
import { webhookKey } from '@commerce/service-kit/webhook-signature';
import { freePort } from '@commerce/service-kit/test-process';
import pg from 'pg';
import { ORDERS_MIGRATION } from '../orders/migrations/0001-orders.ts';
import { SAGA_MIGRATION } from '../orders/migrations/0002-saga.ts';
import { payments } from './extension.ts';
import type { PaymentsResources } from './extension.ts';
import { PAYMENTS_MIGRATION } from './migrations/0001-payments.ts';
import { UPDATES_MIGRATION } from './migrations/0002-updates.ts';
import { PROVIDERS_MIGRATION } from './migrations/0003-providers.ts';
import { OWN_PAYMENT_ENTRIES } from './signals.ts';
import { openProviders } from './providers.http.ts';
import { startTestProvider, TEST_PROVIDER } from './test-provider.ts';
import type { TestProvider } from './test-provider.ts';
import { createUpdateIntake } from './webhooks.pg.ts';
import type { UpdateIntake } from './webhooks.pg.ts';
import { createAnswerLimit } from '../../ingest/answer-limit.ts';
import type { Client } from '../../ingest/client.ts';
import { ErrConflict, ErrInvalidStatus, ErrNotFound } from '../../ingest/errors.ts';
import { ingestProblems } from '../../ingest/problems.ts';
import { createProcessor } from '../../ingest/processor.ts';
import { createStandardProvider as createStandardWebhooks } from '../../ingest/providers/standard.ts';
import { createStripeProvider as createStripeWebhooks } from '../../ingest/providers/stripe.ts';
import { ledgerNotes } from '../../ingest/unknown-events.pg.ts';
import { addWebhookRoutes } from '../../ingest/webhooks.http.ts';
import type { UpdateAnswer, Updates } from '../../updates/update.ts';

const SOON = { baseMs: 20, maxMs: 200 };
const MAP = defineSignalMap([payments], {
  InventoryReserved: ['payments.process'],
  PaymentInitiated: [{ handler: 'payments.charge', retry: SOON }],
  PaymentOverdue: ['payments.ask'],
  PaymentRefundInitiated: [{ handler: 'payments.refund', retry: SOON }],
  PaymentDuplicated: [{ handler: 'payments.refund_duplicate', retry: SOON }],
  PaymentRefundFailed: ['payments.refund_failed'],
  OrderCancelRequested: ['payments.withdraw'],
  OrderRefundRequested: ['payments.owe'],
  OrderFulfilled: ['payments.owe'],
  OrderUnfulfilled: ['payments.owe'],
  OrderTakenBack: ['payments.owe'],
});
export const ASK_AFTER_MS = 1_000;
export const SECRET_BEFORE = `whsec_${Buffer.alloc(32, 6).toString('base64')}`;
const ENTRY_LIST = [...ENTRIES, ...PAYMENT_ENTRIES, InventoryReserved, ...OWN_PAYMENT_ENTRIES];

export interface TestPayments {
  readonly log: EventLog;
  readonly pool: pg.Pool;
  readonly provider: TestProvider;
  readonly updates: UpdateIntake;
  /** A new order of three lines (100.00, 50.00, 25.50) and a freight of 10.00; `token` of its card, and the provider that knows it. */
  order(token?: string, provider?: string): Promise<string>;
  setStatus(orderId: string, status: string): Promise<void>;
  /** Appends what another extension says of an order. */
  say(type: string, data: Readonly<Record<string, unknown>> & { readonly orderId: string }): Promise<void>;
  /** Types of the payment events of an order, once the last of these is there. */
  until(orderId: string, last: string, limitMs?: number): Promise<string[]>;
  /** Looks until it finds something. */
  eventually<Found>(look: () => Promise<Found | undefined>): Promise<Found>;
  post(body: object | string, given?: { secret?: string; atS?: number; signature?: string }): Promise<{ status: number; body: any }>;
  stop(): Promise<void>;
}

export async function startTestPayments(): Promise<TestPayments> {
  const database = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 10, pipeline: true });
  pool.on('error', () => undefined);
  await pool.query([...LOG_MIGRATIONS, ORDERS_MIGRATION, SAGA_MIGRATION, PAYMENTS_MIGRATION, UPDATES_MIGRATION, PROVIDERS_MIGRATION].map(({ sql }) => sql).join('\n'));
  const catalogue = createCatalogue(ENTRY_LIST as unknown as EventEntry[]);
  const log = await EventLog.open({ pool, catalogue, nowMs: Date.now, uuid: () => uuid7(Date.now()) });
  const port = await freePort();
  const provider = await startTestProvider(`http://127.0.0.1:${port}/webhooks/payments/orders`);
  const { providers, close } = openProviders({
    config: { paymentsUrl: provider.url, paymentsApiKey: TEST_PROVIDER.apiKey, paymentsTimeoutMs: 2_000, stripeUrl: provider.stripeUrl, stripeApiKey: TEST_PROVIDER.stripeKey }, nowMs: Date.now, connections: 16,
  });
  const updates = createUpdateIntake(log, payments);
  const resources: PaymentsResources = {
    log, pool, nowMs: Date.now,
    payments: { providers, defaultProvider: 'standard', defaultMethod: { type: 'card', token: 'tok_4242424242424242' }, askAfterMs: ASK_AFTER_MS, updates },
  };
  const opened = await openExtensions([payments], MAP, resources);
  const map = await registerMap({ log, extensions: opened.map(({ extension }) => extension), map: handlersByType(MAP), streams: [] });
  const readers = await startReaders({
    log, databaseUrl: database.url, map, streams: [], workerId: uuid7(Date.now()), random: Math.random, monotonicMs: () => performance.now(),
    sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  const server = await createHttpServer({
    name: 'test', version: '0', logger: createLogger({ name: 'test', level: 'silent' }), issuer: 'http://127.0.0.1:1', problems: [ingestProblems],
    auth: byToken({ verify: () => Promise.reject(unauthenticated('There is no token.')) }), ports: systemPorts({ uuid: () => uuid7(Date.now()) }),
  });
  const within = createAnswerLimit({ answerWithinMs: 5_000, sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }), monotonicMs: () => performance.now() });
  addWebhookRoutes(server.app, {
    providers: new Map([['standard', createStandardWebhooks([TEST_PROVIDER.secret, SECRET_BEFORE])], ['stripe', createStripeWebhooks([TEST_PROVIDER.stripeSecret])]]), defaultProvider: 'standard', nowMs: Date.now, maxInHand: 1_000,
    processor: createProcessor({ client: inProcess(updates), within }), within, answered: () => undefined, note: ledgerNotes(pool),
  });
  const { url } = await server.listen({ port });
  let orders = 0;

  return {
    log, pool, provider, updates,
    async order(token, name) {
      const orderId = uuid7(Date.now());
      const lines = ['100.00', '50.00', '25.50'].map((total, index) => ({ lineId: String(index + 1), sku: `NW-${index}`, quantity: 1, unitPrice: total, discount: '0', total }));
      await pool.query(
        `INSERT INTO orders (order_id, order_number, client_id, idempotency_key, request_hash, customer_id, currency, freight, total, lines, created_at, updated_at, payment_method)
         VALUES ($1, $4, 'test', $1, '', 'VINET', 'USD', 10.00, 185.50, $2, now(), now(), $3)`,
        [orderId, JSON.stringify(lines), token === undefined ? null : JSON.stringify({ type: 'card', token, ...(name !== undefined && { provider: name }) }), (orders += 1)],
      );
      return orderId;
    },
    setStatus: async (orderId, status) => void (await pool.query('UPDATE orders SET status = $2 WHERE order_id = $1', [orderId, status])),
    async say(type, data) {
      const trigger = { correlationId: data.orderId, causationId: null, metadata: {} };
      await inTransaction(pool, (tx) => log.append(tx, [log.prepare({ type, data }, 'test', trigger)]));
      log.wake();
    },
    async until(orderId, last, limitMs = 30_000) {
      for (const end = performance.now() + limitMs; ; await delay(10)) {
        const types = (await log.history(orderId)).filter(({ source }) => source === 'payment-service').map(({ type }) => type);
        if (types.includes(last)) return types;
        if (performance.now() > end) throw new Error(`${last} did not come: ${types.join(', ')}`);
      }
    },
    async eventually(look) {
      for (const end = performance.now() + 30_000; ; await delay(10)) {
        const found = await look();
        if (found !== undefined) return found;
        if (performance.now() > end) throw new Error('It did not come in time.');
      }
    },
    async post(body, { secret = TEST_PROVIDER.secret, atS = Math.floor(systemClock.now().getTime() / 1_000), signature } = {}) {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const id = randomUUID();
      const right = `v1,${createHmac('sha256', webhookKey(secret)).update(`${id}.${atS}.${text}`).digest('base64')}`;
      const answer = await fetch(`${url}/webhooks/payments/orders`, {
        method: 'POST', headers: { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': String(atS), 'webhook-signature': signature ?? right }, body: text,
      });
      return { status: answer.status, body: await answer.json() };
    },
    async stop() {
      await server.drain({ graceMs: 1_000 });
      await readers.stop();
      await provider.stop();
      await close();
      await log.close();
      await pool.end();
      await database.drop();
    },
  };
}

/** The door in front of the same process. */
function inProcess({ processOrderUpdate, processDisputeUpdate }: Updates): Client {
  const sent = ({ verdict, detail }: UpdateAnswer): 'accepted' | 'stale' => {
    if (verdict === 'applied') return 'accepted';
    if (verdict === 'stale') return 'stale';
    throw verdict === 'duplicate' ? new ErrConflict() : verdict === 'unknown_order' ? new ErrNotFound(detail) : new ErrInvalidStatus(detail);
  };
  return {
    sendOrderUpdate: async (update, { correlationId }) => sent(await processOrderUpdate(update, { correlationId })),
    sendDisputeUpdate: async (update, { correlationId }) => sent(await processDisputeUpdate(update, { correlationId })),
    close: async () => undefined,
  };
}
