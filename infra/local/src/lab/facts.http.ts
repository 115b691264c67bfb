// Asks the services and the books of the providers how things stand with the orders of a break. Who does not answer is named, except
// for Commerce Coordinator: without it there are no orders to judge.
import { z } from 'zod';
import { readBuiltInLedgers, readLmsLedger, readMoney } from '../demo/accounts.ts';
import type { Api } from '../demo/api.http.ts';
import { Refused } from '../demo/api.http.ts';
import type { LedgerRow } from '../demo/audit.ts';
import type { StackDescription } from '../stack-description.ts';
import { isFinal } from './outcome.ts';
import type { Facts, OrderFact } from './outcome.ts';

const PAGE = 200;
const MAX_ORDERS = 10_000;
const MAX_LOOKUP = 500;
const OPEN_STATUSES = ['created', 'reserved', 'paid', 'fulfilling', 'cancel_pending', 'fulfilled', 'shipped', 'refund_pending'] as const;

const orderSchema = z.object({
  orderId: z.string(), orderNumber: z.int(), status: z.string(), createdAt: z.string(), updatedAt: z.string(),
  lines: z.array(z.object({ lineId: z.string(), outcome: z.object({ provider: z.string(), status: z.string() }).nullable() })),
});
const ordersSchema = z.object({ items: z.array(orderSchema), nextCursor: z.string().nullable() });
const careSchema = z.object({ items: z.array(z.object({ orderId: z.string(), waitsFor: z.string(), nextStep: z.string() })), nextCursor: z.string().nullable() });
const lookupSchema = z.object({ items: z.array(z.object({ orderId: z.string(), fulfillments: z.array(z.object({ lines: z.array(z.object({ lineId: z.string(), status: z.string() })) })) })) });

export type Sources = {
  /** Somebody who may read everything at Commerce Coordinator; gives up soon. */
  readonly cc: Api;
  /** Commerce Coordinator's own account at Order Fulfillment; gives up soon. */
  readonly of: Api;
  readonly description: StackDescription;
};

/** Ids of all orders that are under way. */
export async function readOpenIds(cc: Api): Promise<string[]> {
  const ids = new Set<string>();
  for (const status of OPEN_STATUSES) for await (const { orderId } of pages(cc, ordersSchema, `/orders?limit=${PAGE}&status=${status}`)) if (ids.add(orderId).size >= MAX_ORDERS) return [...ids];
  return [...ids];
}

/**
 * Everything there is to know of the orders that were placed since then, and of those that are named.
 * @param named ids of orders that were under way when it began, or that somebody was told are accepted
 * @throws when Commerce Coordinator does not say which orders there are
 */
export async function readFacts({ cc, of, description }: Sources, sinceMs: number, named: Iterable<string>): Promise<Facts> {
  const unread: string[] = [];
  const attempt = async <T>(name: string, read: () => Promise<T>, otherwise: T): Promise<T> => read().catch(() => {
    unread.push(name);
    return otherwise;
  });
  const { orders, isCut } = await readSince(cc, sinceMs);
  const missing: string[] = [];
  for (const orderId of named) if (!orders.has(orderId)) await readNamed(cc, orderId, orders, missing);
  const { lms, inside } = description;
  const [care, fulfillments, money, fromLms, builtIn] = await Promise.all([
    attempt('what orders wait for', () => readCare(cc, orders), new Map()),
    attempt('Order Fulfillment', () => readFulfillments(of, [...orders.keys()]), new Map()),
    attempt('the books of the payment provider', () => readMoney(description), []),
    attempt<LedgerRow[] | undefined>('the books of the LMS', () => readLmsLedger(lms, inside.lmsApiKey), undefined),
    attempt<LedgerRow[] | undefined>('the books of the built-in providers', () => readBuiltInLedgers(inside.ofDatabaseUrl), undefined),
  ]);
  const booksRead = new Set([...(fromLms === undefined ? [] : ['lms']), ...(builtIn === undefined ? [] : ['instant', 'warehouse'])]);
  return { orders: [...orders.values()], missing, care, fulfillments, money, ledger: [...(fromLms ?? []), ...(builtIn ?? [])], booksRead, unread, isCut };
}

async function readSince(cc: Api, sinceMs: number): Promise<{ orders: Map<string, OrderFact>; isCut: boolean }> {
  const orders = new Map<string, OrderFact>();
  for await (const order of pages(cc, ordersSchema, `/orders?limit=${PAGE}`)) {
    if (Date.parse(order.createdAt) < sinceMs) break;
    if (orders.size >= MAX_ORDERS) return { orders, isCut: true };
    orders.set(order.orderId, order);
  }
  return { orders, isCut: false };
}

async function readNamed(cc: Api, orderId: string, orders: Map<string, OrderFact>, missing: string[]): Promise<void> {
  try {
    orders.set(orderId, await cc.call(orderSchema, 'GET', `/orders/${encodeURIComponent(orderId)}`));
  } catch (error) {
    if (!(error instanceof Refused) || !error.message.startsWith('404')) throw error;
    missing.push(orderId);
  }
}

async function readCare(cc: Api, orders: ReadonlyMap<string, OrderFact>): Promise<Map<string, { waitsFor: string; nextStep: string }>> {
  const care = new Map<string, { waitsFor: string; nextStep: string }>();
  if (![...orders.values()].some((order) => !isFinal(order))) return care;
  for await (const { orderId, waitsFor, nextStep } of pages(cc, careSchema, `/orders/care?limit=${PAGE}`)) if (orders.has(orderId)) care.set(orderId, { waitsFor, nextStep });
  return care;
}

async function readFulfillments(of: Api, orderIds: readonly string[]): Promise<Map<string, { lineId: string; status: string }[]>> {
  const found = new Map<string, { lineId: string; status: string }[]>();
  for (let at = 0; at < orderIds.length; at += MAX_LOOKUP) {
    const { items } = await of.call(lookupSchema, 'POST', '/v1/fulfillments/lookup', { body: { orderIds: orderIds.slice(at, at + MAX_LOOKUP) } });
    for (const { orderId, fulfillments } of items) found.set(orderId, fulfillments.flatMap(({ lines }) => lines));
  }
  return found;
}

async function* pages<Item>(api: Api, schema: z.ZodType<{ items: Item[]; nextCursor: string | null }>, path: string): AsyncGenerator<Item> {
  let cursor: string | null = null;
  do {
    const page: { items: Item[]; nextCursor: string | null } = await api.call(schema, 'GET', `${path}${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
