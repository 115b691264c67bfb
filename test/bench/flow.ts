/**
 * The whole way: accepted at Commerce Coordinator, requested from Order Fulfillment, its completion published to EventBridge,
 * through SQS into Commerce Coordinator's log. Times are the database's own, from the events of each order.
 */
import { uuid7Floor } from '@commerce/events/uuid7';
import type { Stack } from '@commerce/local-stack/stack';
import pg from 'pg';
import { watchCpu } from './cpu.ts';
import { closedLoop } from './intake.ts';
import { Storefront } from './storefront.ts';
import { percentile } from './table.ts';

/** The event of an order that ends its measured way. */
export type End = 'OrderFulfilled' | 'OrderCompleted';

export interface Fulfilled {
  readonly orders: number;
  /** From the first acceptance to the last completion of an order, the drain included. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMicros: number;
  readonly foreignShare: number;
}

/** What is waited for. */
export interface Until {
  /** The times are those until this event. Default `OrderCompleted`. */
  readonly end?: End;
  /** The state in which an order is at rest. Default: whatever closes it. */
  readonly rest?: 'fulfilled';
}

/** As many orders as are accepted in `seconds`, until all are at rest. */
export function completeOrders(stack: Stack, { seconds, connections, ...until }: { seconds: number; connections: number } & Until): Promise<Fulfilled> {
  return run(stack, connections, until, (storefront) => closedLoop(storefront, connections, seconds * 1000));
}

/** `rate` orders a second for `seconds`, until all are at rest. */
export async function completeOrdersAtRate(stack: Stack, { seconds, rate, ...until }: { seconds: number; rate: number } & Until): Promise<Fulfilled & { readonly rate: number; readonly acceptedP99Ms: number }> {
  let acceptedMs: number[] = [];
  const result = await run(stack, 32, until, async (storefront) => {
    const placed: Promise<number | undefined>[] = [];
    const startedAtMs = performance.now();
    for (let sent = 0; sent < rate * seconds; ) {
      const due = Math.floor(((performance.now() - startedAtMs) * rate) / 1000);
      for (; sent < due; sent += 1) placed.push(storefront.place());
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    acceptedMs = (await Promise.all(placed)).filter((ms) => ms !== undefined).toSorted((a, b) => a - b);
  });
  return { ...result, rate, acceptedP99Ms: percentile(acceptedMs, 0.99) };
}

async function run(stack: Stack, connections: number, until: Until, place: (storefront: Storefront) => Promise<unknown>): Promise<Fulfilled> {
  const client = new pg.Client({ connectionString: stack.description.inside.ccDatabaseUrl });
  const storefront = await Storefront.open(stack, connections);
  try {
    await client.connect();
    return await measure(stack, client, until, () => place(storefront));
  } finally {
    await storefront.close();
    await client.end();
  }
}

async function measure(stack: Stack, client: pg.Client, { end = 'OrderCompleted', rest }: Until, place: () => Promise<unknown>): Promise<Fulfilled> {
  const { rows: start } = await client.query('SELECT clock_timestamp()::text AS at');
  const since: string = start[0].at;
  const sinceMs = Date.now();
  const cpu = watchCpu(stack);
  await place();
  await untilAtRest(client, rest, sinceMs);
  const { ownMs, foreignShare } = cpu();
  const { rows } = await client.query(
    `WITH times AS (
       SELECT c.recorded_at AS accepted_at, min(f.recorded_at) AS completed_at
       FROM events c JOIN events f ON f.subject = c.subject AND f.type = $2
       WHERE c.type = 'OrderCreated' AND c.recorded_at >= $1::timestamptz GROUP BY c.subject, c.recorded_at)
     SELECT count(*)::int AS orders, extract(epoch FROM max(completed_at) - min(accepted_at)) * 1000 AS took_ms,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM completed_at - accepted_at) * 1000) AS p50_ms,
       percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM completed_at - accepted_at) * 1000) AS p99_ms
     FROM times`,
    [since, end],
  );
  const { orders, took_ms: tookMs, p50_ms: p50Ms, p99_ms: p99Ms } = rows[0];
  return { orders, perSecond: (orders * 1000) / Number(tookMs), p50Ms: Number(p50Ms), p99Ms: Number(p99Ms), cpuMicros: (ownMs * 1000) / orders, foreignShare };
}

async function untilAtRest(client: pg.Client, rest: string | undefined, sinceMs: number, limitMs = 120_000): Promise<void> {
  const end = performance.now() + limitMs;
  // A look at the newest order first, and then along the index: a count of all orders, ten times a second, would take a part of the machine that is measured.
  const newest = 'SELECT closed_as IS NULL AND status IS DISTINCT FROM $1 AS moves FROM orders ORDER BY order_id DESC LIMIT 1';
  const moving = 'SELECT order_id FROM orders WHERE closed_as IS NULL AND order_id >= $2 AND status IS DISTINCT FROM $1 LIMIT 1';
  const first = uuid7Floor(sinceMs);
  for (;;) {
    const isOver = (await client.query(newest, [rest ?? null])).rows[0]?.moves !== true;
    const { rows } = isOver ? await client.query(moving, [rest ?? null, first]) : { rows: [{ order_id: 'that is the newest' }] };
    if (rows[0] === undefined) return;
    if (performance.now() > end) throw new Error(`The order ${rows[0].order_id} and perhaps others are not at rest after ${limitMs} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
