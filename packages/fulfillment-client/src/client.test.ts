import { randomUUID } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createFulfillmentClient, FulfillmentRefused, NotNow } from './client.ts';
import type { FulfillmentClient, FulfillmentClientOptions } from './client.ts';
import { accept, deadUrl, fixedTokens, fulfillmentOf, handClock, json, orderOf, problem, startServer, until } from './test-servers.ts';
import type { Play, TestServer } from './test-servers.ts';

const ORDER = orderOf('order-1');
const KEYS = { idempotencyKey: 'order-1/fulfillment', correlationId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d' };

let server: TestServer;
let clients: FulfillmentClient[] = [];

function client(options: Partial<FulfillmentClientOptions> = {}): FulfillmentClient {
  const made = createFulfillmentClient({ baseUrl: server.url, credentials: fixedTokens(), timeoutMs: 2_000, batch: 'never', ...options });
  clients.push(made);
  return made;
}

async function failure(promise: Promise<unknown>): Promise<FulfillmentRefused | NotNow> {
  return promise.then(
    () => { throw new Error('It was accepted.'); },
    (error: unknown) => error as FulfillmentRefused | NotNow,
  );
}

beforeEach(async () => {
  server = await startServer(accept);
  clients = [];
});

afterEach(async () => {
  await Promise.all(clients.map((one) => one.close()));
  await server.close();
});

describe('An accepted request', () => {
  it('gives the fulfillment, with the order and its keys sent as the API wants them', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const accepted = await client().request(ORDER, { ...KEYS, traceparent, sessionId: 'session-7' });

    expect(accepted).toMatchObject({ status: 202, replayed: false, fulfillment: { orderId: 'order-1', status: 'accepted' } });
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]).toMatchObject({ method: 'POST', path: '/v1/fulfillments' });
    expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual(ORDER);
    expect(server.seen[0]?.headers).toMatchObject({
      authorization: 'Bearer token-1', 'content-type': 'application/json', accept: 'application/json',
      'idempotency-key': KEYS.idempotencyKey, 'x-correlation-id': KEYS.correlationId, traceparent, 'x-session-id': 'session-7',
    });
  });

  it('says when everything was done at once, and when it is the first answer again', async () => {
    server.play = (response, seen) => json(response, 200, { ...fulfillmentOf(JSON.parse(seen.body)), status: 'completed' }, { 'idempotency-replayed': 'true' });
    expect(await client().request(ORDER, KEYS)).toMatchObject({ status: 200, replayed: true, fulfillment: { status: 'completed' } });
  });

  it('is read even when a newer service says more than is known', async () => {
    server.play = (response, seen) => json(response, 202, { ...fulfillmentOf(JSON.parse(seen.body)), carbonGrams: 12 });
    expect((await client().request(ORDER, KEYS)).fulfillment).not.toHaveProperty('carbonGrams');
  });

  it('is read with a status that this client does not know', async () => {
    server.play = (response, seen) => {
      const fulfillment = fulfillmentOf(JSON.parse(seen.body));
      json(response, 202, { ...fulfillment, status: 'in_transit', lines: fulfillment.lines.map((line) => ({ ...line, status: 'on_a_ship' })) });
    };
    expect((await client().request(ORDER, KEYS)).fulfillment).toMatchObject({ status: 'in_transit', lines: [{ status: 'on_a_ship' }] });
  });

  it('goes below the path of the base URL', async () => {
    await client({ baseUrl: `${server.url}/fulfilment/` }).request(ORDER, KEYS);
    expect(server.seen[0]?.path).toBe('/fulfilment/v1/fulfillments');
  });

  it('leaves out a session id or trace that no header can carry', async () => {
    await client().request(ORDER, { ...KEYS, sessionId: 'a\r\nx-evil: 1', traceparent: 'é' });
    expect(server.seen[0]?.headers).not.toHaveProperty('x-session-id');
    expect(server.seen[0]?.headers).not.toHaveProperty('traceparent');
  });

  it('needs a key that a header can carry', async () => {
    await expect(client().request(ORDER, { ...KEYS, idempotencyKey: '' })).rejects.toThrow(TypeError);
    await expect(client().request(ORDER, { ...KEYS, idempotencyKey: 'k'.repeat(256) })).rejects.toThrow(TypeError);
    await expect(client().request(ORDER, { ...KEYS, correlationId: 'a b' })).rejects.toThrow(TypeError);
    expect(server.seen).toHaveLength(0);
  });
});

