/** How long results wait for company, by a clock that the test moves. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Ending } from '../deliveries.pg.ts';
import { Endings } from './endings.ts';

let written: number[];
let endings: Endings;

beforeEach(() => {
  jest.useFakeTimers();
  written = [];
  endings = new Endings({
    write: async (batch) => void written.push(batch.length), onWritten: () => undefined,
    sleep: async () => undefined, random: () => 0, logger: { warn: () => undefined },
  });
});
afterEach(() => void jest.useRealTimers());

const ending = (at: number): Ending => ({ deliveryId: `${at}`, endpointId: 'e', batch: { batchId: 'b', left: 1_000 }, claims: 0, state: 'delivered', attempt: 1, waitMs: 0, made: null });
function add(count: number, isAwaited = false): void {
  for (let at = 0; at < count; at += 1) endings.add(ending(at), isAwaited);
}

test('what comes together is written together, after a moment', async () => {
  add(3);
  await jest.advanceTimersByTimeAsync(4);
  expect(written).toEqual([]);
  await jest.advanceTimersByTimeAsync(1);
  expect(written).toEqual([3]);
  add(1);
  await jest.advanceTimersByTimeAsync(5);
  expect(written).toEqual([3, 1]);
});

test('while many come at once the moment is longer, unless a delivery waits for one of them', async () => {
  add(40);
  await jest.advanceTimersByTimeAsync(5);
  add(40);
  await jest.advanceTimersByTimeAsync(19);
  expect(written).toEqual([40]);
  await jest.advanceTimersByTimeAsync(1);
  expect(written).toEqual([40, 40]);
  add(1);
  await jest.advanceTimersByTimeAsync(2);
  add(1, true);
  await jest.advanceTimersByTimeAsync(5);
  expect(written).toEqual([40, 40, 2]);
});

test('500 wait for nothing, and what is left is written when it is asked for', async () => {
  add(501);
  expect(written).toEqual([500]);
  await endings.flush();
  expect(written).toEqual([500, 1]);
});
