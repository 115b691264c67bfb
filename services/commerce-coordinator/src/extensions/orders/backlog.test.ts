import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { Pool } from 'pg';
import { watchBacklog } from './backlog.pg.ts';

/** A count of `tookMs`, then a pause; gives the pauses of some counts, and what was said in each. */
async function pauses(tookMs: number, counts: readonly (number | Error)[]): Promise<[number, boolean][]> {
  let nowMs = 0;
  const left = [0, ...counts];
  const told: [number, boolean][] = [];
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const backlog = await watchBacklog({
    limit: 10, intervalMs: 500, monotonicMs: () => nowMs,
    pool: { query: async () => {
      nowMs += tookMs;
      const open = left.shift() as number | Error;
      if (open instanceof Error) throw open;
      return { rows: [{ open }] };
    } } as unknown as Pool,
    sleep: async (ms) => {
      await turn();
      told.push([ms, backlog.isFull()]);
      if (left.length > 0) return;
      end();
      throw new Error('over');
    },
  });
  await over;
  await backlog.stop();
  return told;
}

test('a count that took long is followed by a pause of fifty times that, up to five seconds; one that failed by the usual one', async () => {
  expect((await pauses(4, [1, 1])).map(([ms]) => ms)).toEqual([500, 500, 500]);
  expect((await pauses(60, [1, 1])).map(([ms]) => ms)).toEqual([500, 3_000, 3_000]);
  expect((await pauses(11_000, [1, new Error('away'), 1])).map(([ms]) => ms)).toEqual([500, 5_000, 500, 5_000]);
}, 5_000);

test('the service is full at its limit, and the last count holds while the database does not answer', async () => {
  expect((await pauses(1, [9, 10, new Error('away'), 9])).map(([, isFull]) => isFull)).toEqual([false, false, true, true, false]);
}, 5_000);
