/**
 * Fulfillment: asks the fulfilling side for what was ordered, waits for the outcome, and has taken back what comes too late.
 * What an event should have told and did not is found by comparing both sides: reconciliation.ts.
 */
import { effect } from '@commerce/event-log/extension';
import type { EffectHandler, Extension, RetryPolicy, TransactionalHandler } from '@commerce/event-log/extension';
import { requestFulfillment, revokeFulfillment } from './fulfiller.ts';
import type { Fulfiller } from './fulfiller.ts';
import type { Fulfillment } from './outcome.ts';
import { acknowledge, recordRevocation, refuse, settle, tellRevokeRequested } from './request.ts';
import type { FulfillmentRequest } from './request.ts';
import { requestsStore } from './requests.pg.ts';

/** Its handlers, with the events that each of them understands. */
export interface FulfillmentHandlers {
  'fulfillment.request': 'OrderCreated';
  'fulfillment.settled': 'FulfillmentCompleted' | 'FulfillmentFailed' | 'FulfillmentCancelled';
  'fulfillment.revoked': 'FulfillmentRevoked';
  'fulfillment.revoke': 'FulfillmentUnwanted';
}

export interface FulfillmentOptions {
  readonly fulfiller: Fulfiller;
  /** This service's own name at the fulfilling side. */
  readonly clientId: string;
  /** Time from the acknowledgement to the first comparison, in ms. */
  readonly checkAfterMs: number;
}

/** The effect that sends requests. */
export const REQUEST_HANDLER = 'fulfillment.request';

/** An order waits as long as the key is remembered at the other side: the number of attempts does not end it before. */
const UNTIL_THE_KEY_EXPIRES: Partial<RetryPolicy> = { baseMs: 200, maxMs: 15_000, maxAttempts: 1_000_000 };
/** Calls at once: what comes together is sent together. */
const CONCURRENT_REQUESTS = 256;

export function fulfillmentExtension({ fulfiller, clientId, checkAfterMs }: FulfillmentOptions): Extension<FulfillmentRequest> {
  const settled: TransactionalHandler<FulfillmentRequest> = { decide: (request, event) => settle(request, event, clientId) };
  const revoked: TransactionalHandler<FulfillmentRequest> = { decide: (request, event) => recordRevocation(request, event, clientId) };

  const request: EffectHandler<FulfillmentRequest, Fulfillment> = {
    idempotency: 'The fulfilling side answers a repeated Idempotency-Key with its first answer and does nothing.',
    run: requestFulfillment(fulfiller, clientId),
    settle: acknowledge,
    refused: refuse,
    concurrency: CONCURRENT_REQUESTS,
    retry: UNTIL_THE_KEY_EXPIRES,
  };

  const revoke: EffectHandler<FulfillmentRequest, Fulfillment> = {
    idempotency: 'What is taken back already stays so; the answer is the state that is reached.',
    run: revokeFulfillment(fulfiller),
    settle: tellRevokeRequested,
    retry: UNTIL_THE_KEY_EXPIRES,
  };

  return {
    name: 'fulfillment',
    source: 'fulfillment-service',
    store: requestsStore(checkAfterMs),
    handlers: { 'fulfillment.settled': settled, 'fulfillment.revoked': revoked },
    effects: { [REQUEST_HANDLER]: effect(request), 'fulfillment.revoke': effect(revoke) },
    timers: {},
  };
}
