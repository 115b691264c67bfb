/**
 * The stock of a product: what there is of it, and how much of that is set aside for orders. Pure.
 * Promise: never less than what is set aside, and never is more set aside than there is. Throws before it breaks this.
 */

export interface Stock {
  readonly kind: 'stock';
  readonly sku: string;
  readonly onHand: number;
  /** Part of `onHand` that is set aside. */
  readonly reserved: number;
  /** One more with every change. */
  readonly version: number;
}

/** Finds the stock of a product; undefined when nobody has counted it. */
export type StockOf = (sku: string) => Stock | undefined;

/** A change of both figures. */
export interface Movement {
  readonly onHand: number;
  readonly reserved: number;
}

const PREFIX = 'sku:';

/** Subject of the stock of a product. */
export function stockSubject(sku: string): string {
  return `${PREFIX}${sku}`;
}

/** The product whose stock the subject is; undefined for any other subject. */
export function skuOf(subject: string): string | undefined {
  return subject.startsWith(PREFIX) ? subject.slice(PREFIX.length) : undefined;
}

/** The subjects of the stocks of these lines, each once. */
export function stockSubjects(lines: readonly { readonly sku: string }[]): string[] {
  return [...new Set(lines.map(({ sku }) => stockSubject(sku)))];
}

/** What can be sold. */
export function availableOf({ onHand, reserved }: Pick<Stock, 'onHand' | 'reserved'>): number {
  return onHand - reserved;
}

/** Quantities by product: a product may stand in several lines. */
export function sumBySku(lines: readonly { readonly sku: string; readonly quantity: number }[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of lines) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
  return sums;
}

export function moved(stock: Stock, { onHand, reserved }: Movement): Stock {
  const next = { ...stock, onHand: stock.onHand + onHand, reserved: stock.reserved + reserved, version: stock.version + 1 };
  if (next.reserved < 0 || next.reserved > next.onHand) throw new RangeError(`The stock of ${stock.sku} cannot become ${next.onHand} with ${next.reserved} set aside.`);
  return next;
}

/** The stocks after these movements, by subject. Throws for a product that nobody has counted. */
export function moveAll(movements: ReadonlyMap<string, Movement>, stockOf: StockOf): Map<string, Stock> {
  return new Map([...movements].map(([sku, movement]): [string, Stock] => {
    const stock = stockOf(sku);
    if (stock === undefined) throw new RangeError(`Nobody has counted ${sku}, of which something is set aside.`);
    return [stockSubject(sku), moved(stock, movement)];
  }));
}
