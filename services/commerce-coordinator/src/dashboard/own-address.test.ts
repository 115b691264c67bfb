import { describe, expect, test } from '@jest/globals';
import { Problem } from '@commerce/service-kit/problems';
import { cookie } from './cookies.ts';
import { isLoopback, ownAddress, returnPath } from './own-address.ts';

const PUBLIC = 'https://orders.example.com';

function statusOf(judge: () => void): number {
  try {
    judge();
    return 200;
  } catch (error) {
    return (error as Problem).status;
  }
}

describe('behind https, outside development', () => {
  const own = ownAddress(PUBLIC, false);

  test.each([['orders.example.com', 200], ['ORDERS.example.com', 200], ['orders.example.com:8443', 421], ['127.0.0.1', 421], ['localhost:3000', 421], ['orders.example.com.evil.example', 421], ['', 421]])('the host %j: %d', (host, status) => {
    expect(statusOf(() => own.refuseForeignHost({ host }))).toBe(status);
  });

  test.each([
    ['GET', { 'sec-fetch-site': 'same-origin' }, 200], ['GET', { 'sec-fetch-site': 'none' }, 200], ['GET', {}, 200], ['HEAD', {}, 200],
    ['POST', { 'sec-fetch-site': 'same-origin', origin: PUBLIC }, 200], ['POST', { origin: PUBLIC }, 200], ['POST', { 'sec-fetch-site': 'same-origin' }, 200],
    ['GET', { 'sec-fetch-site': 'cross-site' }, 403], ['GET', { 'sec-fetch-site': 'same-site' }, 403], ['GET', { origin: 'https://evil.example' }, 403],
    ['POST', {}, 403], ['POST', { 'sec-fetch-site': 'none' }, 403], ['POST', { origin: 'http://orders.example.com' }, 403], ['POST', { origin: 'null' }, 403], ['DELETE', { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }, 403],
  ])('%s with %j: %d', (method, headers, status) => {
    expect(statusOf(() => own.refuseOtherSites(method, { host: 'orders.example.com', ...headers }))).toBe(status);
  });

  test('cookies belong to this host alone, over https alone', () => {
    const { set, clear } = cookie('dashboard', PUBLIC, /^a$/);
    expect(set('a', 60)).toBe('__Host-dashboard=a; Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure');
    expect(clear()).toBe('__Host-dashboard=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure');
  });
});

describe('on this machine, in development', () => {
  const own = ownAddress('http://127.0.0.1:3000', true);

  test.each([['127.0.0.1:3000', 200], ['localhost:3000', 200], ['[::1]:3000', 200], ['127.0.0.1:4000', 200], ['localhost.evil.example', 421], ['0.0.0.0:3000', 421], ['192.168.1.5:3000', 421]])('the host %j: %d', (host, status) => {
    expect(statusOf(() => own.refuseForeignHost({ host }))).toBe(status);
  });

  test('a page of another port is another site', () => {
    expect(statusOf(() => own.refuseOtherSites('POST', { host: '127.0.0.1:3000', origin: 'http://127.0.0.1:4000' }))).toBe(403);
  });

  test('cookies of several stacks have several names', () => {
    expect(cookie('dashboard', 'http://127.0.0.1:3000', /^a$/).set('a', 60)).toBe('dashboard-3000=a; Max-Age=60; Path=/; HttpOnly; SameSite=Lax');
  });
});

test('a cookie is read by its whole name, once, and only when it looks like one', () => {
  const { read } = cookie('dashboard', PUBLIC, /^\w{3}$/);
  expect(read('a=b; __Host-dashboard=abc; c=d')).toBe('abc');
  for (const header of [undefined, '', 'dashboard=abc', 'x__Host-dashboard=abc', '__Host-dashboard=abcd', '__Host-dashboard=abc; __Host-dashboard=abd', '__Host-dashboard=']) expect(read(header)).toBeUndefined();
});

test.each([['http://localhost:3000', true], ['http://127.0.0.1', true], ['http://[::1]:80', true], ['http://localhost.example.com', false], ['http://10.0.0.1', false]])('%s is this machine: %s', (url, is) => {
  expect(isLoopback(url)).toBe(is);
});

test.each([
  [undefined, '/dashboard/'], ['/dashboard/orders?a=b#c', '/dashboard/orders?a=b#c'], ['/dashboard', '/dashboard/'], ['/dashboard/a/../../x', '/dashboard/'], ['/dashboard/%2e%2e/x', '/dashboard/'], ['/dashboard//evil.example', '/dashboard//evil.example'],
  ['/dashboard/\u0000', '/dashboard/'], [`/dashboard/orders?text=${'ü'.repeat(400)}`, '/dashboard/'], ['/dashboard/sign-in?to=x', '/dashboard/'], ['/dashboard/sign%2Din/once?token=x', '/dashboard/'], ['/dashboard/%73ign-in/once?token=x', '/dashboard/'], ['/dashboard/%ff', '/dashboard/'], ['/dashboard/orders/a%2Fb', '/dashboard/orders/a%2Fb'], ['https://orders.example.com/dashboard/', '/dashboard/'],
])('after the sign-in %j leads to %s', (given, path) => {
  expect(returnPath(given, PUBLIC)).toBe(path);
});
