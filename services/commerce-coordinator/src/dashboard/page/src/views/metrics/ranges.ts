/** The stretches of time that one may look at, and series that have a value for every window of them. Pure. */

export const RANGES = {
  '10m': { name: '10 minutes', window: '10s', windowMs: 10_000, spanMs: 600_000 },
  '1h': { name: '1 hour', window: '1m', windowMs: 60_000, spanMs: 3_600_000 },
  '6h': { name: '6 hours', window: '1m', windowMs: 60_000, spanMs: 6 * 3_600_000 },
  '1d': { name: '1 day', window: '1m', windowMs: 60_000, spanMs: 86_400_000 },
  '7d': { name: '7 days', window: '1h', windowMs: 3_600_000, spanMs: 7 * 86_400_000 },
  '30d': { name: '30 days', window: '1h', windowMs: 3_600_000, spanMs: 30 * 86_400_000 },
} as const;
export type RangeName = keyof typeof RANGES;
export const USUAL_RANGE: RangeName = '1h';

export function isRange(text: string): text is RangeName {
  return text in RANGES;
}

export interface Asked {
  readonly window: string;
  /** ISO 8601, the beginning of a window. */
  readonly from: string;
}

/** Asked again in the next window, and not before: so an answer is kept as long as it holds. */
export function askedOf(range: RangeName, nowMs: number): Asked {
  const { window, windowMs, spanMs } = RANGES[range];
  return { window, from: new Date(Math.floor((nowMs - spanMs) / windowMs) * windowMs + windowMs).toISOString() };
}

export interface Point {
  readonly startsAt: string;
  readonly count: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

/** Beginnings of all windows, in seconds since 1970; the one that runs is left out, since it is not whole. */
export function timesOf(range: RangeName, nowMs: number): number[] {
  const { windowMs } = RANGES[range];
  const first = Date.parse(askedOf(range, nowMs).from);
  const last = Math.floor(nowMs / windowMs) * windowMs - windowMs;
  return Array.from({ length: Math.max(0, Math.round((last - first) / windowMs) + 1) }, (_, index) => (first + index * windowMs) / 1_000);
}

/** One value for each time; `absent` where nothing was counted. */
export function valuesOf(points: readonly Point[], times: readonly number[], value: (point: Point) => number | null, absent: number | null): (number | null)[] {
  const byTime = new Map(points.map((point) => [Date.parse(point.startsAt) / 1_000, point]));
  return times.map((time) => {
    const point = byTime.get(time);
    return point === undefined ? absent : value(point);
  });
}

export function perMinute(range: RangeName): (point: Point) => number {
  return ({ count }) => Math.round((count * 60_000 * 100) / RANGES[range].windowMs) / 100;
}

export function seconds(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms) / 1_000;
}

export function isEmpty(lines: readonly (readonly (number | null)[])[]): boolean {
  return lines.every((line) => line.every((value) => value === null || value === 0));
}
