/**
 * The API of carts: begin one, fill it, read it, check it out.
 * Promise: answers come after the commit; the same addition and the same checkout under one key happen once. A cart becomes
 * one order, by the same intake as POST /orders.
 */
import type { HttpApp } from '@commerce/service-kit/http-server';
import { IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED, LOCATION } from '@commerce/service-kit/openapi';
import { baseProblems, Problem } from '@commerce/service-kit/problems';
import { z } from 'zod';
import { isCurrencySupported } from '../../money.ts';
import { nameUuid } from '../../name-uuid.ts';
import { problems } from '../../problems.ts';
import { ETAG, etagOf, idempotencyKeyOf, IF_MATCH_OPTIONAL, requestProblems, seenVersionOf, triggerOf } from '../../requests.http.ts';
import { refused } from './api.ts';
import type { CartsApi } from './api.ts';
import { addItem, create, removeItem, setQuantity } from './cart.ts';
import type { Cart } from './cart.ts';
import { readCart } from './carts.pg.ts';
import { begin, orderFormOf, placed, withdraw } from './checkout.ts';
import type { PlacedOrder } from './checkout.ts';
import { cartForm, checkoutForm, itemForm, quantityForm } from './forms.ts';
import { cartProblems } from './problems.ts';
import { cartView, checkedOutView, viewOf } from './views.ts';

const pathCart = z.strictObject({ cartId: z.string().min(1).max(200) });
const pathItem = z.strictObject({ cartId: z.string().min(1).max(200), sku: z.string().min(1).max(100) });
const { version_invalid, version_differs } = requestProblems;
const KEY_PROBLEMS = [problems.idempotency_key_required, problems.idempotency_key_invalid, problems.idempotency_key_reused];
const { cart_not_found, cart_item_not_found, cart_checked_out, cart_checkout_under_way, cart_empty, cart_full, cart_price_unknown, cart_product_discontinued, cart_currency_differs } = cartProblems;
const CHANGE_PROBLEMS = [cart_not_found, cart_checked_out, cart_checkout_under_way, cart_full, problems.amount_too_large, problems.order_too_large];

