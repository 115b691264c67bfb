/** What shipping tells. */
import { ShippingCreated, ShippingDelivered, ShippingDispatched } from '@commerce/events/entries';
import { defineSignal, sendingOf } from '@commerce/signals/signal';

const told = { unheard: 'It is told to whoever watches; the order is shipped with ShippingCreated.' };

export const SHIPPING_SIGNALS = [
  defineSignal(ShippingCreated),
  defineSignal(ShippingDispatched, told), defineSignal(ShippingDelivered, told),
];

/** Sends what a decision of this extension says. */
export const send = sendingOf(SHIPPING_SIGNALS);
