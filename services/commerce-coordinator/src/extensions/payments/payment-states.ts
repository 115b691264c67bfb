/**
 * The states of an order's payment, as data, checked at start. `unasked` is an order whose money nobody asked for yet.
 */
import type { StateTable } from '@commerce/service-kit/state-table';

export type PaymentStatus = 'unasked' | 'unwanted' | 'initiated' | 'withdrawing' | 'withdrawn' | 'processed' | 'partly_refunded' | 'refunded' | 'failed';

/** What moves a payment. `withhold`: it is certain, as far as the provider knows, that nothing was taken for an order that is cancelled. */
export type PaymentInput = 'begin' | 'cancel' | 'withhold' | 'succeed' | 'fail' | 'refund_part' | 'refund_all';

export const PAYMENT_STATES: StateTable<PaymentStatus, PaymentInput> = {
  name: 'payment',
  initial: 'unasked',
  states: {
    unasked: { terminal: false, meaning: 'The order has no stock yet, so no money is asked for.' },
    unwanted: { terminal: false, meaning: 'The order asked to be cancelled before it had stock: should it get some, no money is asked for.' },
    initiated: { terminal: false, meaning: 'The provider is asked, or was asked and decides later.' },
    withdrawing: { terminal: false, meaning: 'The order asked to be cancelled while the provider decides: a success is refunded.' },
    withdrawn: { terminal: false, meaning: 'Nothing was taken for a cancelled order; a success that comes late is refunded.' },
    processed: { terminal: false, meaning: 'The money was taken.' },
    partly_refunded: { terminal: false, meaning: 'A part of the money was given back.' },
    refunded: { terminal: true, meaning: 'All of the money was given back.' },
    failed: { terminal: false, meaning: 'The provider refused for good: nothing was taken. What it takes all the same is given back.' },
  },
  transitions: [
    { from: 'unasked', on: 'begin', to: 'initiated' },
    { from: 'unasked', on: 'cancel', to: 'unwanted' },
    { from: 'unasked', on: 'withhold', to: 'withdrawn' },
    { from: 'unwanted', on: 'withhold', to: 'withdrawn' },
    { from: 'initiated', on: 'succeed', to: 'processed' },
    { from: 'initiated', on: 'fail', to: 'failed' },
    { from: 'initiated', on: 'cancel', to: 'withdrawing' },
    { from: 'initiated', on: 'withhold', to: 'withdrawn' },
    { from: 'withdrawing', on: 'succeed', to: 'processed' },
    { from: 'withdrawing', on: 'fail', to: 'failed' },
    { from: 'withdrawing', on: 'withhold', to: 'withdrawn' },
    { from: 'withdrawn', on: 'succeed', to: 'processed' },
    { from: 'failed', on: 'succeed', to: 'processed' },
    { from: 'processed', on: 'refund_part', to: 'partly_refunded' },
    { from: 'processed', on: 'refund_all', to: 'refunded' },
    { from: 'partly_refunded', on: 'refund_part', to: 'partly_refunded' },
    { from: 'partly_refunded', on: 'refund_all', to: 'refunded' },
  ],
};
