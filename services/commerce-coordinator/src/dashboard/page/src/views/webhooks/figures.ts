/** How webhooks fare, for the list and for one. */
import { useQuery } from '@tanstack/react-query';
import type { UseQueryResult } from '@tanstack/react-query';
import { api } from '../../api.ts';
import type { operations } from '../../openapi.ts';

export type WebhookFigures = operations['readWebhookFigures']['responses'][200]['content']['application/json']['items'][number];

const FIGURES_KEY = ['get', '/api/webhooks/figures'];
const EVERY_MS = 3_000;

/** `since`: counts what was given up of what was made since then; undefined: all. */
export function useFigures(ids: readonly string[], since?: string): UseQueryResult<ReadonlyMap<string, WebhookFigures>> {
  return useQuery({
    queryKey: [...FIGURES_KEY, ids, since], enabled: ids.length > 0, refetchInterval: EVERY_MS, placeholderData: (before) => before,
    queryFn: async ({ signal }) => {
      const { data } = await api.GET('/api/webhooks/figures', { params: { query: { ids: ids.join(','), ...(since !== undefined && { since }) } }, signal });
      return new Map((data?.items ?? []).map((item) => [item.webhookId, item]));
    },
  });
}
