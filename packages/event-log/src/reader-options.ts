/**
 * What the reader of one extension is given at its start and only reads. Each of its parts names what it takes of it.
 */
import type { Sleep } from './backoff.ts';
import type { EventLog } from './log.pg.ts';
import type { MappedExtension } from './map.ts';
import type { LogObserver } from './observer.ts';
import type { Ownership } from './ownership.pg.ts';
import type { ActiveFrom } from './registry.pg.ts';
import type { Tail } from './tail.pg.ts';

export interface ReaderLogger {
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}

/** Which process it is. */
export interface InProcess {
  readonly ownership: Pick<Ownership, 'workerId'>;
}

export interface ReaderOptions {
  readonly log: EventLog;
  readonly mapped: MappedExtension;
  readonly activeFrom: ActiveFrom;
  readonly tail: Tail;
  readonly ownership: Ownership;
  readonly sleep: Sleep;
  readonly random: () => number;
  readonly monotonicMs: () => number;
  readonly logger: ReaderLogger;
  /** One that harms nobody; see `harmless`. */
  readonly observer: LogObserver | undefined;
  /** See `ReadersOptions`. */
  readonly traces?: boolean | undefined;
  readonly faults?: { hit(name: string): void | Promise<void> } | undefined;
}
