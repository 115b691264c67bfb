import { describe, expect, test } from '@jest/globals';
import { createCatalogue } from '@commerce/events/catalogue';
import type { EventEntry } from '@commerce/events/catalogue';
import { catalogue, FulfillmentCompleted } from '@commerce/events/entries';
import { toCloudEvent } from '@commerce/events/cloud-events';
import type { EventEnvelope } from '@commerce/events/envelope';
import { z } from 'zod';
import { diffOf } from './diff.ts';

const ID = '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d';

function event(data: unknown, given: Partial<EventEnvelope> = {}): EventEnvelope {
  return {
    eventId: ID, eventType: 'FulfillmentCompleted', eventVersion: 'v1', timestamp: '2030-01-01T00:00:00.000Z', source: 'order-fulfillment', correlationId: ID, causationId: null,
    data: data as EventEnvelope['data'], metadata: {}, ...given,
  };
}

const inMessage = (detail: object, type = 'FulfillmentCompleted'): string => JSON.stringify({ version: '0', source: 'order-fulfillment', 'detail-type': type, detail });

describe('the difference between an event and the catalogue', () => {
  test('is none when it fits, in a message, by itself, and as a CloudEvent', () => {
    const fits = event(FulfillmentCompleted.example);
    for (const text of [inMessage(fits), JSON.stringify(fits), inMessage(toCloudEvent(fits))]) {
      expect(diffOf(catalogue, text)).toEqual({ eventType: 'FulfillmentCompleted', version: 'v1', currentVersion: 'v1', differences: [] });
    }
  });

  test('names each path: what is missing, what the schema does not have, what has another form; never a value', () => {
    const { orderId: _left, ...rest } = FulfillmentCompleted.example;
    const { differences } = diffOf(catalogue, inMessage({ ...event({ ...rest, clientId: 7, secret: 'hunter2' }), extra: true, timestamp: 'yesterday' }));
    expect(differences.map(({ path, problem }) => `${path} ${problem}`).sort()).toEqual(['data.clientId invalid', 'data.orderId missing', 'data.secret unknown', 'extra unknown', 'timestamp invalid']);
    expect(JSON.stringify(differences)).not.toMatch(/hunter2|yesterday/);
  });

  test('tells of a type and of a version that the catalogue does not have, and of what is no JSON', () => {
    expect(diffOf(catalogue, inMessage(event({}, { eventType: 'NeverHeard' }), 'NeverHeard'))).toMatchObject({ currentVersion: null, differences: [{ path: 'eventType', problem: 'unknown' }] });
    expect(diffOf(catalogue, inMessage(event(FulfillmentCompleted.example, { eventVersion: 'v9' })))).toMatchObject({ version: 'v9', currentVersion: 'v1', differences: [{ path: 'eventVersion', problem: 'invalid' }] });
    expect(diffOf(catalogue, '{"cut')).toMatchObject({ eventType: null, differences: [{ path: '', problem: 'invalid' }] });
  });

  test('of an older version is that of the form in which readers see it', () => {
    const v1 = z.strictObject({ orderId: z.string(), lines: z.int() });
    const entry = {
      ...FulfillmentCompleted, versions: { v1, v2: v1.extend({ gift: z.boolean() }) }, upcasters: { v1: (data: object) => ({ ...data, gift: false }) }, example: { orderId: 'o', lines: 1, gift: false },
    } as unknown as EventEntry;
    const both = createCatalogue([entry]);
    expect(diffOf(both, JSON.stringify(event({ orderId: 'o', lines: 2 })))).toMatchObject({ version: 'v1', currentVersion: 'v2', differences: [] });
    expect(diffOf(both, JSON.stringify(event({ orderId: 'o' })))).toMatchObject({ differences: [{ path: 'data.lines', problem: 'missing' }] });
    expect(diffOf(both, JSON.stringify(event({ orderId: 'o', lines: 2 }, { eventVersion: 'v2' })))).toMatchObject({ differences: [{ path: 'data.gift', problem: 'missing' }] });
  });
});
