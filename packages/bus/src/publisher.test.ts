import { expect, test } from '@jest/globals';
import { systemSleep } from '@commerce/service-kit/ports';
import { stored } from '../test-kit/events.ts';
import { keepLines } from '../test-kit/logger.ts';
import type { Pending } from './pending.ts';
import type { BusWay } from './publisher.ts';
import { createPublisher } from './publisher.ts';

/** A bus in memory that takes three events in a call, and of which `put` may make what it likes. */
function publisherOn(put: (ids: readonly string[]) => void, way: Partial<BusWay> = {}): ReturnType<typeof createPublisher> {
  const calls = (pending: readonly Pending[]): Pending[][] => Array.from({ length: Math.ceil(pending.length / 3) }, (_, at) => pending.slice(3 * at, 3 * at + 3));
  return createPublisher({
    see: async () => undefined, pack: calls, inFlight: 1, keepsOrder: true, unreachedRounds: 3, close: () => undefined,
    put: async (call) => {
      put(call.map(({ event }) => event.eventId));
      return [];
    },
    fault: (error) => ((error as Error).message === 'spoilt' ? { code: 'spoilt', event: 'refused' } : { code: 'away' }), ...way,
  }, { sleep: systemSleep, random: Math.random, logger: keepLines(), backoff: { baseMs: 1, maxMs: 2 }, refusedTries: 1, undeliverable: async () => undefined });
}

const signal = new AbortController().signal;
const events = Array.from({ length: 12 }, () => stored());
const ids = events.map(({ eventId }) => eventId);

test('on a bus that keeps the order nothing overtakes what did not arrive, and no call begins before the one before has ended', async () => {
  const taken: string[] = [];
  let calls = 0;
  const publisher = publisherOn((some) => {
    calls += 1;
    if (calls === 2 || calls === 4) throw new Error('away');
    taken.push(...some);
  });
  await publisher.handle(events, signal);
  expect(taken).toEqual(ids);
  // 1 ✓ 2 ✗ | 2 ✓ 3 ✗ | 3 ✓ 4 ✓: what follows a call that failed is not tried.
  expect(calls).toBe(6);
});

test('batches of several readers go one after the other there', async () => {
  const order: string[] = [];
  let underWay = 0;
  const publisher = publisherOn(() => undefined, {
    put: async (call) => {
      underWay += 1;
      expect(underWay).toBe(1);
      await systemSleep(1);
      order.push(...call.map(({ event }) => event.eventId));
      underWay -= 1;
      return [];
    },
  });
  await Promise.all([publisher.handle(events.slice(0, 6), signal), publisher.handle(events.slice(6), signal)]);
  expect(order).toEqual(ids);
});

test('one event that spoils its call is found, and all others keep their order', async () => {
  const taken: string[] = [];
  const publisher = publisherOn((some) => {
    if (some.includes(ids[4] ?? '')) throw new Error('spoilt');
    taken.push(...some);
  });
  await publisher.handle(events, signal);
  expect(taken).toEqual(ids.filter((_, index) => index !== 4));
  expect(publisher.stats()).toMatchObject({ published: 11, undeliverable: 1 });
});
