/**
 * Repeats what failed because the other side was not available. A decorator around any client.
 *
 * Promise: nothing but `ErrServiceUnavailable` is repeated; the waits double from the first to the longest, each up to a quarter shorter
 * or longer; nothing is begun when the time of the send is over.
 */
import type { Random, Sleep } from '@commerce/service-kit/ports';
import type { Client, SendContext, Sent } from './client.ts';
import { ErrServiceUnavailable } from './errors.ts';

export interface RetryOptions {
  /** Attempts at most, the first one included. */
  readonly attempts: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  readonly sleep: Sleep;
  readonly random: Random;
}

/** Share of a wait by which it may be shorter or longer. */
const JITTER = 0.25;

export function withRetry(client: Client, options: RetryOptions): Client {
  async function repeated(send: () => Promise<Sent>, { signal }: SendContext): Promise<Sent> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await send();
      } catch (error) {
        if (!(error instanceof ErrServiceUnavailable) || attempt >= options.attempts || signal.aborted) throw error;
        // The time is over while it waits: what is known of the failure is told.
        await options.sleep(delayMs(attempt, options), signal).catch(() => { throw error; });
      }
    }
  }
  return {
    sendOrderUpdate: (request, context) => repeated(() => client.sendOrderUpdate(request, context), context),
    sendDisputeUpdate: (request, context) => repeated(() => client.sendDisputeUpdate(request, context), context),
    close: () => client.close(),
  };
}

function delayMs(attempt: number, { baseDelayMs, maxDelayMs, random }: RetryOptions): number {
  return Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1) * (1 + (random() * 2 - 1) * JITTER));
}
