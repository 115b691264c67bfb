/** Orders to watch while something is broken. Pure. */
export interface Sellable {
  readonly sku: string;
  readonly name: string;
  readonly unitPrice: string;
  readonly currency: string;
  /** Null where nobody counts. */
  readonly available: number | null;
}

export const MOST_ORDERS = 200;
/** Sold where nobody counts the stock of what is not known, as in the stack for development. */
const UNKNOWN: Sellable = { sku: 'SAMPLE-1', name: 'Sample', unitPrice: '10.00', currency: 'USD', available: null };
const CUSTOMERS = ['VINET', 'TOMSP', 'HANAR', 'SUPRD'];

/** Bodies of POST /orders, over the products that can be sold, one after another. */
export function samplesOf(products: readonly Sellable[], count: number): object[] {
  const sold = products.filter(({ available }) => available === null || available > 0);
  const shelf = sold.length === 0 ? [UNKNOWN] : sold;
  return Array.from({ length: Math.min(count, MOST_ORDERS) }, (_, turn) => {
    const { sku, name, unitPrice, currency } = shelf[turn % shelf.length] ?? UNKNOWN;
    return { customerId: CUSTOMERS[turn % CUSTOMERS.length], currency, lines: [{ sku, name, quantity: 1, unitPrice }], metadata: { placedIn: 'Break something' } };
  });
}
