/** Reads the flow every two seconds while the view is open. */
import { useQuery } from '@tanstack/react-query';
import type { UseQueryResult } from '@tanstack/react-query';
import { callJson } from '../../api.ts';
import type { Flow } from './flow-data.ts';
import type { Count, Looks } from './judged.ts';

const EVERY_MS = 2_000;

export function useFlow(): UseQueryResult<Flow> {
  return useQuery({ queryKey: ['get', '/api/flow'], queryFn: ({ signal }) => callJson<Flow>('GET', '/api/flow', undefined, signal), refetchInterval: EVERY_MS });
}


const CARES_EVERY_MS = 5_000;

/** Who needs care, as far as one may see it. */
export function useCares(mayOrders: boolean, mayDeadLetters: boolean): Pick<Looks, 'orders' | 'deadLetters'> {
  const orders = useQuery({ queryKey: ['get', '/orders/care/counts'], queryFn: ({ signal }) => callJson<{ readonly total: number }>('GET', '/orders/care/counts', undefined, signal), refetchInterval: CARES_EVERY_MS, enabled: mayOrders });
  const dead = useQuery({ queryKey: ['get', '/dead-letters/counts'], queryFn: ({ signal }) => callJson<{ readonly total: number }>('GET', '/dead-letters/counts', undefined, signal), refetchInterval: CARES_EVERY_MS, enabled: mayDeadLetters });
  const countOf = ({ data, error }: typeof orders): Count => ({ total: data?.total, hasFailed: error !== null });
  return { orders: mayOrders ? countOf(orders) : undefined, deadLetters: mayDeadLetters ? countOf(dead) : undefined };
}
