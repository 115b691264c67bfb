/**
 * The map of the business flow: which handler hears which signal. Read this first.
 *
 * A handler that stands nowhere here is refused at start, and so is a name that no extension declares. The type below lets a
 * handler stand only under an event that it understands.
 *
 *   order placed → OrderCreated → fulfillment requested → FulfillmentRequested
 *     … the fulfilling side works, its outcome comes back over EventBridge and SQS …
 *   FulfillmentCompleted → order fulfilled, shipping created → ShippingCreated → order completed
 *   FulfillmentFailed, FulfillmentCancelled or FulfillmentRefused → order cancelled, nothing shipped
 *   FulfillmentCompleted for an order that had ended so → FulfillmentUnwanted → asked back → FulfillmentRevokeRequested
 *     … and FulfillmentRevoked tells what was taken back …
 *   what no event has told is found by comparing with the fulfilling side, and told then: FulfillmentHealed
 */
import type { FulfillmentHandlers } from './src/extensions/fulfillment/extension.ts';
import type { OrdersHandlers } from './src/extensions/orders/extension.ts';
import type { ShippingHandlers } from './src/extensions/shipping/extension.ts';

type Handlers = OrdersHandlers & FulfillmentHandlers & ShippingHandlers;
type Signal = Handlers[keyof Handlers];
type HearersOf<Type> = { [Name in keyof Handlers]: Type extends Handlers[Name] ? Name : never }[keyof Handlers];

/** Event type → handlers, called independently of each other. */
export const SIGNALS: { readonly [Type in Signal]: readonly HearersOf<Type>[] } = {
  OrderCreated: ['fulfillment.request'],

  FulfillmentRequested: ['orders.fulfilling', 'shipping.expect'],
  FulfillmentRefused: ['orders.cancel', 'shipping.forgo'],

  FulfillmentCompleted: ['orders.fulfill', 'fulfillment.settled', 'shipping.create'],
  FulfillmentFailed: ['orders.cancel', 'fulfillment.settled', 'shipping.forgo'],
  FulfillmentCancelled: ['orders.cancel', 'fulfillment.settled', 'shipping.forgo'],

  FulfillmentUnwanted: ['fulfillment.revoke'],
  FulfillmentRevoked: ['fulfillment.revoked'],

  ShippingCreated: ['orders.complete'],
};

/** Events that this service takes from outside: nobody else's, and nothing else, is accepted from the queue. */
export const FOREIGN_SIGNALS: readonly { readonly source: string; readonly type: Signal }[] = [
  { source: 'order-fulfillment', type: 'FulfillmentCompleted' },
  { source: 'order-fulfillment', type: 'FulfillmentFailed' },
  { source: 'order-fulfillment', type: 'FulfillmentCancelled' },
  { source: 'order-fulfillment', type: 'FulfillmentRevoked' },
];
