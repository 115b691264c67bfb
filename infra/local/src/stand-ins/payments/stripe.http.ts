// The payment stand-in as Stripe: payment intents and refunds in Stripe's words, on the same books as the other API. What is here is the
// part that a server uses: create and confirm an intent with a card, read, search and cancel it, give back. CONTRACT.md says what may be
// relied on. Refuses: parameters that it does not know, as Stripe does.
import type { RequestListener } from 'node:http';
import { drawMs, strikes } from '../faults.ts';
import { LOST, providerHandler } from '../provider.http.ts';
import type { Answer, Call, Refusals, Reply } from '../provider.http.ts';
import { cardOf, formatCents, idOf } from './charges.ts';
import type { Charge, Refund } from './charges.ts';
import { faultSettingsSchema } from './faults.ts';
import type { ProviderOptions } from './payments.http.ts';
import { cardError, intentBody, intentStatus, stripeKey, stripeRefundBody } from './stripe-objects.ts';

const REFUSALS: Refusals = {
  unauthenticated: refused(401, 'invalid_request_error', undefined, 'Invalid API key provided.'),
  notFound: refused(404, 'invalid_request_error', undefined, 'Unrecognized request URL.'),
  methodNotAllowed: refused(405, 'invalid_request_error', undefined, 'Use GET or PUT.'),
  bodyTooLarge: refused(413, 'invalid_request_error', undefined, 'The body is too large.'),
  notJson: refused(400, 'invalid_request_error', undefined, 'The body cannot be read.'),
  invalid: (message) => refused(400, 'invalid_request_error', 'parameter_invalid', message),
  throttled: () => refused(429, 'invalid_request_error', 'rate_limit', 'Too many requests.'),
  broken: ['<!doctype html><h1>Internal Server Error</h1>', '<!doctype html><h1>Service Unavailable</h1>'],
};

