/** What stands in the timeline of an order that goes well, whatever carries its events: for every suite that has a pair. */
import { eventually } from './eventually.ts';
import type { Pair } from './pair.ts';

/** Type and origin of each event of an order of one line that is fulfilled at once; in no order, for some come side by side. */
export const ONE_ORDER: readonly string[] = [
  'FulfillmentCompleted foreign', 'FulfillmentRequested own', 'InventoryReserved own', 'NotificationFailed own', 'OrderCheckoutInitiated own', 'OrderCompleted own',
  'OrderConfirmed own', 'OrderCreated own', 'OrderFulfilled own', 'OrderShipped own', 'OrderUpdated own', 'OrderUpdated own', 'PaymentInitiated own', 'PaymentProcessed own', 'ShippingCreated own',
];

/** The same of this order, once its customer was told, which is the last of it. */
export async function timelineOf(pair: Pair, orderId: string): Promise<string[]> {
  await eventually('the message to the customer', async () => ((await pair.timeline(orderId)).some(({ eventType }) => eventType.startsWith('Notification')) ? true : undefined));
  return (await pair.timeline(orderId)).map(({ eventType, origin }) => `${eventType} ${origin}`).toSorted();
}
