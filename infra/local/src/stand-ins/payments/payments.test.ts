// The payment stand-in as a process, asked over HTTP: its contract, its faults, and what it remembers after a kill.
import { createHmac } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { choosePorts } from '../../ports.ts';
import { Supervisor } from '../../supervisor.ts';

const API_KEY = 'key-of-the-payment-stand-in';
const CARD = { good: 'tok_4242424242424242', declined: 'tok_4000000000000002', poor: 'tok_4000000000009995', later: 'tok_4000000000000077', laterDeclined: 'tok_4000000000000341' };
const directory = mkdtempSync(join(tmpdir(), 'payments-test-'));
type Received = { headers: IncomingHttpHeaders; text: string; body: Record<string, any> };
const received: Received[] = [];
/** Statuses that the receiver answers next; then 202. */
const answers: number[] = [];
let receiver: Server;
let supervisor: Supervisor;
let url: string;

beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    received.push({ headers: request.headers, text, body: JSON.parse(text) as Record<string, any> });
    response.writeHead(answers.shift() ?? 202).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = await choosePorts({ port: 0 });
  supervisor = new Supervisor({ logsDirectory: join(directory, 'logs') });
  const environment = {
    PATH: process.env['PATH'] ?? '', PAYMENTS_PORT: String(port), PAYMENTS_DIR: directory, PAYMENTS_API_KEY: API_KEY,
    PAYMENTS_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`, PAYMENTS_WEBHOOK_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/webhooks/payments/orders`,
  };
  url = String((await supervisor.start({ name: 'payments', entry: fileURLToPath(new URL('./main.ts', import.meta.url)), environment }))['url']);
});
afterEach(() => setFaults({}));
afterAll(async () => {
  await supervisor.stop();
  receiver.closeAllConnections();
  receiver.close();
  rmSync(directory, { recursive: true });
});

async function call(method: string, path: string, body?: unknown, key?: string) {
  const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json', ...(key !== undefined && { 'idempotency-key': key }) };
  const answer = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: () => JSON.parse(text) as Record<string, any> };
}

const charge = (key: string, token = CARD.good, amount = '200.38') => call('POST', '/v1/charges', { amount, currency: 'USD', order_id: `order-of-${key}`, method: { type: 'card', token } }, key);
const refund = (key: string, chargeKey: string, amount: string) => call('POST', '/v1/refunds', { amount, currency: 'USD', order_id: `order-of-${chargeKey}`, charge_key: chargeKey }, key);
const find = async (key: string) => (await call('GET', `/v1/charges/${encodeURIComponent(key)}`)).json();
const setFaults = (faults: Record<string, unknown>) => call('PUT', '/_stand-in/faults', faults);
const moneyOf = async (key: string) => (await call('GET', `/_stand-in/ledger?orderId=order-of-${key}`)).json()['orders'] as Record<string, unknown>[];
const toldOf = (key: string) => received.filter(({ body }) => body['order_id'] === `order-of-${key}`);

async function eventually<T>(look: () => T | undefined | Promise<T | undefined>, timeoutMs = 8_000): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error('did not come in time');
    await wait(10);
  }
}

