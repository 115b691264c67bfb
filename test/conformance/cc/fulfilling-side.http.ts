/**
 * The fulfilling side that the kit plays for a Commerce Coordinator: the API of Order Fulfillment, true to the contract unless a
 * promise tells it to misbehave for one product. Every order of the kit has a product of its own, so that a request is known by it.
 * Promise: it keeps keys as agreed, knows what it took, and remembers every request that came. It has no providers: a fulfillment
 * stays accepted until it is told what becomes of it.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { uuid7 } from '@commerce/events/uuid7';
import type { Exchange } from '../promise.ts';

/** What happens to one request instead of a proper answer. `lost`: it is taken, and the connection breaks. */
export type Misbehaviour = 'error' | 'busy' | 'lost' | 'refuse';

export interface Line {
  readonly lineId: string;
  readonly sku: string;
  readonly quantity: number;
  readonly provider: string;
  readonly status: string;
  readonly reason?: { readonly code: string };
}

export interface Fulfillment {
  readonly fulfillmentId: string;
  readonly clientId: string;
  readonly orderId: string;
  readonly orderNumber: number;
  readonly status: string;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly reason?: { readonly code: string };
  readonly lines: readonly Line[];
}

/** One request for fulfillment that came. */
export interface Arrival {
  readonly orderId: string;
  readonly key: string;
  readonly atMs: number;
  readonly exchange: Exchange;
}

/** What the kit plans and learns of one product. */
export interface Affair {
  /** The next requests fare so, one after another; then all is well. */
  readonly misbehave: Misbehaviour[];
  /** Requests are answered when this is over. */
  gate: Promise<unknown>;
  readonly arrivals: Arrival[];
  /** What was taken; more than one: the order was asked for under several keys. */
  readonly taken: Fulfillment[];
  /** Paths of what was asked to be undone. */
  readonly undone: string[];
  readonly acknowledged: number[];
}

export interface FulfillingSide {
  readonly url: string;
  /** Of this product; made when it is asked for first. */
  affair(sku: string): Affair;
  /** The fulfillment stands so from now on. */
  becomes(sku: string, change: Partial<Fulfillment>): Fulfillment;
  /** It has lost what it took, and the key. */
  forget(sku: string): void;
  /** Requests that showed neither a token for this side nor a signature. */
  readonly unauthenticated: readonly Exchange[];
  close(): Promise<void>;
}

const OFFERED = { batch: null, lifecycle: ['cancel', 'revoke', 'hold', 'release', 'schedule', 'lookup', 'acknowledge'], authentication: ['oauth', 'signature'] };
const MAX_BODY_BYTES = 4 * 1_048_576;

