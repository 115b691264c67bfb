/** What a pause had no room for is read back to the event that was shown last. */
import { expect, test } from '@jest/globals';
import { readMissed } from './missed.ts';

/** 100 events, in pages of 10, the newest first. */
const read = async (cursor: string | undefined) => {
  const at = Number(cursor ?? '100');
  return { items: Array.from({ length: 10 }, (_, index) => ({ eventId: String(at - index) })), nextCursor: at > 10 ? String(at - 10) : null };
};
const all = (): boolean => true;

test('the oldest first, and no further than needed', async () => {
  const { events, reached } = await readMissed(read, all, '77', 1_000);
  expect([events[0]?.eventId, events.at(-1)?.eventId, events.length, reached]).toEqual(['78', '100', 23, true]);
});

test('no more than is of use', async () => {
  const { events, reached } = await readMissed(read, all, '77', 15);
  expect([events[0]?.eventId, events.length, reached]).toEqual(['86', 15, false]);
});

test('only what the filter lets through', async () => {
  const { events } = await readMissed(read, ({ eventId }) => eventId.endsWith('5'), '77', 1_000);
  expect(events.map(({ eventId }) => eventId)).toEqual(['85', '95']);
});

test('to the beginning when the event is not there', async () => {
  const { events, reached } = await readMissed(read, all, 'gone', 1_000);
  expect([events.length, reached]).toEqual([100, true]);
});