test('a good card is charged once, however often its key is sent', async () => {
  const answered = await Promise.all([charge('a'), charge('a'), charge('a')]);
  expect(answered.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(answered[0]?.json()).toMatchObject({ id: expect.stringMatching(/^ch_/), key: 'a', order_id: 'order-of-a', status: 'succeeded', amount: '200.38' });
  expect(await moneyOf('a')).toEqual([{ orderId: 'order-of-a', currency: 'USD', charges: 1, charged: '200.38', refunds: 0, refunded: '0.00', kept: '200.38' }]);
  expect((await charge('a', CARD.good, '200.39')).json()).toMatchObject({ error: { code: 'key_reused' } });
});

test.each([['declined', CARD.declined, 'card_declined'], ['poor', CARD.poor, 'insufficient_funds'], ['unknown', '1', 'card_unknown']])('a %s card is refused, and nothing is taken', async (key, token, code) => {
  const refused = await charge(key, token);
  expect([refused.status, refused.json()['error'].code, (await find(key))['status'], await moneyOf(key)]).toEqual([402, code, 'failed', []]);
  expect(readFileSync(join(directory, 'ledger.jsonl'), 'utf8')).not.toContain(token === '1' ? '"token"' : token);
});

test.each([['later', CARD.later, 'succeeded', 1], ['laterDeclined', CARD.laterDeclined, 'failed', 0]])('a card that decides %s is pending first, and its outcome is told by a signed webhook', async (key, token, status, charges) => {
  expect([(await charge(key, token)).status, (await find(key))['status']]).toEqual([202, 'pending']);
  expect(await moneyOf(key)).toEqual([]);
  const { headers, text, body } = await eventually(() => toldOf(key)[0]);
  expect(body).toMatchObject({ provider: 'standard', payment_id: (await find(key))['id'], status, amount: '200.38', currency: 'USD', provider_event_id: headers['webhook-id'] });
  const expected = createHmac('sha256', Buffer.alloc(32, 7)).update(`${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${text}`).digest('base64');
  expect(headers['webhook-signature']).toBe(`v1,${expected}`);
  expect((await find(key))['status']).toBe(status);
  expect(await moneyOf(key)).toHaveLength(charges);
});

test('a charge is given back in parts, once per key, and never beyond what was taken', async () => {
  await charge('b');
  expect((await Promise.all([refund('b-1', 'b', '100.00'), refund('b-1', 'b', '100.00')])).map(({ status }) => status)).toEqual([200, 200]);
  expect((await refund('b-2', 'b', '100.39')).json()).toMatchObject({ error: { code: 'refund_exceeds_charge' } });
  expect((await refund('b-1', 'b', '1.00')).status).toBe(409);
  expect((await refund('b-3', 'b', '100.38')).status).toBe(200);
  expect(await moneyOf('b')).toMatchObject([{ refunds: 2, refunded: '200.38', kept: '0.00' }]);
  expect((await refund('b-4', 'nobody', '1.00')).json()).toMatchObject({ error: { code: 'charge_unknown' } });
  await charge('c', CARD.declined);
  expect((await refund('c-1', 'c', '1.00')).json()).toMatchObject({ error: { code: 'charge_not_refundable' } });
});

test('a refund that is decided later is pending, then given, and told', async () => {
  await setFaults({ pendingRefund: 1, decisionDelayMs: [300, 300] });
  await charge('d');
  expect((await refund('d-1', 'd', '5.00')).status).toBe(202);
  expect((await eventually(() => toldOf('d')[0])).body).toMatchObject({ status: 'refunded', refund_id: 'd-1', amount: '5.00' });
  expect((await refund('d-1', 'd', '5.00')).status).toBe(200);
});

test('an effect is there although its answer was lost; throttling and server errors come before it', async () => {
  await setFaults({ loseAnswer: 1 });
  await expect(charge('e')).rejects.toThrow();
  expect(await moneyOf('e')).toMatchObject([{ charges: 1 }]);
  await setFaults({ tooManyRequests: 1, retryAfterSeconds: 7 });
  const throttled = await charge('f');
  expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '7']);
  await setFaults({ serverError: 1 });
  expect((await charge('f')).headers.get('content-type')).toContain('text/html');
  await setFaults({});
  expect((await call('GET', '/v1/charges/f')).json()).toMatchObject({ error: { code: 'charge_unknown' } });
});

test('a webhook is repeated until it is taken, lost or doubled on purpose', async () => {
  await setFaults({ decisionDelayMs: [10, 10] });
  answers.push(500);
  await charge('g', CARD.later);
  await eventually(() => toldOf('g')[1]);
  await setFaults({ decisionDelayMs: [10, 10], doubleWebhook: 1 });
  await charge('h', CARD.later);
  const [first, second] = await eventually(() => (toldOf('h').length === 2 ? toldOf('h') : undefined));
  expect([second?.headers['webhook-id'], second?.text]).toEqual([first?.headers['webhook-id'], first?.text]);
  await setFaults({ decisionDelayMs: [10, 10], loseWebhook: 1 });
  await charge('i', CARD.later);
  await eventually(async () => ((await find('i'))['status'] === 'succeeded' ? true : undefined));
  await wait(100);
  expect(toldOf('i')).toEqual([]);
});

test.each([
  ['no amount', { currency: 'USD', order_id: 'o', method: { type: 'card', token: '1' } }, 'amount'],
  ['nothing to take', { amount: '0.00', currency: 'USD', order_id: 'o', method: { type: 'card', token: '1' } }, 'above 0.00'],
  ['an unknown field', { amount: '1.00', currency: 'USD', order_id: 'o', method: { type: 'card', token: '1', cvc: '1' } }, 'cvc'],
])('a charge with %s is refused by name, and one without a key, or with a wrong one of ours, too', async (name, body, message) => {
  const answer = await call('POST', '/v1/charges', body, name.replaceAll(' ', '-'));
  expect([answer.status, answer.json()['error'].code]).toEqual([400, 'invalid_request']);
  expect(answer.json()['error'].message).toContain(message);
  expect((await call('POST', '/v1/charges', body)).json()).toMatchObject({ error: { code: 'key_required' } });
  expect((await fetch(`${url}/_stand-in/ledger`, { headers: { authorization: 'Bearer guessed' } })).status).toBe(401);
});

test('after a kill everything that was answered is still there, a torn last line is not, and open webhooks are sent', async () => {
  await setFaults({ decisionDelayMs: [700, 700] });
  const answered = await Promise.all(Array.from({ length: 30 }, (_, n) => charge(`j${n}`, CARD.later)));
  expect(answered.every(({ status }) => status === 202)).toBe(true);
  const payments = supervisor.process('payments');
  const before = payments.pid;
  payments.signal('SIGKILL');
  appendFileSync(join(directory, 'ledger.jsonl'), '{"charge":{"key":"torn"');
  await eventually(() => (payments.isReady && payments.pid !== before ? true : undefined));
  await eventually(() => (received.filter(({ body }) => String(body['order_id']).startsWith('order-of-j')).length >= 30 ? true : undefined));
  for (const n of [0, 15, 29]) expect(await moneyOf(`j${n}`)).toMatchObject([{ charges: 1, charged: '200.38' }]);
  expect(await moneyOf('a')).toMatchObject([{ charges: 1 }]);
});
