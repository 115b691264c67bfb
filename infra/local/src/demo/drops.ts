// The demo on a bus that loses events for good: the switch of the local bus, and the account of what was lost and found again.
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { StackDescription } from '../stack-description.ts';
import { countHealedAlone } from './accounts.ts';
import type { Api } from './api.http.ts';

/** Variables of Commerce Coordinator with which lost outcomes are found within seconds. */
export const COMPARE_OFTEN = { RECONCILE_EVERY_MS: '1000', FULFILLMENT_CHECK_AFTER_MS: '3000' };

const LATECOMERS_MS = 10_000;
const LOOK_INTERVAL_MS = 200;

const queueSchema = z.object({ Attributes: z.record(z.string(), z.string()) });
const metricsSchema = z.object({ dropped: z.int() });
const reconciliationSchema = z.object({ healed: z.object({ outcome_missed: z.int(), request_lost: z.int() }) });

export type Drops = {
  /** Outcomes that the bus has lost, by its own count. */
  readonly dropped: number;
  /** Differences that Commerce Coordinator has mended, by its own count. */
  readonly healed: number;
  /** Orders whose outcome came by comparing alone, by Commerce Coordinator's log. */
  readonly foundAlone: number;
  /** Messages that are still in the queue: what a consumer had in hand when it was killed comes back after a minute. */
  readonly inQueue: number;
};

/** From now on the bus loses this share of what it delivers. */
export async function dropShare({ aws }: StackDescription, drops: number): Promise<void> {
  const answer = await fetch(`${aws}/_local/faults`, { method: 'PUT', body: JSON.stringify({ drops }) });
  if (!answer.ok) throw new Error(`the local bus does not take its fault switches: ${answer.status}`);
}

/** Waits some seconds for outcomes that were found before they arrived, so that none of them counts as lost. */
export async function readDrops(cc: Api, description: StackDescription, signal: AbortSignal): Promise<Drops> {
  const { dropped } = metricsSchema.parse(await (await fetch(`${description.aws}/_local/metrics`)).json());
  const end = performance.now() + LATECOMERS_MS;
  for (;;) {
    const inQueue = sumOf(await readQueue(description));
    const foundAlone = await countHealedAlone(description);
    if (foundAlone <= dropped + inQueue || performance.now() > end) {
      const { healed } = await cc.call(reconciliationSchema, 'GET', '/reconciliation');
      return { dropped, healed: healed.outcome_missed + healed.request_lost, foundAlone, inQueue };
    }
    await wait(LOOK_INTERVAL_MS, undefined, { signal });
  }
}

/** Messages in the queue of Commerce Coordinator, and those that a consumer has in hand. */
export async function readQueue({ aws, queueUrl }: Pick<StackDescription, 'aws' | 'queueUrl'>): Promise<{ waiting: number; inHand: number }> {
  const headers = { 'x-amz-target': 'AmazonSQS.GetQueueAttributes', 'content-type': 'application/x-amz-json-1.0' };
  const answer = await fetch(aws, { method: 'POST', headers, body: JSON.stringify({ QueueUrl: queueUrl, AttributeNames: ['All'] }) });
  const { Attributes: attributes } = queueSchema.parse(await answer.json());
  return { waiting: Number(attributes['ApproximateNumberOfMessages'] ?? 0), inHand: Number(attributes['ApproximateNumberOfMessagesNotVisible'] ?? 0) };
}

function sumOf({ waiting, inHand }: { readonly waiting: number; readonly inHand: number }): number {
  return waiting + inHand;
}
