/**
 * From a cart to its order: begun (the items are fixed), then placed or refused. Pure.
 *
 * Promise: a cart becomes one order. A checkout that was begun is finished, by the request or, when that died, by its timer:
 * the intake knows the key and places one order under it, however often it is asked.
 */
import type { Outcome } from '@commerce/event-log/extension';
import { apply, stale } from '@commerce/signals/handler';
import type { SendContext } from '@commerce/signals/signal';
import type { SeenVersion } from '../../commands.ts';
import { refuseOtherVersion } from '../../commands.ts';
import { digestOf, machine, QUIET_TIMER, quietTimer } from './cart.ts';
import type { Cart, KnownProduct, RequestKey } from './cart.ts';
import type { CheckoutForm } from './forms.ts';
import { CartRefused } from './problems.ts';
import { cartCheckedOut, cartCheckoutOverdue } from './signals.ts';

/** A checkout that was begun. */
export interface Checkout extends RequestKey {
  /** Digest of what was asked for. */
  readonly asked: string;
  /** Null once the order has it: addresses and ways to pay are kept in one place only. */
  readonly form: CheckoutForm | null;
}

/** The body of POST /orders. */
export interface CartOrderForm extends CheckoutForm {
  customerId: string;
  currency: string;
  lines: { sku: string; name?: string; quantity: number; unitPrice: string }[];
}

/** What the intake answers. */
export interface PlacedOrder {
  readonly orderId: string;
  readonly orderNumber: number;
  readonly customerId: string;
  readonly status: 'created';
  readonly currency: string;
  readonly total: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

export const CHECKOUT_TIMER = 'checkout';
/** A request has given up by then. */
export const FINISH_AFTER_MS = 30_000;

export interface BeginCheckout {
  readonly key: RequestKey;
  readonly form: CheckoutForm;
  readonly seen: SeenVersion;
  /** What the catalogue says of the items, by sku. */
  readonly products: ReadonlyMap<string, KnownProduct>;
}

/** Fixes the items. The same request again leaves the cart as it is: being checked out, or an order. Throws `CartRefused`, `VersionDiffers`. */
export function begin(cart: Cart | undefined, { key: { clientId, idempotencyKey }, form, seen, products }: BeginCheckout): Outcome<Cart> {
  if (cart === undefined) throw new CartRefused('cart_not_found');
  const checkout: Checkout = { clientId, idempotencyKey, form, asked: digestOf(form) };
  const step = machine.step(cart.status, 'check_out');
  if (step.kind !== 'move') return again(cart, checkout);
  refuseOtherVersion(seen, cart.version);
  if (cart.items.length === 0) throw new CartRefused('cart_empty');
  const ended = cart.items.filter(({ sku }) => products.get(sku)?.status === 'discontinued');
  if (ended.length > 0) throw new CartRefused('cart_product_discontinued', `Not sold any more: ${ended.map(({ sku }) => sku).join(', ').slice(0, 1_000)}.`);
  return apply({ ...cart, status: step.to, version: cart.version + 1, checkout }, [{ name: QUIET_TIMER, dueInMs: null }, { name: CHECKOUT_TIMER, dueInMs: FINISH_AFTER_MS }]);
}

function again(cart: Cart, { clientId, idempotencyKey, asked }: Checkout): Outcome<Cart> {
  const earlier = cart.checkout;
  if (earlier === null || earlier.clientId !== clientId || earlier.idempotencyKey !== idempotencyKey) {
    throw new CartRefused(cart.status === 'checking_out' ? 'cart_checkout_under_way' : 'cart_checked_out');
  }
  if (earlier.asked !== asked) throw new CartRefused('idempotency_key_reused');
  return apply(cart);
}

/** The order that a cart being checked out asks for. */
export function orderFormOf({ customerId, currency, items, checkout }: Cart): CartOrderForm {
  return { ...checkout?.form, customerId, currency, lines: items.map((item) => ({ ...item })) };
}

/** The order is placed. */
export function placed(cart: Cart | undefined, order: PlacedOrder, context: SendContext): Outcome<Cart> {
  if (cart === undefined) return stale('unknown_cart');
  const step = machine.step(cart.status, 'placed');
  if (step.kind !== 'move') return cart.order?.orderId === order.orderId ? apply(cart) : stale(`already_${cart.status}`, { orderId: order.orderId });
  const { cartId, customerId } = cart;
  const checkout = cart.checkout === null ? null : { ...cart.checkout, form: null };
  const done = { ...cart, order, checkout, status: step.to, version: cart.version + 1, updatedAt: new Date(context.nowMs).toISOString() };
  cartCheckedOut.sendRobust({ cartId, customerId, orderId: order.orderId }, context, done.version);
  return apply(done, [{ name: QUIET_TIMER, dueInMs: null }, { name: CHECKOUT_TIMER, dueInMs: null }]);
}

/** The order was refused for good, nothing was placed: the cart is open again. */
export function withdraw(cart: Cart | undefined, quietMs: number): Outcome<Cart> {
  if (cart === undefined) return stale('unknown_cart');
  const step = machine.step(cart.status, 'refused');
  if (step.kind !== 'move') return apply(cart);
  return apply({ ...cart, status: step.to, version: cart.version + 1, checkout: null }, [quietTimer(cart.items, quietMs), { name: CHECKOUT_TIMER, dueInMs: null }]);
}

/** The request that began the checkout has not finished it. */
export function finish(cart: Cart | undefined, context: SendContext): Outcome<Cart> {
  if (cart === undefined) return stale('unknown_cart');
  if (cart.status !== 'checking_out') return stale(`already_${cart.status}`);
  const overdue = { ...cart, version: cart.version + 1 };
  cartCheckoutOverdue.sendRobust({ cartId: cart.cartId, customerId: cart.customerId }, context, overdue.version);
  return apply(overdue);
}
