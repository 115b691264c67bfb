/** Whether all is well. */
import { expect, test } from '@jest/globals';
import { judge } from './judged.ts';
import type { Looks } from './judged.ts';

const none = { total: 0, hasFailed: false };
const calm: Looks = { orders: none, deadLetters: none, givenUp: none, faults: 0, isOld: false, missing: 0 };
const asking = { total: undefined, hasFailed: false };
const failed = { total: undefined, hasFailed: true };

test.each<readonly [string, Partial<Looks>, string]>([
  ['all was asked and nothing was found', {}, 'well'],
  ['one may not read the counts', { orders: undefined, deadLetters: undefined, givenUp: undefined }, 'well'],
  ['a count has not come yet', { orders: asking }, 'asking'],
  ['a count could not be read', { orders: failed }, 'unknown'],
  ['a count is of an earlier look', { deadLetters: { total: 0, hasFailed: true } }, 'unknown'],
  ['the flow is of an earlier look', { isOld: true }, 'unknown'],
  ['a queue could not be asked', { missing: 1 }, 'unknown'],
  ['an order needs care, and the rest is not known', { orders: { total: 1, hasFailed: false }, deadLetters: failed }, 'unwell'],
  ['webhooks were given up', { givenUp: { total: 15, hasFailed: false } }, 'unwell'],
  ['whether webhooks were given up could not be read', { givenUp: failed }, 'unknown'],
  ['a place is at fault', { faults: 1 }, 'unwell'],
])('%s: %j is %s', (_, looks, state) => expect(judge({ ...calm, ...looks }).state).toBe(state));

test('what is not known is named beside what is known', () => {
  expect(judge({ ...calm, faults: 1, orders: failed, isOld: true }).unknown).toEqual(['whether orders need care', 'how the places stand']);
});