/** Listens on 127.0.0.1; `port` 0 takes a free one. `clientId`: what the caller is called here. */
export async function startFulfillingSide(port: number, clientId: string): Promise<FulfillingSide> {
  const affairs = new Map<string, Affair>();
  const byKey = new Map<string, { readonly body: string; readonly sku: string }>();
  const unauthenticated: Exchange[] = [];
  const affair = (sku: string): Affair => {
    const known = affairs.get(sku) ?? { misbehave: [], gate: Promise.resolve(), arrivals: [], taken: [], undone: [], acknowledged: [] };
    affairs.set(sku, known);
    return known;
  };
  const all = (): Fulfillment[] => [...affairs.values()].flatMap(({ taken }) => taken);

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', url);
    const body = await bodyOf(request);
    if (!isAuthenticated(request, url)) {
      unauthenticated.push(exchangeOf(request, url, body));
      return send(response, 401, problem(401, 'unauthenticated'), { 'www-authenticate': 'Bearer' });
    }
    if (request.method === 'GET' && pathname === '/v1/capabilities') return send(response, 200, OFFERED);
    if (request.method === 'POST' && pathname === '/v1/fulfillments') return ask(request, response, body);
    if (request.method === 'POST') return act(response, pathname, JSON.parse(body || '{}'));
    if (pathname === '/v1/fulfillments') return send(response, 200, { items: listed(searchParams), nextCursor: null });
    const found = all().find(({ fulfillmentId }) => pathname === `/v1/fulfillments/${fulfillmentId}`);
    return found === undefined ? send(response, 404, problem(404, 'fulfillment_not_found')) : send(response, 200, found);
  }

  async function ask(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    const order = JSON.parse(body) as { orderId: string; orderNumber: number; lines: { lineId: string; sku: string; quantity: number }[] };
    const key = String(request.headers['idempotency-key'] ?? '');
    const sku = order.lines[0]?.sku ?? '';
    const about = affair(sku);
    about.arrivals.push({ orderId: order.orderId, key, atMs: performance.now(), exchange: exchangeOf(request, url, body) });
    if (key === '') return send(response, 400, problem(400, 'idempotency_key_required'));
    const behaviour = about.misbehave.shift();
    if (behaviour === 'error') return send(response, 500, problem(500, 'internal_error'));
    if (behaviour === 'busy') return send(response, 429, problem(429, 'overloaded'), { 'retry-after': '1' });
    if (behaviour === 'refuse') return send(response, 422, problem(422, 'no_provider'));
    const known = byKey.get(key);
    if (known !== undefined && known.body !== body) return send(response, 422, problem(422, 'idempotency_key_reused'));
    byKey.set(key, { body, sku });
    if (known === undefined) about.taken.push(accepted(order));
    if (behaviour === 'lost') return void request.socket.destroy();
    const answer = about.taken[0];
    await about.gate;
    return send(response, 202, answer ?? {}, known === undefined ? {} : { 'idempotency-replayed': 'true' });
  }

  function accepted({ orderId, orderNumber, lines }: { orderId: string; orderNumber: number; lines: { lineId: string; sku: string; quantity: number }[] }): Fulfillment {
    const now = new Date().toISOString();
    return {
      fulfillmentId: uuid7(Date.now()), clientId, orderId, orderNumber, status: 'accepted', version: 1, createdAt: now, updatedAt: now,
      lines: lines.map(({ lineId, sku, quantity }) => ({ lineId, sku, quantity, provider: 'conformance', status: 'pending' })),
    };
  }

  function listed(query: URLSearchParams): Fulfillment[] {
    const [orderId, status, acknowledged, settledBefore] = [query.get('orderId'), query.get('status'), query.get('acknowledged'), query.get('settledBefore')];
    return all().filter((one) => (orderId === null || one.orderId === orderId) && (status === null || one.status === status)
      && (settledBefore === null || (isSettled(one.status) && Date.parse(one.updatedAt) < Date.parse(settledBefore)))
      && (acknowledged === null || (isSettled(one.status) && isAcknowledged(one) === (acknowledged === 'true'))));
  }

  function isAcknowledged({ fulfillmentId, version }: Fulfillment): boolean {
    return Math.max(0, ...affairOf(fulfillmentId).acknowledged) >= version;
  }

  function affairOf(fulfillmentId: string): Affair {
    return [...affairs.values()].find(({ taken }) => taken.some((one) => one.fulfillmentId === fulfillmentId)) ?? affair('');
  }

  function act(response: ServerResponse, pathname: string, body: any): void {
    if (pathname === '/v1/fulfillments/lookup') {
      return send(response, 200, { items: body.orderIds.map((orderId: string) => ({ orderId, fulfillments: all().filter((one) => one.orderId === orderId) })) });
    }
    if (pathname === '/v1/acknowledgements') return send(response, 200, { results: body.items.map(acknowledge) });
    const [, place, id, action] = /^\/v1\/(fulfillments|orders)\/([^/]+)\/(cancel|revoke|hold|release)$/.exec(pathname) ?? [];
    const found = all().filter(({ fulfillmentId, orderId }) => decodeURIComponent(id ?? '') === (place === 'orders' ? orderId : fulfillmentId));
    for (const { fulfillmentId } of found) affairOf(fulfillmentId).undone.push(pathname);
    if (action === undefined || (place === 'fulfillments' && found.length === 0)) return send(response, 404, problem(404, 'fulfillment_not_found'));
    const undone = found.map((one) => changed(one, { status: action === 'cancel' ? 'cancelled' : 'revoked', lines: one.lines.map((line) => ({ ...line, status: action === 'cancel' ? 'cancelled' : 'revoked' })) }));
    return send(response, 200, place === 'orders' ? { orderId: decodeURIComponent(id ?? ''), lines: null, fulfillments: undone } : (undone[0] ?? {}));
  }

  function acknowledge({ fulfillmentId, version }: { fulfillmentId: string; version: number }): object {
    const found = all().find((one) => one.fulfillmentId === fulfillmentId);
    if (found !== undefined) affairOf(fulfillmentId).acknowledged.push(version);
    return { fulfillmentId, result: found === undefined ? 'unknown' : version > found.version ? 'ahead' : 'acknowledged' };
  }

  function changed(one: Fulfillment, change: Partial<Fulfillment>): Fulfillment {
    const { taken } = affairOf(one.fulfillmentId);
    const after = { ...one, version: one.version + 1, updatedAt: new Date().toISOString(), ...change };
    taken[taken.indexOf(one)] = after;
    return after;
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  return {
    url, affair, unauthenticated,
    becomes(sku, change) {
      const [one] = affair(sku).taken;
      if (one === undefined) throw new Error(`Nothing was taken for ${sku}.`);
      return changed(one, change);
    },
    forget(sku) {
      affair(sku).taken.length = 0;
      for (const [key, known] of byKey) if (known.sku === sku) byKey.delete(key);
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

export function isSettled(status: string): boolean {
  return ['completed', 'partial', 'failed', 'cancelled', 'revoked'].includes(status);
}

/** A token must be for this side and not have expired; whose signature it bears is the issuer's affair. */
function isAuthenticated({ headers }: IncomingMessage, url: string): boolean {
  if (headers['signature'] !== undefined && headers['signature-input'] !== undefined) return true;
  const payload = /^Bearer [^.]+\.([^.]+)\.[^.]+$/.exec(headers.authorization ?? '')?.[1];
  if (payload === undefined) return false;
  try {
    const { aud, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { aud?: string | string[]; exp?: number };
    return [aud].flat().some((audience) => audience?.replace(/\/$/, '') === url) && Number(exp) * 1_000 > Date.now();
  } catch {
    return false;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_BODY_BYTES) throw new Error('The body is too large.');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}

function exchangeOf({ method = '', url = '', headers }: IncomingMessage, base: string, body: string): Exchange {
  const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]));
  return { method, url: `${base}${url}`, headers: named, body, status: 0, answerHeaders: {}, answerBody: '(this is what came to the kit)', tookMs: 0 };
}

function problem(status: number, code: string): object {
  return { type: `https://conformance.invalid/${code}`, title: code, status, code, instance: '/', requestId: 'conformance', retryable: status >= 429 };
}

function send(response: ServerResponse, status: number, body: object, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json', ...headers }).end(JSON.stringify(body));
}
