import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Refused, RetryLater } from '@commerce/event-log/extension';
import { freePort } from '@commerce/service-kit/test-process';
import type { Charge } from './provider.ts';
import { createStandardProvider } from './standard.http.ts';
import type { StandardProvider } from './standard.http.ts';
import { retryAfterOf } from './response.ts';
import { chargeMeaning, findMeaning, foundRefundMeaning, refundBody, refundMeaning } from './standard.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const ASKED: Charge = { key: 'pay_o', amount: 200_38n, currency: 'USD', orderId: 'o', method: { type: 'card', token: 'tok_4242424242424242' }, sinceMs: NOW };
const response = (status: number, body: string | object = '', retryAfter?: string) => ({ status, retryAfter, body: typeof body === 'string' ? body : JSON.stringify(body) });
const charged = (given: object = {}) => ({ id: 'ch_1', status: 'succeeded', amount: '200.38', currency: 'USD', ...given });
const error = { error: { code: 'card_declined', message: 'No.\u0000\nNever.' } };
const thrown = (call: () => unknown): unknown => {
  try {
    call();
  } catch (fault) {
    return fault;
  }
  throw new Error('nothing was thrown');
};
const meaning = (...given: Parameters<typeof response>) => chargeMeaning(response(...given), ASKED, NOW);

describe('What the provider answers', () => {
  test('is taken, decided later, or refused for good in its own words', () => {
    expect(meaning(200, charged())).toEqual({ kind: 'succeeded', reference: 'ch_1' });
    expect(meaning(202, charged({ status: 'pending' }))).toEqual({ kind: 'pending', reference: 'ch_1' });
    expect(meaning(402, error)).toEqual({ kind: 'failed', reason: { code: 'card_declined', message: 'No. Never.' } });
    expect(meaning(400, { error: { code: 'Bad Code!' } })).toEqual({ kind: 'failed', reason: { code: 'payment_refused' } });
    expect(thrown(() => meaning(404, { error: { code: 'not_found' } }))).toBeInstanceOf(RetryLater);
    expect(meaning(200, charged({ status: 'failed', failure: { code: 'card_declined' } }))).toMatchObject({ kind: 'failed', reference: 'ch_1' });
  });

  test.each([201, 202, 204, 302, 400, 401, 402, 403, 404, 408, 409, 422, 429, 500, 502, 503, 504])('%d without its own words leaves open what happened', (status) => {
    for (const body of ['', '<h1>Error</h1>', '{"detail":"No."}', '{"error":"No."}', '{"id":7}', '{"mess']) expect(thrown(() => meaning(status, body))).toBeInstanceOf(RetryLater);
  });

  test('says that nothing was done when it turned the call away, and when to come again', () => {
    expect(thrown(() => meaning(429, error, '7'))).toMatchObject({ sent: false, afterMs: 7_000 });
    expect(thrown(() => meaning(401, error))).toMatchObject({ sent: false });
    expect(thrown(() => meaning(503, '<h1>Later</h1>', '2'))).toMatchObject({ sent: true, afterMs: 2_000 });
    expect(['Sat, 21 Nov 2026 12:00:09 GMT', '99999', 'soon', '-1', undefined].map((header) => retryAfterOf(header, NOW))).toEqual([9_000, 300_000, undefined, undefined, undefined]);
  });

  test('for another charge than the one that was asked for is not believed', () => {
    expect(thrown(() => meaning(200, charged({ amount: '200.39' })))).not.toBeInstanceOf(Refused);
    expect(() => meaning(200, charged({ currency: 'EUR' }))).toThrow('another amount');
    expect(thrown(() => meaning(409, { error: { code: 'key_reused' } }))).toBeInstanceOf(Refused);
  });

  test('tells of a key that it does not know only when it says so itself', () => {
    expect(findMeaning(response(404, { error: { code: 'charge_unknown' } }), NOW)).toEqual({ kind: 'absent' });
    expect(thrown(() => findMeaning(response(404, { error: { code: 'not_found' } }), NOW))).toBeInstanceOf(RetryLater);
    expect(thrown(() => findMeaning(response(404, '<h1>Not Found</h1>'), NOW))).toBeInstanceOf(RetryLater);
    expect(findMeaning(response(200, charged({ status: 'failed' })), NOW)).toMatchObject({ kind: 'failed', reason: { code: 'payment_refused' } });
  });

  test('gives a refund, decides on it later, or refuses it for good', () => {
    expect(refundMeaning(response(200, { status: 'succeeded' }), NOW)).toBeUndefined();
    expect(thrown(() => refundMeaning(response(202, { status: 'pending' }), NOW))).toMatchObject({ afterMs: 1_000 });
    expect(thrown(() => refundMeaning(response(422, { error: { code: 'refund_exceeds_charge', message: 'Too much.' } }), NOW))).toMatchObject({ name: 'Refused', code: 'refund_exceeds_charge' });
    expect(thrown(() => refundMeaning(response(404, { error: { code: 'not_found' } }), NOW))).toBeInstanceOf(RetryLater);
    expect(thrown(() => refundMeaning(response(500), NOW))).toBeInstanceOf(RetryLater);
  });

  test('tells of a refund that it gave, decides on, or never heard of in its own words', () => {
    expect(['succeeded', 'pending'].map((status) => foundRefundMeaning(response(200, { status }), NOW))).toEqual(['given', 'pending']);
    expect(foundRefundMeaning(response(404, { error: { code: 'refund_unknown' } }), NOW)).toBe('absent');
    expect(thrown(() => foundRefundMeaning(response(404, '<h1>Not Found</h1>'), NOW))).toBeInstanceOf(RetryLater);
  });

  test('is asked to give back what a charge took: by its own id of that where it has told one', () => {
    const order = { key: 'r', amount: 1_00n, currency: 'USD', orderId: 'o' };
    expect(refundBody({ ...order, charge: { key: 'pay_o', reference: undefined } })).toEqual({ amount: '1.00', currency: 'USD', order_id: 'o', charge_key: 'pay_o' });
    expect(refundBody({ ...order, charge: { key: 'pay_o', reference: 'ch_2' } })).toEqual({ amount: '1.00', currency: 'USD', order_id: 'o', charge_id: 'ch_2' });
  });
});

