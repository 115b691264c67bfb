/** Lists that come in pages with a cursor, as one list that grows. */
import { useInfiniteQuery } from '@tanstack/react-query';

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export interface Pages<Item> {
  readonly rows: readonly Item[];
  /** The first page's, the last look's or the next page's; null when all went well. With rows: they are of an earlier look. */
  readonly error: unknown;
  readonly isPending: boolean;
  readonly hasMore: boolean;
  /** Reads the next page, unless one is being read or could not be read: then `again` does. */
  readonly more: () => void;
  readonly again: () => void;
}

export interface PagesOptions<Item> {
  /** As of `$api.queryOptions`: method and path first. */
  readonly queryKey: readonly unknown[];
  /** Rejects with an `ApiProblem`. `cursor`: empty for the first page. */
  readonly read: (cursor: { readonly cursor?: string }, signal: AbortSignal) => Promise<{ readonly data?: Page<Item> }>;
  /** Read again so often, while one page alone is shown: whoever has scrolled further keeps what he reads. */
  readonly refetchMs?: number | false;
}

export function usePages<Item>({ queryKey, read, refetchMs = false }: PagesOptions<Item>): Pages<Item> {
  const { data, error, isPending, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage, refetch } = useInfiniteQuery({
    queryKey, initialPageParam: undefined as string | undefined, getNextPageParam: ({ nextCursor }: Page<Item>) => nextCursor,
    queryFn: async ({ pageParam, signal }) => (await read(pageParam === undefined ? {} : { cursor: pageParam }, signal)).data ?? { items: [], nextCursor: null },
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : refetchMs),
  });
  return {
    rows: data?.pages.flatMap(({ items }) => items) ?? [], error, isPending, hasMore: hasNextPage,
    more: () => { if (!isFetching && !isFetchNextPageError) void fetchNextPage(); }, again: () => void (isFetchNextPageError ? fetchNextPage() : refetch()),
  };
}
