/**
 * The way of an order. Intake: orders that are answered 202, order and events durable, beside single inserts of the same database. The
 * whole way: accepted, requested from Order Fulfillment, its completion over the bus into the log, fulfilled; beside the naive pair
 * (naive/), which does the same without stock, money and parcels, and with the whole saga.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FREE_PORTS, startStack } from '@commerce/local-stack/stack';
import type { Stack } from '@commerce/local-stack/stack';
import pg from 'pg';
import { completeOrders, completeOrdersAtRate } from '../flow.ts';
import type { Fulfilled, Until } from '../flow.ts';
import { findPgbench, runPgbench } from '../harness/pgbench.ts';
import { inRounds } from '../harness/rounds.ts';
import type { Contender, Done } from '../harness/rounds.ts';
import { judged } from '../harness/row.ts';
import type { Row, Settings } from '../harness/row.ts';
import { acceptOrders } from '../intake.ts';
import { startNaivePair } from '../naive/pair.ts';
import type { NaivePair } from '../naive/pair.ts';

const CONNECTIONS = 64;
const CLIENTS = 16;
const SERVICES = ['commerce-coordinator', 'order-fulfillment'];
const BODY = JSON.stringify({ customerId: 'VINET', currency: 'USD', freight: '32.38', total: '472.48', note: 'x'.repeat(320) });

async function withStack<Result>(environment: Readonly<Record<string, string>>, work: (stack: Stack) => Promise<Result>, coordinatorProgram?: string): Promise<Result> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'commerce-bench-'));
  const stack = await startStack({ dataDirectory, ports: FREE_PORTS, bySku: {}, environment: { ...process.env, LOG_LEVEL: 'warn', ...environment }, ...(coordinatorProgram !== undefined && { coordinatorProgram }) });
  try {
    return await work(stack);
  } finally {
    await stack.stop();
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

function pidsOf({ supervisor }: Stack, names: readonly string[]): number[] {
  return supervisor.statuses().flatMap(({ name, pid }) => (names.includes(name) && pid !== undefined ? [pid] : []));
}

function ofStack(stack: Stack, name: string, run: Contender['run']): Contender {
  return { name, role: 'ours', pids: () => pidsOf(stack, SERVICES), databasePid: () => pidsOf(stack, ['postgres'])[0] ?? 0, run };
}

const ACCEPTED = `ours: order and two events durable, ${CONNECTIONS} connections`;
const INSERTED = `pgbench, single inserts of one row, ${CLIENTS} clients`;

/** Cold, an order costs two to three times as much: Node compiles what is hot. */
const WARM_FACTOR = 4;

/** For how long a contender in Node warms up, the first time it is measured: all the same. */
function warming({ small, warmSeconds }: Settings): (name: string) => number {
  const warmed = new Set<string>();
  return (name) => {
    const seconds = warmed.has(name) ? 0 : warmSeconds * (small ? 1 : WARM_FACTOR);
    warmed.add(name);
    return seconds;
  };
}

export const INTAKE: Row = {
  name: 'intake', title: 'orders accepted',
  run: (settings) => withStack({ ROLES: 'api', ORDERS_BACKLOG_LIMIT: '100000000' }, async (stack) => {
    const warmFor = warming(settings);
    const ours = ofStack(stack, ACCEPTED, async (window) => {
      await acceptOrders(stack, { seconds: warmFor(ACCEPTED), connections: CONNECTIONS });
      await window(() => acceptOrders(stack, { seconds: settings.seconds, connections: CONNECTIONS }));
    });
    const inserts = await singleInserts(stack, settings);
    const { lines, ratio } = await inRounds([ours, ...inserts], settings);
    return { lines, judged: judged({ id: 'intake/pgbench', what: 'beside pgbench', unit: '×', value: ratio(ACCEPTED, INSERTED) }) };
  }),
};

async function singleInserts(stack: Stack, { seconds, tell }: Settings): Promise<Contender[]> {
  const pgbench = await findPgbench();
  if (pgbench === undefined) {
    tell('pgbench is not installed (apt-get install postgresql): this row has no ceiling');
    return [];
  }
  const url = stack.description.inside.ccDatabaseUrl;
  const script = `INSERT INTO bench_rows (id, data) VALUES (gen_random_uuid(), '${BODY}');\n`;
  return [{
    name: INSERTED, role: 'ceiling', databasePid: () => pidsOf(stack, ['postgres'])[0] ?? 0,
    async run(window) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query('DROP TABLE IF EXISTS bench_rows; CREATE TABLE bench_rows (id uuid PRIMARY KEY, number bigint GENERATED ALWAYS AS IDENTITY UNIQUE, data jsonb NOT NULL)');
      await client.end();
      await window(async () => {
        const rate = await runPgbench(pgbench, url, { script, clients: CLIENTS, seconds });
        return { count: rate * seconds, tookMs: seconds * 1_000 };
      });
    },
  }];
}

