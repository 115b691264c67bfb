// The last words of the demo. Pure.
import type { LogFigures } from './accounts.ts';
import type { Audit } from './audit.ts';
import type { Drops } from './drops.ts';
import { percentile, showMs, tally } from './figures.ts';
import type { RefusedLine, SettledOrder } from './orders-run.ts';

export type Result = {
  readonly malformed: number;
  readonly refused: readonly RefusedLine[];
  readonly orders: readonly SettledOrder[];
  readonly log: LogFigures;
  readonly audit: Audit;
  readonly restarts: number;
  /** Left out when the bus lost nothing on purpose. */
  readonly drops?: Drops | undefined;
};

const COMPLAINTS_SHOWN = 20;

/** Why the demo did not go well; empty when every accepted order is settled and every line was delivered exactly once. */
export function failures({ refused, orders, audit, drops, restarts }: Result): string[] {
  const unsettled = orders.filter(({ status }) => status !== 'completed' && status !== 'cancelled').length;
  return [
    ...refused.map(({ line, orderNumber, why }) => `line ${line}, order ${orderNumber}: refused: ${why}`),
    ...(unsettled > 0 ? [`${unsettled} orders are not settled`] : []),
    ...(orders.length === 0 ? ['no order was accepted'] : []),
    ...audit.complaints,
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
  const { orders, audit, malformed, refused, log } = result;
  const completed = orders.filter(({ status }) => status === 'completed');
  const tookMs = completed.map(({ createdAt, updatedAt }) => Date.parse(updatedAt) - Date.parse(createdAt));
  const beganMs = Math.min(...orders.map(({ createdAt }) => Date.parse(createdAt)));
  const endedMs = Math.max(...completed.map(({ updatedAt }) => Date.parse(updatedAt)));
  const reasons = tally(orders.flatMap(({ reason }) => (reason === null ? [] : [reason.code])));
  const shares = Object.entries(audit.linesPerProvider).map(([provider, count]) => `${provider} ${count} (${Math.round((100 * count) / audit.lines)} %)`);
  const problems = failures(result);
  return [
    row('Orders', `${orders.length} accepted: ${tally(orders.map(({ status }) => status))}${reasons === '' ? '' : ` (${reasons})`}`),
    ...(malformed + refused.length > 0 ? [row('Not placed', `malformed lines ${malformed}, refused orders ${refused.length}`)] : []),
    row('Lines', `${audit.lines}: ${shares.join(', ')}`),
    row('Events', `${log.events.cc} in Commerce Coordinator's log, ${log.events.of} in Order Fulfillment's`),
    row('Duplicates ignored', log.ignored.length === 0 ? 'none' : `${log.ignored.length}: ${tally(log.ignored)}`),
    row('Accepted→completed', `p50 ${showMs(percentile(tookMs, 0.5))}, p99 ${showMs(percentile(tookMs, 0.99))}`),
    ...(completed.length === 0 ? [] : [row('Throughput', `${(completed.length / Math.max(0.001, (endedMs - beganMs) / 1_000)).toFixed(1)} orders/s from the first acceptance to the last completion`)]),
    ...(result.drops === undefined ? [] : [row('Lost and found', lostAndFound(result.drops))]),
    ...(result.restarts > 0 ? [row('Restarts', `${result.restarts} processes were killed and started again`)] : []),
    row('Check', `${audit.sound} of ${audit.lines} lines: sold = fulfilled = delivered once; ${audit.deliveredTwice} delivered more than once`),
    ...problems.slice(0, COMPLAINTS_SHOWN).map((problem) => row('', problem)),
    ...(problems.length > COMPLAINTS_SHOWN ? [row('', `… and ${problems.length - COMPLAINTS_SHOWN} more`)] : []),
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
