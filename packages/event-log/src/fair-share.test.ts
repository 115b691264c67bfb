import { describe, expect, test } from '@jest/globals';
import { createFairShare } from './fair-share.ts';
import { Overloaded, createMicroBatcher } from './micro-batcher.ts';

/** How many of `wanted` places an owner gets, one after the other. */
function fill(share: { enter(owner: string): boolean }, owner: string, wanted: number): number {
  return Array.from({ length: wanted }, () => share.enter(owner)).filter(Boolean).length;
}

describe('A share of 80 places', () => {
  test('is all but the last eighth for one who is alone', () => {
    const share = createFairShare(80);
    expect(fill(share, 'a', 100)).toBe(70);
  });

  test('is there for a newcomer although one alone has taken what he could get', () => {
    const share = createFairShare(80);
    fill(share, 'a', 100);
    expect(fill(share, 'b', 100)).toBe(10);
    for (let place = 0; place < 40; place += 1) share.leave('a');
    expect([fill(share, 'a', 100), fill(share, 'b', 100)]).toEqual([10, 20]);
  });

  test('is equal for all when it is crowded', () => {
    const share = createFairShare(80);
    let entered = true;
    const got: Record<string, number> = { a: 0, b: 0, c: 0 };
    while (entered) {
      entered = false;
      for (const [owner, places] of [['a', 5], ['b', 2], ['c', 1]] as const) {
        const now = fill(share, owner, places);
        got[owner] = (got[owner] ?? 0) + now;
        entered ||= now > 0;
      }
    }
    expect(Math.max(...Object.values(got))).toBeLessThanOrEqual(27);
    expect(Math.min(...Object.values(got))).toBeGreaterThanOrEqual(20);
  });

  test('is never more than there is, and whole again when all have left', () => {
    const share = createFairShare(3);
    expect([fill(share, 'a', 2), fill(share, 'b', 2), fill(share, 'c', 2)]).toEqual([2, 1, 0]);
    for (const owner of ['a', 'a', 'b']) share.leave(owner);
    expect(fill(share, 'd', 9)).toBe(3);
  });
});

test('An intake that is full of one owner still takes the item of another, and places come free as batches begin', async () => {
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const batcher = createMicroBatcher<{ owner: string }, string>({
    maxRows: 1, inFlight: 1, maxWaiting: 16, ownerOf: ({ owner }) => owner,
    run: async (items) => {
      await gate;
      return items.map(({ owner }) => owner);
    },
  });
  const submitted = Array.from({ length: 20 }, () => batcher.submit({ owner: 'busy' }));
  const judged = Promise.allSettled(submitted);
  const other = batcher.submit({ owner: 'other' });
  open();
  expect(await other).toBe('other');
  const refused = (await judged).filter((outcome) => outcome.status === 'rejected');
  expect(refused.every(({ reason }) => reason instanceof Overloaded)).toBe(true);
  // One is under way, fourteen wait.
  expect(refused.length).toBe(5);
  await expect(Promise.all(Array.from({ length: 14 }, () => batcher.submit({ owner: 'busy' })))).resolves.toHaveLength(14);
});
