/**
 * `pnpm bench:rebuild [--events 1000000] [--rate 100] [--seconds 20] [--turns 8]`: the rows of orders built anew from the log, by a
 * replay of the whole local stack. Real orders are seen through until the log has that many events. Then: the rebuild beside live
 * orders at a rate, which first run until a stretch is like the one before; from there on stretches alone and stretches beside the
 * rebuild take turns, for it is stopped and resumed, and each beside is told by its ratio to the one alone before it and to the one
 * after it. After so many turns the rebuild goes on to its end alone, for it works less than live orders append where it is stopped half
 * of the time. And the table wiped, built anew and swapped, its hash compared. Exit code 1 when a hash differs, or a rebuild does not end
 * within its time. Everything is embedded and removed in the end; times are printed, never asserted.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readOptions } from '../../kit/options.ts';
import { FREE_PORTS, startStack } from '@commerce/local-stack/stack';
import type { Stack } from '@commerce/local-stack/stack';
import pg from 'pg';
import { completeOrders, completeOrdersAtRate } from '../flow.ts';
import { tokenOf } from '../storefront.ts';
import { median, table } from '../table.ts';

const { values } = readOptions(import.meta.url, { options: { events: { type: 'string', default: '1000000' }, rate: { type: 'string', default: '100' }, seconds: { type: 'string', default: '20' }, turns: { type: 'string', default: '8' } } });
const [events, rate, seconds, mostTurns] = [Number(values.events), Number(values.rate), Number(values.seconds), Number(values.turns)];
/** Of one rebuild, while it works. */
const LONGEST_MS = 1_800_000;
const TOLD_EVERY_MS = 15_000;
/** Two stretches are alike when neither figure is so many times the other. */
const ALIKE = 1.15;
const MOST_WARM = 8;

type LiveRun = Awaited<ReturnType<typeof completeOrdersAtRate>>;

interface Rebuilt {
  readonly state: string;
  readonly scanned: number;
  /** 0 to 1, of the rows that are filled. */
  readonly progress: number | null;
  readonly applied: number;
  readonly error: string | null;
  readonly tookMs: number;
}

