// The Northwind sample: which provider delivers which product. Each of the three gets the products whose place in the list
// falls to it, so the split depends on the list alone. Pure, but for the reading of the files beside it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** In the order in which products fall to them. */
export const PROVIDERS = ['instant', 'warehouse', 'lms'] as const;
export type Provider = (typeof PROVIDERS)[number];

const productSchema = z.object({ sku: z.string(), name: z.string(), unitPrice: z.string(), unitsInStock: z.int().min(0) });
export type Product = z.infer<typeof productSchema>;
const customerSchema = z.object({ customerId: z.string(), contactName: z.string() });
export type Customer = z.infer<typeof customerSchema>;

/** Absolute path of a file of the sample. */
export function northwindFile(name: 'orders.jsonl' | 'products.jsonl' | 'customers.jsonl'): string {
  return fileURLToPath(new URL(`../northwind/${name}`, import.meta.url));
}

export function readProducts(): Product[] {
  return linesOf('products.jsonl').map((line) => productSchema.parse(JSON.parse(line)));
}

export function readCustomers(): Customer[] {
  return linesOf('customers.jsonl').map((line) => customerSchema.parse(JSON.parse(line)));
}

function linesOf(name: Parameters<typeof northwindFile>[0]): string[] {
  return readFileSync(northwindFile(name), 'utf8').split('\n').filter((line) => line !== '');
}

/** sku → provider: the first product to the first provider, the second to the second, and so on in turn. */
export function splitByProvider(products: readonly Product[]): Record<string, Provider> {
  return Object.fromEntries(products.map(({ sku }, index) => [sku, PROVIDERS[index % PROVIDERS.length] as Provider]));
}
