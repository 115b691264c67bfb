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
import { defineExtension } from '@commerce/signals/extension';
import { handlersOf } from '@commerce/signals/handler';
import type { Pool } from 'pg';
import type { Offered } from '../../offered.ts';
import { charge, chargeLate, find, refund, refundLate } from './asking.ts';
import type { Asking } from './asking.ts';
import { begin, cancel, overdue, settleCharge, settleFound } from './charge.ts';
import { PAYMENTS_MIGRATION } from './migrations/0001-payments.ts';
import { UPDATES_MIGRATION } from './migrations/0002-updates.ts';
import { sendAll } from './kept.ts';
import { oweFor } from './owed.ts';
import { UNANSWERED_TIMER } from './payment.ts';
import type { Payment } from './payment.ts';
import { paymentsStore, readStanding } from './payments.pg.ts';
import type { PaymentMethod, PaymentProvider } from './provider.ts';
import { settleRefund } from './refunds.ts';
import { createStandardProvider } from './standard.http.ts';
import { PAYMENT_SIGNALS, PaymentOverdue, PaymentRefundInitiated } from './signals.ts';
import { createUpdateIntake } from './webhooks.pg.ts';
import type { UpdateIntake } from './webhooks.pg.ts';

export interface PaymentsResources {
  readonly log: EventLog;
  readonly pool: Pool;
  readonly payments: {
    readonly provider: PaymentProvider;
    /** For orders that name no method; null when they are refused. */
    readonly defaultMethod: PaymentMethod | null;
    /** Time from an undecided answer to the first question, in ms; it doubles with every further one, up to ten minutes. */
    readonly askAfterMs: number;
    /** Takes what providers tell. */
    readonly updates: UpdateIntake;
  };
  /** Unix milliseconds. */
  readonly nowMs: () => number;
}

interface Own extends Asking {
  readonly askAfterMs: number;
  readonly updates: UpdateIntake;
}

/** Between two looks for updates that have waited in vain. */
const KEPT_EVERY_MS = 3_600_000;

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
  paymentsAskAfterMs: duration('PAYMENTS_ASK_AFTER_MS', {
    meaning: 'Time until a provider that decides later is asked; doubles with each question, up to ten minutes.', default: 30_000, minimum: 100,
  }),
  paymentsDefaultToken: text('PAYMENTS_DEFAULT_TOKEN', {
    meaning: 'Card of orders that name no way to pay, as the provider knows it. Without it they are refused.', optional: true,
    productionCheck: (token) => (STAND_IN_CARD.test(token) ? 'must not be a card of the payment stand-in in production' : undefined),
  }),
};

type PaymentsOffered = Pick<Offered<ConfigOf<ConfigDeclaration<typeof CONFIGURATION>>>, 'config' | 'log' | 'nowMs' | 'onStop'>;

const { transactional, effect, timer } = handlersOf<Payment, Own>();

export const payments = defineExtension({
  name: 'payments',
  description: 'Takes the money of an order once it has its stock, and gives back what is not delivered.',
  source: 'payment-service',
  needs: ['orders', 'inventory'],
  configuration: CONFIGURATION,
  signals: PAYMENT_SIGNALS,
  store: paymentsStore,
  migrations: [PAYMENTS_MIGRATION, UPDATES_MIGRATION],
  tables: ['payments', 'payment_webhooks'],
  provide: ({ config, log, nowMs, onStop }: PaymentsOffered): PaymentsResources['payments'] => {
    const { paymentsUrl: url, paymentsApiKey: apiKey, paymentsTimeoutMs: timeoutMs } = config;
    const provider = createStandardProvider({ url, apiKey, timeoutMs, nowMs, connections: CONCURRENT_CALLS });
    onStop(() => provider.close());
    return {
      provider,
      defaultMethod: config.paymentsDefaultToken === undefined ? null : { type: 'card', token: config.paymentsDefaultToken },
      askAfterMs: config.paymentsAskAfterMs,
      updates: createUpdateIntake(log, payments),
    };
  },
  open: ({ pool, payments: { provider, defaultMethod, askAfterMs, updates } }: PaymentsResources): Own => ({
    provider, defaultMethod, askAfterMs, updates, standingOf: (orderId) => readStanding(pool, orderId),
  }),
  handlers: {
    'payments.process': transactional([InventoryReserved], (payment, _event, context) => sendAll(begin(payment), context)),
    'payments.charge': effect([PaymentInitiated], {
      idempotency: 'The provider takes one charge per key, and the id of the payment is the key.',
      run: charge,
      afterKey: chargeLate,
      settle: (payment, answer, _event, context, { askAfterMs }) => sendAll(settleCharge(payment, answer, askAfterMs), context),
      concurrency: CONCURRENT_CALLS,
      retry: UNTIL_THE_KEY_EXPIRES,
    }),
    'payments.ask': effect([PaymentOverdue], {
      idempotency: 'It only reads.',
      run: find,
      afterKey: find,
      settle: (payment, found, _event, context, { askAfterMs }) => sendAll(settleFound(payment, found, askAfterMs), context),
      retry: UNTIL_THE_KEY_EXPIRES,
    }),
    'payments.withdraw': transactional([OrderCancelRequested], (payment, _event, context, { askAfterMs }) => sendAll(cancel(payment, askAfterMs), context)),
    'payments.owe': transactional([OrderFulfilled, OrderUnfulfilled, OrderTakenBack, OrderRefundRequested], (payment, event, context) => sendAll(oweFor(payment, event), context)),
    'payments.refund': effect([PaymentRefundInitiated], {
      idempotency: 'The provider gives back once per key, and the id of the refund is the key.',
      run: refund,
      afterKey: refundLate,
      settle: (payment, _given, { data: { refundId } }, context) => sendAll(settleRefund(payment, refundId), context),
      // Refunds of one order do not wait for each other: each has its own key. One that is refused is a dead letter for a person.
      ordered: false,
      concurrency: CONCURRENT_CALLS,
      retry: UNTIL_THE_KEY_EXPIRES,
    }),
  },
  jobs: [{ name: 'payments.kept', everyMs: () => KEPT_EVERY_MS, run: ({ updates }: Own): Promise<boolean> => updates.giveUp() }],
  timers: { [UNANSWERED_TIMER]: timer((payment, _timer, context, { askAfterMs }) => sendAll(overdue(payment, askAfterMs), context)) },
});
