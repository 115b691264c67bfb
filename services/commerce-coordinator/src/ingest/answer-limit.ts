/**
 * The time within which a provider has its answer, whatever is done for it meanwhile.
 *
 * Promise: the work ends within `answerWithinMs`, or is given up and told as too slow; what it throws that is no `UpdateError` is told as
 * one.
 */
import type { Sleep } from '@commerce/service-kit/ports';
import type { SendContext } from './client.ts';
import { ErrServiceUnavailable, isUpdateError } from './errors.ts';

export interface AnswerLimitOptions {
  /** Within which all work has to have come to an end, in ms. */
  readonly answerWithinMs: number;
  readonly sleep: Sleep;
  readonly monotonicMs: () => number;
}

/** What is left of the time. */
export type Limit = Pick<SendContext, 'signal' | 'leftMs'>;

/** Rejects with an `UpdateError` and with nothing else. */
export type WithinLimit = <Result>(work: (limit: Limit) => Promise<Result>) => Promise<Result>;

export function createAnswerLimit({ answerWithinMs, sleep, monotonicMs }: AnswerLimitOptions): WithinLimit {
  return async (work) => {
    const over = new AbortController();
    const done = new AbortController();
    const endsAtMs = monotonicMs() + answerWithinMs;
    const tooSlow = new ErrServiceUnavailable(`there was no answer within ${answerWithinMs} ms`, { timedOut: true });
    const timeout = sleep(answerWithinMs, done.signal).then(
      () => {
        over.abort(tooSlow);
        throw tooSlow;
      },
      // Answered in time.
      () => new Promise<never>(() => undefined),
    );
    try {
      return await Promise.race([work({ signal: over.signal, leftMs: () => Math.max(0, endsAtMs - monotonicMs()) }), timeout]);
    } catch (error) {
      if (over.signal.aborted) throw tooSlow;
      throw isUpdateError(error) ? error : new ErrServiceUnavailable('what was told could not be kept', { cause: error });
    } finally {
      done.abort();
    }
  };
}
