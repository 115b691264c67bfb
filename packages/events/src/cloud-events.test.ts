import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from './canonical.ts';
import { fromCloudEvent, isCloudEvent, toCloudEvent } from './cloud-events.ts';
import { publishedCatalogue } from './entries/all.ts';
import type { EventEnvelope } from './envelope.ts';

const envelope: EventEnvelope = {
  eventId: '0193a6a0-6100-7def-8123-456789abcdef', eventType: 'UserDeactivated', eventVersion: 'v1', timestamp: '2026-11-21T09:30:00.000Z', source: 'catalog-service',
  correlationId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3e', causationId: '0193a6a0-60ff-7aaa-9bbb-ccccddddeeee', data: { userId: 'VINET' },
  metadata: { userId: 'anna', sessionId: 's-1', traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', sequence: 3 },
};
function isStorable(value: unknown): boolean {
  try {
    return canonicalJson(value) !== '';
  } catch {
    return false;
  }
}

const back = (event: EventEnvelope): unknown => fromCloudEvent(JSON.parse(JSON.stringify(toCloudEvent(event, { subject: 'VINET' }))));

describe('The CloudEvents form', () => {
  test('has the attributes of CloudEvents 1.0 and only names that CloudEvents allows', () => {
    const event = toCloudEvent({ ...envelope, metadata: { ...envelope.metadata, channel: { of: 'shop' } } }, { subject: 'VINET', dataSchema: 'https://cc.example/schema' });
    expect(event).toEqual({
      specversion: '1.0', id: envelope.eventId, source: 'catalog-service', type: 'UserDeactivated', time: envelope.timestamp, datacontenttype: 'application/json', subject: 'VINET',
      dataschema: 'https://cc.example/schema', eventversion: 'v1', correlationid: envelope.correlationId, causationid: envelope.causationId, userid: 'anna', sessionid: 's-1',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', sequence: '3', eventmetadata: '{"channel":{"of":"shop"}}', data: { userId: 'VINET' },
    });
    expect(Object.keys(event).filter((name) => !/^[a-z0-9]{1,20}$/.test(name))).toEqual([]);
  });

  test('comes back as the same envelope, to the byte', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter(isStorable);
    fc.assert(fc.property(
      text, fc.dictionary(text.filter((name) => name !== '__proto__' && !['userId', 'sessionId', 'traceparent', 'sequence'].includes(name)), fc.jsonValue({ stringUnit: 'grapheme' }).filter(isStorable)), fc.boolean(),
      (source, more, isFirst) => {
        const event = { ...envelope, source, causationId: isFirst ? null : envelope.causationId, metadata: { ...more, ...(isFirst ? {} : envelope.metadata) } };
        expect(canonicalJson(back(event))).toBe(canonicalJson(event));
      },
    ));
  });

  test.each(['order-service', 'https://id.example/realms/a b', 'Käse & Söhne', '100%', '%41%20', '#[part]'])('has a source that is a URI reference, and is again what it was: %s', (source) => {
    const event = toCloudEvent({ ...envelope, source });
    expect(event.source).toMatch(/^(?:[\w.~:/?#@!$&'()*+,;=-]|%[0-9A-F]{2})+$/);
    expect(back({ ...envelope, source })).toEqual({ ...envelope, source });
  });

  test('of every example in the catalogue is taken by the catalogue again', () => {
    for (const { type, example } of publishedCatalogue.entries) {
      const event = { ...envelope, eventType: type, eventVersion: publishedCatalogue.currentVersion(type), data: example };
      expect(publishedCatalogue.checkEnvelope(back(event))).toEqual(event);
    }
  });
});

describe('A CloudEvent of somebody else', () => {
  const theirs = { specversion: '1.0', id: envelope.eventId, source: 'https://id.example/realms/shop', type: 'UserRegistered', eventversion: 'v1', time: '2026-11-21T11:30:00+02:00', data: { userId: 'VINET' } };

  test('begins a flow of its own, is told in UTC, and keeps what only its maker knows', () => {
    expect(publishedCatalogue.checkEnvelope(fromCloudEvent({ ...theirs, partitionkey: 'eu', subject: 'whatever' }))).toEqual({
      eventId: envelope.eventId, eventType: 'UserRegistered', eventVersion: 'v1', timestamp: '2026-11-21T09:30:00.000Z', source: 'https://id.example/realms/shop',
      correlationId: envelope.eventId, causationId: null, data: { userId: 'VINET' }, metadata: { partitionkey: 'eu' },
    });
  });

  test.each([
    ['another version of CloudEvents', { specversion: '0.3' }],
    ['data that are not JSON', { datacontenttype: 'text/xml' }],
    ['binary data', { data_base64: 'AA==' }],
    ['metadata that are no object', { eventmetadata: '[]' }],
    ['metadata that are not JSON', { eventmetadata: '{' }],
  ])('is no event of ours with %s', (_name, part) => {
    expect(isCloudEvent({ ...theirs, ...part })).toBe(true);
    expect(fromCloudEvent({ ...theirs, ...part })).toBeUndefined();
  });

  test('is judged as every other event', () => {
    expect(() => publishedCatalogue.checkEnvelope(fromCloudEvent({ ...theirs, sequence: 'first' }))).toThrow('metadata.sequence');
    expect(() => publishedCatalogue.checkEnvelope(fromCloudEvent({ ...theirs, eventversion: undefined }))).toThrow('eventVersion');
    expect(() => publishedCatalogue.checkEnvelope(fromCloudEvent({ ...theirs, data: { userId: 7 } }))).toThrow('userId');
    expect([null, 'text', [], { eventId: envelope.eventId }, { specversion: 1 }].filter(isCloudEvent)).toEqual([]);
  });
});
