import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { StoredEvent } from '@commerce/event-log/event';
import { publishedCatalogue } from '@commerce/events/entries/all';
import { uuid7 } from '@commerce/events/uuid7';
import { EVENT_TYPES } from './event-types.ts';
import type { LiveBus, LiveBusOptions } from './live-bus.ts';
import { createLiveBus } from './live-bus.ts';
import type { HandlerContext } from './subscription.ts';
import type { SystemEvent } from './system-event.ts';

const warned: { message: string; fields: Record<string, unknown> }[] = [];
const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
let live: LiveBus;

function open(given: Partial<LiveBusOptions> = {}): LiveBus {
  return createLiveBus({
    entries: publishedCatalogue.entries, source: 'shop', workerId: uuid7(Date.now()), historySize: 20, emissionTimeoutMs: 500, nowMs: Date.now, monotonicMs: () => performance.now(),
    uuid: () => uuid7(Date.now()), sleep: (ms, signal) => delay(ms, undefined, { signal }),
    logger: { warn: (fields, message) => void warned.push({ message, fields: { ...fields } }) }, ...given,
  });
}

beforeEach(() => {
  live = open();
  warned.length = 0;
  unhandled.length = 0;
  process.on('unhandledRejection', onUnhandled);
});
afterEach(() => {
  live.bus.close();
  process.off('unhandledRejection', onUnhandled);
});

const created = (orderId: string, source = 'checkout-service'): SystemEvent => live.createEvent(EVENT_TYPES.ORDER_CREATED, { orderId }, { correlationId: 'checkout_789', userId: 'user_456', source });
const emit = (...orderIds: string[]): Promise<unknown> => Promise.all(orderIds.map((orderId) => live.emitEvent(created(orderId))));
const idsOf = (events: readonly SystemEvent[]): unknown[] => events.map(({ data }) => data['orderId']);
/** Subscribes and keeps what it gets. */
function collect(wanted: string, options = {}): unknown[] {
  const got: unknown[] = [];
  live.bus.subscribe(wanted, ({ data }) => void got.push(data['orderId']), options);
  return got;
}
const never = (): Promise<void> => new Promise(() => undefined);
async function until(reached: () => boolean): Promise<void> {
  for (const end = performance.now() + 30_000; !reached(); await delay(2)) if (performance.now() > end) throw new Error('It did not come in time.');
}

