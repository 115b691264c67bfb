/** Stripe's answers, and what is sent to it. Against the stand-in it is tried in flow.test.ts. */
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { RetryLater } from '@commerce/event-log/extension';
import type { Charge, RefundOrder } from './provider.ts';
import { createStripeProvider } from './stripe.http.ts';
import type { StripeProvider } from './stripe.http.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const ASKED: Charge = { key: 'pay_o', amount: 200_38n, currency: 'USD', orderId: 'o', method: { type: 'card', token: 'pm_1' }, sinceMs: NOW };
const OWED: RefundOrder = { key: 'pay_o-r1', charge: { key: 'pay_o', reference: 'pi_1' }, amount: 5_00n, currency: 'USD', orderId: 'o' };
const intent = (given: object = {}) => ({ id: 'pi_1', object: 'payment_intent', status: 'succeeded', amount: 20_038, currency: 'usd', metadata: { payment_id: 'pay_o' }, ...given });
const error = (given: object = {}) => ({ error: { type: 'invalid_request_error', message: 'No.', ...given } });
const refundView = (given: object = {}) => ({ id: 're_1', object: 'refund', status: 'succeeded', metadata: { refund_id: 'pay_o-r1' }, ...given });

const signal = new AbortController().signal;
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

interface Seen {
  readonly call: string;
  readonly key: string | undefined;
  readonly form: Record<string, string>;
}

