/** What `pnpm mutants` may be told. Pure. */
import { parseArgs } from 'node:util';
import type { Mutant, Tier } from './mutant.ts';

export const USAGE = `pnpm mutants [--only NAME,NAME] [--tier TIER,TIER] [--json FILE] [--list]

Takes one guard after the other out of a copy of the code, and runs the tests that must notice. Each of these runs once on the code as
it stands, too, and must be green there. Exit code 0: every mutant was killed by a failing test; 1: one survived, or a run said nothing;
2: the options are wrong.

  --only NAME,NAME    only mutants with one of these words in their names
  --tier TIER,TIER    only these: unit, long, sim (default: all of them)
  --json FILE         writes the results there, too
  --list              prints every mutant with its guard, and ends`;

export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}

export interface Arguments {
  readonly help: boolean;
  readonly list: boolean;
  readonly only: readonly string[] | undefined;
  readonly tiers: ReadonlySet<Tier>;
  readonly json: string | undefined;
}

const TIERS: readonly Tier[] = ['unit', 'long', 'sim'];

/** Throws `WrongUsage`. */
export function readArguments(args: readonly string[]): Arguments {
  const { help, list, only, tier, json } = parsed(args);
  const tiers = tier?.split(',') ?? TIERS;
  const unknown = tiers.find((one) => !TIERS.some((known) => known === one));
  if (unknown !== undefined) throw new WrongUsage(`There is no tier "${unknown}": ${TIERS.join(', ')}.`);
  return { help, list, json, only: only?.split(','), tiers: new Set(TIERS.filter((one) => tiers.includes(one))) };
}

function parsed(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { help: { type: 'boolean', default: false }, list: { type: 'boolean', default: false }, only: { type: 'string' }, tier: { type: 'string' }, json: { type: 'string' } },
    });
    return { ...values, only: values.only, tier: values.tier, json: values.json };
  } catch (error) {
    throw new WrongUsage((error as Error).message);
  }
}

/** Those that were asked for, each with the killers of these tiers; without any it is left out. Throws `WrongUsage` when nothing is left. */
export function chosen(mutants: readonly Mutant[], { only, tiers }: Pick<Arguments, 'only' | 'tiers'>): Mutant[] {
  const named = only === undefined ? mutants : mutants.filter(({ name }) => only.some((word) => name.includes(word)));
  const left = named.map((mutant) => ({ ...mutant, killers: mutant.killers.filter(({ tier }) => tiers.has(tier)) })).filter(({ killers }) => killers.length > 0);
  if (left.length === 0) throw new WrongUsage('No mutant is called so, or none has a killer of this tier. See --list.');
  return left;
}
