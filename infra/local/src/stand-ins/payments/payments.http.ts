// The payment stand-in as a request handler: charges, refunds, questions, and the doors for tests. CONTRACT.md beside this file is
// what callers may rely on. A write to the ledger that fails is not survived: the rejection ends the process.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { chargeBody, cents, idOf, parseCharge, parseRefund, refundBody, sameCharge, sameRefund, statusOf } from './charges.ts';
import type { Charge, Refund, RefundRequest } from './charges.ts';
import { drawMs, faultSettingsSchema, strikes } from './faults.ts';
import type { FaultSettings } from './faults.ts';
import type { Ledger } from './ledger.file.ts';

const MAX_BODY_BYTES = 65_536;
const KEY = /^[\x21-\x7e]{1,255}$/;

export type ProviderOptions = {
  readonly ledger: Ledger;
  readonly apiKey: string;
  readonly now: () => number;
  /** The faults in force; replaced as a whole through the door for tests. */
  readonly faults: { settings: FaultSettings };
  /** Told of what a webhook is owed for, once it is on disk. */
  readonly owed: (what: { readonly charge: Charge } | { readonly refund: Refund }) => void;
};

type Answer = { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> };

/** Makes the handler; it keeps the number of tries per subject. */
export function paymentsHandler(options: ProviderOptions): RequestListener {
  const { ledger, now, faults } = options;
  const tries = new Map<string, number>();
  const expectedKey = digest(`Bearer ${options.apiKey}`);

  return (request, response) => {
    void route(request, response);
  };

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://payments');
    const { method } = request;
    if (pathname === '/health/ready') return send(response, { status: 200, body: { status: 'ready' } });
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), expectedKey)) return send(response, refused(401, 'unauthenticated', 'The key is wrong.'));
    if (method === 'POST' && pathname === '/v1/charges') return effect(request, response, 'charge', (key, body) => charge(options, key, body));
    if (method === 'POST' && pathname === '/v1/refunds') return effect(request, response, 'refund', (key, body) => refund(options, key, body));
    if (method === 'GET' && pathname.startsWith('/v1/charges/')) return find(decoded(pathname.slice('/v1/charges/'.length)), response);
    if (method === 'GET' && pathname === '/_stand-in/ledger') return send(response, showLedger(ledger, now(), searchParams.get('orderId')));
    if (pathname === '/_stand-in/faults') return send(response, await faultsDoor(request, faults));
    return send(response, refused(404, 'not_found', 'There is nothing here.'));
  }

  async function effect(request: IncomingMessage, response: ServerResponse, kind: string, take: (key: string, body: unknown) => Promise<Answer>): Promise<void> {
    const key = request.headers['idempotency-key'];
    const body = await readJson(request);
    if ('answer' in body) return send(response, body.answer);
    if (typeof key !== 'string' || !KEY.test(key)) return send(response, refused(400, 'key_required', 'Send the header Idempotency-Key: 1 to 255 visible characters.'));
    const subject = `${kind} ${key}`;
    const attempt = countTry(subject);
    const fault = await misbehave(faults.settings, subject, attempt);
    if (fault !== undefined) return send(response, fault);
    const answer = await take(key, body.json);
    if (strikes(faults.settings, 'loseAnswer', subject, attempt)) return void request.socket.destroy();
    return send(response, answer);
  }

  async function find(key: string, response: ServerResponse): Promise<void> {
    const subject = `find ${key}`;
    const fault = await misbehave(faults.settings, subject, countTry(subject));
    if (fault !== undefined) return send(response, fault);
    const kept = ledger.charge(key);
    await kept?.durable;
    send(response, kept === undefined ? refused(404, 'charge_unknown', 'There is no charge with this key.') : { status: 200, body: chargeBody(kept.thing, now()) });
  }

  function countTry(subject: string): number {
    const attempt = (tries.get(subject) ?? 0) + 1;
    tries.set(subject, attempt);
    return attempt;
  }
}

/** At most one charge per key, on disk before this returns. */
async function charge({ ledger, now, faults: { settings }, owed }: ProviderOptions, key: string, body: unknown): Promise<Answer> {
  const asked = parseCharge(key, body);
  if ('refused' in asked) return refused(400, 'invalid_request', asked.refused);
  const known = ledger.charge(key);
  if (known !== undefined) {
    if (!sameCharge(known.thing, asked)) return refused(409, 'key_reused', 'The key was used for another charge.');
    await known.durable;
    return chargeAnswer(known.thing, now());
  }
  const { isLater, ...what } = asked;
  const createdAtMs = now();
  const decidedAtMs = createdAtMs + (isLater ? drawMs(settings, 'decisionDelayMs', `charge ${key}`, 1) : 0);
  const isTold = isLater || settings.tellAll;
  const kept = ledger.addCharge({ ...what, id: idOf('ch', key), createdAtMs, decidedAtMs }, isTold);
  await kept.durable;
  if (isTold) owed({ charge: kept.thing });
  return chargeAnswer(kept.thing, now());
}

