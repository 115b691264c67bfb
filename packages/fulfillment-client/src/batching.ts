/**
 * Brings concurrent calls together: what arrives while two batches are under way goes into the next one.
 * Promise: each caller gets the result of its own item; one that gives up leaves, and the others go on.
 * Refuses: nothing and bounds nothing; the door counts the open calls.
 */

export interface CoalescerOptions<Item, Result> {
  /** Results in the order of the items. */
  readonly send: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** Items that the next batch may hold. */
  readonly maxItems: () => number;
  readonly sizeOf: (item: Item) => number;
  /** One batch holds no more than this, except when a single item does. */
  readonly maxSize: number;
  /** Result of a caller that gave up; `sent` says whether its item was on its way. */
  readonly givenUp: (reason: unknown, sent: boolean) => Result;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly settle: (result: Result) => void;
  readonly fail: (error: unknown) => void;
}

const BATCHES_UNDER_WAY = 2;

/** Gives the function by which an item is submitted. */
export function createCoalescer<Item, Result>(options: CoalescerOptions<Item, Result>): (item: Item, signal: AbortSignal) => Promise<Result> {
  const { send, maxItems, sizeOf, maxSize, givenUp } = options;
  /** In the order of arrival; who gives up is deleted. */
  const queue = new Set<Waiting<Item, Result>>();
  let underWay = 0;
  let scheduled = false;

  function takeBatch(): Waiting<Item, Result>[] {
    const batch: Waiting<Item, Result>[] = [];
    let size = 0;
    for (const waiting of queue) {
      size += sizeOf(waiting.item);
      if (batch.length > 0 && (batch.length >= maxItems() || size > maxSize)) break;
      batch.push(waiting);
      queue.delete(waiting);
    }
    return batch;
  }

  async function sendBatch(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    underWay += 1;
    try {
      const results = await send(batch.map((waiting) => waiting.item));
      batch.forEach((waiting, index) => waiting.settle(results[index] as Result));
    } catch (error) {
      for (const waiting of batch) waiting.fail(error);
    }
    underWay -= 1;
    pump();
  }

  function pump(): void {
    scheduled = false;
    while (underWay < BATCHES_UNDER_WAY && queue.size > 0) void sendBatch(takeBatch());
  }

  return (item, signal) =>
    new Promise((resolve, fail) => {
      const settle = (result: Result): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(result);
      };
      const waiting = { item, settle, fail };
      const giveUp = (): void => settle(givenUp(signal.reason, !queue.delete(waiting)));
      queue.add(waiting);
      if (signal.aborted) giveUp();
      else signal.addEventListener('abort', giveUp);
      if (scheduled || underWay >= BATCHES_UNDER_WAY) return;
      scheduled = true;
      // All calls of one turn of the event loop join the same batch.
      setImmediate(pump);
    });
}
