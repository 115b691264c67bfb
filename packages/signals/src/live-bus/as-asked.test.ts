/** The live bus as it was asked for: one test for each line of its description, in the words of that description. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { JobNote } from '@commerce/event-log/observer';
import { publishedCatalogue } from '@commerce/events/entries/all';
import { uuid7 } from '@commerce/events/uuid7';
import { EventBus } from './event-bus.ts';
import { EVENT_TYPES } from './event-types.ts';
import type { LiveBus, LiveBusOptions } from './live-bus.ts';
import { createLiveBus } from './live-bus.ts';
import type { SystemEvent } from './system-event.ts';

let live: LiveBus;
const warned: object[] = [];
const open = (given: Partial<LiveBusOptions> = {}): LiveBus => createLiveBus({
  entries: publishedCatalogue.entries, source: 'shop', workerId: uuid7(Date.now()), historySize: 1_000, emissionTimeoutMs: 5_000, nowMs: Date.now, monotonicMs: () => performance.now(),
  uuid: () => uuid7(Date.now()), sleep: (ms, signal) => delay(ms, undefined, { signal }), logger: { warn: (fields) => void warned.push(fields) }, ...given,
});
beforeEach(() => {
  live = open();
  warned.length = 0;
});
afterEach(() => live.bus.close());

const order = (n = 123, context = {}): SystemEvent => live.createEvent(EVENT_TYPES.ORDER_CREATED, { orderId: `ord_${n}` }, context);
const never = (): Promise<void> => new Promise(() => undefined);

describe('class EventBus', () => {
  test('publish(event): publish events to all subscribers', async () => {
    expect(live.bus).toBeInstanceOf(EventBus);
    const got: unknown[] = [];
    for (const name of [1, 2, 3]) live.bus.subscribe('*', (event) => void got.push([name, event]));
    const event = order();
    await live.bus.publish(event);
    expect(got).toEqual([[1, event], [2, event], [3, event]]);
  });

  test('subscribe(eventType, handler, options): subscribe with filtering and prioritization; gives an Unsubscriber', async () => {
    const got: string[] = [];
    live.bus.subscribe('order.*', () => void got.push('second'), { priority: 1 });
    live.bus.subscribe(EVENT_TYPES.ORDER_CREATED, () => void got.push('first'), { priority: 2 });
    live.bus.subscribe('*', () => void got.push('not this one'), { filter: { detail: { data: { orderId: ['ord_1'] } } } });
    const unsubscribe = live.bus.subscribe('*', () => void got.push('gone'));
    unsubscribe();
    await live.bus.publish(order());
    expect(got).toEqual(['first', 'second']);
  });

  test('concurrency: configurable concurrency per event type', async () => {
    let [now, most] = [0, 0];
    live.bus.subscribe(EVENT_TYPES.ORDER_CREATED, async () => {
      most = Math.max(most, (now += 1));
      await delay(2);
      now -= 1;
    }, { concurrency: 2 });
    await Promise.all(Array.from({ length: 6 }, (_, n) => live.bus.publish(order(n))));
    expect(most).toBe(2);
  });

  test('timeoutMs: a subscriber has so long for one event', async () => {
    live.bus.subscribe('*', never, { timeoutMs: 5 });
    await live.bus.publish(order());
    expect(live.bus.getStats().timedOut).toBe(1);
  });

  test('getStats(): totalEvents, subscriptionsByType keyed by order.created and the like, recentEvents = the last 10 events', async () => {
    for (const type of [EVENT_TYPES.ORDER_CREATED, EVENT_TYPES.ORDER_CREATED, 'ORDER_CREATED', 'ORDER_PAYMENT_COMPLETED', 'payment.completed']) live.bus.subscribe(type, () => undefined);
    for (let n = 0; n < 25; n += 1) await live.bus.publish(order(n));
    const { totalEvents, subscriptionsByType, recentEvents } = live.bus.getStats();
    expect({ totalEvents, subscriptionsByType }).toEqual({ totalEvents: 25, subscriptionsByType: { 'order.created': 3, 'order.payment_completed': 2 } });
    expect(recentEvents.map(({ data }) => data['orderId'])).toEqual(Array.from({ length: 10 }, (_, n) => `ord_${15 + n}`));
  });

  test('getEventHistory(limit): query event history for debugging, filter by correlation ID for request tracing', async () => {
    for (let n = 0; n < 60; n += 1) await live.bus.publish(order(n, n % 20 === 0 ? { correlationId: 'checkout_123' } : {}));
    const recentEvents = live.bus.getEventHistory(50);
    expect(recentEvents).toHaveLength(50);
    expect(recentEvents.filter((event) => event.correlationId === 'checkout_123').map(({ data }) => data['orderId'])).toEqual(['ord_20', 'ord_40']);
  });

  test('event handlers don\'t crash the system: log error but don\'t stop other handlers', async () => {
    const got: unknown[] = [];
    live.bus.subscribe('*', () => {
      throw new Error('Event handler failed');
    }, { priority: 1 });
    live.bus.subscribe('*', ({ data }) => void got.push(data['orderId']));
    await live.bus.publish(order());
    expect(got).toEqual(['ord_123']);
    expect(warned).toMatchObject([{ err: { message: 'Event handler failed' } }]);
  });

  test('a slow subscriber harms nobody: async processing, non-blocking event emission', async () => {
    const got: unknown[] = [];
    live.bus.subscribe('*', never);
    live.bus.subscribe('*', ({ data }) => void got.push(data['orderId']));
    const emitted = [1, 2, 3].map((n) => live.emitEvent(order(n)));
    for (let turns = 0; got.length < 3 && turns < 1_000; turns += 1) await delay(1);
    expect(got).toEqual(['ord_1', 'ord_2', 'ord_3']);
    live.bus.close();
    await Promise.all(emitted);
  });
});

describe('Event creation and emission', () => {
  test('createEvent(type, data, {correlationId, userId, source}): create typed events; emitEvent(event): emit it', async () => {
    const orderEvent = live.createEvent(EVENT_TYPES.ORDER_CREATED, { orderId: 'ord_123', customerId: 'user_456', total: '99.99' }, { correlationId: 'checkout_789', userId: 'user_456', source: 'checkout-service' });
    const got: SystemEvent[] = [];
    live.bus.subscribe(EVENT_TYPES.ORDER_CREATED, (event) => void got.push(event));
    await live.emitEvent(orderEvent);
    expect(got).toEqual([expect.objectContaining({ eventType: 'OrderCreated', data: { orderId: 'ord_123', customerId: 'user_456', total: '99.99' }, correlationId: 'checkout_789', userId: 'user_456', source: 'checkout-service' })]);
    expect(got[0]).toMatchObject({ eventId: expect.any(String), timestamp: expect.stringMatching(/Z$/) });
  });

  test('EVENT_TYPES: every type of event flow', () => {
    expect(EVENT_TYPES).toMatchObject(Object.fromEntries([
      'ORDER_CHECKOUT_INITIATED', 'JOB_ENQUEUED', 'ORDER_CREATED', 'JOB_COMPLETED', 'PAYMENT_PROCESSING', 'ORDER_PAYMENT_COMPLETED', 'INVENTORY_UPDATE', 'ORDER_CONFIRMATION_SENT', 'ORDER_COMPLETED',
      'CART_ITEM_ADDED', 'CART_ABANDONED', 'EMAIL_SENT', 'JOB_STARTED', 'JOB_FAILED',
    ].map((type) => [type, expect.any(String)])));
  });

  test('job lifecycle events: JOB_ENQUEUED → JOB_STARTED → JOB_COMPLETED | JOB_FAILED', async () => {
    const got: SystemEvent[] = [];
    for (const type of [EVENT_TYPES.JOB_ENQUEUED, EVENT_TYPES.JOB_STARTED, EVENT_TYPES.JOB_COMPLETED, EVENT_TYPES.JOB_FAILED]) live.bus.subscribe(type, (event) => void got.push(event));
    const job: JobNote = { jobId: 'orders.create:1', handler: 'orders.create', eventId: 'e', eventType: 'OrderCheckoutInitiated', subject: 'ord_123', correlationId: 'checkout_789', attempt: 1, startedAtMs: 0, processingMs: 5, error: { code: 'Error', message: 'no', atMs: 5 }, retryAtMs: null, trace: undefined };
    for (const phase of ['enqueued', 'started', 'completed', 'failed'] as const) live.observer.onJobs?.(phase, 'order-processing', [job]);
    for (let turns = 0; got.length < 4 && turns < 1_000; turns += 1) await delay(1);
    expect(got.map(({ name, data }) => [name, data['jobId'], data['jobType'], data['queueName'], typeof data['workerId'], data['startedAt'], data['processingTime'], data['error']])).toEqual([
      ['job.enqueued', 'orders.create:1', 'orders.create', 'order-processing', 'string', undefined, undefined, undefined],
      ['job.started', 'orders.create:1', 'orders.create', 'order-processing', 'string', '1970-01-01T00:00:00.000Z', undefined, undefined],
      ['job.completed', 'orders.create:1', 'orders.create', 'order-processing', 'string', '1970-01-01T00:00:00.000Z', 5, undefined],
      ['job.failed', 'orders.create:1', 'orders.create', 'order-processing', 'string', '1970-01-01T00:00:00.000Z', 5, 'no'],
    ]);
  });
});

describe('Frontend order tracking', () => {
  test('subscribe to order status updates: event.userId, event.data.orderId, unsubscribe', async () => {
    const updated: unknown[] = [];
    const unsubscribe = live.bus.subscribe(EVENT_TYPES.ORDER_PAYMENT_COMPLETED, (event) => {
      if (event.userId === 'user_456') updated.push([event.data['orderId'], 'paid']);
    });
    for (const userId of ['user_456', 'somebody else']) await live.emitEvent(live.createEvent(EVENT_TYPES.ORDER_PAYMENT_COMPLETED, { orderId: 'ord_123' }, { userId }));
    unsubscribe();
    await live.emitEvent(live.createEvent(EVENT_TYPES.ORDER_PAYMENT_COMPLETED, { orderId: 'ord_124' }, { userId: 'user_456' }));
    expect(updated).toEqual([['ord_123', 'paid']]);
  });
});

describe('Environment configuration', () => {
  test('EVENT_HISTORY_SIZE: so many events are remembered', async () => {
    live = open({ historySize: 10 });
    for (let n = 0; n < 15; n += 1) await live.emitEvent(order(n));
    expect(live.bus.getEventHistory().map(({ data }) => data['orderId'])).toEqual(Array.from({ length: 10 }, (_, n) => `ord_${5 + n}`));
  });

  test('EVENT_EMISSION_TIMEOUT: so long an emission waits for subscribers, and so long each of them has', async () => {
    live = open({ emissionTimeoutMs: 20 });
    live.bus.subscribe('*', never);
    const begun = performance.now();
    await live.emitEvent(order());
    expect(performance.now() - begun).toBeLessThan(1_000);
    for (let turns = 0; live.bus.getStats().timedOut === 0 && turns < 1_000; turns += 1) await delay(1);
    expect(live.bus.getStats().timedOut).toBe(1);
  });
});
