/**
 * Fulfillment: asks the fulfilling side for what was ordered, waits for the outcome, and asks when it does not come.
 */
import { effect } from '@commerce/event-log/extension';
import type { EffectHandler, Extension, RetryPolicy, TransactionalHandler } from '@commerce/event-log/extension';
import { checkFulfillment, requestFulfillment } from './fulfiller.ts';
import type { Fulfiller } from './fulfiller.ts';
import { acknowledge, applyFound, overdue, OVERDUE_TIMER, refuse, settle } from './request.ts';
import type { Fulfillment, FulfillmentRequest } from './request.ts';
import { requestsStore } from './requests.pg.ts';

/** Its handlers, with the events that each of them understands. */
export interface FulfillmentHandlers {
  'fulfillment.request': 'OrderCreated';
  'fulfillment.settled': 'FulfillmentCompleted' | 'FulfillmentFailed';
  'fulfillment.check': 'FulfillmentOverdue';
}

export interface FulfillmentOptions {
  readonly fulfiller: Fulfiller;
  /** This service's own name at the fulfilling side. */
  readonly clientId: string;
  /** Time from the acknowledgement to the first question, in ms; it doubles with every further one, up to an hour. */
  readonly checkAfterMs: number;
}

/** An order waits as long as the key is remembered at the other side: the number of attempts does not end it before. */
const UNTIL_THE_KEY_EXPIRES: Partial<RetryPolicy> = { baseMs: 200, maxMs: 15_000, maxAttempts: 1_000_000 };
/** Calls at once: what comes together is sent together. */
const CONCURRENT_REQUESTS = 256;

export function fulfillmentExtension({ fulfiller, clientId, checkAfterMs }: FulfillmentOptions): Extension<FulfillmentRequest> {
  const settled: TransactionalHandler<FulfillmentRequest> = { decide: (request, event) => settle(request, event, clientId) };

  const request: EffectHandler<FulfillmentRequest, Fulfillment> = {
    idempotency: 'The fulfilling side answers a repeated Idempotency-Key with its first answer and does nothing.',
    run: requestFulfillment(fulfiller),
    settle: (state, answer) => acknowledge(state, answer, checkAfterMs),
    refused: (state, refusal) => refuse(state, refusal),
    concurrency: CONCURRENT_REQUESTS,
    retry: UNTIL_THE_KEY_EXPIRES,
  };

  const check: EffectHandler<FulfillmentRequest, Fulfillment> = {
    idempotency: 'It only reads.',
    run: checkFulfillment(fulfiller),
    settle: applyFound,
    retry: UNTIL_THE_KEY_EXPIRES,
  };

  return {
    name: 'fulfillment',
    source: 'fulfillment-service',
    store: requestsStore,
    handlers: { 'fulfillment.settled': settled },
    effects: { 'fulfillment.request': effect(request), 'fulfillment.check': effect(check) },
    timers: { [OVERDUE_TIMER]: { decide: (state) => overdue(state, checkAfterMs) } },
  };
}
