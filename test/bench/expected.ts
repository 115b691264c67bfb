/**
 * The ratios that a small run keeps: half of what stands in expected.json, or it is red. Times are never judged so, for machines differ;
 * nor is a ratio that was made of a handful of operations, or while others used too much of the machine.
 */
import { readFile, writeFile } from 'node:fs/promises';
import type { RowResult } from './harness/row.ts';

export const EXPECTED_FILE = new URL('./expected.json', import.meta.url);

export type Expected = Readonly<Record<string, number>>;

/** Operations of the slowest contender, under which a ratio says nothing. */
const ENOUGH = 30;
const KEPT_SHARE = 0.5;

export interface Fallen {
  readonly id: string;
  readonly value: number;
  readonly expected: number;
}

export async function readExpected(): Promise<Expected> {
  return JSON.parse(await readFile(EXPECTED_FILE, 'utf8').catch(() => '{}')) as Expected;
}

/** Ratios that have fallen by more than half; none where the row says nothing. */
export function fallen({ judged, lines }: RowResult, expected: Expected): Fallen[] {
  if (lines.some(({ count, refused }) => count < ENOUGH || refused > 0)) return [];
  return judged.flatMap(({ id, unit, value }) => {
    const kept = expected[id];
    return unit === '×' && kept !== undefined && value < kept * KEPT_SHARE ? [{ id, value, expected: kept }] : [];
  });
}

/** Keeps the ratios of a run as those to be expected, beside those of rows that did not run. */
export async function acceptRatios(results: readonly RowResult[]): Promise<void> {
  const ratios = results.flatMap(({ judged }) => judged.filter(({ unit }) => unit === '×').map(({ id, value }) => [id, Math.round(value * 100) / 100] as const));
  const all = Object.entries({ ...(await readExpected()), ...Object.fromEntries(ratios) }).sort(([a], [b]) => (a < b ? -1 : 1));
  await writeFile(EXPECTED_FILE, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
}