describe('An event', () => {
  test('is made of a name of the catalogue, with who and why, and given to whoever wants it', async () => {
    const seen: SystemEvent[] = [];
    live.bus.subscribe(EVENT_TYPES.ORDER_CREATED, (event) => void seen.push(event));
    const event = created('ord_123');
    await live.emitEvent(event);
    expect(seen).toEqual([event]);
    expect(event).toMatchObject({ name: 'order.created', eventType: 'OrderCreated', eventVersion: 'v1', correlationId: 'checkout_789', userId: 'user_456', source: 'checkout-service', data: { orderId: 'ord_123' } });
    expect(() => live.createEvent('order.craeted', {})).toThrow('no event type "order.craeted"');
    expect(() => live.createEvent(EVENT_TYPES.INVENTORY_UPDATE, {})).toThrow('no event type "INVENTORY_UPDATE"');
  });

  test('is known by its type, its constant, a second name and wildcards, and by no other name', async () => {
    const heard = ['OrderCreated', 'ORDER_CREATED', 'order.created', 'order.*', '*', 'payment.*', 'ORDER_PAYMENT_COMPLETED', 'INVENTORY_UPDATE'].map((wanted) => collect(wanted));
    await emit('a');
    await live.emitEvent(live.createEvent('PaymentProcessed', { orderId: 'b' }));
    await live.emitEvent(live.createEvent('order.reserved', { orderId: 'c' }));
    expect(heard).toEqual([['a'], ['a'], ['a'], ['a', 'b', 'c'], ['a', 'b', 'c'], [], ['b'], ['c']]);
    for (const wanted of ['order', 'ordr.*', '*.created', 'OrderCraeted']) expect(() => live.bus.subscribe(wanted, () => undefined)).toThrow('no event type');
  });

  test('goes only where the filter, the one of all EventBridge patterns here, lets it through', async () => {
    const got = collect('*', { filter: { source: [{ prefix: 'check' }], detail: { metadata: { userId: ['user_456'] }, data: { orderId: [{ 'anything-but': 'b' }] } } } });
    await emit('a', 'b');
    await live.emitEvent(created('c', 'elsewhere'));
    expect(got).toEqual(['a']);
    expect(() => live.bus.subscribe('*', () => undefined, { filter: { source: 'not a list' } })).toThrow();
  });

  test('is a frozen copy, to the bottom: what it was made of stays as it is, and is nobody else\'s', async () => {
    const bare: Record<string, unknown> = Object.assign(Object.create(null), { deep: { list: [{ n: 1 }] } });
    const given = { orderId: 'ord_1', lines: [{ sku: 'NW-1', tags: ['a'] }], bare };
    const stored = { type: 'OrderCreated', data: given, metadata: { userId: 'u', trace: { span: 's' } } } as unknown as StoredEvent;
    live.observer.onEvents?.([stored], 100);
    const events: any[] = [live.bus.getEventHistory(1)[0], live.createEvent(EVENT_TYPES.ORDER_CREATED, given)];
    for (const event of events) {
      expect(event.data).toEqual(given);
      for (const part of [event, event.data, event.data.lines, event.data.lines[0], event.data.lines[0].tags, event.data.bare.deep.list[0], event.metadata]) expect(Object.isFrozen(part)).toBe(true);
    }
    expect(() => (events[0].metadata.trace.span = 'x')).toThrow(TypeError);
    for (const part of [stored, given, given.lines, given.lines[0], given.lines[0]?.tags, bare, bare['deep'], stored.metadata, (stored.metadata as any).trace]) expect(Object.isFrozen(part)).toBe(false);
  });

  test('goes to nobody who has unsubscribed', async () => {
    const got: unknown[] = [];
    const unsubscribe = live.bus.subscribe('*', () => void got.push(1));
    unsubscribe();
    unsubscribe();
    await emit('a');
    expect(got).toEqual([]);
    expect(live.bus.getStats()).toMatchObject({ totalEvents: 1, subscriptionsByType: {}, subscribers: 0 });
  });
});

describe('Statistics and history', () => {
  test('count every event and subscription, and keep the last events, the newest at the end', async () => {
    collect(EVENT_TYPES.ORDER_CREATED);
    collect('OrderCreated');
    collect('order.*');
    await emit(...Array.from({ length: 30 }, (_, n) => String(n)));
    const stats = live.bus.getStats();
    expect(stats).toMatchObject({ totalEvents: 30, subscriptionsByType: { 'order.created': 2, 'order.*': 1 }, subscribers: 3, dropped: 0, failed: 0, timedOut: 0 });
    expect(idsOf(stats.recentEvents)).toEqual(Array.from({ length: 10 }, (_, n) => String(20 + n)));
    expect(idsOf(live.bus.getEventHistory(3))).toEqual(['27', '28', '29']);
    expect(live.bus.getEventHistory(1_000)).toHaveLength(20);
    expect(live.bus.getEventHistory(50).filter(({ correlationId }) => correlationId === 'checkout_789')).toHaveLength(20);
    expect([live.bus.getEventHistory(0), live.bus.getEventHistory(-1)]).toEqual([[], []]);
  });

  test('hold what came out of the log without making an event that nobody looks at', () => {
    const events = Array.from({ length: 1_000 }, (_, n) => ({ type: 'OrderCreated', data: { orderId: String(n) }, metadata: {} }) as unknown as StoredEvent);
    let read = 0;
    const watched = events.map((event) => new Proxy(event, { get: (target, key) => ((read += Number(key === 'data')), Reflect.get(target, key)) }));
    live.observer.onEvents?.(watched, 1_000);
    live.observer.onEvents?.(watched.slice(0, 5), 5);
    expect([live.bus.getStats().totalEvents, read]).toEqual([1_005, 0]);
    expect([live.bus.getStats().recentEvents.length, read]).toEqual([10, 10]);
    expect(idsOf(live.bus.getEventHistory(7))).toEqual(['998', '999', '0', '1', '2', '3', '4']);
    expect(live.bus.getEventHistory(7)[6]).toBe(live.bus.getEventHistory(1)[0]);
  });

  test('forget the oldest events when they hold too much memory', () => {
    const one = { type: 'OrderCreated', data: {}, metadata: {} } as unknown as StoredEvent;
    for (let n = 0; n < 5; n += 1) live.observer.onEvents?.([one], 10 * 1_048_576);
    expect(live.bus.getEventHistory()).toHaveLength(1);
  });
});

