/** Choosing events. */
import { expect, test } from '@jest/globals';
import { familiesOf, isChosen, isImplied, toggled } from './event-choice.ts';

test('names stand in families, without what is told to nobody', () => {
  expect(familiesOf(['payment.failed', 'order.paid', 'audit.recorded', 'order.created', 'order.created', 'odd'], '')).toEqual([{ prefix: 'order', names: ['order.created', 'order.paid'] }, { prefix: 'payment', names: ['payment.failed'] }]);
  expect(familiesOf(['payment.failed', 'order.paid'], ' PAY')).toEqual([{ prefix: 'payment', names: ['payment.failed'] }]);
});

test('a wildcard stands for its family, and takes the place of its names', () => {
  expect(toggled(['order.created', 'payment.failed'], 'order.*')).toEqual(['payment.failed', 'order.*']);
  expect(toggled(['order.created', 'payment.*'], '*')).toEqual(['*']);
  expect(toggled(['order.*'], 'order.*')).toEqual([]);
  expect(toggled([], 'order.created')).toEqual(['order.created']);
  expect([isChosen(['order.*'], 'order.created'), isChosen(['order.*'], 'orders.created'), isChosen(['*'], 'a.b'), isChosen([], 'a.b')]).toEqual([true, false, true, false]);
  expect([isImplied(['order.*'], 'order.created'), isImplied(['order.created'], 'order.created')]).toEqual([true, false]);
});
