/** The door: a real server, and behind it a client that answers as it is told. */
import { request } from 'node:http';
import { byToken, unauthenticated } from '@commerce/service-kit/auth';
import { createHttpServer } from '@commerce/service-kit/http-server';
import type { HttpServer } from '@commerce/service-kit/http-server';
import { createLogger } from '@commerce/service-kit/logging';
import { systemPorts, systemSleep } from '@commerce/service-kit/ports';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createAnswerLimit } from './answer-limit.ts';
import type { SendContext, Sent } from './client.ts';
import { ErrConflict, ErrInvalidStatus, ErrNotFound, ErrServiceUnavailable } from './errors.ts';
import { ingestProblems } from './problems.ts';
import { createProcessor } from './processor.ts';
import { createStandardProvider } from './providers/standard.ts';
import { createStripeProvider } from './providers/stripe.ts';
import { STANDARD, STRIPE } from './test-signed.ts';
import type { Scheme } from './test-signed.ts';
import type { Note } from './unknown-events.pg.ts';
import { addWebhookRoutes } from './webhooks.http.ts';

const MAX_IN_HAND = 4;
let server: HttpServer;
let url: string;
let sent: { kind: string; request: any; context: SendContext }[] = [];
let notes: Note[] = [];
let answer: () => Promise<Sent>;
let record: (note: Note) => Promise<void>;
let answered: string[] = [];

beforeAll(async () => {
  server = await createHttpServer({
    name: 'test', version: '0', logger: createLogger({ name: 'test', level: 'silent' }), issuer: 'http://127.0.0.1:1', problems: [ingestProblems],
    auth: byToken({ verify: () => Promise.reject(unauthenticated('There is no token.')) }), ports: systemPorts({ uuid: () => crypto.randomUUID() }),
  });
  const take = (kind: string) => (request: object, context: SendContext): Promise<Sent> => {
    sent.push({ kind, request, context });
    return answer();
  };
  const client = { sendOrderUpdate: take('order'), sendDisputeUpdate: take('dispute'), close: async () => undefined };
  const within = createAnswerLimit({ answerWithinMs: 200, sleep: systemSleep, monotonicMs: () => performance.now() });
  addWebhookRoutes(server.app, {
    providers: new Map([createStandardProvider([STANDARD.secret, STANDARD.secretBefore]), createStripeProvider([STRIPE.secret, STRIPE.secretBefore])].map((one) => [one.name, one])),
    defaultProvider: 'standard', processor: createProcessor({ client, within }), within, nowMs: Date.now, maxInHand: MAX_IN_HAND, note: (note) => record(note),
    answered: (outcome) => void answered.push(outcome),
  });
  ({ url } = await server.listen({ port: 0 }));
});
beforeEach(() => {
  sent = [];
  notes = [];
  answered = [];
  answer = async () => 'accepted';
  record = async (note) => void notes.push(note);
});
afterAll(() => server?.drain({ graceMs: 500 }));

async function post(path: string, body: string, headers: Record<string, string>): Promise<{ status: number; body: any }> {
  const response = await fetch(`${url}${path}`, { method: 'POST', headers, body });
  return { status: response.status, body: await response.json() };
}

/** Sends a header as often as it has values, as no `fetch` does. */
function postRaw(path: string, body: string, headers: Record<string, string | string[]>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sending = request(`${url}${path}`, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sending.on('error', reject).end(body);
  });
}

const REFUSED = [401, 'webhook_signature_invalid'];
const nowS = (): number => Math.floor(Date.now() / 1_000);