test('Runs of handlers push no event out of the history: they have one of their own', async () => {
  await emit('a', 'b');
  const job = { jobId: 'oven.bake:1', handler: 'oven.bake', eventId: 'e', eventType: 'OrderCreated', subject: 'a', correlationId: 'c', attempt: 1, startedAtMs: 0, processingMs: 1, error: null, retryAtMs: null, trace: undefined };
  for (let n = 0; n < 50; n += 1) live.observer.onJobs?.('completed', 'oven', [{ ...job, subject: String(n) }]);
  await live.emitEvent(live.createEvent(EVENT_TYPES.JOB_FAILED, { subject: 'emitted' }));
  expect([idsOf(live.bus.getEventHistory()), idsOf(live.bus.getStats().recentEvents), live.bus.getStats().totalEvents]).toEqual([['a', 'b'], ['a', 'b'], 53]);
  expect(live.bus.getRunHistory(3).map(({ name, data }) => `${name} ${String(data['subject'])}`)).toEqual(['job.completed 48', 'job.completed 49', 'job.failed emitted']);
  expect(live.bus.getRunHistory()).toHaveLength(20);
});

test('Who hears tests alone is asked about nothing else', async () => {
  const tests = collect('*', { onlyTests: true, priority: 5 });
  const events = Array.from({ length: 100 }, () => ({ type: 'OrderCreated', data: {}, metadata: {} }) as unknown as StoredEvent);
  let read = 0;
  const watched = events.map((event) => new Proxy(event, { get: (target, key) => ((read += Number(key === 'type' || key === 'data')), Reflect.get(target, key)) }));
  live.observer.onEvents?.(watched, 100);
  // Once for each: was a customer erased?
  expect(read).toBe(100);
  expect([live.bus.isListenedTo, live.bus.isHeard('order.created'), live.bus.getStats().subscribers]).toEqual([false, false, 1]);
  const all = collect('order.*');
  const emitTest = (orderId: string): Promise<void> => live.emitEvent(live.createEvent(EVENT_TYPES.ORDER_CREATED, { orderId }, { isTest: true }));
  await emitTest('test');
  await emit('true');
  expect([tests, all, live.bus.isListenedTo, live.bus.isHeard('order.created')]).toEqual([['test'], ['test', 'true'], true, true]);
});

test('What is emitted is measured once', async () => {
  const relay = live.startRelay(() => ({ maxBytes: 1_000, hasOthers: () => true, isConnected: () => false, send: async () => undefined, stop: async () => undefined }));
  let texts = 0;
  const event = { ...created('a'), toJSON: () => ((texts += 1), {}) };
  const emitted = live.emitEvent(event);
  expect(texts).toBe(1);
  await emitted;
  await relay.stop();
});

