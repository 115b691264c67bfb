/**
 * Carts: customers fill them, leave them alone, turn them into orders.
 */
import { triggerOf } from '@commerce/event-log/event';
import type { Trigger } from '@commerce/event-log/event';
import { Refused, RetryLater } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import { duration } from '@commerce/service-kit/config';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { Problem } from '@commerce/service-kit/problems';
import { defineExtension } from '@commerce/signals/extension';
import { handlersOf } from '@commerce/signals/handler';
import { commandsOf } from '../../commands.ts';
import { customerIdCheck } from '../../customer-ids.ts';
import type { CartPorts } from './api.ts';
import { abandon, QUIET_TIMER } from './cart.ts';
import type { Cart } from './cart.ts';
import { addCartRoutes } from './carts.http.ts';
import { cartsStore, readCart } from './carts.pg.ts';
import { CHECKOUT_TIMER, finish, orderFormOf, placed, withdraw } from './checkout.ts';
import type { CartOrderForm, PlacedOrder } from './checkout.ts';
import { CARTS_MIGRATION } from './migrations/0001-carts.ts';
import { cartProblems } from './problems.ts';
import { CART_SIGNALS, CartCheckoutOverdue } from './signals.ts';

export interface CartsResources {
  readonly log: EventLog;
  readonly carts: CartPorts;
}

/** What the service offers, and what orders and catalog provide. */
interface CartsOffered {
  readonly config: { readonly cartQuietMs: number };
  readonly orders: { readonly place: (order: { readonly form: CartOrderForm; readonly idempotencyKey: string; readonly clientId: string; readonly trigger: Omit<Trigger, 'causationId'> }) => Promise<PlacedOrder> };
  readonly catalog: Pick<CartPorts, 'findProducts'>;
}

interface Own extends CartPorts {
  /** Undefined when there is no such cart. */
  readonly cartOf: (cartId: string) => Promise<Cart | undefined>;
}

const { effect, timer } = handlersOf<Cart, Own>();

export const carts = defineExtension({
  name: 'carts',
  description: 'Customers fill carts, leave them alone, turn them into orders.',
  source: 'cart-service',
  needs: ['orders', 'catalog'],
  configuration: {
    cartQuietMs: duration('CART_QUIET_MS', { meaning: 'Time after the last change of a cart with items until it counts as abandoned.', default: 3_600_000, minimum: 100 }),
  },
  signals: CART_SIGNALS,
  store: cartsStore,
  migrations: [CARTS_MIGRATION],
  tables: ['carts'],
  routes: [
    'POST /carts', 'GET /carts/:cartId', 'POST /carts/:cartId/items', 'PATCH /carts/:cartId/items/:sku', 'DELETE /carts/:cartId/items/:sku', 'POST /carts/:cartId/checkout',
  ],
  problems: cartProblems,
  // Orders and catalog may come later in the list: each is looked at when it is needed.
  provide: (offered: CartsOffered): CartPorts => ({
    quietMs: offered.config.cartQuietMs,
    findProducts: (skus) => offered.catalog.findProducts(skus),
    placeOrder: (form, idempotencyKey, { clientId }, trigger) => offered.orders.place({ clientId, idempotencyKey, form, trigger }),
  }),
  open: ({ log, carts: ports }: CartsResources): Own => ({ ...ports, cartOf: (cartId) => readCart(log.pool, cartId) }),
  addRoutes: (app: HttpApp, _own: Own, { log, carts: ports }: CartsResources): void => {
    addCartRoutes(app, { ...ports, pool: log.pool, run: commandsOf<Cart>(log, carts), checkId: customerIdCheck(log) });
  },
  handlers: {
    'carts.finish': effect([CartCheckoutOverdue], {
      idempotency: 'The intake of orders places one order per key, and the checkout keeps its key.',
      run: async ({ event }, { cartOf, placeOrder }) => {
        const cart = await cartOf(event.data.cartId);
        if (cart?.status !== 'checking_out' || cart.checkout === null) return undefined;
        const { causationId: _event, ...trigger } = triggerOf(event);
        return placeOrder(orderFormOf(cart), cart.checkout.idempotencyKey, cart.checkout, trigger).catch(judge);
      },
      settle: (cart, order, _event, context) => (order === undefined || cart === undefined ? { kind: 'stale', rule: `already_${cart?.status ?? 'gone'}`, evidence: {} } : placed(cart, order, context)),
      refused: (cart, _refusal, _event, _context, { quietMs }) => withdraw(cart, quietMs),
    }),
  },
  timers: {
    [QUIET_TIMER]: timer((cart, _timer, context) => abandon(cart, context)),
    [CHECKOUT_TIMER]: timer((cart, _timer, context) => finish(cart, context)),
  },
});

/** A definite refusal ends the checkout; anything else is asked again under the same key. */
function judge(error: unknown): never {
  if (!(error instanceof Problem)) throw error;
  if (error.status < 500 && !error.retryable) throw new Refused(error.code, error.message);
  throw new RetryLater(error.message, { sent: error.status >= 500 });
}
