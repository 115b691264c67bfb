/** Reads the flow every two seconds while the view is open. */
import { $api } from '../../api.ts';
import type { Count, Looks } from './judged.ts';

const EVERY_MS = 2_000;

export function useFlow() {
  return $api.useQuery('get', '/api/flow', {}, { refetchInterval: EVERY_MS });
}

const CARES_EVERY_MS = 5_000;
/** So many deliveries that were given up are counted; with that many there may be more. */
export const MOST_GIVEN_UP = 100;

/** Who needs care, as far as one may see it. */
export function useCares(mayOrders: boolean, mayDeadLetters: boolean, mayWebhooks: boolean): Pick<Looks, 'orders' | 'deadLetters' | 'givenUp'> {
  const orders = $api.useQuery('get', '/orders/care/counts', {}, { refetchInterval: CARES_EVERY_MS, enabled: mayOrders });
  const dead = $api.useQuery('get', '/dead-letters/counts', {}, { refetchInterval: CARES_EVERY_MS, enabled: mayDeadLetters });
  const given = $api.useQuery('get', '/api/webhooks/dead-deliveries', { params: { query: { limit: MOST_GIVEN_UP } } }, { refetchInterval: CARES_EVERY_MS, enabled: mayWebhooks });
  const countOf = ({ data, error }: { readonly data?: { readonly total: number } | undefined; readonly error: unknown }): Count => ({ total: data?.total, hasFailed: error !== null });
  return { orders: mayOrders ? countOf(orders) : undefined, deadLetters: mayDeadLetters ? countOf(dead) : undefined, givenUp: mayWebhooks ? countOf({ data: given.data && { total: given.data.items.length }, error: given.error }) : undefined };
}
