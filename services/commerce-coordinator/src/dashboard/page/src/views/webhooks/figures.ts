/** How webhooks fare, for the list and for one. */
import { useQuery } from '@tanstack/react-query';
import type { UseQueryResult } from '@tanstack/react-query';
import { callJson } from '../../api.ts';

export interface WebhookFigures {
  readonly webhookId: string;
  /** Attempts of the last deliveries. */
  readonly attempts: number;
  readonly delivered: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly lastAttemptAt: string | null;
  readonly waiting: number;
  readonly held: number;
  readonly givenUp: number;
  readonly nextDueAt: string | null;
}

const FIGURES_KEY = ['get', '/api/webhooks/figures'];
const EVERY_MS = 3_000;

/** `since`: counts what was given up of what was made since then; undefined: all. */
export function useFigures(ids: readonly string[], since?: string): UseQueryResult<ReadonlyMap<string, WebhookFigures>> {
  return useQuery({
    queryKey: [...FIGURES_KEY, ids, since], enabled: ids.length > 0, refetchInterval: EVERY_MS, placeholderData: (before) => before,
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams({ ids: ids.join(','), ...(since !== undefined && { since }) });
      const { items } = await callJson<{ readonly items: readonly WebhookFigures[] }>('GET', `/api/webhooks/figures?${query}`, undefined, signal);
      return new Map(items.map((item) => [item.webhookId, item]));
    },
  });
}
