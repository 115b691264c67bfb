/** The naive pair with its bus, its queue and its database, each a process of its own, as ours. */
import pg from 'pg';
import { REGION } from '../consume/messages.ts';
import { Child } from '../harness/child.ts';
import { openCluster } from '../harness/cluster.ts';
import { bodyPart, KeptConnections, postHead } from '../harness/kept-connections.ts';
import { until } from '../harness/until.ts';
import { ORDER } from '../storefront.ts';
import { NAIVE_TABLES } from './tables.ts';

export interface NaivePair {
  readonly pids: readonly number[];
  readonly databasePid: number;
  /** As many customers, each of which orders anew as soon as it is answered, for so long; then until all orders are fulfilled. */
  complete(options: { readonly connections: number; readonly ms: number }): Promise<{ readonly orders: number; readonly tookMs: number; readonly latenciesMs: readonly number[] }>;
  stop(): Promise<void>;
}

export async function startNaivePair(): Promise<NaivePair> {
  const cluster = await openCluster();
  const databaseUrl = await cluster.database('naive');
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  await database.query(NAIVE_TABLES);
  const queue = new Child(new URL('../consume/queue.ts', import.meta.url));
  const { url: awsUrl, queueUrl } = await queue.ask<{ url: string; queueUrl: string }>('start');
  const environment = { AWS_ENDPOINT_URL: awsUrl, AWS_REGION: REGION, AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' };
  const [fulfillment, coordinator] = ['./fulfillment.ts', './coordinator.ts'].map((file) => new Child(new URL(file, import.meta.url), environment)) as [Child, Child];
  const fulfillmentUrl = await fulfillment.ask<string>('start', { databaseUrl });
  const url = await coordinator.ask<string>('start', { databaseUrl, queueUrl, fulfillmentUrl });
  return {
    pids: [coordinator.pid, fulfillment.pid], databasePid: cluster.pid,
    async complete({ connections, ms }) {
      const { rows: [{ at }] } = await database.query('SELECT clock_timestamp()::text AS at');
      await order(url, connections, ms);
      await until('all orders of the naive pair are fulfilled', async () => (await database.query("SELECT FROM orders WHERE status <> 'fulfilled' LIMIT 1")).rows.length === 0, { everyMs: 100 });
      const { rows: [figures] } = await database.query(
        'SELECT count(*)::int AS orders, extract(epoch FROM max(fulfilled_at) - min(accepted_at)) * 1000 AS took_ms, array_agg(extract(epoch FROM fulfilled_at - accepted_at)::float8 * 1000) AS latencies FROM orders WHERE accepted_at >= $1::timestamptz', [at],
      );
      return { orders: figures.orders, tookMs: Number(figures.took_ms), latenciesMs: figures.latencies };
    },
    async stop() {
      for (const child of [coordinator, fulfillment, queue]) await child.end();
      await database.end();
      await cluster.stop();
    },
  };
}

async function order(url: string, connections: number, ms: number): Promise<void> {
  const kept = await KeptConnections.open(url, connections);
  const request = `${postHead(url, '/', { 'content-type': 'application/json' })}${bodyPart(ORDER)}`;
  const endMs = performance.now() + ms;
  await Promise.all(Array.from({ length: connections }, async () => {
    while (performance.now() < endMs) {
      const { status, body } = await kept.ask(request);
      if (status !== 202) throw new Error(`The naive pair answered ${status}: ${body}`);
    }
  }));
  await kept.close();
}
