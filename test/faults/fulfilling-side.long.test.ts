/** Order Fulfillment is away, slow or talks nonsense: the order waits and is asked for again under its key, and is delivered once. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { complaints } from '../kit/end-state.ts';
import { eventually } from '../kit/eventually.ts';
import { HAND_ON } from '../kit/front.http.ts';
import type { Answer, Reaction, Requested } from '../kit/front.http.ts';
import { startPair } from '../kit/pair.ts';
import type { Pair } from '../kit/pair.ts';

const CALL_TIMEOUT_MS = 1_000;
/** Both sides are compared so often; an outcome may be on its way for so long before it is looked for. */
const COMPARE_EVERY_MS = 500;
const CHECK_AFTER_MS = 1_000;
const RETRY_AFTER_MS = 1_000;
const LIMIT_MS = 60_000;

let pair: Pair;

beforeAll(async () => {
  pair = await startPair({
    withFront: true, restartDelayMs: 500,
    environment: { cc: { FULFILLMENT_TIMEOUT_MS: String(CALL_TIMEOUT_MS), FULFILLMENT_CHECK_AFTER_MS: String(CHECK_AFTER_MS), RECONCILE_EVERY_MS: String(COMPARE_EVERY_MS) } },
  });
  await pair.settled([await pair.place('A')]);
}, 90_000);
afterAll(() => pair?.stop(), 60_000);
afterEach(() => {
  pair.front.react = HAND_ON;
});

const attemptsFor = (orderId: string): Requested[] => pair.front.requested.filter((requested) => requested.orderId === orderId);
const keysFor = (orderId: string): Set<string> => new Set(attemptsFor(orderId).map(({ key }) => key));

const HTML = '<!doctype html><html><body><h1>Welcome to the gateway</h1></body></html>';
const html = (status: number): Answer => ({ status, type: 'text/html', body: HTML });
const BUSY: Answer = {
  status: 429, type: 'application/problem+json', headers: { 'retry-after': String(RETRY_AFTER_MS / 1_000) },
  body: JSON.stringify({ type: 'about:blank', title: 'Too busy', status: 429, code: 'overloaded' }),
};

/** Each is done to the first attempt for every order. */
const MISDEEDS: readonly { readonly name: string; readonly misdeed: () => Reaction; readonly apartMs?: number }[] = [
  { name: 'answers 500', misdeed: () => ({ forward: false, answer: { status: 500, type: 'application/json', body: '{"message":"internal error"}' } }) },
  { name: 'takes the order and answers 500', misdeed: () => ({ forward: true, answer: html(500) }) },
  { name: 'answers 429 with Retry-After', misdeed: () => ({ forward: false, answer: BUSY }), apartMs: RETRY_AFTER_MS },
  { name: 'answers 200 with an HTML page', misdeed: () => ({ forward: false, answer: html(200) }) },
  { name: 'answers 404 with an HTML page', misdeed: () => ({ forward: false, answer: html(404) }) },
  { name: 'takes the order and answers with an HTML page', misdeed: () => ({ forward: true, answer: html(200) }) },
  { name: 'takes the order and answers too late', misdeed: () => ({ forward: true, until: new Promise((resolve) => { setTimeout(resolve, CALL_TIMEOUT_MS * 1.5); }) }), apartMs: CALL_TIMEOUT_MS },
  { name: 'takes the order and breaks the connection', misdeed: () => ({ forward: true, answer: 'cut' }) },
];

test.each(MISDEEDS)('when Order Fulfillment $name, the order is asked for again under the same key and delivered once', async ({ misdeed, apartMs = 0 }) => {
  const seen = new Set<string>();
  pair.front.react = (requested) => {
    const isNew = requested.some(({ orderId }) => !seen.has(orderId));
    for (const { orderId } of requested) seen.add(orderId);
    return isNew ? misdeed() : HAND_ON();
  };
  const orderIds = await Promise.all(['AB', 'C'].map((skus) => pair.place(skus)));
  const orders = await pair.settled(orderIds, LIMIT_MS);
  for (const orderId of orderIds) {
    const [first, second] = attemptsFor(orderId);
    expect(keysFor(orderId).size).toBe(1);
    expect(second!.atMs - first!.atMs).toBeGreaterThan(apartMs * 0.98);
  }
  expect(await complaints(pair, orders)).toEqual([]);
}, LIMIT_MS);

test('while Order Fulfillment hangs, orders are accepted and wait; when it goes on, each is delivered once', async () => {
  pair.process('of').signal('SIGSTOP');
  const orderIds = await Promise.all(['A', 'B', 'C', 'ABC'].map((skus) => pair.place(skus))).finally(async () => {
    await eventually('attempts in vain', () => (pair.front.requested.length > 0 ? true : undefined));
  });
  await eventually('a second attempt for an order', () => (orderIds.some((orderId) => attemptsFor(orderId).length > 1) ? true : undefined));
  const waiting = await Promise.all(orderIds.map((orderId) => eventually('the payment', async () => {
    const order = await pair.read(orderId);
    return order.status === 'created' || order.status === 'reserved' ? undefined : order;
  })));
  pair.process('of').signal('SIGCONT');
  expect(waiting.map(({ status }) => status)).toEqual(['paid', 'paid', 'paid', 'paid']);
  const orders = await pair.settled(orderIds, LIMIT_MS);
  for (const orderId of orderIds) expect(keysFor(orderId).size).toBe(1);
  expect(await complaints(pair, orders)).toEqual([]);
}, LIMIT_MS);

test('orders that are placed while Order Fulfillment is dead wait for it, and each is delivered once', async () => {
  pair.process('of').signal('SIGKILL');
  await eventually('its end', () => (pair.process('of').isReady ? undefined : true));
  const orderIds = await Promise.all(['A', 'B', 'C', 'ABC'].map((skus) => pair.place(skus)));
  const orders = await pair.settled(orderIds, LIMIT_MS);
  for (const orderId of orderIds) expect(keysFor(orderId).size).toBe(1);
  expect(await complaints(pair, orders)).toEqual([]);
}, LIMIT_MS);

test('a completion that was lost with the queue is found by comparing both sides', async () => {
  await pair.queue.delayBy(900);
  const orderIds = await Promise.all(['A', 'B', 'C'].map((skus) => pair.place(skus)));
  await eventually('completions on the queue', async () => ((await pair.queue.size()) === orderIds.length ? true : undefined));
  await pair.queue.purge();
  expect(await pair.queue.size()).toBe(0);
  await pair.queue.delayBy(0);

  const orders = await pair.settled(orderIds);
  expect(await complaints(pair, orders)).toEqual([]);
  for (const orderId of orderIds) {
    const told = (await pair.timeline(orderId)).map(({ eventType, origin }) => `${eventType} ${origin}`);
    expect(told).toEqual(expect.arrayContaining(['FulfillmentCompleted own', 'FulfillmentHealed own']));
    expect(told).not.toContain('FulfillmentCompleted foreign');
  }
}, LIMIT_MS);