test('What was emitted is bounded by its bytes too, in the history and for one that is slow, and the newest is kept', async () => {
  live.bus.close();
  live = open({ historySize: 1_000, emissionTimeoutMs: 1 });
  const text = 'x'.repeat(1_000_000);
  let told = 0;
  const got: unknown[] = [];
  live.bus.subscribe('order.created', (event, { dropped }) => {
    told += dropped;
    got.push(event.data['orderId']);
    return got.length === 1 ? delay(100) : undefined;
  }, { timeoutMs: 5_000 });
  await emit('first');
  const large = Array.from({ length: 40 }, (_, n) => live.createEvent(EVENT_TYPES.ORDER_CREATED, { orderId: `large ${n}`, text }));
  await Promise.all(large.map((event) => live.emitEvent(event)));
  await until(() => got.at(-1) === 'large 39');
  expect([got.length, told]).toEqual([9, 32]);
  expect(live.bus.getEventHistory().map(({ data }) => data['orderId'])).toEqual(Array.from({ length: 8 }, (_, n) => `large ${n + 32}`));
  await live.emitEvent(live.createEvent(EVENT_TYPES.ORDER_CREATED, { orderId: 'larger than the bound', text: text.repeat(10) }));
  expect(idsOf(live.bus.getEventHistory())).toEqual(['larger than the bound']);
});

describe('A subscriber', () => {
  test('that throws, rejects or never settles delays no other one and not the publisher, gets the next event, and is told of once', async () => {
    live.bus.subscribe('*', () => {
      throw new Error('thrown');
    });
    live.bus.subscribe('*', async () => {
      throw new Error('rejected');
    });
    let started = 0;
    live.bus.subscribe('*', () => ((started += 1), never()), { timeoutMs: 20 });
    const got = collect('*');
    const begun = performance.now();
    await emit('a', 'b', 'c');
    expect(performance.now() - begun).toBeLessThan(450);
    expect([got, started]).toEqual([['a', 'b', 'c'], 3]);
    expect(live.bus.getStats()).toMatchObject({ failed: 6, timedOut: 3, dropped: 0 });
    expect(warned.map(({ fields: { err, count } }) => [(err as Error | undefined)?.message, count])).toEqual([['thrown', 1], ['rejected', 1], [undefined, 1]]);
    expect(warned[0]?.fields).toMatchObject({ signal: '*', eventType: 'OrderCreated', correlationId: 'checkout_789' });
    expect(unhandled).toEqual([]);
  });

  test('that rejects after its time is counted once, and no rejection is left unhandled', async () => {
    let aborted: unknown;
    live.bus.subscribe('*', async (_event, { signal }: HandlerContext) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      aborted = signal.reason;
      throw new Error('too late');
    }, { timeoutMs: 10 });
    await emit('a');
    await until(() => aborted !== undefined);
    await delay(0);
    expect((aborted as Error).message).toContain('longer than 10 ms');
    expect(live.bus.getStats()).toMatchObject({ failed: 0, timedOut: 1 });
    expect(unhandled).toEqual([]);
  });

  test('that is slow holds the publisher no longer than the emission timeout', async () => {
    live = open({ emissionTimeoutMs: 30 });
    live.bus.subscribe('*', never, { timeoutMs: 60_000 });
    const begun = performance.now();
    await emit('a');
    expect(performance.now() - begun).toBeLessThan(400);
  });

  test('that is behind loses the oldest events, is told how many, and nobody else loses any', async () => {
    live = open({ queueSize: 3 });
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const slow: [unknown, number][] = [];
    live.bus.subscribe('*', async ({ data }, { dropped }: HandlerContext) => {
      slow.push([data['orderId'], dropped]);
      await gate;
    });
    const got = collect('*');
    void emit('0');
    await until(() => slow.length === 1);
    for (let n = 1; n <= 9; n += 1) {
      void emit(String(n));
      await until(() => got.length === n + 1);
    }
    expect(live.bus.getStats().dropped).toBe(6);
    release();
    await until(() => slow.length === 4);
    expect(slow).toEqual([['0', 0], ['7', 6], ['8', 0], ['9', 0]]);
    expect(got).toHaveLength(10);
    expect(warned).toEqual([{ message: expect.stringContaining('events are dropped'), fields: { signal: '*', count: 1, size: 3 } }]);
  });

  test('of which a hundred runs hang is given nothing more until one of them settles', async () => {
    live = open({ emissionTimeoutMs: 5 });
    const releases: (() => void)[] = [];
    live.bus.subscribe('*', () => new Promise<void>((resolve) => releases.push(resolve)), { concurrency: 200, timeoutMs: 1 });
    await emit(...Array.from({ length: 100 }, (_, n) => String(n)));
    await until(() => live.bus.getStats().timedOut === 100);
    await emit('more');
    expect(releases).toHaveLength(100);
    releases[0]?.();
    await until(() => releases.length === 101);
  });

  test('runs as often at once as it says, and one event after the other unless it says so', async () => {
    const most = [1, 3].map((concurrency) => {
      const runs = { now: 0, most: 0 };
      live.bus.subscribe('*', async () => {
        runs.most = Math.max(runs.most, (runs.now += 1));
        await delay(2);
        runs.now -= 1;
      }, concurrency === 1 ? {} : { concurrency });
      return runs;
    });
    await emit('a', 'b', 'c', 'd', 'e');
    expect(most.map((runs) => runs.most)).toEqual([1, 3]);
    expect(() => live.bus.subscribe('*', never, { concurrency: 0 })).toThrow(RangeError);
  });

  test('with a higher priority is begun first', async () => {
    const begun: string[] = [];
    for (const [name, priority] of [['low', -1], ['middle', 0], ['high', 5]] as const) live.bus.subscribe('*', () => void begun.push(name), { priority });
    await emit('a');
    expect(begun).toEqual(['high', 'middle', 'low']);
  });

  test('that takes the thread again and again lets timers and other work through', async () => {
    live.bus.subscribe('*', () => {
      for (const end = performance.now() + 2; performance.now() < end; );
    });
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 1);
    await emit(...Array.from({ length: 40 }, (_, n) => String(n)));
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
  });
});

