/** Puts the last soak into docs/soak.md, between its marks. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTold } from './judge.ts';
import type { Verdict } from './judge.ts';

const PAGE = join(import.meta.dirname, '../../docs/soak.md');
const MARKS = ['<!-- result: made by pnpm soak --write -->', '<!-- end of result -->'] as const;

export interface SoakResult {
  readonly date: string;
  readonly machine: string;
  readonly minutes: number;
  /** Orders a second. */
  readonly rate: number;
  readonly fullSpeed: number;
  readonly placed: number;
  readonly refused: number;
  readonly accepted: number;
  /** Processes that ended on the way, and were started again. */
  readonly restarts: readonly string[];
  readonly foreignShare: number;
  readonly verdicts: readonly Verdict[];
}

export function keepResult(result: SoakResult): void {
  const page = readFileSync(PAGE, 'utf8');
  const [start, end] = [page.indexOf(MARKS[0]), page.indexOf(MARKS[1])];
  if (start < 0 || end < 0) throw new Error(`${PAGE} has lost its marks.`);
  writeFileSync(PAGE, `${page.slice(0, start + MARKS[0].length)}\n\n${told(result)}\n${page.slice(end)}`);
}

function told({ date, machine, minutes, rate, fullSpeed, placed, refused, restarts, foreignShare, verdicts }: SoakResult): string {
  const figure = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1));
  const grown = verdicts.filter(({ isFlat }) => !isFlat).length;
  return [
    `${date}, ${machine}: ${minutes} minutes at ${rate} orders a second (${fullSpeed.toFixed(0)} at full speed), others used ${(foreignShare * 100).toFixed(0)} % of the machine.`,
    `${placed.toLocaleString('en')} orders accepted, ${refused.toLocaleString('en')} refused for the moment, all of them came to their end; processes that were started again: ${restarts.length === 0 ? 'none' : restarts.join(', ')}.`,
    `**${verdicts.length - grown} of ${verdicts.length} flat**; tables of less than a megabyte are left out here.\n`,
    '| | kept | second third | last third | at most | |', '|---|---|---|---|---|---|',
    ...verdicts.filter(isTold).map(({ name, what, before, after, most, isFlat }) => `| ${name} | ${what} | ${figure(before)} | ${figure(after)} | ${figure(most)} | ${isFlat ? 'flat' : '**grows**'} |`),
    '',
  ].join('\n');
}
