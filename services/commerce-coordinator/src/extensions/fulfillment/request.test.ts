import { describe, expect, test } from '@jest/globals';
import { CLIENT_ID, event, FAILED, foreign, FULFILLED, FULFILLMENT_ID, LINES, ORDER_ID } from '../../test-events.ts';
import { acknowledge, applyFound, overdue, refuse, settle } from './request.ts';
import type { Fulfillment, FulfillmentRequest } from './request.ts';

const unasked: FulfillmentRequest = { orderId: ORDER_ID, fulfillmentId: null, status: 'unasked', version: 0, checks: 0 };
const requested: FulfillmentRequest = { ...unasked, fulfillmentId: FULFILLMENT_ID, status: 'requested', version: 1 };
const settled: FulfillmentRequest = { ...requested, status: 'completed', version: 2 };

const pending = LINES.map((line) => ({ ...line, provider: 'lms', status: 'pending' as const }));
const shown: Fulfillment = { fulfillmentId: FULFILLMENT_ID, clientId: CLIENT_ID, orderId: ORDER_ID, status: 'accepted', lines: pending };
const clearsTimer = [{ name: 'overdue', dueInMs: null }];

describe('a request for fulfillment', () => {
  test('that is acknowledged is told, and its timer set', () => {
    expect(acknowledge(unasked, shown, 30_000)).toEqual({
      kind: 'apply', state: { ...requested },
      events: [{ type: 'FulfillmentRequested', data: { orderId: ORDER_ID, fulfillmentId: FULFILLMENT_ID, status: 'accepted' }, sequence: 1 }],
      timers: [{ name: 'overdue', dueInMs: 30_000 }],
    });
  });

  test('that is refused is told with the reason', () => {
    expect(refuse(unasked, { code: 'no_provider', message: 'No provider for NW-99.' })).toMatchObject({
      kind: 'apply', state: { status: 'refused' },
      events: [{ type: 'FulfillmentRefused', data: { orderId: ORDER_ID, reason: { code: 'no_provider', message: 'No provider for NW-99.' } } }],
    });
  });

  test('that is refused with a code of another form has a code of ours', () => {
    expect(refuse(unasked, { code: 'No Provider!', message: '' })).toMatchObject({ events: [{ data: { reason: { code: 'fulfillment_refused' } } }] });
  });

  test('that was acknowledged once is not acknowledged again', () => {
    expect(acknowledge(requested, shown, 30_000)).toMatchObject({ kind: 'stale', rule: 'already_requested' });
  });

  test('is settled by the completion from the bus, and its timer cleared', () => {
    expect(settle(requested, foreign('FulfillmentCompleted'), CLIENT_ID)).toMatchObject({ kind: 'apply', state: { status: 'completed' }, events: [], timers: clearsTimer });
  });

  test('is settled by the failure from the bus', () => {
    expect(settle(requested, foreign('FulfillmentFailed'), CLIENT_ID)).toMatchObject({ kind: 'apply', state: { status: 'failed' }, timers: clearsTimer });
  });

  test('keeps a completion that comes before its answer', () => {
    expect(settle(unasked, foreign('FulfillmentCompleted'), CLIENT_ID).kind).toBe('notYet');
  });

  test('takes one outcome only', () => {
    expect(settle(settled, foreign('FulfillmentCompleted'), CLIENT_ID)).toMatchObject({ kind: 'stale', rule: 'already_completed' });
    expect(settle(settled, foreign('FulfillmentFailed'), CLIENT_ID)).toMatchObject({ kind: 'stale', rule: 'already_completed' });
  });

  test('is not settled by what belongs to another client, fulfillment or order', () => {
    expect(settle(requested, foreign('FulfillmentCompleted', { clientId: 'other' }), CLIENT_ID)).toMatchObject({ kind: 'stale', rule: 'other_client' });
    expect(settle(requested, foreign('FulfillmentCompleted', { fulfillmentId: 'other' }), CLIENT_ID)).toMatchObject({ kind: 'stale', rule: 'other_fulfillment' });
    expect(settle(undefined, foreign('FulfillmentCompleted'), CLIENT_ID)).toMatchObject({ kind: 'stale', rule: 'unknown_order' });
  });

  test('does not mind the event that it wrote itself', () => {
    expect(settle(settled, event('FulfillmentCompleted'), CLIENT_ID)).toEqual({ kind: 'apply', state: settled, events: [], timers: [] });
  });
});

describe('a request whose outcome does not come', () => {
  test('is overdue, and its timer set again, each time twice as far', () => {
    expect(overdue(requested, 30_000)).toMatchObject({
      kind: 'apply', state: { checks: 1 }, events: [{ type: 'FulfillmentOverdue', data: { check: 1 } }], timers: [{ name: 'overdue', dueInMs: 60_000 }],
    });
    expect(overdue({ ...requested, checks: 3 }, 30_000)).toMatchObject({ timers: [{ dueInMs: 480_000 }] });
    expect(overdue({ ...requested, checks: 500 }, 30_000)).toMatchObject({ timers: [{ dueInMs: 3_600_000 }] });
  });

  test('is not overdue once it is settled', () => expect(overdue(settled, 30_000)).toMatchObject({ kind: 'stale', rule: 'already_completed' }));

  test('takes the outcome that asking shows, as the event that did not come', () => {
    const outcome = applyFound(requested, { ...shown, status: 'partial', lines: [FULFILLED[0], FAILED[1]] as Fulfillment['lines'] });
    expect(outcome).toMatchObject({ kind: 'apply', state: { status: 'completed' }, timers: clearsTimer });
    expect(outcome.kind === 'apply' && outcome.events[0]).toMatchObject({
      type: 'FulfillmentCompleted', data: { fulfillmentId: FULFILLMENT_ID, clientId: CLIENT_ID, orderId: ORDER_ID, status: 'partial', lines: [FULFILLED[0], FAILED[1]] },
    });
  });

  test('takes the failure that asking shows, with its reason', () => {
    const reason = { code: 'deadline_passed' };
    expect(applyFound(requested, { ...shown, status: 'failed', reason, lines: FAILED })).toMatchObject({ kind: 'apply', events: [{ type: 'FulfillmentFailed', data: { reason } }] });
  });

  test('goes on waiting when asking shows that it is under way', () => {
    expect(applyFound(requested, { ...shown, status: 'in_progress' })).toEqual({ kind: 'apply', state: requested, events: [], timers: [] });
  });

  test('does not believe an outcome whose lines are not all settled', () => {
    expect(() => applyFound(requested, { ...shown, status: 'completed' })).toThrow('not all of its lines are settled');
  });

  test('records what asking shows when the event came first', () => {
    expect(applyFound(settled, { ...shown, status: 'completed', lines: FULFILLED })).toMatchObject({ kind: 'stale', rule: 'already_completed' });
  });
});
