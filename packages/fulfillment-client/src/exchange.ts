/**
 * One exchange with Order Fulfillment: proof of who asks, breaker, wire, verdict.
 * Promise: a token that is turned down is replaced once; what may be repeated is repeated while the service is at fault and the
 * deadline allows, each time with a proof of its own; `sent` is true as soon as any attempt may have reached the service.
 * Refuses: to send anything else twice by itself, but for what a 401 proves to have had no effect.
 */
import { asSent, NotNow } from './answers.ts';
import type { Reply, Verdict } from './answers.ts';
import type { Breaker } from './breaker.ts';
import type { Sleep } from './calls.ts';
import type { Proof, Prover } from './credentials.ts';

/** A request without its proof; headers are names in lower case and values in turn. */
export interface Outgoing {
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
  /** For what does no harm when it comes twice. Never rejects. */
  repeated<T>(outgoing: Outgoing, signal: AbortSignal, read: Read<T>): Promise<Verdict<T>>;
}

const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 100;
export const ACCEPT_JSON = ['accept', 'application/json'];
export const POST_JSON = [...ACCEPT_JSON, 'content-type', 'application/json'];

export function createExchange({ prover, breaker, wire, sleep, random }: {
  prover: Prover; breaker: Breaker; wire: Wire; sleep: Sleep; random: () => number;
}): Exchange {
  async function attempt<T>({ method, path, headers, body }: Outgoing, proof: Proof, signal: AbortSignal, read: Read<T>): Promise<Verdict<T>> {
    const request = { method, path, headers: [...headers, ...proof.headers], body };
    return breaker.run(async () => read(await wire.send(request, signal)));
  }

  async function once<T>(outgoing: Outgoing, signal: AbortSignal, read: Read<T>): Promise<Verdict<T>> {
    const proof = await proofOf(outgoing, signal);
    if ('ok' in proof) return proof;
    const verdict = await attempt(outgoing, proof, signal, read);
    if (verdict.ok || verdict.error.status !== 401 || !proof.turnedDown()) return verdict;
    const another = await proofOf(outgoing, signal);
    return asSent('ok' in another ? another : await attempt(outgoing, another, signal, read));
  }

  async function proofOf(outgoing: Outgoing, signal: AbortSignal): Promise<Proof | Verdict<never>> {
    try {
      return await prover.prove(outgoing, signal);
    } catch (error) {
      const { afterMs } = error as { afterMs?: number };
      const message = error instanceof Error ? error.message : 'No access token.';
      return { ok: false, error: new NotNow(message, { sent: false, afterMs, cause: error }), faulty: false };
    }
  }

  return {
    once,
    async repeated<T>(outgoing: Outgoing, signal: AbortSignal, read: Read<T>) {
      let sent = false;
      for (let count = 1; ; count += 1) {
        const latest = await once(outgoing, signal, read);
        const verdict: Verdict<T> = sent ? asSent(latest) : latest;
        // A service that says when to come back is not asked before.
        if (verdict.ok || !verdict.faulty || count === ATTEMPTS || saysWhen(verdict.error)) return verdict;
        sent ||= verdict.error instanceof NotNow && verdict.error.sent;
        try {
          await sleep(random() * FIRST_PAUSE_MS * 2 ** (count - 1), signal);
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
