/**
 * `pnpm bench [--small]`: how fast the pair is on this machine, beside its peers and ceilings in the same run. Figures are
 * printed, never asserted: machines differ and are noisy, so ratios count, and each row says how much of the CPU others used.
 */
import { availableParallelism, cpus } from 'node:os';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Stack } from '@commerce/local-stack/stack';
import { FREE_PORTS, startStack } from '@commerce/local-stack/stack';
import { completeOrders, completeOrdersAtRate } from './flow.ts';
import { acceptOrders } from './intake.ts';
import { patternRates } from './patterns.ts';
import { signalCosts } from './signals.ts';
import { insertRows } from './single-insert.ts';
import { median, table } from './table.ts';

const { values } = parseArgs({ options: { small: { type: 'boolean', default: false }, seconds: { type: 'string' }, rounds: { type: 'string' } } });
const seconds = Number(values.seconds ?? (values.small ? 2 : 8));
// Node compiles what is hot; cold, an order costs two to three times as much.
const warmSeconds = values.small ? 1 : 12;
const rounds = Number(values.rounds ?? (values.small ? 1 : 3));

async function withStack<Result>(environment: Record<string, string>, work: (stack: Stack) => Promise<Result>, coordinatorProgram?: string): Promise<Result> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'commerce-bench-'));
  const stack = await startStack({ dataDirectory, ports: FREE_PORTS, bySku: {}, environment: { ...process.env, LOG_LEVEL: 'warn', ...environment }, ...(coordinatorProgram !== undefined && { coordinatorProgram }) });
  try {
    return await work(stack);
  } finally {
    await stack.stop();
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

console.log(`${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}; ${rounds} round(s) of ${seconds} s; embedded PostgreSQL, fsync on; load, services, bus and database share the cores.`);

const intake = await withStack({ ROLES: 'api', ORDERS_BACKLOG_LIMIT: '100000000' }, async (stack) => {
  const pairs = [];
  for (let round = 0; round < rounds; round += 1) {
    const orders = await acceptOrders(stack, { seconds, connections: 64, warmSeconds: round === 0 ? warmSeconds : 1 });
    const inserts = await insertRows(stack, { seconds, connections: 16 });
    pairs.push({ orders, inserts, ratio: orders.perSecond / inserts.perSecond });
  }
  return pairs;
});

const flow = await withStack({}, async (stack) => {
  await completeOrders(stack, { seconds: warmSeconds, connections: 64 });
  const saturated = [];
  for (let round = 0; round < rounds; round += 1) saturated.push(await completeOrders(stack, { seconds, connections: 64 }));
  const steady = [];
  for (const rate of values.small ? [200] : [200, 500]) steady.push(await completeOrdersAtRate(stack, { seconds, rate }));
  return { saturated, steady };
});

const withoutSaga = await withStack({}, async (stack) => {
  await completeOrders(stack, { seconds: warmSeconds, connections: 64 });
  const saturated = [];
  for (let round = 0; round < rounds; round += 1) saturated.push(await completeOrders(stack, { seconds, connections: 64 }));
  return saturated;
}, join(import.meta.dirname, 'without-saga/main.ts'));

const signals = await signalCosts({ events: values.small ? 2_000 : 20_000, seconds: values.small ? 0.2 : 1 });
const patterns = patternRates({ seconds: values.small ? 0.02 : 1 });

console.log(
  table(
    ['measure', 'per second', 'p50 ms', 'p99 ms', 'CPU µs each', 'beside', 'others used'],
    [
      [`orders accepted (order + 2 events durable, 64 connections of ${intake[0]?.orders.by ?? ''})`, median(intake.map((pair) => pair.orders.perSecond)), median(intake.map((pair) => pair.orders.p50Ms)), median(intake.map((pair) => pair.orders.p99Ms)), median(intake.map((pair) => pair.orders.cpuMicros)), `${median(intake.map((pair) => pair.ratio)).toFixed(2)} × the single insert`, percent(intake.map((pair) => pair.orders.foreignShare))],
      [`single insert of one row (${intake[0]?.inserts.by ?? ''})`, median(intake.map((pair) => pair.inserts.perSecond)), null, null, null, '1', percent(intake.map((pair) => pair.inserts.foreignShare))],
      ['accepted → completed, as many as it takes (64 connections)', median(flow.saturated.map((run) => run.perSecond)), median(flow.saturated.map((run) => run.p50Ms)), median(flow.saturated.map((run) => run.p99Ms)), median(flow.saturated.map((run) => run.cpuMicros)), `${(median(flow.saturated.map((run) => run.perSecond)) / median(withoutSaga.map((run) => run.perSecond))).toFixed(2)} × without saga`, percent(flow.saturated.map((run) => run.foreignShare))],
      ['the same without stock, money and messages', median(withoutSaga.map((run) => run.perSecond)), median(withoutSaga.map((run) => run.p50Ms)), median(withoutSaga.map((run) => run.p99Ms)), median(withoutSaga.map((run) => run.cpuMicros)), '1', percent(withoutSaga.map((run) => run.foreignShare))],
      ...flow.steady.map((run) => [`accepted → completed at ${run.rate}/s`, run.perSecond, run.p50Ms, run.p99Ms, run.cpuMicros, '', percent([run.foreignShare])]),
    ],
  ),
);
console.log(`\n${table(['one event to ten handlers', 'events per second', 'µs each', 'beside a function call'], signals.map(({ way, perSecond }) => [way, perSecond, 1_000_000 / perSecond, `${((signals[0]?.perSecond ?? 0) / perSecond).toFixed(0)} ×`]))}`);
console.log(`\n${table(['events judged, per CPU second', 'rules', 'from JSON text', 'beside JSON.parse', 'parsed'], patterns.rates.map(({ kind, rules, fromText, parsed }) => [kind, `${rules}`, fromText, `${(fromText / patterns.parse).toFixed(2)} ×`, parsed]))}`);

function percent(shares: readonly number[]): string {
  return `${Math.round(median(shares) * 100)} %`;
}