/** A rebuild that is asked for, stopped and resumed; a token lives long enough for one call. */
class Rebuild {
  readonly #stack: Stack;
  #replayId = '';
  #tookMs = 0;
  #fromMs = 0;

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  async start(accept: boolean): Promise<void> {
    this.#fromMs = performance.now();
    ({ replayId: this.#replayId } = await this.#ask('POST', '/api/replays', { target: { projection: 'orders' }, mode: 'run', accept, reason: { code: 'measured' } }));
  }

  /** False when it has ended before it could be stopped. */
  async stop(): Promise<boolean> {
    if (await this.isOver()) return false;
    await this.#ask('POST', `/api/replays/${this.#replayId}/stop`, { reason: { code: 'measured' } });
    this.#tookMs += performance.now() - this.#fromMs;
    // The batch under way, and a swap that had begun, come to their end first.
    await delay(2_000);
    return true;
  }

  async resume(): Promise<void> {
    this.#fromMs = performance.now();
    await this.#ask('POST', `/api/replays/${this.#replayId}/resume`, { reason: { code: 'measured' } });
  }

  async isOver(): Promise<boolean> {
    const { state } = await this.#ask('GET', `/api/replays/${this.#replayId}`);
    return state === 'done' || state === 'failed';
  }

  /** How far it is, as a line. */
  async told(): Promise<string> {
    const { state, scanned, progress } = (await this.#ask('GET', `/api/replays/${this.#replayId}`)) as Rebuilt;
    return `rebuild ${state}, ${scanned} events, ${progress === null ? 'not begun' : `filled to ${(100 * progress).toFixed(0)} %`}`;
  }

  async ended(): Promise<Rebuilt> {
    for (let toldAtMs = performance.now(); ; ) {
      const replay = await this.#ask('GET', `/api/replays/${this.#replayId}`);
      const tookMs = this.#tookMs + performance.now() - this.#fromMs;
      if (performance.now() - toldAtMs > TOLD_EVERY_MS) {
        toldAtMs = performance.now();
        console.log(`${await this.told()}, ${(tookMs / 1_000).toFixed(0)} s`);
      }
      if (replay.state === 'done' || replay.state === 'failed') return { ...replay, tookMs };
      if (tookMs > LONGEST_MS) throw new Error(`The rebuild ${this.#replayId} has not ended: ${JSON.stringify(replay)}`);
      await delay(200);
    }
  }

  async #ask(method: string, path: string, body?: object): Promise<any> {
    const { cc } = this.#stack.description;
    const answer = await fetch(`${cc}${path}`, {
      method, headers: { authorization: `Bearer ${await tokenOf(this.#stack, 'operator', cc)}`, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  }
}

/** Live orders until two stretches in a row are alike, or so many were run. */
async function warmUp(stack: Stack): Promise<number> {
  let before: LiveRun | undefined;
  for (let stretch = 1; ; stretch += 1) {
    const now = await completeOrdersAtRate(stack, { seconds, rate });
    console.log(`warming up, ${stretch}: ${figuresOf(now)}`);
    if (before !== undefined && [now.p50Ms / before.p50Ms, now.acceptedP99Ms / before.acceptedP99Ms].every((one) => one > 1 / ALIKE && one < ALIKE)) return stretch;
    if (stretch === MOST_WARM) return stretch;
    before = now;
  }
}

/** A stretch beside the rebuild, between two alone. */
interface Beside {
  readonly before: LiveRun;
  readonly run: LiveRun;
  readonly after: LiveRun;
}

/** Stretches alone and beside take turns, until the rebuild is over or has had so many. The last one counts if the rebuild went on to its end. */
async function takeTurns(stack: Stack, rebuild: Rebuild): Promise<Beside[]> {
  const found: Beside[] = [];
  let before = await completeOrdersAtRate(stack, { seconds, rate });
  console.log(`alone: ${figuresOf(before)}`);
  await rebuild.start(false);
  for (;;) {
    const run = await completeOrdersAtRate(stack, { seconds, rate });
    console.log(`beside: ${figuresOf(run)}; ${await rebuild.told()}`);
    const isStopped = await rebuild.stop();
    const after = await completeOrdersAtRate(stack, { seconds, rate });
    console.log(`alone: ${figuresOf(after)}`);
    // One in which the rebuild ended was partly alone: it counts only when there is no other.
    if (isStopped || found.length === 0) found.push({ before, run, after });
    if (!isStopped) return found;
    before = after;
    await rebuild.resume();
    if (found.length === mostTurns) return found;
  }
}

function figuresOf({ acceptedP99Ms, p50Ms, p99Ms }: LiveRun): string {
  return `accepted p99 ${acceptedP99Ms.toFixed(0)} ms, completed p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms`;
}

async function hashOf(client: pg.Client): Promise<string> {
  // Without how they are paid, which is in no event.
  const { rows } = await client.query(
    `SELECT count(*)::int AS orders, encode(sha256(string_agg(sha256(convert_to((to_jsonb(o) - 'payment_method')::text, 'UTF8')), '' ORDER BY order_id)), 'hex') AS hash FROM orders o`,
  );
  return `${rows[0].orders} orders, ${rows[0].hash}`;
}

async function countOf(client: pg.Client): Promise<number> {
  return (await client.query('SELECT count(*)::int AS events FROM events')).rows[0].events;
}

async function measure(stack: Stack, client: pg.Client): Promise<boolean> {
  for (let count = 0; count < events; count = await countOf(client)) {
    console.log(`${count} events`);
    await completeOrders(stack, { seconds: Math.min(20, seconds), connections: 64 });
  }
  await client.query('ANALYZE');
  const warm = await warmUp(stack);
  const first = new Rebuild(stack);
  const turns = await takeTurns(stack, first);
  const live = await first.ended();

  const hash = await hashOf(client);
  await client.query('TRUNCATE orders');
  const second = new Rebuild(stack);
  await second.start(true);
  const wiped = await second.ended();
  const after = await hashOf(client);
  const figures = [(run: LiveRun) => run.acceptedP99Ms, (run: LiveRun) => run.p50Ms, (run: LiveRun) => run.p99Ms];
  const shown = (name: string, run: LiveRun): (string | number)[] => [name, ...figures.map((of) => of(run))];
  const ratios = (name: string, given: readonly Beside[], to: 'before' | 'after'): string[] => [name, ...figures.map((of) => `${median(given.map((one) => of(one.run) / of(one[to]))).toFixed(2)} ×`)];
  console.log(`${warm} stretches at ${rate}/s until two were alike, or ${MOST_WARM}.`);
  console.log(table(['live orders', 'accepted p99 ms', 'completed p50 ms', 'completed p99 ms'], [
    ...turns.flatMap((one, index) => [
      shown('alone', one.before), shown(`beside the rebuild, ${index + 1}`, one.run), ratios('  to alone before', [one], 'before'), ratios('  to alone after', [one], 'after'),
      ...(index === turns.length - 1 ? [shown('alone', one.after)] : []),
    ]),
    ratios(`median of ${turns.length}, to alone before`, turns, 'before'), ratios(`median of ${turns.length}, to alone after`, turns, 'after'),
  ]));
  console.log(`\n${table(['rebuild', 'state', 'events', 'seconds', 'events per second'], [['beside live orders', live], ['after the wipe', wiped]].map(([name, run]) => {
    const { state, scanned, tookMs } = run as Rebuilt;
    return [name as string, state, scanned, tookMs / 1_000, (scanned * 1_000) / tookMs];
  }))}`);
  console.log(`\nbefore the wipe   ${hash}\nbuilt anew        ${after}\n${hash === after ? 'The same.' : 'They differ.'}${live.error === null ? '' : ` ${live.error}`}`);
  return hash === after && live.state === 'done' && wiped.state === 'done';
}

console.log(`${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}; embedded PostgreSQL, fsync on; load, services, bus and database share the cores.`);
const dataDirectory = await mkdtemp(join(tmpdir(), 'commerce-bench-'));
const stack = await startStack({ dataDirectory, ports: FREE_PORTS, bySku: {}, environment: { ...process.env, LOG_LEVEL: 'warn' } });
const client = new pg.Client({ connectionString: stack.description.inside.ccDatabaseUrl });
try {
  await client.connect();
  process.exitCode = (await measure(stack, client)) ? 0 : 1;
} finally {
  await client.end();
  await stack.stop();
  await rm(dataDirectory, { recursive: true, force: true });
}
