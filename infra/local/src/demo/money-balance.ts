// The balance of the money: what the payment provider has on its own books against the value of what the customers were left with.
// The rule: kept is the value of the lines that stand, and the freight while one of them stands. Pure.
import { showCents } from './money.ts';

/** The books of the payment provider about one order. Minor units. */
export type MoneyRow = { readonly orderId: string; readonly currency: string; readonly charges: number; readonly charged: bigint; readonly refunded: bigint };

/** What is due for an order, by the demo's own account. Minor units. */
export type DueOrder = {
  readonly orderId: string;
  readonly orderNumber: number;
  readonly currency: string;
  readonly freight: bigint;
  /** `stands`: fulfilled, and its money was not asked back. */
  readonly lines: readonly { readonly value: bigint; readonly stands: boolean }[];
};

export type MoneySums = { readonly charged: bigint; readonly refunded: bigint; readonly goods: bigint; readonly freight: bigint };
export type MoneyBalance = {
  readonly orders: number;
  readonly balanced: number;
  readonly perCurrency: ReadonlyMap<string, MoneySums>;
  readonly complaints: readonly string[];
};

const NOTHING: MoneySums = { charged: 0n, refunded: 0n, goods: 0n, freight: 0n };

/** Compares order by order. Money of orders that are not among them is a complaint, too. */
export function balanceMoney(orders: readonly DueOrder[], rows: readonly MoneyRow[]): MoneyBalance {
  const booked = Map.groupBy(rows, ({ orderId }) => orderId);
  const perCurrency = new Map<string, MoneySums>();
  const complaints: string[] = [];
  for (const order of orders) {
    const books = booked.get(order.orderId) ?? [];
    booked.delete(order.orderId);
    const goods = order.lines.reduce((sum, { value, stands }) => (stands ? sum + value : sum), 0n);
    const freight = order.lines.some(({ stands }) => stands) ? order.freight : 0n;
    const fault = faultOf(order, books, goods + freight);
    if (fault !== undefined) complaints.push(`order ${order.orderNumber}: ${fault}`);
    for (const row of books) add(perCurrency, row.currency, { ...NOTHING, charged: row.charged, refunded: row.refunded });
    add(perCurrency, order.currency, { ...NOTHING, goods, freight });
  }
  const balanced = orders.length - complaints.length;
  for (const orderId of booked.keys()) complaints.push(`money was taken for order ${orderId}, which nobody placed`);
  return { orders: orders.length, balanced, perCurrency, complaints };
}

/** What is wrong with the money of one order, or undefined. */
function faultOf({ lines, freight, currency }: DueOrder, books: readonly MoneyRow[], due: bigint): string | undefined {
  const [row] = books;
  if (row === undefined) return due === 0n ? undefined : `nothing was charged, ${showCents(due)} is due`;
  const total = lines.reduce((sum, { value }) => sum + value, freight);
  if (books.length > 1 || row.currency !== currency) return `charged in ${books.map((one) => one.currency).join(' and ')}, sold in ${currency}`;
  if (row.charges > 1) return `charged ${row.charges} times`;
  if (row.charged !== total) return `charged ${showCents(row.charged)}, its total is ${showCents(total)}`;
  const kept = row.charged - row.refunded;
  return kept === due ? undefined : `charged ${showCents(row.charged)} and gave ${showCents(row.refunded)} back, so ${showCents(kept)} was kept, and ${showCents(due)} is due`;
}

function add(perCurrency: Map<string, MoneySums>, currency: string, more: MoneySums): void {
  const { charged, refunded, goods, freight } = perCurrency.get(currency) ?? NOTHING;
  perCurrency.set(currency, { charged: charged + more.charged, refunded: refunded + more.refunded, goods: goods + more.goods, freight: freight + more.freight });
}
