/**
 * The steps whose time is measured, as data: from the first event of one type to the first of another one of the same subject. A
 * step is measured once for a subject, when the second of the two is heard, whichever that is.
 */
export interface Step {
  /** `accepted_to_paid`. Never the name of a type. */
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

export const STEPS: readonly Step[] = [
  { name: 'accepted_to_reserved', from: 'OrderCreated', to: 'InventoryReserved' },
  { name: 'accepted_to_paid', from: 'OrderCreated', to: 'PaymentProcessed' },
  { name: 'paid_to_fulfilled', from: 'PaymentProcessed', to: 'OrderFulfilled' },
  { name: 'fulfilled_to_completed', from: 'OrderFulfilled', to: 'OrderCompleted' },
  { name: 'accepted_to_completed', from: 'OrderCreated', to: 'OrderCompleted' },
  { name: 'accepted_to_cancelled', from: 'OrderCreated', to: 'OrderCancelled' },
  { name: 'refund_asked_to_refunded', from: 'OrderRefundRequested', to: 'OrderRefunded' },
];