const SAME_JOB = 'ours without stock, money and parcels';
const WHOLE = 'ours, the whole saga';
const NAIVE = 'naive: a transaction a request, sqs-consumer ×8, one event a call';
const RATES = [200, 500] as const;
const FULFILLED: Until = { end: 'OrderFulfilled', rest: 'fulfilled' };
/** A fulfilled order is at rest there, and not closed: nobody is to look after it, nor to count it as one that fills the service. */
const AT_REST = { ORDER_DEADLINES_PERCENT: '1000000', ORDERS_BACKLOG_LIMIT: '1000000' };
const WITHOUT_SAGA = join(import.meta.dirname, '../without-saga/main.ts');

export const FLOW: Row = {
  name: 'flow', title: 'accepted → fulfilled through Order Fulfillment and the bus',
  run: (settings) => withStack(AT_REST, async (bare) => {
    const naive = await startNaivePair();
    try {
      return await (settings.small ? flow(bare, undefined, naive, settings) : withStack({}, (whole) => flow(bare, whole, naive, settings)));
    } finally {
      await naive.stop();
    }
  }, WITHOUT_SAGA),
};

async function flow(bare: Stack, whole: Stack | undefined, naive: NaivePair, settings: Settings): ReturnType<Row['run']> {
  const { seconds, small } = settings;
  const warmFor = warming(settings);
  const complete = (stack: Stack, name: string, until: Until): Contender => ofStack(stack, name, async (window) => {
    await completeOrders(stack, { ...until, seconds: warmFor(name), connections: CONNECTIONS });
    await window(async () => doneOf(await completeOrders(stack, { ...until, seconds, connections: CONNECTIONS })));
  });
  const naively: Contender = {
    name: NAIVE, role: 'peer', pids: () => naive.pids, databasePid: () => naive.databasePid,
    async run(window) {
      await naive.complete({ connections: CONNECTIONS, ms: warmFor(NAIVE) * 1_000 });
      await window(async () => {
        const { orders, ...times } = await naive.complete({ connections: CONNECTIONS, ms: seconds * 1_000 });
        return { count: orders, ...times };
      });
    },
  };
  const saturated = await inRounds([complete(bare, SAME_JOB, FULFILLED), ...(whole === undefined ? [] : [complete(whole, WHOLE, { end: 'OrderFulfilled' })]), naively], settings);
  const paced = (rate: number): Contender => ofStack(bare, `${SAME_JOB}, at ${rate}/s`, (window) => window(async () => doneOf(await completeOrdersAtRate(bare, { ...FULFILLED, seconds: small ? seconds : 2 * seconds, rate }))));
  const steady = await inRounds((small ? RATES.slice(0, 1) : RATES).map(paced), { ...settings, rounds: small ? 1 : 3 });
  const at500 = steady.lines.find(({ name }) => name.endsWith('500/s'));
  return {
    lines: [...saturated.lines, ...steady.lines],
    judged: judged(
      { id: 'flow/naive', what: 'the same job beside the naive pair', unit: '×', value: saturated.ratio(SAME_JOB, NAIVE) },
      { id: 'flow/naive-cpu', what: 'CPU of the naive pair for each of ours', unit: '×', value: saturated.ratio(NAIVE, SAME_JOB, 'cpuMicros') },
      { id: 'flow/saga', what: 'the whole saga beside the naive pair, which has none', unit: '×', value: saturated.ratio(WHOLE, NAIVE) },
      { id: 'flow/p50', what: 'p50 at 500/s', unit: 'ms', value: at500?.p50Ms },
      { id: 'flow/p99', what: 'p99 at 500/s', unit: 'ms', value: at500?.p99Ms },
    ),
  };
}

function doneOf({ orders, perSecond, p50Ms, p99Ms }: Fulfilled): Done {
  return { count: orders, tookMs: (orders * 1_000) / perSecond, p50Ms, p99Ms };
}
