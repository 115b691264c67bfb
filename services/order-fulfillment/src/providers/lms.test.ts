import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { freePort } from '@commerce/service-kit/test-process';
import { createLms } from './lms.http.ts';
import type { LmsProvider } from './lms.http.ts';
import { callbackMeaning, enrolmentRequest, meaningOf, meaningOfReturn, retryAfterOf, unenrolmentRequest } from './lms.ts';
import type { Answer } from './provider.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const answered = (status: number, body: string | object = '', retryAfter?: string): Answer =>
  meaningOf({ status, body: typeof body === 'string' ? body : JSON.stringify(body), retryAfter }, NOW);

const FULFILLMENT = { fulfillmentId: '0193a6a0-6000-7abc-9def-0123456789ab', clientId: 'c', orderId: 'o', customer: { id: 'learner' } };
const LINE = { lineId: '1', sku: 'COURSE', quantity: 2, startedAtMs: null };

describe('What the LMS is asked', () => {
  const userOf = (id: string) => (enrolmentRequest({ ...FULFILLMENT, customer: { id } }, LINE, undefined) as { user: string }).user;
  test('names the customer by its id, or by a shorter name, always the same, when the id is too long for the LMS', () => {
    expect(userOf('c'.repeat(150))).toBe('c'.repeat(150));
    expect(userOf('c'.repeat(151))).toMatch(/^customer-[0-9a-f]{64}$/);
    expect(userOf('c'.repeat(151))).toBe(userOf('c'.repeat(151)));
    expect(userOf('c'.repeat(151))).not.toBe(userOf('c'.repeat(152)));
  });
});

describe('What the LMS answers', () => {
  test('an active enrolment, new or old, is success; one that is not active yet is under way', () => {
    expect(answered(200, { is_active: true })).toEqual({ kind: 'fulfilled' });
    expect(answered(202, { is_active: false })).toEqual({ kind: 'pending' });
  });

  test.each([[400, 'enrolment_refused'], [404, 'course_unknown'], [406, 'learner_unknown'], [409, 'enrolment_conflict']])('%d is a definite refusal: %s', (status, code) => {
    expect(answered(status, { message: 'No.' })).toEqual({ kind: 'failed', reason: { code, message: 'No.' } });
  });

  test.each([401, 403, 405, 407, 408, 410, 413, 421, 422, 425, 429, 451, 500, 502, 503, 504, 302])('%d leaves open what happened, whoever says it', (status) => {
    expect([answered(status, '<h1>Error</h1>').kind, answered(status, { message: 'No.' }).kind]).toEqual(['unknown', 'unknown']);
  });

  test.each([400, 404, 406, 409])('%d that the LMS did not word itself leaves open what happened', (status) => {
    const others = ['<h1>Not Found</h1>', '', '{"detail":"Not found."}', '{"message":""}', '{"message":7}', '["message"]', '{"mess'];
    expect(others.map((body) => answered(status, body).kind)).toEqual(others.map(() => 'unknown'));
  });

  test('only a call that was turned away at the door has certainly begun nothing', () => {
    const certain = [200, 400, 401, 403, 404, 408, 429, 500, 502, 503, 504].filter((status) => (answered(status, '<h1>Error</h1>') as { nothingDone?: boolean }).nothingDone);
    expect(certain).toEqual([401, 403, 429]);
  });

  test.each([['HTML', '<!doctype html>'], ['nothing', ''], ['another JSON', '{"ok":true}'], ['null', 'null']])('200 with %s leaves open what happened', (_name, body) => {
    expect(answered(200, body).kind).toBe('unknown');
  });

  test('its sentence is made harmless and short', () => {
    const answer = answered(400, { message: `a\u0000b\u2028c\ud800 ${'x'.repeat(500)}` });
    expect(answer).toMatchObject({ kind: 'failed', reason: { message: expect.stringMatching(/^a b c {1,2}x{150,200}$/) } });
  });

  test('an enrolment that was ended under its key is not begun again', () => {
    expect(answered(200, { is_active: false, status: 'unenrolled' })).toEqual({ kind: 'failed', reason: { code: 'unenrolled' } });
  });

  test('its wish to wait is heard, as seconds or as a time, within bounds', () => {
    expect(answered(503, '', '7')).toMatchObject({ retryAfterMs: 7_000 });
    expect(retryAfterOf('Sat, 21 Nov 2026 12:00:05 GMT', NOW)).toBe(5_000);
    expect(retryAfterOf('99999', NOW)).toBe(300_000);
    expect(retryAfterOf('-5', NOW)).toBeUndefined();
    expect(retryAfterOf('soon', NOW)).toBeUndefined();
  });
});

