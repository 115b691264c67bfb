/**
 * Orders: takes them, keeps their state, tells how each one ends.
 */
import {
  FulfillmentCancelled, FulfillmentCompleted, FulfillmentFailed, FulfillmentRefused, FulfillmentRequested, FulfillmentRevoked, OrderShipped, ShippingCreated,
} from '@commerce/events/entries';
import { UserDeactivated, UserRegistered, UserUpdated } from '@commerce/events/entries/catalog';
import { DISPUTE_ENTRIES } from '@commerce/events/entries/disputes';
import { InventoryReleased, InventoryReservationFailed, InventoryReserved } from '@commerce/events/entries/inventory';
import { PaymentFailed, PaymentProcessed, PaymentRefunded } from '@commerce/events/entries/payments';
import type { StoredEvent } from '@commerce/event-log/event';
import type { Outcome, SignalMap } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import { integer } from '@commerce/service-kit/config';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { defineExtension } from '@commerce/signals/extension';
import { handlersOf } from '@commerce/signals/handler';
import type { SendContext } from '@commerce/signals/signal';
import { createOrderActs } from './acts.pg.ts';
import type { OrderActs } from './acts.pg.ts';
import { customerSubject, knowCustomer } from './customers.ts';
import { withCustomers } from './customers.pg.ts';
import { followDispute } from './disputed.ts';
import { ORDERS_MIGRATION } from './migrations/0001-orders.ts';
import { SAGA_MIGRATION } from './migrations/0002-saga.ts';
import { CARE_MIGRATION } from './migrations/0003-care.ts';
import { CUSTOMERS_MIGRATION } from './migrations/0004-customers.ts';
import { PAYMENT_METHODS_MIGRATION } from './migrations/0005-payment-methods.ts';
import { CUSTOMER_NAMES_MIGRATION } from './migrations/0006-customer-names.ts';
import { ROOM_MIGRATION } from './migrations/0007-room.ts';
import { decideOrder } from './order.ts';
import type { Order } from './order.ts';
import { orderProblems } from './order-problems.ts';
import { addOrderRoutes } from './orders.http.ts';
import { ordersProjection } from './projection.ts';
import { provideOrders } from './provide.ts';
import type { OrdersOffered, OrdersProvided } from './provide.ts';
import { ordersStore } from './orders.pg.ts';
import { ORDER_SIGNALS, tell } from './signals.ts';

export interface OrdersResources {
  readonly log: EventLog;
  readonly cursors: Cursors;
  /** This service's own name at the fulfilling side. */
  readonly clientId: string;
  readonly config: {
    /** Of the times of the table in order-deadlines.ts. */
    readonly orderDeadlinesPercent: number;
  };
  /** Which handlers hear what, for the timeline. */
  readonly heardBy: SignalMap;
  readonly orders: Pick<OrdersProvided, 'intake' | 'isFull'>;
}

interface Own {
  readonly clientId: string;
  readonly acts: OrderActs;
  readonly deadlinesPercent: number;
}

/** Between two looks for orders whose time has run out. */
const DEADLINES_EVERY_MS = 5_000;

const { transactional } = handlersOf<Order, Own>();

export const orders = defineExtension({
  name: 'orders',
  description: 'Takes orders, keeps their state, tells how each one ends.',
  source: 'order-service',
  needs: ['inventory', 'payments', 'fulfillment', 'shipping'],
  configuration: {
    backlogLimit: integer('ORDERS_BACKLOG_LIMIT', { meaning: 'Open orders beyond which further ones are answered with 429.', default: 50_000, minimum: 1 }),
    orderDeadlinesPercent: integer('ORDER_DEADLINES_PERCENT', {
      meaning: 'How long an order may stand in a status before it is tried again, cancelled or raised for a person, in percent of the times of order-deadlines.ts.', default: 100, minimum: 1,
    }),
  },
  signals: ORDER_SIGNALS,
  store: withCustomers(ordersStore),
  migrations: [ORDERS_MIGRATION, SAGA_MIGRATION, CARE_MIGRATION, CUSTOMERS_MIGRATION, PAYMENT_METHODS_MIGRATION, CUSTOMER_NAMES_MIGRATION, ROOM_MIGRATION],
  tables: ['orders', 'cursor_key', 'order_customers'],
  projections: [ordersProjection],
  routes: [
    'POST /orders', 'GET /orders/:orderId', 'GET /orders', 'GET /orders/:orderId/timeline',
    'POST /orders/:orderId/cancel', 'POST /orders/:orderId/refund', 'POST /orders/:orderId/revoke', 'POST /orders/:orderId/re-request', 'POST /orders/:orderId/retry',
    'GET /orders/care', 'GET /orders/care/counts', 'GET /orders/:orderId/care',
  ],
  problems: orderProblems,
  panels: [{ id: 'care', title: 'Orders needing care', data: '/orders/care' }],
  provide: (offered: OrdersOffered): Promise<OrdersProvided> => provideOrders(orders, offered),
  open: ({ clientId, config, log }: OrdersResources): Own => ({ clientId, acts: createOrderActs(log, orders), deadlinesPercent: config.orderDeadlinesPercent }),
  addRoutes: (app: HttpApp, { acts, deadlinesPercent }: Own, { log, cursors, heardBy, orders: { intake, isFull } }: OrdersResources): void => {
    addOrderRoutes(app, { log, intake, acts, deadlinesPercent, isFull, cursors, map: heardBy });
  },
  handlers: {
    // The table of states says what each event does; the names say in the map when it is heard.
    'orders.reserve': transactional([InventoryReserved], decide),
    'orders.confirm': transactional([PaymentProcessed], decide),
    'orders.fulfilling': transactional([FulfillmentRequested], decide),
    'orders.fulfill': transactional([FulfillmentCompleted], decide),
    'orders.ship': transactional([ShippingCreated], decide),
    'orders.complete': transactional([OrderShipped], decide),
    'orders.cancel': transactional([InventoryReservationFailed, PaymentFailed, FulfillmentFailed, FulfillmentCancelled, FulfillmentRefused], decide),
    'orders.settle': transactional([InventoryReleased, PaymentRefunded], decide),
    'orders.dispute': transactional(DISPUTE_ENTRIES, (order, event, context) => tell(order, followDispute(order, event), context)),
    'orders.take_back': transactional([FulfillmentRevoked], decide),
    'orders.customer': transactional([UserRegistered, UserUpdated, UserDeactivated], (order, event, context) => knowCustomer(order, event, context), { also: ({ data }) => [customerSubject(data.userId)] }),
  },
  jobs: [{ name: 'orders.deadlines', everyMs: () => DEADLINES_EVERY_MS, run: ({ acts, deadlinesPercent }: Own): Promise<boolean> => acts.fallDue(deadlinesPercent) }],
});

function decide(order: Order | undefined, event: StoredEvent, context: SendContext, { clientId }: Own): Outcome<Order> {
  return tell(order, decideOrder(clientId, order, event), context);
}
