/**
 * Counts, rates and times of the flow of events.
 * Promise: an answer reads counters and never the log; how much it reads is bounded.
 */
import { pageLimit } from '@commerce/service-kit/cursors';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { Problem } from '@commerce/service-kit/problems';
import type { Pool } from 'pg';
import { z } from 'zod';
import { cursor, pageProblems } from '../../requests.http.ts';
import { durationsOf, MAX_WINDOWS, rangeOf, rateOf } from './figures.ts';
import type { Range } from './figures.ts';
import { readPending, readPoints, readSums } from './figures.pg.ts';
import { RELATIVE_ERROR } from './histogram.ts';
import { analyticsProblems } from './problems.ts';
import { STEPS } from './steps.ts';
import { LATE_MS, WINDOWS } from './tally.ts';
import type { WindowName } from './tally.ts';

export interface AnalyticsApi {
  readonly pool: Pool;
  readonly cursors: Cursors;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
}

const MOST_PENDING = 10_000;
const time = z.iso.datetime();
const moment = z.iso.datetime({ offset: true }).optional();
const measure = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,99}$/, 'must be the name of an event type or of a step');
const inWindows = {
  window: z.enum(Object.keys(WINDOWS) as [WindowName, ...WindowName[]]).default('1m').meta({ description: 'How finely it is counted: kept for two hours (10s), two days (1m), ninety days (1h).' }),
  from: moment.meta({ description: `60 windows before the end when left out; at most ${MAX_WINDOWS.toLocaleString('en')} windows.` }),
  to: moment.meta({ description: 'Now when left out.' }),
};
const summaryQuery = z.strictObject({ ...inWindows, measure: measure.optional().meta({ description: 'Only this event type, or this step.', example: 'paid_to_fulfilled' }) });
const seriesQuery = z.strictObject({ ...inWindows, measure: measure.meta({ description: 'An event type or a step.', example: 'OrderCreated' }), limit: pageLimit, cursor });

const rate = {
  count: z.int(), perSecond: z.number(),
  late: z.int().meta({ description: `Of these, how many were recorded more than ${LATE_MS / 1_000} s after they occurred.` }),
};
const ms = z.number().nullable();
const durations = { meanMs: ms, p50Ms: ms, p95Ms: ms, p99Ms: ms };
const shown = {
  window: z.string(), from: time, to: time,
  relativeError: z.number().meta({ description: 'Each percentile is within this part of the value at its rank. The mean is exact.' }),
};
const summaryView = z.strictObject({
  ...shown,
  pending: z.int().meta({ description: `Batches that are counted and not in these figures yet, up to ${MOST_PENDING.toLocaleString('en')}; they follow within seconds.` }),
  types: z.array(z.strictObject({ type: z.string(), ...rate })),
  steps: z.array(z.strictObject({ step: z.string(), from: z.string(), to: z.string(), ...rate, ...durations })),
}).meta({ title: 'Analytics' });
const seriesView = z.strictObject({
  ...shown, measure: z.string(),
  items: z.array(z.strictObject({ startsAt: time, ...rate, ...durations })).meta({ description: 'In the order of time; windows in which nothing was counted are left out.' }),
  nextCursor: z.string().nullable(),
}).meta({ title: 'AnalyticsSeries' });

/** Adds the routes of analytics. */
export function addAnalyticsRoutes(app: HttpApp, { pool, cursors, nowMs }: AnalyticsApi): void {
  app.get('/api/analytics', {
    config: { scope: 'events:read', problems: [analyticsProblems.analytics_range_invalid] },
    schema: {
      operationId: 'readAnalytics', summary: 'Read counts, rates and times of steps', tags: ['analytics'], querystring: summaryQuery, response: { 200: summaryView },
      description: 'By event type and by step, over whole windows. An event counts when it was recorded; a step takes the time between the moments at which its two events occurred.',
    },
  }, async ({ query }) => {
    const now = nowMs();
    const range = chosen(query, now);
    const [sums, pending] = await Promise.all([readSums(pool, range, query.measure), readPending(pool, MOST_PENDING)]);
    const steps = new Set(STEPS.map(({ name }) => name));
    return {
      ...headOf(range), pending,
      types: [...sums].filter(([name]) => !steps.has(name)).map(([type, counted]) => ({ type, ...rateOf(counted, range, now) })),
      steps: STEPS.flatMap(({ name, from, to }) => {
        const counted = sums.get(name);
        return counted === undefined ? [] : [{ step: name, from, to, ...rateOf(counted, range, now), ...durationsOf(counted) }];
      }),
    };
  });

  app.get('/api/analytics/series', {
    config: { scope: 'events:read', problems: [analyticsProblems.analytics_range_invalid, pageProblems.invalid_cursor] },
    schema: { operationId: 'readAnalyticsSeries', summary: 'Read an event type or a step window by window', tags: ['analytics'], querystring: seriesQuery, response: { 200: seriesView } },
  }, async ({ query }) => {
    const { limit, cursor: given, ...asked } = query;
    const now = nowMs();
    const list = JSON.stringify(['analytics/series', asked]);
    const range = given === undefined ? chosen(asked, now) : placeOf(cursors.open(list, given), asked.window);
    const { sizeMs } = WINDOWS[range.window];
    const points = await readPoints(pool, range, asked.measure, limit + 1);
    const next = points[limit];
    return {
      ...headOf(range), measure: asked.measure,
      items: points.slice(0, limit).map((point) => ({
        startsAt: iso(point.startMs), ...rateOf(point, { fromMs: point.startMs, toMs: point.startMs + sizeMs }, now), ...durationsOf(point),
      })),
      // The end stays what it was on the first page.
      nextCursor: next === undefined ? null : cursors.seal(list, `${next.startMs}.${range.toMs}`),
    };
  });
}

function chosen({ window, from, to }: { readonly window: WindowName; readonly from?: string | undefined; readonly to?: string | undefined }, now: number): Range {
  const range = rangeOf(window, { fromMs: from === undefined ? undefined : Date.parse(from), toMs: to === undefined ? undefined : Date.parse(to) }, now);
  if (range === undefined) throw new Problem(analyticsProblems.analytics_range_invalid);
  return range;
}

function placeOf(text: string | undefined, window: WindowName): Range {
  const [fromMs, toMs] = (text ?? '').split('.').map(Number);
  if (fromMs === undefined || toMs === undefined) throw new Problem(pageProblems.invalid_cursor);
  return { window, fromMs, toMs };
}

function headOf({ window, fromMs, toMs }: Range): { window: string; from: string; to: string; relativeError: number } {
  return { window, from: iso(fromMs), to: iso(toMs), relativeError: RELATIVE_ERROR };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
