/**
 * What a request to place an order is, by what is kept under its key. Pure.
 *
 * Promise: one key is one order. The same body gets the first answer again, whatever became of the order meanwhile; another body is
 * refused. Refuses: nothing by itself; who asks says what follows.
 */
import { canonicalJson, sha256 } from '@commerce/events/canonical';
import type { OrderForm } from './order-form.ts';
import type { PlacedOrderView } from './order-views.ts';

/** The first request of a client under a key: the SHA-256 of what was sent, and what was answered. */
export interface FirstPlacement {
  readonly requestHash: Buffer;
  readonly order: PlacedOrderView;
}

/** `new`: nothing is kept under the key. `replayed`: the first answer again. `key_reused`: the key is that of another body. */
export type Repeat = { readonly kind: 'new' } | { readonly kind: 'replayed'; readonly order: PlacedOrderView } | { readonly kind: 'key_reused' };

/** SHA-256 of what was sent: the same in whatever order its members stand. */
export function requestHashOf(form: OrderForm): Buffer {
  return sha256(canonicalJson(form));
}

/** `first`: what is kept under the key of this request; undefined where nothing is. */
export function repeatOf(first: FirstPlacement | undefined, requestHash: Buffer): Repeat {
  if (first === undefined) return { kind: 'new' };
  return first.requestHash.equals(requestHash) ? { kind: 'replayed', order: first.order } : { kind: 'key_reused' };
}
