/** What is kept of calls to other services: whose they are, what of them, how many, and how they are read. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@commerce/service-kit/test-eventually';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { TestCoordinator } from '../test-coordinator.ts';
import { allowedBody, allowedOf } from './allowed.ts';
import { CallNotes, noting } from './call-notes.ts';
import type { EndedCall } from './call-notes.ts';
import { insertCalls, readCalls, removeOldCalls } from './calls.pg.ts';

describe('of a body', () => {
  test('only named fields are kept, and of everything else that it was there', () => {
    const body = { orderId: 'o-1', shipTo: { name: 'Paul Henriot', city: 'Reims' }, lines: [{ sku: 'NW-1', quantity: 2, note: 'ring twice' }], method: { type: 'card', token: 'tok_4242424242424242' }, amount: '18.00' };
    expect(JSON.parse(allowedOf(body) ?? '')).toEqual({ orderId: 'o-1', shipTo: '…', lines: [{ sku: 'NW-1', quantity: 2, note: '…' }], method: '…', amount: '18.00' });
  });

  test.each([
    ['a form', 'amount=1800&payment_method=pm_card_visa&currency=usd', 'application/x-www-form-urlencoded', '{"amount":"1800","payment_method":"…","currency":"usd"}'],
    ['a page', '<html>tok_4242</html>', 'text/html', '(21 characters that are no JSON)'],
    ['nothing', '', 'application/json', null],
    ['a long text', JSON.stringify({ status: 'x'.repeat(201) }), 'application/json', '{"status":"…"}'],
    ['what a database refuses', '{"status":"a\\u0000b\\ud800"}', 'application/json', '{"status":"ab\ufffd"}'],
  ])('%s', (_what, body, type, kept) => expect(allowedBody(body, type)).toBe(kept));

  test('at most some 4,000 characters are kept', () => {
    const text = allowedOf({ lines: Array.from({ length: 5_000 }, (_, index) => ({ sku: `NW-${index}`, quantity: 1, lineId: String(index) })) }) ?? '';
    expect(text.length).toBe(4_001);
  });
});

const ended = (more: Partial<EndedCall> = {}): EndedCall => ({
  service: 'order-fulfillment', method: 'POST', path: '/v1/fulfillments', requestHeaders: { authorization: 'Bearer secret', 'idempotency-key': 'k-1' }, request: { value: { orderId: 'o-1' } }, status: 202,
  answer: { value: { status: 'accepted' } }, tookMs: 12, ...more,
});
const job = (subject: string, attempt = 1) => ({ event: { subject, eventId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d' }, attempt, signal: new AbortController().signal });

describe('a call', () => {
  test('belongs to the run whose signal it carries; one of nobody is not kept', async () => {
    const notes = new CallNotes(() => 5_000);
    const run = noting('fulfillment.request', async ({ signal }: { readonly signal: AbortSignal }, { calls }: { readonly calls?: CallNotes }) => calls?.ended(signal, true, ended));
    await run({ ...job('o-1', 3) }, { calls: notes });
    notes.ended(new AbortController().signal, true, ended);
    notes.ended(undefined, true, ended);
    expect(notes.take()).toMatchObject([{ subject: 'o-1', handler: 'fulfillment.request', attempt: 3, status: 202, calledAtMs: 4_988, requestHeaders: { 'idempotency-key': 'k-1' }, requestBody: '{"orderId":"o-1"}', answerBody: '{"status":"accepted"}' }]);
    expect(notes.take()).toEqual([]);
  });

  test('is kept 25 times a second, those that failed as often beside them, and what is not kept is not made', () => {
    let nowMs = 0;
    let made = 0;
    const notes = new CallNotes(() => nowMs);
    const one = job('o-1');
    notes.begin('payments.charge', one);
    const call = (isWell: boolean): void => notes.ended(one.signal, isWell, () => (made += 1, ended({ status: isWell ? 202 : 503 })));
    for (let n = 0; n < 100; n += 1) call(true);
    for (let n = 0; n < 100; n += 1) call(false);
    expect([notes.take().length, made]).toEqual([50, 50]);
    nowMs = 1_000;
    call(true);
    expect(notes.take()).toHaveLength(1);
  });
});

describe('in the service', () => {
  let cc: TestCoordinator;
  beforeAll(async () => {
    cc = await startTestCoordinator({ ROLES: 'api,readers', INVENTORY_UNKNOWN_SKU: 'unlimited' });
  });
  afterAll(() => cc?.stop());
  const read = (query: string, scopes = 'events:read') => cc.call('GET', `/api/calls?${query}`, { scopes });

  test('what an effect asked stands beside its order, without a secret; nobody takes the money here, so each attempt says why', async () => {
    const placed = await cc.call('POST', '/orders', { headers: { 'idempotency-key': 'calls-1' }, body: { customerId: 'VINET', currency: 'USD', lines: [{ sku: 'NW-1', quantity: 1, unitPrice: '10.00' }] } });
    const { items } = await eventually('the charge is noted', async () => {
      const { body } = await read(`subject=${placed.body.orderId}`);
      return body.items.length > 0 && body;
    });
    expect(items[0]).toMatchObject({ handler: 'payments.charge', attempt: 1, service: 'payments standard', method: 'POST', path: '/v1/charges', status: null, error: expect.stringContaining('no answer'), answerBody: null, requestHeaders: { 'idempotency-key': expect.any(String) } });
    expect(JSON.parse(items[0].requestBody)).toMatchObject({ amount: expect.anything(), currency: 'USD' });
    expect(JSON.stringify(items)).not.toMatch(/tok_|Bearer|authorization/i);
  });

  test('is read in pages, by who may read events, and goes after a week', async () => {
    await insertCalls(cc.pool, [1, 2, 3].map((attempt) => ({
      subject: 'o-9', eventId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d', handler: 'payments.charge', attempt, service: 's', method: 'GET', path: '/', status: 200, error: null, tookMs: 1,
      calledAtMs: Date.now() - (attempt === 1 ? 8 : 0) * 86_400_000, requestHeaders: {}, requestBody: null, answerHeaders: {}, answerBody: null,
    })));
    const { body: first } = await read('subject=o-9&limit=2');
    const { body: second } = await read(`subject=o-9&limit=2&cursor=${encodeURIComponent(first.nextCursor)}`);
    expect([...first.items, ...second.items].map(({ attempt }: any) => attempt)).toEqual([1, 2, 3]);
    expect(second.nextCursor).toBeNull();
    expect([(await read('subject=o-9', 'orders:read')).status, (await read('limit=2')).status]).toEqual([403, 400]);
    expect(await removeOldCalls(cc.pool)).toBe(false);
    expect((await readCalls(cc.pool, 'o-9', '0', 10)).map(({ attempt }) => attempt)).toEqual([2, 3]);
  });
});
