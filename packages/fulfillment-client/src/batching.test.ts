import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createFulfillmentClient } from './client.ts';
import type { Accepted, FulfillmentClient, FulfillmentClientOptions, FulfillmentOrder } from './client.ts';
import { accept, fixedTokens, fulfillmentOf, handClock, json, orderOf, problem, startServer, until } from './test-servers.ts';
import type { Play, TestServer } from './test-servers.ts';

const CORRELATION = '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d';
const CAPABILITIES = '/v1/capabilities';
const BATCH = '/v1/fulfillments/batch';
const SINGLE = '/v1/fulfillments';

interface BatchItem {
  readonly idempotencyKey: string;
  readonly correlationId?: string;
  readonly request: FulfillmentOrder;
}

const itemsOf = (body: string): BatchItem[] => (JSON.parse(body) as { items: BatchItem[] }).items;
const acceptItem = (item: BatchItem): object => ({ status: 202, body: fulfillmentOf(item.request) });

/** Plays a service that takes batches of `maxItems`; `answer` gives one item's result, `batch` may play the batch route otherwise. */
function taking(maxItems: number, play: { answer?: (item: BatchItem) => object; batch?: Play; single?: Play } = {}): Play {
  const { answer = acceptItem, batch, single = accept } = play;
  return (response, seen) => {
    if (seen.path === CAPABILITIES) return json(response, 200, { batch: { maxItems } });
    if (seen.path === SINGLE) return single(response, seen);
    return batch ? batch(response, seen) : json(response, 200, { results: itemsOf(seen.body).map(answer) });
  };
}

let open: { close(): Promise<void> }[] = [];

async function pair(play: Play, options: Partial<FulfillmentClientOptions> = {}): Promise<{ server: TestServer; client: FulfillmentClient; posts: (path: string) => TestServer['seen'] }> {
  const server = await startServer(play);
  const client = createFulfillmentClient({ baseUrl: server.url, credentials: fixedTokens(), timeoutMs: 2_000, random: () => 0.5, ...options });
  open.push(client, server);
  return { server, client, posts: (path) => server.seen.filter((seen) => seen.path === path) };
}

/** The first request goes alone; when it is accepted the client asks, and then batches are known. */
async function warm(client: FulfillmentClient, server: TestServer): Promise<void> {
  await send(client, 'warm-up');
  await until(() => server.seen.some((seen) => seen.path === CAPABILITIES));
  await new Promise((resolve) => setTimeout(resolve, 30));
}

function send(client: FulfillmentClient, orderId: string, more: { signal?: AbortSignal; sessionId?: string; lines?: number } = {}): Promise<Accepted> {
  const { lines = 1, ...options } = more;
  return client.request(orderOf(orderId, lines), { idempotencyKey: `key-${orderId}`, correlationId: CORRELATION, ...options });
}

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `order-${index}`);

afterEach(async () => {
  for (const thing of open) await thing.close();
  open = [];
});

