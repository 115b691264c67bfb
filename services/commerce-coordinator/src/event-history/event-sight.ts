/**
 * What of the events a caller may read, wherever they are shown: history, the story of one, the stream, the last ones of the statistics.
 *
 * Promise: `events:read` shows what happens. The acts of people (the topic audit-events) are shown to whoever has `admin`, as in
 * `/api/audit`; fields that are marked as personal to whoever has `admin` or `users:read`: to all others they read as erased, and a
 * pattern judges them so too.
 */
import type { StoredEvent } from '@commerce/event-log/event';
import type { EventLog } from '@commerce/event-log/log';
import { asErased, marksOf, withoutPersonalData } from '@commerce/event-log/personal';
import type { PersonalReader } from '@commerce/event-log/personal';
import type { TopicName } from '@commerce/events/topics';
import type { Caller } from '@commerce/service-kit/auth';

export interface EventSight {
  /** For what is read from the database. */
  readonly personal: PersonalReader | undefined;
  readonly withoutTopic: TopicName | undefined;
  /** Personal data are shown as they are. */
  readonly seesPersonal: boolean;
  /** May the caller know of events of this topic? */
  sees(topic: string): boolean;
  /** The event as the caller reads it, of one in clear; undefined when he may not know of it. */
  shown(event: StoredEvent): StoredEvent | undefined;
}

const ACTS: TopicName = 'audit-events';

/** For the descriptions of routes. */
export const SIGHT_TEXT = 'The acts of people (topic audit-events) are shown with the scope admin; fields with personal data with admin or users:read, and read as erased without.';

export function eventSights({ catalogue, personal }: Pick<EventLog, 'catalogue' | 'personal'>): (caller: Pick<Caller, 'scopes'>) => EventSight {
  const marks = marksOf(catalogue);
  const blind = withoutPersonalData(marks);
  return ({ scopes }) => {
    const seesActs = scopes.has('admin');
    const seesPersonal = seesActs || scopes.has('users:read');
    const sees = (topic: string): boolean => seesActs || topic !== ACTS;
    return {
      sees, seesPersonal, personal: seesPersonal ? personal : blind, withoutTopic: seesActs ? undefined : ACTS,
      shown: (event) => (!sees(event.topic) ? undefined : seesPersonal ? event : asErased(marks, event)),
    };
  };
}
