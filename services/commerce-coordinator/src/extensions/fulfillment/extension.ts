/**
 * Fulfillment: asks the fulfilling side for what was ordered, waits for the outcome, and has taken back what comes too late.
 * What an event should have told and did not is found by comparing both sides: reconciliation.ts.
 */
import { FulfillmentCancelled, FulfillmentCompleted, FulfillmentFailed, FulfillmentRevoked, OrderCancelRequested, OrderRefundRequested, OrderReRequested, OrderRevokeRequested } from '@commerce/events/entries';
import { DISPUTE_ENTRIES } from '@commerce/events/entries/disputes';
import { PaymentProcessed } from '@commerce/events/entries/payments';
import type { RetryPolicy } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import { workKey } from '@commerce/event-log/work';
import { duration } from '@commerce/service-kit/config';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { defineExtension } from '@commerce/signals/extension';
import type { ExtensionDefinition } from '@commerce/signals/extension';
import { handlersOf, stale } from '@commerce/signals/handler';
import { inputDecision } from '@commerce/signals/sending';
import { minorUnits } from '../../money.ts';
import { noting } from '../../calls/call-notes.ts';
import type { CallNotes } from '../../calls/call-notes.ts';
import { openFulfiller } from './client.http.ts';
import type { FulfillmentOffered } from './client.http.ts';
import { FULFILLMENT_SIGNALS, FulfillmentResumed, FulfillmentSuspended, FulfillmentUnwanted, send } from './events.ts';
import { cancelFulfillment, holdFulfillment, NOT_WANTED, requestAgain, requestFulfillment, requestLate, revokeFulfillment } from './fulfiller.ts';
import type { Asking, Fulfiller } from './fulfiller.ts';
import { FULFILLMENT_MIGRATION } from './migrations/0001-fulfillment.ts';
import { RECONCILIATION_MIGRATION } from './migrations/0002-reconciliation.ts';
import { JOB_MIGRATION } from './migrations/0003-jobs.ts';
import { DISPUTES_MIGRATION } from './migrations/0004-disputes.ts';
import { addReconciliationRoute } from './reconciliation.http.ts';
import { countHealed, RECONCILE_JOB, reconciliationStore } from './reconciliation.pg.ts';
import { compare, countOf } from './reconciliation.ts';
import type { Comparison } from './reconciliation.ts';
import { acknowledge, acknowledgeAnew, endHeld, holdBack, recordRevocation, refuse, refuseAnew, refuseHold, settle, settleHold, tellRevokeRequested, withhold } from './request.ts';
import type { FulfillmentRequest } from './request.ts';
import { orderReader, readRequest, requestsStore } from './requests.pg.ts';

export interface FulfillmentResources {
  readonly log: EventLog;
  readonly logger: { error(fields: object, message: string): void };
  /** This service's own name at the fulfilling side. */
  readonly clientId: string;
  readonly fulfillment: { readonly fulfiller: Fulfiller };
  /** Where calls are noted. */
  readonly calls?: CallNotes | undefined;
  readonly config: {
    /** How long an outcome may be on its way before it is looked for, in ms. */
    readonly fulfillmentCheckAfterMs: number;
    /** Pause between two comparisons, in ms. */
    readonly reconcileEveryMs: number;
  };
}

/** The effect that sends requests. */
export const REQUEST_HANDLER = 'fulfillment.request';

/** An order waits as long as the key is remembered at the other side: the number of attempts does not end it before. */
const UNTIL_THE_KEY_EXPIRES: Partial<RetryPolicy> = { baseMs: 200, maxMs: 15_000, maxAttempts: 1_000_000 };
/** Calls at once: what comes together is sent together. */
const CONCURRENT_REQUESTS = 256;

interface Own extends Omit<FulfillmentResources, 'fulfillment'>, Asking {}

const { transactional, effect } = handlersOf<FulfillmentRequest, Own>();

