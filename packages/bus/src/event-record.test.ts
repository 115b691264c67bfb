import { describe, expect, test } from '@jest/globals';
import { toEnvelope } from '@commerce/event-log/event';
import { fromCloudEvent } from '@commerce/events/cloud-events';
import { stored } from '../test-kit/events.ts';
import type { EventRecord } from './event-record.ts';
import { deliveryOf, namedBy, recordOf } from './event-record.ts';
import { pendingOf } from './pending.ts';

const event = stored({ subject: 'order-1' });
/** As it is read again. */
const read = ({ value, headers }: Pick<EventRecord, 'value' | 'headers'>) => ({ value: Buffer.from(value), headers: new Map(Object.entries(headers)) });

describe('an event as a record', () => {
  test('has the topic of its type, its subject as the key, and comes back with its source and type', () => {
    const record = recordOf(pendingOf(event));
    expect(record).toMatchObject({ topic: 'fulfillment-events', key: 'order-1', headers: { 'content-type': 'application/json', source: event.source, 'event-type': event.type, 'event-id': event.eventId } });
    expect(deliveryOf(read(record))).toEqual({ source: event.source, 'detail-type': event.type, detail: toEnvelope(event) });
  });

  test('is a CloudEvent where that is the form on the bus', () => {
    const record = recordOf(pendingOf(event, 'cloudevents', 'replay/1'), 'cloudevents');
    expect(record.headers).toMatchObject({ 'content-type': 'application/cloudevents+json', resource: 'replay/1' });
    expect(fromCloudEvent(deliveryOf(read(record))?.detail ?? {})).toEqual(toEnvelope(event));
  });
});

describe('a record is no event', () => {
  const { value, headers } = recordOf(pendingOf(event));

  test.each([['text', 'not JSON'], ['a list', '[]'], ['nothing', 'null']])('when its value is %s', (_what, text) => {
    expect(deliveryOf(read({ value: text, headers }))).toBeUndefined();
  });

  test('when it has no value, bytes that are no UTF-8, or does not name its source and type', () => {
    expect(deliveryOf({ value: undefined, headers: new Map(Object.entries(headers)) })).toBeUndefined();
    expect(deliveryOf({ value: Buffer.from([0x7b, 0xff, 0x7d]), headers: new Map(Object.entries(headers)) })).toBeUndefined();
    expect(deliveryOf(read({ value, headers: { source: event.source } }))).toBeUndefined();
    expect(namedBy({ headers: new Map([['event-type', event.type]]) })).toBeUndefined();
  });
});
