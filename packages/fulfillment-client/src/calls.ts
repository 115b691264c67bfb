/**
 * The open calls of one client. Each has one deadline for all it does (token, connection, retries, answer).
 * Promise: a call's signal is aborted when its deadline passes or its caller gives up, whichever is first.
 * All calls have the same time, so the oldest is always the next one to expire: one wait serves them all.
 */

export interface Clock {
  /** Wall time; for nothing but a `Retry-After` that is a date. */
  now(): Date;
  /** Milliseconds that only ever grow. */
  monotonicMs(): number;
}

/** Waits `ms` milliseconds; rejects as soon as `signal` is aborted. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
}

interface OpenCall {
  /** Its reason is a `DeadlinePassed`, or what the caller's signal says. */
  readonly signal: AbortSignal;
  /** To be called once, however the call ended. */
  done(): void;
}

export interface Calls {
  open(callersSignal?: AbortSignal): OpenCall;
  size(): number;
  /** Resolves when no call is open, and ends the wait for deadlines. */
  drain(): Promise<void>;
}

interface Entry {
  readonly controller: AbortController;
  readonly expiresAtMs: number;
}

export function createCalls({ timeoutMs, clock, sleep }: { timeoutMs: number; clock: Clock; sleep: Sleep }): Calls {
  const entries = new Set<Entry>();
  const stop = new AbortController();
  let watching = false;
  let onEmpty: (() => void) | undefined;

  async function watch(): Promise<void> {
    watching = true;
    try {
      for (const oldest of entries) {
        const leftMs = oldest.expiresAtMs - clock.monotonicMs();
        if (leftMs > 0) await sleep(leftMs, stop.signal);
        if (entries.delete(oldest)) oldest.controller.abort(new DeadlinePassed(`the deadline of ${timeoutMs} ms has passed`));
      }
    } catch {
      // Stopped: no call is open any more.
    }
    watching = false;
  }

  return {
    open(callersSignal) {
      const controller = new AbortController();
      const entry = { controller, expiresAtMs: clock.monotonicMs() + timeoutMs };
      const giveUp = (): void => controller.abort(callersSignal?.reason);
      if (callersSignal?.aborted) giveUp();
      else callersSignal?.addEventListener('abort', giveUp);
      entries.add(entry);
      if (!watching) void watch();
      return {
        signal: controller.signal,
        done() {
          entries.delete(entry);
          callersSignal?.removeEventListener('abort', giveUp);
          if (entries.size === 0) onEmpty?.();
        },
      };
    },
    size: () => entries.size,
    async drain() {
      if (entries.size > 0) await new Promise<void>((resolve) => (onEmpty = resolve));
      stop.abort();
    },
  };
}
