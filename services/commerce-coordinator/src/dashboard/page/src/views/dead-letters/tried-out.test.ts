/** What trying out a redrive tells. */
import { expect, test } from '@jest/globals';
import { summaryOf } from './tried-out.ts';

test('messages that are still refused are counted by their reason', () => {
  const now = (isAccepted: boolean, reason: string | null) => ({ reason: 'invalid_data', now: { isAccepted, reason, detail: null } });
  const { looked, accepted, refused } = summaryOf([now(true, null), now(false, 'unknown_type'), now(false, 'unknown_type'), now(false, null), { reason: 'timeout', now: null }]);
  expect([looked, accepted, [...refused]]).toEqual([5, 2, [['unknown_type', 2], ['invalid_data', 1]]]);
});
