/**
 * `pnpm soak [--minutes 60] [--rate 40] [--json file] [--write]`: the whole local stack at half of what it can do, for an hour. Each minute: memory after
 * garbage collection, sockets and timers of every process, size of every table and of its indexes. In the end all orders must be closed and told, and
 * what is kept must be flat (judge.ts). Without `--rate` half of what a minute at full speed gave. Exit code 1 when something is not flat.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readOptions } from '../kit/options.ts';
import { createApi } from '@commerce/local-stack/api';
import { FREE_PORTS, startStack } from '@commerce/local-stack/stack';
import type { Stack } from '@commerce/local-stack/stack';
import pg from 'pg';
import { z } from 'zod';
import { watchCpu } from '../bench/cpu.ts';
import { completeOrders } from '../bench/flow.ts';
import { Storefront } from '../bench/storefront.ts';
import { table } from '../bench/table.ts';
import { Receiving } from '../bench/webhooks/receiving.ts';
import { eventually } from '../kit/eventually.ts';
import { isTold, judgeProcesses, judgeTables, missingIn } from './judge.ts';
import type { ProcessSample, TableSample } from './judge.ts';
import { keptTables } from './tables.pg.ts';
import { keepResult } from './write-page.ts';

const { values } = readOptions(import.meta.url, { options: { minutes: { type: 'string', default: '60' }, rate: { type: 'string' }, 'warm-seconds': { type: 'string', default: '60' }, json: { type: 'string' }, write: { type: 'boolean', default: false } } });
const minutes = Number(values.minutes);
/** Sixty looks at a run, and at most one a minute. */
const lookEveryMs = Math.min(60_000, minutes * 1_000);
/** A token lives for 15 minutes. */
const TOKEN_MS = 300_000;
const MOST_IN_FLIGHT = 500;
const END_LIMIT_MS = 300_000;
const LEAST_PLACED = 0.95;
/** As the probe names them. */
const SERVICES = ['commerce-coordinator', 'order-fulfillment'];

interface Load {
  readonly placed: number;
  readonly refused: number;
  /** Orders that the rate asks for in that time. */
  readonly due: number;
}

const tell = (text: string): void => console.error(`${new Date().toISOString().slice(11, 19)}  ${text}`);

