/**
 * What streams send of an event, made once for all of them: the text for those who see all, for those who see personal data, and for the others.
 * It is kept as long as the event is in memory, and no longer: an event of which something was erased is another one. Pure.
 */
import type { StoredEvent } from '@commerce/event-log/event';
import type { EventNames } from '@commerce/signals/event-names';
import type { EventSight } from '../event-history/event-sight.ts';
import { namedItem } from './event-choice.ts';
import type { EventChoice, NamedItem } from './event-choice.ts';
import { eventFrame } from './stream-frames.ts';
import type { Place } from './stream.ts';

/** The message for a stream: undefined when the event is not wanted, or not to be seen. */
export type FrameOf = (event: StoredEvent, place: Place, choice: EventChoice, sight: EventSight) => string | undefined;

interface Shown {
  readonly item: NamedItem;
  json: string | undefined;
}

/** `seal`: the id of a place. */
export function frameMaker(names: EventNames, seal: (place: Place) => string): FrameOf {
  const whole = new WeakMap<StoredEvent, Shown>();
  const inClear = new WeakMap<StoredEvent, Shown>();
  const erased = new WeakMap<StoredEvent, Shown>();
  const ids = new WeakMap<StoredEvent, { readonly recordedAtMs: number; readonly id: string }>();
  const idOf = (event: StoredEvent, place: Place): string => {
    let made = ids.get(event);
    if (made?.recordedAtMs !== place.recordedAtMs) ids.set(event, (made = { recordedAtMs: place.recordedAtMs, id: seal(place) }));
    return made.id;
  };
  return (event, place, choice, sight) => {
    if (!choice.hears(event.type) || !sight.sees(event.topic)) return undefined;
    const kept = sight.seesInside ? whole : sight.seesPersonal ? inClear : erased;
    let shown = kept.get(event);
    if (shown === undefined) {
      const seen = sight.shown(event);
      if (seen === undefined) return undefined;
      kept.set(event, (shown = { item: namedItem(names, seen), json: undefined }));
    }
    if (!choice.matches(shown.item)) return undefined;
    return eventFrame(idOf(event, place), (shown.json ??= JSON.stringify(shown.item)));
  };
}
