/**
 * The states of an order and what moves it: the whole life of an order as data, checked at start.
 */
import type { StateTable } from '@commerce/service-kit/state-table';

export const ORDER_STATUSES = ['created', 'fulfilling', 'fulfilled', 'completed', 'cancelled'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** Events that move an order. */
export type OrderSignal = 'FulfillmentRequested' | 'FulfillmentRefused' | 'FulfillmentCompleted' | 'FulfillmentFailed' | 'FulfillmentCancelled' | 'ShippingCreated';

export const ORDER_STATES: StateTable<OrderStatus, OrderSignal> = {
  name: 'order',
  initial: 'created',
  states: {
    created: { terminal: false, meaning: 'Accepted; fulfillment is being requested.' },
    fulfilling: { terminal: false, meaning: 'The fulfilling side has the order.' },
    fulfilled: { terminal: false, meaning: 'Every line has its outcome and at least one was fulfilled.' },
    completed: { terminal: true, meaning: 'Everything that the order promised is done.' },
    cancelled: { terminal: true, meaning: 'Ended without being fulfilled; the reason says why.' },
  },
  transitions: [
    { from: 'created', on: 'FulfillmentRequested', to: 'fulfilling' },
    { from: 'created', on: 'FulfillmentRefused', to: 'cancelled' },
    // A request that was lost is made again, and may be refused then.
    { from: 'fulfilling', on: 'FulfillmentRequested', to: 'fulfilling' },
    { from: 'fulfilling', on: 'FulfillmentRefused', to: 'cancelled' },
    { from: 'fulfilling', on: 'FulfillmentCompleted', to: 'fulfilled' },
    { from: 'fulfilling', on: 'FulfillmentFailed', to: 'cancelled' },
    { from: 'fulfilling', on: 'FulfillmentCancelled', to: 'cancelled' },
    { from: 'fulfilled', on: 'ShippingCreated', to: 'completed' },
  ],
};
