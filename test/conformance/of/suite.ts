/** The whole suite of an Order Fulfillment: its promises in the order of the table, and how they are judged. */
import { Recorder } from '../exchange.http.ts';
import { chosen, fits } from '../promise.ts';
import { judgeAll } from '../runner.ts';
import type { Result } from '../runner.ts';
import { AUTHENTICATION } from './authentication.ts';
import { OfBench } from './bench.ts';
import type { Given } from './bench.ts';
import { Book } from './book.ts';
import { HEARD_AT_ONCE, heardInTheEnd } from './events.ts';
import type { EventsBench } from './events.ts';
import { IDEMPOTENCY } from './idempotency.ts';
import { LIFE } from './outcomes.ts';
import { acknowledgeAll, callOff, comeToRest, makeStories } from './rest.ts';
import { SHARING } from './sharing.ts';
import { UNDOING } from './undoing.ts';

/** Judged one by one; the others are judged over everything in the end. */
const ONE_BY_ONE = [...AUTHENTICATION, ...LIFE, ...IDEMPOTENCY, ...UNDOING, ...SHARING, ...HEARD_AT_ONCE];

/** Every promise of the suite, in its order. */
export const OF_PROMISES: readonly { readonly id: string; readonly sentence: string }[] = [...ONE_BY_ONE, ...heardInTheEnd(true)];

export interface SuiteOptions {
  readonly only?: readonly string[] | undefined;
  readonly signal: AbortSignal;
  readonly report: (result: Result) => void;
  readonly concurrency: number;
  /** For one promise. */
  readonly limitMs: number;
}

/** Judges an Order Fulfillment, and calls off in the end what the kit has left waiting there. */
export async function judgeOf(given: Given, missing: (need: string) => string | undefined, options: SuiteOptions): Promise<Result[]> {
  const book = new Book();
  const { signal, report, concurrency, limitMs, only } = options;
  const benchOf = (recorder: Recorder, limit: AbortSignal): OfBench => new OfBench(given, recorder, book, limit);
  const shared = { missing, concurrency, limitMs, signal, report, nowMs: () => performance.now() };
  const own = benchOf(new Recorder(signal), signal);
  try {
    const inTheEnd = chosen(heardInTheEnd(given.feed?.isWhole ?? true), only);
    const isHeard = inTheEnd.length > 0 && given.feed !== undefined;
    const stories = isHeard ? makeStories(own, (need) => missing(need) === undefined) : undefined;
    const results = await judgeAll(chosen(ONE_BY_ONE, only), {
      ...shared,
      open(_id, limit) {
        const recorder = new Recorder(limit);
        return { bench: benchOf(recorder, limit), lastExchanges: () => recorder.last() };
      },
    });
    await stories;
    if (inTheEnd.length === 0) return results;
    const bench = !isHeard ? undefined : await hear(own, book, missing).catch(unlessAborted(signal));
    return [...results, ...(await judgeAll(inTheEnd, { ...shared, open: () => ({ bench: bench ?? { of: own, stories: [], told: [] }, lastExchanges: () => [] }) }))];
  } finally {
    if (missing('cancel') === undefined) await callOff(own, book).catch(() => undefined);
  }
}

async function hear(own: OfBench, book: Book, missing: (need: string) => string | undefined): Promise<EventsBench> {
  if (missing('cancel') === undefined) await callOff(own, book);
  const heard = await comeToRest(own, book);
  if (missing('acknowledge') === undefined) await acknowledgeAll(own, heard, book);
  return heard;
}

/** What the end of the run cuts off is told by each promise; anything else is a fault of the kit. */
function unlessAborted(signal: AbortSignal): (error: unknown) => undefined {
  return (error) => {
    if (!signal.aborted) throw error;
  };
}

/** True when this id or area has a promise here. */
export function isOfId(wanted: string): boolean {
  return OF_PROMISES.some(({ id }) => fits(id, wanted));
}
