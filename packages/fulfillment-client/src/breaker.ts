/**
 * The circuit breaker before Order Fulfillment.
 * Promise: after `failures` faulty verdicts in a row nothing is sent for a while; then one probe goes out, and its verdict
 * closes the circuit or opens it for twice as long. Whoever is turned away learns at once, when to come back, and what the last fault was.
 * A definite refusal or a 429 is no fault: the service is there.
 */
import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhenResult } from 'cockatiel';
import type { IBackoff, IBackoffFactory } from 'cockatiel';
import { NotNow } from './answers.ts';
import type { Verdict } from './answers.ts';
import type { Clock } from './calls.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerOptions {
  /** Faulty verdicts in a row that open the circuit. Default 10, minimum 1. */
  readonly failures?: number;
  /** First time that it stays open, in ms. Default 1,000. */
  readonly openMs?: number;
  /** Longest time that it stays open, in ms. Default 30,000. */
  readonly maxOpenMs?: number;
}

export interface Breaker {
  state(): BreakerState;
  /** The action's verdict, or `NotNow` with `sent: false` when the circuit is not closed and this call is not its probe. */
  run<T>(action: () => Promise<Verdict<T>>): Promise<Verdict<T>>;
}

/** Of the last fault's message, in characters. */
const MAX_FAULT = 300;

const NAMES: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Isolated]: 'open',
};

export function createBreaker(
  { failures = 10, openMs = 1_000, maxOpenMs = 30_000 }: BreakerOptions,
  { clock, random, onStateChange }: { clock: Clock; random: () => number; onStateChange: (state: BreakerState) => void },
): Breaker {
  let reopensAtMs = 0;
  let lastFault: Error | undefined;

  /** cockatiel compares the wall clock with `duration`; the infinities leave the decision to the clock that was handed in. */
  const openFor = (nextMs: number): IBackoffFactory<unknown> => ({
    next(): IBackoff<unknown> {
      reopensAtMs = clock.monotonicMs() + nextMs;
      const following = openFor(Math.min(nextMs * 2, maxOpenMs));
      return { get duration() { return clock.monotonicMs() < reopensAtMs ? Infinity : -Infinity; }, next: (context) => following.next(context) };
    },
  });
  const policy = circuitBreaker(handleWhenResult((verdict) => isFaulty(verdict as Verdict<unknown>)), {
    breaker: new ConsecutiveBreaker(failures),
    halfOpenAfter: openFor(openMs),
  });
  policy.onStateChange((state) => onStateChange(NAMES[state]));

  /** Undefined for a call that may go: all while closed, one when the time of an open circuit is over. */
  function turnedAway(): Verdict<never> | undefined {
    const leftMs = Math.max(0, reopensAtMs - clock.monotonicMs());
    if (policy.state === CircuitState.Closed || (policy.state === CircuitState.Open && leftMs === 0)) return undefined;
    // Spread out, so that those who were turned away do not come back as one.
    const error = new NotNow(`The circuit to the service is ${NAMES[policy.state]}${lastFault === undefined ? '' : `; the last call: ${lastFault.message.slice(0, MAX_FAULT).replace(/\.$/, '')}`}.`, { sent: false, afterMs: leftMs + random() * openMs, cause: lastFault });
    return { ok: false, error, faulty: false };
  }

  return {
    state: () => NAMES[policy.state],
    run: async (action) => turnedAway() ?? policy.execute(async () => {
      const verdict = await action();
      if (!verdict.ok && verdict.faulty) lastFault = verdict.error;
      return verdict;
    }),
  };
}

function isFaulty(verdict: Verdict<unknown>): boolean {
  return !verdict.ok && verdict.faulty;
}
