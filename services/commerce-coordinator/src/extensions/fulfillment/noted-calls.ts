/**
 * The calls to the fulfilling side, noted for people: what was asked of an order, and what was answered for it. A request may have gone with
 * others in one call; what stands here is its own part.
 */
import { FulfillmentRefused, NotNow } from '@commerce/fulfillment-client';
import type { CallNotes, EndedCall } from '../../calls/call-notes.ts';
import type { Fulfiller } from './fulfiller.ts';

type Asked = Pick<EndedCall, 'method' | 'path' | 'request'> & { readonly headers?: EndedCall['requestHeaders'] };

const SERVICE = 'order-fulfillment';
const ROOM = '/v1/fulfillments';

export function notedFulfiller(fulfiller: Fulfiller, calls: CallNotes, monotonicMs: () => number): Fulfiller {
  async function noted<Answer>(signal: AbortSignal | undefined, asked: () => Asked, answer: Promise<Answer>): Promise<Answer> {
    const startedAtMs = monotonicMs();
    const note = (isWell: boolean, end: () => Pick<EndedCall, 'status' | 'answer' | 'error'>): void => calls.ended(signal, isWell, () => {
      const { headers = {}, ...rest } = asked();
      return { service: SERVICE, ...rest, requestHeaders: headers, ...end(), tookMs: monotonicMs() - startedAtMs };
    });
    try {
      const given = await answer;
      note(true, () => ({ status: statusOf(given), answer: { value: given } }));
      return given;
    } catch (error) {
      note(false, () => failureOf(error));
      throw error;
    }
  }
  const about = (id: string, act: string): string => `${ROOM}/${encodeURIComponent(id)}/${act}`;
  return {
    ...fulfiller,
    request: (order, options) => noted(options.signal, () => ({
      method: 'POST', path: ROOM, request: { value: order },
      headers: { 'idempotency-key': options.idempotencyKey, 'x-correlation-id': options.correlationId, 'x-causation-id': options.causationId, traceparent: options.traceparent, 'x-session-id': options.sessionId },
    }), fulfiller.request(order, options)),
    list: (query, options = {}) => noted(options.signal, () => ({ method: 'GET', path: `${ROOM}?${new URLSearchParams(Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]))).toString()}`, request: undefined }), fulfiller.list(query, options)),
    cancel: (id, reason, options = {}) => noted(options.signal, () => ({ method: 'POST', path: about(id, 'cancel'), request: { value: { reason } } }), fulfiller.cancel(id, reason, options)),
    hold: (id, reason, options = {}) => noted(options.signal, () => ({ method: 'POST', path: about(id, 'hold'), request: { value: { reason } } }), fulfiller.hold(id, reason, options)),
    release: (id, options = {}) => noted(options.signal, () => ({ method: 'POST', path: about(id, 'release'), request: undefined }), fulfiller.release(id, options)),
    revoke: (id, what, options = {}) => noted(options.signal, () => ({ method: 'POST', path: about(id, 'revoke'), request: { value: what } }), fulfiller.revoke(id, what, options)),
    revokeOrder: (orderId, what, options = {}) => noted(options.signal, () => ({ method: 'POST', path: `/v1/orders/${encodeURIComponent(orderId)}/revoke`, request: { value: what } }), fulfiller.revokeOrder(orderId, what, options)),
  };
}

/** Of what was accepted its own; a question that was answered is one with 200. */
function statusOf(given: unknown): number {
  return typeof given === 'object' && given !== null && 'fulfillment' in given && 'status' in given && typeof given.status === 'number' ? given.status : 200;
}

function failureOf(error: unknown): Pick<EndedCall, 'status' | 'answer' | 'error'> {
  if (error instanceof FulfillmentRefused) return { status: error.status, answer: { value: { status: error.status, code: error.code, detail: error.message } } };
  const message = error instanceof Error ? error.message : 'unknown';
  return { status: error instanceof NotNow ? error.status : undefined, answer: undefined, error: message };
}
