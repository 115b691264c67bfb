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
const QUEUE_LIMIT_MS = 5_000;

const queueSchema = z.object({ Attributes: z.record(z.string(), z.string()) });
const redriveSchema = z.object({ deadLetterTargetArn: z.string() });
const metricsSchema = z.object({ dropped: z.int() });
const reconciliationSchema = z.object({ healed: z.object({ outcome_missed: z.int(), request_lost: z.int() }) });

export type QueuePlace = Pick<StackDescription, 'aws' | 'queueUrl'>;

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
export async function readQueue({ aws, queueUrl }: QueuePlace): Promise<{ waiting: number; inHand: number }> {
  const attributes = await attributesOf(aws, queueUrl);
  return { waiting: Number(attributes['ApproximateNumberOfMessages'] ?? 0), inHand: Number(attributes['ApproximateNumberOfMessagesNotVisible'] ?? 0) };
}

/** Messages in the dead-letter queue of the queue of Commerce Coordinator. */
export async function countDeadLetters({ aws, queueUrl }: QueuePlace): Promise<number> {
  const { RedrivePolicy: policy } = await attributesOf(aws, queueUrl);
  if (policy === undefined) return 0;
  const name = redriveSchema.parse(JSON.parse(policy)).deadLetterTargetArn.split(':').at(-1);
  return sumOf(await readQueue({ aws, queueUrl: queueUrl.replace(/[^/]+$/, name ?? '') }));
}

/** Puts messages into the queue of Commerce Coordinator, past the bus. Throws for anything but a 2xx answer. */
export async function sendToQueue({ aws, queueUrl }: QueuePlace, bodies: readonly string[], withinMs: number): Promise<void> {
  for (const body of bodies) await callQueue(aws, 'SendMessage', { QueueUrl: queueUrl, MessageBody: body }, withinMs);
}

async function attributesOf(aws: string, queueUrl: string): Promise<Readonly<Record<string, string>>> {
  return queueSchema.parse(await callQueue(aws, 'GetQueueAttributes', { QueueUrl: queueUrl, AttributeNames: ['All'] }, QUEUE_LIMIT_MS)).Attributes;
}

async function callQueue(aws: string, action: string, input: object, withinMs: number): Promise<unknown> {
  const headers = { 'x-amz-target': `AmazonSQS.${action}`, 'content-type': 'application/x-amz-json-1.0' };
  const answer = await fetch(aws, { method: 'POST', headers, body: JSON.stringify(input), signal: AbortSignal.timeout(withinMs) });
  if (!answer.ok) throw new Error(`the queue does not take ${action}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

function sumOf({ waiting, inHand }: { readonly waiting: number; readonly inHand: number }): number {
  return waiting + inHand;
}
