/**
 * The store of an extension for one transaction of a replay: says what its rows were and became, and of a dry run shows those that the
 * batches before would have left.
 */
import { isDeepStrictEqual } from 'node:util';
import type { StateChange, StateInput, StateStore, Tx } from './extension.ts';
import type { AnyState } from './map.ts';

export interface Row {
  readonly before: AnyState;
  readonly after: AnyState;
}

/** Of a dry run, by subject: what a row was when it was first changed, and what it would be. */
export type Over = Map<string, { readonly live: AnyState; readonly after: AnyState }>;

export class WatchedStore implements StateStore<AnyState> {
  readonly #inner: StateStore<AnyState>;
  readonly #over: Over;
  /** What this transaction found, when it first looked. */
  readonly #live = new Map<string, AnyState>();
  /** The same with what was laid over it. */
  readonly #seen = new Map<string, AnyState>();
  /** What is in the database now. */
  readonly #stored = new Map<string, AnyState>();
  readonly #changed = new Set<string>();
  #saved: Promise<void> = Promise.resolve();
  #after: ReadonlyMap<string, AnyState> = new Map();

  constructor(inner: StateStore<AnyState>, over: Over) {
    this.#inner = inner;
    this.#over = over;
  }

  async load(tx: Tx, subjects: readonly string[], inputs?: readonly StateInput[]): Promise<Map<string, AnyState>> {
    const loaded = await this.#inner.load(tx, subjects, inputs);
    const seen = new Map(loaded);
    for (const subject of subjects) {
      const stored = loaded.get(subject);
      this.#stored.set(subject, stored);
      // What this transaction has written stands upon what was laid over.
      if (this.#changed.has(subject)) continue;
      this.#live.set(subject, stored);
      const over = this.#over.get(subject);
      if (over !== undefined && isDeepStrictEqual(over.live, stored)) seen.set(subject, over.after);
      // Somebody has changed it since: what was laid over it is of the past.
      else if (over !== undefined) this.#over.delete(subject);
      this.#seen.set(subject, seen.get(subject));
    }
    return seen;
  }

  save(tx: Tx, changes: readonly StateChange<AnyState>[]): Promise<void> {
    for (const { subject } of changes) this.#changed.add(subject);
    // What was laid over a row is not in the database: the statement sets out from what is.
    this.#saved = this.#inner.save(tx, changes.map((change) => ({ ...change, before: this.#stored.get(change.subject) })));
    return this.#saved;
  }

  saved(changes: readonly StateChange<AnyState>[]): void {
    this.#inner.saved?.(changes);
  }

  /** What was written, as it can be read now; against what it was before this transaction. */
  async rows(tx: Tx): Promise<ReadonlyMap<string, Row>> {
    if (this.#changed.size === 0) return new Map();
    await this.#saved;
    this.#after = await this.#inner.load(tx, [...this.#changed]);
    return new Map([...this.#changed].map((subject) => [subject, { before: this.#seen.get(subject), after: this.#after.get(subject) }]));
  }

  layOver(): void {
    for (const subject of this.#changed) this.#over.set(subject, { live: this.#live.get(subject), after: this.#after.get(subject) });
  }
}
