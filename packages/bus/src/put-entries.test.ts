import { describe, expect, test } from '@jest/globals';
import { toEnvelope } from '@commerce/event-log/event';
import { MAX_ENTRY_BYTES } from '@commerce/event-log/prepare';
import { toCloudEvent } from '@commerce/events/cloud-events';
import { insideOf } from '@commerce/events/inside';
import fc from 'fast-check';
import { stored } from '../test-kit/events.ts';
import { pendingOf } from './pending.ts';
import { entryOf, MAX_ENTRIES, packCalls } from './put-entries.ts';

const event = stored();

describe('packing calls', () => {
  test('keeps every entry, in order, ten at most and never over the limit unless one alone is', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 100, max: 1_200_000 }), { maxLength: 60 }), (sizes) => {
        const pending = sizes.map((bytes) => ({ event, detail: '', bytes, tries: 0 }));
        const calls = packCalls(pending);
        expect(calls.flat()).toEqual(pending);
        for (const call of calls) {
          expect(call.length).toBeGreaterThan(0);
          expect(call.length).toBeLessThanOrEqual(MAX_ENTRIES);
          if (call.length > 1) expect(call.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(MAX_ENTRY_BYTES);
        }
      }),
    );
  });

  test('says beside the event why it is sent once more, and counts that', () => {
    const [plain, again] = [pendingOf(event), pendingOf(event, 'envelope', 'replay:1')];
    expect([entryOf(plain, 'bus'), entryOf(again, 'bus')]).toEqual([expect.not.objectContaining({ Resources: expect.anything() }), { ...entryOf(plain, 'bus'), Resources: ['replay:1'] }]);
    expect(again.bytes - plain.bytes).toBe(8);
  });

  test('puts the envelope into the detail, or the CloudEvent that it is', () => {
    expect(JSON.parse(pendingOf(event).detail)).toEqual(toEnvelope(event));
    const inside = insideOf([{ type: event.type, inside: ['secret'] }, { type: 'Other' }]);
    const kept = { ...event, data: { ...(event.data as object), secret: 'ours' } };
    expect(JSON.parse(pendingOf(kept, 'envelope', undefined, inside).detail)).toEqual(toEnvelope(event));
    expect(JSON.parse(pendingOf({ ...kept, type: 'Other' }, 'envelope', undefined, inside).detail).data).toEqual(kept.data);
    expect(JSON.parse(pendingOf(event, 'cloudevents').detail)).toEqual({ ...toCloudEvent(toEnvelope(event)), subject: event.subject });
  });

  test('counts bytes of UTF-8, not characters', () => {
    const plain = pendingOf(stored({ data: { text: 'aaaa' } }));
    const wide = pendingOf(stored({ data: { text: '漢漢漢漢' } }));
    expect(wide.bytes - plain.bytes).toBe(8);
  });
});
