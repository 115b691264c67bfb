/** What the list of orders is narrowed to, from the address to the call. Pure, but for the zone of the browser. */
import type { operations } from '../../openapi.ts';

type OrdersQuery = Omit<NonNullable<operations['listOrders']['parameters']['query']>, 'cursor' | 'limit'>;

export interface OrdersFilter {
  readonly search: string;
  readonly status: string;
  /** How long ago at most: `1h`, `7d`; or `between` with from and to. */
  readonly placed: string;
  /** `2026-11-22T10:00` in the zone of the browser. */
  readonly from: string;
  readonly to: string;
}

export const STATUSES = ['created', 'reserved', 'paid', 'fulfilling', 'fulfilled', 'shipped', 'completed', 'on_hold', 'cancel_pending', 'cancelled', 'refund_pending', 'refunded'] as const;

export const PLACED: readonly { readonly value: string; readonly name: string; readonly ms?: number }[] = [
  { value: '', name: 'at any time' }, { value: '15m', name: 'in the last 15 minutes', ms: 900_000 }, { value: '1h', name: 'in the last hour', ms: 3_600_000 },
  { value: '1d', name: 'in the last day', ms: 86_400_000 }, { value: '7d', name: 'in the last 7 days', ms: 604_800_000 }, { value: 'between', name: 'between …' },
];

/** The query of GET /orders. What nobody knows is left out. */
export function ordersQuery({ search, status, placed, from, to }: OrdersFilter, nowMs: number): OrdersQuery {
  const query: OrdersQuery = {};
  if (search.trim() !== '') query.search = search.trim();
  const known = STATUSES.find((one) => one === status);
  if (known !== undefined) query.status = known;
  const span = PLACED.find(({ value }) => value === placed)?.ms;
  if (span !== undefined) query.from = new Date(nowMs - span).toISOString();
  if (placed === 'between') for (const [name, text] of [['from', from], ['to', to]] as const) if (!Number.isNaN(Date.parse(text))) query[name] = new Date(text).toISOString();
  return query;
}
