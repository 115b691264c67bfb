// Which orders are worth telling at the end, and how. Pure.
import type { SettledOrder } from './orders-run.ts';
import { timelineTree } from './timeline-tree.ts';
import type { TimelineEvent } from './timeline-tree.ts';

/** An order that was delivered whole, by as many providers as possible; undefined when there is none. */
export function completedExample(orders: readonly SettledOrder[]): SettledOrder | undefined {
  const whole = orders.filter(({ status, lines }) => status === 'completed' && lines.every(({ outcome }) => outcome?.status === 'fulfilled'));
  const providersOf = ({ lines }: SettledOrder): number => new Set(lines.map(({ outcome }) => outcome?.provider)).size;
  return whole.toSorted((a, b) => providersOf(b) - providersOf(a) || a.orderNumber - b.orderNumber)[0];
}

/** An order of which the most had to be undone: one that reached Order Fulfillment, if there is one; undefined when none was cancelled. */
export function compensatedExample(orders: readonly SettledOrder[]): SettledOrder | undefined {
  const wayOf = ({ lines, reason }: SettledOrder): number => {
    if (lines.some(({ outcome }) => outcome?.status === 'failed')) return 3;
    return reason?.code === 'no_stock' ? 1 : 2;
  };
  return orders.filter(({ status }) => status === 'cancelled').toSorted((a, b) => wayOf(b) - wayOf(a) || a.orderNumber - b.orderNumber)[0];
}

/** The lines of one story. */
export function tell({ orderNumber, lines, status, reason }: SettledOrder, events: readonly TimelineEvent[]): string[] {
  const end = reason === null ? status : `${status} (${reason.code})`;
  return [`Order ${orderNumber}, ${lines.length} ${lines.length === 1 ? 'line' : 'lines'}, ${end}:`, ...timelineTree(events).map((line) => `  ${line}`)];
}
