/**
 * `pnpm bench:rebuild [--events 1000000] [--rate 100] [--seconds 20]`: the rows of orders built anew from the log, by a
 * replay of the whole local stack. Real orders are seen through until the log has that many events. Then: the rebuild beside live
 * orders at a rate, with their p99 before and meanwhile; and the table wiped, built anew and swapped, its hash compared. Exit code 1
 * when a hash differs. Everything is embedded and removed in the end; times are printed, never asserted.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { FREE_PORTS, startStack } from '@commerce/local-stack/stack';
import type { Stack } from '@commerce/local-stack/stack';
import pg from 'pg';
import { completeOrders, completeOrdersAtRate } from '../flow.ts';
import { tokenOf } from '../storefront.ts';
import { median, table } from '../table.ts';

const { values } = parseArgs({ options: { events: { type: 'string', default: '1000000' }, rate: { type: 'string', default: '100' }, seconds: { type: 'string', default: '20' } } });
const [events, rate, seconds] = [Number(values.events), Number(values.rate), Number(values.seconds)];
const LONGEST_MS = 3_600_000;

type LiveRun = Awaited<ReturnType<typeof completeOrdersAtRate>>;

interface Rebuilt {
  readonly state: string;
  readonly scanned: number;
  readonly applied: number;
  readonly error: string | null;
  readonly tookMs: number;
}

/** Starts a rebuild and waits for its end; a token lives long enough for one. */
async function rebuild(stack: Stack, accept: boolean): Promise<Rebuilt> {
  const { cc } = stack.description;
  const startedAtMs = performance.now();
  const ask = async (method: string, path: string, body?: object): Promise<any> => {
    const answer = await fetch(`${cc}${path}`, {
      method, headers: { authorization: `Bearer ${await tokenOf(stack, 'operator', cc)}`, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  const { replayId } = await ask('POST', '/api/replays', { target: { projection: 'orders' }, mode: 'run', accept, reason: { code: 'measured' } });
  for (;;) {
    const replay = await ask('GET', `/api/replays/${replayId}`);
    const tookMs = performance.now() - startedAtMs;
    if (replay.state !== 'waiting' && replay.state !== 'running') return { ...replay, tookMs };
    if (tookMs > LONGEST_MS) throw new Error(`The rebuild ${replayId} has not ended: ${JSON.stringify(replay)}`);
    await delay(200);
  }
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
  const alone = [await completeOrdersAtRate(stack, { seconds, rate })];
  let rebuilding: Promise<Rebuilt> | undefined = rebuild(stack, false);
  const beside = rebuilding.finally(() => (rebuilding = undefined));
  const meanwhile: LiveRun[] = [];
  do meanwhile.push(await completeOrdersAtRate(stack, { seconds, rate }));
  while (rebuilding !== undefined);
  const live = await beside;
  alone.push(await completeOrdersAtRate(stack, { seconds, rate }));

  const hash = await hashOf(client);
  await client.query('TRUNCATE orders');
  const wiped = await rebuild(stack, true);
  const after = await hashOf(client);
  const ratio = (of: (run: LiveRun) => number): string => `${(median(meanwhile.map(of)) / median(alone.map(of))).toFixed(2)} ×`;
  console.log(table(['live orders', 'accepted p99 ms', 'completed p50 ms', 'completed p99 ms'], [
    ...alone.map((run, index): (string | number)[] => [`at ${rate}/s, ${index === 0 ? 'before' : 'after'} the rebuild`, run.acceptedP99Ms, run.p50Ms, run.p99Ms]),
    ...meanwhile.map((run, index): (string | number)[] => [`beside the rebuild, ${index + 1}`, run.acceptedP99Ms, run.p50Ms, run.p99Ms]),
    ['median beside, to median alone', ratio((run) => run.acceptedP99Ms), ratio((run) => run.p50Ms), ratio((run) => run.p99Ms)],
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
