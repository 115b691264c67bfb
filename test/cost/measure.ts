/** What orders use: runs them through the local stack, and counts events, calls, CPU and bytes. Linux only, for the CPU. */
import { cpus } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { processCpuMs } from '../bench/cpu.ts';
import { startPair } from '../kit/pair.ts';
import type { Pair } from '../kit/pair.ts';
import type { Run } from './cost.ts';

const SKUS = ['A', 'B', 'C', 'AB', 'BC', 'ABC'];
const LIMIT_MS = 180_000;
const QUEUE_CALLS = ['ReceiveMessage', 'DeleteMessageBatch', 'ChangeMessageVisibilityBatch'];

interface Used {
  readonly [name: string]: number;
}

/** `orders` of them, one every `everyMs`, after as many to warm up. */
export async function measure({ orders, everyMs, date }: { readonly orders: number; readonly everyMs: number; readonly date: string }): Promise<Run> {
  const pair = await startPair();
  try {
    await placeAll(pair, orders, everyMs);
    const before = await usedBy(pair);
    const startedAtMs = performance.now();
    await placeAll(pair, orders, everyMs);
    const minutes = (performance.now() - startedAtMs) / 60_000;
    const after = await usedBy(pair);
    const each = (name: string): number => ((after[name] ?? 0) - (before[name] ?? 0)) / orders;
    return {
      date, machine: `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}`, orders, perMinute: Math.round(orders / minutes),
      events: each('events'), eventBytes: each('eventBytes'), delivered: each('delivered'), queueCalls: each('queueCalls'),
      cpuMs: { coordinator: each('coordinator'), fulfillment: each('fulfillment'), database: each('database') }, walBytes: each('walBytes'), storedBytes: each('storedBytes'),
    };
  } finally {
    await pair.stop();
  }
}

async function placeAll(pair: Pair, orders: number, everyMs: number): Promise<void> {
  const placed: Promise<string>[] = [];
  for (let index = 0; index < orders; index += 1) {
    placed.push(pair.place(SKUS[index % SKUS.length] ?? 'A'));
    await wait(everyMs);
  }
  await pair.settled(await Promise.all(placed), LIMIT_MS);
}

async function usedBy(pair: Pair): Promise<Used> {
  const { stack, rows } = pair;
  const calls = (await (await fetch(`${stack.description.aws}/_local/calls`)).json()) as Used;
  const { accepted = 0 } = await pair.busMetrics();
  const sum = async (service: 'cc' | 'of', sql: string): Promise<number> => Number((await rows<{ n: string }>(service, sql))[0]?.n ?? 0);
  const both = async (sql: string): Promise<number> => (await sum('cc', sql)) + (await sum('of', sql));
  return {
    events: accepted,
    eventBytes: await archivedBytes(stack.description.aws),
    delivered: await sum('cc', "SELECT count(*) AS n FROM events WHERE origin = 'foreign'"),
    queueCalls: QUEUE_CALLS.reduce((total, name) => total + (calls[`AmazonSQS.${name}`] ?? 0), 0),
    coordinator: processCpuMs(stack, 'commerce-coordinator'), fulfillment: processCpuMs(stack, 'order-fulfillment'), database: processCpuMs(stack, 'postgres'),
    walBytes: await sum('cc', "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS n"),
    storedBytes: await both('SELECT pg_database_size(current_database()) AS n'),
  };
}

/** What the archives of both buses keep: every event that was published. */
async function archivedBytes(aws: string): Promise<number> {
  const answer = await fetch(aws, { method: 'POST', headers: { 'x-amz-target': 'AWSEvents.ListArchives' }, body: '{}' });
  const { Archives } = (await answer.json()) as { Archives: readonly { SizeBytes: number }[] };
  return Archives.reduce((sum, { SizeBytes }) => sum + SizeBytes, 0);
}
