/**
 * What a rebuild of a projection gives to whoever carries out replays: its steps, each of which can be made again after a kill.
 *
 * The runner keeps cursor, counts and state, and moves them in the transaction of the step that it gives (`tx`). The order is
 * `prepare` → `fill` over the log, batch by batch, in its order → `compare` → `swap`. A dry run ends with `compare`.
 */
import type { Cursor, StoredEvent } from './event.ts';
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
}

export interface SwapRequest {
  /** Everything up to here was filled in. */
  readonly after: Cursor;
  /** Swap although rows differ. */
  readonly accept: boolean;
  /** How many differences are listed. */
  readonly listed: number;
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

export interface RebuildSteps {
  /** `orders`. */
  readonly projection: string;
  /** Types of the events that it is made of. */
  readonly types: readonly string[];
  /** Makes the shadow table, empty. One that is there from before goes. In the transaction that sets the cursor to the beginning. */
  prepare(tx: Tx): Promise<void>;
  /** Folds events, given in the order of the log, into the shadow rows. In the transaction that moves the cursor behind them. */
  fill(tx: Tx, events: readonly StoredEvent[]): Promise<{ readonly applied: number; readonly ignored: number }>;
  /** Compares shadow and live rows. Changes nothing. */
  compare(listed: number, signal: AbortSignal): Promise<RebuildComparison>;
  /** Throws when the lock cannot be had in time; then it may be called again. */
  swap(request: SwapRequest): Promise<SwapOutcome>;
}
