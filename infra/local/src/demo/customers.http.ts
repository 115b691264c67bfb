// What customers do beside ordering: they change their minds, and send things back.
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { Refused } from './api.http.ts';
import type { Api } from './api.http.ts';
import type { SettledOrder } from './orders-run.ts';
import type { CancelTime } from './plan.ts';

const LOOK_INTERVAL_MS = 20;
const BEFORE_ITS_WAY = new Set(['created', 'reserved']);

const anything = z.unknown();
const orderSchema = z.object({ status: z.string() });

/** Cancels an order. That the wish may be refused because the order is over is no fault: what became of it is told of the order. */
export async function cancelOrder(cc: Api, orderId: string, when: CancelTime, signal: AbortSignal): Promise<void> {
  while (when === 'under_way' && BEFORE_ITS_WAY.has((await cc.call(orderSchema, 'GET', `/orders/${orderId}`)).status)) await wait(LOOK_INTERVAL_MS, undefined, { signal });
  await cc.call(anything, 'POST', `/orders/${orderId}/cancel`, { body: { reason: { code: 'customer_changed_mind' } } }).catch((error: unknown) => {
    if (!(error instanceof Refused)) throw error;
  });
}

/** Order id → lines whose money was asked back. */
export type SentBack = ReadonlyMap<string, ReadonlySet<string>>;

/** Three customers send something back, and the shop's people (`operator`) give the money back: all that can be taken back at once, all of an order of which a parcel is a part, one line of an order. */
export async function sendBack(operator: Api, orders: readonly SettledOrder[]): Promise<SentBack> {
  const whole = orders.filter(({ status, lines }) => status === 'completed' && lines.every(({ outcome }) => outcome?.status === 'fulfilled')).toSorted((a, b) => a.orderNumber - b.orderNumber);
  const withoutParcel = whole.filter(({ lines }) => lines.every(({ outcome }) => outcome?.provider !== 'warehouse'));
  const [all, parts] = [withoutParcel[0], withoutParcel.find(({ lines }, index) => index > 0 && lines.length > 1)];
  const withParcel = whole.find(({ lines }) => new Set(lines.map(({ outcome }) => outcome?.provider === 'warehouse')).size > 1);
  const sent = new Map<string, ReadonlySet<string>>();
  const refund = async (order: SettledOrder, lineIds?: readonly string[]): Promise<void> => {
    await operator.call(anything, 'POST', `/orders/${order.orderId}/refund`, { body: { reason: { code: 'sent_back' }, ...(lineIds === undefined ? {} : { lineIds }) } });
    sent.set(order.orderId, new Set(lineIds ?? order.lines.map(({ lineId }) => lineId)));
  };
  if (all !== undefined) await refund(all);
  if (withParcel !== undefined) await refund(withParcel);
  if (parts !== undefined) await refund(parts, parts.lines.slice(0, 1).map(({ lineId }) => lineId));
  return sent;
}