function chargeAnswer(what: Charge, nowMs: number): Answer {
  const status = statusOf(what, nowMs);
  if (status === 'failed') return { status: 402, body: { error: what.failure, charge: chargeBody(what, nowMs) } };
  return { status: status === 'pending' ? 202 : 200, body: chargeBody(what, nowMs) };
}

/** At most one refund per key, and never more than was taken. */
async function refund({ ledger, now, faults: { settings }, owed }: ProviderOptions, key: string, body: unknown): Promise<Answer> {
  const asked = parseRefund(key, body);
  if ('refused' in asked) return refused(400, 'invalid_request', asked.refused);
  const known = ledger.refund(key);
  if (known !== undefined) {
    if (!sameRefund(known.thing, asked)) return refused(409, 'key_reused', 'The key was used for another refund.');
    await known.durable;
    return refundAnswer(known.thing, now());
  }
  const refusal = refuseRefund(ledger, asked, now());
  if (refusal !== undefined) return refusal;
  const subject = `refund ${key}`;
  const isLater = strikes(settings, 'pendingRefund', subject, 1);
  const createdAtMs = now();
  const decidedAtMs = createdAtMs + (isLater ? drawMs(settings, 'decisionDelayMs', subject, 1) : 0);
  const isTold = isLater || settings.tellAll;
  const kept = ledger.addRefund({ ...asked, id: idOf('re', key), createdAtMs, decidedAtMs }, isTold);
  await kept.durable;
  if (isTold) owed({ refund: kept.thing });
  return refundAnswer(kept.thing, now());
}

function refuseRefund(ledger: Ledger, asked: RefundRequest, nowMs: number): Answer | undefined {
  const of = ledger.charge(asked.chargeKey)?.thing;
  if (of === undefined || of.orderId !== asked.orderId) return refused(404, 'charge_unknown', 'There is no such charge of this order.');
  if (statusOf(of, nowMs) !== 'succeeded') return refused(422, 'charge_not_refundable', 'Nothing was taken with this charge.');
  if (of.currency !== asked.currency) return refused(422, 'other_currency', `The charge is in ${of.currency}.`);
  if (cents(asked.amount) > ledger.left(of)) return refused(422, 'refund_exceeds_charge', 'More would be given back than was taken.');
  return undefined;
}

function refundAnswer(what: Refund, nowMs: number): Answer {
  return { status: what.decidedAtMs <= nowMs ? 200 : 202, body: refundBody(what, nowMs) };
}

/** Waits the drawn latency; answers in the caller's place when a fault strikes before the effect. */
async function misbehave(settings: FaultSettings, subject: string, attempt: number): Promise<Answer | undefined> {
  const latencyMs = drawMs(settings, 'latencyMs', subject, attempt);
  if (latencyMs > 0) await wait(latencyMs);
  const headers = { 'retry-after': String(settings.retryAfterSeconds) };
  if (strikes(settings, 'tooManyRequests', subject, attempt)) return { ...refused(429, 'too_many_requests', 'Too many calls.'), headers };
  if (!strikes(settings, 'serverError', subject, attempt)) return undefined;
  return attempt % 2 === 1 ? { status: 500, body: '<!doctype html><h1>Internal Server Error</h1>' } : { status: 503, headers, body: '<!doctype html><h1>Service Unavailable</h1>' };
}

function showLedger(ledger: Ledger, nowMs: number, orderId: string | null): Answer {
  const orders = ledger.money(nowMs, orderId ?? undefined);
  return { status: 200, body: { orders } };
}

async function faultsDoor(request: IncomingMessage, faults: ProviderOptions['faults']): Promise<Answer> {
  if (request.method === 'GET') return { status: 200, body: faults.settings };
  if (request.method !== 'PUT') return { ...refused(405, 'method_not_allowed', 'Use GET or PUT.'), headers: { allow: 'GET, PUT' } };
  const body = await readJson(request);
  if ('answer' in body) return body.answer;
  const parsed = faultSettingsSchema.safeParse(body.json);
  if (!parsed.success) return refused(400, 'invalid_request', parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
  faults.settings = parsed.data;
  return { status: 200, body: parsed.data };
}

/** The body as JSON; a body that is too large, no JSON or cut off by the caller becomes the answer to send. */
async function readJson(request: IncomingMessage): Promise<{ json: unknown } | { answer: Answer }> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) return { answer: { ...refused(413, 'body_too_large', 'The body is too large.'), headers: { connection: 'close' } } };
      chunks.push(chunk);
    }
    return { json: JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown };
  } catch {
    return { answer: refused(400, 'invalid_request', 'The body is not JSON.') };
  }
}

function refused(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message } } };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  if (response.destroyed) return;
  const html = typeof body === 'string';
  const bytes = Buffer.from(html ? body : JSON.stringify(body));
  response.writeHead(status, { 'content-type': html ? 'text/html; charset=utf-8' : 'application/json', 'content-length': bytes.length, ...headers }).end(bytes);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
