/**
 * A cart: filled, changed, left alone. Pure.
 *
 * Promise: every change sets the quiet time anew; a cart that is empty, being checked out or an order has none, so it is never
 * abandoned. The same addition under one key is one addition.
 */
import type { Outcome, TimerChange } from '@commerce/event-log/extension';
import { canonicalJson, sha256 } from '@commerce/events/canonical';
import { createMachine } from '@commerce/service-kit/state-table';
import { apply, stale } from '@commerce/signals/handler';
import type { SendContext } from '@commerce/signals/signal';
import type { SeenVersion } from '../../commands.ts';
import { refuseOtherVersion } from '../../commands.ts';
import { formatMoney, lineTotal, MAX_TOTAL_MINOR, minorUnits } from '../../money.ts';
import { CART_STATES } from './cart-states.ts';
import type { CartInput, CartStatus } from './cart-states.ts';
import type { Checkout, PlacedOrder } from './checkout.ts';
import type { CartForm, ItemForm } from './forms.ts';
import { CartRefused } from './problems.ts';
import { cartAbandoned, cartCreated, cartItemAdded, cartUpdated } from './signals.ts';

export interface CartItem {
  readonly sku: string;
  readonly name?: string;
  readonly quantity: number;
  /** Decimal string with two places. */
  readonly unitPrice: string;
}

/** Addition that was made under a key. Both are digests. */
export interface Addition {
  readonly key: string;
  readonly form: string;
}

