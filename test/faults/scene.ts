/**
 * One scenario on a running world: orders under way, a fault, its end, and then the judgement. What was asked for and not hit counts as a
 * fault of the scenario itself: it never passes for nothing.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../kit/eventually.ts';
import { isSettled, readFacts } from './facts.pg.ts';
import { countsOf, INVARIANTS } from './invariants.ts';
import type { Counts, Cut, Evidence } from './invariants.ts';
import type { World } from './world.ts';

export interface Scene {
  readonly world: World;
  /** Names the orders of the scenario. */
  readonly label: string;
  /** In [0, 1), from the seed of the run. */
  readonly random: () => number;
  /** Places so many orders, one in `everyMs`; each until it is answered. Resolves when all are. */
  place(count: number, everyMs?: number): Promise<number>;
  /** Places orders until `until` is over, one in `everyMs`. */
  placeUntil(until: Promise<unknown>, everyMs: number): Promise<void>;
  /** From then to then the record of an answer to a webhook may have been lost; Unix milliseconds. Kills of CC are known from its supervisor. */
  cut(fromMs: number, untilMs: number): void;
  /** A process beside those of the stack was killed. */
  killed(): void;
  /** A message that nobody can take was put on the queue, under this id. */
  poison(messageId: string): void;
  /** Done when the scenario was judged, last first: what gives the world back as it was. */
  afterwards(run: () => Promise<unknown>): void;
  /** The fault is over: from now on the time to come to rest is counted. */
  ended(): void;
  /** A word for the report. */
  note(text: string): void;
}

export interface Scenario {
  readonly id: string;
  readonly name: string;
  readonly faultClass: string;
  /** Does the fault and ends it. Throws when it could not be done, and when nobody felt it. */
  readonly act: (scene: Scene) => Promise<void>;
  /** Why it cannot be done on this machine; null when it can. */
  readonly whyNot?: () => Promise<string | null>;
  /** Until all must have come to rest, in ms; 60,000 when left out. */
  readonly limitMs?: number;
}

export interface Cell {
  readonly invariant: string;
  /** Empty: it holds. Null: there was nothing to judge. */
  readonly wrong: readonly string[] | null;
}

export interface Row {
  readonly id: string;
  readonly name: string;
  readonly faultClass: string;
  /** Why the scenario itself did not come about; null when it did. */
  readonly fault: string | null;
  readonly cells: readonly Cell[];
  readonly counts: Counts;
  /** Ends of processes that were seen, each by a signal. */
  readonly kills: number;
  /** Times at which the record of an answer to a webhook may have been lost. */
  readonly cuts: number;
  readonly convergedInMs: number | null;
  readonly tookMs: number;
  readonly notes: readonly string[];
}

const DEFAULT_LIMIT_MS = 60_000;
const SETTLE_LOOK_MS = 100;
/** How many orders are asked for once more. */
const REPEATED = 6;
const MOST_TOLD = 5;
/** After so many orders fewer come: a slow machine must not drown in them. */
const MANY = 40;
const FEWER_EVERY_MS = 500;

