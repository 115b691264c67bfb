/** An endpoint that takes much at once, and then nothing: what was leased for it goes back. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@commerce/service-kit/test-eventually';
import { startTestReceiver } from '../test-receiver.ts';
import type { TestReceiver } from '../test-receiver.ts';
import { startTestWebhooks } from '../test-webhooks.ts';
import type { TestWebhooks } from '../test-webhooks.ts';
import { Lane } from './lane.ts';
import type { Lease } from './lease.ts';

const limits = { maxInFlight: 8, rateLimit: null };

describe('A lane whose endpoint has become slow', () => {
  /** So many are queued, eight under way, and before each answer took `answerMs`. */
  const busy = (queued: number, answerMs: number): Lane => {
    const lane = new Lane('e');
    for (let at = 0; at < queued + 8 + 200; at += 1) lane.put({ deliveryId: `${at}` } as Lease);
    for (let at = 0; at < 200; at += 1) {
      lane.next(limits, 1_000, 0);
      lane.succeeded(answerMs);
    }
    for (let at = 0; at < 8; at += 1) lane.next(limits, 1_000, 0);
    expect([lane.queued, lane.inFlight]).toEqual([queued, 8]);
    return lane;
  };

  test('gives the newest back beyond what it takes in ten seconds, and keeps what it would be given anew', () => {
    const lane = busy(2_040, 4);
    expect(lane.surplus(limits, 3_000)).toHaveLength(2_040 - (8 * 16 - 8));
    expect(lane.queued).toBe(8 * 16 - 8);
    expect(lane.next({ ...limits, maxInFlight: 9 }, 1_000, 3_000)?.deliveryId).toBe('208');
    expect(lane.surplus(limits, 3_000)).toEqual([]);
  });

  test('keeps all while answers come at the pace at which it was filled, or at a fifth of it', () => {
    for (const answerMs of [4, 20]) expect(busy(2_040, answerMs).surplus(limits, answerMs)).toEqual([]);
    expect(busy(2_040, 100).surplus(limits, 100)).toHaveLength(2_040 - 792);
  });

  test('of which nothing is under way, for it may not begin yet, keeps what it has', () => {
    const lane = new Lane('e');
    for (let at = 0; at < 100; at += 1) lane.put({ deliveryId: `${at}` } as Lease);
    expect(lane.surplus(limits, 1_000_000)).toEqual([]);
  });
});

describe('An endpoint that stops to answer', () => {
  const ANSWER_MS = 10;
  let it: TestWebhooks;
  let receiver: TestReceiver;
  /** It hangs as soon as more than so many are leased. */
  let mostLeased = Number.POSITIVE_INFINITY;
  let hangs = false;
  beforeAll(async () => {
    it = await startTestWebhooks();
    receiver = await startTestReceiver((_got, response) => {
      hangs ||= it.own.dispatcher.counts.leased > mostLeased;
      if (!hangs) setTimeout(() => response.end('ok'), ANSWER_MS);
    });
  });
  afterAll(async () => {
    await it?.stop();
    await receiver?.close();
  });

  async function send(count: number): Promise<void> {
    for (let at = 0; at < count; at += 20) await Promise.all(Array.from({ length: 20 }, () => it.order()));
  }

  test('keeps in a process what it takes soon; the rest waits in the database, and is sent when it answers again', async () => {
    const endpointId = await it.register({ url: `${receiver.url}/turns-slow`, events: ['order.created'], maxInFlight: 4, timeoutMs: 15_000, retryAttempts: 20 });
    await send(200);
    expect(await it.settled()).toEqual({ delivered: 200 });
    // So that all come at once: nothing is planned meanwhile.
    const client = await it.pool.connect();
    await client.query('BEGIN; LOCK TABLE webhook_messages IN SHARE MODE');
    await send(800);
    mostLeased = 120;
    await client.query('COMMIT');
    client.release();
    await eventually('it hangs', async () => hangs, 10_000);
    expect(it.own.dispatcher.counts.leased).toBeGreaterThan(100);
    const leased = async (): Promise<number> => (await it.pool.query("SELECT count(*)::integer AS n FROM webhook_deliveries WHERE endpoint_id = $1 AND state = 'leased'", [endpointId])).rows[0].n;
    await eventually('the surplus is given back', async () => (await leased()) <= 4 * 16, 10_000);
    expect(it.own.dispatcher.counts.leased).toBeLessThanOrEqual(4 * 16);
    // It stays so: what was given back is not claimed again while nothing is answered.
    await delay(4_000);
    expect(await leased()).toBeLessThanOrEqual(4 * 16);
    [mostLeased, hangs] = [Number.POSITIVE_INFINITY, false];
    expect(await it.settled(60_000)).toEqual({ delivered: 1_000 });
  }, 120_000);
});
