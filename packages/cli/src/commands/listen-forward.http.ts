/**
 * Sends a webhook to an address on the developer's machine or elsewhere: signed as every delivery is, with a new time at each attempt.
 * Refuses: to follow redirects, to wait for longer than its time.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { webhookSigner } from '@commerce/events/webhook-signing';

export interface ForwardOptions {
  readonly url: string;
  /** `whsec_…`, or any text. */
  readonly secret: string;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

export interface Answered {
  /** Null when none came. */
  readonly status: number | null;
  readonly error: string | null;
  readonly durationMs: number;
}

export type Forward = (eventId: string, event: string, body: string) => Promise<Answered>;

const TIMEOUT_MS = 30_000;
const SECRET_BYTES = 32;

/** As the service makes them. */
export function newSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}

export function forwarder({ url, secret, nowMs, signal }: ForwardOptions): Forward {
  const sign = webhookSigner([{ kind: 'hmac', secret }]);
  const webhookId = randomUUID();
  return async (eventId, event, text) => {
    const body = Buffer.from(text);
    const startedMs = nowMs();
    const headers = { ...sign({ webhookId, event, eventId, timestamp: Math.floor(startedMs / 1_000), body }), 'content-type': 'application/json', 'user-agent': 'commerce-webhooks/1' };
    const end = AbortSignal.timeout(TIMEOUT_MS);
    const answered = (status: number | null, error: string | null): Answered => ({ status, error, durationMs: nowMs() - startedMs });
    try {
      const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.any([signal, end]) });
      await answer.body?.cancel();
      return answered(answer.status, answer.ok ? null : `answered ${answer.status}`);
    } catch (error) {
      signal.throwIfAborted();
      const { cause, message } = error as { cause?: { code?: string; message?: string }; message: string };
      return answered(null, end.aborted ? `no answer within ${TIMEOUT_MS / 1_000} s` : (cause?.code ?? cause?.message ?? message));
    }
  };
}