const KEY = /^[\x21-\x7e]{1,255}$/;
const CARD = ['payment_method', 'payment_method_data[type]', 'payment_method_data[card][token]'];
const CREATE = new Set(['amount', 'currency', 'confirm', 'capture_method', 'error_on_requires_action', 'payment_method_types[]', ...CARD]);
const CONFIRM = new Set(['error_on_requires_action', ...CARD]);
const REFUND = new Set(['payment_intent', 'charge', 'amount', 'reason']);
/** The name of a member of the metadata. */
const METADATA = /^metadata\[([^\][]{1,40})\]$/;
/** Of the searches that Stripe knows: by one member of the metadata. */
const QUERY = /^metadata\['([^']{1,40})'\]:'((?:[^'\\]|\\.)*)'$/;
const AMOUNT = /^[1-9]\d{0,13}$/;

/** `apiKey`: Stripe's secret key. */
export function stripeHandler(options: ProviderOptions): RequestListener {
  const { apiKey, ledger, now, faults } = options;
  /** What the key of an intent or a refund was answered first, where that was an error of the server: it is repeated, as Stripe repeats it. */
  const errors = new Map<string, Answer>();
  return providerHandler({ apiKey, faults, faultSettings: faultSettingsSchema, refusals: REFUSALS, ledger: (orderId) => ({ orders: ledger.money(now(), orderId) }), route });

  function route(call: Call): Promise<Reply> | undefined {
    const { method, pathname } = call;
    const [, of, what] = /^\/v1\/payment_intents\/([^/]+)(?:\/([a-z]+))?$/.exec(pathname) ?? [];
    if (method === 'POST' && pathname === '/v1/payment_intents') return effect(call, 'intent', (key, form) => create(options, key, form), true);
    if (method === 'POST' && pathname === '/v1/refunds') return effect(call, 'stripe refund', (key, form) => refund(options, key, form), true);
    if (method === 'GET' && pathname === '/v1/payment_intents/search') return call.attempt('search', async () => search(options, call.query.get('query') ?? ''));
    if (method === 'GET' && pathname === '/v1/payment_intents') return call.attempt('intents', async () => intents(options, call.query));
    if (method === 'GET' && pathname === '/v1/refunds') return call.attempt('refunds', async () => refunds(options, call.query));
    if (method === 'GET' && pathname.startsWith('/v1/refunds/')) return call.attempt('refund', async () => readRefund(options, pathname.slice('/v1/refunds/'.length)));
    if (method === 'GET' && of !== undefined && what === undefined) return call.attempt(`find ${of}`, async () => withIntent(options, of, (charge) => ({ status: 200, body: intentBody(charge, now()) })));
    if (method === 'POST' && of !== undefined && what === 'confirm') return effect(call, `confirm ${of}`, (_key, form) => confirm(options, of, form));
    if (method === 'POST' && of !== undefined && what === 'cancel') return effect(call, `cancel ${of}`, () => cancel(options, of));
    return undefined;
  }

  /** Without a key each call is one of its own. `isRepeated`: an error of the server is the answer to its key from then on. */
  async function effect(call: Call, kind: string, take: (key: string, form: URLSearchParams) => Promise<Answer>, isRepeated = false): Promise<Reply> {
    const body = await call.form();
    if ('answer' in body) return body.answer;
    const key = call.header('idempotency-key') ?? `none-${now()}-${Math.round(performance.now() * 1_000)}`;
    if (!KEY.test(key)) return REFUSALS.invalid('Idempotency-Key: 1 to 255 visible characters.');
    const subject = `${kind} ${key}`;
    const broken = errors.get(subject);
    if (broken !== undefined) return { ...broken, headers: { ...broken.headers, 'idempotent-replayed': 'true' } };
    const reply = await call.attempt(subject, () => take(key, body.form), () => true);
    if (reply !== LOST && reply.status >= 500 && isRepeated) errors.set(subject, reply);
    return reply;
  }
}

async function create(options: ProviderOptions, key: string, form: URLSearchParams): Promise<Answer> {
  const { ledger, now } = options;
  const fault = faultIn(form, CREATE) ?? (AMOUNT.test(form.get('amount') ?? '') ? undefined : 'amount') ?? (/^[a-z]{3}$/.test(form.get('currency') ?? '') ? undefined : 'currency');
  if (fault !== undefined) return REFUSALS.invalid(`Invalid parameter: ${fault}`);
  const known = ledger.charge(stripeKey(key));
  const asked = { amount: formatCents(BigInt(form.get('amount') ?? 0)), currency: (form.get('currency') ?? '').toUpperCase() };
  if (known !== undefined) {
    if (known.thing.amount !== asked.amount || known.thing.currency !== asked.currency) return refused(400, 'idempotency_error', undefined, 'Keys for idempotent requests can only be used with the same parameters they were first used with.');
    await known.durable;
    return intentAnswer(known.thing, now());
  }
  const metadata = metadataOf(form);
  const createdAtMs = now();
  const begun: Charge = {
    ...asked, id: idOf('pi', key), key: stripeKey(key), orderId: metadata['order_id'] ?? '', card: '', outcome: 'failed', failure: null, createdAtMs, decidedAtMs: createdAtMs, intent: { metadata, attempts: 0, canceled: null },
  };
  const token = form.get('confirm') === 'true' ? tokenOf(form) : undefined;
  const tried = token === undefined ? begun : attempt(options, begun, token);
  const isTold = token !== undefined && (tried.decidedAtMs > createdAtMs || options.faults.settings.tellAll);
  const kept = ledger.addCharge(tried, isTold);
  await kept.durable;
  if (isTold) options.owed({ charge: tried });
  return intentAnswer(tried, now());
}

/** A card is tried with an intent that has none, or whose last one was refused: by the customer, so that it is told. */
async function confirm(options: ProviderOptions, id: string, form: URLSearchParams): Promise<Answer> {
  const { ledger, now } = options;
  const token = tokenOf(form);
  const fault = faultIn(form, CONFIRM) ?? (token === undefined ? 'payment_method' : undefined);
  if (fault !== undefined || token === undefined) return REFUSALS.invalid(`Invalid parameter: ${fault}`);
  return withIntent(options, id, async (charge) => {
    if (!['requires_confirmation', 'requires_payment_method'].includes(intentStatus(charge, now()))) return unexpected(charge, now());
    const tried = attempt(options, charge, token);
    await ledger.changeCharge(tried, true).durable;
    options.owed({ charge: tried });
    return intentAnswer(tried, now());
  });
}

async function cancel(options: ProviderOptions, id: string): Promise<Answer> {
  const { ledger, now, faults: { settings } } = options;
  return withIntent(options, id, async (charge) => {
    const { intent } = charge;
    if (intent === undefined || !['requires_confirmation', 'requires_payment_method'].includes(intentStatus(charge, now()))) return unexpected(charge, now());
    const canceled: Charge = { ...charge, decidedAtMs: now(), intent: { ...intent, canceled: 'requested_by_customer' } };
    await ledger.changeCharge(canceled, settings.tellAll).durable;
    if (settings.tellAll) options.owed({ charge: canceled });
    return { status: 200, body: intentBody(canceled, now()) };
  });
}

/** The intent with one more attempt, by this card. */
function attempt({ now, faults: { settings } }: ProviderOptions, charge: Charge, token: string): Charge {
  const { outcome, isLater, failure = null } = cardOf(token);
  const attempts = (charge.intent?.attempts ?? 0) + 1;
  const nowMs = now();
  const decidedAtMs = nowMs + (isLater ? drawMs(settings, 'decisionDelayMs', `charge ${charge.key}`, attempts) : 0);
  return { ...charge, card: token.slice(-4), outcome, failure, decidedAtMs, intent: { metadata: charge.intent?.metadata ?? {}, attempts, canceled: null } };
}

async function refund(options: ProviderOptions, key: string, form: URLSearchParams): Promise<Answer> {
  const { ledger, now, faults: { settings } } = options;
  const fault = faultIn(form, REFUND);
  if (fault !== undefined) return REFUSALS.invalid(`Invalid parameter: ${fault}`);
  const of = chargeNamed(options, form);
  if (of === undefined) return refused(404, 'invalid_request_error', 'resource_missing', 'No such charge or payment_intent.');
  const known = ledger.refund(stripeKey(key));
  if (known !== undefined) {
    await known.durable;
    const isSame = known.thing.chargeKey === of.key && (!form.has('amount') || known.thing.amount === formatCents(BigInt(form.get('amount') ?? 0)));
    return isSame ? { status: 200, body: stripeRefundBody(known.thing, of, now()) } : refused(400, 'idempotency_error', undefined, 'The key was used for another refund.');
  }
  const left = ledger.left(of, now());
  const amount = form.has('amount') ? BigInt(form.get('amount') ?? 0) : left;
  if (intentStatus(of, now()) !== 'succeeded') return refused(400, 'invalid_request_error', 'resource_missing', `The PaymentIntent ${of.id} has no successful charge to refund.`);
  if (left === 0n) return refused(400, 'invalid_request_error', 'charge_already_refunded', 'The charge has already been refunded.');
  if (amount > left) return refused(400, 'invalid_request_error', undefined, `Refund amount (${amount}) is greater than unrefunded amount on charge (${left}).`);
  const isLater = strikes(settings, 'pendingRefund', `refund ${key}`, 1);
  const createdAtMs = now();
  const decidedAtMs = createdAtMs + (isLater ? drawMs(settings, 'decisionDelayMs', `refund ${key}`, 1) : 0);
  const what: Refund = {
    id: idOf('re', stripeKey(key)), key: stripeKey(key), chargeKey: of.key, orderId: of.orderId, amount: formatCents(amount), currency: of.currency, createdAtMs, decidedAtMs, metadata: metadataOf(form),
    ...(strikes(settings, 'failRefund', `refund ${key}`, 1) && { failsAtMs: decidedAtMs + drawMs(settings, 'decisionDelayMs', `failed ${key}`, 1) }),
  };
  const isTold = isLater || settings.tellAll;
  await ledger.addRefund(what, isTold).durable;
  if (isTold) options.owed({ refund: what });
  if (what.failsAtMs !== undefined) options.owed({ failed: what });
  return { status: 200, body: stripeRefundBody(what, of, now()) };
}

function readRefund({ ledger, now }: ProviderOptions, id: string): Answer {
  for (const charge of ledger.intents()) {
    const found = ledger.refundsOf(charge.key).find((one) => one.id === id);
    if (found !== undefined) return { status: 200, body: stripeRefundBody(found, charge, now()) };
  }
  return refused(404, 'invalid_request_error', 'resource_missing', `No such refund: '${id}'`);
}

/** The newest first, as Stripe lists. */
function refunds(options: ProviderOptions, query: URLSearchParams): Answer {
  const of = chargeNamed(options, query);
  if (of === undefined) return refused(404, 'invalid_request_error', 'resource_missing', 'No such charge or payment_intent.');
  return pageOf([...options.ledger.refundsOf(of.key)].reverse(), query, (one) => stripeRefundBody(one, of, options.now()));
}

/** The newest first. */
function intents({ ledger, now }: ProviderOptions, query: URLSearchParams): Answer {
  const fromMs = Number(query.get('created[gte]') ?? 0) * 1_000;
  return pageOf(ledger.intents().filter(({ createdAtMs }) => createdAtMs >= fromMs).reverse(), query, (charge) => intentBody(charge, now()));
}

function pageOf<Thing extends { readonly id: string }>(all: readonly Thing[], query: URLSearchParams, bodyOf: (thing: Thing) => object): Answer {
  const after = all.findIndex(({ id }) => id === query.get('starting_after'));
  const limit = Number(query.get('limit') ?? 10);
  const rest = all.slice(after + 1);
  return { status: 200, body: { object: 'list', data: rest.slice(0, limit).map(bodyOf), has_more: rest.length > limit } };
}

function search({ ledger, now }: ProviderOptions, query: string): Answer {
  const [, name = '', value = ''] = QUERY.exec(query) ?? [];
  if (name === '') return REFUSALS.invalid('Invalid parameter: query');
  const found = ledger.intents().filter(({ intent }) => intent?.metadata[name] === value.replaceAll(/\\(.)/g, '$1'));
  return { status: 200, body: { object: 'search_result', data: found.map((charge) => intentBody(charge, now())), has_more: false } };
}

/** By the id of the intent, or of the charge that it has made. */
function chargeNamed({ ledger, now }: ProviderOptions, named: URLSearchParams): Charge | undefined {
  const id = named.get('payment_intent');
  if (id !== null) return intentNamed(ledger.chargeOf(id)?.thing);
  return ledger.intents().find((charge) => intentBody(charge, now())['latest_charge'] === named.get('charge'));
}

async function withIntent({ ledger }: ProviderOptions, id: string, answer: (charge: Charge) => Answer | Promise<Answer>): Promise<Answer> {
  const kept = ledger.chargeOf(id);
  await kept?.durable;
  const charge = intentNamed(kept?.thing);
  return charge === undefined ? refused(404, 'invalid_request_error', 'resource_missing', `No such payment_intent: '${id}'`) : answer(charge);
}

function intentNamed(charge: Charge | undefined): Charge | undefined {
  return charge?.intent === undefined ? undefined : charge;
}

function intentAnswer(charge: Charge, nowMs: number): Answer {
  const isRefused = intentStatus(charge, nowMs) === 'requires_payment_method';
  return isRefused ? { status: 402, body: cardError(charge, nowMs) } : { status: 200, body: intentBody(charge, nowMs) };
}

function unexpected(charge: Charge, nowMs: number): Answer {
  return refused(400, 'invalid_request_error', 'payment_intent_unexpected_state', `You cannot do this to a PaymentIntent that has a status of ${intentStatus(charge, nowMs)}.`);
}

/** The name of a parameter that is not known. */
function faultIn(form: URLSearchParams, known: ReadonlySet<string>): string | undefined {
  return [...form.keys()].find((name) => !known.has(name) && !METADATA.test(name));
}

function tokenOf(form: URLSearchParams): string | undefined {
  return form.get('payment_method') ?? form.get('payment_method_data[card][token]') ?? undefined;
}

function metadataOf(form: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...form].flatMap(([name, value]) => (METADATA.test(name) ? [[METADATA.exec(name)?.[1] ?? '', value]] : [])));
}

function refused(status: number, type: string, code: string | undefined, message: string): Answer {
  return { status, body: { error: { type, ...(code !== undefined && { code }), message } } };
}
