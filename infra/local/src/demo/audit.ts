// The check of the goods: for each order and line, what was sold, what Order Fulfillment says became of it, and what the provider
// itself has on its books. A fulfilled line was delivered once and not taken back; of every other nothing is left anywhere. Three
// independent accounts, compared here. Pure.

type SoldLine = { readonly lineId: string; readonly sku: string; readonly quantity: number };
/** Order Fulfillment's account of a line. */
export type OutcomeLine = { readonly lineId: string; readonly sku: string; readonly quantity: number; readonly provider: string; readonly status: string };
/** A provider's own account: how many times it delivered this quantity of this line, and how many of them it took back. */
export type LedgerRow = { readonly provider: string; readonly orderId: string; readonly lineId: string; readonly quantity: number; readonly effects: number; readonly reversals: number };

export type AuditedOrder = {
  readonly orderId: string;
  readonly orderNumber: number;
  readonly status: string;
  readonly sold: readonly SoldLine[];
  /** The lines of every fulfillment of this order; more than one fulfillment shows as lines that stand twice. */
  readonly outcome: readonly OutcomeLine[];
};

export type Audit = {
  readonly lines: number;
  readonly sound: number;
  /** Lines delivered more than once, in whatever way. */
  readonly deliveredTwice: number;
  readonly linesPerProvider: Readonly<Record<string, number>>;
  /** What became of the lines: `fulfilled`, `failed`, …, or `never requested`. */
  readonly linesPerEnd: Readonly<Record<string, number>>;
  readonly cancelled: {
    readonly orders: number;
    /** Entries of cancelled orders in the books of providers: made and taken back, and those that stand. */
    readonly takenBack: number;
    readonly standing: number;
  };
  /** One sentence per line that does not agree. */
  readonly complaints: readonly string[];
};

/** Statuses of a line that was not delivered, or is not any more. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(['failed', 'cancelled', 'revoked']);

/** Compares the three accounts of every order. Ledger rows of orders that are not among them are complaints, too. */
export function audit(orders: readonly AuditedOrder[], ledger: readonly LedgerRow[]): Audit {
  const booked = Map.groupBy(ledger, (row) => row.orderId);
  const complaints: string[] = [];
  const linesPerProvider: Record<string, number> = {};
  const linesPerEnd: Record<string, number> = {};
  const cancelled = { orders: 0, takenBack: 0, standing: 0 };
  let lines = 0;
  let sound = 0;
  for (const order of orders) {
    const rows = booked.get(order.orderId) ?? [];
    booked.delete(order.orderId);
    if (order.status === 'cancelled') {
      cancelled.orders += 1;
      cancelled.takenBack += sumOf(rows, ({ reversals }) => reversals);
      cancelled.standing += sumOf(rows, net);
    }
    const lineIds = new Set([...order.sold, ...order.outcome, ...rows].map(({ lineId }) => lineId));
    for (const lineId of lineIds) {
      lines += 1;
      const [sold, outcome, books] = [order.sold, order.outcome, rows].map((account) => account.filter((line) => line.lineId === lineId)) as [SoldLine[], OutcomeLine[], LedgerRow[]];
      const fault = faultOf(order.status, sold, outcome, books);
      if (fault === undefined) sound += 1;
      else complaints.push(`order ${order.orderNumber}, line ${lineId}: ${fault}`);
      for (const { provider } of outcome) count(linesPerProvider, provider);
      count(linesPerEnd, outcome[0]?.status ?? 'never requested');
    }
  }
  for (const orderId of booked.keys()) complaints.push(`a provider delivered for order ${orderId}, which nobody placed`);
  return { lines, sound, deliveredTwice: countDeliveredTwice(ledger), linesPerProvider, linesPerEnd, cancelled, complaints };
}

/** What is wrong with one line of an order in this status, or undefined. */
function faultOf(status: string, sold: readonly SoldLine[], outcome: readonly OutcomeLine[], books: readonly LedgerRow[]): string | undefined {
  const [ordered, settled, booked] = [sold[0], outcome[0], books[0]];
  const effects = sumOf(books, (row) => row.effects);
  const left = sumOf(books, net);
  if (ordered === undefined || sold.length > 1) return `sold ${sold.length} times`;
  if (status === 'cancelled' && outcome.length === 0) return effects === 0 ? undefined : `delivered ${effects} times, and Order Fulfillment knows nothing of it`;
  if (settled === undefined || outcome.length > 1) return `${outcome.length} outcomes at Order Fulfillment`;
  if (settled.sku !== ordered.sku || settled.quantity !== ordered.quantity) return `sold ${ordered.quantity} × ${ordered.sku}, ${settled.status} ${settled.quantity} × ${settled.sku}`;
  if (WITHOUT_EFFECT.has(settled.status)) return left === 0 ? undefined : `${settled.status}, and ${left} times on the books of ${booked?.provider}`;
  if (settled.status !== 'fulfilled') return `${settled.status} at ${settled.provider}`;
  if (status === 'cancelled') return `fulfilled by ${settled.provider}, though the order is cancelled`;
  if (booked === undefined || effects !== 1 || left !== 1) return `delivered ${effects} times, taken back ${effects - left} times`;
  if (booked.provider !== settled.provider) return `given to ${settled.provider}, delivered by ${booked.provider}`;
  if (booked.quantity !== ordered.quantity) return `sold ${ordered.quantity}, delivered ${booked.quantity}`;
  return undefined;
}

function net({ effects, reversals }: LedgerRow): number {
  return effects - reversals;
}

function sumOf<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((sum, one) => sum + of(one), 0);
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

function countDeliveredTwice(ledger: readonly LedgerRow[]): number {
  const perLine = Map.groupBy(ledger, (row) => JSON.stringify([row.orderId, row.lineId]));
  return [...perLine.values()].filter((rows) => sumOf(rows, net) > 1).length;
}
