// A wish to break something: read from what a person sends, and judged. Pure but for the seed, which is drawn by the caller.
import { z } from 'zod';
import { BREAKABLE, DEPENDENCIES, KINDS } from './kinds.ts';
import type { BreakKind, Dependency, Kind } from './kinds.ts';

const LARGEST_SEED = 2 ** 32 - 1;

/** What is sent. Unknown fields are refused. */
export const wishForm = z.strictObject({
  kind: z.enum(KINDS),
  seconds: z.int().min(1).max(600),
  seed: z.int().min(0).max(LARGEST_SEED).optional(),
  latencyMs: z.int().min(1).max(60_000).optional(),
  share: z.number().gt(0).max(1).optional(),
});
export type Wish = z.infer<typeof wishForm>;

/** One break, whole. */
export type Fault = { readonly kind: Kind; readonly seconds: number; readonly seed: number; readonly latencyMs: number | null; readonly share: number | null };

/** A wish that cannot be granted; the message says why, and what can be. */
export class WishRefused extends Error {
  override readonly name = 'WishRefused';
}

export function isDependency(name: string): name is Dependency {
  return (DEPENDENCIES as readonly string[]).includes(name);
}

/** The fault of a wish: what it leaves out has the default of its kind. Throws WishRefused. `drawSeed`: of a wish without one. */
export function faultOf(dependency: Dependency, wish: Wish, drawSeed: () => number): Fault {
  const { title, kinds } = BREAKABLE[dependency];
  const known = kinds.find(({ kind }) => kind === wish.kind);
  if (known === undefined) throw new WishRefused(`${title} cannot be broken as "${wish.kind}": only as ${kinds.map(({ kind }) => kind).join(', ')}.`);
  if (wish.seconds > known.maxSeconds) throw new WishRefused(`${title} may be "${wish.kind}" for at most ${known.maxSeconds} s.`);
  refuseUnused(wish, known, title);
  return { kind: wish.kind, seconds: wish.seconds, seed: wish.seed ?? drawSeed() % (LARGEST_SEED + 1), latencyMs: wish.latencyMs ?? known.latencyMs, share: wish.share ?? known.share };
}

function refuseUnused(wish: Wish, known: BreakKind, title: string): void {
  for (const name of ['latencyMs', 'share'] as const) {
    if (wish[name] !== undefined && known[name] === null) throw new WishRefused(`"${wish.kind}" of ${title} takes no ${name}.`);
  }
}