export interface Cart {
  readonly cartId: string;
  readonly customerId: string;
  readonly currency: string;
  readonly status: CartStatus;
  /** 1 when created, one more with every change. */
  readonly version: number;
  readonly items: readonly CartItem[];
  /** The last ones, oldest first. */
  readonly additions: readonly Addition[];
  /** From its beginning on; null again when the order was refused. */
  readonly checkout: Checkout | null;
  readonly order: PlacedOrder | null;
  /** ISO 8601, as `updatedAt`. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What the catalogue says of a product. */
export interface KnownProduct {
  readonly status: 'active' | 'discontinued';
  readonly name: string;
  readonly unitPrice: string;
  readonly currency: string;
}

/** Who repeats what: the client with its Idempotency-Key. */
export interface RequestKey {
  readonly clientId: string;
  readonly idempotencyKey: string;
}

export const QUIET_TIMER = 'quiet';
/** Additions under a key that a cart remembers. */
export const REMEMBERED_ADDITIONS = 100;
const MAX_ITEMS = 500;
const MAX_QUANTITY = 1_000_000;

export const machine = createMachine<CartStatus, CartInput>(CART_STATES);

/** The same request again leaves the cart as it is now. Throws `CartRefused`. */
export function create(cart: Cart | undefined, cartId: string, form: CartForm, context: SendContext): Outcome<Cart> {
  if (cart !== undefined) {
    if (cart.customerId !== form.customerId || cart.currency !== form.currency) throw new CartRefused('idempotency_key_reused');
    return apply(cart);
  }
  const at = new Date(context.nowMs).toISOString();
  cartCreated.sendRobust({ cartId, ...form }, context, 1);
  return apply({ cartId, ...form, status: 'open', version: 1, items: [], additions: [], checkout: null, order: null, createdAt: at, updatedAt: at });
}

export interface AddItem {
  readonly form: ItemForm;
  /** Undefined when the catalogue does not have it. */
  readonly product: KnownProduct | undefined;
  readonly key: RequestKey;
  readonly quietMs: number;
}

/** Adds to what the cart has of a product; its price is the present one. Throws `CartRefused`. */
export function addItem(cart: Cart | undefined, { form, product, key, quietMs }: AddItem, context: SendContext): Outcome<Cart> {
  if (cart === undefined) throw new CartRefused('cart_not_found');
  const addition = { key: digestOf([key.clientId, key.idempotencyKey]), form: digestOf(form) };
  const earlier = cart.additions.find((one) => one.key === addition.key);
  if (earlier !== undefined && earlier.form !== addition.form) throw new CartRefused('idempotency_key_reused');
  if (earlier !== undefined) return apply(cart);
  const there = cart.items.find(({ sku }) => sku === form.sku);
  const one = priced(cart, form, product);
  const item = { ...one, quantity: (there?.quantity ?? 0) + form.quantity };
  const items = there === undefined ? [...cart.items, item] : cart.items.map((other) => (other === there ? item : other));
  return changed({ ...cart, additions: [...cart.additions, addition].slice(-REMEMBERED_ADDITIONS) }, items, quietMs, context, { ...one, quantity: form.quantity });
}

/** Throws `CartRefused`, `VersionDiffers`. */
export function setQuantity(cart: Cart | undefined, sku: string, quantity: number, seen: SeenVersion, quietMs: number, context: SendContext): Outcome<Cart> {
  const there = itemOf(cart, sku, seen);
  if (there.item.quantity === quantity) return apply(there.cart);
  return changed(there.cart, there.cart.items.map((item) => (item === there.item ? { ...item, quantity } : item)), quietMs, context);
}

/** Throws `CartRefused`, `VersionDiffers`. */
export function removeItem(cart: Cart | undefined, sku: string, seen: SeenVersion, quietMs: number, context: SendContext): Outcome<Cart> {
  const there = itemOf(cart, sku, seen);
  return changed(there.cart, there.cart.items.filter((item) => item !== there.item), quietMs, context);
}

/** The quiet time is over. */
export function abandon(cart: Cart | undefined, context: SendContext): Outcome<Cart> {
  if (cart === undefined) return stale('unknown_cart');
  const step = machine.step(cart.status, 'quiet');
  if (step.kind !== 'move') return stale(`already_${cart.status}`);
  if (cart.items.length === 0) return stale('cart_empty');
  const { cartId, customerId } = cart;
  const abandoned = { ...cart, status: step.to, version: cart.version + 1 };
  cartAbandoned.sendRobust({ cartId, customerId, items: [...cart.items] }, context, abandoned.version);
  return apply(abandoned);
}

/** Sum of the items in minor units, without freight. */
export function itemsTotal(items: readonly CartItem[]): bigint {
  return items.reduce((sum, { unitPrice, quantity }) => sum + lineTotal(minorUnits(unitPrice), quantity, '0'), 0n);
}

/** An empty cart has no quiet time. */
export function quietTimer(items: readonly CartItem[], quietMs: number): TimerChange {
  return { name: QUIET_TIMER, dueInMs: items.length === 0 ? null : quietMs };
}

/** `added`: what was put in. Throws `CartRefused` for a cart that takes no change now. */
function changed(cart: Cart, items: readonly CartItem[], quietMs: number, context: SendContext, added?: CartItem): Outcome<Cart> {
  const step = machine.step(cart.status, 'change');
  if (step.kind !== 'move') throw new CartRefused(step.kind === 'early' ? 'cart_checkout_under_way' : 'cart_checked_out');
  if (items.length > MAX_ITEMS || items.some(({ quantity }) => quantity > MAX_QUANTITY)) throw new CartRefused('cart_full');
  if (itemsTotal(items) > MAX_TOTAL_MINOR) throw new CartRefused('amount_too_large', `The total of the cart would be more than ${formatMoney(MAX_TOTAL_MINOR)}.`);
  const { cartId, customerId } = cart;
  const after = { ...cart, items, status: step.to, version: cart.version + 1, updatedAt: new Date(context.nowMs).toISOString() };
  cartUpdated.sendRobust({ cartId, customerId, items: [...items] }, context, after.version);
  // The cart's version is told once for each change: that is CartUpdated's.
  if (added !== undefined) cartItemAdded.sendRobust({ cartId, customerId, item: added }, context);
  return apply(after, [quietTimer(items, quietMs)]);
}

/** The catalogue's word goes before the client's. */
function priced({ currency }: Cart, form: ItemForm, product: KnownProduct | undefined): Omit<CartItem, 'quantity'> {
  const { sku, name, unitPrice } = form;
  if (product === undefined) {
    if (unitPrice === undefined) throw new CartRefused('cart_price_unknown');
    return { sku, unitPrice: formatMoney(minorUnits(unitPrice)), ...(name === undefined ? {} : { name }) };
  }
  if (product.status === 'discontinued') throw new CartRefused('cart_product_discontinued');
  if (product.currency !== currency) throw new CartRefused('cart_currency_differs', `The product is sold in ${product.currency}, the cart is in ${currency}.`);
  return { sku, name: product.name, unitPrice: product.unitPrice };
}

function itemOf(cart: Cart | undefined, sku: string, seen: SeenVersion): { readonly cart: Cart; readonly item: CartItem } {
  if (cart === undefined) throw new CartRefused('cart_not_found');
  const item = cart.items.find((one) => one.sku === sku);
  if (item === undefined) throw new CartRefused('cart_item_not_found');
  refuseOtherVersion(seen, cart.version);
  return { cart, item };
}

/** Short: a cart keeps a hundred of them, and they are compared within one cart only. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value)).toString('base64url').slice(0, 22);
}