export const fulfillment = defineExtension({
  name: 'fulfillment',
  description: 'Asks the fulfilling side for what was ordered, waits for the outcome, and has taken back what comes too late.',
  source: 'fulfillment-service',
  needs: ['orders', 'payments'],
  configuration: {
    fulfillmentCheckAfterMs: duration('FULFILLMENT_CHECK_AFTER_MS', {
      meaning: 'Time that an outcome may be on its way before Order Fulfillment is asked for it; doubles with each question, up to an hour.',
      default: 30_000,
      minimum: 100,
    }),
    reconcileEveryMs: duration('RECONCILE_EVERY_MS', {
      meaning: 'Time between two comparisons with Order Fulfillment: what is overdue here, and what it has settled and was not acknowledged.',
      default: 30_000,
      minimum: 100,
    }),
  },
  signals: FULFILLMENT_SIGNALS,
  store: requestsStore,
  migrations: [FULFILLMENT_MIGRATION, RECONCILIATION_MIGRATION, JOB_MIGRATION, DISPUTES_MIGRATION],
  tables: ['fulfillment_requests', 'reconciliation'],
  routes: ['GET /reconciliation'],
  provide: (offered: FulfillmentOffered): FulfillmentResources['fulfillment'] => ({ fulfiller: openFulfiller(offered) }),
  open: ({ log, logger, clientId, config, calls, fulfillment: { fulfiller } }: FulfillmentResources): Own => {
    const { pool } = log;
    return { log, logger, clientId, config, calls, fulfiller, orderOf: orderReader(pool), requestOf: (orderId) => readRequest(pool, orderId) };
  },
  addRoutes: (app: HttpApp, _own: Own, { log }: FulfillmentResources): void => addReconciliationRoute(app, log.pool),
  handlers: {
    [REQUEST_HANDLER]: effect([PaymentProcessed], {
      idempotency: 'The fulfilling side answers a repeated Idempotency-Key with its first answer and does nothing.',
      run: noting(REQUEST_HANDLER, requestFulfillment),
      afterKey: noting(REQUEST_HANDLER, requestLate),
      settle: (request, answer, _event, context) => send(answer === undefined ? withhold(request) : acknowledge(request, answer), context),
      refused: (request, refusal, _event, context) => send(refuse(request, refusal), context),
      concurrency: CONCURRENT_REQUESTS,
      retry: UNTIL_THE_KEY_EXPIRES,
    }),
    'fulfillment.request_again': effect([OrderReRequested], {
      idempotency: 'What the fulfilling side has of the order is found and taken over; only where it has nothing it is requested, once under the key of this job.',
      run: noting('fulfillment.request_again', requestAgain),
      afterKey: noting('fulfillment.request_again', requestAgain),
      settle: (request, answer, _event, context) => send(acknowledgeAnew(request, answer), context),
      refused: (request, refusal, _event, context) => send(refuseAnew(request, refusal), context),
      retry: UNTIL_THE_KEY_EXPIRES,
    }),
    'fulfillment.cancel': effect([OrderCancelRequested], {
      idempotency: 'What is called off stays so; the answer is the state that is reached.',
      run: noting('fulfillment.cancel', cancelFulfillment),
      afterKey: noting('fulfillment.cancel', cancelFulfillment),
      // What became of it is told by its own event, unless it was never asked for.
      settle: (request, found, _event, context) => send(endHeld(request, found, { code: NOT_WANTED.code, message: NOT_WANTED.message ?? '' }), context),
      refused: (_request, { code, message }) => stale('cancel_too_late', { code, message }),
      retry: UNTIL_THE_KEY_EXPIRES,
    }),
    'fulfillment.dispute': transactional(DISPUTE_ENTRIES, (request, { data: { open, left } }, context) => send(holdBack(request, open > 0 || minorUnits(left) === 0n), context)),
    'fulfillment.hold': effect([FulfillmentSuspended, FulfillmentResumed], {
      idempotency: 'What waits or goes on already stays so; what is requested is found where it was before, as by fulfillment.request_again.',
      run: noting('fulfillment.hold', holdFulfillment),
      afterKey: noting('fulfillment.hold', holdFulfillment),
      settle: (request, answer, _event, context) => send(settleHold(request, answer), context),
      refused: (request, refusal, _event, context) => send(refuseHold(request, refusal), context),
      retry: UNTIL_THE_KEY_EXPIRES,
    }),
    'fulfillment.settled': transactional([FulfillmentCompleted, FulfillmentFailed, FulfillmentCancelled], (request, event, context, { clientId }) => send(settle(request, event, clientId), context)),
    'fulfillment.revoked': transactional([FulfillmentRevoked], (request, event, context, { clientId }) => send(recordRevocation(request, event, clientId), context)),
    'fulfillment.revoke': effect([FulfillmentUnwanted, OrderRefundRequested, OrderRevokeRequested], {
      idempotency: 'What is taken back already stays so; the answer is the state that is reached.',
      run: noting('fulfillment.revoke', revokeFulfillment),
      afterKey: noting('fulfillment.revoke', revokeFulfillment),
      settle: (request, answer, { data }, context) => send(tellRevokeRequested(request, answer, 'reason' in data ? data.reason : undefined), context),
      retry: UNTIL_THE_KEY_EXPIRES,
    }),
  },
  jobs: [{
    name: RECONCILE_JOB,
    everyMs: ({ config }: Own) => config.reconcileEveryMs,
    run: (own: Own, signal: AbortSignal): Promise<boolean> => compare(comparison(fulfillment, own, signal)),
  }],
});

function comparison(definition: ExtensionDefinition, { log, fulfiller, clientId, config, logger }: Own, signal: AbortSignal): Comparison {
  const extension = { name: definition.name, source: definition.source, store: requestsStore, handlers: {}, effects: {}, timers: {} };
  return {
    fulfiller, clientId, signal, patienceMs: config.fulfillmentCheckAfterMs,
    store: reconciliationStore(log.pool),
    nowMs: log.preparer.nowMs,
    uuid: log.preparer.uuid,
    keyOf: ({ eventId }) => workKey(REQUEST_HANDLER, eventId),
    async change(inputs) {
      const sending = new Map(inputs.map((input) => [{ ...input, decide: inputDecision<FulfillmentRequest>(definition, (state, context) => send(input.decide(state, context), context)) }, input]));
      const settled = await log.change(extension, [...sending.keys()], {
        after: (tx, outcomes) => {
          const healed = countOf(outcomes);
          return healed.outcome_missed + healed.request_lost > 0 ? [countHealed(tx, healed)] : [];
        },
      });
      return settled.map(({ input, outcome }) => ({ input: sending.get(input) ?? input, outcome }));
    },
    onUndecided: (subject, error) => logger.error({ err: error, subject }, 'what the fulfilling side shows of an order cannot be applied; it is looked at again'),
  };
}
