// Figures for the summary. Pure.

/** The value below which `share` (0–1) of the values lie: the nearest rank; undefined for no values. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** Milliseconds for people: `840 ms`, `12.3 s`. */
export function showMs(ms: number | undefined): string {
  if (ms === undefined) return '–';
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** How often each value occurs, the most frequent first: `completed 398, cancelled 2`. */
export function tally(values: readonly string[]): string {
  const counts = [...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length] as const);
  return counts.toSorted((a, b) => b[1] - a[1]).map(([value, count]) => `${value} ${count}`).join(', ');
}
