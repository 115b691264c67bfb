/**
 * What a history of an order may look like, judged event by event. Pure.
 */

/** What must stand in an order's history before an event. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  InventoryReserved: ['OrderCreated'], InventoryReservationFailed: ['OrderCreated'], InventoryReleased: ['OrderCreated'],
  PaymentInitiated: ['InventoryReserved'], PaymentProcessed: ['PaymentInitiated'], PaymentFailed: ['InventoryReserved'],
  PaymentRefundInitiated: ['PaymentProcessed'], PaymentRefunded: ['PaymentProcessed'], PaymentDuplicateRefunded: ['PaymentDuplicated'], OrderConfirmed: ['PaymentProcessed'],
  FulfillmentRequested: ['PaymentProcessed'], FulfillmentRefused: ['PaymentProcessed'],
  ShippingCreated: ['FulfillmentRequested', 'FulfillmentCompleted'], OrderShipped: ['ShippingCreated'], OrderCompleted: ['OrderShipped'],
  OrderCancelRefused: ['OrderCancelRequested', 'FulfillmentCompleted'], OrderRefunded: ['PaymentRefunded', 'FulfillmentCompleted'],
};

/** Of each of these an order has one at most; of those in one row, one of them. */
const ONCE: readonly (readonly string[])[] = [
  ['OrderCreated'], ['InventoryReserved', 'InventoryReservationFailed'], ['PaymentInitiated'], ['PaymentProcessed'], ['PaymentFailed'], ['OrderConfirmed'], ['ShippingCreated'],
  ['OrderShipped', 'OrderCancelled'], ['OrderCompleted'], ['OrderCancelRefused', 'OrderCancelled'], ['OrderRefunded', 'OrderCancelled'], ['FulfillmentUnwanted'],
];

/** What is wrong with the last of these types, all of one order. */
export function faultsOfLast(types: readonly string[]): string[] {
  const earlier = types.slice(0, -1);
  const type = types.at(-1) ?? '';
  const missing = (NEEDS[type] ?? []).filter((needed) => !earlier.includes(needed));
  const before = ONCE.filter((row) => row.includes(type)).flatMap((row) => earlier.filter((one) => row.includes(one)));
  return [...(missing.length > 0 ? [`${type} without ${missing.join(' and ')}`] : []), ...(before.length > 0 ? [`${type} after ${before.join(', ')}`] : [])];
}