describe.each<[string, Scheme]>([['standard', STANDARD], ['stripe', STRIPE]])('A webhook signed as %s does', (name, scheme) => {
  const path = `/webhooks/payments/orders/${name}`;
  const body = scheme.captured('o-1');
  const refusal = async (headers: Record<string, string>, text = body): Promise<unknown[]> => {
    const { status, body: problem } = await post(path, text, headers);
    expect(sent).toEqual([]);
    return [status, problem.code];
  };

  test('is taken, and sent on in the words of an update, in its own flow', async () => {
    const correlationId = crypto.randomUUID();
    expect(await post(path, body, { ...scheme.headers(body), 'x-correlation-id': correlationId })).toEqual({ status: 202, body: { status: 'accepted' } });
    expect(sent).toMatchObject([{ kind: 'order', request: { provider: name, providerEventId: 'evt_1', orderId: 'o-1', status: 'captured', amount: '10.00', currency: 'USD', reference: 'ch_1' }, context: { correlationId } }]);
  });

  test('about a dispute is sent on as one', async () => {
    const dispute = scheme.disputed('o-1');
    expect((await post(`/webhooks/payments/disputes/${name}`, dispute, scheme.headers(dispute))).status).toBe(202);
    expect(sent).toMatchObject([{ kind: 'dispute', request: { provider: name, disputeId: 'dp_1', status: 'opened', orderId: 'o-1' } }]);
  });

  test('counts under the present secret and the one before, and no longer under one that has ended', async () => {
    expect((await post(path, body, scheme.headers(body, { secret: scheme.secretBefore }))).status).toBe(202);
    sent = [];
    const ended = name === 'standard' ? `whsec_${Buffer.alloc(32, 1).toString('base64')}` : 'whsec_stripe_secret_that_has_ended';
    expect(await refusal(scheme.headers(body, { secret: ended }))).toEqual(REFUSED);
  });

  test('is refused when a byte of its body was changed', async () => {
    expect(await refusal(scheme.headers(body), body.replace('o-1', 'o-2'))).toEqual(REFUSED);
  });

  test('is refused when it was written anew: the raw bytes are signed', async () => {
    const spaced = JSON.stringify(JSON.parse(body), null, 1);
    expect(await refusal(scheme.headers(body), spaced)).toEqual(REFUSED);
    expect((await post(path, spaced, scheme.headers(spaced))).status).toBe(202);
  });

  test('is refused when it is six minutes old, or six minutes ahead', async () => {
    expect(await refusal(scheme.headers(body, { atS: nowS() - 360 }))).toEqual(REFUSED);
    expect(await refusal(scheme.headers(body, { atS: nowS() + 360 }))).toEqual(REFUSED);
  });

  test('is refused without a signature, with an empty one, one of the wrong length, and among a thousand', async () => {
    const headers = scheme.headers(body);
    const right = headers[scheme.signatureHeader] ?? '';
    const { [scheme.signatureHeader]: _gone, ...without } = headers;
    const thousand = name === 'standard' ? `${'v1,AAAA '.repeat(1_000)}${right}` : `${right.split(',')[0]},${'v1=00,'.repeat(1_000)}${right.split(',')[1]}`;
    expect(await refusal(without)).toEqual(REFUSED);
    for (const signature of ['', right.slice(0, -4), `${right}00`, thousand]) expect(await refusal({ ...headers, [scheme.signatureHeader]: signature })).toEqual(REFUSED);
  });

  test('is refused when the signature names another scheme', async () => {
    const headers = scheme.headers(body);
    expect(await refusal({ ...headers, [scheme.signatureHeader]: (headers[scheme.signatureHeader] ?? '').replace('v1', 'v2') })).toEqual(REFUSED);
  });

  test('is refused when a header of its signature comes twice', async () => {
    const headers = scheme.headers(body);
    const twice = (header: string): Record<string, string | string[]> => ({ ...headers, [header]: [headers[header] ?? '', headers[header] ?? ''] });
    for (const header of Object.keys(headers).filter((one) => one !== 'content-type')) expect(await postRaw(path, body, twice(header))).toBe(401);
    expect(sent).toEqual([]);
    expect(await postRaw(path, body, headers)).toBe(202);
  });

  test('with a name twice in its JSON is refused, though it is signed', async () => {
    const doubled = body.replace('{', name === 'standard' ? '{"order_id":"o-2",' : '{"id":"evt_2",');
    const { status, body: problem } = await post(path, doubled, scheme.headers(doubled));
    expect([status, problem.code]).toEqual([400, 'webhook_malformed']);
  });

  test.each(['not json', '[]', '{"a":', '{"a":"\\u0000"}'])('that is signed and says %s is malformed', async (text) => {
    const { status, body: problem } = await post(path, text, scheme.headers(text));
    expect([status, problem.code]).toEqual([400, 'webhook_malformed']);
    expect(sent).toEqual([]);
    // Who says nothing of itself is known by its bytes.
    expect(notes).toMatchObject([{ provider: name, providerEventId: expect.stringMatching(/^[0-9a-f]{64}$/), rule: 'malformed_webhook', evidence: { detail: problem.detail } }]);
  });

  test('that is signed and not in the form that was agreed leaves a note, under its event id', async () => {
    const text = name === 'standard' ? JSON.stringify({ ...JSON.parse(body), amount: 1.5 }) : body.replace('"usd"', '"jpy"');
    const { status, body: problem } = await post(path, text, scheme.headers(text));
    expect([status, notes]).toEqual([400, [{ provider: name, providerEventId: 'evt_1', rule: 'malformed_webhook', evidence: { detail: problem.detail } }]]);
  });

  test('of a type that means nothing here is acknowledged and recorded', async () => {
    const strange = scheme.unknown('o-1', 'evt_9');
    expect(await post(path, strange, scheme.headers(strange))).toEqual({ status: 200, body: { status: 'ignored' } });
    expect(notes).toEqual([{ provider: name, providerEventId: 'evt_9', rule: 'unknown_event_type', evidence: { type: name === 'standard' ? 'expired' : 'customer.created' } }]);
    expect(sent).toEqual([]);
  });
});

