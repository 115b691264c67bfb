// Places orders at Commerce Coordinator and waits until all are settled. Each order has one idempotency key for all its tries, so
// that a service that is killed in between neither loses nor doubles it.
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { Refused } from './api.http.ts';
import type { Api } from './api.http.ts';
import { forEach } from './for-each.ts';
import { orderRequest } from './orders-file.ts';
import type { DemoOrder, OrdersFile } from './orders-file.ts';
import type { Plan } from './plan.ts';

const PLACING_AT_ONCE = 16;
const PAGE = 200;
const LOOK_INTERVAL_MS = 400;
const SHORT_LOOK_INTERVAL_MS = 50;
/** In the order in which an order passes through them, so that one that moves while we look is seen in a later list. */
const OPEN_STATUSES = ['created', 'reserved', 'paid', 'fulfilling', 'cancel_pending', 'fulfilled', 'shipped', 'refund_pending', 'on_hold'] as const;

const placedSchema = z.object({ orderId: z.string() });
const reasonSchema = z.object({ code: z.string(), message: z.string().optional() });
const orderSchema = z.object({
  orderId: z.string(),
  orderNumber: z.int(),
  status: z.string(),
  reason: reasonSchema.nullable(),
  lines: z.array(z.object({ lineId: z.string(), sku: z.string(), quantity: z.int(), outcome: z.object({ provider: z.string(), status: z.string() }).nullable() })),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
const pageSchema = z.object({ items: z.array(orderSchema), nextCursor: z.string().nullable() });

export type SettledOrder = z.infer<typeof orderSchema>;
export type RefusedLine = { readonly line: number; readonly orderNumber: number; readonly why: string };

/** `open`: what the last look has found under way, `10250 paid`. */
export type Progress = { accepted: number; settled: number; open: readonly string[] };

export type PlaceOptions = Pick<Plan, 'cardOf'> & {
  /** Told of each order that is accepted. */
  readonly placed: (orderId: string, order: DemoOrder) => void;
};

/** Places all; each acceptance is counted in `progress` as it comes. Returns those that were refused for good. */
export async function placeOrders(cc: Api, orders: OrdersFile['orders'], progress: Progress, { cardOf, placed }: PlaceOptions): Promise<RefusedLine[]> {
  const refused: RefusedLine[] = [];
  await forEach(orders, PLACING_AT_ONCE, async ({ line, order }) => {
    try {
      const { orderId } = await cc.call(placedSchema, 'POST', '/orders', { body: orderRequest(order, cardOf(order.orderNumber)), idempotencyKey: `demo-line-${line}` });
      progress.accepted += 1;
      placed(orderId, order);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused.push({ line, orderNumber: order.orderNumber, why: error.message });
    }
  });
  return refused;
}

/** Waits until of every order it is decided whether there is stock for it. */
export async function waitUntilDecided(cc: Api, signal: AbortSignal): Promise<void> {
  while ((await cc.call(pageSchema, 'GET', '/orders?limit=1&status=created')).items.length > 0) await wait(SHORT_LOOK_INTERVAL_MS, undefined, { signal });
}

/** Looks until no order is open, counting in `progress`. `accepting` says that more may still come. */
export async function waitUntilSettled(cc: Api, progress: Progress, accepting: () => boolean, signal: AbortSignal): Promise<void> {
  for (;;) {
    const more = accepting();
    const { accepted } = progress;
    const open = await readOpen(cc);
    progress.open = open;
    progress.settled = Math.max(progress.settled, accepted - open.length);
    if (!more && open.length === 0) return;
    await wait(LOOK_INTERVAL_MS, undefined, { signal });
  }
}

/** Every order, newest first. */
export async function readAllOrders(cc: Api): Promise<SettledOrder[]> {
  const orders: SettledOrder[] = [];
  for await (const order of pages(cc, '')) orders.push(order);
  return orders;
}

async function readOpen(cc: Api): Promise<string[]> {
  const seen = new Map<string, string>();
  for (const status of OPEN_STATUSES) for await (const order of pages(cc, `&status=${status}`)) seen.set(order.orderId, `${order.orderNumber} ${order.status}`);
  return [...seen.values()];
}

async function* pages(cc: Api, filter: string): AsyncGenerator<SettledOrder> {
  let cursor: string | null = null;
  do {
    const after: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: z.infer<typeof pageSchema> = await cc.call(pageSchema, 'GET', `/orders?limit=${PAGE}${filter}${after}`);
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
