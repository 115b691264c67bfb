/**
 * What this extension asks of the fulfilling side, and the two effects that ask it.
 *
 * Promise: whatever the other side does, the answer is one of three: taken, refused for good, or later under the same key.
 */
import { RetryLater, Refused } from '@commerce/event-log/extension';
import type { EffectJob } from '@commerce/event-log/extension';
import type { DataOf } from '@commerce/events/catalogue';
import type * as entries from '@commerce/events/entries';
import { FulfillmentRefused, NotNow } from '@commerce/fulfillment-client';
import type { FulfillmentClient } from '@commerce/fulfillment-client';
import type { Fulfillment } from './request.ts';

/** The calls that are made. */
export type Fulfiller = Pick<FulfillmentClient, 'request' | 'get' | 'list'>;

/** Sends the request for a new order. The job's key makes a repeated request harmless. */
export function requestFulfillment(fulfiller: Fulfiller): (job: EffectJob) => Promise<Fulfillment> {
  return async ({ event, key, signal }) => {
    const order = event.data as DataOf<typeof entries.OrderCreated>;
    const { traceparent, sessionId } = event.metadata;
    try {
      const { fulfillment } = await fulfiller.request(
        {
          orderId: order.orderId,
          orderNumber: order.orderNumber,
          customer: { id: order.customerId },
          lines: order.lines.map(({ lineId, sku, quantity }) => ({ lineId, sku, quantity })),
        },
        { idempotencyKey: key, correlationId: event.correlationId, causationId: event.eventId, traceparent, sessionId, signal },
      );
      return fulfillment;
    } catch (error) {
      if (isKeyReused(error)) return findExisting(fulfiller, order.orderId, signal);
      throw meaningOf(error);
    }
  };
}

/** Asks what became of a fulfillment. A refusal (it is not known there) is not decided on: it is left to a person. */
export function checkFulfillment(fulfiller: Fulfiller): (job: EffectJob) => Promise<Fulfillment> {
  return async ({ event, signal }) => {
    const { orderId, fulfillmentId } = event.data as DataOf<typeof entries.FulfillmentOverdue>;
    try {
      const fulfillment = await fulfiller.get(fulfillmentId, { signal });
      if (fulfillment.orderId !== orderId) throw new Error(`The fulfillment ${fulfillmentId} belongs to another order.`);
      return fulfillment;
    } catch (error) {
      throw meaningOf(error);
    }
  };
}

/** The key is bound to a request in another form, sent by another version of this service: it was taken, so it is looked up. */
async function findExisting(fulfiller: Fulfiller, orderId: string, signal: AbortSignal): Promise<Fulfillment> {
  const found = await fulfiller.list({ orderId, limit: 1 }, { signal }).catch((error: unknown) => Promise.reject(meaningOf(error)));
  const [fulfillment] = found.items;
  if (fulfillment === undefined) throw new RetryLater(`The key for order ${orderId} is in use, but no fulfillment is to be found.`);
  return fulfillment;
}

function isKeyReused(error: unknown): boolean {
  return error instanceof FulfillmentRefused && error.code === 'idempotency_key_reused';
}

function meaningOf(error: unknown): unknown {
  if (error instanceof FulfillmentRefused) return new Refused(error.code, error.message);
  if (error instanceof NotNow) return new RetryLater(error.message, { afterMs: error.afterMs, sent: error.sent });
  return error;
}
