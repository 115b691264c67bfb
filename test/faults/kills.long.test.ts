/**
 * Commerce Coordinator and Order Fulfillment are killed with SIGKILL at moments drawn from a seed, with orders under way; the end is
 * the same as without. KILLS: how often each of them, in runs of 40 orders with at most 7 kills of each. It runs with KILLS alone:
 * saga-kills.long.test.ts kills among orders of every kind. SEED: the seed.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startPair } from '../kit/pair.ts';
import type { Pair } from '../kit/pair.ts';
import { killRun, pairForKills, seeded } from './kill-run.ts';

const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 32);
const KILLS = Number(process.env['KILLS'] ?? 1);
const onDemand = process.env['KILLS'] === undefined ? test.skip : test;
const KILLS_PER_RUN = 7;
const ORDERS = 40;
const LIMIT_MS = 180_000;

const random = seeded(SEED);
const runs = Array.from({ length: Math.ceil(KILLS / KILLS_PER_RUN) }, (_, run) => ({ run: run + 1, kills: Math.min(KILLS_PER_RUN, KILLS - run * KILLS_PER_RUN) }));
let pair: Pair;

beforeAll(async () => {
  if (process.env['KILLS'] === undefined) return;
  console.log(`kills: SEED=${SEED} KILLS=${KILLS}`);
  pair = await startPair(pairForKills(SEED));
}, 90_000);
afterAll(() => pair?.stop(), 60_000);

onDemand.each(runs)(`needs KILLS: run $run: ${ORDERS} orders and $kills kills of each service end as without kills (SEED=${SEED})`, async ({ kills }) => {
  const result = await killRun(pair, { orders: ORDERS, kills, random, limitMs: LIMIT_MS / 2 });
  expect({ seed: SEED, ...result, early: null }).toEqual({ seed: SEED, complaints: [], early: null, kills: 2 * kills });
  expect(await pair.queue.deadLetters()).toBe(0);
}, LIMIT_MS);
