/**
 * For tests: the suite of every way in which the ingest hands on updates. The same webhooks come in, and the same has to become of the
 * order: its end state and its timeline. The real service on a database of its own; only the payment provider is the test.
 */
import { eventually } from '@commerce/service-kit/test-eventually';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { TestCoordinator } from '../test-coordinator.ts';
import { STANDARD, STRIPE } from './test-signed.ts';
import type { Scheme } from './test-signed.ts';

export interface TransportUnderTest {
  /** A value of WEBHOOK_MODE. */
  readonly mode: 'http' | 'grpc' | 'kafka';
  /** Starts what the mode needs beside the service, and says what the service has to know of it. */
  start(): Promise<{ readonly environment: Record<string, string>; stop(): Promise<void> }>;
  /** True: the provider has its 202 before the update is judged. */
  readonly answersFirst: boolean;
  /** Why it cannot be tried here. */
  readonly skipped?: string | undefined;
}

/** What an order goes through that is paid and then disputed, with the dispute won: each event behind what caused it. */
const TIMELINE = [
  'DisputeOpened → OrderUpdated', 'DisputeWon → FulfillmentResumed', 'DisputeWon → OrderUpdated', 'InventoryReserved → OrderUpdated', 'InventoryReserved → PaymentInitiated', 'OrderCheckoutInitiated → OrderCreated', 'OrderCreated → InventoryReserved',
  'PaymentInitiated → DisputeOpened', 'PaymentInitiated → DisputeWon', 'PaymentInitiated → PaymentProcessed', 'PaymentProcessed → OrderConfirmed', 'the client → OrderCheckoutInitiated',
];

export function describeTransport(transport: TransportUnderTest): void {
  const { mode, skipped } = transport;
  if (skipped === undefined) describe(`Webhooks over ${mode}`, () => suite(transport));
  else describe.skip(`Webhooks over ${mode} (${skipped})`, () => suite(transport));
}

