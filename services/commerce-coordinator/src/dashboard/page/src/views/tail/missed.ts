/** Reads from history what a pause had no room for. */
import type { LiveEvent } from '../../live.ts';

/** A page of history, the newest first. */
export interface HistoryPage<Event> {
  readonly items: readonly Event[];
  readonly nextCursor: string | null;
}

export interface Missed<Event> {
  /** The oldest first. */
  readonly events: readonly Event[];
  /** It goes back to the event behind which it was to be read. */
  readonly reached: boolean;
}

/** At most so many pages: what is older than that would be let go at once. */
const MOST_PAGES = 50;

/** History and the stream have the same order, so it is read back until the event is met. `most`: events that are of use. */
export async function readMissed<Event extends Pick<LiveEvent, 'eventId'>>(read: (cursor: string | undefined) => Promise<HistoryPage<Event>>, matches: (event: Event) => boolean, behind: string | undefined, most: number): Promise<Missed<Event>> {
  const found: Event[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { items, nextCursor } = await read(cursor);
    for (const event of items) {
      if (event.eventId === behind) return { events: found.toReversed(), reached: true };
      if (matches(event)) found.push(event);
      if (found.length >= most) return { events: found.toReversed(), reached: false };
    }
    if (nextCursor === null) return { events: found.toReversed(), reached: true };
    cursor = nextCursor;
  }
  return { events: found.toReversed(), reached: false };
}
