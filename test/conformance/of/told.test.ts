import { describe, expect, test } from '@jest/globals';
import type { Fulfillment } from './bench.ts';
import { feedOf } from './feed.ts';
import { agreesWithRead, completionIsTrue, endIsTold, inSequence, noDoubles, oneEnding } from './told.ts';
import type { Story } from './told.ts';

const ID = '0193a6a0-6000-7abc-9def-0123456789ab';
const FULFILLED = [{ lineId: '1', sku: 'A', quantity: 1, status: 'fulfilled' as const }];
const REVOKED = [{ lineId: '1', sku: 'A', quantity: 1, status: 'revoked' as const }];

type Saying = readonly [type: string, sequence: number, data?: object, eventId?: string];

/** What is read in the end, and what came over the queue; ids are those of the sayings' places unless they are given. */
function story(status: Fulfillment['status'], version: number, sayings: readonly Saying[], lines: Fulfillment['lines'] = FULFILLED): Story {
  const messages = sayings.map(([type, sequence, data = {}, eventId = `${type} ${sequence}`]) => ({
    messageId: '', atMs: 0,
    body: JSON.stringify({ source: 'order-fulfillment', 'detail-type': type, detail: { eventId, data: { fulfillmentId: ID, orderId: 'o', ...data }, metadata: { sequence } } }),
  }));
  const read: Fulfillment = { fulfillmentId: ID, clientId: 'c', orderId: 'o', status, version, lines };
  return { told: feedOf({ messages }, { isWhole: true, clientIds: ['c'] }).told(), read };
}

const ACCEPTED: Saying = ['FulfillmentAccepted', 1];
const SETTLED: Saying = ['FulfillmentLineSettled', 2];
const COMPLETED: Saying = ['FulfillmentCompleted', 3, { status: 'completed', lines: FULFILLED }];
const TAKEN_BACK: Saying = ['FulfillmentRevoked', 4, { lines: REVOKED }];
const judges = [inSequence(true), noDoubles, oneEnding, endIsTold, completionIsTrue, agreesWithRead];
const complaints = (one: Story): (string | undefined)[] => judges.map((judge) => judge(one)?.sentence).filter((sentence) => sentence !== undefined);

describe('a sound story', () => {
  test.each<[string, Story]>([
    ['in its order', story('completed', 3, [ACCEPTED, SETTLED, COMPLETED])],
    ['out of order and with repetitions', story('completed', 3, [COMPLETED, ACCEPTED, SETTLED, ACCEPTED, COMPLETED])],
    ['of what was taken back', story('revoked', 4, [ACCEPTED, SETTLED, COMPLETED, TAKEN_BACK], REVOKED)],
    ['that is not over', story('accepted', 1, [ACCEPTED])],
    ['of two lines alike, settled one after the other', story('in_progress', 3, [ACCEPTED, SETTLED, ['FulfillmentLineSettled', 3]])],
  ])('%s gives no reason to complain', (_case, one) => {
    expect(complaints(one)).toEqual([]);
  });
});

describe('a complaint is made', () => {
  test.each<[string, Story, string[]]>([
    ['when a number is missing', story('completed', 3, [ACCEPTED, COMPLETED]), ['The fulfillment is at version 3, and the numbers that came are 1, 3.']],
    ['when a number is beyond the version', story('completed', 3, [ACCEPTED, SETTLED, ['FulfillmentCompleted', 4, { status: 'completed', lines: FULFILLED }]]), ['An event has the number 4, and the fulfillment is at version 3.']],
    ['when numbers are exchanged', story('completed', 3, [ACCEPTED, ['FulfillmentLineSettled', 3], ['FulfillmentCompleted', 2, { status: 'completed', lines: FULFILLED }]]), ['A line was settled after the end.']],
    ['when a number is none', story('accepted', 1, [['FulfillmentAccepted', 0]]), ['An event has no whole number from 1 (metadata.sequence).']],
    ['when two changes share a number', story('completed', 2, [ACCEPTED, ['FulfillmentLineSettled', 2], ['FulfillmentCompleted', 2, { status: 'completed', lines: FULFILLED }]]), ['Two different changes have the same number.']],
    ['when the same change has two ids', story('completed', 3, [ACCEPTED, SETTLED, COMPLETED, ['FulfillmentCompleted', 3, { status: 'completed', lines: FULFILLED }, 'another']]), ['One change was told under two ids.']],
    ['when it ends twice', story('completed', 4, [ACCEPTED, SETTLED, ['FulfillmentCancelled', 3, { lines: FULFILLED }], ['FulfillmentCompleted', 4, { status: 'completed', lines: FULFILLED }]]), ['More than one ending was told.']],
    ['when the end was not told', story('failed', 2, [ACCEPTED, SETTLED]), [`The fulfillment ${ID} is failed, and no FulfillmentFailed came.`]],
    [
      'when a partial completion says that it is complete',
      story('partial', 2, [ACCEPTED, ['FulfillmentCompleted', 2, { status: 'completed', lines: [...FULFILLED, { ...FULFILLED[0], lineId: '2', status: 'failed' }] }]], [...FULFILLED, { lineId: '2', sku: 'A', quantity: 1, status: 'failed' }]),
      ['A completion says completed, and its lines say otherwise.'],
    ],
    ['when a line is read otherwise than it was told', story('completed', 3, [ACCEPTED, SETTLED, COMPLETED], REVOKED), ['Line 1 was told as fulfilled, and is read as revoked.']],
    ['when another end is read than was told', story('failed', 3, [ACCEPTED, SETTLED, COMPLETED]), [`The fulfillment ${ID} is failed, and no FulfillmentFailed came.`, 'The last end that was told is FulfillmentCompleted, and the fulfillment is read as failed.']],
  ])('%s', (_case, one, wanted) => {
    expect(complaints(one)).toEqual(wanted);
  });

  test('of a missing number only where every event comes', () => {
    expect(inSequence(false)(story('completed', 3, [ACCEPTED, COMPLETED]))).toBeUndefined();
  });
});

test('a message that is no delivery of EventBridge is kept apart', () => {
  const feed = feedOf({ messages: [{ messageId: '1', atMs: 0, body: 'no JSON' }, { messageId: '2', atMs: 0, body: '{"source":"a"}' }] }, { isWhole: true, clientIds: [] });
  expect([feed.told(), feed.strange()]).toEqual([[], ['no JSON', '{"source":"a"}']]);
});
