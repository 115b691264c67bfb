import { describe, expect, test } from '@jest/globals';
import type { NewEvent } from '@commerce/event-log/event';
import type { Outcome } from '@commerce/event-log/extension';
import { CANCELLED, CLIENT_ID, event, FAILED, foreign, FULFILLED, FULFILLMENT_ID, LINES, ORDER_ID, REVOKED } from '../../test-events.ts';
import type { Fulfillment } from './outcome.ts';
import { acknowledge, acknowledgeAgain, acknowledgeAnew, applyFound, endHeld, holdBack, recordRevocation, refuse, refuseAgain, refuseHold, settle, tellRevokeRequested, UNWANTED, withhold } from './request.ts';
import type { FulfillmentRequest } from './request.ts';

const unasked: FulfillmentRequest = { orderId: ORDER_ID, fulfillmentId: null, status: 'unasked', version: 0, toldVersion: 0, isHeld: false };
const requested: FulfillmentRequest = { ...unasked, fulfillmentId: FULFILLMENT_ID, status: 'requested', version: 1 };
const settled: FulfillmentRequest = { ...requested, status: 'completed', version: 2, toldVersion: 4 };
const failed: FulfillmentRequest = { ...settled, status: 'failed' };
const refused: FulfillmentRequest = { ...unasked, status: 'refused', version: 1 };

const pending = LINES.map((line) => ({ ...line, provider: 'lms', status: 'pending' }));
const shown: Fulfillment = { fulfillmentId: FULFILLMENT_ID, clientId: CLIENT_ID, orderId: ORDER_ID, status: 'accepted', version: 1, lines: pending };
const done: Fulfillment = { ...shown, status: 'completed', version: 4, lines: FULFILLED };

/** Types and numbers of the events, each of which the catalogue takes. */
function told(outcome: Outcome<FulfillmentRequest>): string[] {
  if (outcome.kind !== 'apply') return [outcome.kind];
  const checked = outcome.events.map(({ type, data }) => event(type, data));
  expect(checked).toHaveLength(outcome.events.length);
  return outcome.events.map(({ type, sequence }) => `${type} ${sequence}`);
}

function only(outcome: Outcome<FulfillmentRequest>, type: string): NewEvent | undefined {
  return outcome.kind === 'apply' ? outcome.events.find((one) => one.type === type) : undefined;
}

describe('a request for fulfillment', () => {
  test('that is acknowledged is told', () => {
    expect(acknowledge(unasked, shown)).toEqual({
      kind: 'apply', state: requested, timers: [],
      events: [{ type: 'FulfillmentRequested', data: { orderId: ORDER_ID, fulfillmentId: FULFILLMENT_ID, status: 'accepted' }, sequence: 1 }],
    });
  });

  test('that is refused is told with the reason', () => {
    expect(refuse(unasked, { code: 'no_provider', message: 'No provider for NW-99.' })).toMatchObject({
      kind: 'apply', state: { status: 'refused', version: 1 },
      events: [{ type: 'FulfillmentRefused', data: { orderId: ORDER_ID, reason: { code: 'no_provider', message: 'No provider for NW-99.' } }, sequence: 1 }],
    });
  });

  test('that is refused with a code of another form has a code of ours', () => {
    expect(refuse(unasked, { code: 'No Provider!', message: '' })).toMatchObject({ events: [{ data: { reason: { code: 'fulfillment_refused' } } }] });
  });

  test('that was acknowledged once is not acknowledged or refused by a second answer', () => {
    expect(acknowledge(requested, shown)).toMatchObject({ kind: 'stale', rule: 'already_requested' });
    expect(refuse(requested, { code: 'no_provider', message: '' })).toMatchObject({ kind: 'stale', rule: 'already_requested' });
  });

  test.each([['FulfillmentCompleted', 'completed'], ['FulfillmentFailed', 'failed'], ['FulfillmentCancelled', 'cancelled']])('is settled by %s from the bus, up to its sequence', (type, status) => {
    expect(settle(requested, foreign(type), CLIENT_ID)).toMatchObject({ kind: 'apply', state: { status, version: 2, toldVersion: 4 }, events: [] });
  });

  test('keeps an outcome that comes before its answer', () => {
    for (const type of ['FulfillmentCompleted', 'FulfillmentFailed', 'FulfillmentCancelled']) expect(settle(unasked, foreign(type), CLIENT_ID).kind).toBe('notYet');
  });

  test('takes one outcome only', () => {
    for (const type of ['FulfillmentCompleted', 'FulfillmentFailed', 'FulfillmentCancelled']) {
      expect(settle(settled, foreign(type), CLIENT_ID)).toMatchObject({ kind: 'stale', rule: 'already_completed' });
    }
  });

  test('S57: is not settled by what belongs to another client, fulfillment or order', () => {
    expect(settle(requested, foreign('FulfillmentCompleted', { clientId: 'other' }), CLIENT_ID)).toMatchObject({ kind: 'stale', rule: 'other_client' });
    expect(settle(requested, foreign('FulfillmentCompleted', { fulfillmentId: 'other' }), CLIENT_ID).kind).toBe('notYet');
    expect(settle(settled, foreign('FulfillmentCompleted', { fulfillmentId: 'other' }), CLIENT_ID)).toMatchObject({ kind: 'stale', rule: 'other_fulfillment' });
    expect(settle(undefined, foreign('FulfillmentCompleted'), CLIENT_ID)).toMatchObject({ kind: 'stale', rule: 'unknown_order' });
  });

  test('does not mind the events that it wrote itself', () => {
    expect(settle(settled, event('FulfillmentCompleted'), CLIENT_ID)).toEqual({ kind: 'apply', state: settled, events: [], timers: [] });
    expect(recordRevocation(settled, event('FulfillmentRevoked'), CLIENT_ID)).toEqual({ kind: 'apply', state: settled, events: [], timers: [] });
  });
});

