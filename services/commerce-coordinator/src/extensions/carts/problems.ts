/** What the routes of carts may answer beside the problems that every route shares. */
import { defineProblems } from '@commerce/service-kit/problems';

export const cartProblems = defineProblems({
  cart_not_found: { status: 404, title: 'There is no such cart', help: 'Check the id: it is the cartId that was answered when the cart was created.' },
  cart_item_not_found: { status: 404, title: 'The cart has no such product', help: 'Read the cart; add the product with POST, or repeat nothing when you took it out.' },
  cart_checked_out: { status: 409, title: 'The cart has become an order', help: 'A cart becomes one order and is not changed any more. Read the order, or begin a new cart.' },
  cart_checkout_under_way: { status: 409, title: 'The cart is being checked out', help: 'Repeat the checkout with the Idempotency-Key that began it, or read the cart in a moment: it becomes an order, or is open again.', retryable: true },
  cart_empty: { status: 422, title: 'The cart is empty', help: 'Add a product before you check out.' },
  cart_full: { status: 422, title: 'The cart cannot take more', help: 'A cart holds 500 products, of each up to 1,000,000.' },
  cart_price_unknown: { status: 422, title: 'The price of the product is not known', help: 'The catalogue does not have this product: send its unitPrice.' },
  cart_product_discontinued: { status: 422, title: 'The product is not sold any more', help: 'Choose another product; take this one out of the cart.' },
  cart_currency_differs: { status: 422, title: 'The product is sold in another currency', help: 'A cart has one currency. Begin a cart in the currency of the product.' },
});

export type CartProblem = keyof typeof cartProblems;

/** A decision refused a command. `detail` is for the client. */
export class CartRefused extends Error {
  override readonly name = 'CartRefused';
  readonly code: CartProblem | 'idempotency_key_reused' | 'amount_too_large';
  readonly detail: string | undefined;
  constructor(code: CartRefused['code'], detail?: string) {
    super(detail ?? code);
    this.code = code;
    this.detail = detail;
  }
}
