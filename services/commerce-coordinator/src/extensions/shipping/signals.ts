/** What shipping tells. */
import { ShippingCreated, ShippingDelivered, ShippingDispatched } from '@commerce/events/entries';
import { defineSignal, sendingOf } from '@commerce/signals/signal';

export const SHIPPING_SIGNALS = [defineSignal(ShippingCreated), defineSignal(ShippingDispatched), defineSignal(ShippingDelivered)];

/** Sends what a decision of this extension says. */
export const send = sendingOf(SHIPPING_SIGNALS);