describe('a completion after the order has ended', () => {
  test.each([['failed', failed], ['cancelled', { ...failed, status: 'cancelled' as const }], ['refused', refused]])('of a request that was %s is unwanted', (_, request) => {
    const outcome = settle(request, foreign('FulfillmentCompleted', {}, { sequence: 6 }), CLIENT_ID);
    expect(outcome).toMatchObject({ state: { status: 'unwanted', fulfillmentId: FULFILLMENT_ID, toldVersion: 6 } });
    expect(told(outcome)).toEqual([`FulfillmentUnwanted ${request.version + 1}`]);
  });

  test('of another fulfillment is not ours to take back', () => {
    expect(settle(failed, foreign('FulfillmentCompleted', { fulfillmentId: 'other' }), CLIENT_ID)).toMatchObject({ kind: 'stale', rule: 'other_fulfillment' });
  });

  test('that comes twice is taken back once', () => {
    expect(settle({ ...failed, status: 'unwanted' }, foreign('FulfillmentCompleted'), CLIENT_ID)).toMatchObject({ kind: 'stale', rule: 'already_unwanted' });
  });

  test('that the fulfilling side takes back is told with its answer and our reason', () => {
    const outcome = tellRevokeRequested({ ...failed, status: 'unwanted' }, { ...done, status: 'revoked' });
    expect(told(outcome)).toEqual(['FulfillmentRevokeRequested 3']);
    expect(outcome).toMatchObject({ events: [{ data: { orderId: ORDER_ID, fulfillmentId: FULFILLMENT_ID, status: 'revoked', reason: UNWANTED } }] });
  });
});

describe('a revocation', () => {
  test('is recorded up to its sequence, and changes nothing else', () => {
    expect(recordRevocation(settled, foreign('FulfillmentRevoked', {}, { sequence: 6 }), CLIENT_ID)).toEqual({ kind: 'apply', state: { ...settled, version: 3, toldVersion: 6 }, events: [], timers: [] });
  });

  test('that overtakes the outcome waits for it', () => {
    for (const request of [unasked, requested]) expect(recordRevocation(request, foreign('FulfillmentRevoked', {}, { sequence: 6 }), CLIENT_ID).kind).toBe('notYet');
  });

  test('that is known, or belongs to something else, is recorded as such', () => {
    expect(recordRevocation(settled, foreign('FulfillmentRevoked', {}, { sequence: 4 }), CLIENT_ID)).toMatchObject({ kind: 'stale', rule: 'already_told' });
    expect(recordRevocation(settled, foreign('FulfillmentRevoked', { clientId: 'other' }), CLIENT_ID)).toMatchObject({ kind: 'stale', rule: 'other_client' });
    expect(recordRevocation(settled, foreign('FulfillmentRevoked', { fulfillmentId: 'other' }), CLIENT_ID)).toMatchObject({ kind: 'stale', rule: 'other_fulfillment' });
    expect(recordRevocation(undefined, foreign('FulfillmentRevoked'), CLIENT_ID)).toMatchObject({ kind: 'stale', rule: 'unknown_order' });
  });
});