describe('Requests in batches', () => {
  it('carry keys and orders, and hold what arrived together', async () => {
    const { server, client, posts } = await pair(taking(100));
    await warm(client, server);
    await Promise.all(names(30).map((id) => send(client, id)));
    expect(posts(BATCH)).toHaveLength(1);
    const [first] = itemsOf(posts(BATCH)[0]?.body ?? '');
    expect(first).toEqual({ idempotencyKey: 'key-order-0', correlationId: CORRELATION, request: orderOf('order-0') });
    expect(posts(BATCH)[0]?.headers).not.toHaveProperty('idempotency-key');
  });

  it('wait while two are under way, and go into the next one', async () => {
    const held: (() => void)[] = [];
    const batch: Play = (response, seen) => void held.push(() => json(response, 200, { results: itemsOf(seen.body).map(acceptItem) }));
    const { server, client, posts } = await pair(taking(100, { batch }));
    await warm(client, server);
    const answers = [send(client, 'a')];
    await until(() => held.length === 1);
    answers.push(send(client, 'b'));
    await until(() => held.length === 2);
    answers.push(...names(10).map((id) => send(client, id)));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(held).toHaveLength(2);
    held[0]?.();
    await until(() => held.length === 3);
    held.slice(1).forEach((answer) => answer());
    await Promise.all(answers);
    expect(posts(BATCH).map((seen) => itemsOf(seen.body).length)).toEqual([1, 1, 10]);
  });

  it('hold no more items than the service takes, and not too many characters', async () => {
    const { server, client, posts } = await pair(taking(7));
    await warm(client, server);
    await Promise.all(names(40).map((id) => send(client, id)));
    expect(Math.max(...posts(BATCH).map((seen) => itemsOf(seen.body).length))).toBe(7);
    await Promise.all(names(20).map((id) => send(client, id, { lines: 500 })));
    expect(Math.max(...posts(BATCH).map((seen) => seen.body.length))).toBeLessThan(140_000);
  });

  it('give each caller the answer of its own item, whatever the others get', async () => {
    const answer = (item: BatchItem): object => {
      const [, kind = ''] = item.request.orderId.split('/');
      if (kind === 'refused') return { status: 422, body: { code: 'no_provider', detail: `none for ${item.request.orderId}` } };
      if (kind === 'busy') return { status: 409, body: { code: 'request_in_progress' } };
      if (kind === 'broken') return { status: 500, body: 'oops' };
      if (kind === 'again') return { status: 200, replayed: true, body: fulfillmentOf(item.request) };
      return acceptItem(item);
    };
    const expected: Record<string, object> = {
      fine: { status: 202, replayed: false }, again: { status: 200, replayed: true },
      refused: { name: 'FulfillmentRefused', code: 'no_provider' }, busy: { name: 'NotNow', sent: true, afterMs: 1_000 }, broken: { name: 'NotNow', sent: true, status: 500 },
    };
    let sent = 0;
    const { server, client } = await pair(taking(16, { answer }));
    await warm(client, server);
    const kinds = fc.constantFrom(...Object.keys(expected));
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(kinds, fc.nat({ max: 3 })), { minLength: 1, maxLength: 60 }), async (calls) => {
      await Promise.all(calls.map(async ([kind, turns]) => {
        for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        const orderId = `${(sent += 1)}/${kind}`;
        const result = await send(client, orderId).catch((error: unknown) => error as { message: string });
        expect(result).toMatchObject(expected[kind] as object);
        if (kind === 'refused') expect(result).toMatchObject({ message: `none for ${orderId}` });
        if ('fulfillment' in result) expect(result.fulfillment.orderId).toBe(orderId);
      }));
    }), { numRuns: 40 });
    expect(server.seen.length).toBeLessThan(sent);
  });

  it('do not give one caller the answer of another when the service mixes them up', async () => {
    const batch: Play = (response, seen) => json(response, 200, { results: itemsOf(seen.body).map(acceptItem).reverse() });
    const { server, client } = await pair(taking(100, { batch }));
    await warm(client, server);
    const results = await Promise.allSettled(names(2).map((id) => send(client, id)));
    for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: { name: 'NotNow', sent: true } });
  });

  it.each<[string, Play, object]>([
    ['fewer results than items', (response) => json(response, 200, { results: [] }), { sent: true, status: 200 }],
    ['503', (response) => problem(response, 503, 'unavailable', { 'retry-after': '4' }), { sent: true, status: 503, afterMs: 4_000 }],
    ['429', (response) => problem(response, 429, 'overloaded', { 'retry-after': '1' }), { sent: true, status: 429, afterMs: 1_000 }],
    ['403', (response) => problem(response, 403, 'insufficient_scope'), { sent: true, status: 403 }],
    ['a broken connection', (response) => response.req.socket.destroy(), { sent: true }],
  ])('are not now for every caller after %s', async (_what, batch, expected) => {
    const { server, client, posts } = await pair(taking(100, { batch }));
    await warm(client, server);
    for (const result of await Promise.allSettled(names(5).map((id) => send(client, id)))) {
      expect(result).toMatchObject({ status: 'rejected', reason: { name: 'NotNow', ...expected } });
    }
    expect(posts(SINGLE)).toHaveLength(1);
  });

  it.each<[string, Play]>([
    ['400', (response) => problem(response, 400, 'validation_failed')],
    ['404', (response) => problem(response, 404, 'not_found')],
    ['413', (response) => problem(response, 413, 'too_large')],
    ['an answer that is too large', (response, seen) => json(response, 200, { results: itemsOf(seen.body).map(acceptItem), padding: 'x'.repeat(1_100_000) })],
  ])('are sent alone when the batch as a whole meets %s, and only the bad one is refused', async (_what, batch) => {
    const single: Play = (response, seen) => (seen.headers['idempotency-key'] === 'key-order-3' ? problem(response, 400, 'validation_failed') : accept(response, seen));
    const clock = handClock();
    const { server, client, posts } = await pair(taking(100, { batch, single }), { clock });
    await warm(client, server);
    const results = await Promise.allSettled(names(6).map((id) => send(client, id)));
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(results[3]).toMatchObject({ reason: { name: 'FulfillmentRefused', code: 'validation_failed' } });
    // No batch again before the service was asked again.
    await send(client, 'later');
    expect(posts(BATCH)).toHaveLength(1);
    clock.advance(5_000);
    await send(client, 'asks');
    await until(() => posts(CAPABILITIES).length === 2);
  });

  it('go on for the others when one caller gives up', async () => {
    let answer: (() => void) | undefined;
    const batch: Play = (response, seen) => void (answer = () => json(response, 200, { results: itemsOf(seen.body).map(acceptItem) }));
    const { server, client } = await pair(taking(100, { batch }));
    await warm(client, server);
    const caller = new AbortController();
    const [one, other] = [send(client, 'one', { signal: caller.signal }), send(client, 'other')];
    await until(() => answer !== undefined);
    caller.abort(new Error('lease lost'));
    await expect(one).rejects.toMatchObject({ name: 'NotNow', sent: true, cause: { message: 'lease lost' } });
    answer?.();
    expect((await other).fulfillment.orderId).toBe('other');
  });

  it('leave out a caller that gave up while it waited, and then nothing was sent', async () => {
    const held: (() => void)[] = [];
    const batch: Play = (response, seen) => void held.push(() => json(response, 200, { results: itemsOf(seen.body).map(acceptItem) }));
    const { server, client, posts } = await pair(taking(1, { batch }));
    await warm(client, server);
    const going = [send(client, 'a'), send(client, 'b')];
    await until(() => held.length === 2);
    const caller = new AbortController();
    const waiting = send(client, 'c', { signal: caller.signal });
    await new Promise((resolve) => setTimeout(resolve, 5));
    caller.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'NotNow', sent: false });
    held.forEach((answer) => answer());
    await Promise.all(going);
    expect(posts(BATCH).map((seen) => seen.body).join()).not.toContain('key-c');
  });

  it('are given up at the deadline of their caller', async () => {
    const { server, client } = await pair(taking(100, { batch: () => undefined }), { timeoutMs: 100 });
    await warm(client, server);
    await expect(send(client, 'late')).rejects.toMatchObject({ name: 'NotNow', sent: true, cause: { name: 'DeadlinePassed' } });
  });

  it('leave an order with a session id to travel alone, for a batch has no place for it', async () => {
    const { server, client, posts } = await pair(taking(100));
    await warm(client, server);
    await send(client, 'with-session', { sessionId: 'session-7' });
    expect(posts(BATCH)).toHaveLength(0);
    expect(posts(SINGLE).at(-1)?.headers).toHaveProperty('x-session-id', 'session-7');
  });
});

