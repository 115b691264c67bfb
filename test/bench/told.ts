/** The table of a run, as text. */
import type { Machine } from './harness/machine.ts';
import type { Line } from './harness/rounds.ts';
import { percent } from './harness/rounds.ts';
import type { RowResult } from './harness/row.ts';
import { REACH, verdictOf } from './reach.ts';
import { table } from './table.ts';

const HEAD = ['', 'per second', 'p50 ms', 'p99 ms', 'CPU µs each, Node', 'PostgreSQL', 'others used'];

export function toldMachine({ cores, cpu, memoryGb, node, load }: Machine): string {
  return `${cores} cores (${cpu}), ${memoryGb} GB, Node ${node}, load ${load} at the start; embedded PostgreSQL, fsync on; contenders, load, bus and database share the cores.`;
}

/** All rows in one table: each contender, and under it what a row is judged by. */
export function toldRows(results: readonly RowResult[]): string {
  return table(HEAD, results.flatMap(({ title, lines, judged }) => [
    [title, '', '', '', '', '', ''],
    ...lines.map((line) => [`  ${line.name}`, ...figures(line)]),
    ...judged.map(({ what, value, unit, id }) => [`    ${what}: ${value.toFixed(2)} ${unit}${verdict(results, id)}`, '', '', '', '', '', '']),
  ]));
}

export function figures({ perSecond, p50Ms, p99Ms, ownMicros, databaseMicros, foreignShare, refused }: Line): (string | number | null)[] {
  return [perSecond, p50Ms, p99Ms, ownMicros, databaseMicros, `${percent(foreignShare)}${refused > 0 ? `, ${refused} refused` : ''}`];
}

function verdict(results: readonly RowResult[], id: string): string {
  const reach = REACH.find((one) => one.id === id);
  if (reach === undefined) return '';
  const reached = verdictOf(reach, results.flatMap(({ judged }) => judged).find((figure) => figure.id === id));
  return reached === 'missed' ? `, under what it must be (${reach.must})` : reached === 'aim' ? ', as aimed at' : `, as it must be (${reach.must}); aimed at ${reach.aim}`;
}
