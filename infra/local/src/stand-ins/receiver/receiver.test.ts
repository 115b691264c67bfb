// The demo's receiver, over real HTTP.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { listenOnLoopback } from '../../listen.http.ts';
import type { Listening } from '../../listen.http.ts';
import { signWebhook } from '../webhook-signature.ts';
import { PAGE_POLICY } from './page.ts';
import { receiverHandler } from './receiver.http.ts';

const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const KEY = 'key-of-the-door-for-tests';
const NOW_MS = 1_795_262_400_000;
let server: Listening;

beforeEach(async () => {
  server = await listenOnLoopback(0, () => receiverHandler({ secret: SECRET, apiKey: KEY, nowMs: () => NOW_MS }));
});
afterEach(() => server.stop(0));

async function send(id: string, body: string, secret = SECRET): Promise<number> {
  const headers = { 'webhook-id': id, 'webhook-timestamp': String(NOW_MS / 1_000), 'webhook-signature': signWebhook(secret, id, NOW_MS / 1_000, body) };
  return (await fetch(`${server.url}/hook`, { method: 'POST', headers, body })).status;
}
const received = async (query = ''): Promise<any[]> => ((await (await fetch(`${server.url}/received${query}`)).json()) as { items: any[] }).items;
const message = (orderId: string) => JSON.stringify({ event: 'order.completed', data: { orderId } });

test('what is signed is taken and shown, the newest first, and what comes again is counted', async () => {
  expect([await send('m-1', message('o-1')), await send('m-2', message('o-2')), await send('m-1', message('o-1'))]).toEqual([204, 204, 204]);
  expect((await received()).map(({ messageId, time, signature, subject }) => [messageId, time, signature, subject])).toEqual([['m-1', 2, 'valid', 'o-1'], ['m-2', 1, 'valid', 'o-2'], ['m-1', 1, 'valid', 'o-1']]);
  expect(await received('?subject=o-2')).toMatchObject([{ messageId: 'm-2', event: 'order.completed', answer: 204 }]);
});

test('what is not signed with its secret is refused, and shown as such', async () => {
  expect(await send('m-1', message('o-1'), `whsec_${Buffer.alloc(32, 4).toString('base64')}`)).toBe(401);
  expect(await received()).toMatchObject([{ signature: 'wrong', answer: 401 }]);
});

test('it fails and is slow on request, by its key alone', async () => {
  const put = (key: string, settings: object) => fetch(`${server.url}/_stand-in/faults`, { method: 'PUT', headers: { authorization: `Bearer ${key}` }, body: JSON.stringify(settings) });
  expect((await put('other', { serverError: 1 })).status).toBe(401);
  expect((await put(KEY, { serverErrors: 1 })).status).toBe(400);
  expect((await put(KEY, { serverError: 1, latencyMs: 60 })).status).toBe(200);
  const began = performance.now();
  expect(await send('m-1', message('o-1'))).toBe(500);
  expect(performance.now() - began).toBeGreaterThan(55);
});

test('the page for people shows what came, and runs nothing of it', async () => {
  await send('<script>alert(1)</script>', JSON.stringify({ event: '<b>x', data: { orderId: '"><img>' } }));
  const answer = await fetch(`${server.url}/`);
  const page = await answer.text();
  expect(answer.headers.get('content-security-policy')).toBe(PAGE_POLICY);
  const style = /<style>(.*)<\/style>/.exec(page)?.[1] ?? '';
  expect(PAGE_POLICY).toBe(`default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`);
  expect(page).toContain('<td>once</td>');
  expect(page).toContain('&lt;script&gt;');
  expect(page).not.toMatch(/<script|<img|<b>/);
  expect((await fetch(`${server.url}/nowhere`)).status).toBe(404);
});
