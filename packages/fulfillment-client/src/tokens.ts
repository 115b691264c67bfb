/**
 * Access tokens, kept and renewed.
 * Promise: one token serves all calls; one request for a new one at a time; renewed in the background at 80 % of its life;
 * used until its end while the issuer is down; after a failure the issuer is left alone for a while.
 * Refuses: a hot loop of new tokens when the service turns down fresh ones.
 */
import type { Clock, Sleep } from './calls.ts';

/** Where the client gets its tokens. */
export interface Tokens {
  /** A token to be sent as `Bearer`. Rejects when there is none, with a `TokenUnavailable` when it is known for how long. */
  get(signal: AbortSignal): Promise<string>;
  /** The service turned `token` down. True: `get` gives another one. */
  drop(token: string): boolean;
  close(): Promise<void>;
}

export interface IssuedToken {
  readonly value: string;
  readonly expiresInMs: number;
}

/** Asks the issuer. */
export interface TokenEndpoint {
  issue(signal: AbortSignal): Promise<IssuedToken>;
  close(): Promise<void>;
}

class TokenUnavailable extends Error {
  override readonly name = 'TokenUnavailable';
  readonly afterMs: number;
  constructor(afterMs: number, cause: unknown) {
    super(`No access token: ${cause instanceof Error ? cause.message : 'the issuer does not answer'}`, { cause });
    this.afterMs = afterMs;
  }
}

interface Held {
  readonly value: string;
  readonly renewAtMs: number;
  readonly expiresAtMs: number;
}

const RENEW_AT = 0.8;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A service that turns down two tokens within this time has another reason than their age. */
const DROP_PAUSE_MS = 10_000;

/** `timeoutMs`: time for one request to the issuer, its discovery included. */
export function createTokens(endpoint: TokenEndpoint, { timeoutMs, clock, sleep, random }: {
  timeoutMs: number; clock: Clock; sleep: Sleep; random: () => number;
}): Tokens {
  const stop = new AbortController();
  let held: Held | undefined;
  let flight: Promise<string> | undefined;
  let failures = 0;
  let lastFailure: unknown;
  let askAgainAtMs = -Infinity;
  let droppedAtMs = -Infinity;

  async function issue(): Promise<string> {
    const askedAtMs = clock.monotonicMs();
    try {
      const { value, expiresInMs } = await within(timeoutMs, (signal) => endpoint.issue(signal));
      held = { value, renewAtMs: askedAtMs + expiresInMs * RENEW_AT, expiresAtMs: askedAtMs + expiresInMs };
      failures = 0;
      return value;
    } catch (error) {
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS) * (0.5 + random() / 2);
      failures += 1;
      lastFailure = error;
      askAgainAtMs = clock.monotonicMs() + pauseMs;
      throw new TokenUnavailable(pauseMs, error);
    } finally {
      flight = undefined;
    }
  }

  async function within<T>(limitMs: number, action: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const done = new AbortController();
    const limit = new AbortController();
    sleep(limitMs, AbortSignal.any([done.signal, stop.signal])).then(
      () => limit.abort(new Error(`the issuer did not answer within ${limitMs} ms`)),
      () => limit.abort(stop.signal.reason),
    );
    try {
      return await action(limit.signal);
    } finally {
      done.abort();
    }
  }

  function ask(): Promise<string> {
    flight ??= issue();
    return flight;
  }

  return {
    async get(signal) {
      const nowMs = clock.monotonicMs();
      if (held !== undefined && nowMs < held.expiresAtMs) {
        if (nowMs >= held.renewAtMs && nowMs >= askAgainAtMs) ask().catch(() => undefined);
        return held.value;
      }
      if (flight === undefined && nowMs < askAgainAtMs) throw new TokenUnavailable(askAgainAtMs - nowMs, lastFailure);
      return unlessAborted(ask(), signal);
    },
    drop(token) {
      if (held?.value !== token) return true;
      const nowMs = clock.monotonicMs();
      if (nowMs - droppedAtMs < DROP_PAUSE_MS) return false;
      droppedAtMs = nowMs;
      held = undefined;
      return true;
    },
    async close() {
      stop.abort(new Error('the token source is closed'));
      await flight?.catch(() => undefined);
      await endpoint.close();
    },
  };
}

/** The promise goes on for the others when one caller gives up. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
