// The payment stand-in as a request handler: charges, refunds, questions. CONTRACT.md beside this file is what callers may rely on. A
// write to the ledger that fails is not survived: the rejection ends the process.
import type { RequestListener } from 'node:http';
import { drawMs, strikes } from '../faults.ts';
import { providerHandler } from '../provider.http.ts';
import type { Answer, Call, Refusals, Reply } from '../provider.http.ts';
import { chargeBody, cents, idOf, parseCharge, parseRefund, refundBody, sameCharge, sameRefund, statusOf } from './charges.ts';
import type { Charge, Refund, RefundRequest } from './charges.ts';
import { faultSettingsSchema } from './faults.ts';
import type { FaultSettings } from './faults.ts';
import type { Ledger } from './ledger.file.ts';

const KEY = /^[\x21-\x7e]{1,255}$/;

/** What a webhook is owed for; `failed`: a refund that was given and did not reach the customer. */
export type Owed = { readonly charge: Charge } | { readonly refund: Refund } | { readonly failed: Refund };

export type ProviderOptions = {
  readonly ledger: Ledger;
  readonly apiKey: string;
  readonly now: () => number;
  /** The faults in force; replaced as a whole through the door for tests. */
  readonly faults: { settings: FaultSettings };
  /** Told of what a webhook is owed for, once it is on disk. */
  readonly owed: (what: Owed) => void;
};

const REFUSALS: Refusals = {
  unauthenticated: refused(401, 'unauthenticated', 'The key is wrong.'),
  notFound: refused(404, 'not_found', 'There is nothing here.'),
  methodNotAllowed: refused(405, 'method_not_allowed', 'Use GET or PUT.'),
  bodyTooLarge: refused(413, 'body_too_large', 'The body is too large.'),
  notJson: refused(400, 'invalid_request', 'The body is not JSON.'),
  invalid: (message) => refused(400, 'invalid_request', message),
  throttled: () => refused(429, 'too_many_requests', 'Too many calls.'),
  broken: ['<!doctype html><h1>Internal Server Error</h1>', '<!doctype html><h1>Service Unavailable</h1>'],
};

export function paymentsHandler(options: ProviderOptions): RequestListener {
  const { apiKey, ledger, now, faults } = options;
  return providerHandler({ apiKey, faults, faultSettings: faultSettingsSchema, refusals: REFUSALS, ledger: (orderId) => ({ orders: ledger.money(now(), orderId) }), route });

  function route(call: Call): Promise<Reply> | undefined {
    const { method, pathname } = call;
    if (method === 'POST' && pathname === '/v1/charges') return effect(call, 'charge', (key, body) => charge(options, key, body));
    if (method === 'POST' && pathname === '/v1/refunds') return effect(call, 'refund', (key, body) => refund(options, key, body));
    if (method === 'GET' && pathname.startsWith('/v1/refunds/')) return findRefund(decoded(pathname.slice('/v1/refunds/'.length)), call);
    if (method === 'GET' && pathname.startsWith('/v1/charges/')) return find(decoded(pathname.slice('/v1/charges/'.length)), call);
    return undefined;
  }

  async function effect(call: Call, kind: string, take: (key: string, body: unknown) => Promise<Answer>): Promise<Reply> {
    const key = call.header('idempotency-key');
    const body = await call.json();
    if ('answer' in body) return body.answer;
    if (key === undefined || !KEY.test(key)) return refused(400, 'key_required', 'Send the header Idempotency-Key: 1 to 255 visible characters.');
    return call.attempt(`${kind} ${key}`, () => take(key, body.json), () => true);
  }

  function find(key: string, call: Call): Promise<Reply> {
    return call.attempt(`find ${key}`, async () => {
      const kept = ledger.charge(key);
      await kept?.durable;
      return kept === undefined ? refused(404, 'charge_unknown', 'There is no charge with this key.') : { status: 200, body: chargeBody(kept.thing, now()) };
    });
  }

  function findRefund(key: string, call: Call): Promise<Reply> {
    return call.attempt(`find refund ${key}`, async () => {
      const kept = ledger.refund(key);
      await kept?.durable;
      return kept === undefined ? refused(404, 'refund_unknown', 'There is no refund with this key.') : { status: 200, body: refundBody(kept.thing, now()) };
    });
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
  const of = ('key' in asked.charge ? ledger.charge(asked.charge.key) : ledger.chargeOf(asked.charge.id))?.thing;
  if (known !== undefined) {
    if (!sameRefund(known.thing, asked, of?.key)) return refused(409, 'key_reused', 'The key was used for another refund.');
    await known.durable;
    return refundAnswer(known.thing, now());
  }
  if (of === undefined || of.orderId !== asked.orderId || of.intent !== undefined) return refused(404, 'charge_unknown', 'There is no such charge of this order.');
  const refusal = refuseRefund(ledger, of, asked, now());
  if (refusal !== undefined) return refusal;
  const subject = `refund ${key}`;
  const isLater = strikes(settings, 'pendingRefund', subject, 1);
  const createdAtMs = now();
  const decidedAtMs = createdAtMs + (isLater ? drawMs(settings, 'decisionDelayMs', subject, 1) : 0);
  const isTold = isLater || settings.tellAll;
  const { charge: _named, ...what } = asked;
  const kept = ledger.addRefund({ ...what, chargeKey: of.key, id: idOf('re', key), createdAtMs, decidedAtMs }, isTold);
  await kept.durable;
  if (isTold) owed({ refund: kept.thing });
  return refundAnswer(kept.thing, now());
}

function refuseRefund(ledger: Ledger, of: Charge, asked: RefundRequest, nowMs: number): Answer | undefined {
  if (statusOf(of, nowMs) !== 'succeeded') return refused(422, 'charge_not_refundable', 'Nothing was taken with this charge.');
  if (of.currency !== asked.currency) return refused(422, 'other_currency', `The charge is in ${of.currency}.`);
  if (cents(asked.amount) > ledger.left(of, nowMs)) return refused(422, 'refund_exceeds_charge', 'More would be given back than was taken.');
  return undefined;
}

function refundAnswer(what: Refund, nowMs: number): Answer {
  return { status: what.decidedAtMs <= nowMs ? 200 : 202, body: refundBody(what, nowMs) };
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
