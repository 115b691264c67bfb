/** Runs, counted. */
import { expect, test } from '@jest/globals';
import type { JobNote } from './observer.ts';
import { RunFigures } from './run-figures.ts';

const note = (handler: string, processingMs: number, retryAtMs: number | null = null): JobNote => ({ handler, eventType: 'OrderCreated', processingMs, retryAtMs }) as JobNote;

test('counts by handler and type since the start, and all together in the last minute', () => {
  let nowMs = 0;
  const told: unknown[] = [];
  const figures = new RunFigures({ monotonicMs: () => nowMs, onRun: (...run) => void told.push(run) });
  const tell = figures.observer.onJobs ?? (() => undefined);
  tell('completed', 'x', [note('a.b', 10), note('a.b', 20)]);
  tell('started', 'x', [note('a.b', 1_000)]);
  nowMs = 59_000;
  tell('failed', 'x', [note('a.b', 5, 60_000), note('c.d', 7)]);
  expect(figures.window()).toEqual({ completed: 2, failed: 2, busyMs: 42 });
  nowMs = 60_100;
  expect(figures.window()).toEqual({ completed: 0, failed: 2, busyMs: 12 });
  nowMs = 200_000;
  expect(figures.window()).toEqual({ completed: 0, failed: 0, busyMs: 0 });
  expect(figures.counts()).toEqual([
    { handler: 'a.b', type: 'OrderCreated', completed: 2, failed: 1, givenUp: 0 }, { handler: 'c.d', type: 'OrderCreated', completed: 0, failed: 1, givenUp: 1 },
  ]);
  expect(told[1]).toEqual(['a.b', 'OrderCreated', 0.02]);
});
