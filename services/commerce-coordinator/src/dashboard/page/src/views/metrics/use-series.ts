/** Reads a measure over the range, all pages of it; again with each new window. */
import { useQueries } from '@tanstack/react-query';
import { api } from '../../api.ts';
import { useNowMs } from '../../parts/now.ts';
import { askedOf, RANGES } from './ranges.ts';
import type { Point, RangeName } from './ranges.ts';

export interface Measured {
  readonly points: ReadonlyMap<string, readonly Point[]>;
  readonly problem: unknown;
  readonly isPending: boolean;
}

/** A page at most, and pages at most: no range has more windows. */
const PAGE = 200;
const MOST_PAGES = 10;

export function useMeasures(measures: readonly string[], range: RangeName): Measured {
  const { windowMs } = RANGES[range];
  const windowNow = Math.floor(useNowMs() / windowMs) * windowMs;
  return useQueries({
    queries: measures.map((measure) => ({
      queryKey: ['get', '/api/analytics/series', measure, range, windowNow], staleTime: windowMs, placeholderData: (before: readonly Point[] | undefined) => before,
      queryFn: ({ signal }: { signal: AbortSignal }) => readAll(measure, range, windowNow, signal),
    })),
    combine: (all) => ({
      points: new Map(all.map(({ data }, index) => [measures[index] ?? '', data ?? []])), problem: all.find(({ error }) => error !== null)?.error ?? null, isPending: all.some(({ isPending }) => isPending),
    }),
  });
}

async function readAll(measure: string, range: RangeName, nowMs: number, signal: AbortSignal): Promise<readonly Point[]> {
  const asked = askedOf(range, nowMs) as { window: '10s' | '1m' | '1h'; from: string };
  const points: Point[] = [];
  for (let cursor: string | undefined, page = 0; page < MOST_PAGES; page += 1) {
    const { data } = await api.GET('/api/analytics/series', { params: { query: { ...asked, measure, limit: PAGE, ...(cursor !== undefined && { cursor }) } }, signal });
    points.push(...(data?.items ?? []));
    cursor = data?.nextCursor ?? undefined;
    if (cursor === undefined) break;
  }
  return points;
}
