/** Makes the decoder of what lies in the dead-letter topic of a topic of events: a record as text, with its headers. */
import type { Catalogue } from '@commerce/events/catalogue';
import { deliveryOf } from './event-record.ts';
import type { AcceptedEvent, Decoded } from './message.ts';
import { createJudge, refused } from './message.ts';

/** Throws with all faults when `accepts` names types that the catalogue does not have. @param isOurs whether an event with these data is for this service */
export function createRecordDecoder(catalogue: Catalogue, accepts: readonly AcceptedEvent[], isOurs: (data: unknown) => boolean): (body: string, headers: Readonly<Record<string, string>>) => Decoded {
  const judge = createJudge(catalogue, accepts);
  return (body, headers) => {
    const delivery = deliveryOf({ value: Buffer.from(body), headers: new Map(Object.entries(headers)) });
    if (delivery === undefined) return refused('malformed', NO_EVENT, {});
    return isOurs(delivery.detail['data']) ? judge(delivery) : refused('not_accepted', 'It is for another client.', delivery.detail);
  };
}

export const NO_EVENT = 'The record is no event: a JSON object, with source and event-type in the headers.';
