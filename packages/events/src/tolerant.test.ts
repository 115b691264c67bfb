/** What a reader lets through: members that it does not know, and nothing that it knows better. */
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { createCatalogue, defineEvent, InvalidEvent } from './catalogue.ts';
import type { EventEntry } from './catalogue.ts';

const line = z.strictObject({ sku: z.string(), quantity: z.int().min(1) });
const Packed = defineEvent({
  type: 'Packed', constant: 'PACKED', webhook: 'box.packed', topic: 'order-events', description: 'A box was packed.',
  versions: {
    v1: z.strictObject({
      box: z.string(), lines: z.array(line).min(1), first: line.optional(), second: line.nullish(), pair: z.tuple([line, z.string()]).optional(),
      by: z.union([z.strictObject({ robot: z.string() }), z.strictObject({ person: z.string() })]).optional(),
      kind: z.discriminatedUnion('is', [z.strictObject({ is: z.literal('small') }), z.strictObject({ is: z.literal('large'), metres: z.number() })]).optional(),
      shelves: z.record(z.string().max(3), line).optional(), notes: z.record(z.string(), z.unknown()).optional(),
    }).refine(({ lines, box }) => lines.length < 3 || box !== 'tiny', 'too much for the box'),
  },
  subject: ({ box }) => box,
  example: { box: 'a', lines: [{ sku: 'x', quantity: 1 }] },
});
const catalogue = createCatalogue([Packed as unknown as EventEntry]);
const envelope = (data: object, more: object = {}) => ({
  eventId: '0193a6a0-6100-7def-8123-456789abcdef', eventType: 'Packed', eventVersion: 'v1', timestamp: '2026-11-21T09:30:00.000Z', source: 'packer',
  correlationId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3e', causationId: null, data, metadata: {}, ...more,
});
const good = { sku: 'x', quantity: 1 };
const data = { box: 'a', lines: [good] };
const more = { ...good, colour: 'red' };

describe('An event that arrives', () => {
  test.each<[string, object]>([
    ['at its top', { ...data, weight: 3 }],
    ['in an object of a list', { ...data, lines: [good, more] }],
    ['in an optional object', { ...data, first: more }],
    ['in one that may be null', { ...data, second: more }],
    ['in a tuple', { ...data, pair: [more, 'x'] }],
    ['in a choice', { ...data, by: { person: 'Ada', since: 1 } }],
    ['in a choice with a tag', { ...data, kind: { is: 'large', metres: 2, wide: true } }],
    ['in a record', { ...data, shelves: { one: more } }],
  ])('may have a member that is not known, %s: it is given back as it came, and refused when it is to be published', (_where, given) => {
    const event = envelope(given);
    expect(catalogue.checkEnvelope(event)).toBe(event);
    expect(() => catalogue.checkData('Packed', given)).toThrow(InvalidEvent);
  });

  test.each<[string, object, string]>([
    ['a known member of another type', { ...data, box: 1, weight: 3 }, 'box: '],
    ['a member that is missing beside one that is not known', { box: 'a', weight: 3 }, 'lines: '],
    ['a known member in an object of a list', { ...data, lines: [{ ...more, quantity: 0 }] }, 'lines.0.quantity: '],
    ['a choice that is none', { ...data, by: { dog: 'Rex' } }, 'by: '],
    ['a tag that is none', { ...data, kind: { is: 'huge', wide: true } }, 'kind.is: '],
    ['a name in a record that is too long', { ...data, shelves: { long: more } }, 'shelves'],
    ['a rule over several members, beside one that is not known', { box: 'tiny', lines: [good, good, good], weight: 3 }, 'too much for the box'],
    ['a prototype', JSON.parse('{"box":"a","lines":[{"sku":"x","quantity":1}],"__proto__":{"x":1}}') as object, 'has a member __proto__'],
    ['a prototype far inside', { ...data, extra: [JSON.parse('{"__proto__":1}')] }, 'has a member __proto__'],
    ['depth without end', { ...data, extra: JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`) as object }, 'lies deeper than 64 levels'],
  ])('is refused for %s', (_what, given, message) => {
    expect(() => catalogue.checkEnvelope(envelope(given))).toThrow(message);
  });

  test('has an envelope of the known members alone: what stands beside them would not be kept', () => {
    expect(() => catalogue.checkEnvelope(envelope(data, { more: 1 }))).toThrow('Unrecognized key');
  });
});
