// The check at the end: for each order and line, what Commerce Coordinator sold = what Order Fulfillment says became of it = what
// the provider itself has on its books, exactly once. Three independent accounts, compared here. Pure.

type SoldLine = { readonly lineId: string; readonly sku: string; readonly quantity: number };
/** Order Fulfillment's account of a line. */
export type OutcomeLine = { readonly lineId: string; readonly sku: string; readonly quantity: number; readonly provider: string; readonly status: string };
/** A provider's own account: how many times it delivered this quantity of this line. */
export type LedgerRow = { readonly provider: string; readonly orderId: string; readonly lineId: string; readonly quantity: number; readonly effects: number };

export type AuditedOrder = {
  readonly orderId: string;
  readonly orderNumber: number;
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
  /** One sentence per line that does not agree. */
  readonly complaints: readonly string[];
};

/** Compares the three accounts of every order. Ledger rows of orders that are not among them are complaints, too. */
export function audit(orders: readonly AuditedOrder[], ledger: readonly LedgerRow[]): Audit {
  const booked = Map.groupBy(ledger, (row) => row.orderId);
  const complaints: string[] = [];
  const linesPerProvider: Record<string, number> = {};
  let lines = 0;
  let sound = 0;
  for (const order of orders) {
    const rows = booked.get(order.orderId) ?? [];
    booked.delete(order.orderId);
    const lineIds = new Set([...order.sold, ...order.outcome, ...rows].map(({ lineId }) => lineId));
    for (const lineId of lineIds) {
      lines += 1;
      const [sold, outcome, books] = [order.sold, order.outcome, rows].map((account) => account.filter((line) => line.lineId === lineId)) as [SoldLine[], OutcomeLine[], LedgerRow[]];
      const fault = faultOf(sold, outcome, books);
      if (fault === undefined) sound += 1;
      else complaints.push(`order ${order.orderNumber}, line ${lineId}: ${fault}`);
      for (const { provider } of outcome) linesPerProvider[provider] = (linesPerProvider[provider] ?? 0) + 1;
    }
  }
  for (const orderId of booked.keys()) complaints.push(`a provider delivered for order ${orderId}, which nobody placed`);
  return { lines, sound, deliveredTwice: countDeliveredTwice(ledger), linesPerProvider, complaints };
}

/** What is wrong with one line, or undefined. */
function faultOf(sold: readonly SoldLine[], outcome: readonly OutcomeLine[], books: readonly LedgerRow[]): string | undefined {
  const [ordered, settled, booked] = [sold[0], outcome[0], books[0]];
  if (ordered === undefined || sold.length > 1) return `sold ${sold.length} times`;
  if (settled === undefined || outcome.length > 1) return `${outcome.length} outcomes at Order Fulfillment`;
  if (settled.status !== 'fulfilled') return `${settled.status} at ${settled.provider}`;
  if (settled.sku !== ordered.sku || settled.quantity !== ordered.quantity) return `sold ${ordered.quantity} × ${ordered.sku}, fulfilled ${settled.quantity} × ${settled.sku}`;
  const effects = books.reduce((sum, row) => sum + row.effects, 0);
  if (booked === undefined || effects !== 1) return `delivered ${effects} times`;
  if (booked.provider !== settled.provider) return `given to ${settled.provider}, delivered by ${booked.provider}`;
  if (booked.quantity !== ordered.quantity) return `sold ${ordered.quantity}, delivered ${booked.quantity}`;
  return undefined;
}

function countDeliveredTwice(ledger: readonly LedgerRow[]): number {
  const perLine = Map.groupBy(ledger, (row) => JSON.stringify([row.orderId, row.lineId]));
  return [...perLine.values()].filter((rows) => rows.reduce((sum, row) => sum + row.effects, 0) > 1).length;
}
