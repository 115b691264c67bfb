/** Which events of a client are published: its pattern, judged over what the bus would see. */
import { toEnvelope } from '@commerce/event-log/event';
import type { StoredEvent } from '@commerce/event-log/event';
import { InvalidEventPattern, compilePattern } from '@commerce/events/pattern';

export type EventFilter = (event: StoredEvent) => boolean;

/** The fields of an event on the bus that a filter may name, and the operator that joins several patterns. */
const FIELDS = new Set(['source', 'detail-type', 'detail', '$or']);

/** Throws `InvalidEventPattern`, also for a field that no event has: with it nothing would ever be published. */
export function compileEventFilter(pattern: object): EventFilter {
  const unknown = Object.keys(pattern).find((name) => !FIELDS.has(name.split('.')[0] ?? ''));
  if (unknown !== undefined) throw new InvalidEventPattern(`An event has source, detail-type and detail, no ${unknown}`);
  const { matches } = compilePattern(pattern);
  return (event) => matches({ source: event.source, 'detail-type': event.type, detail: toEnvelope(event) });
}

/** Why a pattern is refused, or undefined. */
export function faultOfEventFilter(pattern: object): string | undefined {
  try {
    compileEventFilter(pattern);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidEventPattern) return error.reason;
    throw error;
  }
}