describe('A webhook', () => {
  const body = STANDARD.captured('o-1');
  const take = (): Promise<{ status: number; body: any }> => post('/webhooks/payments/orders', body, STANDARD.headers(body));

  test('to a path without a provider is of the one that is configured', async () => {
    expect((await take()).status).toBe(202);
    const dispute = STANDARD.disputed('o-1');
    expect((await post('/webhooks/payments/disputes', dispute, STANDARD.headers(dispute))).status).toBe(202);
    const ofStripe = STRIPE.captured('o-1');
    expect((await post('/webhooks/payments/orders', ofStripe, STRIPE.headers(ofStripe))).status).toBe(401);
  });

  test.each(['paypal', 'constructor', '%2e%2e'])('to the path of %s, which is not configured, is not found', async (name) => {
    expect((await post(`/webhooks/payments/orders/${name}`, body, STANDARD.headers(body))).status).toBe(404);
  });

  test.each<[string, () => Promise<Sent>, number, string]>([
    ['taken', async () => 'accepted', 202, 'accepted'],
    ['older than what is known', async () => 'stale', 200, 'stale'],
    ['taken before', () => Promise.reject(new ErrConflict()), 200, 'duplicate'],
    ['about an order that is not known', () => Promise.reject(new ErrNotFound()), 404, 'payment_order_unknown'],
    ['that contradicts what is known', () => Promise.reject(new ErrInvalidStatus()), 422, 'payment_transition_illegal'],
    ['while the API side is down', () => Promise.reject(new ErrServiceUnavailable('down')), 502, 'updates_unavailable'],
    ['while the API side is too slow', () => Promise.reject(new ErrServiceUnavailable('slow', { timedOut: true })), 504, 'updates_too_slow'],
    ['while something else goes wrong', () => Promise.reject(new TypeError('a mistake')), 502, 'updates_unavailable'],
  ])('that is %s is answered by the table', async (_name, outcome, status, word) => {
    answer = outcome;
    const answered = await take();
    expect([answered.status, answered.body.code ?? answered.body.status]).toEqual([status, word]);
    expect(JSON.stringify(answered.body)).not.toMatch(/mistake|down/);
  });

  test('is answered in time when nothing is heard, and what was sent is given up', async () => {
    answer = () => new Promise(() => undefined);
    expect(await take()).toMatchObject({ status: 504, body: { code: 'updates_too_slow', retryable: true } });
    expect(sent[0]?.context.signal.aborted).toBe(true);
  });

  test.each<[string, () => Promise<void>, number, string]>([
    ['cannot be recorded', () => Promise.reject(new Error('the database is away')), 502, 'updates_unavailable'],
    ['is not recorded in time', () => new Promise(() => undefined), 504, 'updates_too_slow'],
  ])('of a type that means nothing here, which %s, is not acknowledged, and its provider is told in time', async (_what, recording, status, code) => {
    record = recording;
    const strange = STANDARD.unknown('o-1', 'evt_9');
    const before = performance.now();
    const { status: got, body: problem } = await post('/webhooks/payments/orders', strange, STANDARD.headers(strange));
    expect([got, problem.code]).toEqual([status, code]);
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  test('is counted by what became of it', async () => {
    await take();
    answer = () => Promise.reject(new ErrNotFound());
    await take();
    answer = () => Promise.reject(new ErrServiceUnavailable('slow', { timedOut: true }));
    await take();
    const strange = STANDARD.unknown('o-1', 'evt_9');
    await post('/webhooks/payments/orders', strange, STANDARD.headers(strange));
    expect(answered).toEqual(['accepted', 'order_unknown', 'too_slow', 'ignored']);
  });

  test('beyond what is in hand is turned away, and the others are not', async () => {
    const release: (() => void)[] = [];
    answer = () => new Promise((resolve) => release.push(() => resolve('accepted')));
    const first = Array.from({ length: MAX_IN_HAND }, () => take());
    while (release.length < MAX_IN_HAND) await new Promise(setImmediate);
    expect(await take()).toMatchObject({ status: 429, body: { code: 'overloaded' } });
    for (const go of release) go();
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    answer = async () => 'accepted';
    expect((await take()).status).toBe(202);
  });
});
