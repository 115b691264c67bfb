/**
 * One seed, from its beginning to its end.
 *
 * Safety: anything may go wrong at any time, and the rules hold after every step. Liveness: the same, and then faults end and what is
 * clogged is free; everything must come to its end, and both sides must agree.
 */
import { Cluster } from './cluster.ts';
import { CLOGS } from './faults.ts';
import { Kernel } from './kernel.ts';

export const MODES = ['safety', 'liveness'] as const;
export type Mode = (typeof MODES)[number];

export interface SeedResult {
  readonly seed: number;
  readonly mode: Mode;
  readonly steps: number;
  readonly virtualMs: number;
  /** From the end of faults to rest; null in safety mode. */
  readonly convergedMs: number | null;
  readonly hits: readonly (readonly [string, number])[];
  readonly events: number;
  readonly lost: number;
  readonly unexpected: number;
  readonly repeated: { readonly seen: number; readonly bound: number };
  /** What was given up, and tried again by a person when faults had ended. */
  readonly triedByHand: number;
  /** Of everything that happened, in its order. */
  readonly trace: string;
  readonly broken: readonly string[];
  readonly story: readonly string[] | undefined;
}

const PEOPLE_MS = 90_000;
const FAULTS_MS = 180_000;
const SAFETY_MS = 300_000;
const LOOK_MS = 5_000;
/** After faults have ended. Webhooks of a receiver that has failed often wait for minutes. */
const REST_WITHIN_MS = 30 * 60_000;
const MOST_STEPS = 120_000;
/** Looks at rest in a row, over a comparison of both sides. */
const RESTING_LOOKS = 15;

export async function runSeed(seed: number, mode: Mode, isTold = false): Promise<SeedResult> {
  const kernel = new Kernel(seed, isTold);
  const cluster = await Cluster.open(kernel);
  const { rules } = cluster.world;
  let convergedMs: number | null = null;
  try {
    cluster.people(PEOPLE_MS);
    swizzle(kernel);
    if (mode === 'safety') await until(cluster, () => kernel.passedMs >= SAFETY_MS);
    else {
      await until(cluster, () => kernel.passedMs >= FAULTS_MS);
      cluster.calm();
      convergedMs = await rest(cluster);
    }
    cluster.checkAccepted(false);
  } catch (error) {
    rules.break(`bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  return {
    seed, mode, steps: kernel.steps, virtualMs: kernel.passedMs, convergedMs, hits: [...kernel.hits], events: cluster.length, lost: cluster.lost, unexpected: cluster.unexpected, repeated: cluster.webhooks.repeated, triedByHand: cluster.triedByHand,
    trace: kernel.digest(), broken: [...rules.broken], story: kernel.story,
  };
}

/** Goes on until something is so, or a rule is broken. */
async function until(cluster: Cluster, isSo: () => boolean): Promise<void> {
  const { kernel, world: { rules } } = cluster;
  while (!isSo() && rules.broken.length === 0) {
    cluster.wake();
    const { notes } = kernel;
    if (!(await kernel.step())) return;
    if (kernel.notes !== notes) {
      rules.check();
      cluster.fulfilling.checkDelivered();
    }
    cluster.checkInTime();
    if (kernel.steps > MOST_STEPS) return rules.break(`liveness: ${kernel.steps} steps were made, and it goes on: ${cluster.restless().join('; ')}`);
  }
}

/** Everything comes to its end. Gives how long that took; null when it did not. */
async function rest(cluster: Cluster): Promise<number | null> {
  const { kernel, world: { rules } } = cluster;
  const beganMs = kernel.nowMs;
  let [looks, length, restedMs] = [0, -1, beganMs];
  while (looks < RESTING_LOOKS) {
    const nextMs = kernel.nowMs + LOOK_MS;
    kernel.after(LOOK_MS, '', () => undefined);
    await until(cluster, () => kernel.nowMs >= nextMs);
    if (rules.broken.length > 0) return null;
    const isAtRest = cluster.restless().length === 0 && cluster.length === length;
    // What comes to light by comparing now had been told, and was not heard.
    cluster.world.isQuiet = isAtRest && cluster.isAllHeard;
    if (!isAtRest) restedMs = kernel.nowMs;
    looks = isAtRest ? looks + 1 : 0;
    length = cluster.length;
    if (looks === RESTING_LOOKS) cluster.endCounting();
    if (looks === RESTING_LOOKS && cluster.length !== length) looks = 0;
    if (kernel.nowMs - beganMs > REST_WITHIN_MS) {
      rules.break(`liveness: it has not come to rest ${REST_WITHIN_MS / 60_000} minutes after faults ended: ${cluster.restless().join('; ')}`);
      return null;
    }
  }
  cluster.checkEnd();
  return restedMs - beganMs;
}

/** In some seeds parts are clogged one by one, and freed in another order. */
function swizzle(kernel: Kernel): void {
  if (kernel.chance(0.5)) return;
  for (const what of CLOGS) {
    if (!kernel.chance(0.4)) continue;
    const fromMs = kernel.between(0, 120_000);
    kernel.after(fromMs, '', () => kernel.clog(what));
    kernel.after(fromMs + kernel.between(3_000, 90_000), '', () => kernel.unclog(what));
  }
}
