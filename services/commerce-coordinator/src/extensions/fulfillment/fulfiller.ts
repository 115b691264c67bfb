/**
 * What this extension asks of the fulfilling side, and the effects that ask it.
 *
 * Promise: whatever the other side does, the answer is one of three: taken, refused for good, or later under the same key.
 */
import type { StoredEvent } from '@commerce/event-log/event';
import { RetryLater, Refused } from '@commerce/event-log/extension';
import type { EffectJob } from '@commerce/event-log/extension';
import { FulfillmentRefused, NotNow } from '@commerce/fulfillment-client';
import type { FulfillmentClient } from '@commerce/fulfillment-client';
import type { Fulfillment, Reason } from './outcome.ts';
import { UNWANTED } from './request.ts';
import type { FulfillmentRequest } from './request.ts';

/** The calls that are made. */
export type Fulfiller = Pick<FulfillmentClient, 'request' | 'list' | 'cancel' | 'hold' | 'release' | 'revoke' | 'revokeOrder' | 'lookup' | 'acknowledge'>;

/** The order as the request tells of it. */
export interface RequestedOrder {
  readonly orderId: string;
  readonly orderNumber: number;
  readonly customerId: string;
  readonly lines: readonly { readonly lineId: string; readonly sku: string; readonly quantity: number }[];
  /** It is to be cancelled, or is: then nothing is requested for it. */
  readonly isEnding: boolean;
  /** Its payment is disputed: nothing is requested for it until that is decided. */
  readonly isHeld: boolean;
}

/** Who requests, and by what. */
interface Caller {
  readonly fulfiller: Pick<Fulfiller, 'request' | 'list'>;
  /** This service's own name at the fulfilling side. */
  readonly clientId: string;
}

/** What the effects need beside the calls. Each rejects for an order that does not exist. */
export interface Asking extends Caller {
  readonly fulfiller: Fulfiller;
  readonly orderOf: (orderId: string) => Promise<RequestedOrder>;
  readonly requestOf: (orderId: string) => Promise<FulfillmentRequest>;
}

const DISPUTED: Reason = { code: 'payment_disputed', message: 'The payment of the order is disputed.' };
export const NOT_WANTED: Reason = { code: 'order_cancelled', message: 'The order was cancelled before it was requested.' };

type Job<Data> = Pick<EffectJob, 'key' | 'signal' | 'maybeSent'> & { readonly event: Omit<StoredEvent, 'data'> & { readonly data: Data } };

/**
 * Sends the request for a paid order. The job's key makes a repeated request harmless. For an order that is to end nothing is
 * requested; what an earlier attempt may have brought to the other side is called off there, and what is found is acknowledged.
 * Undefined for a disputed one: nothing is requested, and the other side has nothing of it.
 */
export async function requestFulfillment({ event, key, signal, maybeSent }: Job<{ readonly orderId: string }>, { fulfiller, clientId, orderOf }: Asking): Promise<Fulfillment | undefined> {
  const order = await orderOf(event.data.orderId);
  if (!order.isEnding && order.isHeld) return maybeSent ? findOf(fulfiller, order.orderId, signal) : undefined;
  if (!order.isEnding) return sendRequest({ fulfiller, clientId }, order, event, key, signal);
  const [found] = maybeSent ? (await revokeOrder(fulfiller, order.orderId, NOT_WANTED, signal)).fulfillments : [];
  if (found === undefined) throw new Refused(NOT_WANTED.code, NOT_WANTED.message ?? '');
  return found;
}

/**
 * Sends another request for an order, at the wish of a person: under a key of its own, so that an answer which the other side
 * remembers under the former one does not count. Lines that it has already are found, and not delivered twice. Undefined when
 * the order is to end meanwhile and calling off what was requested is under way, or when it is disputed.
 */
export async function requestAgain(job: Job<{ readonly orderId: string }>, asking: Asking): Promise<Fulfillment | undefined> {
  const { orderId } = job.event.data;
  const [order, request] = await Promise.all([asking.orderOf(orderId), asking.requestOf(orderId)]);
  return order.isEnding && request.status !== 'unasked' && request.status !== 'held' ? undefined : requestLate(job, asking);
}

/** A former request may have been sent, and nobody knows its answer: what the other side has of the order is taken over; only where it has nothing it is asked. */
export async function requestLate(job: Job<{ readonly orderId: string }>, asking: Asking): Promise<Fulfillment | undefined> {
  // Of lines that have failed or were called off there, another request would be taken as another fulfillment.
  const { orderId } = job.event.data;
  const found = await findOf(asking.fulfiller, orderId, job.signal);
  return found ?? requestFulfillment({ ...job, maybeSent: true }, asking);
}

