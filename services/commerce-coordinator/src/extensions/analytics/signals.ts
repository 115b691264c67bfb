/** What analytics tells. */
import { EarlyRefundRequested, OrderStuck, RepeatedPaymentFailure } from '@commerce/events/entries/analytics';
import { defineSignal } from '@commerce/signals/signal';

const told = { unheard: 'It is told to whoever watches; nothing follows from it here.' };

export const orderStuck = defineSignal(OrderStuck, told);
export const repeatedPaymentFailure = defineSignal(RepeatedPaymentFailure, told);
export const earlyRefundRequested = defineSignal(EarlyRefundRequested, told);

export const ANALYTICS_SIGNALS = [orderStuck, repeatedPaymentFailure, earlyRefundRequested];
