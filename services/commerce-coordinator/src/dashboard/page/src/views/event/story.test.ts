/** What handlers made of an event. */
import { expect, test } from '@jest/globals';
import { heardOf, letterIdOf } from './story.ts';
import type { Run } from './story.ts';

const run = (handler: string, state: Run['state']): Run => ({ handler, state, attempt: 1, at: null, retryAt: null, error: null, rule: null });
const after = (eventId: string, handler: string, causationId = 'me') => ({ eventId, eventType: 'OrderPaid', causationId, handler });

test('what needs somebody comes first, and what was done names what it made', () => {
  const heard = heardOf(
    { eventId: 'me', handlers: ['orders.confirm', 'payments.charge', 'analytics.count', 'orders.late'], runs: [run('payments.charge', 'failed'), run('payments.charge', 'ready'), run('orders.late', 'ignored'), run('gone.handler', 'dead')] },
    [after('e-1', 'orders.confirm'), after('e-2', 'orders.confirm', 'other')],
  );
  expect(heard.map(({ handler, state, made }) => [handler, state, made.map(({ eventId }) => eventId)])).toEqual([
    ['gone.handler', 'dead', []], ['payments.charge', 'ready', []], ['orders.late', 'ignored', []], ['orders.confirm', 'done', ['e-1']], ['analytics.count', 'done', []],
  ]);
});

test('an attempt that failed and is followed by nothing open went well in the end', () => {
  expect(heardOf({ eventId: 'me', handlers: ['a.b'], runs: [run('a.b', 'failed')] }, [])[0]?.state).toBe('done');
});

test('a run that was given up is found among the dead letters', () => expect(letterIdOf('orders.fail', 'e-1')).toBe('work:orders.fail:e-1'));