/** Adds the routes of carts. */
export function addCartRoutes(app: HttpApp, { pool, run, checkId, quietMs, findProducts, placeOrder }: CartsApi): void {
  app.post('/carts', {
    config: { scope: 'orders:write', headers: [IDEMPOTENCY_KEY], answerHeaders: [LOCATION, ETAG, IDEMPOTENCY_REPLAYED], problems: [...KEY_PROBLEMS, problems.currency_not_supported, problems.customer_id_personal] },
    schema: { operationId: 'createCart', summary: 'Begin a cart', tags: ['carts'], body: cartForm, response: { 201: cartView } },
  }, async (request, reply) => {
    const { body, caller } = request;
    if (!isCurrencySupported(body.currency)) throw new Problem(problems.currency_not_supported);
    checkId(body.customerId);
    // The key makes the id, so that the same request finds its cart.
    const cartId = nameUuid(`cart\n${caller.clientId}\n${idempotencyKeyOf(request)}`);
    let wasThere = false;
    const cart = await run<Cart>({
      subject: cartId, name: 'carts.create', trigger: triggerOf(request),
      decide: (there, context) => {
        wasThere = there !== undefined;
        return create(there, cartId, body, context);
      },
    }).catch(refused);
    if (wasThere) void reply.header('idempotency-replayed', 'true');
    return reply.code(201).header('location', `/carts/${cartId}`).header('etag', etagOf(cart)).send(viewOf(cart));
  });

  app.get('/carts/:cartId', {
    config: { scope: 'orders:read', answerHeaders: [ETAG], problems: [cart_not_found] },
    schema: { operationId: 'readCart', summary: 'Read a cart', tags: ['carts'], params: pathCart, response: { 200: cartView } },
  }, async ({ params }, reply) => {
    const cart = await readCart(pool, params.cartId);
    if (cart === undefined) throw new Problem(cart_not_found);
    return reply.header('etag', etagOf(cart)).send(viewOf(cart));
  });

  app.post('/carts/:cartId/items', {
    config: {
      scope: 'orders:write', headers: [IDEMPOTENCY_KEY], answerHeaders: [ETAG, IDEMPOTENCY_REPLAYED],
      problems: [...KEY_PROBLEMS, ...CHANGE_PROBLEMS, cart_price_unknown, cart_product_discontinued, cart_currency_differs],
    },
    schema: {
      operationId: 'addCartItem', summary: 'Add to what the cart has of a product', description: 'A cart remembers the keys of its last 100 additions.',
      tags: ['carts'], params: pathCart, body: itemForm, response: { 200: cartView },
    },
  }, async (request, reply) => {
    const { body: form, caller, params: { cartId } } = request;
    const key = { clientId: caller.clientId, idempotencyKey: idempotencyKeyOf(request) };
    const product = (await findProducts([form.sku])).get(form.sku);
    let before: Cart | undefined;
    const cart = await run<Cart>({
      subject: cartId, name: 'carts.add', trigger: triggerOf(request),
      decide: (there, context) => {
        before = there;
        return addItem(there, { form, product, key, quietMs }, context);
      },
    }).catch(refused);
    if (before === cart) void reply.header('idempotency-replayed', 'true');
    return reply.header('etag', etagOf(cart)).send(viewOf(cart));
  });

  app.patch('/carts/:cartId/items/:sku', {
    config: { scope: 'orders:write', headers: [IF_MATCH_OPTIONAL], answerHeaders: [ETAG], problems: [...CHANGE_PROBLEMS, cart_item_not_found, version_invalid, version_differs] },
    schema: { operationId: 'setCartItem', summary: 'Set the quantity of a product in the cart', tags: ['carts'], params: pathItem, body: quantityForm, response: { 200: cartView } },
  }, async (request, reply) => {
    const { params: { cartId, sku }, body: { quantity } } = request;
    const seen = seenVersionOf(request) ?? 'any';
    const cart = await run<Cart>({ subject: cartId, name: 'carts.set', trigger: triggerOf(request), decide: (there, context) => setQuantity(there, sku, quantity, seen, quietMs, context) }).catch(refused);
    return reply.header('etag', etagOf(cart)).send(viewOf(cart));
  });

  app.delete('/carts/:cartId/items/:sku', {
    config: { scope: 'orders:write', headers: [IF_MATCH_OPTIONAL], answerHeaders: [ETAG], problems: [...CHANGE_PROBLEMS, cart_item_not_found, version_invalid, version_differs] },
    schema: { operationId: 'removeCartItem', summary: 'Take a product out of the cart', tags: ['carts'], params: pathItem, response: { 200: cartView } },
  }, async (request, reply) => {
    const { cartId, sku } = request.params;
    const seen = seenVersionOf(request) ?? 'any';
    const cart = await run<Cart>({ subject: cartId, name: 'carts.remove', trigger: triggerOf(request), decide: (there, context) => removeItem(there, sku, seen, quietMs, context) }).catch(refused);
    return reply.header('etag', etagOf(cart)).send(viewOf(cart));
  });

  app.post('/carts/:cartId/checkout', {
    config: {
      scope: 'orders:write', headers: [IDEMPOTENCY_KEY, IF_MATCH_OPTIONAL], answerHeaders: [LOCATION, IDEMPOTENCY_REPLAYED],
      problems: [
        ...KEY_PROBLEMS, cart_not_found, cart_checked_out, cart_checkout_under_way, cart_empty, cart_product_discontinued, version_invalid, version_differs,
        problems.currency_not_supported, problems.amount_too_large, problems.payment_method_required, problems.order_too_large, baseProblems.overloaded,
      ],
    },
    schema: { operationId: 'checkOutCart', summary: 'Place the order of a cart', tags: ['carts'], params: pathCart, body: checkoutForm, response: { 202: checkedOutView } },
  }, async (request, reply) => {
    const { body: form, caller, params: { cartId } } = request;
    const trigger = triggerOf(request);
    const key = { clientId: caller.clientId, idempotencyKey: idempotencyKeyOf(request) };
    const seen = seenVersionOf(request) ?? 'any';
    const products = await findProducts((await readCart(pool, cartId))?.items.map(({ sku }) => sku) ?? []);
    const cart = await run<Cart>({ subject: cartId, name: 'carts.check_out', trigger, decide: (there) => begin(there, { key, form, seen, products }) }).catch(refused);
    if (cart.order !== null) void reply.header('idempotency-replayed', 'true');
    const order = cart.order ?? (await place(cart));
    return reply.code(202).header('location', `/orders/${order.orderId}`).send({ cartId, ...order });

    async function place(begun: Cart): Promise<PlacedOrder> {
      const order = await placeOrder(orderFormOf(begun), key.idempotencyKey, key, trigger).catch(async (error: unknown) => {
        // Nothing was placed, so the customer may go on. What is not known is finished by the timer.
        if (error instanceof Problem && error.status < 500) await run<Cart>({ subject: cartId, name: 'carts.withdraw', trigger, decide: (there) => withdraw(there, quietMs) });
        throw error;
      });
      await run<Cart>({ subject: cartId, name: 'carts.placed', trigger, decide: (there, context) => placed(there, order, context) });
      return order;
    }
  });
}
