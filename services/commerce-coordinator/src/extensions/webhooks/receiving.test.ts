/** What systems outside tell, over real HTTP, signed as they sign it. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { webhookSigner } from '@commerce/events/webhook-signing';
import { startTestWebhooks } from './test-webhooks.ts';
import type { TestWebhooks } from './test-webhooks.ts';

const [NEWEST, BEFORE, OTHER] = [1, 2, 3].map((fill) => `whsec_${Buffer.alloc(32, fill).toString('base64')}`) as [string, string, string];
let cc: TestWebhooks;

beforeAll(async () => {
  cc = await startTestWebhooks({ starts: false, settings: { inboundSecrets: [NEWEST, BEFORE] } });
});
afterAll(() => cc?.stop());

interface Given {
  readonly secret?: string;
  readonly id?: string;
  readonly atMs?: number;
  readonly headers?: Record<string, string>;
  /** Sent in the place of what was signed. */
  readonly sent?: string;
}

async function tell(path: string, message: unknown, { secret = NEWEST, id = 'msg_1', atMs = Date.now(), headers = {}, sent }: Given = {}) {
  const body = typeof message === 'string' ? message : JSON.stringify(message);
  const signed = webhookSigner([{ kind: 'hmac', secret }])({ webhookId: 'w', event: 'e', eventId: id, timestamp: Math.floor(atMs / 1_000), body: Buffer.from(body) });
  const answer = await fetch(`${cc.url}/api/webhooks/${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...signed, ...headers }, body: sent ?? body });
  return { status: answer.status, body: (await answer.json()) as any };
}
const code = ({ status, body }: { status: number; body: any }): [number, string] => [status, body.code];

const created = new Date().toISOString();
const DATA = { orderId: 'ord_123', orderNumber: 10248, customerId: 'VINET', status: 'shipped', statusChangedAt: created, total: '99.99', currency: 'USD', items: [{ sku: 'NW-11', quantity: 1 }], paymentInfo: { method: 'card' }, metadata: { sequence: 3 } };
const order = (id: string, more: object = {}) => ({ id, event: 'order.shipped', created, data: { ...DATA, ...more } });
const worker = (id: string, more: object = {}) => ({ id, event: 'job.failed', created, data: { workerId: 'w-1', queueName: 'order-processing', jobId: `job-${id}`, jobType: 'order-creation', status: 'failed', processingTime: 12.5, error: 'no stock', ...more } });

describe('POST /api/webhooks/order-status', () => {
  test('stores what was told as OrderStatusReported, and once, however often it comes', async () => {
    const message = order('msg_a', { orderId: 'ord_a' });
    const first = await tell('order-status', message, { id: 'msg_a' });
    expect(first).toEqual({ status: 202, body: { status: 'accepted', eventId: expect.any(String) } });
    const repeated = await Promise.all([1, 2, 3].map(() => tell('order-status', message, { id: 'msg_a', secret: BEFORE })));
    expect(repeated).toEqual([1, 2, 3].map(() => ({ status: 200, body: { status: 'duplicate', eventId: first.body.eventId } })));
    expect(await cc.log.history('ord_a')).toMatchObject([{ eventId: first.body.eventId, type: 'OrderStatusReported', origin: 'foreign', source: 'inbound-webhook', data: { messageId: 'msg_a', event: 'order.shipped', orderId: 'ord_a', status: 'shipped', report: message.data } }]);
  });

  test('takes the short form, with the order and its status alone', async () => {
    expect((await tell('order-status', { id: 'evt_456', event: 'order.created', created: '2026-11-21T10:00:00Z', data: { orderId: 'ord_b', status: 'created', total: '99.99' } }, { id: 'evt_456' })).status).toBe(202);
  });

  test('refuses another message under an id that was used', async () => {
    await tell('order-status', order('msg_c'), { id: 'msg_c' });
    expect(code(await tell('order-status', order('msg_c', { status: 'lost' }), { id: 'msg_c' }))).toEqual([422, 'webhook_report_reused']);
  });

  test('refuses it also when it says that it was created at another time, and takes an id for each kind', async () => {
    expect((await tell('order-status', order('msg_h'), { id: 'msg_h' })).status).toBe(202);
    expect(code(await tell('order-status', { ...order('msg_h'), created: new Date(Date.now() - 60_000).toISOString() }, { id: 'msg_h' }))).toEqual([422, 'webhook_report_reused']);
    expect((await tell('worker-status', worker('msg_h'), { id: 'msg_h' })).status).toBe(202);
  });

  test('refuses an id in the body that is not the one that was signed, and names that stand there twice', async () => {
    expect(code(await tell('order-status', order('msg_i'), { id: 'msg_j' }))).toEqual([400, 'webhook_report_malformed']);
    expect(code(await tell('order-status', JSON.stringify(order('msg_k')).replace('"status":"shipped"', '"status":"lost","status":"shipped"'), { id: 'msg_k' }))).toEqual([400, 'webhook_report_malformed']);
  });

  test('S39: refuses a report of a report, so that two services do not tell each other for ever', async () => {
    expect(code(await tell('order-status', { ...order('msg_d'), event: 'report.order_status' }, { id: 'msg_d' }))).toEqual([422, 'webhook_loop']);
  });

  test('refuses what is older than repetitions are known, and what is to come', async () => {
    for (const at of ['2020-01-01T00:00:00Z', new Date(Date.now() + 3 * 86_400_000).toISOString()]) expect(code(await tell('order-status', { ...order('msg_e'), created: at }, { id: 'msg_e' }))).toEqual([422, 'webhook_report_too_old']);
  });

  test.each<[string, unknown]>([
    ['no JSON', '{'], ['no object', '[]'], ['no data', { id: 'x', event: 'e', created }], ['a member that nobody knows', { ...order('x'), isAdmin: true }], ['a member of the data that nobody knows', order('x', { isAdmin: true })],
    ['no status', order('x', { status: '' })], ['money that is none', order('x', { total: 99.99 })], ['half a character', `{"id":"x","event":"e","created":"${created}","data":{"orderId":"\\ud800","status":"s"}}`], ['NUL', order('x', { status: 'a\u0000' })],
  ])('refuses %s, though it is signed', async (_name, message) => {
    expect(code(await tell('order-status', message, { id: 'msg_x' }))).toEqual([400, 'webhook_report_malformed']);
  });

  test.each<[string, Given]>([
    ['another secret', { secret: OTHER }], ['a message from six minutes ago', { atMs: Date.now() - 360_000 }], ['one from in six minutes', { atMs: Date.now() + 360_000 }], ['the same JSON in other bytes', { sent: JSON.stringify(order('msg_f'), null, 1) }],
    ['another id', { headers: { 'webhook-id': 'msg_g' } }], ['another time', { headers: { 'webhook-timestamp': String(Math.floor(Date.now() / 1_000) + 200) } }], ['half a signature', { headers: { 'webhook-signature': 'v1,AAAA' } }], ['the version for keys that it has not', { headers: { 'webhook-signature': 'v1a,AAAA' } }],
  ])('answers 401 for %s', async (_name, given) => {
    expect(code(await tell('order-status', order('msg_f'), { id: 'msg_f', ...given }))).toEqual([401, 'webhook_signature_refused']);
    expect(await cc.log.history('msg_f')).toEqual([]);
  });
});

describe('POST /api/webhooks/worker-status', () => {
  test('stores what was told as WorkerStatusReported, once', async () => {
    const message = worker('msg_w');
    expect((await tell('worker-status', message, { id: 'msg_w' })).status).toBe(202);
    expect((await tell('worker-status', message, { id: 'msg_w' })).status).toBe(200);
    expect(await cc.log.history('job-msg_w')).toMatchObject([{ type: 'WorkerStatusReported', data: { messageId: 'msg_w', event: 'job.failed', ...message.data } }]);
  });

  test('refuses a status that is none, and what is not signed', async () => {
    expect(code(await tell('worker-status', worker('msg_v', { status: 'tired' }), { id: 'msg_v' }))).toEqual([400, 'webhook_report_malformed']);
    expect(code(await tell('worker-status', worker('msg_v'), { id: 'msg_v', secret: OTHER }))).toEqual([401, 'webhook_signature_refused']);
  });
});

describe('POST /api/webhooks/test', () => {
  const message = { id: 'msg_t', event: 'order.created', created, data: { anything: 1 } };
  const hex = (secret: string): string => createHmac('sha256', secret).update(JSON.stringify(message)).digest('hex');

  test('answers what it has verified, and stores nothing', async () => {
    const before = (await cc.pool.query('SELECT count(*) FROM events')).rows;
    const atMs = Date.now() - 90_000;
    expect(await tell('test', message, { id: 'msg_t', secret: BEFORE, atMs })).toEqual({
      status: 200, body: { verified: true, messageId: 'msg_t', event: 'order.created', timestamp: Math.floor(atMs / 1_000), ageSeconds: expect.any(Number), bodyBytes: JSON.stringify(message).length, secret: 2, bodySignature: 'valid' },
    });
    expect((await cc.pool.query('SELECT count(*) FROM events')).rows).toEqual(before);
  });

  test('tells what X-Webhook-Signature is', async () => {
    const of = async (headers: Record<string, string>) => (await tell('test', message, { headers })).body.bodySignature;
    expect([await of({ 'X-Webhook-Signature': hex(NEWEST) }), await of({ 'X-Webhook-Signature': hex(OTHER) }), await of({ 'X-Webhook-Signature': '' })]).toEqual(['valid', 'wrong', 'wrong']);
  });

  test('answers 401 for a signature that does not fit', async () => {
    expect(code(await tell('test', message, { secret: OTHER }))).toEqual([401, 'webhook_signature_refused']);
  });
});
