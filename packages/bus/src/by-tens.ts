/**
 * Gathers items for calls that take ten at once. What does not fill a call waits a moment for more. A call that fails, and
 * items that it did not take, are tried once more; then they are given up and only counted.
 */
import type { Sleep } from '@commerce/event-log/backoff';
import { BATCH } from './queue.sqs.ts';

export interface ByTensOptions<Item> {
  /** One call; resolves with the items that were not taken. */
  readonly send: (items: readonly Item[]) => Promise<readonly Item[]>;
  /** Told once per call about what was taken and what is given up. */
  readonly settled: (taken: number, givenUp: number, fault: unknown) => void;
  readonly sleep: Sleep;
  /** How long an item waits for company. */
  readonly lingerMs: number;
  /** Calls at once. */
  readonly inFlight: number;
}

export class ByTens<Item> {
  readonly #options: ByTensOptions<Item>;
  readonly #waiting: Item[] = [];
  readonly #running = new Set<Promise<void>>();
  #size = 0;
  #lingering: AbortController | undefined;

  constructor(options: ByTensOptions<Item>) {
    this.#options = options;
  }

  /** Items that are not settled yet. */
  get size(): number {
    return this.#size;
  }

  add(items: readonly Item[]): void {
    this.#waiting.push(...items);
    this.#size += items.length;
    this.#pump(false);
  }

  /** Sends what waits at once; resolves when nothing is left. */
  async flush(): Promise<void> {
    this.#pump(true);
    while (this.#running.size > 0) {
      await Promise.all(this.#running);
      this.#pump(true);
    }
  }

  #pump(all: boolean): void {
    while (this.#running.size < this.#options.inFlight && this.#waiting.length >= (all ? 1 : BATCH)) {
      const call = this.#run(this.#waiting.splice(0, BATCH)).finally(() => {
        this.#running.delete(call);
        this.#pump(false);
      });
      this.#running.add(call);
    }
    if (this.#waiting.length === 0) this.#lingering?.abort();
    else if (this.#lingering === undefined) void this.#linger();
  }

  async #linger(): Promise<void> {
    const lingering = new AbortController();
    this.#lingering = lingering;
    await this.#options.sleep(this.#options.lingerMs, lingering.signal).catch(() => undefined);
    this.#lingering = undefined;
    this.#pump(true);
  }

  async #run(items: readonly Item[]): Promise<void> {
    const first = await this.#try(items);
    const second = first.left.length === 0 ? first : await this.#try(first.left);
    this.#size -= items.length;
    this.#options.settled(items.length - second.left.length, second.left.length, second.fault);
  }

  async #try(items: readonly Item[]): Promise<{ left: readonly Item[]; fault: unknown }> {
    try {
      return { left: await this.#options.send(items), fault: undefined };
    } catch (fault) {
      return { left: items, fault };
    }
  }
}

/** Cuts items into calls, in their order. */
export function inTens<Item>(items: readonly Item[]): Item[][] {
  return Array.from({ length: Math.ceil(items.length / BATCH) }, (_, index) => items.slice(index * BATCH, (index + 1) * BATCH));
}
