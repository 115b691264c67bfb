/** What shipping tells. */
import { ShippingCreated } from '@commerce/events/entries';
import { defineSignal, sendingOf } from '@commerce/signals/signal';

export const SHIPPING_SIGNALS = [defineSignal(ShippingCreated)];

/** Sends what a decision of this extension says. */
export const send = sendingOf(SHIPPING_SIGNALS);