describe('A service without batches gets single calls', () => {
  it.each<[string, Play]>([
    ['404', (response, seen) => (seen.path === CAPABILITIES ? problem(response, 404, 'not_found') : accept(response, seen))],
    ['no batches', accept],
    ['403', (response, seen) => (seen.path === CAPABILITIES ? problem(response, 403, 'insufficient_scope') : accept(response, seen))],
    ['a page', (response, seen) => (seen.path === CAPABILITIES ? void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>') : accept(response, seen))],
  ])('when it answers %s', async (_what, play) => {
    const { server, client, posts } = await pair(play);
    await warm(client, server);
    await Promise.all(names(10).map((id) => send(client, id)));
    expect(posts(SINGLE)).toHaveLength(11);
    expect(posts(CAPABILITIES)).toHaveLength(1);
  });

  it('and is asked once, however many requests come first', async () => {
    const { client, posts } = await pair(accept);
    await Promise.all(names(10).map((id) => send(client, id)));
    await until(() => posts(CAPABILITIES).length > 0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(posts(CAPABILITIES)).toHaveLength(1);
  });

  it('and its trouble with that question never keeps the circuit open', async () => {
    const clock = handClock();
    let down = false;
    const { server, client } = await pair((response, seen) =>
      (down || seen.path === CAPABILITIES ? problem(response, 500, 'internal') : accept(response, seen)), { clock, breaker: { failures: 2 } });
    await warm(client, server);
    down = true;
    await expect(send(client, 'a')).rejects.toMatchObject({ status: 500 });
    expect(client.state()).toBe('open');
    down = false;
    clock.advance(60_000);
    await send(client, 'b');
    expect(client.state()).toBe('closed');
  });

  it('and is not even asked when the client is told so', async () => {
    const { client, posts } = await pair(taking(100), { batch: 'never' });
    await Promise.all(names(5).map((id) => send(client, id)));
    expect(posts(CAPABILITIES)).toHaveLength(0);
    expect(posts(SINGLE)).toHaveLength(5);
  });

  it('until it offers them: it is asked again after a while', async () => {
    const clock = handClock();
    const { server, client, posts } = await pair(accept, { clock });
    await warm(client, server);
    server.play = taking(100);
    clock.advance(600_000);
    await send(client, 'asks');
    await until(() => posts(CAPABILITIES).length === 2);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await send(client, 'batched');
    expect(posts(BATCH)).toHaveLength(1);
  });
});
