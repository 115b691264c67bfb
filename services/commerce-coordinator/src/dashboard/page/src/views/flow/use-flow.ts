/** Reads the flow every two seconds while the view is open. */
import { useQuery } from '@tanstack/react-query';
import type { UseQueryResult } from '@tanstack/react-query';
import { callJson } from '../../api.ts';
import type { Flow } from './flow-data.ts';

const EVERY_MS = 2_000;

export function useFlow(): UseQueryResult<Flow> {
  return useQuery({ queryKey: ['get', '/api/flow'], queryFn: ({ signal }) => callJson<Flow>('GET', '/api/flow', undefined, signal), refetchInterval: EVERY_MS });
}

/** Who needs care, as far as one may see it. */
export interface Cares {
  readonly orders: number | undefined;
  readonly deadLetters: number | undefined;
}

const CARES_EVERY_MS = 5_000;

export function useCares(mayOrders: boolean, mayDeadLetters: boolean): Cares {
  const orders = useQuery({ queryKey: ['get', '/orders/care/counts'], queryFn: ({ signal }) => callJson<{ readonly total: number }>('GET', '/orders/care/counts', undefined, signal), refetchInterval: CARES_EVERY_MS, enabled: mayOrders });
  const dead = useQuery({ queryKey: ['get', '/dead-letters/counts'], queryFn: ({ signal }) => callJson<{ readonly total: number }>('GET', '/dead-letters/counts', undefined, signal), refetchInterval: CARES_EVERY_MS, enabled: mayDeadLetters });
  return { orders: orders.data?.total, deadLetters: dead.data?.total };
}
