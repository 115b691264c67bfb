/** Reads the flow every two seconds while the view is open. */
import { $api } from '../../api.ts';
import type { Count, Looks } from './judged.ts';

const EVERY_MS = 2_000;

export function useFlow() {
  return $api.useQuery('get', '/api/flow', {}, { refetchInterval: EVERY_MS });
}

const CARES_EVERY_MS = 5_000;

/** Who needs care, as far as one may see it. */
export function useCares(mayOrders: boolean, mayDeadLetters: boolean): Pick<Looks, 'orders' | 'deadLetters'> {
  const orders = $api.useQuery('get', '/orders/care/counts', {}, { refetchInterval: CARES_EVERY_MS, enabled: mayOrders });
  const dead = $api.useQuery('get', '/dead-letters/counts', {}, { refetchInterval: CARES_EVERY_MS, enabled: mayDeadLetters });
  const countOf = ({ data, error }: { readonly data?: { readonly total: number } | undefined; readonly error: unknown }): Count => ({ total: data?.total, hasFailed: error !== null });
  return { orders: mayOrders ? countOf(orders) : undefined, deadLetters: mayDeadLetters ? countOf(dead) : undefined };
}
