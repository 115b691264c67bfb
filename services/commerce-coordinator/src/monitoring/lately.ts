/**
 * What ended in the last minute, out of counters that only grow: it looks at them when it is asked to, every two seconds, and keeps the
 * differences. So nothing is done for it when a handler runs or a request is answered. Pure.
 *
 * Promise: what it keeps is bounded by what there is to count, not by how much of it happens.
 */
import { BOUNDS_SECONDS } from '@commerce/service-kit/metrics';
import type { HistogramFigure } from '@commerce/service-kit/metrics';

/** How much of one thing ended, how much of it failed, and how it is spread over `BOUNDS_SECONDS`; the last bucket is what took longer. */
export interface Ended {
  readonly ended: number;
  readonly failed: number;
  readonly buckets: readonly number[];
}

/** By what was counted: `orders.confirm PaymentProcessed`, `GET /orders/:orderId`. */
export type EndedByKey = Readonly<Record<string, Ended>>;

const WINDOW_MS = 60_000;
/** Two looks at least so far apart stand beside each other; closer ones are taken together. */
const LEAST_APART_MS = 1_000;

export class Lately {
  readonly #monotonicMs: () => number;
  readonly #count: () => EndedByKey;
  #before: EndedByKey = {};
  #parts: { readonly atMs: number; readonly ended: Record<string, Ended> }[] = [];

  /** `count`: since the start of the process. What it counts when it is made does not count as late. */
  constructor(monotonicMs: () => number, count: () => EndedByKey) {
    this.#monotonicMs = monotonicMs;
    this.#count = count;
    this.#before = count();
  }

  /** Looks, and gives the sum of the last minute. */
  look(): EndedByKey {
    const atMs = this.#monotonicMs();
    const now = this.#count();
    const ended = differences(now, this.#before);
    this.#before = now;
    const last = this.#parts.at(-1);
    if (last !== undefined && atMs - last.atMs < LEAST_APART_MS) addAll(last.ended, ended);
    else this.#parts.push({ atMs, ended });
    this.#parts = this.#parts.filter((part) => atMs - part.atMs < WINDOW_MS);
    return sumOf(this.#parts.map((part) => part.ended));
  }
}

/** The sums by key. */
export function sumOf(all: readonly EndedByKey[]): EndedByKey {
  const sums: Record<string, Ended> = {};
  for (const one of all) addAll(sums, one);
  return sums;
}

export const NOTHING_ENDED: Ended = { ended: 0, failed: 0, buckets: [] };

export function plus(one: Ended, other: Ended): Ended {
  const longer = one.buckets.length >= other.buckets.length ? [one.buckets, other.buckets] : [other.buckets, one.buckets];
  return { ended: one.ended + other.ended, failed: one.failed + other.failed, buckets: (longer[0] ?? []).map((count, index) => count + (longer[1]?.[index] ?? 0)) };
}

/**
 * The time below which that share of them ended, in ms, straight between the bounds of its bucket; what is above the last bound counts as
 * the last bound. Null of nothing.
 */
export function percentileMs({ buckets }: Ended, share: number): number | null {
  const all = buckets.reduce((sum, count) => sum + count, 0);
  if (all === 0) return null;
  let below = 0;
  for (const [index, count] of buckets.entries()) {
    if (below + count < share * all) {
      below += count;
      continue;
    }
    const [from, to] = [BOUNDS_SECONDS[index - 1] ?? 0, BOUNDS_SECONDS[index] ?? BOUNDS_SECONDS.at(-1) ?? 0];
    const part = count === 0 ? 1 : (share * all - below) / count;
    return Math.round((Math.min(from, to) + (to - Math.min(from, to)) * part) * 1e6) / 1e3;
  }
  return null;
}

/** Of a histogram as it is told to monitoring. `failedOf`: how many of these failed, by the labels. */
export function endedOf({ distributions }: HistogramFigure, keyOf: (labels: Readonly<Record<string, string>>) => string | undefined, failedOf: (labels: Readonly<Record<string, string>>, count: number) => number): EndedByKey {
  const all: Record<string, Ended> = {};
  for (const { labels, distribution } of distributions) {
    const key = keyOf(labels);
    if (key === undefined) continue;
    let below = 0;
    const buckets = [...distribution.upTo()].map(([, count]) => {
      const own = count - below;
      below = count;
      return own;
    });
    all[key] = plus(all[key] ?? NOTHING_ENDED, { ended: distribution.count, failed: failedOf(labels, distribution.count), buckets });
  }
  return all;
}

function addAll(into: Record<string, Ended>, more: EndedByKey): void {
  for (const [key, ended] of Object.entries(more)) into[key] = plus(into[key] ?? NOTHING_ENDED, ended);
}

/** Only what has changed. */
function differences(now: EndedByKey, before: EndedByKey): Record<string, Ended> {
  return Object.fromEntries(Object.entries(now).flatMap(([key, { ended, failed, buckets }]) => {
    const was = before[key] ?? NOTHING_ENDED;
    return ended === was.ended ? [] : [[key, { ended: ended - was.ended, failed: failed - was.failed, buckets: buckets.map((count, index) => count - (was.buckets[index] ?? 0)) }]];
  }));
}
