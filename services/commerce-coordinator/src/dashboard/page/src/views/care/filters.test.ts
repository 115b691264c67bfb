/** Filters of the list: each counter is an address, and its call asks for what the counter counts. */
import { expect, test } from '@jest/globals';
import { careHref, careQuery, noneText } from './filters.ts';

test.each([
  [{ show: '', on: '' }, { retrying: 'true' }],
  [{ show: 'stuck', on: '' }, { retrying: 'true', pastPromise: 'true' }],
  [{ show: 'retrying', on: 'fulfillment' }, { retrying: 'true', cause: 'failing', waitsOn: 'fulfillment' }],
  [{ show: 'held', on: '' }, { retrying: 'true', status: 'on_hold' }],
  [{ show: 'nonsense', on: 'nobody' }, { retrying: 'true' }],
])('%j asks for %j', (filter, query) => expect(careQuery(filter)).toEqual(query));

test('a counter adds its filter, keeps the other, and takes its own out again', () => {
  expect(careHref({ show: '', on: 'payments' }, { show: 'stuck' })).toBe('/care?show=stuck&on=payments');
  expect(careHref({ show: 'stuck', on: 'payments' }, { show: 'stuck' })).toBe('/care?on=payments');
  expect(careHref({ show: 'stuck', on: '' }, { show: 'stuck' })).toBe('/care');
});

test('an empty list says what is not there', () => {
  expect(noneText({ show: '', on: '' })).toBe('No order needs care.');
  expect(noneText({ show: 'given_up', on: '' })).toBe('Nothing of any order was given up.');
  expect(noneText({ show: 'stuck', on: 'person' })).toBe('No order of these waits on a person.');
});
