/** Finding types of events. */
import { expect, test } from '@jest/globals';
import { marksOf, matching, retentionText } from './types.ts';

const type = (name: string, more: object = {}) => ({ type: name, constant: name.toUpperCase(), webhook: `x.${name}`, otherNames: [], description: 'An order was told.', topic: { name: 'order-events' }, producers: [{ source: 'order-service', extension: 'orders', service: 'cc' }], readers: [{ handler: 'payments.charge' }], ...more });

test('all words must stand in names, description, producers or readers', () => {
  const types = [type('OrderPaid'), type('Other', { topic: { name: 'user-events' }, readers: [] })];
  const found = (text: string, topic = ''): string[] => matching(types, { text, topic }).map((one) => one.type);
  expect([found(''), found('paid'), found('ORDER told'), found('charge'), found('charge other'), found('', 'user-events'), found('nothing')]).toEqual([['OrderPaid', 'Other'], ['OrderPaid'], ['OrderPaid', 'Other'], ['OrderPaid'], [], ['Other'], []]);
});

test.each([[30, 'kept for 30 days'], [365, 'kept for 1 year'], [2_555, 'kept for 7 years']])('%i days', (days, text) => expect(retentionText(days)).toBe(text));

test('marks', () => expect([marksOf({ visibility: 'published', isExternal: false }), marksOf({ visibility: 'live', isExternal: true })]).toEqual([[], ['live', 'external too']]));
