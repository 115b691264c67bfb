/** What is printed of the results. Pure. */
import type { Result } from './judge.ts';

/** One result, as soon as it is there. */
export function line({ mutant, tier, outcome, by, why, seconds }: Result, done: number, total: number): string {
  const place = `${String(done).padStart(String(total).length)}/${total}`;
  const reason = outcome === 'killed' || why === '' ? by : `${by}: ${why}`;
  return `${place}  ${outcome.padEnd(8)}  ${mutant.padEnd(34)} ${tier.padEnd(6)} ${seconds.toFixed(1).padStart(6)} s  ${reason}`;
}

/** What did not go as it must, by itself once more, and the sums. */
export function summary(results: readonly Result[]): string {
  const [killed, survived, unproven] = (['killed', 'survived', 'unproven'] as const).map((outcome) => results.filter((result) => result.outcome === outcome)) as [Result[], Result[], Result[]];
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  const wrong = [...survived, ...unproven].map(({ mutant, guard, outcome, by, why }) => `${outcome}: ${mutant} (${guard})\n    ${by}${why === '' ? '' : `: ${why}`}`);
  const sums = `${killed.length} of ${results.length} killed, ${survived.length} survived, ${unproven.length} unproven, ${Math.round(seconds)} s`;
  return ['', ...wrong, sums].join('\n');
}
