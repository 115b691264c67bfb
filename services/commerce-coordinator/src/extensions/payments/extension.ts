/**
 * Payments: takes the money of an order once it has its stock, and gives back what is not delivered.
 */
import { OrderCancelRequested, OrderFulfilled, OrderRefundRequested, OrderTakenBack, OrderUnfulfilled } from '@commerce/events/entries';
import { InventoryReserved } from '@commerce/events/entries/inventory';
import { PaymentInitiated } from '@commerce/events/entries/payments';
import type { EventLog } from '@commerce/event-log/log';
import type { RetryPolicy } from '@commerce/event-log/extension';
import { duration, text, url } from '@commerce/service-kit/config';
import type { ConfigDeclaration, ConfigOf } from '@commerce/service-kit/config';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { defineExtension } from '@commerce/signals/extension';
import { handlersOf } from '@commerce/signals/handler';
import { webhookKey } from '@commerce/service-kit/webhook-signature';
import type { Pool } from 'pg';
import type { Offered } from '../../offered.ts';
import { charge, chargeLate, find, refund, refundLate } from './asking.ts';
import type { Asking } from './asking.ts';
import { begin, cancel, overdue, settleCharge, settleFound } from './charge.ts';
import { PAYMENTS_MIGRATION } from './migrations/0001-payments.ts';
import { oweFor } from './owed.ts';
import { UNANSWERED_TIMER } from './payment.ts';
import type { Payment } from './payment.ts';
import { paymentsStore, readStanding } from './payments.pg.ts';
import { paymentProblems } from './problems.ts';
import type { PaymentMethod, PaymentProvider } from './provider.ts';
import { settleRefund } from './refunds.ts';
import { createStandardProvider } from './standard.http.ts';
import { PAYMENT_SIGNALS, PaymentOverdue, PaymentRefundInitiated, send } from './signals.ts';
import { addPaymentWebhooks } from './webhooks.http.ts';
import { createWebhookIntake } from './webhooks.pg.ts';

export interface PaymentsResources {
  readonly log: EventLog;
  readonly pool: Pool;
  readonly payments: {
    readonly provider: PaymentProvider;
    /** For orders that name no method; null when they are refused. */
    readonly defaultMethod: PaymentMethod | null;
    /** Time from an undecided answer to the first question, in ms; it doubles with every further one, up to ten minutes. */
    readonly askAfterMs: number;
    /** Keys of the secrets that sign webhooks; one, or two while they are changed. */
    readonly webhookKeys: readonly Buffer[];
  };
  /** Unix milliseconds. */
  readonly nowMs: () => number;
}

interface Own extends Asking {
  readonly askAfterMs: number;
}

/** A payment waits as long as the provider remembers its key: the number of attempts does not end it before. */
const UNTIL_THE_KEY_EXPIRES: Partial<RetryPolicy> = { baseMs: 200, maxMs: 15_000, maxAttempts: 1_000_000 };
/** Calls to the provider at once. */
const CONCURRENT_CALLS = 64;

/** A card of the payment stand-in. */
const STAND_IN_CARD = /^tok_4(242|000)\d{12}$/;

const CONFIGURATION = {
  paymentsUrl: url('PAYMENTS_URL', { meaning: 'The payment provider: the address of its API.', default: 'http://127.0.0.1:3004' }),
  paymentsApiKey: text('PAYMENTS_API_KEY', { meaning: 'Bearer key of this service at the payment provider.', secret: true }),
  paymentsTimeoutMs: duration('PAYMENTS_TIMEOUT_MS', { meaning: 'Time for one call to the payment provider.', default: 5_000, minimum: 100, maximum: 9_000 }),
  paymentsWebhookSecret: text('PAYMENTS_WEBHOOK_SECRET', { meaning: 'Signs the webhooks of the payment provider: whsec_ and base64.', secret: true, minimumLength: 38 }),
  paymentsWebhookSecretBefore: text('PAYMENTS_WEBHOOK_SECRET_BEFORE', { meaning: 'The secret before, while it is being changed: webhooks signed with it are taken too.', secret: true, minimumLength: 38, optional: true }),
  paymentsAskAfterMs: duration('PAYMENTS_ASK_AFTER_MS', {
    meaning: 'Time until a provider that decides later is asked; doubles with each question, up to ten minutes.', default: 30_000, minimum: 100,
  }),
  paymentsDefaultToken: text('PAYMENTS_DEFAULT_TOKEN', {
    meaning: 'Card of orders that name no way to pay, as the provider knows it. Without it they are refused.', optional: true,
    productionCheck: (token) => (STAND_IN_CARD.test(token) ? 'must not be a card of the payment stand-in in production' : undefined),
  }),
};

