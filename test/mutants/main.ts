/** `pnpm mutants`: see USAGE in arguments.ts. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startPostgres } from '@commerce/service-kit/embedded-postgres';
import type { Arguments } from './arguments.ts';
import { chosen, readArguments, USAGE, WrongUsage } from './arguments.ts';
import type { Result } from './judge.ts';
import { judgeAll } from './judge.ts';
import type { Mutant } from './mutant.ts';
import { line, summary } from './report.ts';
import { commandOf, runKiller, runUntouched } from './run.ts';
import { MUTANTS } from './table.ts';
import { copyTree } from './tree.ts';

const ROOT = resolve(import.meta.dirname, '../..');

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const given = readArguments(args);
    if (given.help) console.log(USAGE);
    else if (given.list) for (const { name, guard, killers } of MUTANTS) console.log(`${name.padEnd(34)} ${killers.map(({ tier }) => tier).join(', ').padEnd(12)} ${guard}`);
    else return await run(chosen(MUTANTS, given), given);
    return 0;
  } catch (error) {
    if (!(error instanceof WrongUsage)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    return 2;
  }
}

async function run(mutants: readonly Mutant[], { json }: Arguments): Promise<number> {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort(new Error(name)));
  const directory = mkdtempSync(join(tmpdir(), 'mutants-postgres-'));
  const tree = await copyTree(ROOT);
  const postgres = await startPostgres({ dataDir: join(directory, 'data'), durable: false });
  try {
    const surroundings = { root: tree.root, postgresUrl: postgres.superuserUrl, signal: stopping.signal };
    const total = mutants.reduce((sum, { killers }) => sum + killers.length, 0);
    let done = 0;
    const results = await judgeAll(mutants, {
      ...tree,
      runUntouched: (killers) => runUntouched(killers, surroundings), run: (killer) => runKiller(killer, surroundings),
      nameOf: (killer) => JSON.stringify(commandOf(killer)), read: (file) => readFileSync(join(tree.root, file), 'utf8'),
      monotonicMs: () => performance.now(), onResult: (result) => console.log(line(result, (done += 1), total)),
    });
    console.log(summary(results));
    if (json !== undefined) writeFileSync(json, `${JSON.stringify({ at: new Date().toISOString(), results }, null, 2)}\n`);
    return results.every(({ outcome }: Result) => outcome === 'killed') ? 0 : 1;
  } finally {
    await postgres.stop();
    await tree.remove();
    rmSync(directory, { recursive: true, force: true });
  }
}
