/**
 * The circuit breaker before the API side. A decorator around any client.
 *
 * Promise: after `failures` sends in a row that ended in `ErrServiceUnavailable` the circuit is open and whoever comes is turned away
 * at once; when its time is over one send goes out as a probe (half-open), and what becomes of it closes the circuit or opens it for
 * twice as long. A definite no is no failure: the other side is there.
 */
import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleType } from 'cockatiel';
import type { IBackoff, IBackoffFactory } from 'cockatiel';
import type { Client, Sent } from './client.ts';
import { ErrServiceUnavailable } from './errors.ts';

export type BreakerState = 'Closed' | 'Open' | 'Half-Open';

export interface CircuitBreakerOptions {
  /** Failures in a row that open the circuit. */
  readonly failures: number;
  /** For how long it stays open the first time, in ms. */
  readonly openMs: number;
  readonly maxOpenMs: number;
  readonly monotonicMs: () => number;
  readonly onStateChange: (state: BreakerState) => void;
}

const NAMES: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: 'Closed', [CircuitState.Open]: 'Open', [CircuitState.HalfOpen]: 'Half-Open', [CircuitState.Isolated]: 'Open',
};

export function withCircuitBreaker(client: Client, { failures, openMs, maxOpenMs, monotonicMs, onStateChange }: CircuitBreakerOptions): Client {
  let reopensAtMs = 0;

  /** cockatiel compares the wall clock with `duration`; the infinities leave the decision to the clock that was handed in. */
  const openFor = (nextMs: number): IBackoffFactory<unknown> => ({
    next(): IBackoff<unknown> {
      reopensAtMs = monotonicMs() + nextMs;
      const following = openFor(Math.min(nextMs * 2, maxOpenMs));
      return { get duration() { return monotonicMs() < reopensAtMs ? Infinity : -Infinity; }, next: (context) => following.next(context) };
    },
  });
  const policy = circuitBreaker(handleType(ErrServiceUnavailable), { breaker: new ConsecutiveBreaker(failures), halfOpenAfter: openFor(openMs) });
  policy.onStateChange((state) => onStateChange(NAMES[state]));

  async function guarded(send: () => Promise<Sent>): Promise<Sent> {
    const isProbe = policy.state === CircuitState.Open && monotonicMs() >= reopensAtMs;
    if (policy.state !== CircuitState.Closed && !isProbe) throw new ErrServiceUnavailable(`the circuit to the API side is ${NAMES[policy.state]}`);
    const settled = await policy.execute(() => send().then((sent) => ({ sent }), definite));
    if ('sent' in settled) return settled.sent;
    throw settled.no;
  }

  return {
    sendOrderUpdate: (request, context) => guarded(() => client.sendOrderUpdate(request, context)),
    sendDisputeUpdate: (request, context) => guarded(() => client.sendDisputeUpdate(request, context)),
    close: () => client.close(),
  };
}

/** A definite no is an answer: to the breaker it is a success. Throws on what is none. */
function definite(error: unknown): { readonly no: unknown } {
  if (error instanceof ErrServiceUnavailable) throw error;
  return { no: error };
}