type PaymentsOffered = Pick<Offered<ConfigOf<ConfigDeclaration<typeof CONFIGURATION>>>, 'config' | 'nowMs' | 'onStop'>;

const { transactional, effect, timer } = handlersOf<Payment, Own>();

export const payments = defineExtension({
  name: 'payments',
  description: 'Takes the money of an order once it has its stock, and gives back what is not delivered.',
  source: 'payment-service',
  needs: ['orders', 'inventory'],
  configuration: CONFIGURATION,
  problems: paymentProblems,
  signals: PAYMENT_SIGNALS,
  store: paymentsStore,
  migrations: [PAYMENTS_MIGRATION],
  tables: ['payments', 'payment_webhooks'],
  routes: ['POST /webhooks/payments/orders'],
  provide: ({ config, nowMs, onStop }: PaymentsOffered): PaymentsResources['payments'] => {
    const { paymentsUrl: url, paymentsApiKey: apiKey, paymentsTimeoutMs: timeoutMs, paymentsWebhookSecret, paymentsWebhookSecretBefore } = config;
    const provider = createStandardProvider({ url, apiKey, timeoutMs, nowMs, connections: CONCURRENT_CALLS });
    onStop(() => provider.close());
    return {
      provider,
      defaultMethod: config.paymentsDefaultToken === undefined ? null : { type: 'card', token: config.paymentsDefaultToken },
      askAfterMs: config.paymentsAskAfterMs,
      webhookKeys: [paymentsWebhookSecret, ...(paymentsWebhookSecretBefore === undefined ? [] : [paymentsWebhookSecretBefore])].map(webhookKey),
    };
  },
  open: ({ pool, payments: { provider, defaultMethod, askAfterMs } }: PaymentsResources): Own => ({
    provider, defaultMethod, askAfterMs, standingOf: (orderId) => readStanding(pool, orderId),
  }),
  addRoutes: (app: HttpApp, _own: Own, { log, payments: { webhookKeys: keys }, nowMs }: PaymentsResources): void => {
    addPaymentWebhooks(app, { keys, nowMs, take: createWebhookIntake(log, payments) });
  },
  handlers: {
    'payments.process': transactional([InventoryReserved], (payment, _event, context) => send(begin(payment), context)),
    'payments.charge': effect([PaymentInitiated], {
      idempotency: 'The provider takes one charge per key, and the id of the payment is the key.',
      run: charge,
      afterKey: chargeLate,
      settle: (payment, answer, _event, context, { askAfterMs }) => send(settleCharge(payment, answer, askAfterMs), context),
      concurrency: CONCURRENT_CALLS,
      retry: UNTIL_THE_KEY_EXPIRES,
    }),
    'payments.ask': effect([PaymentOverdue], {
      idempotency: 'It only reads.',
      run: find,
      afterKey: find,
      settle: (payment, found, _event, context, { askAfterMs }) => send(settleFound(payment, found, askAfterMs), context),
      retry: UNTIL_THE_KEY_EXPIRES,
    }),
    'payments.withdraw': transactional([OrderCancelRequested], (payment, _event, context, { askAfterMs }) => send(cancel(payment, askAfterMs), context)),
    'payments.owe': transactional([OrderFulfilled, OrderUnfulfilled, OrderTakenBack, OrderRefundRequested], (payment, event, context) => send(oweFor(payment, event), context)),
    'payments.refund': effect([PaymentRefundInitiated], {
      idempotency: 'The provider gives back once per key, and the id of the refund is the key.',
      run: refund,
      afterKey: refundLate,
      settle: (payment, _given, { data: { refundId } }, context) => send(settleRefund(payment, refundId), context),
      // Refunds of one order do not wait for each other: each has its own key. One that is refused is a dead letter for a person.
      ordered: false,
      concurrency: CONCURRENT_CALLS,
      retry: UNTIL_THE_KEY_EXPIRES,
    }),
  },
  timers: { [UNANSWERED_TIMER]: timer((payment, _timer, context, { askAfterMs }) => send(overdue(payment, askAfterMs), context)) },
});
