/**
 * A reader without state of its own: it hands on what it reads (the EventBridge publisher, a live stream).
 */
import type { StoredEvent } from './event.ts';

export interface StreamReader {
  /** Name of the reader, for example `publisher`. */
  readonly name: string;
  /** Pure and quick: is this event for it? */
  readonly wants: (event: StoredEvent) => boolean;
  /**
   * Resolves when all of them are handed on; the cursor moves then. Throwing means that none counts: the same events come
   * again after a backoff. Events come in the order of the log, at most `batch` at a time.
   */
  readonly handle: (events: readonly StoredEvent[], signal: AbortSignal) => Promise<void>;
  /** Events in one call. Default 500. */
  readonly batch?: number;
}