describe('what comparing has found', () => {
  test('is taken as the event that did not come, and told as a heal', () => {
    const outcome = applyFound(requested, { ...done, status: 'partial', lines: [FULFILLED[0], FAILED[1]] as Fulfillment['lines'] });
    expect(outcome).toMatchObject({ state: { status: 'completed', version: 3, toldVersion: 4 } });
    expect(told(outcome)).toEqual(['FulfillmentCompleted 2', 'FulfillmentHealed 3']);
    expect(only(outcome, 'FulfillmentCompleted')?.data).toEqual({
      fulfillmentId: FULFILLMENT_ID, clientId: CLIENT_ID, orderId: ORDER_ID, status: 'partial', lines: [FULFILLED[0], FAILED[1]],
    });
    expect(only(outcome, 'FulfillmentHealed')?.data).toEqual({ orderId: ORDER_ID, fulfillmentId: FULFILLMENT_ID, difference: 'outcome_missed', found: 'partial' });
  });

  test.each([
    ['failed', { status: 'failed', reason: { code: 'deadline_passed' }, lines: FAILED }, 'FulfillmentFailed', { reason: { code: 'deadline_passed' }, lines: FAILED }],
    ['cancelled', { status: 'cancelled', reason: { code: 'out_of_season' }, lines: CANCELLED }, 'FulfillmentCancelled', { reason: { code: 'out_of_season' }, lines: CANCELLED }],
    ['delivered and taken back', { status: 'revoked', lines: REVOKED }, 'FulfillmentCancelled', { reason: { code: 'revoked' }, lines: REVOKED }],
    ['taken back in part', { status: 'completed', lines: [FULFILLED[0], REVOKED[1]] }, 'FulfillmentCompleted',
      { status: 'partial', lines: [FULFILLED[0], { ...REVOKED[1], status: 'failed', reason: { code: 'revoked' } }] }],
  ])('%s, it is told in the words of the event', (_, found, type, data) => {
    const outcome = applyFound(requested, { ...done, ...found } as Fulfillment);
    expect(told(outcome)).toEqual([`${type} 2`, 'FulfillmentHealed 3']);
    expect(only(outcome, type)?.data).toMatchObject(data);
  });

  test.each([
    ['under way', { ...done, status: 'in_progress', version: 3, lines: pending }],
    ['just being taken back', { ...done, version: 6, lines: [FULFILLED[0], { ...REVOKED[1], status: 'revoking' }] as Fulfillment['lines'] }],
    ['in a status that is not known here', { ...done, status: 'melted' }],
    ['no newer than what is known', { ...done, version: 0 }],
  ])('%s, it changes nothing', (_, found) => {
    expect(applyFound(requested, found)).toEqual({ kind: 'apply', state: requested, events: [], timers: [] });
  });

  test('is not believed when not all of its lines are settled', () => {
    expect(() => applyFound(requested, { ...done, lines: pending })).toThrow('not all of its lines are settled');
  });

  test('waits for the answer to the request, and is nothing for another fulfillment or order', () => {
    expect(applyFound(unasked, done).kind).toBe('notYet');
    expect(applyFound(requested, { ...done, fulfillmentId: 'other' })).toMatchObject({ kind: 'stale', rule: 'other_fulfillment' });
    expect(applyFound(undefined, done)).toMatchObject({ kind: 'stale', rule: 'unknown_order' });
  });

  test('of a settled request tells what was taken back since', () => {
    const outcome = applyFound(settled, { ...done, status: 'revoked', version: 6, lines: REVOKED });
    expect(told(outcome)).toEqual(['FulfillmentRevoked 3', 'FulfillmentHealed 4']);
    expect(outcome).toMatchObject({ state: { status: 'completed', toldVersion: 6 } });
    expect(only(outcome, 'FulfillmentHealed')?.data).toMatchObject({ difference: 'outcome_missed', found: 'revoked' });
  });

  test('of a settled request that is newer and says nothing new is known from now on', () => {
    expect(applyFound(settled, { ...done, version: 7 })).toEqual({ kind: 'apply', state: { ...settled, version: 3, toldVersion: 7 }, events: [], timers: [] });
  });

  test('completed after the order had ended is unwanted', () => {
    const outcome = applyFound(refused, done);
    expect(told(outcome)).toEqual(['FulfillmentCompleted 2', 'FulfillmentUnwanted 3', 'FulfillmentHealed 4']);
    expect(outcome).toMatchObject({ state: { status: 'unwanted', fulfillmentId: FULFILLMENT_ID } });
  });
});

