/** Who hears what at Order Fulfillment. Made from services/order-fulfillment/signals.config.ts by `pnpm write-docs`; not edited. */
export const FULFILLING_READERS: Readonly<Record<string, readonly { readonly handler: string; readonly kind: string }[]>> = {
  FulfillmentAccepted: [{ handler: 'fulfillments.start', kind: 'transactional' }, { handler: 'fulfillments.ask', kind: 'effect' }],
  FulfillmentReleased: [{ handler: 'fulfillments.start', kind: 'transactional' }],
  FulfillmentCheckDue: [{ handler: 'fulfillments.ask', kind: 'effect' }],
};

/** What neither service hears, though Order Fulfillment tells it, with why. */
export const FULFILLING_UNHEARD: Readonly<Record<string, string>> = {
  FulfillmentHeld: 'For clients that show it; what is held begins with FulfillmentReleased.',
  FulfillmentLineSettled: 'For clients that follow single lines; what an order needs stands in the outcome of the whole.',
};
