// All accounts of a run against each other: goods, money, stock, letters, and the ways of compensation. What follows an order's end,
// such as a letter or goods that were taken back, takes a moment; so it is compared again, for a while, until all agree.
import { setTimeout as wait } from 'node:timers/promises';
import type { StackDescription } from '../stack-description.ts';
import { readLedgers, readLetters, readMoney, readOutcomes, readStocks, readTold } from './accounts.ts';
import type { Letters } from './accounts.ts';
import type { Api } from './api.http.ts';
import { audit } from './audit.ts';
import type { Audit, OutcomeLine } from './audit.ts';
import type { SentBack } from './customers.http.ts';
import { cents, lineValue } from './money.ts';
import { balanceMoney } from './money-balance.ts';
import type { MoneyBalance } from './money-balance.ts';
import type { DemoOrder } from './orders-file.ts';
import { readAllOrders } from './orders-run.ts';
import type { SettledOrder } from './orders-run.ts';
import { judgePaths } from './paths.ts';
import type { PathReport } from './paths.ts';
import type { Plan } from './plan.ts';
import { balanceStock } from './stock-balance.ts';
import type { StockBalance } from './stock-balance.ts';
import type { Shop } from './shop.http.ts';

const LOOK_INTERVAL_MS = 300;

export type Books = {
  readonly orders: readonly SettledOrder[];
  readonly audit: Audit;
  readonly money: MoneyBalance;
  readonly stock: StockBalance;
  readonly letters: Letters;
  readonly paths: PathReport;
};

export type Bookkeeping = {
  readonly description: StackDescription;
  readonly cc: Api;
  readonly of: Api;
  readonly operator: Api;
  readonly shop: Shop;
  /** What was placed, by order id. */
  readonly placed: ReadonlyMap<string, DemoOrder>;
  readonly sentBack: SentBack;
  readonly plan: Pick<Plan, 'mustOccur' | 'leastCompleted'>;
};

/** Compares until all agree, or `withinMs` have passed: then the books are as they are. */
export async function balanceBooks(of: Bookkeeping, withinMs: number, signal: AbortSignal): Promise<Books> {
  const end = performance.now() + withinMs;
  for (;;) {
    const books = await compare(of);
    if (complaintsOf(books).length === 0 || performance.now() > end) return books;
    await wait(LOOK_INTERVAL_MS, undefined, { signal });
  }
}

/** Everything that does not agree, a sentence each. */
export function complaintsOf({ orders, audit: goods, money, stock, letters, paths }: Books): string[] {
  const { due, sent, failed, inOutbox } = letters;
  return [
    ...orders.filter(({ status }) => !['completed', 'cancelled', 'refunded'].includes(status)).map(({ orderNumber, status }) => `order ${orderNumber} is not settled: ${status}`),
    ...goods.complaints, ...money.complaints, ...stock.complaints, ...paths.complaints,
    ...(due === sent + failed && sent === inOutbox ? [] : [`${due} letters are due, ${sent} were sent and ${failed} could not be, ${inOutbox} are in the outbox`]),
  ];
}

async function compare({ description, cc, of, operator, shop, placed, sentBack, plan }: Bookkeeping): Promise<Books> {
  const orders = await readAllOrders(cc);
  const [outcomes, ledgers, rows, stocks, told, letters] = await Promise.all([readOutcomes(of), readLedgers(description), readMoney(description), readStocks(operator), readTold(description), readLetters(description)]);
  const outcomeOf = (orderId: string): OutcomeLine[] => outcomes.get(orderId) ?? [];
  const sold = orders.map((order) => ({ ...order, sold: soldLines(order, placed.get(order.orderId)), outcome: outcomeOf(order.orderId) }));
  const money = new Map(rows.map((row) => [row.orderId, row]));
  return {
    orders, letters,
    audit: audit(sold, ledgers),
    money: balanceMoney(sold.map((order) => dueOf(order, placed.get(order.orderId), sentBack)), rows),
    stock: balanceStock(shop.brought(), stocks, deliveredPieces([...outcomes.values()].flat())),
    paths: judgePaths(orders.map(({ orderId, orderNumber, status }) => ({
      orderNumber, status, told: told.get(orderId) ?? new Set(), money: money.get(orderId), lines: outcomeOf(orderId).map((line) => line.status),
    })), plan),
  };
}

type Sold = SettledOrder & { readonly sold: ReturnType<typeof soldLines>; readonly outcome: readonly OutcomeLine[] };

/** The lines as they were placed, under the ids that Commerce Coordinator gave them: their places. */
function soldLines({ lines }: SettledOrder, order: DemoOrder | undefined): { lineId: string; sku: string; quantity: number }[] {
  return (order?.lines ?? []).map(({ sku, quantity }, index) => ({ lineId: lines[index]?.lineId ?? `line ${index + 1}`, sku, quantity }));
}

function dueOf({ orderId, orderNumber, sold, outcome }: Sold, order: DemoOrder | undefined, sentBack: SentBack) {
  const fulfilled = new Set(outcome.filter(({ status }) => status === 'fulfilled').map(({ lineId }) => lineId));
  const back = sentBack.get(orderId);
  const lines = (order?.lines ?? []).map((line, index) => {
    const lineId = sold[index]?.lineId ?? '';
    return { value: lineValue(line), stands: fulfilled.has(lineId) && back?.has(lineId) !== true };
  });
  return { orderId, orderNumber, currency: order?.currency ?? '', freight: cents(order?.freight ?? '0'), lines };
}

function deliveredPieces(lines: readonly OutcomeLine[]): Map<string, number> {
  const pieces = new Map<string, number>();
  for (const { sku, quantity, status } of lines) if (status === 'fulfilled') pieces.set(sku, (pieces.get(sku) ?? 0) + quantity);
  return pieces;
}
