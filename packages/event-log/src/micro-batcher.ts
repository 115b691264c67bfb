/**
 * Micro-batched intake: what arrives while `inFlight` batches are under way waits and goes into the next one. A single
 * arrival runs at once; under load one statement carries many. A caller is answered only after its batch has committed.
 * A batch that fails is run again row by row, so that one bad row fails alone. What nobody waits for any more when its batch begins is
 * not begun. The queue is bounded: beyond it, `Overloaded`;
 * when items have owners, nobody gets more than his share of a crowded queue.
 */
import { createFairShare } from './fair-share.ts';

/** The intake is full. Nothing was done; come back after `retryAfterMs`. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
  readonly retryAfterMs: number;
  constructor(waiting: number, retryAfterMs: number) {
    super(`The intake is full: ${waiting} wait already.`);
    this.retryAfterMs = retryAfterMs;
  }
}

export interface MicroBatcherOptions<Item, Result> {
  /** Results in the order of the items. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** Rows in one batch. Default 128, minimum 1. */
  readonly maxRows?: number;
  /** Batches under way at once. Default 2, minimum 1. */
  readonly inFlight?: number;
  /** Items that may wait. Default 4,096. */
  readonly maxWaiting?: number;
  /** Whose an item is. Left out: who comes first waits first, whoever it is. */
  readonly ownerOf?: (item: Item) => string;
  /** True for faults of the database as a whole, where trying each row alone would only add load. */
  readonly isSystemic?: (error: unknown) => boolean;
}

export interface MicroBatcher<Item, Result> {
  /** Resolves with the item's own result once its batch is durable. Rejects with the signal's reason when it is aborted before its batch begins. */
  submit(item: Item, signal?: AbortSignal): Promise<Result>;
  /** Items that wait now. */
  waiting(): number;
}

/** Fewer rows than this are not worth a statement of their own while another one is free. */
const SMALLEST_SHARE = 8;

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export function createMicroBatcher<Item, Result>(options: MicroBatcherOptions<Item, Result>): MicroBatcher<Item, Result> {
  const { run, maxRows = 128, inFlight = 2, maxWaiting = 4096, ownerOf = () => '', isSystemic = () => false } = options;
  const places = options.ownerOf === undefined ? undefined : createFairShare(maxWaiting);
  let queue: Waiting<Item, Result>[] = [];
  let running = 0;

  async function runBatch(all: readonly Waiting<Item, Result>[]): Promise<void> {
    const batch = all.filter(({ signal, reject }) => {
      if (signal?.aborted === true) reject(signal.reason);
      return signal?.aborted !== true;
    });
    if (batch.length === 0) return;
    try {
      const results = await run(batch.map((waiting) => waiting.item));
      batch.forEach((waiting, index) => waiting.resolve(results[index] as Result));
    } catch (error) {
      if (batch.length === 1 || isSystemic(error)) batch.forEach((waiting) => waiting.reject(error));
      else for (const waiting of batch) await runBatch([waiting]);
    }
  }

  function pump(): void {
    while (running < inFlight && queue.length > 0) {
      // What is there is shared among the free places, so that the database works on one part while the next is under way.
      const share = queue.length < 2 * SMALLEST_SHARE ? queue.length : Math.ceil(queue.length / (inFlight - running));
      const batch = queue.slice(0, Math.min(maxRows, share));
      queue = queue.slice(batch.length);
      if (places !== undefined) for (const { item } of batch) places.leave(ownerOf(item));
      running += 1;
      void runBatch(batch).finally(() => {
        running -= 1;
        pump();
      });
    }
  }

  return {
    submit: (item, signal) =>
      new Promise((resolve, reject) => {
        if (queue.length >= maxWaiting || places?.enter(ownerOf(item)) === false) {
          reject(new Overloaded(queue.length, 1000));
          return;
        }
        queue.push({ item, signal, resolve, reject });
        // All requests of one turn of the event loop join the same batch.
        if (queue.length === 1) setImmediate(pump);
        else if (queue.length >= maxRows) pump();
      }),
    waiting: () => queue.length,
  };
}