function suite({ mode, start, answersFirst }: TransportUnderTest): void {
  let cc: TestCoordinator;
  let besides: Awaited<ReturnType<typeof start>>;
  let ids = 0;

  beforeAll(async () => {
    besides = await start();
    cc = await startTestCoordinator({ ROLES: 'api,readers,ingest', INVENTORY_UNKNOWN_SKU: 'unlimited', WEBHOOK_MODE: mode, STRIPE_WEBHOOK_SECRET: STRIPE.secret, PAYMENTS_ASK_AFTER_MS: '600000', ...besides.environment });
  }, 120_000);
  afterAll(async () => {
    await cc?.stop();
    await besides?.stop();
  }, 120_000);

  /** By the transport's own answers: over one that answers first, everything that was signed is taken. */
  const answered = (...statuses: number[]): number[] => (answersFirst ? statuses.map(() => 202) : statuses);
  const newId = (): string => `evt_${mode}_${(ids += 1)}`;

  async function post(scheme: Scheme, body: string, what: 'orders' | 'disputes' = 'orders'): Promise<number> {
    const response = await fetch(`${cc.url}/webhooks/payments/${what}/${scheme.name}`, { method: 'POST', headers: scheme.headers(body), body });
    await response.arrayBuffer();
    return response.status;
  }

  async function types(orderId: string): Promise<string[]> {
    return (await cc.log.history(orderId)).map(({ type }) => type);
  }

  /** Between parts of the service there is no order in time, so what is compared is what caused what. */
  async function timeline(orderId: string): Promise<string[]> {
    const history = await cc.log.history(orderId);
    const typeOf = new Map(history.map(({ eventId, type }) => [eventId, type]));
    return history.map(({ type, causationId }) => `${typeOf.get(causationId ?? '') ?? 'the client'} → ${type}`).toSorted();
  }

  function until(orderId: string, type: string): Promise<true> {
    return eventually(`${type} of ${orderId}`, async () => (await types(orderId)).includes(type) || undefined) as Promise<true>;
  }

  function untilStatus(orderId: string, status: string): Promise<true> {
    return eventually(`${orderId} ${status}`, async () => (await cc.call('GET', `/orders/${orderId}`)).body.status === status || undefined) as Promise<true>;
  }

  /** The fulfilling side cannot be reached: the next try finds that the order is disputed, and nothing is requested. */
  function untilWithheld(orderId: string): Promise<true> {
    const held = (): Promise<{ rows: unknown[] }> => cc.pool.query("SELECT 1 FROM fulfillment_requests WHERE order_id = $1 AND status = 'held'", [orderId]);
    return eventually(`the request of ${orderId} withheld`, async () => (await held()).rows.length === 1 || undefined) as Promise<true>;
  }

  /** An order whose money is asked for; it costs 10.00. */
  async function order(): Promise<string> {
    const { status, body } = await cc.call('POST', '/orders', { body: { customerId: 'VINET', currency: 'USD', lines: [{ sku: 'NW-1', quantity: 1, unitPrice: '10.00' }] }, headers: { 'idempotency-key': crypto.randomUUID() } });
    expect(status).toBe(202);
    await until(body.orderId, 'PaymentInitiated');
    return body.orderId as string;
  }

  test.each([STANDARD, STRIPE])('bring an order through payment and dispute', async (scheme) => {
    const orderId = await order();
    const atS = Math.floor(Date.now() / 1_000);
    expect(await post(scheme, scheme.captured(orderId, { id: newId(), atS }))).toBe(202);
    await until(orderId, 'OrderConfirmed');
    expect(await post(scheme, scheme.disputed(orderId, { id: newId(), atS: atS + 1 }), 'disputes')).toBe(202);
    await untilStatus(orderId, 'on_hold');
    await untilWithheld(orderId);
    expect(await post(scheme, scheme.won(orderId, { id: newId(), atS: atS + 2 }), 'disputes')).toBe(202);
    await untilStatus(orderId, 'paid');
    await until(orderId, 'FulfillmentResumed');
    expect(await timeline(orderId)).toEqual(TIMELINE);
  });

  test('count once, in parallel and again', async () => {
    const orderId = await order();
    const body = STANDARD.captured(orderId, { id: newId() });
    const statuses = await Promise.all(Array.from({ length: 50 }, () => post(STANDARD, body)));
    expect(statuses.toSorted()).toEqual(answered(...Array.from({ length: 49 }, () => 200), 202));
    await until(orderId, 'PaymentProcessed');
    expect(await post(STANDARD, body)).toBe(answered(200)[0]);
    await settled();
    expect((await types(orderId)).filter((type) => type === 'PaymentProcessed')).toHaveLength(1);
  });

  test('of an order that is not known, and those that contradict what is known, change nothing', async () => {
    const orderId = await order();
    expect([
      await post(STANDARD, STANDARD.captured(crypto.randomUUID(), { id: newId() })),
      await post(STANDARD, STANDARD.captured(orderId, { id: newId(), amountMinor: 999 })),
    ]).toEqual(answered(404, 422));
    const note = await eventually('the note', async () => (await cc.log.ignored(orderId)).find(({ rule }) => rule === 'other_amount'));
    expect(note.evidence).toMatchObject({ providerEventId: `evt_${mode}_${ids}` });
    expect(await types(orderId)).not.toContain('PaymentProcessed');
  });

  test('of a type that means nothing are noted once', async () => {
    const id = newId();
    for (const _time of [1, 2]) expect(await post(STRIPE, STRIPE.unknown('any', id))).toBe(200);
    expect(await cc.log.ignored(`stripe:${id}`)).toMatchObject([{ handler: 'ingest.stripe', rule: 'unknown_event_type', evidence: { type: 'customer.created' } }]);
  });

  /** Whatever was sent before is judged, most likely, when what was sent after it has its effect. */
  async function settled(): Promise<void> {
    const orderId = await order();
    await post(STANDARD, STANDARD.captured(orderId, { id: newId() }));
    await until(orderId, 'PaymentProcessed');
  }
}
