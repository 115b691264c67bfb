/**
 * Writes what became of deliveries, in batches: what came together within a moment goes into one statement.
 *
 * Promise: an ending is written, or tried again while the database is away; it is forgotten only when this process has lost its
 * lease, for then somebody else has the delivery.
 */
import { backoffMs } from '@commerce/event-log/backoff';
import type { Ending } from '../deliveries.pg.ts';

export interface EndingsOptions {
  readonly write: (endings: readonly Ending[]) => Promise<void>;
  readonly onWritten: (endings: readonly Ending[]) => void;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly logger: { warn(fields: object, message: string): void };
}

const LINGER_MS = 5;
/** While many come at once: a small statement costs the database almost as much as a large one. */
const BUSY_LINGER_MS = 20;
const BUSY = 32;
const MOST = 500;
const RETRY = { baseMs: 50, maxMs: 2_000 };

export class Endings {
  readonly #o: EndingsOptions;
  #waiting: Ending[] = [];
  #writing: Promise<void> | undefined;
  #linger: NodeJS.Timeout | undefined;
  #isGivenUp = false;
  #isBusy = false;
  /** Of what waits, something is waited for. */
  #isAwaited = false;

  constructor(options: EndingsOptions) {
    this.#o = options;
  }

  /** Not written yet. */
  get size(): number {
    return this.#waiting.length;
  }

  /** `isAwaited`: another delivery waits until it is written. */
  add(ending: Ending, isAwaited: boolean): void {
    this.#waiting.push(ending);
    if (isAwaited && !this.#isAwaited) {
      this.#isAwaited = true;
      clearTimeout(this.#linger);
      this.#linger = undefined;
    }
    this.#soon();
  }

  #soon(): void {
    if (this.#writing !== undefined || this.#waiting.length === 0) return;
    if (this.#waiting.length >= MOST) this.#start();
    else this.#linger ??= setTimeout(() => this.#start(), this.#isBusy && !this.#isAwaited ? BUSY_LINGER_MS : LINGER_MS);
  }

  /** Resolves when all are written. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined || this.#waiting.length > 0) {
      this.#start();
      await this.#writing;
    }
  }

  /** Nothing that waits is written any more: somebody else has it. */
  forget(): void {
    this.#waiting = [];
  }

  /** No further tries. */
  giveUp(): void {
    this.#isGivenUp = true;
  }

  #start(): void {
    clearTimeout(this.#linger);
    this.#linger = undefined;
    if (this.#writing !== undefined || this.#waiting.length === 0) return;
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
      this.#soon();
    });
  }

  async #write(): Promise<void> {
    const batch = this.#waiting.splice(0, MOST);
    this.#isBusy = batch.length >= BUSY;
    this.#isAwaited = false;
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#o.write(batch);
        this.#o.onWritten(batch);
        return;
      } catch (error) {
        this.#o.logger.warn({ err: error }, 'what became of deliveries could not be written; it is tried again');
        if (this.#isGivenUp) return;
        await this.#o.sleep(backoffMs(RETRY, tries, this.#o.random) + 10).catch(() => undefined);
      }
    }
  }
}
