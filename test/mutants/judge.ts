/**
 * Holds each mutant against its killers, one after the other in one tree, and says what became of it.
 *
 * Promise: a killer is asked of the code as it stands first, once however many mutants name it, and a mutant that it does not pass there
 * proves nothing. After each mutant the code is as it was.
 */
import type { Killer, Mutant, Tier, Verdict } from './mutant.ts';
import { mutated } from './mutant.ts';

/** `unproven`: the killer is red without the mutant, or its run said nothing. */
export interface Result {
  readonly mutant: string;
  readonly guard: string;
  readonly tier: Tier;
  readonly outcome: 'killed' | 'survived' | 'unproven';
  /** The test that failed; else what is wrong. */
  readonly by: string;
  /** The first line of what it said. */
  readonly why: string;
  readonly seconds: number;
}

export interface JudgeOptions {
  /** Runs these on the code as it stands; verdicts in their order. */
  readonly runUntouched: (killers: readonly Killer[]) => Promise<readonly Verdict[]>;
  /** Runs a killer on the tree as it is now. */
  readonly run: (killer: Killer) => Promise<Verdict>;
  /** The same text for killers that are the same command. */
  readonly nameOf: (killer: Killer) => string;
  readonly read: (file: string) => string;
  readonly change: (files: ReadonlyMap<string, string>) => void;
  readonly restore: () => void;
  readonly monotonicMs: () => number;
  readonly onResult: (result: Result) => void;
}

export async function judgeAll(mutants: readonly Mutant[], options: JudgeOptions): Promise<Result[]> {
  const killers = new Map(mutants.flatMap((mutant) => mutant.killers.map((killer) => [options.nameOf(killer), killer] as const)));
  const verdicts = await options.runUntouched([...killers.values()]);
  const untouched = new Map([...killers.keys()].map((name, index) => [name, verdicts[index] ?? NOTHING]));
  const results: Result[] = [];
  for (const mutant of mutants) {
    for (const killer of mutant.killers) {
      const before = untouched.get(options.nameOf(killer)) ?? NOTHING;
      const startedAtMs = options.monotonicMs();
      const judged = before.kind === 'green' ? outcomeOf(await runMutated(mutant, killer, options)) : { outcome: 'unproven' as const, by: 'red without the mutant', why: before.kind === 'red' ? `${before.by}: ${before.why}` : before.why };
      const result = { mutant: mutant.name, guard: mutant.guard, tier: killer.tier, ...judged, seconds: (options.monotonicMs() - startedAtMs) / 1_000 };
      results.push(result);
      options.onResult(result);
    }
  }
  return results;
}

const NOTHING: Verdict = { kind: 'broken', why: 'it was not run on the code as it stands' };

async function runMutated(mutant: Mutant, killer: Killer, { run, read, change, restore }: JudgeOptions): Promise<Verdict> {
  change(mutated(mutant, read));
  try {
    return await run(killer);
  } finally {
    restore();
  }
}

function outcomeOf(verdict: Verdict): Pick<Result, 'outcome' | 'by' | 'why'> {
  switch (verdict.kind) {
    case 'red':
      return { outcome: 'killed', by: verdict.by, why: verdict.why };
    case 'green':
      return { outcome: 'survived', by: `${verdict.tests} of ${verdict.tests} passed`, why: '' };
    case 'broken':
      return { outcome: 'unproven', by: 'the run says nothing', why: verdict.why };
  }
}