/** Answers the calls in their order, each with a status and a body; text is sent as it is. */
async function stripe(...answers: (readonly [number, object | string, Record<string, string>?])[]): Promise<{ provider: StripeProvider; seen: Seen[] }> {
  const seen: Seen[] = [];
  const listener: RequestListener = async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    seen.push({ call: `${request.method} ${decodeURIComponent(request.url ?? '')}`, key: request.headers['idempotency-key'] as string | undefined, form: Object.fromEntries(new URLSearchParams(body)) });
    const [status, answer, headers = {}] = answers[seen.length - 1] ?? [500, ''];
    response.writeHead(status, headers).end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const provider = createStripeProvider({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, apiKey: 'sk_test_key', timeoutMs: 500, connections: 1, nowMs: () => NOW });
  open.push(() => provider.close(), async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { provider, seen };
}

const fault = (call: Promise<unknown>): Promise<any> => call.then((value) => ({ noFault: value }), (caught: unknown) => caught);

describe('A charge at Stripe', () => {
  test('is sent as a form, under its key, to be taken at once', async () => {
    const { provider, seen } = await stripe([200, intent()]);
    expect(await provider.charge(ASKED, signal)).toEqual({ kind: 'succeeded', reference: 'pi_1' });
    expect(seen).toEqual([{
      call: 'POST /v1/payment_intents', key: 'pay_o',
      form: {
        amount: '20038', currency: 'usd', confirm: 'true', capture_method: 'automatic', error_on_requires_action: 'true', 'payment_method_types[]': 'card', payment_method: 'pm_1',
        'metadata[order_id]': 'o', 'metadata[payment_id]': 'pay_o',
      },
    }]);
  });

  test('by a token of a card says so', async () => {
    const { provider, seen } = await stripe([200, intent({ status: 'processing' })]);
    expect(await provider.charge({ ...ASKED, method: { type: 'card', token: 'tok_visa' } }, signal)).toEqual({ kind: 'pending', reference: 'pi_1' });
    expect(seen[0]?.form).toMatchObject({ 'payment_method_data[type]': 'card', 'payment_method_data[card][token]': 'tok_visa' });
  });

  test('that is declined is called off, so that nobody pays with it later', async () => {
    const declined = error({ type: 'card_error', code: 'card_declined', decline_code: 'lost_card', message: 'Declined.', payment_intent: { id: 'pi_1' } });
    const { provider, seen } = await stripe([402, declined], [200, intent({ status: 'canceled' })]);
    expect(await provider.charge(ASKED, signal)).toEqual({ kind: 'failed', reference: 'pi_1', reason: { code: 'lost_card', message: 'Declined.' } });
    expect(seen.map(({ call, key }) => [call, key])).toEqual([['POST /v1/payment_intents', 'pay_o'], ['POST /v1/payment_intents/pi_1/cancel', undefined]]);
    // It was paid meanwhile.
    const other = await stripe([402, declined], [400, error({ code: 'payment_intent_unexpected_state' })], [200, intent()]);
    expect(await other.provider.charge(ASKED, signal)).toEqual({ kind: 'succeeded', reference: 'pi_1' });
  });

  test.each<[string, number, object | string, Record<string, string>, object]>([
    ['too many calls', 429, error({ code: 'rate_limit' }), { 'retry-after': '7' }, { name: 'RetryLater', sent: false, afterMs: 7_000 }],
    ['a wrong key', 401, error(), {}, { name: 'RetryLater', sent: false }],
    ['the same call in hand', 409, error({ code: 'idempotency_key_in_use' }), {}, { name: 'RetryLater', sent: true }],
    ['an answer that Stripe did not word', 400, '<h1>Bad Gateway</h1>', {}, { name: 'RetryLater', sent: true }],
    ['an error of its own', 409, error({ type: 'api_error' }), {}, { name: 'RetryLater', sent: true }],
    ['an answer that is none', 200, { id: 7 }, {}, { name: 'RetryLater' }],
    ['a key that was used for something else', 400, error({ type: 'idempotency_error' }), {}, { name: 'Refused', code: 'key_reused' }],
    ['another amount', 200, intent({ amount: 1 }), {}, { message: expect.stringContaining('another amount') }],
  ])('that meets %s', async (_what, status, body, headers, expected) => {
    const { provider } = await stripe([status, body, headers]);
    expect(await fault(provider.charge(ASKED, signal))).toMatchObject(expected);
  });

  test('that Stripe refuses in its own words has failed for good', async () => {
    const { provider } = await stripe([400, error({ code: 'resource_missing', message: "No such PaymentMethod: 'pm_1'" })]);
    expect(await provider.charge(ASKED, signal)).toEqual({ kind: 'failed', reason: { code: 'resource_missing' } });
  });

  test.each([['tok_visa', 'The card tok_visa was declined.'], ['my-card', 'The card my-card was declined.'], ['my-card', 'The card pm_9 was declined.']])('by %s is refused without the words that name a card', async (token, message) => {
    const { provider } = await stripe([402, error({ type: 'card_error', code: 'card_declined', message })]);
    expect(await provider.charge({ ...ASKED, method: { type: 'card', token } }, signal)).toEqual({ kind: 'failed', reason: { code: 'card_declined' } });
  });

  test('that meets a fault of Stripe is looked for in its list, and asked for under another key once that fault is but repeated', async () => {
    const [none, replayed] = [{ data: [intent({ id: 'pi_9', metadata: { payment_id: 'pay_other' } })], has_more: false }, { 'idempotent-replayed': 'true' }];
    const { provider, seen } = await stripe([500, 'Oops'], [200, none], [500, 'Oops', replayed], [200, none], [503, 'Oops'], [200, none], [500, 'Oops', replayed], [200, none], [503, 'Oops', replayed], [200, none], [200, intent()]);
    expect(await fault(provider.charge(ASKED, signal))).toMatchObject({ name: 'RetryLater', sent: true, afterMs: 1_000 });
    expect(await fault(provider.charge(ASKED, signal))).toMatchObject({ name: 'RetryLater', afterMs: 2_000 });
    expect(await provider.charge(ASKED, signal)).toEqual({ kind: 'succeeded', reference: 'pi_1' });
    expect(seen.filter(({ call }) => call.startsWith('POST')).map(({ key }) => key)).toEqual(['pay_o', 'pay_o', 'pay_o-2', 'pay_o', 'pay_o-2', 'pay_o-3']);
    expect(new Set(seen.filter(({ call }) => call.startsWith('POST')).map(({ form }) => form['metadata[payment_id]']))).toEqual(new Set(['pay_o']));
    expect(seen[1]?.call).toBe(`GET /v1/payment_intents?created[gte]=${NOW / 1_000 - 300}&limit=100`);
  });

  test('that was made all the same is found, page by page, and no other one is asked for', async () => {
    const others = ['pi_8', 'pi_9'].map((id) => intent({ id, metadata: {} }));
    const { provider, seen } = await stripe([500, 'Oops', { 'idempotent-replayed': 'true' }], [200, { data: others, has_more: true }], [200, { data: [intent()], has_more: false }]);
    expect(await provider.charge(ASKED, signal)).toEqual({ kind: 'succeeded', reference: 'pi_1' });
    expect(seen.at(-1)?.call).toContain('starting_after=pi_9');
  });

  test('is found by a search where the shop has made more since than can be looked through, and asked for anew only where a search would have it', async () => {
    const replayed = [500, 'Oops', { 'idempotent-replayed': 'true' }] as const;
    const pages = (created: number): (readonly [number, object])[] => Array.from({ length: 10 }, () => [200, { data: [intent({ id: 'pi_9', metadata: {}, created })], has_more: true }]);
    const [justNow, before] = [pages(NOW / 1_000 - 60), pages(NOW / 1_000 - 4_000)];
    const search = `GET /v1/payment_intents/search?query=metadata['payment_id']:'pay_o'&limit=2`;
    const posts = (seen: readonly Seen[]): (string | undefined)[] => seen.filter(({ call }) => call.startsWith('POST')).map(({ key }) => key);
    const there = await stripe(replayed, ...justNow, [200, { data: [intent()], has_more: false }]);
    expect(await there.provider.charge(ASKED, signal)).toEqual({ kind: 'succeeded', reference: 'pi_1' });
    expect([there.seen.at(-1)?.call.replaceAll('+', ' '), posts(there.seen)]).toEqual([search, ['pay_o']]);
    // A search is late: what it does not find may have been made a moment ago.
    const late = await stripe(replayed, ...justNow, [200, { data: [], has_more: false }], [200, intent()]);
    expect(await fault(late.provider.charge(ASKED, signal))).toBeInstanceOf(RetryLater);
    expect(posts(late.seen)).toEqual(['pay_o']);
    const none = await stripe(replayed, ...before, [200, { data: [], has_more: false }], [200, intent()]);
    expect(await none.provider.charge(ASKED, signal)).toEqual({ kind: 'succeeded', reference: 'pi_1' });
    expect(posts(none.seen)).toEqual(['pay_o', 'pay_o-2']);
  });

  test('is found on a page of a hundred intents with all that Stripe knows of each', async () => {
    const page = Array.from({ length: 100 }, (_, index) => intent({ id: `pi_${index}`, metadata: { payment_id: index === 99 ? 'pay_o' : `pay_${index}`, note: 'x'.repeat(5_000) } }));
    const { provider } = await stripe([500, 'Oops'], [200, { data: page, has_more: false }]);
    expect(await provider.charge(ASKED, signal)).toEqual({ kind: 'succeeded', reference: 'pi_99' });
  });
});

describe('What became of a charge at Stripe', () => {
  test('is asked by its id where that is known, else by our key', async () => {
    const { provider, seen } = await stripe([200, intent({ status: 'processing' })], [200, { data: [] }], [404, error({ code: 'resource_missing' })]);
    expect(await provider.find({ key: 'pay_o', reference: 'pi_1' }, signal)).toEqual({ kind: 'pending', reference: 'pi_1' });
    expect(await provider.find({ key: 'pay_o', reference: undefined }, signal)).toEqual({ kind: 'absent' });
    expect(await provider.find({ key: 'pay_o', reference: 'pi_9' }, signal)).toEqual({ kind: 'absent' });
    expect(seen[0]?.call).toBe('GET /v1/payment_intents/pi_1');
  });

  test('that waits for another card is left to the customer when it is the shop\'s, called off when it is ours, or when nobody wants it', async () => {
    const waits = { status: 'requires_payment_method', last_payment_error: { type: 'card_error', code: 'card_declined', message: 'No.' } };
    const known = { key: 'pay_o', reference: 'pi_1' };
    expect(await (await stripe([200, intent({ ...waits, metadata: { order_id: 'o' } })])).provider.find(known, signal)).toEqual({ kind: 'pending', reference: 'pi_1' });
    const failed = { kind: 'failed', reference: 'pi_1', reason: { code: 'card_declined', message: 'No.' } };
    expect(await (await stripe([200, intent(waits)], [200, intent({ ...waits, status: 'canceled' })])).provider.find(known, signal)).toEqual(failed);
    expect(await (await stripe([200, intent({ ...waits, metadata: {} })], [200, intent({ ...waits, status: 'canceled' })])).provider.withdraw(known, signal)).toEqual(failed);
    expect(await (await stripe([200, intent()])).provider.withdraw(known, signal)).toEqual({ kind: 'succeeded', reference: 'pi_1' });
  });
});

describe('A refund at Stripe', () => {
  test('is sent under its key, with that in its metadata', async () => {
    const { provider, seen } = await stripe([200, refundView()]);
    await provider.refund(OWED, signal);
    expect(seen).toEqual([{ call: 'POST /v1/refunds', key: 'pay_o-r1-500', form: { payment_intent: 'pi_1', amount: '500', 'metadata[refund_id]': 'pay_o-r1', 'metadata[order_id]': 'o' } }]);
    const ofCharge = await stripe([200, refundView()]);
    await ofCharge.provider.refund({ ...OWED, charge: { key: 'pay_o', reference: 'ch_1' } }, signal);
    expect(ofCharge.seen[0]?.form).toMatchObject({ charge: 'ch_1' });
  });

  test('that meets a fault of Stripe is looked for, and asked for under another key once that fault is but repeated', async () => {
    const [none, replayed] = [{ data: [], has_more: false }, { 'idempotent-replayed': 'true' }];
    const { provider, seen } = await stripe([500, 'Oops'], [200, none], [500, 'Oops', replayed], [200, none], [500, 'Oops'], [200, none], [500, 'Oops', replayed], [200, none], [503, 'Oops', replayed], [200, none], [200, refundView()]);
    expect(await fault(provider.refund(OWED, signal))).toMatchObject({ name: 'RetryLater', sent: true, afterMs: 1_000 });
    expect(await fault(provider.refund(OWED, signal))).toMatchObject({ name: 'RetryLater', afterMs: 2_000 });
    await provider.refund(OWED, signal);
    expect(seen.filter(({ call }) => call === 'POST /v1/refunds').map(({ key }) => key)).toEqual(['pay_o-r1-500', 'pay_o-r1-500', 'pay_o-r1-500-2', 'pay_o-r1-500', 'pay_o-r1-500-2', 'pay_o-r1-500-3']);
    // It was given all the same.
    const given = await stripe([500, 'Oops', replayed], [200, { data: [refundView()], has_more: false }]);
    await given.provider.refund(OWED, signal);
    expect(given.seen).toHaveLength(2);
    const later = await stripe([500, 'Oops', replayed], [200, { data: [refundView({ status: 'pending' })], has_more: false }]);
    expect(await fault(later.provider.refund(OWED, signal))).toMatchObject({ name: 'RetryLater', afterMs: 60_000 });
  });

  test('that is decided later is asked for by its id, for a repeated key is answered as the first time', async () => {
    const { provider, seen } = await stripe([200, refundView({ status: 'pending' })], [200, refundView({ status: 'pending' })], [200, refundView({ status: 'pending' })], [200, refundView()]);
    expect(await fault(provider.refund(OWED, signal))).toMatchObject({ name: 'RetryLater', afterMs: 60_000 });
    await provider.refund(OWED, signal);
    expect(seen.at(-1)?.call).toBe('GET /v1/refunds/re_1');
  });

  test.each<[string, number, object, object]>([
    ['that is too much', 400, error({ message: 'Refund amount ($9) is greater than unrefunded amount.' }), { name: 'Refused', code: 'payment_refused', message: expect.stringContaining('greater') }],
    ['of what is back already', 400, error({ code: 'charge_already_refunded' }), { name: 'Refused', code: 'charge_already_refunded' }],
    ['of a charge that is disputed, of which nobody has told yet', 400, error({ code: 'charge_disputed' }), { name: 'RetryLater', sent: false, afterMs: 60_000 }],
    ['that has failed', 200, refundView({ status: 'failed', failure_reason: 'lost_or_stolen_card' }), { name: 'Refused', code: 'lost_or_stolen_card' }],
    ['turned away', 429, error(), { name: 'RetryLater', sent: false }],
  ])('%s', async (_what, status, body, expected) => {
    expect(await fault((await stripe([status, body])).provider.refund(OWED, signal))).toMatchObject(expected);
  });

  test('is found among those of its charge, page by page', async () => {
    const others = Array.from({ length: 2 }, (_, index) => refundView({ id: `re_x${index}`, metadata: {} }));
    const { provider, seen } = await stripe([200, { data: others, has_more: true }], [200, { data: [refundView()], has_more: false }]);
    expect(await provider.findRefund(OWED, signal)).toBe('given');
    expect(seen.map(({ call }) => call)).toEqual(['GET /v1/refunds?payment_intent=pi_1&limit=100', 'GET /v1/refunds?payment_intent=pi_1&limit=100&starting_after=re_x1']);
    expect(await (await stripe([200, { data: others, has_more: false }])).provider.findRefund(OWED, signal)).toBe('absent');
  });
});
