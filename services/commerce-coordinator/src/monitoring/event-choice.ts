/** Which events somebody wants, said as in a subscription: names and wildcards, and an event pattern over the event as it is listed. Pure. */
import { historyItem } from '@commerce/event-log/history-item';
import type { HistoryItem } from '@commerce/event-log/history-item';
import type { StoredEvent } from '@commerce/event-log/event';
import { UnknownEventType } from '@commerce/events/catalogue';
import type { Catalogue, EventEntry } from '@commerce/events/catalogue';
import type { EventEnvelope } from '@commerce/events/envelope';
import type { CompiledPattern } from '@commerce/events/pattern';
import { Problem } from '@commerce/service-kit/problems';
import type { EventNames } from '@commerce/signals/event-names';
import type { SystemEvent } from '@commerce/signals/system-event';
import { monitoringProblems } from './problems.ts';

/** An event as it is listed, with the name under which webhooks know it. */
export interface NamedItem extends HistoryItem {
  readonly name: string;
}

export function namedItem(names: EventNames, event: StoredEvent): NamedItem {
  return { name: names.nameOf(event.type), ...historyItem(event) };
}

/** An event to try what listens, in the form of one that is listed as far as it can be. */
export interface TestItem extends EventEnvelope {
  readonly name: string;
  readonly topic: string;
  readonly subject?: string;
  readonly test: true;
}

export interface EventChoice {
  /** Is an event of this type wanted, as far as its type says? */
  readonly hears: (type: string) => boolean;
  /** Does the pattern let an item through? */
  readonly matches: (item: NamedItem) => boolean;
  readonly testItem: (event: SystemEvent) => TestItem | undefined;
}

/** `catalogue`: of what there is to choose from. Without names and pattern all is wanted. Throws a problem for a name that nothing of it has. */
export function eventChoice(names: EventNames, { entries }: Pick<Catalogue, 'entries'>, wanted: readonly string[], pattern: CompiledPattern | undefined): EventChoice {
  const heard = wanted.map((name) => resolved(names, name));
  const types = new Map<string, boolean>();
  const hears = (type: string): boolean => {
    let isHeard = types.get(type);
    if (isHeard === undefined) types.set(type, (isHeard = heard.length === 0 || heard.some((one) => one.hears(names.nameOf(type)))));
    return isHeard;
  };
  const matches = (item: object): boolean => pattern === undefined || pattern.matches(item);
  return {
    hears, matches,
    testItem: (event) => {
      const entry = entries.find(({ type }) => type === event.eventType);
      const item = entry !== undefined && hears(entry.type) ? testItem(entry, event) : undefined;
      return item !== undefined && matches(item) ? item : undefined;
    },
  };
}

function testItem({ topic, subject }: EventEntry, { userId: _userId, truncated, ...event }: SystemEvent): TestItem {
  // Of one that came cut from another process it may not be known.
  return { ...event, topic, ...(truncated === undefined && { subject: subject(event.data) }), test: true };
}

function resolved(names: EventNames, name: string): ReturnType<EventNames['resolve']> {
  try {
    return names.resolve(name);
  } catch (error) {
    if (error instanceof UnknownEventType) throw new Problem(monitoringProblems.unknown_event_name, { detail: error.message });
    throw error;
  }
}
