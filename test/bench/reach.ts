/** What each figure must reach, and what is aimed at. A ratio must be at least so large, a time at most. */
import type { Judged } from './harness/row.ts';

export interface Reach {
  readonly id: string;
  readonly what: string;
  readonly must: number;
  readonly aim: number;
}

export const REACH: readonly Reach[] = [
  { id: 'consume/sqs-consumer', what: 'SQS consumption with deduplication and order update, beside `sqs-consumer` ×8, a transaction a message', must: 9, aim: 14 },
  { id: 'consume/pgbench', what: 'the same beside pgbench doing the two statements of the peers, 16 clients', must: 1.7, aim: 2.5 },
  { id: 'publish/better', what: 'log → published over HTTP, beside the better of graphile-worker and pg-boss, both batched, on jobs that do nothing', must: 1, aim: 1.5 },
  { id: 'enqueue/graphile-worker', what: 'an event in a business transaction, beside graphile-worker `add_job`', must: 2.5, aim: 4 },
  { id: 'enqueue/pg-boss', what: 'the same beside pg-boss `send`', must: 1.7, aim: 2.5 },
  { id: 'commit-to-bus/p50', what: 'commit → on the bus at 200/s, p50', must: 2, aim: 2 },
  { id: 'commit-to-bus/p99', what: 'the same, p99', must: 12, aim: 6 },
  { id: 'commit-to-bus/held-p50', what: 'the same while a snapshot is held, p50', must: 2, aim: 2 },
  { id: 'commit-to-bus/held-p99', what: 'the same while a snapshot is held, p99', must: 12, aim: 6 },
  { id: 'intake/pgbench', what: 'orders accepted (order and events durable), beside pgbench inserting single rows', must: 0.9, aim: 1.2 },
  { id: 'flow/naive', what: 'accepted → fulfilled through Order Fulfillment and the bus, beside the naive composition', must: 4.5, aim: 7 },
  { id: 'flow/p50', what: 'its latency at 500 orders/s, p50', must: 10, aim: 6 },
  { id: 'flow/p99', what: 'the same, p99', must: 30, aim: 15 },
  { id: 'webhooks/raw', what: 'webhook delivery of events that stand in the log, everything on, beside a raw client that signs and posts', must: 0.5, aim: 0.7 },
  { id: 'webhooks/cpu', what: 'CPU of a webhook delivery, beside graphile-worker used as a webhook queue as it comes (times less)', must: 3, aim: 6 },
];

export type Verdict = 'aim' | 'must' | 'missed' | 'not measured';

export function verdictOf({ must, aim }: Reach, figure: Judged | undefined): Verdict {
  if (figure === undefined) return 'not measured';
  const reaches = (goal: number): boolean => (figure.unit === '×' ? figure.value >= goal : figure.value <= goal);
  if (reaches(aim)) return 'aim';
  return reaches(must) ? 'must' : 'missed';
}
