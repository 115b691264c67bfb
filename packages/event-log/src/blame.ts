/**
 * Who is charged when a transaction over several events fails. What the database refuses is searched for by halves, and only
 * the one that causes it is charged. Faults of the database or the way to it are charged to nobody: the batch comes again.
 *
 * But one event may cause such a fault each time (it makes its statement run out of memory or time). So when the same batch
 * failed five times in a row while the database answered a trivial statement, it is searched as well, and one event is
 * charged; if more than one is at fault, the next one after five more failures.
 */
import { ReaderPaused } from './failure-share.ts';
import { StaleFence } from './cursors.pg.ts';
import { CommittedAllTheSame, isSystemic, sqlState } from './transaction.pg.ts';

const FAILURES = 5;
/** Batches and events remembered; beyond it all are forgotten, which costs five failures more. */
const REMEMBERED = 1_000;

/** An event alone failed again and again with a fault that is usually the database's. */
export class RepeatedFault extends Error {
  override readonly name = 'RepeatedFault';
  constructor(cause: unknown) {
    super(`Alone in its transaction it fails with ${sqlState(cause) ?? 'a lost connection'} while the database answers: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** One transaction over these, in their order; with `error` a single one that is charged with it. */
export type Attempt<Item> = (items: readonly Item[], error?: unknown) => Promise<void>;

export class Blame {
  readonly #answers: () => Promise<boolean>;
  /** Failures in a row while the database answered, by the first of the batch. */
  readonly #failures = new Map<string, number>();
  /** Charged with such a fault before, and not through since: they are not given five failures again. */
  readonly #charged = new Set<string>();

  /** `answers` runs a trivial statement. It is asked after faults only. */
  constructor(answers: () => Promise<boolean>) {
    this.#answers = answers;
  }

  /** Tries all at once, and by halves what fails because of one of them. `keyOf` names an item, the same each time it comes. */
  async byHalves<Item>(items: readonly Item[], keyOf: (item: Item) => string, attempt: Attempt<Item>): Promise<void> {
    try {
      await attempt(items);
    } catch (error) {
      if (!(await this.isCharged(items.map(keyOf), error))) throw error;
      await this.#search(items, error, { systemic: isSystemic(error) }, keyOf, attempt);
      return;
    }
    if (this.#failures.size + this.#charged.size > 0) this.passed(items.map(keyOf));
  }

  /** Is the fault to be charged to one of these? Counts it. */
  async isCharged(keys: readonly string[], error: unknown): Promise<boolean> {
    if (isNobodys(error)) return false;
    if (!isSystemic(error)) return true;
    const first = keys[0] ?? '';
    if (!(await this.#answers())) {
      this.#failures.delete(first);
      return false;
    }
    if (keys.some((key) => this.#charged.has(key))) return true;
    const failures = (this.#failures.get(first) ?? 0) + 1;
    if (this.#failures.size >= REMEMBERED) this.#failures.clear();
    this.#failures.set(first, failures);
    return failures >= FAILURES;
  }

  /** These went through. */
  passed(keys: readonly string[]): void {
    for (const key of keys) {
      this.#failures.delete(key);
      this.#charged.delete(key);
    }
  }

  /** The error with which the item of this key is charged. */
  charge(key: string, error: unknown): unknown {
    this.#failures.delete(key);
    if (!isSystemic(error)) return error;
    if (this.#charged.size >= REMEMBERED) this.#charged.clear();
    this.#charged.add(key);
    return new RepeatedFault(error);
  }

  async #search<Item>(items: readonly Item[], error: unknown, search: { systemic: boolean }, keyOf: (item: Item) => string, attempt: Attempt<Item>): Promise<void> {
    const single = items[0];
    if (single === undefined) throw error;
    if (items.length === 1) {
      await attempt(items, this.charge(keyOf(single), error));
      if (isSystemic(error)) search.systemic = false;
      return;
    }
    const middle = Math.ceil(items.length / 2);
    for (const half of [items.slice(0, middle), items.slice(middle)]) {
      try {
        await attempt(half);
      } catch (cause) {
        if (isNobodys(cause) || (isSystemic(cause) && !search.systemic)) throw cause;
        await this.#search(half, cause, search, keyOf, attempt);
      }
    }
  }
}

/** The process may not act, the extension itself is at fault, or all of it is committed. */
function isNobodys(error: unknown): boolean {
  return error instanceof StaleFence || error instanceof ReaderPaused || error instanceof CommittedAllTheSame;
}
