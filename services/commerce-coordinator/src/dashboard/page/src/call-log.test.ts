/** A call as a line for a shell. */
import { expect, test } from '@jest/globals';
import { asCurl } from './call-log.ts';

test('a read is one address with a token', () => {
  expect(asCurl({ method: 'GET', path: '/orders/care?limit=50', body: undefined }, 'http://127.0.0.1:3000')).toBe(`curl -H "Authorization: Bearer $TOKEN" 'http://127.0.0.1:3000/orders/care?limit=50'`);
});

test('a quote in a body does not end the argument', () => {
  expect(asCurl({ method: 'POST', path: '/orders/1/cancel', body: `{"reason":"it's late"}` }, 'http://h')).toContain(String.raw`--data-raw '{"reason":"it'\''s late"}'`);
});
