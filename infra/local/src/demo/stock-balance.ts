// The balance of the stock, product by product: what was brought in = what is there + what was delivered, and nothing is set aside
// any more. Pure.

/** What the demo itself brought in. */
export type Brought = { readonly sku: string; readonly opening: number; readonly restocked: number };
/** What Commerce Coordinator says is there; `shown`: what its catalogue says can be sold, undefined where it does not know the product. */
export type Counted = { readonly sku: string; readonly onHand: number; readonly reserved: number; readonly shown: number | undefined };

export type StockBalance = {
  readonly products: number;
  readonly balanced: number;
  readonly opening: number;
  readonly restocked: number;
  readonly onHand: number;
  readonly reserved: number;
  readonly delivered: number;
  readonly complaints: readonly string[];
};

/** `delivered`: pieces by sku that the fulfilling side delivered and did not take back. */
export function balanceStock(brought: readonly Brought[], counted: readonly Counted[], delivered: ReadonlyMap<string, number>): StockBalance {
  const there = new Map(counted.map((stock) => [stock.sku, stock]));
  const came = new Map(brought.map((one) => [one.sku, one]));
  const skus = [...new Set([...came.keys(), ...there.keys(), ...delivered.keys()])];
  const complaints: string[] = [];
  for (const sku of skus) {
    const fault = faultOf(came.get(sku) ?? { sku, opening: 0, restocked: 0 }, there.get(sku) ?? { sku, onHand: 0, reserved: 0, shown: undefined }, delivered.get(sku) ?? 0);
    if (fault !== undefined) complaints.push(`product ${sku}: ${fault}`);
  }
  const sum = <T>(all: Iterable<T>, of: (one: T) => number): number => [...all].reduce((total, one) => total + of(one), 0);
  return {
    products: skus.length, balanced: skus.length - complaints.length, complaints,
    opening: sum(brought, ({ opening }) => opening), restocked: sum(brought, ({ restocked }) => restocked),
    onHand: sum(counted, ({ onHand }) => onHand), reserved: sum(counted, ({ reserved }) => reserved), delivered: sum(delivered.values(), (pieces) => pieces),
  };
}

/** What is wrong with the stock of one product, or undefined. */
function faultOf({ opening, restocked }: Brought, { onHand, reserved, shown }: Counted, delivered: number): string | undefined {
  if (opening + restocked !== onHand + delivered) return `${opening} at the start and ${restocked} brought, but ${onHand} there and ${delivered} delivered`;
  if (reserved !== 0) return `${reserved} are still set aside`;
  if (shown !== undefined && shown !== onHand) return `${onHand} can be sold, the catalogue says ${shown}`;
  return undefined;
}
