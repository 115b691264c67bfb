/** SQS consumption: from a queue that is full to orders that are fulfilled, each message once. */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { Child } from '../harness/child.ts';
import { openCluster } from '../harness/cluster.ts';
import type { Cluster } from '../harness/cluster.ts';
import { findPgbench, runPgbench } from '../harness/pgbench.ts';
import { inRounds } from '../harness/rounds.ts';
import type { Contender, Done, Window } from '../harness/rounds.ts';
import { judged } from '../harness/row.ts';
import type { Row, Settings } from '../harness/row.ts';
import { until } from '../harness/until.ts';
import type { Progress } from './counted.ts';
import { insertOrders, messagesOf, REGION, sendAll } from './messages.ts';
import { FULFILL, RECEIVE, TABLES } from './statements.ts';

const OURS = 'ours: log, reader, order; schemas, traces and heartbeat on';
const SINGLE = 'sqs-consumer ×8, a transaction a message';
const TOOLKIT = '@message-queue-toolkit/sqs ×8, a transaction a message';
const BATCHED = 'sqs-consumer ×8, batches of ten, one statement';
const CEILING = 'written by hand, nothing checked or kept';
const PGBENCH = 'pgbench, the same two statements, 16 clients';

/** Messages a second that are made at first; afterwards what was measured says it. */
const GUESSES: Readonly<Record<string, number>> = { [OURS]: 9_000, [SINGLE]: 2_000, [TOOLKIT]: 2_000, [BATCHED]: 7_000, [CEILING]: 15_000 };
const PGBENCH_ORDERS = 20_000;

export const CONSUME: Row = {
  name: 'consume', title: 'SQS → order: each message once, its order updated',
  async run(settings) {
    const cluster = await openCluster();
    try {
      const { lines, ratio } = await inRounds(await contenders(cluster, settings), settings);
      return {
        lines,
        judged: judged(
          { id: 'consume/sqs-consumer', what: 'beside sqs-consumer ×8', unit: '×', value: ratio(OURS, SINGLE) },
          { id: 'consume/toolkit', what: 'beside @message-queue-toolkit/sqs ×8', unit: '×', value: ratio(OURS, TOOLKIT) },
          { id: 'consume/batched-peer', what: 'beside sqs-consumer in batches with one statement', unit: '×', value: ratio(OURS, BATCHED) },
          { id: 'consume/pgbench', what: 'beside pgbench', unit: '×', value: ratio(OURS, PGBENCH) },
          { id: 'consume/ceiling', what: 'of the ceiling', unit: '×', value: ratio(OURS, CEILING) },
          { id: 'consume/cpu', what: 'CPU of sqs-consumer ×8 for each of ours', unit: '×', value: ratio(SINGLE, OURS, 'cpuMicros') },
        ),
      };
    } finally {
      await cluster.stop();
    }
  },
};

async function contenders(cluster: Cluster, settings: Settings): Promise<Contender[]> {
  const consumer = async (name: string, role: Contender['role'], file: string, environment: Readonly<Record<string, string>> = {}): Promise<Contender> => {
    const databaseUrl = await cluster.database(`consume_${file}${environment['BATCHED'] ?? ''}`);
    await query(databaseUrl, TABLES);
    let [perSecond, pid] = [GUESSES[name] ?? 0, 0];
    return {
      name, role, pids: () => [pid], databasePid: () => cluster.pid,
      async run(window) {
        const queue = new Child(new URL('./queue.ts', import.meta.url));
        const { url: awsUrl, queueUrl } = await queue.ask<{ url: string; queueUrl: string }>('start');
        const child = new Child(new URL(`./${file}.ts`, import.meta.url), { AWS_ENDPOINT_URL: awsUrl, AWS_REGION: REGION, AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any', ...environment });
        pid = child.pid;
        const count = Math.ceil(perSecond * 1.3 * (settings.seconds + settings.warmSeconds));
        try {
          const messages = messagesOf(count);
          // All are there before one is taken out: what sends them is not measured.
          await Promise.all([insertOrders(messages, databaseUrl), sendAll(messages, { awsUrl, queueUrl }), child.ask('open', { databaseUrl, queueUrl })]);
          await child.ask('start');
          perSecond = await consumeFor(child, settings, count, window);
          await child.ask('stop');
        } finally {
          await child.end();
          await queue.end();
        }
        await query(databaseUrl, 'TRUNCATE bench_orders; CHECKPOINT');
      },
    };
  };
  const pgbench = await pgbenchContender(cluster, settings);
  const further = settings.small ? [] : [await consumer(TOOLKIT, 'peer', 'toolkit'), await consumer(BATCHED, 'peer', 'sqs-consumer', { BATCHED: '1' })];
  return [
    await consumer(OURS, 'ours', 'ours'), await consumer(SINGLE, 'peer', 'sqs-consumer'), ...further, await consumer(CEILING, 'ceiling', 'ceiling'), ...(pgbench === undefined ? [] : [pgbench]),
  ];
}

/** Warms up, then counts for so long, or until the queue is empty. Gives the rate. */
async function consumeFor(child: Child, { seconds, warmSeconds }: Settings, count: number, window: Window): Promise<number> {
  const progress = (): Promise<Progress> => child.ask<Progress>('progress');
  const during = async (ms: number): Promise<void> => {
    for (const endMs = performance.now() + ms; performance.now() < endMs; await delay(25)) {
      const { done } = await progress();
      if (done >= count) return;
    }
  };
  await until('the first order is fulfilled', async () => (await progress()).done > 0);
  await during(warmSeconds * 1_000);
  let perSecond = 0;
  await window(async (): Promise<Done> => {
    const [before, fromMs] = [await progress(), performance.timeOrigin + performance.now()];
    await during(seconds * 1_000);
    const after = await progress();
    const done = { count: after.done - before.done, tookMs: after.lastAtMs - fromMs };
    if (done.count === 0) throw new Error('Nothing was left to be measured after the warm-up: the queue was empty.');
    perSecond = (done.count * 1_000) / done.tookMs;
    return done;
  });
  return Math.max(100, perSecond);
}

async function pgbenchContender(cluster: Cluster, { seconds, tell }: Settings): Promise<Contender | undefined> {
  const pgbench = await findPgbench();
  if (pgbench === undefined) {
    tell('pgbench is not installed (apt-get install postgresql): this row has no ceiling of transactions');
    return undefined;
  }
  const url = await cluster.database('consume_pgbench');
  await query(url, `${TABLES}; INSERT INTO bench_orders (order_id, status, version) SELECT 'order-' || n, 'requested', 1 FROM generate_series(1, ${PGBENCH_ORDERS}) AS n; ANALYZE bench_orders`);
  const script = `\\set n random(1, ${PGBENCH_ORDERS})\nBEGIN;\n${RECEIVE.replace('$1', 'gen_random_uuid()')};\n${FULFILL.replace('$1', "'order-' || :n")};\nCOMMIT;\n`;
  return {
    name: PGBENCH, role: 'ceiling', databasePid: () => cluster.pid,
    run: (window) => window(async () => {
      const rate = await runPgbench(pgbench, url, { script, clients: 16, seconds: Math.max(1, Math.round(seconds)) });
      return { count: rate * seconds, tookMs: seconds * 1_000 };
    }),
  };
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // CHECKPOINT may stand in no transaction, and several statements of one text are one.
  for (const statement of sql.split(';')) if (statement.trim() !== '') await client.query(statement);
  await client.end();
}
