/** The clients over HTTP and gRPC, against servers that answer as they are told. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { credentials, Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from '@jest/globals';
import { UPDATES_SERVICE } from '../updates/updates-service.grpc.ts';
import { createGrpcClient } from './client.grpc.ts';
import { createHttpClient } from './client.http.ts';
import type { Client, SendContext } from './client.ts';
import { DISPUTE, ORDER } from './test-updates.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

function tokensOf(...values: string[]) {
  const dropped: string[] = [];
  return { dropped, get: async () => values[Math.min(dropped.length, values.length - 1)] ?? '', drop: (token: string) => values.length > dropped.push(token), close: async () => undefined };
}
const context = (over: Partial<SendContext> = {}): SendContext => ({ signal: new AbortController().signal, leftMs: () => 4_500, correlationId: 'c-1', ...over });
const outcome = (sending: Promise<unknown>): Promise<unknown> => sending.then((value) => value, ({ name, timedOut }: { name: string; timedOut?: boolean }) => (timedOut === undefined ? name : [name, timedOut]));

interface Seen {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

async function httpClient(play: (response: ServerResponse, seen: Seen) => void, { tokens = tokensOf('t-1'), timeoutMs = 1_000 } = {}): Promise<{ client: Client; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const one = { path: request.url ?? '', headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) as unknown };
      seen.push(one);
      play(response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }));
  const client = createHttpClient({ baseUrl: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/base`, tokens, timeoutMs, connections: 2 });
  open.push(() => client.close());
  return { client, seen };
}
const json = (statusCode: number, body: unknown) => (response: ServerResponse): void => void response.writeHead(statusCode, { 'content-type': 'application/json' }).end(JSON.stringify(body));

describe('The client over HTTP', () => {
  test('posts updates with the token and the flow, and knows what is stale', async () => {
    const { client, seen } = await httpClient((response, { path }) => json(200, { verdict: path.endsWith('orders') ? 'applied' : 'stale' })(response));
    expect([await client.sendOrderUpdate(ORDER, context()), await client.sendDisputeUpdate(DISPUTE, context())]).toEqual(['accepted', 'stale']);
    expect(seen).toMatchObject([
      { path: '/base/internal/updates/orders', headers: { authorization: 'Bearer t-1', 'x-correlation-id': 'c-1', 'content-type': 'application/json' }, body: ORDER },
      { path: '/base/internal/updates/disputes', body: DISPUTE },
    ]);
  });

  test.each<[string, number, unknown, unknown]>([
    ['a duplicate', 409, { code: 'update_duplicate' }, 'ErrConflict'],
    ['an unknown order', 404, { code: 'update_order_unknown' }, 'ErrNotFound'],
    ['an invalid status', 422, { code: 'update_status_invalid' }, 'ErrInvalidStatus'],
    ['a page of a proxy', 404, '<html>', ['ErrServiceUnavailable', false]],
    ['a success without a verdict', 200, {}, ['ErrServiceUnavailable', false]],
    ['a redirect', 302, { code: 'update_duplicate' }, ['ErrServiceUnavailable', false]],
    ['a fault', 500, { code: 'internal_error' }, ['ErrServiceUnavailable', false]],
    ['nothing', 204, undefined, ['ErrServiceUnavailable', false]],
  ])('reads %s', async (_name, statusCode, body, expected) => {
    const { client } = await httpClient((response) => void response.writeHead(statusCode, { location: '/elsewhere' }).end(body === undefined ? undefined : JSON.stringify(body)));
    expect(await outcome(client.sendOrderUpdate(ORDER, context()))).toEqual(expected);
  });

  test('replaces a token that is turned down once', async () => {
    const tokens = tokensOf('old', 'new');
    const { client, seen } = await httpClient((response, { headers }) => json(headers.authorization === 'Bearer new' ? 200 : 401, { verdict: 'applied' })(response), { tokens });
    expect(await client.sendOrderUpdate(ORDER, context())).toBe('accepted');
    expect([tokens.dropped, seen.length]).toEqual([['old'], 2]);
    const refusing = await httpClient(json(401, { code: 'unauthenticated' }), { tokens: tokensOf('only') });
    expect(await outcome(refusing.client.sendOrderUpdate(ORDER, context()))).toEqual(['ErrServiceUnavailable', false]);
    expect(refusing.seen).toHaveLength(1);
  });

  test('gives up after its own time, and when the time of the send is over', async () => {
    const { client } = await httpClient(() => undefined, { timeoutMs: 60 });
    expect(await outcome(client.sendOrderUpdate(ORDER, context()))).toEqual(['ErrServiceUnavailable', true]);
    const slow = await httpClient(() => undefined, { timeoutMs: 10_000 });
    expect(await outcome(slow.client.sendOrderUpdate(ORDER, context({ signal: AbortSignal.timeout(40) })))).toEqual(['ErrServiceUnavailable', true]);
  });

  test('takes a connection that is refused or broken for a service that is down', async () => {
    const { client } = await httpClient((response) => void response.destroy());
    expect(await outcome(client.sendOrderUpdate(ORDER, context()))).toEqual(['ErrServiceUnavailable', false]);
    const gone = createHttpClient({ baseUrl: () => 'http://127.0.0.1:1', tokens: tokensOf('t'), timeoutMs: 500, connections: 1 });
    open.push(() => gone.close());
    expect(await outcome(gone.sendOrderUpdate(ORDER, context()))).toEqual(['ErrServiceUnavailable', false]);
  });

  test('takes an issuer that gives no token for a service that is down', async () => {
    const tokens = { ...tokensOf('t'), get: () => Promise.reject(new Error('no token')) };
    const { client, seen } = await httpClient(json(200, { verdict: 'applied' }), { tokens });
    expect(await outcome(client.sendOrderUpdate(ORDER, context()))).toEqual(['ErrServiceUnavailable', false]);
    expect(seen).toEqual([]);
  });
});

interface GrpcCall {
  readonly request: unknown;
  readonly metadata: Metadata;
  getDeadline(): Date | number;
  on(event: 'cancelled', heard: () => void): void;
}
type GrpcDone = (error: { code: number; details: string } | null, answer?: object) => void;

async function grpcServer(play: (call: GrpcCall, done: GrpcDone, method: string) => void): Promise<{ address: string; stop: () => void }> {
  const server = new Server();
  const handle = (method: string) => (call: unknown, done: unknown): void => play(call as GrpcCall, done as GrpcDone, method);
  server.addService(UPDATES_SERVICE, { sendOrderUpdate: handle('order'), sendDisputeUpdate: handle('dispute') });
  const port = await new Promise<number>((resolve, reject) => server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))));
  const stop = (): void => server.forceShutdown();
  open.push(stop);
  return { address: `127.0.0.1:${port}`, stop };
}

async function grpcClient(play: (call: GrpcCall, done: GrpcDone, method: string) => void, { tokens = tokensOf('t-1'), timeoutMs = 2_000 } = {}): Promise<{ client: Client; stop: () => void }> {
  const { address, stop } = await grpcServer(play);
  const client = createGrpcClient({ address, credentials: credentials.createInsecure(), tokens, timeoutMs, nowMs: Date.now });
  open.push(() => client.close());
  return { client, stop };
}

describe('The client over gRPC', () => {
  test('sends updates with the token and the flow in the metadata and a deadline, and knows what is stale', async () => {
    const seen: unknown[] = [];
    const { client } = await grpcClient((call, done, method) => {
      seen.push([method, call.request, call.metadata.get('authorization'), call.metadata.get('x-correlation-id'), Number(call.getDeadline()) - Date.now() <= 2_000]);
      done(null, { verdict: method === 'order' ? 'applied' : 'stale' });
    });
    expect([await client.sendOrderUpdate(ORDER, context()), await client.sendDisputeUpdate(DISPUTE, context())]).toEqual(['accepted', 'stale']);
    expect(seen).toEqual([['order', ORDER, ['Bearer t-1'], ['c-1'], true], ['dispute', DISPUTE, ['Bearer t-1'], ['c-1'], true]]);
  });

  test.each<[string, number, unknown]>([
    ['a duplicate', status.ALREADY_EXISTS, 'ErrConflict'],
    ['an unknown order', status.NOT_FOUND, 'ErrNotFound'],
    ['an invalid status', status.FAILED_PRECONDITION, 'ErrInvalidStatus'],
    ['a service that is down', status.UNAVAILABLE, ['ErrServiceUnavailable', false]],
    ['a service that does not know the method', status.UNIMPLEMENTED, ['ErrServiceUnavailable', false]],
    ['a missing scope', status.PERMISSION_DENIED, ['ErrServiceUnavailable', false]],
    ['a fault', status.INTERNAL, ['ErrServiceUnavailable', false]],
  ])('reads %s', async (_name, code, expected) => {
    const { client } = await grpcClient((_call, done) => done({ code, details: 'said' }));
    expect(await outcome(client.sendOrderUpdate(ORDER, context()))).toEqual(expected);
  });

  test('reads a success without a verdict as none', async () => {
    const { client } = await grpcClient((_call, done) => done(null, {}));
    expect(await outcome(client.sendOrderUpdate(ORDER, context()))).toEqual(['ErrServiceUnavailable', false]);
  });

  test('gives up at its deadline, which the other side is told', async () => {
    const left: number[] = [];
    const { client } = await grpcClient((call) => left.push(Number(call.getDeadline()) - Date.now()), { timeoutMs: 80 });
    expect(await outcome(client.sendOrderUpdate(ORDER, context()))).toEqual(['ErrServiceUnavailable', true]);
    expect(left[0]).toBeLessThanOrEqual(80);
  });

  test('tells the other side no more time than is left of the send', async () => {
    const told: number[] = [];
    const { client } = await grpcClient((call, done) => {
      told.push(Number(call.getDeadline()) - Date.now());
      done(null, { verdict: 'applied' });
    }, { timeoutMs: 10_000 });
    expect(await client.sendOrderUpdate(ORDER, context({ leftMs: () => 700 }))).toBe('accepted');
    expect(told[0]).toBeLessThanOrEqual(700);
    expect(await outcome(client.sendOrderUpdate(ORDER, context({ leftMs: () => 0 })))).toEqual(['ErrServiceUnavailable', true]);
    expect(told).toHaveLength(1);
  });

  test('is cancelled at the other side when the time of the send is over', async () => {
    const over = new AbortController();
    let isCancelled: (() => void) | undefined;
    const cancelled = new Promise<void>((resolve) => (isCancelled = resolve));
    const { client } = await grpcClient((call) => {
      call.on('cancelled', () => isCancelled?.());
      over.abort();
    }, { timeoutMs: 600_000 });
    expect(await outcome(client.sendOrderUpdate(ORDER, context({ signal: over.signal })))).toEqual(['ErrServiceUnavailable', true]);
    await cancelled;
    expect(await outcome(client.sendOrderUpdate(ORDER, context({ signal: AbortSignal.abort() })))).toEqual(['ErrServiceUnavailable', true]);
  });

  test('replaces a token that is turned down once', async () => {
    const tokens = tokensOf('old', 'new');
    const { client } = await grpcClient(({ metadata }, done) => (String(metadata.get('authorization')) === 'Bearer new' ? done(null, { verdict: 'applied' }) : done({ code: status.UNAUTHENTICATED, details: '' })), { tokens });
    expect(await client.sendOrderUpdate(ORDER, context())).toBe('accepted');
    expect(tokens.dropped).toEqual(['old']);
  });

  test('takes a server that is not there for a service that is down', async () => {
    const { client, stop } = await grpcClient((_call, done) => done(null, { verdict: 'applied' }));
    expect(await client.sendOrderUpdate(ORDER, context())).toBe('accepted');
    stop();
    expect(await outcome(client.sendOrderUpdate(ORDER, context()))).toEqual(['ErrServiceUnavailable', false]);
  });
});
