/**
 * What came of an event, as a tree: the events that it caused, those that they caused, and so on. Pure.
 */
import type { HistoryItem } from './history-item.ts';

/** An event without its content. */
export type StoryEvent = Omit<HistoryItem, 'data' | 'metadata'>;

export interface Following {
  /** In the order of a tree read from its top: an event stands below what caused it, one deeper than that; 1 is caused by the event itself. */
  readonly events: readonly { readonly depth: number; readonly event: StoryEvent }[];
  /** Some are left out. */
  readonly isCut: boolean;
}

/** `events`: all that may belong to it, in the order of the log; those that follow from `eventId` are taken. */
export function following(eventId: string, events: readonly StoryEvent[], limits: { readonly depth: number; readonly count: number }): Following {
  const caused = new Map<string | null, StoryEvent[]>();
  for (const event of events) caused.set(event.causationId, [...(caused.get(event.causationId) ?? []), event]);
  const taken: { depth: number; event: StoryEvent }[] = [];
  // An event from outside may name any cause, a circle too.
  const seen = new Set([eventId]);
  let isCut = false;
  const take = (cause: string, depth: number): void => {
    for (const event of caused.get(cause) ?? []) {
      if (seen.has(event.eventId)) continue;
      if (depth > limits.depth || taken.length === limits.count) {
        isCut = true;
        return;
      }
      seen.add(event.eventId);
      taken.push({ depth, event });
      take(event.eventId, depth + 1);
    }
  };
  take(eventId, 1);
  return { events: taken, isCut };
}
