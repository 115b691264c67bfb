import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Ran, TestServer } from '../test-world.ts';
import { json, ran, SECRET, startServer } from '../test-world.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.close());

const cli = (...argv: string[]): Promise<Ran> => given('', ...argv);
const given = (stdin: string, ...argv: string[]): Promise<Ran> => ran(['webhooks', ...argv, '--cc', server.url, '--issuer', server.url, '--client-id', 'operator'], { env: { CLIENT_SECRET: SECRET }, stdin });
const webhook = (more: object = {}): object => ({
  webhookId: 'w-1', url: 'https://crm.example.com/hooks', events: ['order.created'], filter: null, retryAttempts: 3, retryDelay: 5_000, timeout: 30_000, rateLimit: null, maxInFlight: 16, ordered: false, headerNames: ['X-Tenant'],
  description: null, owner: 'crm', status: 'enabled', disabledReason: null, secrets: [{ signing: 'hmac', expiresAt: null, publicKey: null }], delivered: 892, failedAttempts: 4, exhausted: 3, createdAt: '2030-01-01T00:00:00.000Z', ...more,
});
const delivery = (more: object = {}): object => ({
  deliveryId: 'd-1', webhookId: 'w-1', eventId: 'e-1', event: 'order.created', subject: 'o-1', state: 'dead', attempts: 3, createdAt: '2030-01-01T00:00:00.000Z', dueAt: null, lastStatus: 503, lastError: null, ...more,
});
const asked = () => server.seen.map(({ method, url, body }) => [method, url, body]);

test('a webhook is registered under a key, and its secret is shown', async () => {
  server.react = (_, response) => json(response, 201, { ...webhook(), secret: 'whsec_made' });
  const { code, out } = await given('{"data":{"currency":["USD"]}}', 'register', 'https://crm.example.com/hooks', '--event', 'order.created', '--event', 'payment.*', '--attempts', '5', '--delay', '100', '--timeout-ms', '2000', '--rate-limit', '10', '--max-in-flight', '4', '--ordered',
    '--header', 'X-Tenant: one', '--filter-file', '-', '--description', 'CRM', '--key', 'k-1', '--reason', 'new_partner');
  expect(server.seen[0]?.headers['idempotency-key']).toBe('k-1');
  expect(asked()).toEqual([['POST', '/api/webhooks/register', {
    url: 'https://crm.example.com/hooks', events: ['order.created', 'payment.*'], retryAttempts: 5, retryDelay: 100, timeout: 2_000, rateLimit: 10, maxInFlight: 4, ordered: true, headers: { 'X-Tenant': 'one' },
    filter: { data: { currency: ['USD'] } }, description: 'CRM', reason: { code: 'new_partner' },
  }]]);
  expect([code, out]).toEqual([0, expect.stringMatching(/webhook\s+w-1[\s\S]*secret, shown once: {2}whsec_made/)]);
});

test('a secret of one\'s own comes from a file, never from the command line', async () => {
  server.react = (_, response) => json(response, 201, { ...webhook(), secret: null });
  const { out } = await given('whsec_of-the-owner\n', 'register', 'https://a.example.com', '--event', '*', '--secret-file', '-');
  expect([server.seen[0]?.body.secret, out.includes('shown once')]).toEqual(['whsec_of-the-owner', false]);
});

test('webhooks are listed, shown, changed and removed', async () => {
  server.react = ({ method, url }, response) => json(response, 200, url.includes('?') ? { items: [webhook()], nextCursor: 'more' } : method === 'DELETE' ? { webhookId: 'w-1', removed: true } : webhook());
  const { out, err } = await cli('list', '--limit', '1');
  expect([out, err]).toEqual([expect.stringMatching(/WEBHOOK\s+STATUS\s+URL[\s\S]*w-1\s+enabled\s+https:\/\/crm/), expect.stringContaining('These are the first 1')]);
  expect((await cli('show', 'a/b')).out).toMatch(/attempts\s+3, the first wait 5000 ms/);
  await cli('update', 'w-1', '--url', 'https://new.example.com', '--rate-limit', 'none', '--filter-file', 'none', '--no-ordered');
  expect((await cli('remove', 'w-1')).out).toBe('removed w-1\n');
  expect(asked()).toEqual([
    ['GET', '/api/webhooks?limit=1', undefined], ['GET', '/api/webhooks/a%2Fb', undefined], ['PATCH', '/api/webhooks/w-1', { url: 'https://new.example.com', rateLimit: null, filter: null, ordered: false }], ['DELETE', '/api/webhooks/w-1', undefined],
  ]);
});

