/**
 * Payments: takes the money of an order once it has its stock, and gives back what is not delivered.
 */
import { OrderCancelRequested, OrderFulfilled, OrderRefundRequested, OrderTakenBack, OrderUnfulfilled } from '@commerce/events/entries';
import { InventoryReserved } from '@commerce/events/entries/inventory';
import { PaymentInitiated } from '@commerce/events/entries/payments';
import type { EventLog } from '@commerce/event-log/log';
import type { RetryPolicy } from '@commerce/event-log/extension';
import { choice, duration, text, url } from '@commerce/service-kit/config';
import type { ConfigDeclaration, ConfigOf } from '@commerce/service-kit/config';
import { unencrypted } from '@commerce/service-kit/service-variables';
import { defineExtension } from '@commerce/signals/extension';
import { apply, handlersOf, stale } from '@commerce/signals/handler';
import type { Pool } from 'pg';
import { noting } from '../../calls/call-notes.ts';
import type { CallNotes } from '../../calls/call-notes.ts';
import type { Offered } from '../../offered.ts';
import { charge, chargeLate, find, refund, refundDuplicate, refundDuplicateLate, refundLate, remitFailed } from './asking.ts';
import type { Asking } from './asking.ts';
import { begin, cancel, overdue, settleCharge, settleDuplicate, settleFound } from './charge.ts';
import { PAYMENTS_MIGRATION } from './migrations/0001-payments.ts';
import { UPDATES_MIGRATION } from './migrations/0002-updates.ts';
import { PROVIDERS_MIGRATION } from './migrations/0003-providers.ts';
import { sendAll } from './kept.ts';
import { oweFor } from './owed.ts';
import { UNANSWERED_TIMER } from './payment.ts';
import type { Payment } from './payment.ts';
import { paymentsStore, standingReader } from './payments.pg.ts';
import type { PaymentMethod, PaymentProviders } from './provider.ts';
import { openProviders } from './providers.http.ts';
import { holdRefund, settleRefund } from './refunds.ts';
import { PAYMENT_SIGNALS, PaymentDuplicated, PaymentOverdue, PaymentRefundFailed, PaymentRefundInitiated } from './signals.ts';
import { createUpdateIntake } from './webhooks.pg.ts';
import type { UpdateIntake } from './webhooks.pg.ts';

export interface PaymentsResources {
  readonly log: EventLog;
  readonly pool: Pool;
  readonly payments: {
    readonly providers: PaymentProviders;
    /** Of orders that name none. */
    readonly defaultProvider: string;
    /** For orders that name no method; null when they are refused. */
    readonly defaultMethod: PaymentMethod | null;
    /** Time from an undecided answer to the first question, in ms; it doubles with every further one, up to ten minutes. */
    readonly askAfterMs: number;
    /** Takes what providers tell. */
    readonly updates: UpdateIntake;
  };
  /** Unix milliseconds. */
  readonly nowMs: () => number;
  /** Where calls are noted. */
  readonly calls?: CallNotes | undefined;
}

interface Own extends Asking {
  readonly defaultProvider: string;
  readonly askAfterMs: number;
  readonly updates: UpdateIntake;
  readonly calls?: CallNotes | undefined;
}

/** Between two looks for updates that have waited in vain, or whose order is known by now. */
const KEPT_EVERY_MS = 60_000;

/** A payment waits as long as the provider remembers its key: the number of attempts does not end it before. */
const UNTIL_THE_KEY_EXPIRES: Partial<RetryPolicy> = { baseMs: 200, maxMs: 15_000, maxAttempts: 1_000_000 };
/** Calls to the provider at once. */
const CONCURRENT_CALLS = 64;

/** Stripe remembers a key for a day at least. */
const KEY_TTL_MS = 23 * 3_600_000;

/** A card of the payment stand-in. */
const STAND_IN_CARD = /^tok_4(242|000)\d{12}$/;

const PROVIDERS = ['standard', 'stripe'] as const;

const CONFIGURATION = {
  paymentsProvider: choice('PAYMENTS_PROVIDER', PROVIDERS, { meaning: 'The payment provider of orders that name none.', default: 'standard' }),
  paymentsUrl: url('PAYMENTS_URL', { meaning: 'The payment provider standard: the address of its API.', default: 'http://127.0.0.1:3004', productionCheck: unencrypted }),
  paymentsApiKey: text('PAYMENTS_API_KEY', { meaning: 'Bearer key of this service at the payment provider standard.', secret: true }),
  stripeUrl: url('STRIPE_URL', { meaning: 'The address of the API of Stripe.', default: 'https://api.stripe.com', productionCheck: unencrypted }),
  stripeApiKey: text('STRIPE_API_KEY', { meaning: 'Secret key of this service at Stripe. Without it Stripe is not asked for money, and gives none back.', secret: true, minimumLength: 16, optional: true }),
  paymentsTimeoutMs: duration('PAYMENTS_TIMEOUT_MS', { meaning: 'Time for one call to a payment provider.', default: 5_000, minimum: 100, maximum: 9_000 }),
  paymentsAskAfterMs: duration('PAYMENTS_ASK_AFTER_MS', {
    meaning: 'Time until a provider that decides later is asked; doubles with each question, up to ten minutes.', default: 30_000, minimum: 100,
  }),
  paymentsDefaultToken: text('PAYMENTS_DEFAULT_TOKEN', {
    meaning: 'Card of orders that name no way to pay, as the provider knows it. Without it they are refused.', optional: true,
    productionCheck: (token) => (STAND_IN_CARD.test(token) ? 'must not be a card of the payment stand-in in production' : undefined),
  }),
};

