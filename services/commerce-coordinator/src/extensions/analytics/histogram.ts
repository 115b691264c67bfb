/**
 * A histogram of durations with buckets on a logarithmic scale: small, and mergeable by adding bucket to bucket.
 *
 * Promise: a percentile is within `RELATIVE_ERROR` of the value at that rank (nearest rank), for durations of 1 ms to
 * `MAX_MS`; 0 is exact. Longer ones count as `MAX_MS`.
 */
export const RELATIVE_ERROR = 0.02;
/** 400 days. */
export const MAX_MS = 400 * 86_400_000;

/** Number of values by bucket. */
export type Buckets = Readonly<Record<string, number>>;

const GROWTH = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GROWTH = Math.log(GROWTH);

/** The bucket of a duration in ms: 0 for less than 1 ms, else from 1 on. */
export function bucketOf(ms: number): number {
  if (!(ms >= 1)) return 0;
  return 1 + Math.ceil(Math.log(Math.min(ms, MAX_MS)) / LOG_GROWTH - 1e-9);
}

/** The value that stands for a bucket, in ms. */
export function valueOf(bucket: number): number {
  return bucket === 0 ? 0 : (2 * GROWTH ** (bucket - 1)) / (GROWTH + 1);
}

/** Adds `more` to `into`. */
export function addBuckets(into: Record<string, number>, more: Buckets): void {
  for (const [bucket, count] of Object.entries(more)) into[bucket] = (into[bucket] ?? 0) + count;
}

/** For each share (0.95), the value below or at which that share of all lies, in ms; undefined of nothing. */
export function percentiles(buckets: Buckets, shares: readonly number[]): (number | undefined)[] {
  const sorted = Object.entries(buckets).map(([bucket, count]) => [Number(bucket), count] as const).sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  return shares.map((share) => {
    const rank = Math.max(1, Math.ceil(share * total));
    let seen = 0;
    for (const [bucket, count] of sorted) {
      seen += count;
      if (seen >= rank) return valueOf(bucket);
    }
    return undefined;
  });
}
