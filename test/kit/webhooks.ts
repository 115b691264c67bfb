/**
 * A payment provider as tests play it: orders whose money it takes without a word, and webhooks that say so, each sent until it is taken.
 */
import { createHmac } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from './eventually.ts';
import type { Pair } from './pair.ts';

/** The provider takes the money and tells nobody: the test does. */
const DECIDED_LATER = 'tok_4000000000000077';
const SILENT = { loseWebhook: 1, decisionDelayMs: [0, 1] };
const TELL_LIMIT_MS = 60_000;
const ANSWER_LIMIT_MS = 8_000;
const CHARGES_LIMIT_MS = 60_000;

/** One answer to a webhook: status 0 when there was none. */
export interface Told {
  readonly status: number;
  readonly ms: number;
}

export interface TestProvider {
  /** Places orders that wait for their payment. */
  waiting(count: number): Promise<string[]>;
  /** Tells of each order at this ingest, and again until it is answered 2xx, while `fault` happens; gives all answers of each. */
  tellAll(url: string, orderIds: readonly string[], fault: () => Promise<void>): Promise<Told[][]>;
  /** How often each of these orders was paid. */
  processed(orderIds: readonly string[]): Promise<number[]>;
}

/** From now on the pair's payment stand-in tells nothing itself. */
export async function playProvider(pair: Pair): Promise<TestProvider> {
  const { payments, inside, ingest: { secrets: { standard } } } = pair.stack.description;
  const answer = await fetch(`${payments}/_stand-in/faults`, { method: 'PUT', headers: { authorization: `Bearer ${inside.paymentsApiKey}`, 'content-type': 'application/json' }, body: JSON.stringify(SILENT) });
  if (!answer.ok) throw new Error(`the payment stand-in answered ${answer.status}`);

  async function tell(url: string, orderId: string): Promise<Told> {
    const body = JSON.stringify({ provider: 'standard', provider_event_id: `captured ${orderId}`, order_id: orderId, status: 'captured', amount: '10.00', currency: 'USD', occurred_at: new Date().toISOString() });
    const [id, atS] = [`msg_${orderId}`, Math.floor(Date.now() / 1_000)];
    const signature = createHmac('sha256', Buffer.from(standard.slice('whsec_'.length), 'base64')).update(`${id}.${atS}.${body}`).digest('base64');
    const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': String(atS), 'webhook-signature': `v1,${signature}` };
    const beganMs = performance.now();
    const status = await fetch(`${url}/webhooks/payments/orders`, { method: 'POST', headers, body, signal: AbortSignal.timeout(ANSWER_LIMIT_MS) }).then(async (response) => {
      await response.arrayBuffer();
      return response.status;
    }, () => 0);
    return { status, ms: performance.now() - beganMs };
  }

  return {
    async waiting(count) {
      const orderIds = await Promise.all(Array.from({ length: count }, () => pair.place('A', crypto.randomUUID(), DECIDED_LATER)));
      await eventually('the charges', async () => {
        const [row] = await pair.rows<{ count: number }>('cc', "SELECT count(DISTINCT subject)::int AS count FROM events WHERE type = 'PaymentInitiated' AND subject = ANY ($1)", [orderIds]);
        return row?.count === count ? true : undefined;
      }, CHARGES_LIMIT_MS);
      return orderIds;
    },
    async tellAll(url, orderIds, fault) {
      const faulty = fault();
      const endMs = performance.now() + TELL_LIMIT_MS;
      const answers = await Promise.all(orderIds.map(async (orderId, index) => {
        await wait(index * 40);
        const got: Told[] = [];
        while (!isTaken(got.at(-1)) && performance.now() < endMs) {
          got.push(await tell(url, orderId));
          if (!isTaken(got.at(-1))) await wait(200);
        }
        return got;
      }));
      await faulty;
      return answers;
    },
    async processed(orderIds) {
      const rows = await pair.rows<{ count: number }>('cc', "SELECT count(e.event_id)::int AS count FROM unnest($1::text[]) o(id) LEFT JOIN events e ON e.subject = o.id AND e.type = 'PaymentProcessed' GROUP BY o.id", [orderIds]);
      return rows.map(({ count }) => count);
    },
  };
}

export function isTaken(told: Told | undefined): boolean {
  return told !== undefined && told.status >= 200 && told.status < 300;
}
