// The last words of the demo. Pure.
import type { LogFigures } from './accounts.ts';
import { complaintsOf } from './books.ts';
import type { Books } from './books.ts';
import type { Drops } from './drops.ts';
import { percentile, showMs, tally } from './figures.ts';
import { showCents } from './money.ts';
import type { RefusedLine, SettledOrder } from './orders-run.ts';
import { PATHS } from './paths.ts';
import type { PathName } from './paths.ts';
import type { Plan } from './plan.ts';
import { RESTOCK_RULE } from './shop.http.ts';

export type Result = {
  readonly malformed: number;
  readonly refused: readonly RefusedLine[];
  readonly books: Books;
  readonly plan: Pick<Plan, 'restock'>;
  /** Customers who wished to cancel their orders. */
  readonly cancelWishes: number;
  /** Requests by which stock was brought in. */
  readonly deliveries: number;
  readonly log: LogFigures;
  readonly restarts: number;
  /** Left out when the bus lost nothing on purpose. */
  readonly drops?: Drops | undefined;
};

const COMPLAINTS_SHOWN = 20;

/** Why the demo did not go well; empty when every order was accepted and is settled, and all accounts agree. */
export function failures({ refused, books, drops, restarts }: Result): string[] {
  return [
    ...refused.map(({ line, orderNumber, why }) => `line ${line}, order ${orderNumber}: refused: ${why}`),
    ...(books.orders.length === 0 ? ['no order was accepted'] : []),
    ...complaintsOf(books),
    ...(drops === undefined ? [] : unaccounted(drops, restarts)),
  ];
}

/** What was lost must be what was found. A process that was killed may have published an event twice, of which one was lost, and may have had others in hand. */
function unaccounted({ dropped, healed, foundAlone, inQueue }: Drops, restarts: number): string[] {
  const fits = restarts > 0 ? foundAlone <= dropped + inQueue : foundAlone === dropped;
  return [
    ...(fits ? [] : [`the bus lost ${dropped} outcomes, and ${foundAlone} orders have one that only comparing has found`]),
    ...(healed < foundAlone ? [`${foundAlone} orders were healed, and only ${healed} of them are counted`] : []),
  ];
}

export function summary(result: Result): string[] {
  const { books, malformed, refused, log } = result;
  const problems = failures(result);
  return [
    ...ordersRows(books.orders),
    ...(malformed + refused.length > 0 ? [row('Not placed', `malformed lines ${malformed}, refused orders ${refused.length}`)] : []),
    ...waysRows(result),
    ...goodsRows(books),
    ...moneyRows(books),
    ...stockRows(result),
    row('E-mails', lettersText(books)),
    row('Events', `${log.events.cc} in Commerce Coordinator's log, ${log.events.of} in Order Fulfillment's`),
    row('Ignored, and noted', log.ignored.length === 0 ? 'nothing' : `${log.ignored.length}: ${tally(log.ignored)}`),
    ...speedRows(books.orders),
    ...(result.drops === undefined ? [] : [row('Lost and found', lostAndFound(result.drops))]),
    ...(result.restarts > 0 ? [row('Restarts', `${result.restarts} processes were killed and started again`)] : []),
    row('Check', problems.length === 0 ? 'goods, money and stock agree on all sides: 0 differences' : `${problems.length} differences`),
    ...problems.slice(0, COMPLAINTS_SHOWN).map((problem) => row('', problem)),
    ...(problems.length > COMPLAINTS_SHOWN ? [row('', `… and ${problems.length - COMPLAINTS_SHOWN} more`)] : []),
  ];
}

function ordersRows(orders: readonly SettledOrder[]): string[] {
  const ends = [...Map.groupBy(orders, ({ status }) => status)].toSorted((a, b) => b[1].length - a[1].length);
  return [
    row('Orders', `${orders.length} accepted: ${tally(orders.map(({ status }) => status))}`),
    ...ends.flatMap(([status, those]) => {
      const reasons = tally(those.flatMap(({ reason }) => (reason === null ? [] : [reason.code])));
      return reasons === '' ? [] : [row(`  ${status}`, reasons)];
    }),
  ];
}

