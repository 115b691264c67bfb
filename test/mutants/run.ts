/**
 * Runs a killer in a tree: a command of its own, with a limit of time. What it prints is not shown; what it reports is read.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JestReport, Killer, Verdict } from './mutant.ts';
import { simulated, verdictFor, verdictOf } from './mutant.ts';

/** The same text for killers that are the same command. */
export function commandOf(killer: Killer): readonly string[] {
  switch (killer.tier) {
    case 'unit':
    case 'long':
      return ['jest', killer.tier, killer.file, ...(killer.test === undefined ? [] : ['-t', killer.test])];
    case 'sim':
      return ['sim', '--seeds', String(killer.seeds)];
  }
}

/** How long a killer may take. A mutant that makes tests wait for what never comes takes as long as their own limits. */
const LIMIT_MS: Readonly<Record<Killer['tier'], number>> = { unit: 240_000, long: 420_000, sim: 300_000 };

export interface Surroundings {
  /** Of the tree. */
  readonly root: string;
  /** A PostgreSQL for throw-away databases. */
  readonly postgresUrl: string;
  readonly signal: AbortSignal;
}

type TestKiller = Extract<Killer, { tier: 'unit' | 'long' }>;

function isTest(killer: Killer): killer is TestKiller {
  return killer.tier === 'unit' || killer.tier === 'long';
}

/** Never rejects but with the reason of the signal. */
export function runKiller(killer: Killer, surroundings: Surroundings): Promise<Verdict> {
  return orBroken(surroundings.signal, async () => (isTest(killer) ? verdictOf(await runJest([killer], LIMIT_MS[killer.tier], surroundings)) : runSimulation(killer, surroundings)));
}

/** All of them on the tree as it stands, verdicts in their order: test files together, in few runs. Never rejects but with the reason of the signal. */
export async function runUntouched(killers: readonly Killer[], surroundings: Surroundings): Promise<Verdict[]> {
  const verdicts = new Map<Killer, Verdict>();
  // A run takes one pattern of names for all of its files: those that want all of a file have a run of their own.
  for (const together of Map.groupBy(killers.filter(isTest), ({ tier, test }) => `${tier} ${test === undefined}`).values()) {
    const report = await orBroken(surroundings.signal, async () => runJest(together, UNTOUCHED_LIMIT_MS, surroundings));
    for (const killer of together) verdicts.set(killer, 'kind' in report ? report : verdictFor(report, join(surroundings.root, killer.file), killer.test));
  }
  for (const killer of killers) if (!isTest(killer)) verdicts.set(killer, await runKiller(killer, surroundings));
  return killers.map((killer) => verdicts.get(killer) ?? { kind: 'broken', why: 'it was not run' });
}

const UNTOUCHED_LIMIT_MS = 900_000;

async function orBroken<Result>(signal: AbortSignal, act: () => Promise<Result>): Promise<Result | Extract<Verdict, { kind: 'broken' }>> {
  try {
    return await act();
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'broken', why: error instanceof Error ? error.message : String(error) };
  }
}

/** The report of one run over the files of killers of one tier, which all name tests or all do not. Rejects when it does not end in time. */
async function runJest(killers: readonly TestKiller[], limitMs: number, { root, postgresUrl, signal }: Surroundings): Promise<JestReport> {
  const directory = mkdtempSync(join(tmpdir(), 'mutant-run-'));
  const report = join(directory, 'report.json');
  const names = killers.flatMap(({ test }) => (test === undefined ? [] : [test.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')]));
  const args = [
    '--experimental-vm-modules', '--disable-warning=ExperimentalWarning', join(root, 'node_modules/jest/bin/jest.js'), '--rootDir', root,
    '--runTestsByPath', ...new Set(killers.map(({ file }) => join(root, file))), '--silent', ...(names.length === 0 ? [] : ['--testNamePattern', [...new Set(names)].join('|')]), '--json', '--outputFile', report,
  ];
  const env = { ...process.env, CDK_VALIDATION: 'false', TEST_POSTGRES_URL: postgresUrl, ...(killers.some(({ tier }) => tier === 'long') && { LONG: '1' }) };
  try {
    await execute(process.execPath, args, { cwd: root, env, signal: within(limitMs, signal) });
    return JSON.parse(readFileSync(report, 'utf8')) as JestReport;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function runSimulation({ seeds }: Extract<Killer, { tier: 'sim' }>, { root, signal }: Surroundings): Promise<Verdict> {
  const { stdout } = await execute(process.execPath, [join(root, 'test/simulation/main.ts'), '--seeds', String(seeds), '--json'], { cwd: root, env: { ...process.env, CDK_VALIDATION: 'false' }, signal: within(LIMIT_MS.sim, signal) });
  return simulated(stdout);
}

function within(limitMs: number, signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
}

const MAX_OUTPUT_BYTES = 64 * 1_048_576;

function execute(program: string, args: readonly string[], options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal }): Promise<{ readonly stdout: string }> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { ...options, killSignal: 'SIGKILL', maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout) => {
      if (options.signal.aborted) reject(new Error('it did not end in time', { cause: error }));
      // With an exit code it has ended by itself: red is one, too.
      else if (error === null || typeof error.code === 'number') resolve({ stdout });
      else reject(error);
    });
  });
}