describe('What the LMS answers when an enrolment is to end', () => {
  const returned = (status: number, body: string | object = '', retryAfter?: string) => meaningOfReturn({ status, body: typeof body === 'string' ? body : JSON.stringify(body), retryAfter }, NOW);

  test('is asked for under the same key, with nothing to call back', () => {
    const asked = enrolmentRequest(FULFILLMENT, LINE, 'http://127.0.0.1/callback') as Record<string, unknown>;
    const { callback_url: _url, ...same } = asked;
    expect(unenrolmentRequest(FULFILLMENT, LINE)).toEqual({ ...same, is_active: false });
  });

  test('an enrolment that is not active any more is what was wished, ended now or before', () => {
    expect(returned(200, { is_active: false, status: 'unenrolled' })).toEqual({ kind: 'revoked' });
  });

  test.each([400, 409])('%d in its own words is a definite refusal; an error page is none', (status) => {
    expect(returned(status, { message: 'No.' })).toEqual({ kind: 'refused', reason: { code: 'unenrolment_refused', message: 'No.' } });
    expect(returned(status, '<h1>Bad Request</h1>').kind).toBe('unknown');
  });

  test('a learner who is not enrolled is back; a 404 that the LMS did not word itself leaves open what happened', () => {
    expect(returned(404, { message: 'Not enrolled.' })).toEqual({ kind: 'revoked' });
    expect(['<h1>Not Found</h1>', '', { detail: 'Not found.' }].map((body) => returned(404, body).kind)).toEqual(['unknown', 'unknown', 'unknown']);
  });

  test('anything else leaves open what happened', () => {
    expect([401, 403, 406, 408, 410, 429, 500, 502, 503].map((status) => returned(status, { message: 'No.' }).kind)).toEqual(Array.from({ length: 9 }, () => 'unknown'));
    expect([returned(200, { is_active: true }).kind, returned(200, '<html>').kind, returned(200, 'null').kind]).toEqual(['unknown', 'unknown', 'unknown']);
    expect(returned(429, '', '7')).toMatchObject({ retryAfterMs: 7_000 });
  });
});

describe('What a callback says', () => {
  const reference = '0193a6a0-6000-7abc-9def-0123456789ab:line:with:colons';
  const data = { reference, order_id: 'order-1', line_id: 'ignored', is_active: true };
  const said = (value: unknown): string => callbackMeaning(JSON.stringify(value)).kind;

  test('an activated enrolment names its line by the key that was sent', () => {
    expect(callbackMeaning(JSON.stringify({ type: 'enrollment.activated', data }))).toEqual({
      kind: 'answer', orderId: 'order-1', fulfillmentId: '0193a6a0-6000-7abc-9def-0123456789ab', lineId: 'line:with:colons', answer: { kind: 'fulfilled' },
    });
  });

  test('another type, or an enrolment that is not active, is nothing', () => {
    expect([said({ type: 'course.closed' }), said({ type: 'enrollment.activated', data: { ...data, is_active: false } })]).toEqual(['nothing', 'nothing']);
  });

  test('a foreign reference, an order id that cannot be stored, and no JSON are malformed', () => {
    const broken = [{ type: 'enrollment.activated', data: { ...data, reference: 'other' } }, { type: 'enrollment.activated', data: { ...data, order_id: 'a\u0000' } }, [], 'text'];
    expect(broken.map(said)).toEqual(['malformed', 'malformed', 'malformed', 'malformed']);
    expect(callbackMeaning('{').kind).toBe('malformed');
  });
});

describe('The way to the LMS', () => {
  let server: Server | undefined;
  let lms: LmsProvider | undefined;
  afterEach(async () => {
    await lms?.close();
    server?.closeAllConnections();
    if (server !== undefined) await once(server.close(), 'close');
    server = undefined;
    lms = undefined;
  });

  async function askOne(listener: RequestListener, { timeoutMs = 1_000, signal = AbortSignal.timeout(5_000) } = {}): Promise<Answer | undefined> {
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    lms = createLms({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/lms`, apiKey: 'key', callbackUrl: undefined, timeoutMs, connections: 2, nowMs: () => NOW,
    });
    return (await lms.ask(FULFILLMENT, [LINE], signal))[0];
  }

  test('asks under the key of the line, below the path of the address', async () => {
    let seen: { url: string | undefined; auth: string | undefined; body: any } | undefined;
    const answer = await askOne(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      seen = { url: request.url, auth: request.headers.authorization, body: JSON.parse(Buffer.concat(chunks).toString()) };
      response.end('{"is_active":true}');
    });
    expect(answer).toEqual({ kind: 'fulfilled' });
    expect(seen).toMatchObject({ url: '/lms/api/enrollment/v1/enrollment', auth: 'Bearer key', body: { user: 'learner', course_details: { course_id: 'COURSE' } } });
    expect(seen?.body.enrollment_attributes[0].value).toBe('0193a6a0-6000-7abc-9def-0123456789ab:1');
    expect(seen?.body).not.toHaveProperty('callback_url');
  });

  test('knows that nothing was begun when there was no connection', async () => {
    lms = createLms({ url: `http://127.0.0.1:${await freePort()}`, apiKey: 'key', callbackUrl: undefined, timeoutMs: 1_000, connections: 2, nowMs: () => NOW });
    const [answer] = await lms.ask(FULFILLMENT, [LINE], AbortSignal.timeout(5_000));
    expect(answer).toEqual({ kind: 'unknown', why: expect.stringContaining('ECONNREFUSED'), nothingDone: true });
  });

  test('gives up at its deadline when no answer begins, and when one begins and does not end', async () => {
    expect(await askOne(() => {}, { timeoutMs: 100 })).toMatchObject({ kind: 'unknown' });
  });

  test('gives up at its deadline when an answer begins and does not end', async () => {
    expect(await askOne((_request, response) => void response.write('{'), { timeoutMs: 100 })).toMatchObject({ kind: 'unknown' });
  });

  test('takes a connection that breaks after the request as unknown', async () => {
    expect(await askOne((request) => void request.socket.destroy())).toEqual({ kind: 'unknown', why: expect.any(String) });
  });

  test('takes an answer without end as unknown', async () => {
    expect(await askOne((_request, response) => void response.end('x'.repeat(200_000)))).toMatchObject({ kind: 'unknown' });
  });

  test('ends when the process may no longer act', async () => {
    expect(await askOne(() => {}, { signal: AbortSignal.timeout(50) })).toMatchObject({ kind: 'unknown' });
  });
});
