/** Which calls belong to a step of an order. */
import { expect, test } from '@jest/globals';
import { callsOf, runOf } from './calls-of.ts';

const item = { eventId: 'e-2', causationId: 'e-1', origin: 'own', handler: 'payments.charge', attempt: 3 } as const;

test.each([
  ['an event: the run that told it, for the event before', { item }, { eventId: 'e-1', handler: 'payments.charge', attempt: 3 }],
  ['an attempt that failed: for the event that it stands with', { item, run: { handler: 'fulfillment.request', attempt: 1 } }, { eventId: 'e-2', handler: 'fulfillment.request', attempt: 1 }],
  ['an event of another service', { item: { ...item, origin: 'foreign' as const } }, undefined],
  ['an event that a request told', { item: { ...item, handler: null, attempt: null } }, undefined],
  ['a webhook', {}, undefined],
])('%s', (_what, step, run) => expect(runOf(step)).toEqual(run));

test('those of that run alone', () => {
  const run = { eventId: 'e-1', handler: 'payments.charge', attempt: 3 };
  expect(callsOf([{ ...run, attempt: 2 }, run, { ...run, eventId: 'e-9' }, { ...run, handler: 'payments.ask' }], run)).toEqual([run]);
});
