// Orders to look at: of the Northwind sample, each with one line for every provider, so that each of them has something to do. Pure,
// but for the reading of the sample.
import { PROVIDERS, readCustomers, readProducts, splitByProvider } from '../northwind.ts';
import type { Product } from '../northwind.ts';

export type SampleOrder = { readonly customerId: string; readonly currency: 'USD'; readonly freight: string; readonly lines: { readonly sku: string; readonly name: string; readonly quantity: number; readonly unitPrice: string }[] };

/** Gives one order after another, over and over the products and customers. */
export function sampleOrders(): () => SampleOrder {
  const products = readProducts();
  const customers = readCustomers();
  const bySku = splitByProvider(products);
  const shelves = PROVIDERS.map((provider) => products.filter(({ sku }) => bySku[sku] === provider));
  let turn = 0;
  return () => {
    const lines = shelves.map((shelf, index) => lineOf(shelf[turn % shelf.length], 1 + ((turn + index) % 4)));
    const customerId = customers[turn % customers.length]?.customerId ?? 'VINET';
    turn += 1;
    return { customerId, currency: 'USD', freight: '5.00', lines };
  };
}

function lineOf(product: Product | undefined, quantity: number): SampleOrder['lines'][number] {
  if (product === undefined) throw new Error('the sample has no products');
  const { sku, name, unitPrice } = product;
  return { sku, name, quantity, unitPrice };
}