describe('The provider over HTTP', () => {
  const open: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0)) await close();
  });

  async function providerAt(listener: RequestListener | undefined): Promise<StandardProvider> {
    let port = await freePort();
    if (listener !== undefined) {
      const server = createServer(listener);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      port = (server.address() as AddressInfo).port;
      open.push(async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      });
    }
    const provider = createStandardProvider({ url: `http://127.0.0.1:${port}/base`, apiKey: 'the key', timeoutMs: 500, connections: 1, nowMs: () => NOW });
    open.unshift(() => provider.close());
    return provider;
  }
  const fault = (call: Promise<unknown>): Promise<unknown> => call.then(() => 'no fault', (caught: unknown) => caught);
  const signal = new AbortController().signal;

  test('is sent the charge under its key', async () => {
    let seen: unknown;
    const provider = await providerAt(async (request, answer) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      seen = [request.method, request.url, request.headers.authorization, request.headers['idempotency-key'], JSON.parse(body)];
      answer.writeHead(200).end(JSON.stringify(charged()));
    });
    expect(await provider.charge(ASKED, signal)).toEqual({ kind: 'succeeded', reference: 'ch_1' });
    expect(seen).toEqual(['POST', '/base/v1/charges', 'Bearer the key', 'pay_o', { amount: '200.38', currency: 'USD', order_id: 'o', method: { type: 'card', token: 'tok_4242424242424242' } }]);
  });

  test('that does not answer in time, hangs up, or says too much leaves open what happened', async () => {
    expect(await fault((await providerAt(() => undefined)).charge(ASKED, signal))).toMatchObject({ name: 'RetryLater', sent: true });
    expect(await fault((await providerAt((request) => void request.socket.destroy())).charge(ASKED, signal))).toMatchObject({ name: 'RetryLater', sent: true });
    expect(await fault((await providerAt((_request, answer) => void answer.writeHead(200).end('x'.repeat(270_000)))).find({ key: 'k', reference: undefined }, signal))).toMatchObject({ name: 'RetryLater' });
  });

  test('that nobody listens at was sent nothing', async () => {
    const caught = await fault((await providerAt(undefined)).charge(ASKED, signal));
    expect(caught).toMatchObject({ name: 'RetryLater', sent: false });
    expect(String(caught)).not.toContain('4242');
  });
});
