/** Killers as the tables write them. */
import type { Killer } from '../mutant.ts';

/** A test of `pnpm test`: part of its name, and where that stands when the file runs a suite of several. */
export function unit(file: string, test?: string, suite?: string): Killer {
  return named('unit', file, test, suite);
}

/** A test that runs with LONG=1 alone. */
export function long(file: string, test?: string, suite?: string): Killer {
  return named('long', file, test, suite);
}

function named(tier: 'unit' | 'long', file: string, test?: string, suite?: string): Killer {
  return { tier, file, ...(test !== undefined && { test }), ...(suite !== undefined && { suite }) };
}

/** The simulation, as CI plays it. */
export const SIM: Killer = { tier: 'sim', seeds: 100 };