export async function runScenario(world: World, scenario: Scenario, label: string, random: () => number): Promise<Row> {
  const beganMs = performance.now();
  const endsBefore = world.ended.length;
  const state = { next: 0, cuts: [] as Cut[], killed: 0, poison: [] as string[], endedMs: undefined as number | undefined, notes: [] as string[], placing: [] as Promise<unknown>[], after: [] as (() => Promise<unknown>)[] };
  const deadBefore = await world.queue.deadLetters();
  const place = (count: number, everyMs = 40): Promise<number> => {
    const placed = world.witness.ask({ act: 'place', scenario: label, from: state.next, count, everyMs });
    state.next += count;
    state.placing.push(placed);
    placed.catch(() => undefined);
    return placed;
  };
  const scene: Scene = {
    world, label, random, place,
    async placeUntil(until, everyMs) {
      let isOver = false;
      const over = until.finally(() => (isOver = true));
      over.catch(() => undefined);
      for (let placed = 1; !isOver; placed += 1) {
        void place(1, 0);
        await Promise.race([over.catch(() => undefined), wait(placed > MANY ? Math.max(everyMs, FEWER_EVERY_MS) : everyMs)]);
      }
      await over;
    },
    cut: (fromMs, untilMs) => void state.cuts.push({ fromMs, untilMs }),
    killed: () => void (state.killed += 1),
    poison: (messageId) => void state.poison.push(messageId),
    afterwards: (run) => void state.after.unshift(run),
    ended: () => void (state.endedMs = performance.now()),
    note: (text) => void state.notes.push(text),
  };
  const fault = await scenario.act(scene).then(() => null, (error: unknown) => String(error instanceof Error ? error.message : error));
  state.endedMs ??= performance.now();
  const unanswered = await Promise.all(state.placing).then(() => null, (error: unknown) => String(error));
  const hasConverged = await settled(world, label, deadBefore + state.poison.length, scenario.limitMs ?? DEFAULT_LIMIT_MS);
  const convergedInMs = hasConverged ? Math.round(performance.now() - state.endedMs) : null;
  await world.witness.ask({ act: 'repeat', scenario: label, keys: (await keysOf(world, label)).slice(0, REPEATED) }).catch(() => 0);
  const facts = await readFacts(world, label);
  const ended = world.ended.slice(endsBefore);
  const killed = ended.filter(({ part, how }) => part === 'cc' && how === 'SIGKILL').map(({ atMs }): Cut => ({ fromMs: atMs, untilMs: atMs }));
  const evidence: Evidence = {
    facts: { ...facts, queue: { ...facts.queue, dead: facts.queue.dead - deadBefore } },
    lines: world.witness.lines(label), cuts: [...state.cuts, ...killed], poison: state.poison, maxReceives: world.maxReceives, hasConverged,
  };
  const counts = countsOf(evidence);
  if (counts.accepted < counts.asked) state.notes.push(`${counts.asked - counts.accepted} of ${counts.asked} orders were refused, or had no answer until the witness gave up`);
  if (state.poison.length > 0) await world.deadQueue.purge();
  for (const run of state.after) await run();
  return {
    id: scenario.id, name: scenario.name, faultClass: scenario.faultClass, fault: fault ?? unanswered,
    cells: INVARIANTS.map(({ id, judge }) => ({ invariant: id, wrong: told(judge(evidence)) })), counts,
    kills: state.killed + ended.filter(({ how }) => how.startsWith('SIG')).length, cuts: evidence.cuts.length, convergedInMs, tookMs: Math.round(performance.now() - beganMs), notes: state.notes,
  };
}

/** True for a row in which all is well. */
export function isGreen({ fault, cells }: Pick<Row, 'fault' | 'cells'>): boolean {
  return fault === null && cells.every(({ wrong }) => wrong === null || wrong.length === 0);
}

function told(wrong: readonly string[] | null): string[] | null {
  if (wrong === null) return null;
  return wrong.length <= MOST_TOLD ? [...wrong] : [...wrong.slice(0, MOST_TOLD), `and ${wrong.length - MOST_TOLD} more`];
}

async function keysOf(world: World, label: string): Promise<string[]> {
  const rows = await world.rows<{ key: string }>('cc', "SELECT idempotency_key AS key FROM orders WHERE client_id = 'storefront' AND idempotency_key LIKE $1 ORDER BY order_id", [`${label}-%`]);
  return rows.map(({ key }) => key);
}

async function settled(world: World, label: string, dead: number, limitMs: number): Promise<boolean> {
  return eventually('rest', async () => {
    const isQuiet = (await isSettled(world, label)) && (await world.queue.size()) === 0 && (await world.queue.deadLetters()) === dead;
    if (!isQuiet) await wait(SETTLE_LOOK_MS);
    return isQuiet ? true : undefined;
  }, limitMs).catch(() => false);
}
