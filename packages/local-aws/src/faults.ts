/**
 * Switches that make the bus behave as badly as a real one may: events delivered twice, events overtaking each other, events
 * lost for good, and an outage. What happens is drawn from a seed, so that a run can be had again.
 *
 * An outage has one of the two faces that those of EventBridge have had. `refusing`: every call is answered with 503
 * ServiceUnavailable, and publishers keep what they have. `stalled`: events are accepted and get their ids, but nothing reaches
 * a queue until the outage is over; then all of it does, late. Queues work throughout. What is accepted and never comes is
 * `drops`.
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
  /** Share of deliveries that never happen. */
  drops: share.default(0),
  /** EventBridge is away until the switch is set again. */
  outage: z.enum(['none', 'refusing', 'stalled']).default('none'),
});
export type FaultSettings = z.infer<typeof faultSettings>;

export interface Faults {
  settings(): FaultSettings;
  /** Sets all switches; what is left out goes back to its default. Starts the draws anew from the seed. Throws for what is no switch. */
  set(settings: z.input<typeof faultSettings>): void;
  /** Draws for one delivery how long each of its copies is held back, in milliseconds; none for one that is lost. */
  draw(): readonly number[];
  /** Calls `run` after each change of the switches. */
  onSet(run: () => void): void;
}

const UNDISTURBED: readonly number[] = [0];
const LOST: readonly number[] = [];

export function createFaults(): Faults {
  let settings = faultSettings.parse({});
  let random = seededRandom(settings.seed);
  let changed = (): void => undefined;
  const delay = (): number => (random() < settings.reorder ? 1 + Math.floor(random() * settings.reorderWithinMs) : 0);
  return {
    settings: () => settings,
    set: (next) => {
      settings = faultSettings.parse(next);
      random = seededRandom(settings.seed);
      changed();
    },
    onSet: (run) => {
      changed = run;
    },
    draw: () => {
      const { drops, duplicates, reorder } = settings;
      if (drops === 0 && duplicates === 0 && reorder === 0) return UNDISTURBED;
      if (drops > 0 && random() < drops) return LOST;
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
