/**
 * What is counted, and in which windows. Pure.
 *
 * An event belongs to the window in which the log recorded it, by the clock of the database: a window that has passed changes
 * no more, and nobody outside can write into one. What happened long before it was recorded is counted as late there. How long a
 * step took is the difference of the times at which its two events occurred, never less than 0, and belongs to the window of the
 * event that made it known.
 */
import { addBuckets, bucketOf } from './histogram.ts';

/** Recorded so much later than it occurred, an event is late. */
export const LATE_MS = 60_000;

/** The windows: their length, and how long they are kept after their end. Each length is a multiple of the first. */
export const WINDOWS = {
  '10s': { sizeMs: 10_000, keptMs: 2 * 3_600_000 },
  '1m': { sizeMs: 60_000, keptMs: 2 * 86_400_000 },
  '1h': { sizeMs: 3_600_000, keptMs: 90 * 86_400_000 },
} as const;
export type WindowName = keyof typeof WINDOWS;
const SMALLEST_MS = WINDOWS['10s'].sizeMs;

/** One thing to count: an event of a type, or a step that was measured. */
export interface Reading {
  /** Name of the type or of the step. */
  readonly measure: string;
  /** When the log recorded it, Unix milliseconds. */
  readonly atMs: number;
  readonly isLate: boolean;
  /** How long the step took; null for an event. */
  readonly tookMs: number | null;
}

/** Of one measure in one window. */
export interface Figures {
  count: number;
  late: number;
  /** Of all durations; 0 for events. */
  sumMs: number;
  buckets: Record<string, number>;
}

/** Beginning of the window (Unix milliseconds) → measure → figures. */
export type Tally = Map<number, Map<string, Figures>>;

/** The readings of a batch in windows of the smallest length. */
export function tallyOf(readings: Iterable<Reading>): Tally {
  const tally: Tally = new Map();
  for (const { measure, atMs, isLate, tookMs } of readings) {
    const figures = figuresAt(tally, startOf(atMs, SMALLEST_MS), measure);
    figures.count += 1;
    if (isLate) figures.late += 1;
    if (tookMs === null) continue;
    figures.sumMs += tookMs;
    const bucket = bucketOf(tookMs);
    figures.buckets[bucket] = (figures.buckets[bucket] ?? 0) + 1;
  }
  return tally;
}

/** Adds `more`, whose windows may be smaller. */
export function addTally(into: Tally, more: Tally, sizeMs: number): void {
  for (const [start, measures] of more) for (const [measure, figures] of measures) addFigures(figuresAt(into, startOf(start, sizeMs), measure), figures);
}

export function addFigures(into: Figures, more: Figures): void {
  into.count += more.count;
  into.late += more.late;
  into.sumMs += more.sumMs;
  addBuckets(into.buckets, more.buckets);
}

export function noFigures(): Figures {
  return { count: 0, late: 0, sumMs: 0, buckets: {} };
}

/** The beginning of the window of this length in which a moment lies. */
export function startOf(atMs: number, sizeMs: number): number {
  return Math.floor(atMs / sizeMs) * sizeMs;
}

function figuresAt(tally: Tally, start: number, measure: string): Figures {
  let measures = tally.get(start);
  if (measures === undefined) tally.set(start, (measures = new Map()));
  let figures = measures.get(measure);
  if (figures === undefined) measures.set(measure, (figures = noFigures()));
  return figures;
}

/** Start → measure → count, late, sum of durations, buckets. */
type TallyText = Readonly<Record<string, Readonly<Record<string, readonly [number, number, number, Record<string, number>]>>>>;

/** As it is kept until it is folded. */
export function tallyToJson(tally: Tally): string {
  return JSON.stringify(Object.fromEntries([...tally].map(([start, measures]) => [
    start, Object.fromEntries([...measures].map(([measure, { count, late, sumMs, buckets }]) => [measure, [count, late, sumMs, buckets]])),
  ])));
}

export function tallyFromJson(text: TallyText): Tally {
  return new Map(Object.entries(text).map(([start, measures]) => [
    Number(start), new Map(Object.entries(measures).map(([measure, [count, late, sumMs, buckets]]) => [measure, { count, late, sumMs, buckets }])),
  ]));
}
