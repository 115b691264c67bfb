/**
 * What carts tell, and the one entry of the catalogue that nobody but this extension needs: that a checkout was begun whose
 * order is not known to be placed.
 */
import { defineEvent } from '@commerce/events/catalogue';
import { CartAbandoned, CartCheckedOut, CartCreated, CartItemAdded, CartUpdated } from '@commerce/events/entries/carts';
import { defineSignal } from '@commerce/signals/signal';
import { z } from 'zod';

const id = z.string().min(1).max(200);

export const CartCheckoutOverdue = defineEvent({
  type: 'CartCheckoutOverdue', constant: 'CART_CHECKOUT_OVERDUE', webhook: 'cart.checkout_overdue', topic: 'order-events',
  description: 'A checkout was begun and has not come to its end; it is finished under its own key.',
  versions: { v1: z.strictObject({ cartId: id, customerId: id }) },
  subject: (data) => data.cartId,
  example: { cartId: '0193a6a0-8000-7abc-9def-0123456789ab', customerId: 'VINET' },
});

/** For the service's catalogue, beside those of the events package. */
export const OWN_CART_ENTRIES = [CartCheckoutOverdue] as const;

export const cartCreated = defineSignal(CartCreated, { unheard: 'Nothing follows from an empty cart.' });
export const cartUpdated = defineSignal(CartUpdated, { unheard: 'The quiet time is measured by the cart itself.' });
export const cartItemAdded = defineSignal(CartItemAdded, { unheard: 'What a cart has in it CartUpdated tells.' });
export const cartAbandoned = defineSignal(CartAbandoned);
export const cartCheckedOut = defineSignal(CartCheckedOut, { unheard: 'The order tells of itself.' });
export const cartCheckoutOverdue = defineSignal(CartCheckoutOverdue, { internal: true });

export const CART_SIGNALS = [cartCreated, cartUpdated, cartItemAdded, cartAbandoned, cartCheckedOut, cartCheckoutOverdue];
