/** What the local bus needs from its surroundings. Nothing below this package's `server.ts` reads a clock or throws dice by itself. */

export interface Clock {
  /** Unix milliseconds. */
  nowMs(): number;
  /** Calls `run` once after the delay. The answer cancels it. */
  after(delayMs: number, run: () => void): () => void;
  /** Calls `run` once, as soon as the current turn of the event loop is over. */
  soon(run: () => void): void;
}

/** A number from 0 up to, not including, 1. */
export type Random = () => number;

/** A new UUID. */
export type NewId = () => string;

export interface Log {
  warn(message: string, details: Readonly<Record<string, unknown>>): void;
}

export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: NewId;
  readonly log: Log;
}