test('A bus that is closed gives nothing more, ends what runs, and keeps nobody waiting', async () => {
  const signals: AbortSignal[] = [];
  live.bus.subscribe('*', (_event, { signal }: HandlerContext) => (signals.push(signal), never()));
  const emitted = emit('a', 'b');
  await until(() => signals.length === 1);
  live.bus.close();
  await emitted;
  await emit('c');
  expect([signals[0]?.aborted, signals.length, live.bus.getStats().totalEvents]).toEqual([true, 1, 2]);
});

test('EVENT_TYPES has every constant and second name of what is published or told live, and no other', () => {
  const entries = publishedCatalogue.entries;
  const isConstant = (name: string): boolean => /^[A-Z_]+$/.test(name);
  const names = [...entries.flatMap(({ constant, otherNames = [] }) => [constant, ...otherNames.filter(isConstant)]), 'JOB_ENQUEUED', 'JOB_STARTED', 'JOB_COMPLETED', 'JOB_FAILED'];
  expect(new Set(Object.keys(EVENT_TYPES))).toEqual(new Set(names));
  // The type of the table is made from the names of the types and a list of second names: both must agree with the entries.
  for (const { type, constant } of entries) expect(constant).toBe(type.replace(/(?<!^)[A-Z]/g, '_$&').toUpperCase());
  const seconds: (keyof typeof EVENT_TYPES)[] = ['EMAIL_SENT', 'INVENTORY_UPDATE', 'ORDER_CONFIRMATION_SENT', 'ORDER_PAYMENT_COMPLETED', 'PAYMENT_PROCESSING'];
  expect(new Set(entries.flatMap(({ otherNames = [] }) => otherNames.filter(isConstant)))).toEqual(new Set(seconds));
  expect([EVENT_TYPES.ORDER_PAYMENT_COMPLETED, EVENT_TYPES.CART_ITEM_ADDED, EVENT_TYPES.INVENTORY_UPDATE, EVENT_TYPES.JOB_FAILED]).toEqual(['order.payment_completed', 'cart.item_added', 'INVENTORY_UPDATE', 'job.failed']);
});
