// Makes the demo's webhook receiver known to Commerce Coordinator, once: what a person has changed of it, or removed, stays so. Only
// its address follows the stack.
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { Api } from '../demo/api.http.ts';
import { Refused } from '../demo/api.http.ts';

const NAME = 'Your receiver (made by pnpm dev)';
const EVENTS = ['order.*'];
const LOOK_INTERVAL_MS = 50;

const webhookSchema = z.object({ webhookId: z.string(), url: z.string(), description: z.string().nullable() });
const listSchema = z.object({ items: z.array(webhookSchema) });
const figuresSchema = z.object({ items: z.array(z.object({ exhausted: z.int() })) });
const statsSchema = z.object({ queuedWebhooks: z.int() });
const receivedSchema = z.object({ items: z.array(z.object({ event: z.string(), signature: z.string(), answer: z.int(), receivedAt: z.string() })) });

/** Throws when Commerce Coordinator refuses it. `secret`: `whsec_` + base64. */
export async function introduceReceiver(operator: Api, receiver: string, secret: string): Promise<void> {
  const url = `${receiver}/hook`;
  const { items } = await operator.call(listSchema, 'GET', '/api/webhooks?limit=200');
  const known = items.find(({ description }) => description === NAME);
  if (known?.url === url) return;
  if (known !== undefined) return void (await operator.call(z.unknown(), 'PATCH', `/api/webhooks/${known.webhookId}`, { body: { url, reason: { code: 'moved' } } }));
  try {
    await operator.call(z.unknown(), 'POST', '/api/webhooks/register', { body: { url, events: EVENTS, secret, description: NAME }, idempotencyKey: 'your-receiver' });
  } catch (error) {
    // Somebody has removed it.
    if (!(error instanceof Refused) || !/^(409|422)/.test(error.message)) throw error;
  }
}

/** Deliveries of all endpoints: on their way, and given up. Throws when Commerce Coordinator does not say. */
export async function readWebhooks(operator: Api): Promise<{ queued: number; givenUp: number }> {
  const [{ items }, { queuedWebhooks }] = await Promise.all([operator.call(figuresSchema, 'GET', '/api/webhooks?limit=200'), operator.call(statsSchema, 'GET', '/api/webhooks/stats')]);
  return { queued: queuedWebhooks, givenUp: items.reduce((sum, { exhausted }) => sum + exhausted, 0) };
}

/** What the receiver got about this order, when `event` has come, or what it has when the time is up; the newest first. */
export async function deliveriesOf(receiver: string, orderId: string, event: string, withinMs: number, signal: AbortSignal): Promise<z.infer<typeof receivedSchema>['items']> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const { items } = receivedSchema.parse(await (await fetch(`${receiver}/received?subject=${encodeURIComponent(orderId)}`, { signal })).json());
    if (items.some((one) => one.event === event) || performance.now() > deadline) return items;
    await wait(LOOK_INTERVAL_MS, undefined, { signal });
  }
}
