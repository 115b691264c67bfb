/** From the moment when an event was recorded until the tail had it on the screen. Pure. */
import type { Top } from './probe.ts';

export interface Recorded {
  readonly eventId: string;
  readonly atMs: number;
}

/**
 * Milliseconds of each event, sorted: the newest stands on top, so an event is on the screen as soon as it or a later one is on top. Events
 * after the last top are left out. `events`: in the order of the log.
 */
export function screenTimes(events: readonly Recorded[], tops: readonly Top[]): number[] {
  const places = new Map(events.map(({ eventId }, index) => [eventId, index]));
  const times: number[] = [];
  let next = 0;
  for (const [atMs, eventId] of tops) {
    const place = places.get(eventId);
    if (place === undefined) continue;
    for (; next <= place; next += 1) times.push(Math.max(0, atMs - (events[next]?.atMs ?? atMs)));
  }
  return times.toSorted((a, b) => a - b);
}
