/** A process that has enough to send, and the fan-out that waits for it. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Endpoint } from '../endpoint.ts';
import { startTestReceiver } from '../test-receiver.ts';
import type { TestReceiver } from '../test-receiver.ts';
import { startTestWebhooks } from '../test-webhooks.ts';
import type { TestWebhooks } from '../test-webhooks.ts';
import type { Lease } from './lease.ts';

const ENOUGH = 768;
/** One of which nothing is known takes three a moment for each that may be under way. */
const WIDE = 256;

describe('A dispatcher that has enough for endpoints that take it', () => {
  let it: TestWebhooks;
  let receiver: TestReceiver;
  /** Nothing is sent: the dispatcher is not started. */
  beforeEach(async () => {
    it = await startTestWebhooks({ starts: false });
    receiver = await startTestReceiver();
  });
  afterEach(async () => {
    await it?.stop();
    await receiver?.close();
  });

  const endpoint = async (path: string, given: Partial<Endpoint> = {}): Promise<string> => {
    const id = await it.register({ url: `${receiver.url}${path}`, events: ['order.created'], maxInFlight: WIDE, ...given });
    await it.own.registry.refresh(it.pool);
    return id;
  };
  const give = (count: number, id: string): void => {
    const batch = { batchId: it.own.dispatcher.holder, left: count };
    it.own.dispatcher.deliver(Array.from({ length: count }, (_, at): Lease => ({
      deliveryId: `${at}`, batch, claims: 0, endpointId: id, eventId: `${at}`, name: 'order.created', attempt: 0, attemptsBefore: 0, replayId: null, body: Buffer.from('{}'), traceparent: null,
    })));
  };

  test('says so, together for all of them', async () => {
    const [one, other] = [await endpoint('/one'), await endpoint('/other')];
    give(ENOUGH - 10, one);
    give(9, other);
    expect(it.own.dispatcher.hasEnough).toBe(false);
    give(1, other);
    expect(it.own.dispatcher.hasEnough).toBe(true);
  });

  test('does not count what is for one that has more in the database: nothing is handed over for it', async () => {
    const one = await endpoint('/one');
    give(ENOUGH, one);
    it.own.dispatcher.due([one]);
    expect(it.own.dispatcher.hasEnough).toBe(false);
  });

  test('does not count what its endpoints do not take by themselves', async () => {
    for (const given of [{ maxInFlight: 16 }, { rateLimit: 1_000 }]) give(2 * ENOUGH, await endpoint(`/${JSON.stringify(given)}`, given));
    expect(it.own.dispatcher.hasEnough).toBe(false);
  });

  test('is given nothing more by the fan-out for a moment, which goes on all the same', async () => {
    give(ENOUGH, await endpoint('/one', { events: ['cart.updated'] }));
    await endpoint('/other');
    const written = async (): Promise<number> => (await it.pool.query('SELECT count(*)::integer AS n FROM webhook_messages')).rows[0].n;
    const waits: number[] = [];
    for (let at = 1; at <= 3; at += 1) {
      const sinceMs = performance.now();
      await it.order();
      while ((await written()) < at) await delay(2);
      waits.push(performance.now() - sinceMs);
    }
    // It goes on every tenth of a second; the first comes anywhere in between, the others soon after it went on.
    expect(Math.max(...waits)).toBeLessThan(2_000);
    expect(Math.min(...waits.slice(1))).toBeGreaterThan(40);
  });
});
