/** What the view of an order reads. The timeline is read to its end, page by page; the answers of routes are given the types that their views need. */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { $api, api, ApiProblem } from '../../api.ts';
import type { Schemas } from '../../api.ts';
import { useLiveRefresh } from '../../live.ts';
import type { operations } from '../../openapi.ts';
import type { Sent } from './story.ts';
import { isEnded } from './words.ts';

export type OrderCare = Schemas['OrderCare'];

const PAGE = 200;
/** Of a longer timeline only the end is read again. */
const READ_AGAIN_WHOLE = 3;
/** A failed attempt is no event: what is under way is looked at now and then. */
const LOOK_EVERY_MS = 3_000;

export function useOrder(orderId: string) {
  const order = useQuery({
    queryKey: ['get', '/orders/{orderId}', orderId],
    queryFn: async ({ signal }) => (await api.GET('/orders/{orderId}', { params: { path: { orderId } }, signal })).data as Schemas['Order'],
  });
  useLiveRefresh(['get', '/orders/{orderId}', orderId], ({ subject }) => subject === orderId);
  return order;
}

export function useCare(orderId: string, status: string | undefined) {
  const isOpen = status !== undefined && !isEnded(status);
  useLiveRefresh(['get', '/orders/{orderId}/care', { params: { path: { orderId } } }], ({ subject }) => subject === orderId);
  return $api.useQuery('get', '/orders/{orderId}/care', { params: { path: { orderId } } }, { refetchInterval: isOpen ? LOOK_EVERY_MS : false });
}

/** Everything that happened, in the order of the log; while it is read, what is there already. */
export function useTimeline(orderId: string, status: string | undefined) {
  const queries = useQueryClient();
  const queryKey = ['timeline', orderId];
  const readPage = async (cursor: string | undefined, signal?: AbortSignal) =>
    (await api.GET('/orders/{orderId}/timeline', { params: { path: { orderId }, query: { limit: PAGE, ...(cursor !== undefined && { cursor }) } }, ...(signal && { signal }) })).data as Schemas['Timeline'];
  const timeline = useInfiniteQuery({
    queryKey, initialPageParam: undefined as string | undefined, staleTime: 60_000, refetchOnWindowFocus: false,
    queryFn: ({ pageParam, signal }) => readPage(pageParam, signal), getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  const { data, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage, refetch } = timeline;
  useEffect(() => {
    if (hasNextPage && !isFetching && !isFetchNextPageError) void fetchNextPage();
  }, [hasNextPage, isFetching, isFetchNextPageError, fetchNextPage]);

  const pages = data?.pages.length ?? 0;
  const isOpen = status !== undefined && !isEnded(status);
  const endKey = ['timeline-end', orderId];
  // Reads the end again: as an own query, so that one look follows the other and none is made for a view that is closed.
  const end = useQuery({
    queryKey: endKey, enabled: data !== undefined && !hasNextPage, refetchInterval: isOpen ? LOOK_EVERY_MS : false, staleTime: 500, initialData: 0,
    queryFn: async ({ signal }) => {
      if (pages <= READ_AGAIN_WHOLE) return (await refetch({ cancelRefetch: false })).dataUpdatedAt;
      const last = await readPage(data?.pageParams.at(-1) as string | undefined, signal);
      queries.setQueryData<typeof data>(queryKey, (before) => before && { ...before, pages: [...before.pages.slice(0, -1), last] });
      return last.items.length;
    },
  });
  useLiveRefresh(endKey, ({ subject }) => subject === orderId);
  return {
    ...timeline, isWhole: data !== undefined && !hasNextPage, isCut: data?.pages.at(-1)?.isCut ?? false, error: timeline.error ?? end.error,
    readAgain: () => void (isFetchNextPageError ? fetchNextPage() : refetch()),
  };
}

/** A call to another service, as it is kept. */
export type ServiceCall = operations['listServiceCalls']['responses'][200]['content']['application/json']['items'][number];

/** What was asked of other services about the order, the oldest first: the first page, for few are kept of one order. */
export function useCalls(orderId: string, mayRead: boolean) {
  const asked = { params: { query: { subject: orderId, limit: PAGE } } };
  useLiveRefresh(['get', '/api/calls', asked], ({ subject }) => subject === orderId);
  return $api.useQuery('get', '/api/calls', asked, { enabled: mayRead });
}

const MOST_SENT = 1_000;

/** What was sent to webhooks about the order, the oldest first; nothing for who may not read it. */
export function useSent(orderId: string, mayRead: boolean, status: string | undefined) {
  const isOpen = status !== undefined && !isEnded(status);
  useLiveRefresh(['sent', orderId], ({ subject }) => subject === orderId);
  return useQuery<readonly Sent[]>({
    queryKey: ['sent', orderId], enabled: mayRead,
    refetchInterval: ({ state }) => (isOpen || state.data?.some((one) => one.state === 'ready' || one.state === 'leased') === true ? LOOK_EVERY_MS : false),
    queryFn: async ({ signal }) => {
      const found: Sent[] = [];
      let cursor: string | null = null;
      do {
        const { data }: { data?: { items: Sent[]; nextCursor: string | null } } = await api.GET('/api/webhooks/deliveries', { params: { query: { subject: orderId, limit: PAGE, ...(cursor !== null && { cursor }) } }, signal });
        found.push(...data?.items ?? []);
        cursor = data?.nextCursor ?? null;
      } while (cursor !== null && found.length < MOST_SENT);
      return found.toReversed();
    },
  });
}

/** An event with what it carries beside its data, and the runs for it. */
export type WholeEvent = operations['readEvent']['responses'][200]['content']['application/json']['event'];

export function useEvent(eventId: string, mayRead: boolean) {
  return useQuery({
    queryKey: ['event', eventId], enabled: mayRead, staleTime: 10_000,
    queryFn: async ({ signal }) => ((await api.GET('/api/events/{eventId}', { params: { path: { eventId } }, signal })).data as { readonly event: WholeEvent }).event,
  });
}

/** Null: the order has none yet. */
export function useShipment(orderId: string, status: string | undefined) {
  const mayHave = status !== undefined && !['created', 'reserved', 'paid', 'fulfilling'].includes(status);
  return useQuery({
    queryKey: ['shipment', orderId, status], enabled: mayHave,
    queryFn: async ({ signal }) => (await api.GET('/orders/{orderId}/shipment', { params: { path: { orderId } }, signal }).catch((problem: unknown) => {
      if (problem instanceof ApiProblem && problem.status === 404) return { data: null };
      throw problem;
    })).data ?? null,
  });
}
