/**
 * Commerce Coordinator and Order Fulfillment are killed with SIGKILL while orders of every kind are under way: cards that are
 * refused or decided later, goods that nobody delivers, a payment stand-in that hides its answers. When all has ended, nothing was
 * charged twice, and what is kept is what was delivered. KILLS: how often each of the two is killed (4), at most 7 times. SEED: the seed.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../kit/eventually.ts';
import { startPair } from '../kit/pair.ts';
import type { Pair } from '../kit/pair.ts';
import { pairForKills, seeded } from './kill-run.ts';

const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 32);
const KILLS = Math.min(7, Number(process.env['KILLS'] ?? 4));
const ORDERS = 40;
const LIMIT_MS = 300_000;
const SERVICES = ['cc', 'of'] as const;
const CARDS = ['tok_4242424242424242', 'tok_4242424242424242', 'tok_4242424242424242', 'tok_4000000000000002', 'tok_4000000000000077', 'tok_4000000000000341'];
/** Nobody delivers X: its order is refused as a whole. */
const SKUS = ['A', 'B', 'AB', 'ABC', 'C', 'X'];

interface Money {
  readonly orderId: string;
  readonly charges: number;
  readonly kept: string;
}

let pair: Pair;
const random = seeded(SEED);
const draw = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;

beforeAll(async () => {
  pair = await startPair(pairForKills(SEED));
}, 90_000);
afterAll(() => pair?.stop(), 60_000);

async function standIn<Answer>(path: string, init: RequestInit = {}): Promise<Answer> {
  const { payments, inside } = pair.stack.description;
  const answer = await fetch(`${payments}${path}`, { ...init, headers: { authorization: `Bearer ${inside.paymentsApiKey}`, 'content-type': 'application/json' } });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return (await answer.json()) as Answer;
}

async function killAgainAndAgain(service: (typeof SERVICES)[number], signal: AbortSignal): Promise<void> {
  const victim = pair.process(service);
  for (let kill = 0; kill < KILLS; kill += 1) {
    await victim.whenReady(signal);
    await wait(random() * 400, undefined, { signal });
    const { pid } = victim;
    victim.signal('SIGKILL');
    while (victim.pid === pid || victim.pid === undefined) await wait(5, undefined, { signal });
  }
  await victim.whenReady(signal);
}

test(`the ledger of the payment provider balances after ${KILLS} kills of each service (SEED=${SEED})`, async () => {
  await standIn('/_stand-in/faults', { method: 'PUT', body: JSON.stringify({ seed: SEED, loseAnswer: 0.2, serverError: 0.1, loseWebhook: 0.2, doubleWebhook: 0.2, pendingRefund: 0.2 }) });
  const signal = AbortSignal.timeout(LIMIT_MS / 2);
  const placing = (async (): Promise<string[]> => {
    const placed: Promise<string>[] = [];
    for (let index = 0; index < ORDERS; index += 1) {
      placed.push(pair.place(draw(SKUS), undefined, draw(CARDS)));
      await wait(random() * 150);
    }
    return Promise.all(placed);
  })();
  const [orderIds] = await Promise.all([placing, ...SERVICES.map((service) => killAgainAndAgain(service, signal))]);
  const orders = await pair.settled(orderIds, LIMIT_MS / 2);
  await standIn('/_stand-in/faults', { method: 'PUT', body: '{}' });

  await eventually('nothing is left to be done', async () => ((await pair.rows('cc', 'SELECT 1 FROM work')).length === 0 ? true : undefined), 30_000);
  const books = new Map((await standIn<{ orders: Money[] }>('/_stand-in/ledger')).orders.map((money) => [money.orderId, money]));
  const wrong = orders.flatMap(({ orderId, status, lines }) => {
    const { charges = 0, kept = '0.00' } = books.get(orderId) ?? {};
    const due = status === 'cancelled' ? 0 : lines.reduce((sum, { quantity, outcome }) => (outcome?.status === 'fulfilled' ? sum + 10 * quantity : sum), 0);
    return charges <= 1 && Number(kept) === due ? [] : [{ orderId, status, charges, kept, due }];
  });
  expect({ seed: SEED, wrong, ends: [...new Set(orders.map(({ status }) => status))].sort() }).toEqual({ seed: SEED, wrong: [], ends: ['cancelled', 'completed'] });
}, LIMIT_MS);
