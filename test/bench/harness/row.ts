/** One row of the table: what was measured, and the figures by which it is judged. */
import type { Line } from './rounds.ts';

export interface Settings {
  readonly small: boolean;
  /** Of one measurement, after `warmSeconds` of the same. */
  readonly seconds: number;
  readonly warmSeconds: number;
  /** How long a snapshot is held before it is measured what it costs. */
  readonly heldSeconds: number;
  readonly rounds: number;
  /** Events of the largest log, where another one is wanted. */
  readonly largestLog: number | undefined;
  /** Measurements of one contender in one round at most, while others use too much of the machine. */
  readonly tries: number;
  readonly tell: (text: string) => void;
}

/** A figure of a row: a ratio within one run, or milliseconds. */
export interface Judged {
  /** Unique over all rows; reach.ts and expected.json name it. */
  readonly id: string;
  readonly what: string;
  readonly value: number;
  readonly unit: '×' | 'ms';
}

/** Rate and memory while something grows. */
export interface Growth {
  /** Name of its plot. */
  readonly id: string;
  /** What grows: `events in the log`. */
  readonly what: string;
  /** What is counted: `events published per second`. */
  readonly rate: string;
  readonly points: readonly GrowthPoint[];
}

export interface GrowthPoint {
  readonly size: number;
  readonly perSecond: number;
  readonly memoryMb: number;
}

export interface RowResult {
  readonly name: string;
  readonly title: string;
  readonly lines: readonly Line[];
  readonly judged: readonly Judged[];
  readonly growths?: readonly Growth[];
}

export interface Row {
  readonly name: string;
  readonly title: string;
  run(settings: Settings): Promise<Omit<RowResult, 'name' | 'title'>>;
}

/** The figures that were measured; those of contenders that did not run are left out. */
export function judged(...figures: readonly (Omit<Judged, 'value'> & { readonly value: number | null | undefined })[]): Judged[] {
  return figures.flatMap(({ value, ...figure }) => (value === undefined || value === null ? [] : [{ ...figure, value }]));
}
