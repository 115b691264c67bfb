/**
 * Switches that make the bus behave as badly as a real one may: events delivered twice, and events overtaking each other.
 * What happens is drawn from a seed, so that a run can be had again.
 */
import { z } from 'zod';
import type { Random } from './ports.ts';

const share = z.number().min(0).max(1);

export const faultSettings = z.strictObject({
  seed: z.int().min(0).max(2 ** 32 - 1).default(1),
  /** Share of deliveries that are made twice. */
  duplicates: share.default(0),
  /** Share of deliveries that are held back, so that later ones overtake them. */
  reorder: share.default(0),
  /** The longest that a delivery is held back. */
  reorderWithinMs: z.int().min(1).max(60_000).default(200),
});
export type FaultSettings = z.infer<typeof faultSettings>;

export interface Faults {
  settings(): FaultSettings;
  /** Sets all switches; what is left out goes back to its default. Starts the draws anew from the seed. */
  set(settings: FaultSettings): void;
  /** Draws for one delivery how long each of its copies is held back, in milliseconds. */
  draw(): readonly number[];
}

const UNDISTURBED: readonly number[] = [0];

export function createFaults(): Faults {
  let settings = faultSettings.parse({});
  let random = seededRandom(settings.seed);
  const delay = (): number => (random() < settings.reorder ? 1 + Math.floor(random() * settings.reorderWithinMs) : 0);
  return {
    settings: () => settings,
    set: (next) => {
      settings = next;
      random = seededRandom(next.seed);
    },
    draw: () => {
      if (settings.duplicates === 0 && settings.reorder === 0) return UNDISTURBED;
      return random() < settings.duplicates ? [delay(), delay()] : [delay()];
    },
  };
}

/** Mulberry32: 32 bits of state, good enough to draw faults. */
function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
