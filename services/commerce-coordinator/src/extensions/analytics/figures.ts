/** What the counters say of a stretch of time: counts, rates, and how long steps took. Pure. */
import type { Buckets } from './histogram.ts';
import { percentiles } from './histogram.ts';
import { startOf, WINDOWS } from './tally.ts';
import type { WindowName } from './tally.ts';

/** Windows in one answer. */
export const MAX_WINDOWS = 2_000;
/** Windows in the range, when nobody names one. */
const USUAL_WINDOWS = 60;

/** Whole windows: from the beginning of the first to the end of the last one. Unix milliseconds. */
export interface Range {
  readonly window: WindowName;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The windows in which the times lie; `to` is now when it is left out. Undefined when there is no window, or too many. */
export function rangeOf(window: WindowName, given: { readonly fromMs: number | undefined; readonly toMs: number | undefined }, nowMs: number): Range | undefined {
  const { sizeMs } = WINDOWS[window];
  const toMs = startOf((given.toMs ?? nowMs + 1) - 1, sizeMs) + sizeMs;
  const fromMs = given.fromMs === undefined ? toMs - USUAL_WINDOWS * sizeMs : startOf(given.fromMs, sizeMs);
  const windows = (toMs - fromMs) / sizeMs;
  return windows >= 1 && windows <= MAX_WINDOWS ? { window, fromMs, toMs } : undefined;
}

/** As it is stored, of one measure. */
export interface Counted {
  readonly count: number;
  readonly late: number;
  readonly sumMs: number;
  readonly buckets: Buckets;
}

export interface Rate {
  readonly count: number;
  readonly late: number;
  readonly perSecond: number;
}

/** Events a second, over the part of the time that has passed. */
export function rateOf({ count, late }: Pick<Counted, 'count' | 'late'>, { fromMs, toMs }: Pick<Range, 'fromMs' | 'toMs'>, nowMs: number): Rate {
  const seconds = (Math.min(toMs, Math.max(nowMs, fromMs + 1)) - fromMs) / 1_000;
  return { count, late, perSecond: rounded(count / seconds) };
}

/** Milliseconds; null where nothing was measured. */
export interface Durations {
  readonly meanMs: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

export function durationsOf({ count, sumMs, buckets }: Counted): Durations {
  const [p50, p95, p99] = percentiles(buckets, [0.5, 0.95, 0.99]).map((value) => (value === undefined ? null : rounded(value)));
  return { meanMs: count === 0 ? null : rounded(sumMs / count), p50Ms: p50 ?? null, p95Ms: p95 ?? null, p99Ms: p99 ?? null };
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
