/**
 * What of the events a caller may read, wherever they are shown: history, the story of one, the stream, the last ones of the statistics.
 *
 * Promise: `events:read` shows what happens. The acts of people (the topic audit-events) are shown to whoever has `admin`, as in
 * `/api/audit`, and so are members that an entry of the catalogue keeps inside, which no bus and no webhook carries; fields that are marked as
 * personal to whoever has `admin` or `users:read`: to all others they read as erased. A pattern judges what is shown.
 */
import type { StoredEvent } from '@commerce/event-log/event';
import type { EventLog } from '@commerce/event-log/log';
import { asErased, marksOf, withoutPersonalData } from '@commerce/event-log/personal';
import type { Marks, PersonalReader } from '@commerce/event-log/personal';
import { insideOf, outside } from '@commerce/events/inside';
import type { Inside } from '@commerce/events/inside';
import type { TopicName } from '@commerce/events/topics';
import type { Caller } from '@commerce/service-kit/auth';
import { seesPersonalData } from '../personal-sight.ts';

export interface EventSight {
  /** For what is read from the database. */
  readonly personal: PersonalReader | undefined;
  readonly withoutTopic: TopicName | undefined;
  /** Personal data are shown as they are. */
  readonly seesPersonal: boolean;
  /** What is kept inside is shown. */
  readonly seesInside: boolean;
  /** May the caller know of events of this topic? */
  sees(topic: string): boolean;
  /** The event as the caller reads it, of one in clear; undefined when he may not know of it. */
  shown(event: StoredEvent): StoredEvent | undefined;
}

const ACTS: TopicName = 'audit-events';

/** For the descriptions of routes. */
export const SIGHT_TEXT = 'The acts of people (topic audit-events), and members that are kept inside, are shown with the scope admin; fields with personal data with admin or users:read, and read as erased without.';

export function eventSights({ catalogue, personal }: Pick<EventLog, 'catalogue' | 'personal'>): (caller: Pick<Caller, 'scopes'>) => EventSight {
  const marks = marksOf(catalogue);
  const inside = insideOf(catalogue.entries);
  const blind = withoutPersonalData(marks);
  const fromOutside = readerFromOutside(catalogue, inside);
  const [whole, inClear, erased] = [personal, fromOutside(personal), fromOutside(blind)];
  return ({ scopes }) => {
    const seesActs = scopes.has('admin');
    const seesPersonal = seesPersonalData({ scopes });
    const sees = (topic: string): boolean => seesActs || topic !== ACTS;
    return {
      sees, seesPersonal, seesInside: seesActs, personal: seesActs ? whole : seesPersonal ? inClear : erased, withoutTopic: seesActs ? undefined : ACTS,
      shown: (event) => (seesActs ? event : !sees(event.topic) ? undefined : outside(inside, seesPersonal ? event : asErased(marks, event))),
    };
  };
}

/** Reads events as a reader of personal data does, and leaves out what is kept inside. It has a mark on all of which something is. */
function readerFromOutside({ entries }: Pick<EventLog['catalogue'], 'entries'>, inside: Inside): (reader: PersonalReader | undefined) => PersonalReader {
  const kept: Marks = new Map(entries.filter(({ type }) => inside.has(type)).map((entry) => [entry.type, { entry, shapes: new Map(), byVersion: new Map(), current: [] }]));
  return (reader) => ({
    marks: new Map([...kept, ...(reader?.marks ?? [])]),
    open: async (db, events) => ((await reader?.open(db, events)) ?? events).map((event) => outside(inside, event)),
  });
}
