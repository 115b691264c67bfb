/** Who publishes which event, and under which `source`: the extensions of Commerce Coordinator, and Order Fulfillment. */

interface Speaker {
  /** The service that publishes it, on the bus of the same name. */
  readonly service: 'commerce-coordinator' | 'order-fulfillment';
  readonly types: readonly string[];
}

/** By `source`. */
export const SPEAKERS: Readonly<Record<string, Speaker>> = {
  'order-service': { service: 'commerce-coordinator', types: ['OrderCheckoutInitiated', 'OrderCreated', 'OrderCompleted', 'OrderCancelled'] },
  'fulfillment-service': {
    service: 'commerce-coordinator',
    types: ['FulfillmentRequested', 'FulfillmentRefused', 'FulfillmentHealed', 'FulfillmentRevokeRequested'],
  },
  'shipping-service': { service: 'commerce-coordinator', types: ['ShippingCreated'] },
  'order-fulfillment': {
    service: 'order-fulfillment',
    types: [
      'FulfillmentAccepted', 'FulfillmentLineSettled', 'FulfillmentCompleted', 'FulfillmentFailed',
      'FulfillmentHeld', 'FulfillmentReleased', 'FulfillmentCancelled', 'FulfillmentRevoked',
    ],
  },
};

/** Throws when nobody is known to publish this type. */
export function sourceOf(type: string): string {
  const found = Object.entries(SPEAKERS).find(([, { types }]) => types.includes(type));
  if (found === undefined) throw new Error(`Nobody is known to publish ${type}: add it to SPEAKERS in test/contract/speakers.ts.`);
  return found[0];
}

/** The service whose bus carries this type. */
export function serviceOf(type: string): Speaker['service'] {
  return (SPEAKERS[sourceOf(type)] as Speaker).service;
}
