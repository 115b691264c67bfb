/**
 * One run of kills: orders are placed while Commerce Coordinator and Order Fulfillment are killed again and again, at moments drawn
 * from a seed, and started again by the supervisor. Orders are spread over the kills, so that each kill meets orders under way.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { complaints } from '../kit/end-state.ts';
import type { Pair, PairOptions } from '../kit/pair.ts';

/** Outcomes that died with a process are looked for soon; what misbehaves besides is drawn from the seed, too. */
export function pairForKills(seed: number): PairOptions {
  return {
    restartDelayMs: 50,
    environment: { cc: { FULFILLMENT_CHECK_AFTER_MS: '1500', RECONCILE_EVERY_MS: '700' } },
    lmsFaults: { seed: seed >>> 0, loseAnswer: 0.1, serverError: 0.05, loseCallback: 0.1 },
  };
}

export interface KillRunOptions {
  readonly orders: number;
  /** Of each of the two services. */
  readonly kills: number;
  readonly random: () => number;
  readonly limitMs: number;
}

export interface KillRunResult {
  /** What is wrong with the end state; empty when all is well. */
  readonly complaints: readonly string[];
  /** Kills while the service was starting; the others met one that was ready. */
  readonly early: number;
  readonly kills: number;
}

const SERVICES = ['cc', 'of'] as const;
const SKUS = ['A', 'B', 'C', 'AB', 'BC', 'ABC'];
/** Share of kills that meet a service on its way up. */
const EARLY_SHARE = 0.2;
const EARLY_WITHIN_MS = 500;
const READY_WITHIN_MS = 400;
const LOOK_INTERVAL_MS = 5;

interface Kill {
  readonly early: boolean;
  /** From its start, or from its readiness, to its death. */
  readonly afterMs: number;
}

/** Runs, waits until every order is settled, and judges the end. */
export async function killRun(pair: Pair, { orders, kills, random, limitMs }: KillRunOptions): Promise<KillRunResult> {
  const plans = SERVICES.map((service) => ({ service, plan: Array.from({ length: kills }, () => drawKill(random)) }));
  const orderSkus = Array.from({ length: orders }, () => SKUS[Math.floor(random() * SKUS.length)] ?? 'A');
  const signal = AbortSignal.timeout(limitMs);
  const progress = { killed: 0, early: 0 };
  const placing = placeBetweenKills(pair, orderSkus, 2 * kills, progress, signal);
  const [orderIds] = await Promise.all([placing, ...plans.map(({ service, plan }) => killAgainAndAgain(pair, service, plan, progress, signal))]);
  const settled = await pair.settled(orderIds, limitMs);
  return { complaints: [...notAll(settled.length, orders), ...(await complaints(pair, settled))], early: progress.early, kills: progress.killed };
}

/** Numbers in [0, 1) from a seed: mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function drawKill(random: () => number): Kill {
  const early = random() < EARLY_SHARE;
  return { early, afterMs: random() * (early ? EARLY_WITHIN_MS : READY_WITHIN_MS) };
}

/** Order n is placed when n/orders of the kills are done; nobody waits for its answer before the next. */
async function placeBetweenKills(pair: Pair, orderSkus: readonly string[], kills: number, progress: { readonly killed: number }, signal: AbortSignal): Promise<string[]> {
  const placed: Promise<string>[] = [];
  for (const skus of orderSkus) {
    while (progress.killed < Math.floor((placed.length * kills) / orderSkus.length)) await wait(LOOK_INTERVAL_MS, undefined, { signal });
    placed.push(pair.place(skus));
  }
  return Promise.all(placed);
}

async function killAgainAndAgain(pair: Pair, service: 'cc' | 'of', plan: readonly Kill[], progress: { killed: number; early: number }, signal: AbortSignal): Promise<void> {
  const victim = pair.process(service);
  for (const { early, afterMs } of plan) {
    while (victim.pid === undefined) await wait(LOOK_INTERVAL_MS, undefined, { signal });
    if (!early) await victim.whenReady(signal);
    await wait(afterMs, undefined, { signal });
    const { pid } = victim;
    if (!victim.isReady) progress.early += 1;
    victim.signal('SIGKILL');
    while (victim.pid === pid) await wait(LOOK_INTERVAL_MS, undefined, { signal });
    progress.killed += 1;
  }
  await victim.whenReady(signal);
}

function notAll(settled: number, orders: number): string[] {
  return settled === orders ? [] : [`${settled} of ${orders} orders are settled`];
}
