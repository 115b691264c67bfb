/** The figures of the last whole run, in a file: each row with the time and the machine of its measurement. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Machine } from './harness/machine.ts';
import type { RowResult } from './harness/row.ts';

/** What docs/speed.md is made of. */
export const RUN_FILE = new URL('../../docs/speed/run.json', import.meta.url).pathname;

export interface KeptRow extends RowResult {
  /** Day of the measurement, `2026-11-22`. */
  readonly day: string;
  readonly machine: Machine;
}

export async function readRun(file: string): Promise<readonly KeptRow[]> {
  return JSON.parse(await readFile(file, 'utf8').catch(() => '[]')) as readonly KeptRow[];
}

/** Rows that were measured anew take the place of the old ones; the others stay. */
export async function keepRun(file: string, { machine, results }: { readonly machine: Machine; readonly results: readonly RowResult[] }): Promise<void> {
  const day = new Date().toISOString().slice(0, 10);
  const fresh = new Map(results.map((result) => [result.name, { ...result, day, machine }]));
  const kept = (await readRun(file)).map((row) => fresh.get(row.name) ?? row);
  const added = [...fresh.values()].filter(({ name }) => !kept.some((row) => row.name === name));
  await writeFile(file, `${JSON.stringify([...kept, ...added], null, 2)}\n`);
}
