/**
 * The states of an order and what moves it: the whole life of an order as data, checked at start. `on_hold` is no state of the
 * table: it lies over the state in which the order was raised for a person, and goes with the next move.
 */
import type { StateTable } from '@commerce/service-kit/state-table';

const MOVING_STATUSES = ['created', 'reserved', 'paid', 'fulfilling', 'fulfilled', 'shipped', 'completed', 'cancel_pending', 'refund_pending', 'cancelled', 'refunded'] as const;
/** The states of the table. */
export type MovingStatus = (typeof MOVING_STATUSES)[number];

export const ORDER_STATUSES = [...MOVING_STATUSES, 'on_hold'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** Statuses in which nothing is waited for; a refund opens a completed order again. */
export const CLOSED_STATUSES: readonly OrderStatus[] = ['completed', 'cancelled', 'refunded'];

/**
 * What moves an order: signals, what a person asks (`cancel`, `refund`), and what follows from all that is known of it:
 * `undone` (nothing that was done for it is left), `revoked` (everything that was delivered was taken back), `returned` (all of
 * its money was given back).
 */
export type OrderInput =
  | 'InventoryReserved' | 'InventoryReservationFailed' | 'PaymentProcessed' | 'PaymentFailed'
  | 'FulfillmentRequested' | 'FulfillmentRefused' | 'FulfillmentCompleted' | 'FulfillmentFailed' | 'FulfillmentCancelled'
  | 'ShippingCreated' | 'OrderShipped'
  | 'cancel' | 'refund' | 'undone' | 'revoked' | 'returned';

export const ORDER_STATES: StateTable<MovingStatus, OrderInput> = {
  name: 'order',
  initial: 'created',
  states: {
    created: { terminal: false, meaning: 'Accepted; its stock is being set aside.' },
    reserved: { terminal: false, meaning: 'Stock is set aside for every line; it is being paid.' },
    paid: { terminal: false, meaning: 'The money was taken; fulfillment is being requested.' },
    fulfilling: { terminal: false, meaning: 'The fulfilling side has the order.' },
    fulfilled: { terminal: false, meaning: 'Every line has its outcome and at least one was fulfilled.' },
    shipped: { terminal: false, meaning: 'What was fulfilled is on its way.' },
    completed: { terminal: false, meaning: 'Everything that the order promised is done.' },
    cancel_pending: { terminal: false, meaning: 'It is to end: what was done for it is being undone.' },
    refund_pending: { terminal: false, meaning: 'It is taken back: its money is being given back.' },
    cancelled: { terminal: true, meaning: 'Ended without being fulfilled; the reason says why.' },
    refunded: { terminal: true, meaning: 'It was taken back after it had been fulfilled, and all of its money was given back.' },
  },
  transitions: [
    { from: 'created', on: 'InventoryReserved', to: 'reserved' },
    { from: 'created', on: 'InventoryReservationFailed', to: 'cancelled' },
    { from: 'created', on: 'cancel', to: 'cancel_pending' },
    { from: 'reserved', on: 'PaymentProcessed', to: 'paid' },
    { from: 'reserved', on: 'PaymentFailed', to: 'cancel_pending' },
    { from: 'reserved', on: 'cancel', to: 'cancel_pending' },
    { from: 'paid', on: 'FulfillmentRequested', to: 'fulfilling' },
    { from: 'paid', on: 'FulfillmentRefused', to: 'cancel_pending' },
    { from: 'paid', on: 'cancel', to: 'cancel_pending' },
    // A request that was lost is made again, and may be refused then.
    { from: 'fulfilling', on: 'FulfillmentRequested', to: 'fulfilling' },
    { from: 'fulfilling', on: 'FulfillmentRefused', to: 'cancel_pending' },
    { from: 'fulfilling', on: 'FulfillmentCompleted', to: 'fulfilled' },
    { from: 'fulfilling', on: 'FulfillmentFailed', to: 'cancel_pending' },
    { from: 'fulfilling', on: 'FulfillmentCancelled', to: 'cancel_pending' },
    { from: 'fulfilling', on: 'cancel', to: 'cancel_pending' },
    { from: 'fulfilled', on: 'ShippingCreated', to: 'shipped' },
    { from: 'shipped', on: 'OrderShipped', to: 'completed' },
    // The cancel came too late: what was delivered stays delivered.
    { from: 'cancel_pending', on: 'FulfillmentCompleted', to: 'fulfilled' },
    { from: 'cancel_pending', on: 'undone', to: 'cancelled' },
    ...(['fulfilled', 'shipped', 'completed'] as const).flatMap((from) => [
      { from, on: 'refund' as const, to: 'refund_pending' as const },
      { from, on: 'revoked' as const, to: 'refund_pending' as const },
      { from, on: 'returned' as const, to: 'refunded' as const },
    ]),
    { from: 'refund_pending', on: 'returned', to: 'refunded' },
  ],
};
