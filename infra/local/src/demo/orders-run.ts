// Places orders at Commerce Coordinator and waits until all are settled. Each order has one idempotency key for all its tries, so
// that a service that is killed in between neither loses nor doubles it.
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { Refused } from './api.http.ts';
import type { Api } from './api.http.ts';
import { orderRequest } from './orders-file.ts';
import type { OrdersFile } from './orders-file.ts';

const PLACING_AT_ONCE = 16;
const PAGE = 200;
const LOOK_INTERVAL_MS = 200;
/** In the order in which an order passes through them, so that one that moves while we look is seen in a later list. */
const OPEN_STATUSES = ['created', 'fulfilling', 'fulfilled'] as const;

const placedSchema = z.object({ orderId: z.string() });
const reasonSchema = z.object({ code: z.string(), message: z.string().optional() });
const orderSchema = z.object({
  orderId: z.string(),
  orderNumber: z.int(),
  status: z.string(),
  reason: reasonSchema.nullable(),
  lines: z.array(z.object({ lineId: z.string(), sku: z.string(), quantity: z.int() })),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
const pageSchema = z.object({ items: z.array(orderSchema), nextCursor: z.string().nullable() });

export type SettledOrder = z.infer<typeof orderSchema>;
export type RefusedLine = { readonly line: number; readonly orderNumber: number; readonly why: string };

export type Progress = { accepted: number; settled: number };

/** Places all; each acceptance is counted in `progress` as it comes. Returns those that were refused for good. */
export async function placeOrders(cc: Api, orders: OrdersFile['orders'], progress: Progress): Promise<RefusedLine[]> {
  const refused: RefusedLine[] = [];
  await forEach(orders, PLACING_AT_ONCE, async ({ line, order }) => {
    try {
      await cc.call(placedSchema, 'POST', '/orders', { body: orderRequest(order), idempotencyKey: `demo-line-${line}` });
      progress.accepted += 1;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused.push({ line, orderNumber: order.orderNumber, why: error.message });
    }
  });
  return refused;
}

/** Looks until no order is open, counting in `progress`. `accepting` says that more may still come. */
export async function waitUntilSettled(cc: Api, progress: Progress, accepting: () => boolean, signal: AbortSignal): Promise<void> {
  for (;;) {
    const more = accepting();
    const { accepted } = progress;
    const open = await countOpen(cc);
    progress.settled = Math.max(progress.settled, accepted - open);
    if (!more && open === 0) return;
    await wait(LOOK_INTERVAL_MS, undefined, { signal });
  }
}

/** Every order, newest first. */
export async function readAllOrders(cc: Api): Promise<SettledOrder[]> {
  const orders: SettledOrder[] = [];
  for await (const order of pages(cc, '')) orders.push(order);
  return orders;
}

/** What happens to each item, at most `atOnce` at a time. The first error ends it. */
async function forEach<T>(items: readonly T[], atOnce: number, act: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of queue) await act(item);
    }),
  );
}

async function countOpen(cc: Api): Promise<number> {
  const seen = new Set<string>();
  for (const status of OPEN_STATUSES) for await (const { orderId } of pages(cc, `&status=${status}`)) seen.add(orderId);
  return seen.size;
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
