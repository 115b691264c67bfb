/** A search in history, page by page, and how far it has looked. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import { readHistoryPage } from './history.ts';
import type { HistoryPage } from './history.ts';
import { useNowMs } from '../../parts/now.ts';
import { faultsOf, queryOf, SEARCH_FIELDS } from './search.ts';
import type { Search, SearchField } from './search.ts';

const PAGE = 100;

export function useSearchFields(): { readonly search: Search; readonly set: (field: SearchField, text: string) => void; readonly clear: () => void } {
  const [query, setQuery] = useSearchParams();
  const search = Object.fromEntries(SEARCH_FIELDS.map((field) => [field, query.get(field) ?? ''])) as unknown as Search;
  const set = (field: SearchField, text: string): void => setQuery((before) => {
    const after = new URLSearchParams(before);
    if (text === '') after.delete(field);
    else after.set(field, text);
    return after;
  }, { replace: true });
  return { search, set, clear: () => setQuery(new URLSearchParams(), { replace: true }) };
}

export interface Found {
  readonly events: HistoryPage['items'];
  readonly scanned: number;
  /** Newer ones are stored and not listed yet. */
  readonly pending: boolean;
  readonly error: unknown;
  readonly isLoading: boolean;
  readonly isFetching: boolean;
  readonly hasMore: boolean;
  /** The last page found something: the next one may be read without being asked for. */
  readonly goesOnByItself: boolean;
  readonly more: () => void;
  readonly again: () => void;
}

export function useSearch(search: Search): Found {
  // Times that are told as how long ago stand still until something of the search changes, so that a cursor keeps its list.
  const nowMs = useNowMs();
  const key = JSON.stringify(search);
  const [asOf, setAsOf] = useState({ key, nowMs });
  if (asOf.key !== key) setAsOf({ key, nowMs });
  const isWrong = Object.keys(faultsOf(search)).length > 0;
  const query = { limit: PAGE, ...queryOf(search, asOf.nowMs) };
  const found = useInfiniteQuery({
    queryKey: ['get', '/api/events/history', query], enabled: !isWrong, refetchOnWindowFocus: false, initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => readHistoryPage({ ...query, cursor: pageParam }, signal), getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  const pages = found.data?.pages ?? [];
  return {
    events: pages.flatMap(({ items }) => items), scanned: pages.reduce((sum, { scanned }) => sum + scanned, 0), pending: pages[0]?.pending === true,
    error: found.error, isLoading: found.isLoading, isFetching: found.isFetching, hasMore: found.hasNextPage,
    goesOnByItself: (pages.at(-1)?.items.length ?? 0) > 0,
    more: () => { if (!found.isFetching) void found.fetchNextPage(); },
    again: () => { setAsOf({ key, nowMs: Date.now() }); void found.refetch(); },
  };
}
