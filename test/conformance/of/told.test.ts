import { describe, expect, test } from '@jest/globals';
import type { Fulfillment } from './bench.ts';
import { feedOf } from './feed.ts';
import type { Exchange } from '../promise.ts';
import { agreesWithRead, completionIsTrue, endIsTold, failuresHaveReasons, inSequence, inTheFlow, linesAsAsked, noDoubles, oneEnding, tellsOfLine } from './told.ts';
import type { Story } from './told.ts';

const ID = '0193a6a0-6000-7abc-9def-0123456789ab';
const FLOW = '0193a6a0-7000-7abc-9def-0123456789ab';
const FULFILLED = [{ lineId: '1', sku: 'A', quantity: 1, status: 'fulfilled' as const }];
const ORDER = `conformance-${FLOW}`;
const REVOKED = [{ lineId: '1', sku: 'A', quantity: 1, status: 'revoked' as const }];

type Saying = readonly [type: string, sequence: number, data?: object, eventId?: string];

/** What is read in the end, and what came over the queue; ids are those of the sayings' places unless they are given. */
function story(status: Fulfillment['status'], version: number, sayings: readonly Saying[], lines: Fulfillment['lines'] = FULFILLED, correlationId = FLOW): Story {
  const messages = sayings.map(([type, sequence, data = {}, eventId = `${type} ${sequence}`]) => ({
    messageId: '', atMs: 0,
    body: JSON.stringify({ source: 'order-fulfillment', 'detail-type': type, detail: { eventId, correlationId, data: { fulfillmentId: ID, orderId: ORDER, ...data }, metadata: { sequence } } }),
  }));
  const read: Fulfillment = { fulfillmentId: ID, clientId: 'c', orderId: ORDER, status, version, lines };
  const asked = { lines: lines.map(({ lineId, sku, quantity }) => ({ lineId, sku, quantity })), exchange: {} as Exchange };
  return { asked, read, told: feedOf({ messages }, { isWhole: true, clientIds: ['c'] }).told() };
}

const FAILED = { lineId: '2', sku: 'A', quantity: 1, status: 'failed' as const, reason: { code: 'out_of_stock' } };
const BOTH = [...FULFILLED, FAILED];

const ACCEPTED: Saying = ['FulfillmentAccepted', 1];
const SETTLED: Saying = ['FulfillmentLineSettled', 2];
const COMPLETED: Saying = ['FulfillmentCompleted', 3, { status: 'completed', lines: FULFILLED }];
const TAKEN_BACK: Saying = ['FulfillmentRevoked', 4, { lines: REVOKED }];
const judges = [inSequence(true), noDoubles, oneEnding, endIsTold, completionIsTrue, agreesWithRead, linesAsAsked, failuresHaveReasons, inTheFlow];
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
  test.each<[string, Story, unknown[]]>([
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
      story('partial', 2, [ACCEPTED, ['FulfillmentCompleted', 2, { status: 'completed', lines: [...FULFILLED, FAILED] }]], [...FULFILLED, FAILED]),
      ['A completion says completed, and its lines say otherwise.'],
    ],
    ['when a line is read otherwise than it was told', story('completed', 3, [ACCEPTED, SETTLED, COMPLETED], REVOKED), ['Line 1 was told as fulfilled, and is read as revoked.']],
    ...[{ quantity: 2 }, { sku: 'B' }].map((wrong): [string, Story, unknown[]] => [
      `when a completion has another ${Object.keys(wrong)[0]}`, story('completed', 2, [ACCEPTED, ['FulfillmentCompleted', 2, { status: 'completed', lines: [{ ...FULFILLED[0], ...wrong }] }]]), [expect.stringMatching(/^FulfillmentCompleted tells of other lines/)],
    ]),
    ['when a completion leaves a line out', story('completed', 2, [ACCEPTED, ['FulfillmentCompleted', 2, { status: 'completed', lines: FULFILLED }]], [...FULFILLED, { ...FULFILLED[0], lineId: '2' } as never]), [
      'Line 2 was told as nothing, and is read as fulfilled.', expect.stringMatching(/^FulfillmentCompleted tells of other lines/),
    ]],
    ['when the acceptance has another line', story('accepted', 1, [['FulfillmentAccepted', 1, { lines: REVOKED.map((line) => ({ ...line, lineId: '9' })) }]]), [expect.stringMatching(/^FulfillmentAccepted tells of other lines/)]],
    ['when a line of its own is another one', story('in_progress', 2, [ACCEPTED, ['FulfillmentLineSettled', 2, { line: { ...FULFILLED[0], quantity: 3 } }]]), [expect.stringMatching(/^FulfillmentLineSettled tells of other lines/)]],
    ['when a failed line has no reason', story('partial', 2, [ACCEPTED, ['FulfillmentCompleted', 2, { status: 'partial', lines: [...FULFILLED, { ...FAILED, reason: undefined }] }]], BOTH), ['FulfillmentCompleted tells that line 2 failed, and no reason.']],
    ['when its own event has no reason', story('in_progress', 2, [ACCEPTED, ['FulfillmentLineSettled', 2, { line: { ...FAILED, reason: undefined } }]], BOTH), ['FulfillmentLineSettled tells that line 2 failed, and no reason.']],
    ['when a line is read with another reason', story('in_progress', 2, [ACCEPTED, ['FulfillmentLineSettled', 2, { line: { ...FAILED, reason: { code: 'lost' } } }]], BOTH), ['FulfillmentLineSettled gives line 2 the reason lost, and it is read as out_of_stock.']],
    ['when the correlation id is another one', story('accepted', 1, [ACCEPTED], FULFILLED, ID), [`FulfillmentAccepted has the correlation id ${ID}, and every request about its order had ${FLOW}.`]],
    ['when another end is read than was told', story('failed', 3, [ACCEPTED, SETTLED, COMPLETED]), [`The fulfillment ${ID} is failed, and no FulfillmentFailed came.`, 'The last end that was told is FulfillmentCompleted, and the fulfillment is read as failed.']],
  ])('%s', (_case, one, wanted) => {
    expect(complaints(one)).toEqual(wanted);
  });

  test('of a missing number only where every event comes', () => {
    expect(inSequence(false)(story('completed', 3, [ACCEPTED, COMPLETED]))).toBeUndefined();
  });
});

test('what a kit has not asked for is not judged by what was asked', () => {
  const strange: Story = { ...story('completed', 2, [ACCEPTED, ['FulfillmentCompleted', 2, { status: 'completed', lines: [{ ...FULFILLED[0], sku: 'B' }] }]], FULFILLED, ID), asked: undefined };
  expect(complaints(strange)).toEqual([]);
});

test('a line that failed is found in the events that are meant', () => {
  const one = story('partial', 2, [ACCEPTED, ['FulfillmentLineSettled', 2, { line: FAILED }]], BOTH);
  expect([tellsOfLine('failed')(one), tellsOfLine('failed', new Set(['FulfillmentCompleted']))(one), tellsOfLine('cancelled')(one)]).toEqual([true, false, false]);
});

test('a message that is no delivery of EventBridge is kept apart', () => {
  const feed = feedOf({ messages: [{ messageId: '1', atMs: 0, body: 'no JSON' }, { messageId: '2', atMs: 0, body: '{"source":"a"}' }] }, { isWhole: true, clientIds: [] });
  expect([feed.told(), feed.strange()]).toEqual([[], ['no JSON', '{"source":"a"}']]);
});