describe('a request that the fulfilling side does not know, sent again', () => {
  const ANOTHER = '0193a6a0-7000-7abc-9def-0123456789ab';

  test('is acknowledged as another fulfillment', () => {
    const outcome = acknowledgeAgain(requested, { ...shown, fulfillmentId: ANOTHER });
    expect(told(outcome)).toEqual(['FulfillmentRequested 2', 'FulfillmentHealed 3']);
    expect(outcome).toMatchObject({ state: { status: 'requested', fulfillmentId: ANOTHER, version: 3, toldVersion: 0 } });
    expect(only(outcome, 'FulfillmentHealed')?.data).toEqual({ orderId: ORDER_ID, fulfillmentId: ANOTHER, difference: 'request_lost', found: 'unknown' });
  });

  test('is settled when it was done at once', () => {
    const outcome = acknowledgeAgain(requested, { ...done, fulfillmentId: ANOTHER, version: 3 });
    expect(told(outcome)).toEqual(['FulfillmentRequested 2', 'FulfillmentCompleted 3', 'FulfillmentHealed 4']);
    expect(outcome).toMatchObject({ state: { status: 'completed', fulfillmentId: ANOTHER, toldVersion: 3 } });
  });

  test('turns out to be known after all, and nothing was lost', () => {
    expect(acknowledgeAgain(requested, shown)).toEqual({ kind: 'apply', state: requested, events: [], timers: [] });
    expect(told(acknowledgeAgain(requested, done))).toEqual(['FulfillmentCompleted 2', 'FulfillmentHealed 3']);
  });

  test('is refused for good', () => {
    const outcome = refuseAgain(requested, { code: 'order_revoked', message: 'It was revoked.' });
    expect(told(outcome)).toEqual(['FulfillmentRefused 2', 'FulfillmentHealed 3']);
    expect(outcome).toMatchObject({ state: { status: 'refused' } });
  });

  test('was settled meanwhile', () => {
    expect(acknowledgeAgain(settled, { ...shown, fulfillmentId: ANOTHER })).toMatchObject({ kind: 'stale', rule: 'already_completed' });
    expect(refuseAgain(settled, { code: 'order_revoked', message: '' })).toMatchObject({ kind: 'stale', rule: 'already_completed' });
  });
});

describe('a request whose payment is disputed', () => {
  const disputed: FulfillmentRequest = { ...unasked, isHeld: true, version: 1 };
  const held: FulfillmentRequest = { ...disputed, status: 'held', version: 2 };
  const state = (outcome: Outcome<FulfillmentRequest>): unknown => (outcome.kind === 'apply' ? outcome.state : outcome);

  test('is not made, and is when the money stays', () => {
    expect(state(holdBack(unasked, true))).toEqual(disputed);
    expect(state(withhold(disputed))).toEqual(held);
    expect(told(holdBack(held, false))).toEqual(['FulfillmentResumed 3']);
    expect(told(acknowledgeAnew({ ...held, isHeld: false }, shown))).toEqual(['FulfillmentRequested 3']);
  });

  test('and was decided before it could be withheld is made after all', () => {
    expect(told(withhold(unasked))).toEqual(['FulfillmentResumed 1']);
    expect(told(holdBack(disputed, false))).toEqual([]);
  });

  test('and was made before, or meanwhile, is to wait, and to go on', () => {
    expect(told(holdBack(requested, true))).toEqual(['FulfillmentSuspended 2']);
    expect(told(acknowledge(disputed, shown))).toEqual(['FulfillmentRequested 2', 'FulfillmentSuspended 3']);
    expect(told(holdBack({ ...requested, isHeld: true }, false))).toEqual(['FulfillmentResumed 2']);
    expect(told(acknowledgeAgain({ ...requested, isHeld: true }, { ...shown, fulfillmentId: 'another' })).at(-1)).toBe('FulfillmentSuspended 4');
  });

  test('and has its outcome is as it is', () => {
    expect(told(holdBack(settled, true))).toEqual([]);
    expect(holdBack(requested, false)).toMatchObject({ kind: 'apply', state: requested, events: [] });
    expect(holdBack(undefined, true)).toMatchObject({ kind: 'stale', rule: 'unknown_order' });
  });

  test('of an order that ends is refused here, unless the fulfilling side has it after all', () => {
    const refusal = { code: 'order_cancelled', message: 'It was cancelled.' };
    expect(told(endHeld(held, undefined, refusal))).toEqual(['FulfillmentRefused 3']);
    expect(told(endHeld(held, shown, refusal))).toEqual(['FulfillmentRequested 3', 'FulfillmentSuspended 4']);
    expect(told(endHeld(requested, shown, refusal))).toEqual([]);
  });

  test('and cannot wait any more goes on; one that is refused when it is made at last is refused', () => {
    expect(refuseHold(requested, { code: 'already_begun', message: '' })).toMatchObject({ kind: 'stale', rule: 'hold_too_late' });
    expect(told(refuseHold({ ...held, isHeld: false }, { code: 'no_provider', message: '' }))).toEqual(['FulfillmentRefused 3']);
  });

  test('keeps an outcome that comes before its answer', () => expect(settle(held, foreign('FulfillmentCompleted'), CLIENT_ID).kind).toBe('notYet'));
});
