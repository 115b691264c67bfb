/**
 * How many requests a client may send: a token bucket that all instances share. It stands in the database; an instance takes a
 * handful out of it at a time, so that most requests ask nobody.
 *
 * Promise: over all instances a client gets `burst` requests at once and `requestsPerSecond` on the long run, never more. What an
 * instance took and did not need lapses after a second: a client that hardly calls holds nothing back from another instance.
 * An instance takes as many as are waiting, and up to a tenth of a second's worth while they are used up quickly.
 */
import type { RateLimit } from './clients.ts';

export interface TokensAsked extends RateLimit {
  readonly clientId: string;
  readonly wanted: number;
}

export interface TokensGiven {
  /** From none to `wanted`. */
  readonly granted: number;
  /** What the bucket has left, with the fraction of the next one. */
  readonly left: number;
}

/** Takes tokens out of the bucket that all instances share. */
export type TakeTokens = (asked: TokensAsked) => Promise<TokensGiven>;

export interface RateJudgement {
  readonly allowed: boolean;
  /** Requests that may follow at once. */
  readonly left: number;
  /** Until the whole burst is there again. */
  readonly fullInMs: number;
  /** Until the next request may come; 0 when it may come at once. */
  readonly nextInMs: number;
}

export type RateLimiter = (clientId: string, limit: RateLimit) => Promise<RateJudgement>;

const LAPSE_MS = 1_000;
/** Tokens that are used up within this time were too few. */
const QUICK_MS = 100;

/** What this instance holds of one client's tokens. */
interface Held {
  tokens: number;
  takenAtMs: number;
  /** Of the bucket, when it was asked last. */
  left: number;
  /** Before this time the bucket has nothing to give. */
  emptyUntilMs: number;
  /** Of the last question. */
  wanted: number;
  waiting: number;
  asking: Promise<void> | undefined;
}

export function createRateLimiter({ take, monotonicMs }: { readonly take: TakeTokens; readonly monotonicMs: () => number }): RateLimiter {
  const held = new Map<string, Held>();

  function heldBy(clientId: string): Held {
    let own = held.get(clientId);
    if (own === undefined) {
      own = { tokens: 0, takenAtMs: -Infinity, left: 0, emptyUntilMs: -Infinity, wanted: 1, waiting: 0, asking: undefined };
      held.set(clientId, own);
    }
    return own;
  }

  async function ask(clientId: string, limit: RateLimit, own: Held): Promise<void> {
    const most = Math.max(1, Math.ceil((limit.requestsPerSecond * QUICK_MS) / 1_000));
    const wasQuick = own.tokens === 0 && monotonicMs() - own.takenAtMs < QUICK_MS;
    const guess = Math.min(most, Math.max(1, wasQuick ? own.wanted * 2 : Math.floor(own.wanted / 2)));
    own.wanted = Math.min(limit.burst, Math.max(guess, own.waiting));
    const { granted, left } = await take({ clientId, ...limit, wanted: own.wanted });
    const nowMs = monotonicMs();
    Object.assign(own, { tokens: granted, takenAtMs: nowMs, left, emptyUntilMs: granted < own.wanted ? nowMs + msUntilNext(left, limit) : -Infinity });
  }

  return async (clientId, limit) => {
    const own = heldBy(clientId);
    own.waiting += 1;
    try {
      for (;;) {
        const nowMs = monotonicMs();
        if (own.tokens > 0 && nowMs - own.takenAtMs < LAPSE_MS) {
          own.tokens -= 1;
          return judgement(own, limit, nowMs, true);
        }
        if (nowMs < own.emptyUntilMs) return judgement(own, limit, nowMs, false);
        own.asking ??= ask(clientId, limit, own).finally(() => (own.asking = undefined));
        await own.asking;
      }
    } finally {
      own.waiting -= 1;
    }
  };
}

function judgement(own: Held, limit: RateLimit, nowMs: number, allowed: boolean): RateJudgement {
  const refilled = ((nowMs - own.takenAtMs) / 1_000) * limit.requestsPerSecond;
  const left = Math.min(limit.burst, own.tokens + own.left + refilled);
  return {
    allowed,
    left: allowed ? Math.floor(left) : 0,
    fullInMs: ((limit.burst - left) / limit.requestsPerSecond) * 1_000,
    nextInMs: allowed ? 0 : own.emptyUntilMs - nowMs,
  };
}

function msUntilNext(left: number, { requestsPerSecond }: RateLimit): number {
  return (Math.max(0, 1 - left) / requestsPerSecond) * 1_000;
}
