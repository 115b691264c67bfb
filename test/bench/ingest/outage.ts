/** What a provider sees while the API side is stopped: webhooks at a pace, each sent again until it is taken. */
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { percentile } from '../table.ts';
import type { SignedWebhook } from './webhooks.ts';

export interface Outage {
  readonly sent: number;
  /** Answers by their status; `none` for requests without one. */
  readonly answers: Readonly<Record<string, number>>;
  /** The slowest answer. */
  readonly slowestMs: number;
  /** From the first try of a webhook to the one that was taken. */
  readonly p50Ms: number;
  readonly lastMs: number;
}

const TRY_AGAIN_MS = 1_000;
const GIVE_UP_MS = 60_000;

/** Sends `rate` a second for `seconds`, and calls `stop` once after a fifth of them. Throws when one is not taken in a minute. */
export async function sendThrough(url: string, next: () => SignedWebhook, { rate, seconds, stop }: { rate: number; seconds: number; stop: () => void }): Promise<Outage> {
  // As many connections as it takes: a provider's webhooks do not wait for each other.
  const agent = new Agent();
  const answers: Record<string, number> = {};
  const taken: number[] = [];
  let slowestMs = 0;

  async function once({ body, headers }: SignedWebhook): Promise<boolean> {
    const startedAtMs = performance.now();
    const status = await request(url, { method: 'POST', body, headers: { ...headers }, dispatcher: agent, headersTimeout: 10_000 })
      .then(async (answer) => { await answer.body.dump(); return String(answer.statusCode); }, () => 'none');
    slowestMs = Math.max(slowestMs, performance.now() - startedAtMs);
    answers[status] = (answers[status] ?? 0) + 1;
    return status.startsWith('2');
  }

  async function untilTaken(webhook: SignedWebhook): Promise<void> {
    const startedAtMs = performance.now();
    while (!(await once(webhook))) {
      if (performance.now() - startedAtMs > GIVE_UP_MS) throw new Error(`${webhook.id} was not taken within a minute: ${JSON.stringify(answers)}`);
      await delay(TRY_AGAIN_MS);
    }
    taken.push(performance.now() - startedAtMs);
  }

  const all: Promise<void>[] = [];
  const startedAtMs = performance.now();
  for (let sent = 0; sent < rate * seconds; sent += 1) {
    await delay(Math.max(0, startedAtMs + (sent * 1_000) / rate - performance.now()));
    if (sent === Math.floor((rate * seconds) / 5)) stop();
    all.push(untilTaken(next()));
  }
  await Promise.all(all);
  await agent.close();
  const sorted = taken.toSorted((a, b) => a - b);
  return { sent: all.length, answers, slowestMs, p50Ms: percentile(sorted, 0.5), lastMs: sorted.at(-1) ?? 0 };
}
