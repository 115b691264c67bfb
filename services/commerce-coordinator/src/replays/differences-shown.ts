/**
 * What a caller is shown of what a replay changes: events as the history shows them, rows without what is personal for whoever may not
 * see that. Pure.
 */
import type { StoredEvent } from '@commerce/event-log/event';
import type { KeptDifference } from '@commerce/event-log/replay-rows';
import type { Catalogue } from '@commerce/events/catalogue';
import type { EventSight } from '../event-history/event-sight.ts';
import { rowAsErased } from '../personal-data/personal-rows.ts';

export type ShownDifference = Omit<KeptDifference, 'place'>;

/** Who is shown it by this sight. */
export function differencesShown(catalogue: Pick<Catalogue, 'entries' | 'currentVersion'>, sight: Pick<EventSight, 'seesPersonal' | 'shown'>): (difference: KeptDifference) => ShownDifference {
  const eventShown = (type: string, data: unknown): unknown => {
    const entry = catalogue.entries.find((one) => one.type === type);
    // Of a type that is not loaded any more nobody knows what is personal in it.
    if (entry === undefined || data === null) return sight.seesPersonal ? data : null;
    const event: Pick<StoredEvent, 'type' | 'version' | 'topic' | 'data'> = { type, version: catalogue.currentVersion(type), topic: entry.topic, data };
    return sight.shown(event as StoredEvent)?.data ?? null;
  };
  return ({ place: _place, ...difference }) => {
    const { kind, name, before, after } = difference;
    if (kind === 'event') return { ...difference, before: eventShown(name, before), after: eventShown(name, after) };
    return sight.seesPersonal ? difference : { ...difference, before: rowAsErased(before), after: rowAsErased(after) };
  };
}
