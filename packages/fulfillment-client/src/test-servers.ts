/**
 * Real HTTP servers for this package's tests: one plays Order Fulfillment, well or badly, one plays the issuer.
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fulfillment, FulfillmentOrder, Tokens } from './client.ts';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Play = (response: ServerResponse, seen: Seen) => void;

export interface TestServer {
  readonly url: string;
  readonly seen: Seen[];
  /** May be changed between calls. */
  play: Play;
  close(): Promise<void>;
}

export async function startServer(play: Play): Promise<TestServer> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() };
      seen.push(one);
      started.play(response, one);
    });
    request.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const started = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, play, close: () => stop(server) };
  return started;
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** A port on which nobody listens. */
export async function deadUrl(): Promise<string> {
  const server = await startServer(() => undefined);
  await server.close();
  return server.url;
}

export function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  const type = status >= 400 ? 'application/problem+json' : 'application/json; charset=utf-8';
  response.writeHead(status, { 'content-type': type, ...headers }).end(JSON.stringify(body));
}

export function problem(response: ServerResponse, status: number, code: string, headers: Record<string, string> = {}): void {
  json(response, status, { type: `/problems/${code}`, title: code, status, detail: `It is ${code}.`, code }, headers);
}

export function orderOf(orderId: string, lines = 1): FulfillmentOrder {
  return {
    orderId,
    orderNumber: 10_248,
    customer: { id: 'VINET', email: 'vinet@example.com', name: 'Vins et alcools' },
    lines: Array.from({ length: lines }, (_, index) => ({ lineId: String(index + 1), sku: `NW-${index + 1}`, quantity: 12 })),
  };
}

export function fulfillmentOf(order: FulfillmentOrder): Fulfillment {
  return {
    fulfillmentId: randomUUID(),
    clientId: 'commerce-coordinator',
    orderId: order.orderId,
    orderNumber: order.orderNumber,
    status: 'accepted',
    version: 1,
    createdAt: '2026-11-21T10:00:00.000Z',
    updatedAt: '2026-11-21T10:00:00.000Z',
    lines: order.lines.map(({ lineId, sku, quantity }) => ({ lineId, sku, quantity, provider: 'warehouse', status: 'pending' })),
  };
}

/** Accepts what it is sent, as the service should. */
export const accept: Play = (response, seen) =>
  seen.path === '/v1/capabilities'
    ? json(response, 200, { batch: null })
    : json(response, 202, fulfillmentOf(JSON.parse(seen.body) as FulfillmentOrder));

/** A token that never ends. */
export function fixedTokens(token = 'token-1'): Tokens {
  return { get: async () => token, drop: () => false, close: async () => undefined };
}

/** Plays an issuer: discovery, then tokens `token-1`, `token-2`, … */
export async function startIssuer(play?: { token?: Play; discovery?: Play }): Promise<TestServer & { tokenRequests(): Seen[] }> {
  let issued = 0;
  const server = await startServer((response, seen) => {
    if (seen.path === '/.well-known/openid-configuration') {
      const { discovery = (to: ServerResponse) => json(to, 200, { issuer: server.url, token_endpoint: `${server.url}/token` }) } = play ?? {};
      return discovery(response, seen);
    }
    issued += 1;
    const { token = (to: ServerResponse) => json(to, 200, { access_token: `token-${issued}`, token_type: 'Bearer', expires_in: 100 }) } = play ?? {};
    return token(response, seen);
  });
  return Object.assign(server, { tokenRequests: () => server.seen.filter((one) => one.path === '/token') });
}

/** A clock that moves only when told; durations only. */
export function handClock(): { now(): Date; monotonicMs(): number; advance(ms: number): void } {
  let ms = 1_000_000;
  return { now: () => new Date(1_795_000_000_000 + ms), monotonicMs: () => ms, advance: (by) => void (ms += by) };
}

/** Waits until `condition` holds; fails after twenty seconds. */
export async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 5) {
    if (waited > 20_000) throw new Error('It did not come to pass within twenty seconds.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
