// What came of breaking something: judged from what the services and the books of the providers say now, never from a count that was
// kept on the way. Pure.
import type { LedgerRow } from '../demo/audit.ts';
import type { BreakRecord } from './breaks.ts';

/** An order as Commerce Coordinator tells of it. */
export type OrderFact = {
  readonly orderId: string;
  readonly orderNumber: number;
  readonly status: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly lines: readonly { readonly lineId: string; readonly outcome: { readonly provider: string; readonly status: string } | null }[];
};

export type Facts = {
  readonly orders: readonly OrderFact[];
  /** Orders that were accepted, and of which Commerce Coordinator knows nothing. */
  readonly missing: readonly string[];
  /** By order: what it waits for and what happens next, of those that need care. */
  readonly care: ReadonlyMap<string, { readonly waitsFor: string; readonly nextStep: string }>;
  /** By order: the lines of its fulfillments. */
  readonly fulfillments: ReadonlyMap<string, readonly { readonly lineId: string; readonly status: string }[]>;
  readonly ledger: readonly LedgerRow[];
  /** Providers whose books were read: of the others nothing can be missed. */
  readonly booksRead: ReadonlySet<string>;
  readonly money: readonly { readonly orderId: string; readonly charges: number }[];
  /** What could not be asked. */
  readonly unread: readonly string[];
  readonly isCut: boolean;
};

export type Outcome = {
  readonly state: 'never' | 'broken' | 'recovering' | 'settled';
  readonly since: string | null;
  readonly until: string | null;
  readonly breaks: { readonly dependency: string; readonly kind: string; readonly seed: number; readonly beganAt: string; readonly endedAt: string | null }[];
  readonly orders: { readonly touched: number; readonly waited: number; readonly recovered: number; readonly waiting: number; readonly lost: number; readonly doubled: number };
  readonly waiting: { readonly orderId: string; readonly orderNumber: number; readonly status: string; readonly waitsFor: string | null; readonly nextStep: string | null }[];
  readonly lost: { readonly orderId: string; readonly orderNumber: number | null; readonly why: string }[];
  readonly doubled: { readonly orderId: string; readonly orderNumber: number; readonly what: string }[];
  readonly unread: string[];
  readonly isCut: boolean;
  readonly judgedAt: string | null;
  readonly text: string;
};

/** An order that is under way for longer has waited; undisturbed it takes less than a second. */
export const WAITED_AFTER_MS = 3_000;
const SHOWN = 20;
const FINAL: ReadonlySet<string> = new Set(['completed', 'cancelled', 'refunded']);
/** How Commerce Coordinator says that nothing happens to an order by itself any more. */
const NO_STEP = 'Nothing:';

export const NEVER: Outcome = {
  state: 'never', since: null, until: null, breaks: [], orders: { touched: 0, waited: 0, recovered: 0, waiting: 0, lost: 0, doubled: 0 },
  waiting: [], lost: [], doubled: [], unread: [], isCut: false, judgedAt: null, text: 'Nothing was broken yet.',
};

export function isFinal({ status }: Pick<OrderFact, 'status'>): boolean {
  return FINAL.has(status);
}

/** `records`: the breaks of this run, at least one. */
export function judge(records: readonly BreakRecord[], facts: Facts, nowMs: number): Outcome {
  const sinceMs = Math.min(...records.map(({ beganAtMs }) => beganAtMs));
  const untilMs = records.some(({ endedAtMs }) => endedAtMs === null) ? null : Math.max(...records.map(({ endedAtMs }) => endedAtMs ?? 0));
  const touched = facts.orders.filter((order) => Date.parse(order.createdAt) <= (untilMs ?? nowMs) && endOf(order, nowMs) >= sinceMs);
  const waited = touched.filter((order) => endOf(order, nowMs) - Math.max(Date.parse(order.createdAt), sinceMs) > WAITED_AFTER_MS);
  const lost = [...facts.missing.map((orderId) => ({ orderId, orderNumber: null, why: 'it was accepted, and Commerce Coordinator knows nothing of it' })), ...touched.flatMap((order) => lossOf(order, facts))];
  const lostIds = new Set(lost.map(({ orderId }) => orderId));
  const waiting = touched.filter((order) => !isFinal(order) && !lostIds.has(order.orderId));
  const ended = waited.filter((order) => isFinal(order) && !lostIds.has(order.orderId));
  const [recovered, calledOff] = [ended.length, ended.filter(({ status }) => status !== 'completed').length];
  const doubled = touched.flatMap((order) => doublesOf(order, facts));
  const orders = { touched: touched.length, waited: waited.length, recovered, waiting: waiting.length, lost: lost.length, doubled: new Set(doubled.map(({ orderId }) => orderId)).size };
  return {
    state: untilMs === null ? 'broken' : waiting.length > 0 ? 'recovering' : 'settled',
    since: iso(sinceMs), until: untilMs === null ? null : iso(untilMs),
    breaks: records.map(({ dependency, kind, seed, beganAtMs, endedAtMs }) => ({ dependency, kind, seed, beganAt: iso(beganAtMs), endedAt: endedAtMs === null ? null : iso(endedAtMs) })),
    orders,
    waiting: waiting.slice(0, SHOWN).map(({ orderId, orderNumber, status }) => ({ orderId, orderNumber, status, waitsFor: facts.care.get(orderId)?.waitsFor ?? null, nextStep: facts.care.get(orderId)?.nextStep ?? null })),
    lost: lost.slice(0, SHOWN), doubled: doubled.slice(0, SHOWN),
    unread: [...facts.unread], isCut: facts.isCut, judgedAt: iso(nowMs), text: inWords(orders, calledOff),
  };
}

