/** What the routes of shipping may be answered beside the problems that every route shares. */
import { defineProblems } from '@commerce/service-kit/problems';

export const shippingProblems = defineProblems({
  shipment_not_found: {
    status: 404,
    title: 'The order has no shipment',
    help: 'An order ships once it is fulfilled: read its status. One that ended without being fulfilled never ships.',
  },
  parcel_not_found: {
    status: 404,
    title: 'The shipment has no such parcel',
    help: 'Read the shipment: a parcel is known by its carrier and its tracking number, both exactly as they stand there.',
  },
});

/** What is told of a shipment is refused; nothing was changed. */
export class ShippingRefused extends Error {
  override readonly name = 'ShippingRefused';
  readonly code: keyof typeof shippingProblems;
  constructor(code: keyof typeof shippingProblems) {
    super(shippingProblems[code].title);
    this.code = code;
  }
}
