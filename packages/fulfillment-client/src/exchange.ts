/**
 * One exchange with Order Fulfillment: token, breaker, wire, verdict.
 * Promise: a token that is turned down is replaced once; a question is repeated while the service is at fault and its
 * deadline allows; `sent` is true as soon as any attempt may have reached the service.
 * Refuses: to send a POST twice by itself, but for the one that a 401 proves to have had no effect.
 */
import { asSent, NotNow } from './answers.ts';
import type { Reply, Verdict } from './answers.ts';
import type { Breaker } from './breaker.ts';
import type { Sleep } from './calls.ts';
import type { Tokens } from './tokens.ts';

/** A request without its `authorization`; headers are names in lower case and values in turn. */
interface Outgoing {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: readonly string[];
  readonly body: string | null;
}

/** What carries a request; always resolves. */
interface Wire {
  send(request: { method: 'GET' | 'POST'; path: string; headers: string[]; body: string | null }, signal: AbortSignal): Promise<Reply>;
}

type Read<T> = (reply: Reply) => Verdict<T>;

export interface Exchange {
  /** Never rejects. */
  once<T>(outgoing: Outgoing, signal: AbortSignal, read: Read<T>): Promise<Verdict<T>>;
  /** A GET, repeated. Never rejects. */
  ask<T>(path: string, signal: AbortSignal, read: Read<T>): Promise<Verdict<T>>;
}

const ASK_ATTEMPTS = 3;
const ASK_FIRST_PAUSE_MS = 100;
export const ACCEPT_JSON = ['accept', 'application/json'];

export function createExchange({ tokens, breaker, wire, sleep, random }: {
  tokens: Tokens; breaker: Breaker; wire: Wire; sleep: Sleep; random: () => number;
}): Exchange {
  async function attempt<T>({ method, path, headers, body }: Outgoing, token: string, signal: AbortSignal, read: Read<T>): Promise<Verdict<T>> {
    const request = { method, path, headers: [...headers, 'authorization', `Bearer ${token}`], body };
    return breaker.run(async () => read(await wire.send(request, signal)));
  }

  async function once<T>(outgoing: Outgoing, signal: AbortSignal, read: Read<T>): Promise<Verdict<T>> {
    const token = await tokenFor(signal);
    if (typeof token !== 'string') return token;
    const verdict = await attempt(outgoing, token, signal, read);
    if (verdict.ok || verdict.error.status !== 401 || !tokens.drop(token)) return verdict;
    const another = await tokenFor(signal);
    return asSent(typeof another === 'string' ? await attempt(outgoing, another, signal, read) : another);
  }

  async function tokenFor(signal: AbortSignal): Promise<string | Verdict<never>> {
    try {
      return await tokens.get(signal);
    } catch (error) {
      const { afterMs } = error as { afterMs?: number };
      const message = error instanceof Error ? error.message : 'No access token.';
      return { ok: false, error: new NotNow(message, { sent: false, afterMs, cause: error }), faulty: false };
    }
  }

  return {
    once,
    async ask(path, signal, read) {
      for (let count = 1; ; count += 1) {
        const verdict = await once({ method: 'GET', path, headers: ACCEPT_JSON, body: null }, signal, read);
        // A service that says when to come back is not asked before.
        if (verdict.ok || !verdict.faulty || count === ASK_ATTEMPTS || saysWhen(verdict.error)) return verdict;
        try {
          await sleep(random() * ASK_FIRST_PAUSE_MS * 2 ** (count - 1), signal);
        } catch {
          return verdict;
        }
      }
    },
  };
}

function saysWhen(error: Error): boolean {
  return error instanceof NotNow && error.afterMs !== undefined;
}
