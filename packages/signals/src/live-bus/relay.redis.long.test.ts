/** The live bus over a Redis that is killed, comes back with nothing, or has thrown away what was not read yet. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { uuid7 } from '@commerce/events/uuid7';
import { Redis } from 'ioredis';
import { cuttable } from '../../test-kit/cuttable.ts';
import { connected, disconnected, emit, idsOf, numbers, sleep, startProcess, stopAll, until } from '../../test-kit/live-processes.ts';
import type { Process } from '../../test-kit/live-processes.ts';
import { NO_REDIS, startRedis } from '../../test-kit/redis-server.ts';
import type { TestRedis } from '../../test-kit/redis-server.ts';
import { EVENT_TYPES } from './event-types.ts';
import { streamChannel } from './relay.redis.ts';

(NO_REDIS === undefined ? describe : describe.skip)('Over a Redis stream', () => {
  let redis: TestRedis;
  afterEach(async () => {
    await stopAll();
    await redis.close();
  });
  const start = (more: object = {}): Process => startProcess(streamChannel({ redisUrl: `redis://127.0.0.1:${redis.port}`, stream: 'system-events', sleep, ...more }));

  test('who reconnects reads on after what he heard, and misses nothing', async () => {
    redis = await startRedis({ durable: false });
    const way = await cuttable(redis.port);
    const [a, b] = [start(), start({ redisUrl: `redis://127.0.0.1:${way.port}` })];
    await connected(a, b);
    emit(a, 0);
    await until('the first is heard', () => b.seen.length === 1);
    way.cut();
    await disconnected(b);
    for (let n = 1; n <= 200; n += 1) emit(a, n);
    await until('it is told', () => a.relay.stats().told === 201);
    way.mend();
    await until('all is heard', () => b.seen.length === 201);
    expect(idsOf(b)).toEqual(numbers(201));
    expect(b.relay.stats().gaps).toBe(0);
    await b.stop();
    await way.close();
  });

  test('Redis is killed and started again in the middle of it: nobody waits, and all that it had taken is heard, once', async () => {
    redis = await startRedis({ durable: true });
    const [a, b] = [start(), start()];
    await connected(a, b);
    let n = 0;
    const emitting = setInterval(() => emit(a, (n += 1)), 1);
    await until('something is heard', () => b.seen.length > 20);
    await redis.kill();
    await disconnected(a, b);
    const before = n;
    await until('emitting goes on', () => n > before + 50);
    await redis.start();
    await until('it goes on', () => b.seen.length > before + 100);
    clearInterval(emitting);
    await until('all is heard', () => b.seen.length === n);
    expect(idsOf(b)).toEqual(numbers(n, 1));
    expect([a.relay.stats().dropped, b.relay.stats().gaps]).toEqual([0, 0]);
  });

  test('a Redis that came back with nothing, and with another clock, is read from its beginning', async () => {
    redis = await startRedis({ durable: false });
    const client = new Redis(redis.port, '127.0.0.1', { retryStrategy: () => 20 });
    client.on('error', () => undefined);
    const b = start();
    await connected(b);
    const from = uuid7(Date.now());
    const message = (k: number): string => JSON.stringify({ from, n: k, dropped: 0, events: [b.live.createEvent(EVENT_TYPES.ORDER_CREATED, { orderId: String(k) })] });
    await client.xadd('system-events', '9999999999999-0', 'm', message(1));
    await until('the first is heard', () => b.seen.length === 1);
    await redis.kill();
    await disconnected(b);
    await redis.start();
    await until('the client is there', () => client.status === 'ready');
    await client.xadd('system-events', '1-1', 'm', message(2));
    await until('the second is heard', () => b.seen.length === 2);
    await client.quit();
  });

  test('the stream keeps about so many messages, and what was removed before it was read is told of', async () => {
    redis = await startRedis({ durable: false });
    const way = await cuttable(redis.port);
    const [a, b] = [start({ keep: 10 }), start({ redisUrl: `redis://127.0.0.1:${way.port}` })];
    await connected(a, b);
    emit(a, 0);
    await until('the first is heard', () => b.seen.length === 1);
    way.cut();
    await disconnected(b);
    for (let n = 1; n <= 100; n += 1) emit(a, n, { text: 'x'.repeat(10_000) });
    await until('it is told', () => a.relay.stats().told === 101);
    const client = new Redis(redis.port, '127.0.0.1');
    expect(await client.xlen('system-events')).toBeLessThan(30);
    await client.quit();
    way.mend();
    await until('the last is heard', () => idsOf(b).includes('100'));
    expect(b.relay.stats().gaps).toBeGreaterThan(0);
    await b.stop();
    await way.close();
  });
});
