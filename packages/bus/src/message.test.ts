import { describe, expect, test } from '@jest/globals';
import { toCloudEvent } from '@commerce/events/cloud-events';
import { createCatalogue } from '@commerce/events/catalogue';
import type { EventEntry } from '@commerce/events/catalogue';
import { catalogue, FulfillmentCompleted } from '@commerce/events/entries';
import { SOURCE } from '../test-kit/aws.ts';
import { completion, delivery } from '../test-kit/events.ts';
import { createDecoder } from './message.ts';

type Schema = EventEntry['versions'][string];

const decode = createDecoder(catalogue, [{ source: SOURCE, type: 'FulfillmentCompleted' }]);

describe('what stands in a message', () => {
  test('an accepted event comes out as it went in', () => {
    const envelope = completion();
    expect(decode(delivery(envelope))).toEqual({ kind: 'event', envelope });
  });

  test('an event that comes as a CloudEvent is the same event', () => {
    const envelope = completion();
    expect(decode(delivery(envelope, { detail: toCloudEvent(envelope, { subject: 'order' }) }))).toEqual({ kind: 'event', envelope });
  });

  test('a known type in an unknown version is kept for later', () => {
    const envelope = completion({ eventVersion: 'v7', data: { anything: 'new' } });
    expect(decode(delivery(envelope))).toEqual({ kind: 'event', envelope });
  });

  test('members of the data that are not known stay where they are, at every depth', () => {
    const { data } = completion();
    const lines = (data as { lines: object[] }).lines.map((line) => ({ ...line, weight: { grams: 12 } }));
    const envelope = completion({ data: { ...(data as object), lines, mood: 'good' } });
    expect(decode(delivery(envelope))).toEqual({ kind: 'event', envelope });
  });

  describe('in an older version', () => {
    const { versions: { v1 }, ...entry } = FulfillmentCompleted as unknown as EventEntry;
    const v2 = (v1 as Schema).omit({ clientId: true });
    const step = ({ clientId, ...others }: { clientId: string }): object => (clientId === 'nobody' ? { ...others, status: 'lost' } : others);
    const read = createDecoder(createCatalogue([{ ...entry, versions: { v1: v1 as Schema, v2 }, upcasters: { v1: step } }]), [{ source: SOURCE, type: 'FulfillmentCompleted' }]);
    const of = (clientId: string) => completion({ data: { ...(completion().data as object), clientId } });

    test('it comes out as it went in', () => {
      const envelope = of('acme');
      expect(read(delivery(envelope))).toEqual({ kind: 'event', envelope });
    });

    test('invalid: it has no form in the current one', () => {
      expect(read(delivery(of('nobody')))).toMatchObject({ kind: 'refused', reason: 'invalid', detail: expect.stringContaining('The data of FulfillmentCompleted v2 does not fit its schema: status: ') });
    });
  });

  const secret = 'S3CRET-4111111111111111';
  const event = completion();
  test.each([
    ['malformed', 'not JSON', `{"${secret}`],
    ['malformed', 'a number', '17'],
    ['malformed', 'null', 'null'],
    ['malformed', 'no delivery', JSON.stringify(event)],
    ['malformed', 'a detail that is text', delivery(event, { detail: JSON.stringify(event) })],
    ['malformed', 'a detail that is a list', delivery(event, { detail: [event] })],
    ['unknown_type', 'a type of nobody', delivery({ ...event, eventType: 'OrderTeleported' })],
    ['not_accepted', 'a type from another source', delivery({ ...event, source: 'somebody-else' })],
    ['not_accepted', 'an own event over the queue', delivery({ ...event, eventType: 'OrderCreated' })],
    ['mismatch', 'an event under the name of another source', delivery({ ...event, source: 'order-service' }, { source: SOURCE })],
    ['mismatch', 'an event under another type', delivery({ ...event, eventType: 'OrderCreated' }, { 'detail-type': 'FulfillmentCompleted' })],
    ['mismatch', 'a CloudEvent of another source', delivery(event, { detail: { ...toCloudEvent(event), source: 'order-service' } })],
    ['mismatch', 'a CloudEvent of another type', delivery(event, { detail: { ...toCloudEvent(event), type: 'OrderCreated' } })],
    ['invalid', 'a CloudEvent of another version', delivery(event, { detail: { ...toCloudEvent(event), specversion: secret } })],
    ['invalid', 'a CloudEvent whose data do not fit', delivery(event, { detail: { ...toCloudEvent(event), data: { card: secret } } })],
    ['invalid', 'a detail that is empty', delivery(event, { detail: { source: SOURCE, eventType: 'FulfillmentCompleted' } })],
    ['invalid', 'an envelope with more in it', delivery(event, { detail: { ...event, more: secret } })],
    ['invalid', 'data that do not fit', delivery({ ...event, data: { orderId: 17, card: secret } })],
    ['invalid', 'data without end', delivery(event).replace('"data":{', `"data":{"deep":${'['.repeat(5_000)}${']'.repeat(5_000)},`)],
    ['invalid', 'a prototype in the data', delivery(event).replace('"data":{', `"data":{"__proto__":{"status":"completed"},`)],
  ])('%s: %s', (reason, _name, body) => {
    const decoded = decode(body);
    expect(decoded).toMatchObject({ kind: 'refused', reason });
    expect(JSON.stringify(decoded)).not.toContain(secret);
  });

  test('a refusal names the event where it can be told', () => {
    expect(decode(delivery({ ...event, data: {} }))).toMatchObject({ reason: 'invalid', eventId: event.eventId, eventType: 'FulfillmentCompleted' });
    expect(decode(delivery({ ...event, data: {} }))).toMatchObject({ detail: expect.stringContaining('orderId: ') });
    expect(decode(delivery({ ...event, eventId: 'x\u0000' }))).toMatchObject({ reason: 'invalid', eventId: null });
  });

  test('accepting a type that the catalogue does not have is refused at the start', () => {
    expect(() => createDecoder(catalogue, [{ source: SOURCE, type: 'Fulfilled' }])).toThrow('the catalogue does not have: Fulfilled');
  });
});