async function soak(stack: Stack, directory: string, receiving: Receiving): Promise<boolean> {
  const { ccDatabaseUrl, ofDatabaseUrl } = stack.description.inside;
  const [client, ofClient] = [new pg.Client({ connectionString: ccDatabaseUrl }), new pg.Client({ connectionString: ofDatabaseUrl })];
  await Promise.all([client.connect(), ofClient.connect()]);
  const clients = [{ service: 'cc', client }, { service: 'of', client: ofClient }];
  try {
    await register(stack, receiving);
    const fullSpeed = await speedOf(stack, client);
    const rate = values.rate === undefined ? Math.max(1, Math.floor(fullSpeed / 2)) : Number(values.rate);
    tell(`at full speed ${fullSpeed.toFixed(0)} orders a second; now ${rate} a second for ${minutes} minutes`);
    const cpu = watchCpu(stack);
    const startedAtMs = Date.now();
    const tables: TableSample[] = [];
    const over = new AbortController();
    const looking = look(clients, tables, over.signal);
    const load = await place(stack, rate, startedAtMs + minutes * 60_000);
    const endedAtMs = Date.now();
    over.abort();
    await looking;
    const { foreignShare } = cpu();
    await everythingEnded(client);
    const { rows: [{ orders }] } = await client.query('SELECT count(*)::int AS orders FROM orders WHERE created_at >= $1', [new Date(startedAtMs)]);
    const processes = samplesOf(directory).filter(({ atMs }) => atMs >= startedAtMs && atMs <= endedAtMs);
    const verdicts = [...judgeProcesses(processes, tables), ...judgeTables(tables)];
    const restarts = stack.supervisor.statuses().filter((status) => status.restarts > 0).map(({ name }) => name);
    const result = {
      date: new Date().toISOString().slice(0, 10), machine: `${availableParallelism()} cores, ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`,
      minutes, rate, fullSpeed, placed: load.placed, refused: load.refused, accepted: orders as number, restarts, foreignShare, verdicts,
    };
    console.log(`${result.machine}; ${minutes} minutes at ${rate} orders a second (at full speed ${fullSpeed.toFixed(0)}), others used ${(foreignShare * 100).toFixed(0)} %.`);
    console.log(`${load.placed} orders were accepted, ${load.refused} refused for the moment; ${result.accepted} are there, and all came to their end.`);
    console.log(table(['', 'kept', 'second third', 'last third', 'at most', ''], verdicts.filter(isTold).map(({ name, what, before, after, most, isFlat }) => [name, what, before, after, most, isFlat ? 'flat' : 'GROWS'])));
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ ...result, processes, tables }, null, 2)}\n`);
    if (values.write) keepResult(result);
    const { rows: [{ lost }] } = await client.query("SELECT count(*)::int AS lost FROM webhook_deliveries WHERE state <> 'delivered'");
    const wrong = [
      ...(restarts.length > 0 ? [`started again: ${restarts.join(', ')}`] : []),
      ...(result.accepted !== load.placed ? [`${load.placed} were accepted, and ${result.accepted} are there`] : []),
      ...(load.placed < load.due * LEAST_PLACED ? [`of ${load.due} orders that were due ${load.placed} were accepted: that is not the rate that was asked for`] : []),
      ...(lost > 0 ? [`${lost} webhooks were not delivered`] : []),
      ...missingIn(verdicts, SERVICES).map((name) => `nothing was seen of ${name}`),
    ];
    const isGood = verdicts.every(({ isFlat }) => isFlat) && wrong.length === 0;
    for (const line of wrong) console.log(`${line}.`);
    console.log(`${verdicts.filter(({ isFlat }) => isFlat).length} of ${verdicts.length} flat; those of less than a megabyte are not shown.`);
    console.log(isGood ? 'Flat.' : 'Not flat.');
    return isGood;
  } finally {
    await Promise.all([client.end(), ofClient.end()]);
  }
}

/** Orders a second of a closed loop, told when the last of them and the last of their webhooks has ended: not what was only taken. */
async function speedOf(stack: Stack, client: pg.Client): Promise<number> {
  const startedAtMs = Date.now();
  await completeOrders(stack, { seconds: Number(values['warm-seconds']), connections: 32, end: 'OrderFulfilled' });
  await everythingEnded(client);
  const { rows: [{ orders }] } = await client.query('SELECT count(*)::int AS orders FROM orders WHERE created_at >= $1', [new Date(startedAtMs)]);
  return (orders * 1_000) / (Date.now() - startedAtMs);
}

async function everythingEnded(client: pg.Client): Promise<void> {
  const none = async (sql: string): Promise<true | undefined> => ((await client.query(sql)).rowCount === 0 ? true : undefined);
  await eventually('the end of every order', () => none('SELECT 1 FROM orders WHERE closed_as IS NULL LIMIT 1'), END_LIMIT_MS);
  await eventually('the end of every webhook', () => none("SELECT 1 FROM webhook_deliveries WHERE state IN ('ready', 'leased') LIMIT 1"), END_LIMIT_MS);
}

async function register({ description }: Stack, { url }: Receiving): Promise<void> {
  const operator = createApi({ issuer: description.issuer, clientId: 'operator', secret: description.clients['operator']?.secret ?? '', service: description.cc, signal: AbortSignal.timeout(60_000) });
  await operator.call(z.object({ webhookId: z.string() }), 'POST', '/api/webhooks/register', { body: { url: `${url}/soak`, events: ['*'], description: 'Of a run of an hour' }, idempotencyKey: 'soak' });
}

/** So many a second until then. Beyond a bound of orders that wait for their answer nothing is placed: the run is judged, not the generator's memory. */
async function place(stack: Stack, rate: number, untilMs: number): Promise<Load> {
  let [placed, refused, inFlight] = [0, 0, 0];
  const failures: unknown[] = [];
  let storefront = await Storefront.open(stack, 32);
  let openedAtMs = Date.now();
  const startedAtMs = Date.now();
  let due = 0;
  for (let sent = 0; Date.now() < untilMs && failures.length === 0; ) {
    if (Date.now() - openedAtMs > TOKEN_MS) {
      const former = storefront;
      [storefront, openedAtMs] = [await Storefront.open(stack, 32), Date.now()];
      void former.close();
    }
    due = Math.floor(((Date.now() - startedAtMs) * rate) / 1_000);
    for (; sent < due; sent += 1) {
      if (inFlight >= MOST_IN_FLIGHT) continue;
      inFlight += 1;
      void storefront.place().then((ms) => (ms === undefined ? (refused += 1) : (placed += 1)), (error: unknown) => failures.push(error)).finally(() => (inFlight -= 1));
    }
    await delay(5);
  }
  await eventually('the answer to every order', () => (inFlight === 0 ? true : undefined));
  await storefront.close();
  if (failures.length > 0) throw failures[0];
  return { placed, refused, due };
}

async function look(clients: readonly { readonly service: string; readonly client: pg.Client }[], tables: TableSample[], over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await delay(lookEveryMs, undefined, { signal: over }).catch(() => undefined);
    for (const { service, client } of clients) tables.push(...(await keptTables(client, service)));
    tell(`${tables.filter(({ name }) => name === 'cc.orders').at(-1)?.rows ?? 0} orders`);
  }
}

function samplesOf(directory: string): ProcessSample[] {
  return readdirSync(directory).flatMap((file) => readFileSync(join(directory, file), 'utf8').split('\n').filter((line) => line !== '').map((line): ProcessSample => JSON.parse(line)));
}

const root = await mkdtemp(join(tmpdir(), 'commerce-soak-'));
const samples = join(root, 'samples');
mkdirSync(samples);
const receiving = await Receiving.start();
const environment = { ...process.env, LOG_LEVEL: 'warn', SOAK_DIR: samples, SOAK_EVERY_MS: String(lookEveryMs), NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import=${fileURLToPath(new URL('probe.ts', import.meta.url))}`.trim() };
const stack = await startStack({ dataDirectory: join(root, 'stack'), ports: FREE_PORTS, bySku: {}, environment });
try {
  process.exitCode = (await soak(stack, samples, receiving)) ? 0 : 1;
} finally {
  await stack.stop();
  receiving.stop();
  await rm(root, { recursive: true, force: true });
}
