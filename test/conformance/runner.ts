/**
 * Judges promises, several at once, each within its time and all within theirs.
 * Promise: every promise gets exactly one result; one that is not done when the time is up is broken and says so.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { Broken, NotJudged } from './promise.ts';
import type { Evidence, Promised } from './promise.ts';

export type Verdict = 'kept' | 'broken' | 'skipped';

export interface Result {
  readonly id: string;
  readonly sentence: string;
  readonly verdict: Verdict;
  /** Why it is broken or was skipped. */
  readonly why?: string;
  readonly evidence?: Evidence;
  readonly tookMs: number;
}

/** What a promise is judged with: its own bench, and what was exchanged over it. */
export interface Opened<Bench> {
  readonly bench: Bench;
  /** The last exchanges, newest last. */
  readonly lastExchanges: () => Evidence['exchanges'];
}

export interface RunOptions<Bench> {
  readonly open: (id: string, signal: AbortSignal) => Opened<Bench>;
  /** Why a need is not met; undefined when it is. */
  readonly missing: (need: string) => string | undefined;
  readonly concurrency: number;
  /** For one promise. */
  readonly limitMs: number;
  /** Aborted when the time of the whole run is up. */
  readonly signal: AbortSignal;
  readonly report: (result: Result) => void;
  readonly nowMs: () => number;
}

/** Results in the order of the promises. */
export async function judgeAll<Bench>(promises: readonly Promised<Bench>[], options: RunOptions<Bench>): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < promises.length; index = next++) {
      const promised = promises[index] as Promised<Bench>;
      const result = await judge(promised, options);
      results[index] = result;
      options.report(result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.concurrency, promises.length) }, worker));
  return results;
}

const TIME_IS_UP = 'The time of the whole run is up.';

async function judge<Bench>({ id, sentence, needs = [], check }: Promised<Bench>, options: RunOptions<Bench>): Promise<Result> {
  const startedAtMs = options.nowMs();
  const result = (verdict: Verdict, more: Partial<Result> = {}): Result => ({ id, sentence, verdict, tookMs: Math.round(options.nowMs() - startedAtMs), ...more });
  const reasons = needs.flatMap((need) => options.missing(need) ?? []);
  if (reasons.length > 0) return result('skipped', { why: [...new Set(reasons)].join('; ') });
  if (options.signal.aborted) return result('broken', { why: TIME_IS_UP });
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  const opened = options.open(id, signal);
  try {
    await Promise.race([check(opened.bench), outOfTime(options.limitMs, signal)]);
    return result('kept');
  } catch (error) {
    if (error instanceof NotJudged) return result('skipped', { why: error.message });
    const { exchanges, events = [] } = error instanceof Broken ? error.evidence : {};
    return result('broken', { why: error instanceof Error ? error.message : String(error), evidence: { exchanges: exchanges ?? (events.length > 0 ? [] : opened.lastExchanges()), events } });
  } finally {
    ended.abort();
  }
}

async function outOfTime(limitMs: number, signal: AbortSignal): Promise<never> {
  await wait(limitMs, undefined, { signal }).catch(() => undefined);
  throw new Broken(signal.aborted ? TIME_IS_UP : `It was not done within ${limitMs / 1_000} s.`);
}
