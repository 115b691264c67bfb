/**
 * Events that came again. The log has them already, so nothing follows from them; each stands in the ledger, so that the story of its
 * subject says that it came, and how. The log writes it with the append (`DuplicateNote`).
 */
import type { DuplicateNote } from '@commerce/event-log/foreign-append';

/** What brought a copy of an event. */
export interface Bringing {
  readonly messageId: string;
  /** How often SQS has handed the message out. */
  readonly receiveCount: number;
  /** The replay that it belongs to, if it does. */
  readonly replayName: string | undefined;
}

/** The note of a batch, whose copies were brought by these messages in this order. */
export function noteOf(messages: readonly Bringing[]): DuplicateNote {
  return {
    handler: 'consumer', rule: 'already_stored',
    evidence: (index) => {
      const { messageId, receiveCount, replayName } = messages[index] as Bringing;
      return { messageId, receiveCount, ...(replayName !== undefined && { replayName }) };
    },
  };
}
