/**
 * Switches that make the bus behave as badly as a real one may. What happens is drawn from a seed, so that a run can be had
 * again: each kind of fault has a sequence of its own, and one kind does not disturb the next.
 *
 * Deliveries: events come twice, overtake each other, come late, never come, or a target refuses them for a while. Calls of
 * the API: throttled, answered with 500, cut off before or after their work, slow; single entries of PutEvents fail.
 *
 * An outage has one of the two faces that those of EventBridge have had. `refusing`: every call is answered with 503
 * ServiceUnavailable, and publishers keep what they have. `stalled`: events are accepted and get their ids, but nothing reaches
 * a queue until the outage is over; then all of it does, late. Queues work throughout. What is accepted and never comes is
 * `drops`.
 */
import { z } from 'zod';
import type { SendFailure } from './events/delivery.ts';
import type { Random } from './ports.ts';

const share = z.number().min(0).max(1);
const milliseconds = z.int().min(0).max(60_000);

export const faultSettings = z.strictObject({
  seed: z.int().min(0).max(2 ** 32 - 1).default(1),
  /** Share of deliveries that are made twice. */
  duplicates: share.default(0),
  /** Share of deliveries that are held back, so that later ones overtake them. */
  reorder: share.default(0),
  /** The longest that a delivery is held back. */
  reorderWithinMs: z.int().min(1).max(60_000).default(200),
  /** How late every delivery comes. */
  delayMs: milliseconds.default(0),
  /** Share of deliveries that never happen. */
  drops: share.default(0),
  /** Share of attempts to deliver that fail, in the way that is named: each is tried again by the target's retry policy. */
  failedAttempts: share.default(0),
  failedAttemptsAs: z.enum(['THROTTLING', 'TIMEOUT', 'CONNECTION_FAILURE', 'INTERNAL_ERROR']).default('THROTTLING'),
  /** Share of the entries of PutEvents that are answered with InternalFailure, while the others of the request are accepted. */
  failedEntries: share.default(0),
  /** Which API the switches for calls mean. */
  callsTo: z.enum(['events', 'sqs', 'both']).default('events'),
  /** Seed of the draws for calls; that of all when left out. */
  callSeed: z.int().min(0).max(2 ** 32 - 1).optional(),
  /** Share of calls that are throttled. */
  throttles: share.default(0),
  /** Share of calls that are answered with 500. */
  errors: share.default(0),
  /** Share of calls whose connection is cut before anything is done. */
  resets: share.default(0),
  /** Share of calls whose connection is cut when everything is done: the caller does not learn of it. */
  lostAnswers: share.default(0),
  /** The longest that a call is kept waiting. */
  latencyMs: milliseconds.default(0),
  /** EventBridge is away until the switch is set again. */
  outage: z.enum(['none', 'refusing', 'stalled']).default('none'),
}).refine(({ throttles, errors, resets, lostAnswers }) => throttles + errors + resets + lostAnswers <= 1, {
  error: 'throttles, errors, resets and lostAnswers are shares of the same calls: together at most 1',
});
export type FaultSettings = z.infer<typeof faultSettings>;

export type CallOutcome = 'works' | 'throttled' | 'error' | 'reset' | 'answer lost';

/** What becomes of one call. */
export interface CallFault {
  readonly latencyMs: number;
  readonly outcome: CallOutcome;
}

export interface Faults {
  settings(): FaultSettings;
  /** Sets all switches; what is left out goes back to its default. Starts the draws anew from the seed. Throws for what is no switch. */
  set(settings: z.input<typeof faultSettings>): void;
  /** Draws for one delivery how long each of its copies is held back, in milliseconds; none for one that is lost. */
  draw(): readonly number[];
  /** Draws how an attempt to deliver fails; undefined for one that is made. */
  attemptFails(): SendFailure | undefined;
  /** Draws whether an entry of PutEvents fails. */
  entryFails(): boolean;
  /** Draws what becomes of a call. */
  call(to: 'events' | 'sqs'): CallFault;
  /** Calls `run` after each change of the switches. */
  onSet(run: () => void): void;
}

const UNDISTURBED: readonly number[] = [0];
const LOST: readonly number[] = [];
const WORKS: CallFault = { latencyMs: 0, outcome: 'works' };

export function createFaults(): Faults {
  let settings = faultSettings.parse({});
  let random = sequences(settings);
  let changed = (): void => undefined;

  const heldBackMs = (): number => (random.deliveries() < settings.reorder ? 1 + Math.floor(random.deliveries() * settings.reorderWithinMs) : 0);

  function draw(): readonly number[] {
    const { drops, duplicates, reorder, delayMs } = settings;
    if (drops === 0 && duplicates === 0 && reorder === 0) return delayMs === 0 ? UNDISTURBED : [delayMs];
    if (drops > 0 && random.deliveries() < drops) return LOST;
    const isTwice = random.deliveries() < duplicates;
    return isTwice ? [delayMs + heldBackMs(), delayMs + heldBackMs()] : [delayMs + heldBackMs()];
  }

  function call(to: 'events' | 'sqs'): CallFault {
    const { callsTo, throttles, errors, resets, lostAnswers, latencyMs } = settings;
    const isCalm = throttles === 0 && errors === 0 && resets === 0 && lostAnswers === 0 && latencyMs === 0;
    if (isCalm || (callsTo !== 'both' && callsTo !== to)) return WORKS;
    const drawn = random.calls();
    const bounds: readonly (readonly [number, CallOutcome])[] = [
      [throttles, 'throttled'], [throttles + errors, 'error'], [throttles + errors + resets, 'reset'], [throttles + errors + resets + lostAnswers, 'answer lost'],
    ];
    const outcome = bounds.find(([bound]) => drawn < bound)?.[1] ?? 'works';
    return { outcome, latencyMs: Math.floor(random.calls() * (latencyMs + 1)) };
  }

  return {
    settings: () => settings,
    set: (next) => {
      settings = faultSettings.parse(next);
      random = sequences(settings);
      changed();
    },
    onSet: (run) => {
      changed = run;
    },
    draw,
    call,
    attemptFails: () => {
      const { failedAttempts, failedAttemptsAs: code } = settings;
      if (failedAttempts === 0 || random.attempts() >= failedAttempts) return undefined;
      return { code, message: 'A fault switch has failed this attempt.', mayPass: true };
    },
    entryFails: () => settings.failedEntries > 0 && random.entries() < settings.failedEntries,
  };
}

interface Sequences {
  readonly deliveries: Random;
  readonly attempts: Random;
  readonly entries: Random;
  readonly calls: Random;
}

function sequences({ seed, callSeed = seed }: FaultSettings): Sequences {
  const [deliveries, attempts, entries, calls] = [seed, seed, seed, callSeed].map((own, kind) => seededRandom(own + kind * 0x9e3779b9)) as [Random, Random, Random, Random];
  return { deliveries, attempts, entries, calls };
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