/** Sends the request of an order, whose flow the event is of. Throws `Refused` or `RetryLater`. */
export async function sendRequest({ fulfiller, clientId }: Caller, order: RequestedOrder, event: Omit<StoredEvent, 'data'>, key: string, signal: AbortSignal): Promise<Fulfillment> {
  const fulfillment = await ask(fulfiller, order, event, key, signal);
  // Under another name no outcome of it would ever be taken as one of this service's orders.
  if (fulfillment.clientId !== clientId) throw new RetryLater(`The fulfilling side calls this service ${fulfillment.clientId}, and not ${clientId} as OF_CLIENT_ID says.`);
  return fulfillment;
}

async function ask(fulfiller: Pick<Fulfiller, 'request' | 'list'>, order: RequestedOrder, event: Omit<StoredEvent, 'data'>, key: string, signal: AbortSignal): Promise<Fulfillment> {
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

/**
 * Calls off what was requested for an order. Before the request has an answer nobody knows whether it has arrived: then the other
 * side is told by the order, and takes no request for it any more. Gives what the other side has of it. Throws `Refused` when it is too late: the completion tells.
 */
export async function cancelFulfillment({ event: { data }, signal }: Job<{ readonly orderId: string; readonly reason: Reason }>, { fulfiller, requestOf }: Asking): Promise<Fulfillment | undefined> {
  const { fulfillmentId, status } = await requestOf(data.orderId);
  if (status !== 'requested' && status !== 'unasked' && status !== 'held') return undefined;
  if (fulfillmentId === null) return (await revokeOrder(fulfiller, data.orderId, data.reason, signal)).fulfillments[0];
  return fulfiller.cancel(fulfillmentId, data.reason, { signal }).catch((error: unknown) => Promise.reject(meaningOf(error)));
}

/**
 * Does what holds at this moment for an order whose dispute has moved, whichever event brought it here: what was requested waits, or
 * goes on; what was not is requested, and given. Throws `Refused` for what has been begun and cannot wait.
 */
export async function holdFulfillment(job: Job<{ readonly orderId: string }>, asking: Asking): Promise<Fulfillment | undefined> {
  const { fulfillmentId, status, isHeld } = await asking.requestOf(job.event.data.orderId);
  if (status === 'held') return isHeld ? undefined : requestAgain(job, asking);
  if (status !== 'requested' || fulfillmentId === null) return undefined;
  const { fulfiller } = asking;
  await (isHeld ? fulfiller.hold(fulfillmentId, DISPUTED, { signal: job.signal }) : fulfiller.release(fulfillmentId, { signal: job.signal })).catch((error: unknown) => {
    // Not on hold: it had begun, or goes on already.
    if (!(error instanceof FulfillmentRefused && error.code === 'not_on_hold')) throw meaningOf(error);
  });
  return undefined;
}

/** Asks that what was delivered is taken back: all, or some lines. A refusal is not decided on: it is left to a person. */
export async function revokeFulfillment(
  { event: { data }, signal }: Job<{ readonly orderId: string; readonly fulfillmentId?: string; readonly reason?: Reason; readonly lineIds?: readonly string[] | undefined }>, { fulfiller, requestOf }: Asking,
): Promise<Fulfillment> {
  const fulfillmentId = data.fulfillmentId ?? (await requestOf(data.orderId)).fulfillmentId;
  if (fulfillmentId === null) throw new RetryLater(`The fulfillment of order ${data.orderId} is not known yet.`, { sent: false });
  const { reason = UNWANTED, lineIds: lines } = data;
  try {
    return await fulfiller.revoke(fulfillmentId, { reason, ...(lines !== undefined && { lines: [...lines] }) }, { signal });
  } catch (error) {
    throw meaningOf(error);
  }
}

function revokeOrder(fulfiller: Fulfiller, orderId: string, reason: Reason, signal: AbortSignal): ReturnType<Fulfiller['revokeOrder']> {
  return fulfiller.revokeOrder(orderId, { reason }, { signal }).catch((error: unknown) => Promise.reject(meaningOf(error)));
}

/** It was taken before, so it is looked up. */
async function findExisting(fulfiller: Pick<Fulfiller, 'list'>, orderId: string, signal: AbortSignal): Promise<Fulfillment> {
  const fulfillment = await findOf(fulfiller, orderId, signal);
  if (fulfillment === undefined) throw new RetryLater(`The request for order ${orderId} was taken before, but no fulfillment is to be found.`);
  return fulfillment;
}

/** What the other side has of an order. */
async function findOf(fulfiller: Pick<Fulfiller, 'list'>, orderId: string, signal: AbortSignal): Promise<Fulfillment | undefined> {
  return (await fulfiller.list({ orderId, limit: 1 }, { signal }).catch((error: unknown) => Promise.reject(meaningOf(error)))).items[0];
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
