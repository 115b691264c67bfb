// The shop behind the orders: its products, its customers, its shelves, and the one who fills them up. Everything goes through
// Commerce Coordinator's API under keys that stay the same over tries, and what was brought in is kept here, as an account of its own.
import { z } from 'zod';
import type { Customer, Product } from '../northwind.ts';
import type { Api } from './api.http.ts';
import { forEach } from './for-each.ts';
import type { Brought } from './stock-balance.ts';

const AT_ONCE = 16;
/** A product of which fewer can be sold than this is filled up to that. */
const LOW = 150;
const FULL = 300;
/** The largest bulk adjustment, and the largest page. */
const MAX_LINES = 200;

const anything = z.unknown();
const stocksSchema = z.object({ items: z.array(z.object({ sku: z.string(), available: z.int() })), nextCursor: z.null() });

export const RESTOCK_RULE = `whatever had fewer than ${LOW} pieces left was filled up to ${FULL}`;

export type Shop = {
  /** Looks at the shelves, and orders what runs short. */
  restock(): Promise<void>;
  /** How often something was brought in, and what. */
  readonly deliveries: () => number;
  readonly brought: () => Brought[];
};

/** Opens the shop with these pieces on its shelves. `operator` may do everything. */
export async function openShop(operator: Api, products: readonly Product[], customers: readonly Customer[], opening: ReadonlyMap<string, number>): Promise<Shop> {
  const restocked = new Map<string, number>();
  let adjustments = 0;
  await forEach(products, AT_ONCE, async ({ sku, name, unitPrice }) => {
    await operator.call(anything, 'POST', '/products', { body: { sku, name, unitPrice, currency: 'USD' } });
  });
  await forEach(customers, AT_ONCE, async ({ customerId, contactName }) => {
    await operator.call(anything, 'POST', '/users', { body: { userId: customerId, name: contactName, email: `${customerId.toLowerCase()}@customers.example` } });
  });
  await bring(opening, 'opening');

  async function bring(pieces: ReadonlyMap<string, number>, code: string): Promise<void> {
    const lines = [...pieces].filter(([, delta]) => delta > 0).map(([sku, delta]) => ({ sku, delta }));
    for (let at = 0; at < lines.length; at += MAX_LINES) {
      adjustments += 1;
      const body = { reason: { code }, adjustments: lines.slice(at, at + MAX_LINES) };
      await operator.call(anything, 'POST', '/inventory/adjustments/bulk', { body, idempotencyKey: `demo-adjustment-${adjustments}` });
    }
  }

  return {
    async restock() {
      const { items } = await operator.call(stocksSchema, 'GET', `/inventory?limit=${MAX_LINES}`);
      const available = new Map(items.map((stock) => [stock.sku, stock.available]));
      const short = new Map(products.flatMap(({ sku }) => {
        const left = available.get(sku) ?? 0;
        return left < LOW ? [[sku, FULL - left] as const] : [];
      }));
      await bring(short, 'restock');
      for (const [sku, delta] of short) restocked.set(sku, (restocked.get(sku) ?? 0) + delta);
    },
    deliveries: () => adjustments,
    brought: () => [...new Set([...opening.keys(), ...restocked.keys()])].map((sku) => ({ sku, opening: opening.get(sku) ?? 0, restocked: restocked.get(sku) ?? 0 })),
  };
}
