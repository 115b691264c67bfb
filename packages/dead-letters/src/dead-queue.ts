/** A queue in which dead letters of this service lie: where it is, what is said of a message now, and how one comes to where it belongs. */
import type { LyingMessage } from '@commerce/bus/operated-queue';
import type { TakeIn } from '@commerce/bus/take-in';
import type { QueueName } from './selection.ts';

export interface DeadQueue {
  readonly name: QueueName;
  /** Its address. Throws when there is none. */
  readonly url: (signal: AbortSignal) => Promise<string>;
  /** What the service says of a message now. */
  readonly judge: TakeIn['judge'];
  /**
   * Brings messages to where they belong: again and again without harm, for a kill may come before it is noted. Throws when it cannot be
   * known of all of them.
   */
  readonly bringBack: (messages: readonly LyingMessage[], signal: AbortSignal) => Promise<BroughtBack>;
  readonly close: () => void;
}

export interface BroughtBack {
  /** Ids of the messages that are where they belong. */
  readonly done: readonly string[];
  /** How many of these were in the log already. */
  readonly known?: number;
  /** The others. */
  readonly refused: readonly Refused[];
}

export interface Refused {
  readonly messageId: string;
  /** The new reason; undefined when it is kept elsewhere, or is the old one. */
  readonly reason?: string;
  readonly detail?: string;
}
