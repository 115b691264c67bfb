/**
 * The mark of a replay: it stands in the metadata of every event that a replay causes, and by the trigger in that of each event which
 * follows from it. So what comes of a replay can be told from what happened, and its outside effects can be held back.
 */
import type { EventMetadata } from '@commerce/events/envelope';
import type { StoredEvent } from './event.ts';

export interface ReplayMark {
  /** UUID of the replay. */
  readonly id: string;
  /** Whether what follows from it may do anything outside of this database. */
  readonly effects: 'suppressed' | 'allowed';
}

/** Rule in the ledger of an effect that was held back. */
export const SUPPRESSED = 'replay_suppressed';

/** The event as a replay gives it to a handler: what it triggers carries the mark. */
export function marked(event: StoredEvent, mark: ReplayMark): StoredEvent {
  return { ...event, metadata: { ...event.metadata, replay: mark } };
}

/** The replay by which the outside effects of this event are held back; undefined when they are not. */
export function suppressedBy({ metadata }: Pick<StoredEvent, 'metadata'>): string | undefined {
  const { replay } = metadata;
  if (typeof replay !== 'object' || replay === null) return undefined;
  const { id, effects } = replay as Partial<ReplayMark>;
  return effects === 'suppressed' ? String(id) : undefined;
}

/** The same without the mark: for what outlives the replay, such as a timer. */
export function unmarked({ replay: _mark, ...metadata }: EventMetadata): EventMetadata {
  return metadata;
}
