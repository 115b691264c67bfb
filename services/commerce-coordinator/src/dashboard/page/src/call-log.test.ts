/** The calls of a view, and a call as a line for a shell. */
import { expect, test } from '@jest/globals';
import { asCurl, CallLog } from './call-log.ts';

test('a read is one address with a token', () => {
  expect(asCurl({ method: 'GET', path: '/orders/care?limit=50', body: undefined }, 'http://127.0.0.1:3000')).toBe(`curl -H "Authorization: Bearer $TOKEN" 'http://127.0.0.1:3000/orders/care?limit=50'`);
});

test('a quote in a body does not end the argument', () => {
  expect(asCurl({ method: 'POST', path: '/orders/1/cancel', body: `{"reason":"it's late"}` }, 'http://h')).toContain(String.raw`--data-raw '{"reason":"it'\''s late"}'`);
});

test('the newest comes first, but for who looks at them each keeps its place', () => {
  const log = new CallLog();
  const made = (path: string, status = 200): void => log.add({ method: 'GET', path, body: undefined, status, ms: 1 });
  const shown = (): string => log.calls().map(({ path, status }) => `${path} ${status}`).join(', ');
  for (const path of ['/a', '/b', '/a']) made(path);
  expect(shown()).toBe('/a 200, /b 200');
  log.lookedAt(true);
  made('/b', 503);
  made('/c');
  expect(shown()).toBe('/a 200, /b 503, /c 200');
  log.lookedAt(false);
  made('/b');
  expect(shown()).toBe('/b 200, /a 200, /c 200');
});
