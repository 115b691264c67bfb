/** Which dead letters are meant. */
import { describe, expect, test } from '@jest/globals';
import { countIn, filtersOf, goneAt, isFiltered, JUDGED_WITHIN_MS, onTheirWay, progressOf, secondsFor, selectionOf, selectionText } from './selection.ts';
import type { Filters, Group } from './selection.ts';

const ANY: Filters = { kind: '', queue: '', reason: '', type: '', handler: '' };
const group = (given: Partial<Group>): Group => ({ kind: 'queue', queue: 'dead', reason: 'invalid_data', eventType: 'FulfillmentCompleted', handler: null, count: 3, oldest: '2026-11-20T00:00:00.000Z', ...given });

describe('a run', () => {
  test('of everything says so', () => {
    expect(selectionOf(ANY, false)).toEqual({ all: true });
    expect(selectionOf(ANY, true)).toEqual({ all: true, mended: true });
  });

  test('of a group names what the group has, and nothing that it does not have', () => {
    expect(selectionOf(filtersOf(group({})), true)).toEqual({ kinds: ['queue'], queue: 'dead', reason: 'invalid_data', type: 'FulfillmentCompleted', mended: true });
    expect(selectionOf(filtersOf(group({ kind: 'work', queue: null, handler: 'orders.fail', reason: 'timeout' })), false)).toEqual({ kinds: ['work'], reason: 'timeout', type: 'FulfillmentCompleted', handler: 'orders.fail' });
  });
});

test('what SQS has moved back is on its way until it must have been taken or refused, and nothing else is', () => {
  const endedAt = '2026-11-20T00:00:00.000Z';
  const endMs = Date.parse(endedAt);
  const run = { act: 'redrive', moved: 100, startedAt: '2026-11-19T23:00:00.000Z', endedAt } as const;
  expect([onTheirWay([run, { ...run, moved: 3 }], endMs + 1_000), onTheirWay([run], endMs + JUDGED_WITHIN_MS), onTheirWay([{ ...run, act: 'discard' }], endMs), onTheirWay([], endMs)]).toEqual([103, 0, 0, 0]);
  expect(onTheirWay([{ ...run, startedAt: endedAt, endedAt: null }], endMs + 1_000)).toBe(100);
});

test('what the filters leave is counted', () => {
  const groups = [group({}), group({ reason: 'unknown_type', count: 4 }), group({ kind: 'work', queue: null, handler: 'a.b', count: 5 })];
  expect([countIn(ANY, groups), countIn({ ...ANY, kind: 'queue' }, groups), countIn({ ...ANY, handler: 'a.b' }, groups), countIn({ ...ANY, reason: 'none' }, groups)]).toEqual([12, 7, 5, 0]);
  expect([isFiltered(ANY), isFiltered({ ...ANY, type: 'X' })]).toEqual([false, true]);
});

test('progress is what was done in any way, and never beyond what there is', () => {
  const none = { toDo: null, redriven: 0, known: 0, refused: 0, discarded: 0, moved: 0 };
  expect(progressOf(none)).toEqual({ done: 0, of: 0 });
  expect(progressOf({ ...none, toDo: 10, redriven: 3, known: 1, refused: 2 })).toEqual({ done: 6, of: 10 });
  expect(progressOf({ ...none, toDo: 5, moved: 6 })).toEqual({ done: 6, of: 6 });
  expect([secondsFor(100, 100), secondsFor(101, 100), secondsFor(0, 10)]).toEqual([1, 2, 0]);
});

test('a message goes when its time in the queue is over; what is in the log stays', () => {
  const queues = [{ queue: 'dead', retentionSeconds: 1_209_600 }, { queue: 'undelivered', retentionSeconds: null }];
  const oldest = '2026-11-20T00:00:00.000Z';
  expect([goneAt({ queue: 'dead', oldest }, queues), goneAt({ queue: 'undelivered', oldest }, queues), goneAt({ queue: null, oldest }, queues)]).toEqual(['2026-12-04T00:00:00.000Z', undefined, undefined]);
});

test('a selection reads as a sentence', () => {
  expect(selectionText({})).toBe('all of them');
  expect(selectionText({ kinds: ['queue'], reason: 'invalid_data', mended: true })).toBe('not taken by the consumer · invalid_data · accepted now');
  expect(selectionText({ ids: ['queue:1', 'queue:2'] })).toBe('2 chosen ones');
});
