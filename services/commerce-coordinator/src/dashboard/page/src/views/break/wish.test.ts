/** What one asks the lab for. */
import { expect, test } from '@jest/globals';
import type { Breakable, Outcome } from './lab-data.ts';
import { samplesOf } from './samples.ts';
import { bannerTone, secondsLeft, usual, wishOf } from './wish.ts';

const slow: Breakable = { kind: 'slow', title: '', maxSeconds: 600, latencyMs: 2_000, share: null };
const partial: Breakable = { kind: 'partial', title: '', maxSeconds: 15, latencyMs: null, share: 0.5 };

test('what is usual can be asked for as it stands, and a seed is drawn when none is typed', () => {
  expect(wishOf(slow, usual(slow))).toEqual({ wish: { kind: 'slow', seconds: 30, latencyMs: 2_000 } });
  expect(wishOf(partial, usual(partial))).toEqual({ wish: { kind: 'partial', seconds: 15, share: 0.5 } });
  expect(wishOf(slow, { ...usual(slow), seed: '7' })).toEqual({ wish: { kind: 'slow', seconds: 30, latencyMs: 2_000, seed: 7 } });
});

test.each([[{ seconds: '16' }, 'seconds'], [{ seconds: '' }, 'seconds'], [{ share: '0' }, 'share'], [{ share: '101' }, 'share'], [{ seed: '-1' }, 'seed'], [{ seed: 'x' }, 'seed']])('%j is refused at its field', (typed, field) => {
  const answer = wishOf(partial, { ...usual(partial), ...typed });
  expect(Object.keys('faults' in answer ? answer.faults : {})).toEqual([field]);
});

test('the banner is good only when all was asked, nothing was lost and nothing doubled', () => {
  const outcome = (state: Outcome['state'], lost: number, unread: readonly string[] = []): Outcome => ({ state, orders: { touched: 1, waited: 0, recovered: 0, waiting: 0, lost, doubled: 0 }, unread } as unknown as Outcome);
  expect([bannerTone(outcome('settled', 0)), bannerTone(outcome('settled', 1)), bannerTone(outcome('broken', 0)), bannerTone(outcome('settled', 0, ['the log']))]).toEqual(['good', 'bad', 'warn', 'busy']);
  const untouched = outcome('settled', 0);
  expect(bannerTone({ ...untouched, orders: { ...untouched.orders, touched: 0 } })).toBe('plain');
});

test('no time is left below zero', () => expect([secondsLeft('2026-03-01T10:00:10Z', Date.parse('2026-03-01T10:00:03.5Z')), secondsLeft('2026-03-01T10:00:10Z', Date.parse('2026-03-01T10:01:00Z'))]).toEqual([7, 0]));

test('sample orders go over what can be sold, and over something else where nothing is', () => {
  const product = (sku: string, available: number | null) => ({ sku, name: sku, unitPrice: '1.00', currency: 'EUR', available });
  expect(samplesOf([product('A', 0), product('B', 5), product('C', null)], 3)).toMatchObject([{ currency: 'EUR', lines: [{ sku: 'B' }] }, { lines: [{ sku: 'C' }] }, { lines: [{ sku: 'B' }] }]);
  expect(samplesOf([], 1)).toMatchObject([{ currency: 'USD', lines: [{ quantity: 1 }] }]);
  expect(samplesOf([], 5_000)).toHaveLength(200);
});