test('a secret is changed, a test is sent, a webhook is disabled and enabled', async () => {
  server.react = ({ url }, response) => json(response, 200, url.endsWith('/test')
    ? { delivered: false, status: 503, durationMs: 12, answer: 'down', error: null } : { ...webhook({ status: 'disabled', disabledReason: 'gone' }), secret: 'whsk_made', held: { moved: 2, isComplete: false } });
  expect((await cli('rotate', 'w-1', '--signing', 'ed25519', '--reason', 'leaked')).out).toContain('whsk_made');
  expect((await cli('test', 'w-1')).out).toMatch(/delivered\s+no\nstatus\s+503\ntime\s+12 ms\nanswer\s+down/);
  expect((await cli('disable', 'w-1')).out).toMatch(/status\s+disabled \(gone\)/);
  expect((await cli('enable', 'w-1', '--held', 'discard')).err).toBe('2 deliveries were moved; the rest follows by itself.\n');
  expect(asked()).toEqual([
    ['POST', '/api/webhooks/w-1/rotate', { signing: 'ed25519', reason: { code: 'leaked' } }], ['POST', '/api/webhooks/w-1/test', {}], ['POST', '/api/webhooks/w-1/disable', {}], ['POST', '/api/webhooks/w-1/enable', { held: 'discard' }],
  ]);
});

test('deliveries are listed, shown with their attempts, and sent again', async () => {
  server.react = ({ method, url }, response) => {
    if (url.includes('?')) return json(response, 200, { items: [delivery()], nextCursor: null });
    if (url.endsWith('/recover')) return json(response, 202, url === '/api/webhooks/recover' ? { webhooks: 7 } : { moved: 3, isComplete: true });
    if (method === 'POST') return json(response, 202, delivery({ state: 'ready' }));
    json(response, 200, { ...delivery(), request: { url: 'https://crm.example.com', body: '{}' }, attemptsMade: [{ attempt: 1, startedAt: '2030-01-01T00:00:00.000Z', durationMs: 9, status: 503, answer: 'a\u001b[31m', error: null }] });
  };
  expect((await cli('deliveries', 'w-1', '--state', 'dead')).out).toMatch(/DELIVERY\s+STATE[\s\S]*d-1\s+dead\s+order\.created\s+o-1\s+3\s+503/);
  expect((await cli('dead')).out).toContain('d-1');
  // What a receiver has answered cannot move the cursor of a terminal.
  expect((await cli('deliveries', 'w-1', 'd-1')).out).toMatch(/ATTEMPT[\s\S]*1\s+2030-01-01T00:00:00.000Z\s+9 ms\s+503\s+a\\u001b\[31m/);
  expect((await cli('retry', 'w-1', 'd-1')).out).toMatch(/d-1\s+ready/);
  expect((await cli('recover', 'w-1', '--since', '3h')).out).toBe('3 deliveries were moved.\n');
  expect((await cli('recover', '--since', '2029-12-31T00:00:00Z')).out).toBe('of 7 webhooks what was given up is sent again\n');
  expect(asked()).toEqual([
    ['GET', '/api/webhooks/w-1/deliveries?state=dead&limit=50', undefined], ['GET', '/api/webhooks/dead-deliveries?limit=50', undefined], ['GET', '/api/webhooks/w-1/deliveries/d-1', undefined],
    ['POST', '/api/webhooks/w-1/deliveries/d-1/retry', {}], ['POST', '/api/webhooks/w-1/recover', { since: '2029-12-31T21:00:00.000Z' }], ['POST', '/api/webhooks/recover', { since: '2029-12-31T00:00:00.000Z' }],
  ]);
});

test('statistics are told, as text and as JSON', async () => {
  server.react = (_, response) => json(response, 200, { registeredWebhooks: 5, deliveredWebhooks: 892, failedWebhooks: 3, queuedWebhooks: 12 });
  expect((await cli('stats')).out).toMatch(/registered\s+5\ndelivered\s+892\nfailed\s+3\nqueued\s+12/);
  expect(JSON.parse((await cli('stats', '--json')).out)).toEqual({ registeredWebhooks: 5, deliveredWebhooks: 892, failedWebhooks: 3, queuedWebhooks: 12 });
});

test.each([
  [['register', 'https://a.example.com'], '--event order.created'], [['register', 'https://a.example.com', '--event', '*', '--attempts', 'many'], '--attempts is a whole number'], [['update', 'w-1'], 'Name what is to be changed'],
  [['register', 'https://a.example.com', '--event', '*', '--header', 'none'], '--header is'], [['recover', 'w-1', '--since', 'monday'], '--since is a time'], [['deliveries', 'w-1', '--state', 'lost'], 'Allowed choices'],
])('what was written wrongly (%j) asks nobody', async (argv, told) => {
  const { code, err } = await cli(...argv);
  expect([code, err, server.seen]).toEqual([2, expect.stringContaining(told), []]);
});