/** Who took which way beside the straight one, and what is true of all of them. */
function waysRows({ books: { paths }, cancelWishes }: Result): string[] {
  const wishesRefused = cancelWishes - paths.taken.cancelled - paths.taken.cancelled_too_late;
  const names = (Object.keys(PATHS) as PathName[]).filter((name) => paths.taken[name] > 0);
  const way = (label: string, count: number, text: string): string => `${label.padEnd(20)}${String(count).padStart(4)}  ${text}`;
  const ways = [
    ...names.map((name) => way(PATHS[name].label, paths.taken[name], PATHS[name].claims.map(([words]) => words).join(', '))),
    ...(wishesRefused > 0 ? [way('Cancel refused', wishesRefused, 'the order was over when it was asked')] : []),
  ];
  return ways.map((text, index) => row(index === 0 ? 'Compensations' : '', text));
}

function goodsRows({ audit }: Books): string[] {
  const share = (count: number): string => `${count} (${Math.round((100 * count) / Math.max(1, audit.lines))} %)`;
  const { orders, takenBack, standing } = audit.cancelled;
  return [
    row('Lines', `${audit.lines}: ${textOf(audit.linesPerEnd)}`),
    row('Providers', Object.entries(audit.linesPerProvider).map(([provider, count]) => `${provider} ${share(count)}`).join(', ')),
    row('Goods', `${audit.sound} of ${audit.lines} lines: sold = outcome = books of the provider; ${audit.deliveredTwice} delivered more than once`),
    ...(orders === 0 ? [] : [row('Cancelled orders', `${orders}: nothing of them is fulfilled at Order Fulfillment, ${standing} entries stand in the books of providers${takenBack > 0 ? ` (${takenBack} were made and taken back)` : ''}`)]),
  ];
}

function textOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts).toSorted((a, b) => b[1] - a[1]).map(([name, count]) => `${name} ${count}`).join(', ');
}

/** The books of the payment provider beside the value of what customers were left with. */
function moneyRows({ money }: Books): string[] {
  return [...money.perCurrency].flatMap(([currency, { charged, refunded, goods, freight }]) => {
    const [kept, due] = [charged - refunded, goods + freight];
    return [
      row(`Money, ${currency}`, `charged ${showCents(charged)} − refunded ${showCents(refunded)} = kept ${showCents(kept)}, by the books of the payment provider`),
      row('', `goods that stand ${showCents(goods)} + their freight ${showCents(freight)} = due ${showCents(due)}; difference ${showCents(kept - due)}; ${money.balanced} of ${money.orders} orders balance to the cent`),
    ];
  });
}

function stockRows({ books: { stock }, deliveries, plan }: Result): string[] {
  const { opening, restocked, onHand, delivered, reserved, products, balanced } = stock;
  return [
    row('Stock', `${opening} at the start + ${restocked} brought in = ${opening + restocked}; on hand ${onHand} + delivered ${delivered} = ${onHand + delivered}; ${reserved} set aside; ${balanced} of ${products} products balance`),
    ...(plan.restock === undefined ? [] : [row('', `after ${plan.restock.first} orders, then after every ${plan.restock.next}, ${RESTOCK_RULE}: ${deliveries - 1} deliveries`)]),
  ];
}

function lettersText({ letters: { sent, failed, inOutbox } }: Books): string {
  return `${sent} sent, ${inOutbox} lie in the outbox${failed === 0 ? '' : `; ${failed} could not be sent, for nobody knows the address`}`;
}

function speedRows(orders: readonly SettledOrder[]): string[] {
  const completed = orders.filter(({ status }) => status === 'completed');
  if (completed.length === 0) return [];
  const tookMs = completed.map(({ createdAt, updatedAt }) => Date.parse(updatedAt) - Date.parse(createdAt));
  const beganMs = Math.min(...orders.map(({ createdAt }) => Date.parse(createdAt)));
  const endedMs = Math.max(...completed.map(({ updatedAt }) => Date.parse(updatedAt)));
  return [
    row('Accepted→completed', `p50 ${showMs(percentile(tookMs, 0.5))}, p99 ${showMs(percentile(tookMs, 0.99))}`),
    row('Throughput', `${(completed.length / Math.max(0.001, (endedMs - beganMs) / 1_000)).toFixed(1)} orders/s from the first acceptance to the last completion`),
  ];
}

function lostAndFound({ dropped, healed, foundAlone, inQueue }: Drops): string {
  const early = healed - foundAlone;
  return [
    `${dropped} outcomes lost by the bus for good, ${foundAlone} orders healed by comparing`,
    ...(early > 0 ? [`${early} more were healed before their outcome came`] : []),
    ...(inQueue > 0 ? [`${inQueue} messages are still in the queue`] : []),
  ].join('; ');
}

function row(name: string, text: string): string {
  return `  ${name.padEnd(20)}${text}`;
}