describe('A definite refusal', () => {
  it.each([
    [400, 'validation_failed'], [400, 'malformed_json'], [400, 'idempotency_key_required'], [413, 'body_too_large'],
    [422, 'idempotency_key_reused'], [422, 'no_provider'], [422, 'deadline_passed'], [422, 'request_too_large'],
  ])('is %i %s', async (status, code) => {
    server.play = (response) => problem(response, status, code);
    const error = await failure(client().request(ORDER, KEYS));
    expect(error).toBeInstanceOf(FulfillmentRefused);
    expect(error).toMatchObject({ code, status, message: `It is ${code}.` });
  });
});

/** As a gateway in front of the service might say it, in JSON but in no form of the service. */
const gateway = (status: number, body: object): Play => (response) => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const html: Play = (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>');
const inHalf = (headers: Record<string, string>): Play => (response, seen) => {
  const text = JSON.stringify(fulfillmentOf(JSON.parse(seen.body)));
  response.writeHead(202, { 'content-type': 'application/json', ...headers });
  response.write(text.slice(0, 80), () => response.destroy());
};
const accepting = (change: object): Play => (response, seen) => json(response, 202, { ...fulfillmentOf(JSON.parse(seen.body)), ...change });
const line = { lineId: '1', sku: 'NW-1', quantity: 12, provider: 'warehouse', status: 'pending' };
const inTenSeconds = (): string => new Date(Date.now() + 10_000).toUTCString();

describe('Everything else is not now', () => {
  it.each<[string, Play, object]>([
    ['401', (response) => problem(response, 401, 'unauthorized'), { status: 401, message: expect.stringContaining('401 (unauthorized): It is unauthorized.') }],
    ['403, a fault of the configuration', (response) => problem(response, 403, 'insufficient_scope'), { status: 403 }],
    ['404, a wrong address', (response) => problem(response, 404, 'not_found'), { status: 404 }],
    ['404 with a code that means something else here', (response) => problem(response, 404, 'fulfillment_not_found'), { status: 404 }],
    ['408', (response) => problem(response, 408, 'timeout'), { status: 408 }],
    ['409 while the first still runs', (response) => problem(response, 409, 'request_in_progress', { 'retry-after': '3' }), { afterMs: 3_000 }],
    ['409 while the first still runs, without a time', (response) => problem(response, 409, 'request_in_progress'), { afterMs: 1_000 }],
    ['409 of another kind', (response) => problem(response, 409, 'conflict'), { status: 409, afterMs: undefined }],
    ['413', (response) => problem(response, 413, 'too_large'), { status: 413 }],
    ['422 with a code that is not agreed', (response) => problem(response, 422, 'moon_phase'), { status: 422 }],
    ['400 of a gateway', gateway(400, { message: 'Bad Request' }), { status: 400 }],
    ['400 of a gateway that happens to have a code', gateway(400, { code: 'validation_failed' }), { status: 400 }],
    ['422 of a gateway that happens to have a code', gateway(422, { code: 'no_provider' }), { status: 422 }],
    ['400 as a problem without a code', (response) => json(response, 400, { title: 'Bad Request' }), { status: 400 }],
    ['400 as a problem with a code that is not agreed', (response) => problem(response, 400, 'moon_phase'), { status: 400 }],
    ['a refusal under another status', (response) => problem(response, 409, 'no_provider'), { status: 409 }],
    ['a 400 that a proxy says', (response) => void response.writeHead(400, { 'content-type': 'text/html' }).end('<h1>400</h1>'), { status: 400 }],
    ['429 with seconds', (response) => problem(response, 429, 'overloaded', { 'retry-after': '7' }), { status: 429, afterMs: 7_000 }],
    ['429 with a date', (response) => problem(response, 429, 'overloaded', { 'retry-after': inTenSeconds() }), { status: 429, afterMs: expect.closeTo(9_000, -3.4) }],
    ['429 with nonsense', (response) => problem(response, 429, 'overloaded', { 'retry-after': 'soon' }), { status: 429, afterMs: undefined }],
    ['500', (response) => problem(response, 500, 'internal'), { status: 500, afterMs: undefined }],
    ['500 without a body', (response) => void response.writeHead(500).end(), { status: 500 }],
    ['503 with a time', (response) => problem(response, 503, 'unavailable', { 'retry-after': '2' }), { status: 503, afterMs: 2_000 }],
    ['a redirect', (response) => void response.writeHead(307, { location: `${server.url}/v1/elsewhere` }).end(), { status: 307 }],
    ['204', (response) => void response.writeHead(204).end(), { status: 204 }],
    ['a page instead of JSON', html, { status: 200, message: expect.stringContaining('not JSON') }],
    ['malformed JSON', (response) => void response.writeHead(202, { 'content-type': 'application/json' }).end('{"fulfillmentId":'), { status: 202, message: expect.stringContaining('malformed JSON') }],
    ['an answer cut off before its length', inHalf({ 'content-length': '400' }), { status: undefined }],
    ['an answer cut off between chunks', inHalf({}), { status: undefined }],
    ['an answer of another form', accepting({ lines: undefined }), { status: 202, message: expect.stringContaining('lines') }],
    ['a status that is no word', accepting({ status: 'Teleported!' }), { status: 202 }],
    ['a line without a status', accepting({ lines: [{ ...line, status: undefined }] }), { status: 202, message: expect.stringContaining('lines.0.status') }],
    ['the answer of another order', accepting({ orderId: 'order-2' }), { status: 202, message: expect.stringContaining('another order') }],
    ['an answer without end', (response) => {
      response.writeHead(202, { 'content-type': 'application/json' });
      const more = (): void => void (response.destroyed || response.write(' '.repeat(65_536), more));
      more();
    }, { status: undefined, message: expect.stringContaining('bytes') }],
    ['a connection that is reset', (response) => void response.req.socket.resetAndDestroy(), { status: undefined }],
    ['a connection that is closed', (response) => void response.req.socket.end(), { status: undefined }],
  ])('%s', async (_what, play, expected) => {
    server.play = play;
    const error = await failure(client().request(ORDER, KEYS));
    expect(error).toBeInstanceOf(NotNow);
    expect(error).toMatchObject({ sent: true, ...expected });
    expect(server.seen).toHaveLength(1);
  });

  it.each<[string, Play]>([
    ['no answer', () => undefined],
    ['an answer that drips', (response) => {
      response.writeHead(202, { 'content-type': 'application/json' });
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    }],
  ])('%s within the deadline', async (_what, play) => {
    server.play = play;
    const began = performance.now();
    const error = await failure(client({ timeoutMs: 200 }).request(ORDER, KEYS));
    expect(error).toMatchObject({ name: 'NotNow', sent: true, cause: { name: 'DeadlinePassed' } });
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('a refused connection, and then nothing was sent', async () => {
    expect(await failure(client({ baseUrl: await deadUrl() }).request(ORDER, KEYS))).toMatchObject({ name: 'NotNow', sent: false, cause: { code: 'ECONNREFUSED' } });
  });

  it('many refused connections at once: each call learns it, none hangs', async () => {
    const one = client({ baseUrl: await deadUrl(), connections: 2, breaker: { failures: 1_000 } });
    const errors = await Promise.all(Array.from({ length: 200 }, () => failure(one.request(ORDER, KEYS))));
    expect(errors.every((error) => error instanceof NotNow && !error.sent && error.cause !== undefined)).toBe(true);
  });

  it('a token source that fails, and then nothing was sent', async () => {
    const tokens = { ...fixedTokens(), get: () => Promise.reject(Object.assign(new Error('the issuer is away'), { afterMs: 700 })) };
    expect(await failure(client({ credentials: tokens }).request(ORDER, KEYS))).toMatchObject({ name: 'NotNow', sent: false, afterMs: 700 });
    expect(server.seen).toHaveLength(0);
  });
});

describe('A caller that gives up', () => {
  it('before the call sends nothing', async () => {
    expect(await failure(client().request(ORDER, { ...KEYS, signal: AbortSignal.abort(new Error('shutting down')) })))
      .toMatchObject({ name: 'NotNow', sent: false, cause: { message: 'shutting down' } });
    expect(server.seen).toHaveLength(0);
  });

  it('during the call learns that it may have been sent', async () => {
    server.play = () => undefined;
    const caller = new AbortController();
    const pending = failure(client().request(ORDER, { ...KEYS, signal: caller.signal }));
    await until(() => server.seen.length === 1);
    caller.abort(new Error('lease lost'));
    expect(await pending).toMatchObject({ name: 'NotNow', sent: true, cause: { message: 'lease lost' } });
  });

  it('while it still waits for a connection sends nothing, and the one before it goes on', async () => {
    const held: (() => void)[] = [];
    server.play = (response, seen) => void held.push(() => accept(response, seen));
    const one = client({ connections: 1, pipelining: 1 });
    const first = one.request(ORDER, KEYS);
    await until(() => held.length === 1);
    const caller = new AbortController();
    const second = failure(one.request(orderOf('order-2'), { ...KEYS, signal: caller.signal }));
    await new Promise((resolve) => setImmediate(resolve));
    caller.abort();
    expect(await second).toMatchObject({ name: 'NotNow', sent: false });
    server.play = accept;
    held[0]?.();
    await first;
    await one.request(orderOf('order-3'), KEYS);
    expect(server.seen.map((seen) => (JSON.parse(seen.body) as { orderId: string }).orderId)).toEqual(['order-1', 'order-3']);
  });

  it('leaves nothing behind on its signal', async () => {
    const caller = new AbortController();
    await Promise.all([client().request(ORDER, { ...KEYS, signal: caller.signal }), client().request(ORDER, { ...KEYS, signal: caller.signal })]);
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0);
  });
});

describe('Many calls at once', () => {
  it('each gets its own answer, whatever the order of the answers', async () => {
    server.play = (response, seen) => void setTimeout(() => accept(response, seen), Math.random() * 20);
    const one = client({ connections: 4, pipelining: 4 });
    const ids = Array.from({ length: 300 }, (_, index) => `order-${index}`);
    const answers = await Promise.all(ids.map((id) => one.request(orderOf(id), { ...KEYS, idempotencyKey: id })));
    expect(answers.map((accepted) => accepted.fulfillment.orderId)).toEqual(ids);
  });

  it('all settle when connections break under them, and the keys of the accepted ones reached the service', async () => {
    let count = 0;
    server.play = (response, seen) => {
      count += 1;
      if (count % 7 === 0) response.req.socket.destroy();
      else setTimeout(() => accept(response, seen), 2);
    };
    const one = client({ connections: 4, pipelining: 4, breaker: { failures: 1_000 } });
    const results = await Promise.allSettled(Array.from({ length: 200 }, (_, index) => one.request(orderOf(`order-${index}`), { ...KEYS, idempotencyKey: `key-${index}` })));
    const keys = new Set(server.seen.map((seen) => seen.headers['idempotency-key']));
    results.forEach((result, index) => {
      if (result.status === 'fulfilled') expect(keys).toContain(`key-${index}`);
      else expect(result.reason).toMatchObject({ name: 'NotNow', sent: true });
    });
    expect(results.filter((result) => result.status === 'rejected').length).toBeGreaterThan(0);
    expect(results.filter((result) => result.status === 'fulfilled').length).toBeGreaterThan(100);
  });

  it('are bounded', async () => {
    server.play = () => undefined;
    const one = client({ maxOpenCalls: 2, timeoutMs: 300 });
    const open = [one.request(ORDER, KEYS), one.request(ORDER, KEYS)].map(failure);
    expect(await failure(one.request(ORDER, KEYS))).toMatchObject({ name: 'NotNow', sent: false });
    await Promise.all(open);
    server.play = accept;
    await one.request(ORDER, KEYS);
  });
});

describe('The circuit breaker', () => {
  const fail: Play = (response) => problem(response, 500, 'internal');

  function withBreaker(): { one: FulfillmentClient; clock: ReturnType<typeof handClock>; states: string[] } {
    const clock = handClock();
    const states: string[] = [];
    const one = client({ clock, random: () => 0.5, breaker: { failures: 3, openMs: 1_000, maxOpenMs: 3_000 }, onStateChange: (state) => states.push(state) });
    return { one, clock, states };
  }

  async function failTimes(one: FulfillmentClient, times: number): Promise<void> {
    for (let count = 0; count < times; count += 1) await failure(one.request(ORDER, KEYS));
  }

  it('opens after failures in a row, and then sends nothing and says when to come back', async () => {
    const { one, states } = withBreaker();
    server.play = fail;
    await failTimes(one, 2);
    expect(one.state()).toBe('closed');
    await failTimes(one, 1);
    expect(one.state()).toBe('open');
    expect(await failure(one.request(ORDER, KEYS))).toMatchObject({ name: 'NotNow', sent: false, afterMs: 1_500, message: expect.stringMatching(/^The circuit to the service is open; the last call: The service answered 500 \(internal\)/) });
    expect(server.seen).toHaveLength(3);
    expect(states).toEqual(['open']);
  });

  it('lets one probe through when its time is over, turns the others away at once, and closes when the probe succeeds', async () => {
    const { one, clock, states } = withBreaker();
    server.play = fail;
    await failTimes(one, 3);
    clock.advance(1_000);
    let answerProbe: (() => void) | undefined;
    server.play = (response, seen) => void (answerProbe = () => accept(response, seen));
    const probe = one.request(ORDER, KEYS);
    await until(() => answerProbe !== undefined);
    expect(one.state()).toBe('half-open');
    expect(await failure(one.request(ORDER, KEYS))).toMatchObject({ name: 'NotNow', sent: false, afterMs: 500 });
    answerProbe?.();
    await probe;
    expect(states).toEqual(['open', 'half-open', 'closed']);
    server.play = accept;
    await one.request(ORDER, KEYS);
  });

  it('stays open twice as long after a failed probe, up to its limit', async () => {
    const { one, clock } = withBreaker();
    server.play = fail;
    await failTimes(one, 3);
    for (const openMs of [1_000, 2_000, 3_000, 3_000]) {
      clock.advance(openMs - 1);
      expect(await failure(one.request(ORDER, KEYS))).toMatchObject({ sent: false });
      clock.advance(1);
      expect(await failure(one.request(ORDER, KEYS))).toMatchObject({ sent: true, status: 500 });
      expect(one.state()).toBe('open');
    }
  });

  it('counts refused connections and late answers, not refusals, overload or a missing scope', async () => {
    const { one } = withBreaker();
    for (const [status, code] of [[422, 'no_provider'], [429, 'overloaded'], [403, 'insufficient_scope'], [404, 'not_found'], [409, 'request_in_progress']] as const) {
      server.play = (response) => problem(response, status, code);
      await failTimes(one, 4);
      expect(one.state()).toBe('closed');
    }
    const late = client({ timeoutMs: 30, breaker: { failures: 3 } });
    server.play = () => undefined;
    await failTimes(late, 3);
    expect(late.state()).toBe('open');
    const nobody = client({ baseUrl: await deadUrl(), breaker: { failures: 3 } });
    await failTimes(nobody, 3);
    expect(nobody.state()).toBe('open');
  });

  it('starts its count again after a good answer', async () => {
    const { one } = withBreaker();
    for (const play of [fail, fail, accept, fail, fail]) {
      server.play = play;
      await one.request(ORDER, KEYS).catch(() => undefined);
    }
    expect(one.state()).toBe('closed');
  });
});

describe('Reading', () => {
  const found = fulfillmentOf(ORDER);

  it('gets a fulfillment', async () => {
    server.play = (response) => json(response, 200, found);
    expect(await client().get(found.fulfillmentId)).toEqual(found);
    expect(server.seen[0]).toMatchObject({ method: 'GET', path: `/v1/fulfillments/${found.fulfillmentId}` });
  });

  it('refuses when the service does not know it; another 404 is not now', async () => {
    server.play = (response) => problem(response, 404, 'fulfillment_not_found');
    expect(await failure(client().get(randomUUID()))).toMatchObject({ name: 'FulfillmentRefused', code: 'fulfillment_not_found', status: 404 });
    server.play = (response) => void response.writeHead(404, { 'content-type': 'text/html' }).end('nothing here');
    expect(await failure(client().get(randomUUID()))).toMatchObject({ name: 'NotNow', status: 404 });
  });

  it('does not take one fulfillment for another', async () => {
    server.play = (response) => json(response, 200, found);
    expect(await failure(client().get(randomUUID()))).toMatchObject({ name: 'NotNow', message: expect.stringContaining('another fulfillment') });
  });

  it('asks again while the service fails', async () => {
    server.play = (response) => (server.seen.length < 3 ? problem(response, 503, 'unavailable') : json(response, 200, found));
    expect(await client().get(found.fulfillmentId)).toEqual(found);
    expect(server.seen).toHaveLength(3);
  });

  it('asks three times at most, and not at all before the time that the service names', async () => {
    server.play = (response) => problem(response, 500, 'internal');
    expect(await failure(client().get(found.fulfillmentId))).toMatchObject({ name: 'NotNow', status: 500 });
    expect(server.seen).toHaveLength(3);
    server.play = (response) => problem(response, 503, 'unavailable', { 'retry-after': '1' });
    expect(await failure(client().get(found.fulfillmentId))).toMatchObject({ afterMs: 1_000 });
    expect(server.seen).toHaveLength(4);
  });

  it('keeps one deadline over all attempts', async () => {
    server.play = (response) => void setTimeout(() => problem(response, 500, 'internal'), 250);
    const began = performance.now();
    expect(await failure(client({ timeoutMs: 400 }).get(found.fulfillmentId))).toBeInstanceOf(NotNow);
    expect(performance.now() - began).toBeLessThan(700);
  });

  it('lists, with the query as given', async () => {
    server.play = (response) => json(response, 200, { items: [found], nextCursor: 'abc' });
    expect(await client().list({ orderId: 'order-1', status: 'accepted', limit: 10, cursor: 'x/y' })).toEqual({ items: [found], nextCursor: 'abc' });
    expect(server.seen[0]?.path).toBe('/v1/fulfillments?orderId=order-1&status=accepted&limit=10&cursor=x%2Fy');
    await client().list({});
    expect(server.seen[1]?.path).toBe('/v1/fulfillments');
  });

  it('refuses a forged cursor, and does not take the list of another order', async () => {
    server.play = (response) => problem(response, 400, 'invalid_cursor');
    expect(await failure(client().list({ cursor: 'forged' }))).toMatchObject({ name: 'FulfillmentRefused', code: 'invalid_cursor' });
    server.play = (response) => json(response, 200, { items: [found], nextCursor: null });
    expect(await failure(client().list({ orderId: 'order-2' }))).toBeInstanceOf(NotNow);
  });
});

describe('Closing', () => {
  it('waits for the open calls and turns new ones away', async () => {
    server.play = (response, seen) => void setTimeout(() => accept(response, seen), 50);
    const one = client();
    const open = one.request(ORDER, KEYS);
    await until(() => server.seen.length === 1);
    const closing = one.close();
    expect(await failure(one.request(ORDER, KEYS))).toMatchObject({ name: 'NotNow', sent: false });
    await closing;
    expect((await open).status).toBe(202);
  });

  it('closes the token source, and may be asked for twice', async () => {
    let closed = 0;
    const one = client({ credentials: { ...fixedTokens(), close: async () => void (closed += 1) } });
    await Promise.all([one.close(), one.close()]);
    expect(closed).toBe(1);
  });
});
