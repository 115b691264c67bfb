/**
 * What a rebuild of a projection gives to whoever carries out replays: its steps, each of which can be made again after a kill.
 *
 * The runner keeps cursor, counts and state, and moves them in the transaction of the step that it gives (`tx`). The order is
 * `prepare` → `fill`, some subjects after the other → `finish` → `compare` → `swap`. A dry run ends with `compare` and `drop`.
 */
import type { Cursor } from './event.ts';
import type { Tx } from './extension.ts';

/** A row that is not as it should be. Rows as plain JSON; null where there is none. */
export interface RebuildDifference {
  readonly subject: string;
  readonly live: object | null;
  readonly rebuilt: object | null;
}

export interface RebuildComparison {
  /** Rows that were compared: those with the same version in both. */
  readonly compared: number;
  /** All that differ. */
  readonly different: number;
  /** The first of them, as many as were asked for. */
  readonly differences: readonly RebuildDifference[];
  /** Live rows of which the log tells nothing, such as those from before it was told: they differ from nothing, and go along. */
  readonly untold: number;
}

export interface SwapRequest {
  /** Everything that was begun before this was filled in. */
  readonly after: Cursor;
  /** Swap although rows differ. */
  readonly accept: boolean;
  /** How many differences are listed. */
  readonly listed: number;
  /** To be called in the transaction that takes over so many further rows of which the log tells nothing. */
  readonly takenOver: (tx: Tx, rows: number) => Promise<void>;
  /** To be called in the transaction that swaps: the runner marks the replay as done there. */
  readonly done: (tx: Tx, upTo: Cursor, swapped: Swapped) => Promise<void>;
  readonly signal: AbortSignal;
}

export interface Swapped {
  /** The old table, until it is dropped by this name. */
  readonly kept: string;
  readonly comparison: RebuildComparison;
}

export type SwapOutcome =
  | ({ readonly kind: 'swapped' } & Swapped)
  /** Rows differ, and nobody has accepted that. Nothing was changed. */
  | { readonly kind: 'refused'; readonly comparison: RebuildComparison };

/** What a step has folded. */
export interface Filled {
  readonly events: number;
  readonly applied: number;
  readonly ignored: number;
}

export interface RebuildSteps {
  /** `orders`. */
  readonly projection: string;
  /** Type of the event with which each row begins. */
  readonly begunBy: string;
  /** Makes the shadow table, empty, with its indexes and constraints. One that is there from before goes. In the transaction that sets the cursor to the beginning. */
  prepare(tx: Tx): Promise<void>;
  /** Folds all that the log tells of these subjects into shadow rows. In the transaction that moves the cursor behind the events that begin them. */
  fill(tx: Tx, subjects: readonly string[]): Promise<Filled>;
  /** Gives the shadow the indexes and constraints that the live table has got meanwhile. */
  finish(signal: AbortSignal): Promise<void>;
  /** Compares shadow and live rows. Changes nothing. */
  compare(listed: number, signal: AbortSignal): Promise<RebuildComparison>;
  /** Throws `SwapBusy` when the lock cannot be had in time; then it may be called again. Throws `NotRebuildable` when the last events take too long under it. */
  swap(request: SwapRequest): Promise<SwapOutcome>;
  /** Drops the shadow, if there is one. */
  drop(tx: Tx): Promise<void>;
}
