import { expect, test } from '@jest/globals';
import { following } from './event-story.ts';
import type { StoryEvent } from './event-story.ts';

const event = (eventId: string, causationId: string | null): StoryEvent => ({
  eventId, causationId, eventType: 'Added', eventVersion: 'v1', timestamp: '', source: 'test', correlationId: 'c', topic: 'order-events', subject: 's', origin: 'own', recordedAt: '', handler: null, attempt: null,
});
const EVENTS = [event('a', null), event('b', 'a'), event('c', 'a'), event('d', 'b'), event('e', 'c'), event('f', 'd'), event('other', 'elsewhere')];
const drawn = (eventId: string, events: readonly StoryEvent[], limits = { depth: 9, count: 9 }) => {
  const { events: taken, isCut } = following(eventId, events, limits);
  return [taken.map(({ depth, event: one }) => `${depth}${one.eventId}`).join(' '), isCut];
};

test('what an event caused stands below it, each branch to its end before the next', () => {
  expect(drawn('a', EVENTS)).toEqual(['1b 2d 3f 1c 2e', false]);
  expect(drawn('b', EVENTS)).toEqual(['1d 2f', false]);
  expect(drawn('f', EVENTS)).toEqual(['', false]);
});

test('a tree that is too deep or too large is cut, and says so', () => {
  expect(drawn('a', EVENTS, { depth: 2, count: 9 })).toEqual(['1b 2d 1c 2e', true]);
  expect(drawn('a', EVENTS, { depth: 9, count: 3 })).toEqual(['1b 2d 3f', true]);
  expect(drawn('a', EVENTS, { depth: 3, count: 5 })).toEqual(['1b 2d 3f 1c 2e', false]);
});

test('events that name each other as their causes are told once', () => {
  expect(drawn('x', [event('x', 'z'), event('y', 'x'), event('z', 'y')])).toEqual(['1y 2z', false]);
});
