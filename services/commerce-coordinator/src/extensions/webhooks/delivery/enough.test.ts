/** A process that has enough to send, and the fan-out that waits for it. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startTestReceiver } from '../test-receiver.ts';
import type { TestReceiver } from '../test-receiver.ts';
import { startTestWebhooks } from '../test-webhooks.ts';
import type { TestWebhooks } from '../test-webhooks.ts';
import type { Lease } from './lease.ts';

const ENOUGH = 768;

describe('A dispatcher that has enough for endpoints that take it', () => {
  let it: TestWebhooks;
  let receiver: TestReceiver;
  let endpointId: string;
  /** Nothing is sent: it knows no lease of its own yet. */
  beforeEach(async () => {
    it = await startTestWebhooks({ starts: false });
    receiver = await startTestReceiver();
    endpointId = await it.register({ url: `${receiver.url}/any`, events: ['order.created'] });
    await it.own.registry.refresh(it.pool);
  });
  afterEach(async () => {
    await it?.stop();
    await receiver?.close();
  });

  const give = (count: number, id = endpointId): void => {
    const batch = { batchId: it.own.dispatcher.holder, left: count };
    it.own.dispatcher.deliver(Array.from({ length: count }, (_, at): Lease => ({
      deliveryId: `${at}`, batch, claims: 0, endpointId: id, eventId: `${at}`, name: 'order.created', attempt: 0, attemptsBefore: 0, replayId: null, body: Buffer.from('{}'), traceparent: null,
    })));
  };

  test('says so, together for all of them', async () => {
    const other = await it.register({ url: `${receiver.url}/other`, events: ['order.created'] });
    await it.own.registry.refresh(it.pool);
    give(ENOUGH - 10);
    give(9, other);
    expect(it.own.dispatcher.hasEnough).toBe(false);
    give(1, other);
    expect(it.own.dispatcher.hasEnough).toBe(true);
  });

  test('does not count what is for one that has more in the database: nothing is handed over for it', async () => {
    give(ENOUGH);
    it.own.dispatcher.due([endpointId]);
    expect(it.own.dispatcher.hasEnough).toBe(false);
  });
});
