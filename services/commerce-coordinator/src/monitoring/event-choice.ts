/** Which events somebody wants, said as in a subscription: names and wildcards, and an event pattern over the event as it is listed. Pure. */
import { historyItem } from '@commerce/event-log/history-item';
import type { HistoryItem } from '@commerce/event-log/history-item';
import type { StoredEvent } from '@commerce/event-log/event';
import { UnknownEventType } from '@commerce/events/catalogue';
import type { CompiledPattern } from '@commerce/events/pattern';
import { Problem } from '@commerce/service-kit/problems';
import type { EventNames } from '@commerce/signals/event-names';
import { monitoringProblems } from './problems.ts';

/** An event as it is listed, with the name under which webhooks know it. */
export interface NamedItem extends HistoryItem {
  readonly name: string;
}

export function namedItem(names: EventNames, event: StoredEvent): NamedItem {
  return { name: names.nameOf(event.type), ...historyItem(event) };
}

/** Gives the item of an event that is wanted. Without names and pattern all are. Throws a problem for a name that nothing has. */
export function eventChoice(names: EventNames, wanted: readonly string[], pattern: CompiledPattern | undefined): (event: StoredEvent) => NamedItem | undefined {
  const heard = wanted.map((name) => resolved(names, name));
  return (event) => {
    const name = names.nameOf(event.type);
    if (heard.length > 0 && !heard.some(({ hears }) => hears(name))) return undefined;
    const item = namedItem(names, event);
    return pattern === undefined || pattern.matches(item) ? item : undefined;
  };
}

function resolved(names: EventNames, name: string): ReturnType<EventNames['resolve']> {
  try {
    return names.resolve(name);
  } catch (error) {
    if (error instanceof UnknownEventType) throw new Problem(monitoringProblems.unknown_event_name, { detail: error.message });
    throw error;
  }
}
