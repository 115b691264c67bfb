// Fills the shelves of a stack that has never been used: the products and customers of the Northwind sample, so that there is something
// to buy and somebody to write to. A stack that has products is left as it is.
import { z } from 'zod';
import type { Api } from '../demo/api.http.ts';
import { forEach } from '../demo/for-each.ts';
import { readCustomers, readProducts } from '../northwind.ts';

const AT_ONCE = 16;
const anything = z.unknown();

/** `operator` may do everything. What is there already is refused, and stays. */
export async function fillShop(operator: Api): Promise<void> {
  const { items } = await operator.call(z.object({ items: z.array(z.unknown()) }), 'GET', '/products?limit=1');
  if (items.length > 0) return;
  await forEach(readCustomers(), AT_ONCE, async ({ customerId, contactName }) => {
    await operator.call(anything, 'POST', '/users', { body: { userId: customerId, name: contactName, email: `${customerId.toLowerCase()}@customers.example` } });
  });
  await forEach(readProducts(), AT_ONCE, async ({ sku, name, unitPrice }) => {
    await operator.call(anything, 'POST', '/products', { body: { sku, name, unitPrice, currency: 'USD' } });
  });
}
