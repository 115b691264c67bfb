import { describe, expect, it } from '@jest/globals';
import { catalogue } from '@commerce/events/entries';
import { EventRefused, verifyAndParseEvent, verifyAndParseMessage } from './events.ts';
import type { EventRefusal, FulfillmentEvent } from './events.ts';

const CLIENT = 'commerce-coordinator';
const TYPES = [
  'FulfillmentAccepted', 'FulfillmentLineSettled', 'FulfillmentCompleted', 'FulfillmentFailed', 'FulfillmentHeld', 'FulfillmentReleased', 'FulfillmentCancelled', 'FulfillmentRevoked',
];

function envelope(type: string): Record<string, unknown> {
  return {
    eventId: '0193a6a0-6000-7abc-9def-0123456789ab', eventType: type, eventVersion: 'v1', timestamp: '2026-11-21T10:00:00.000Z', source: 'order-fulfillment',
    correlationId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d', causationId: null, data: catalogue.entry(type).example, metadata: { sequence: 3 },
  };
}

/** What EventBridge delivers; `inner` and `outer` change the event and its delivery. */
function delivered(type: string, inner: object = {}, outer: object = {}): Record<string, unknown> {
  return {
    version: '0', id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718', 'detail-type': type, source: 'order-fulfillment', account: '000000000000',
    time: '2026-11-21T10:00:00Z', region: 'eu-central-1', resources: [], detail: { ...envelope(type), ...inner }, ...outer,
  };
}

function refusal(act: () => unknown): EventRefused {
  try {
    act();
  } catch (error) {
    if (error instanceof EventRefused) return error;
    throw error;
  }
  throw new Error('It was accepted.');
}

describe('An event of Order Fulfillment', () => {
  it.each(TYPES)('is read: %s', (type) => {
    const event = verifyAndParseMessage(JSON.stringify(delivered(type)), { clientId: CLIENT, account: '000000000000' });
    expect(event).toEqual(envelope(type));
    expect(verifyAndParseEvent(delivered(type), { clientId: CLIENT })).toEqual(event);
  });

  it('has the data of its type', () => {
    const event: FulfillmentEvent = verifyAndParseEvent(delivered('FulfillmentReleased'), { clientId: CLIENT });
    // The type of `from` is known here without a cast: tsc holds this line.
    const from: 'on_hold' | 'scheduled' | undefined = event.eventType === 'FulfillmentReleased' ? event.data.from : undefined;
    expect(from).toBe('on_hold');
  });

  it('may come under another name, if that is agreed', () => {
    const expected = { clientId: CLIENT, source: 'other-fulfilment' };
    expect(verifyAndParseEvent(delivered('FulfillmentHeld', { source: 'other-fulfilment' }, { source: 'other-fulfilment' }), expected).source).toBe('other-fulfilment');
    expect(refusal(() => verifyAndParseEvent(delivered('FulfillmentHeld'), expected)).reason).toBe('foreign_source');
  });

  const example = catalogue.entry('FulfillmentHeld').example as object;
  it.each<[string, EventRefusal, unknown]>([
    ['null', 'malformed', null],
    ['a list', 'malformed', [delivered('FulfillmentHeld')]],
    ['an event without a delivery', 'malformed', envelope('FulfillmentHeld')],
    ['a detail that is text', 'malformed', delivered('FulfillmentHeld', {}, { detail: '{}' })],
    ['another account', 'foreign_account', delivered('FulfillmentHeld', {}, { account: '111111111111' })],
    ['another source', 'foreign_source', delivered('FulfillmentHeld', {}, { source: 'someone-else' })],
    ['an event that is not of this service', 'unknown_type', delivered('OrderCreated')],
    ['the name of a method', 'unknown_type', delivered('FulfillmentHeld', {}, { 'detail-type': 'constructor' })],
    ['no type', 'unknown_type', delivered('FulfillmentHeld', {}, { 'detail-type': undefined })],
    ['a newer version', 'unknown_version', delivered('FulfillmentHeld', { eventVersion: 'v2' })],
    ['another source inside', 'mismatch', delivered('FulfillmentHeld', { source: 'someone-else' })],
    ['another type inside', 'mismatch', delivered('FulfillmentHeld', { eventType: 'FulfillmentReleased' })],
    ['no id', 'invalid', delivered('FulfillmentHeld', { eventId: undefined })],
    ['a member that nobody knows', 'invalid', delivered('FulfillmentHeld', { more: 'secret' })],
    ['data that does not fit', 'invalid', delivered('FulfillmentHeld', { data: { ...example, reason: { code: 'Not a code: secret' } } })],
    ['a fulfillment of another client', 'foreign_client', delivered('FulfillmentHeld', { data: { ...example, clientId: 'acme-secret' } })],
  ])('is refused with %s: %s', (_what, reason, given) => {
    const expected = { clientId: CLIENT, account: '000000000000' };
    const refused = refusal(() => verifyAndParseEvent(given, expected));
    expect(refused.reason).toBe(reason);
    expect(refused.message).not.toMatch(/secret/);
    expect(refusal(() => verifyAndParseMessage(JSON.stringify(given), expected)).reason).toBe(reason);
  });

  it('is refused when the message is no JSON, or larger than any message can be', () => {
    expect(refusal(() => verifyAndParseMessage('{', { clientId: CLIENT })).reason).toBe('malformed');
    expect(refusal(() => verifyAndParseMessage(`"${'x'.repeat(1_048_576)}"`, { clientId: CLIENT })).reason).toBe('too_large');
  });
});
