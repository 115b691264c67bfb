/**
 * What this extension asks of the fulfilling side, and the effects that ask it.
 *
 * Promise: whatever the other side does, the answer is one of three: taken, refused for good, or later under the same key.
 */
import type { StoredEvent } from '@commerce/event-log/event';
import { RetryLater, Refused } from '@commerce/event-log/extension';
import type { EffectJob } from '@commerce/event-log/extension';
import type { DataOf } from '@commerce/events/catalogue';
import type * as entries from '@commerce/events/entries';
import { FulfillmentRefused, NotNow } from '@commerce/fulfillment-client';
import type { FulfillmentClient } from '@commerce/fulfillment-client';
import type { FulfillmentUnwanted } from './events.ts';
import type { Fulfillment } from './outcome.ts';
import { UNWANTED } from './request.ts';

/** The calls that are made. */
export type Fulfiller = Pick<FulfillmentClient, 'request' | 'list' | 'revoke' | 'lookup' | 'acknowledge'>;

/** Sends the request for a new order. The job's key makes a repeated request harmless. */
export function requestFulfillment(fulfiller: Fulfiller, clientId: string): (job: EffectJob) => Promise<Fulfillment> {
  return ({ event, key, signal }) => sendRequest(fulfiller, clientId, event, key, signal);
}

/**
 * Sends the request for the order that `event`, its OrderCreated, tells of. `clientId` is this service's own name at the
 * fulfilling side. Throws `Refused` or `RetryLater`.
 */
export async function sendRequest(fulfiller: Pick<Fulfiller, 'request' | 'list'>, clientId: string, event: StoredEvent, key: string, signal: AbortSignal): Promise<Fulfillment> {
  const fulfillment = await ask(fulfiller, event, key, signal);
  // Under another name no outcome of it would ever be taken as one of this service's orders.
  if (fulfillment.clientId !== clientId) throw new RetryLater(`The fulfilling side calls this service ${fulfillment.clientId}, and not ${clientId} as OF_CLIENT_ID says.`);
  return fulfillment;
}

async function ask(fulfiller: Pick<Fulfiller, 'request' | 'list'>, event: StoredEvent, key: string, signal: AbortSignal): Promise<Fulfillment> {
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
    if (isTaken(error)) return findExisting(fulfiller, order.orderId, signal);
    throw meaningOf(error);
  }
}

/** Asks that everything that was delivered is taken back. A refusal is not decided on: it is left to a person. */
export function revokeFulfillment(fulfiller: Fulfiller): (job: EffectJob) => Promise<Fulfillment> {
  return async ({ event, signal }) => {
    const { fulfillmentId } = event.data as DataOf<typeof FulfillmentUnwanted>;
    try {
      return await fulfiller.revoke(fulfillmentId, { reason: UNWANTED }, { signal });
    } catch (error) {
      throw meaningOf(error);
    }
  };
}

/** It was taken before, so it is looked up. */
async function findExisting(fulfiller: Pick<Fulfiller, 'list'>, orderId: string, signal: AbortSignal): Promise<Fulfillment> {
  const found = await fulfiller.list({ orderId, limit: 1 }, { signal }).catch((error: unknown) => Promise.reject(meaningOf(error)));
  const [fulfillment] = found.items;
  if (fulfillment === undefined) throw new RetryLater(`The request for order ${orderId} was taken before, but no fulfillment is to be found.`);
  return fulfillment;
}

/**
 * The request was taken before: its key is bound to another form of it, sent by another version of this service, or the other
 * side has forgotten the key and still has the lines. Nobody but this service asks for lines of its orders.
 */
function isTaken(error: unknown): boolean {
  return error instanceof FulfillmentRefused && (error.code === 'idempotency_key_reused' || error.code === 'line_already_requested');
}

/** What was asked for was more than one answer may hold; half of it may be asked for. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof NotNow && error.cause instanceof Error && error.cause.name === 'AnswerTooLarge';
}

/** There is an answer, and it cannot be used: one of what was asked for may be the cause. */
export function isUnusable(error: unknown): boolean {
  return error instanceof NotNow && error.status === 200;
}

function meaningOf(error: unknown): unknown {
  if (error instanceof FulfillmentRefused) return new Refused(error.code, error.message);
  if (error instanceof NotNow) return new RetryLater(error.message, { afterMs: error.afterMs, sent: error.sent });
  return error;
}