/** One line. `calledOff`: of the recovered, those that ended cancelled or refunded. */
function inWords({ touched, waited, recovered, waiting, lost, doubled }: Outcome['orders'], calledOff: number): string {
  const end = `${calledOff === 0 ? '' : `${calledOff} of them called off, `}${lost} lost, ${doubled} doubled`;
  if (waiting > 0) return `${waiting} ${waiting === 1 ? 'waits' : 'wait'}; ${recovered} of ${waited} recovered so far, ${end}`;
  if (touched === 0) return `No order was under way meanwhile: ${end}`;
  if (waited > 0) return `${recovered} of ${waited} recovered, ${end}`;
  return `${touched} ${touched === 1 ? 'order' : 'orders'} went through and none had to wait, ${end}`;
}

function endOf(order: OrderFact, nowMs: number): number {
  return isFinal(order) ? Date.parse(order.updatedAt) : nowMs;
}

/** Neither at its end nor due; or at its end, and not in the books of who delivered it. */
function lossOf(order: OrderFact, { care, ledger, booksRead }: Facts): Outcome['lost'] {
  const { orderId, orderNumber } = order;
  const needed = care.get(orderId);
  if (!isFinal(order)) return needed?.nextStep.startsWith(NO_STEP) === true ? [{ orderId, orderNumber, why: `nothing happens to it by itself: ${needed.waitsFor}` }] : [];
  if (order.status !== 'completed') return [];
  const standing = standingOf(ledger.filter((row) => row.orderId === orderId));
  const undelivered = order.lines.filter(({ lineId, outcome }) => outcome?.status === 'fulfilled' && booksRead.has(outcome.provider) && (standing.get(lineId) ?? 0) < 1);
  return undelivered.slice(0, 1).map(({ lineId, outcome }) => ({ orderId, orderNumber, why: `it is completed, and line ${lineId} does not stand in the books of ${outcome?.provider}` }));
}

function doublesOf({ orderId, orderNumber }: OrderFact, { ledger, money, fulfillments }: Facts): Outcome['doubled'] {
  const told = (what: string) => ({ orderId, orderNumber, what });
  const delivered = [...standingOf(ledger.filter((row) => row.orderId === orderId))].filter(([, count]) => count > 1);
  const charges = money.find((row) => row.orderId === orderId)?.charges ?? 0;
  const fulfilled = Map.groupBy((fulfillments.get(orderId) ?? []).filter(({ status }) => status === 'fulfilled'), ({ lineId }) => lineId);
  return [
    ...delivered.map(([lineId, count]) => told(`line ${lineId} was delivered ${count} times`)),
    ...(charges > 1 ? [told(`it was charged ${charges} times`)] : []),
    ...[...fulfilled].filter(([, lines]) => lines.length > 1).map(([lineId, lines]) => told(`line ${lineId} is fulfilled ${lines.length} times at Order Fulfillment`)),
  ];
}

/** By line: deliveries that were not taken back. */
function standingOf(rows: readonly LedgerRow[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { lineId, effects, reversals } of rows) counts.set(lineId, (counts.get(lineId) ?? 0) + effects - reversals);
  return counts;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