type PaymentsOffered = Pick<Offered<ConfigOf<ConfigDeclaration<typeof CONFIGURATION>>>, 'config' | 'log' | 'nowMs' | 'calls' | 'onStop'>;

const { transactional, effect, timer } = handlersOf<Payment, Own>();

export const payments = defineExtension({
  name: 'payments',
  description: 'Takes the money of an order once it has its stock, and gives back what is not delivered.',
  source: 'payment-service',
  needs: ['orders', 'inventory'],
  configuration: CONFIGURATION,
  signals: PAYMENT_SIGNALS,
  store: paymentsStore,
  migrations: [PAYMENTS_MIGRATION, UPDATES_MIGRATION, PROVIDERS_MIGRATION],
  tables: ['payments', 'payment_webhooks'],
  provide: ({ config, log, nowMs, calls, onStop }: PaymentsOffered): PaymentsResources['payments'] => {
    const { providers, close } = openProviders({ config, nowMs, connections: CONCURRENT_CALLS, calls });
    onStop(close);
    if (!providers.has(config.paymentsProvider)) throw new Error(`PAYMENTS_PROVIDER is ${config.paymentsProvider}, of which there is no key.`);
    return {
      providers,
      defaultProvider: config.paymentsProvider,
      defaultMethod: config.paymentsDefaultToken === undefined ? null : { type: 'card', token: config.paymentsDefaultToken },
      askAfterMs: config.paymentsAskAfterMs,
      updates: createUpdateIntake(log, payments),
    };
  },
  open: ({ pool, calls, payments: { providers, defaultProvider, defaultMethod, askAfterMs, updates } }: PaymentsResources): Own => ({
    providers, defaultProvider, defaultMethod, askAfterMs, updates, calls, standingOf: standingReader(pool),
  }),
  handlers: {
    'payments.process': transactional([InventoryReserved], (payment, _event, context, { defaultProvider }) => sendAll(begin(payment, defaultProvider), context)),
    'payments.charge': effect([PaymentInitiated], {
      idempotency: 'The provider takes one charge per key, and the id of the payment is the key.',
      run: noting('payments.charge', charge),
      afterKey: noting('payments.charge', chargeLate),
      settle: (payment, answer, { data: { provider } }, context, { askAfterMs }) => sendAll(settleCharge(payment, answer, askAfterMs, provider), context),
      keyTtlMs: KEY_TTL_MS,
      concurrency: CONCURRENT_CALLS,
      retry: UNTIL_THE_KEY_EXPIRES,
    }),
    'payments.ask': effect([PaymentOverdue], {
      idempotency: 'It reads, and calls off what nobody wants any more; what is called off stays so.',
      run: noting('payments.ask', find),
      afterKey: noting('payments.ask', find),
      settle: (payment, found, _event, context, { askAfterMs }) => sendAll(settleFound(payment, found, askAfterMs), context),
      retry: UNTIL_THE_KEY_EXPIRES,
    }),
    'payments.withdraw': transactional([OrderCancelRequested], (payment, _event, context, { askAfterMs }) => sendAll(cancel(payment, askAfterMs), context)),
    'payments.owe': transactional([OrderFulfilled, OrderUnfulfilled, OrderTakenBack, OrderRefundRequested], (payment, event, context) => sendAll(oweFor(payment, event), context)),
    'payments.refund': effect([PaymentRefundInitiated], {
      idempotency: 'The provider gives back once per key, and the id of the refund is the key.',
      run: noting('payments.refund', refund),
      afterKey: noting('payments.refund', refundLate),
      settle: (payment, answer, { data: { refundId } }, context) => sendAll(answer === 'held' ? holdRefund(payment, refundId) : settleRefund(payment, refundId), context),
      keyTtlMs: KEY_TTL_MS,
      // Refunds of one order do not wait for each other: each has its own key. One that is refused is a dead letter for a person.
      ordered: false,
      concurrency: CONCURRENT_CALLS,
      retry: UNTIL_THE_KEY_EXPIRES,
    }),
    'payments.refund_duplicate': effect([PaymentDuplicated], {
      idempotency: 'The provider gives back once per key, and the id of the duplicate is the key.',
      run: noting('payments.refund_duplicate', refundDuplicate),
      afterKey: noting('payments.refund_duplicate', refundDuplicateLate),
      settle: (payment, _given, { data: { refundId } }, context) => sendAll(settleDuplicate(payment, refundId), context),
      keyTtlMs: KEY_TTL_MS,
      ordered: false,
      concurrency: CONCURRENT_CALLS,
      retry: UNTIL_THE_KEY_EXPIRES,
    }),
    'payments.refund_failed': effect([PaymentRefundFailed], {
      idempotency: 'It asks nobody for anything: it looks whether the money was given anew, and is a dead letter for a person until then.',
      run: remitFailed,
      afterKey: remitFailed,
      settle: (payment, _done, _event, context) => sendAll(payment === undefined ? stale('unknown_order') : apply(payment), context),
      ordered: false,
    }),
  },
  jobs: [{
    name: 'payments.kept',
    everyMs: () => KEPT_EVERY_MS,
    run: async ({ updates }: Own): Promise<boolean> => {
      const left = [await updates.place(), await updates.endWaits(), await updates.giveUp()];
      return left.includes(true);
    },
  }],
  timers: { [UNANSWERED_TIMER]: timer((payment, _timer, context, { askAfterMs }) => sendAll(overdue(payment, askAfterMs), context)) },
});
