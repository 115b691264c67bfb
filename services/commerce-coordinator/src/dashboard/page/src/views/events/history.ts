/** History and stories as JSON in our own form; the same routes have CloudEvents, too. */
import { api } from '../../api.ts';
import type { paths } from '../../openapi.ts';
import type { SearchQuery } from './search.ts';

type Query = NonNullable<paths['/api/events/history']['get']['parameters']['query']>;

export type HistoryPage = paths['/api/events/history']['get']['responses']['200']['content']['application/json'];
export type HistoryEvent = HistoryPage['items'][number];
export type WholeStory = paths['/api/events/{eventId}']['get']['responses']['200']['content']['application/json'];

/** Rejects with an `ApiProblem`. */
export async function readHistoryPage({ cursor, limit, ...query }: SearchQuery & { readonly limit: number; readonly cursor?: string | undefined }, signal?: AbortSignal): Promise<HistoryPage> {
  const { data } = await api.GET('/api/events/history', { params: { query: { ...(query as Query), limit, ...(cursor !== undefined && { cursor }) } }, ...(signal !== undefined && { signal }) });
  return data as HistoryPage;
}

/** Rejects with an `ApiProblem`. */
export async function readStory(eventId: string, signal: AbortSignal): Promise<WholeStory> {
  const { data } = await api.GET('/api/events/{eventId}', { params: { path: { eventId } }, signal });
  return data as WholeStory;
}
