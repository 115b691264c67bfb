/**
 * A fulfilling side for tests, over real HTTP: it keeps its idempotency keys as agreed, and misbehaves when told to. It is
 * its own issuer of tokens.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EventEnvelope } from '@commerce/events/envelope';
import { uuid7 } from '@commerce/events/uuid7';
import type { Fulfillment } from './extensions/fulfillment/request.ts';

/** What happens to one request for fulfillment instead of a proper answer. `lost`: it is taken, and the answer never arrives. */
export type Misbehaviour = 'error' | 'html' | 'busy' | 'silence' | 'hang-up' | 'lost' | 'refuse' | 'reused';

type Shown = Fulfillment & { orderNumber: number; version: number; createdAt: string; updatedAt: string };

export interface FulfillingSide {
  readonly url: string;
  /** The next requests fare like this, one after another; then all is well. */
  misbehave(...behaviours: Misbehaviour[]): void;
  /** Requests wait for their answer until `release`. */
  hold(): void;
  release(): void;
  /** Keys of all requests that arrived, by order. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
  /** Fulfillments that were taken, by order: more than one means that an order was fulfilled twice. */
  readonly taken: ReadonlyMap<string, readonly Shown[]>;
  /** The fulfillment has this outcome from now on; gives the event that tells it. */
  settle(orderId: string, status: 'completed' | 'partial' | 'failed'): EventEnvelope;
  /** It has lost the order and knows nothing of it. */
  forget(orderId: string): void;
  /** Nobody listens any more; `start` comes back on the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

const time = '2026-01-01T00:00:00.000Z';

export async function startFulfillingSide(): Promise<FulfillingSide> {
  const script: Misbehaviour[] = [];
  const keys = new Map<string, string[]>();
  const taken = new Map<string, Shown[]>();
  const byKey = new Map<string, Shown>();
  let gate = Promise.withResolvers<void>();
  gate.resolve();
  let port = 0;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', url());
    if (pathname.startsWith('/.well-known')) return send(response, 200, { issuer: url(), token_endpoint: `${url()}/token` });
    if (pathname === '/token') return send(response, 200, { access_token: 'token', token_type: 'Bearer', expires_in: 900 });
    if (pathname === '/v1/capabilities') return send(response, 200, { batch: null });
    if (request.headers.authorization !== 'Bearer token') return send(response, 401, { code: 'unauthenticated' });
    if (request.method === 'POST') return take(request, response);
    const all = [...taken.values()].flat();
    if (pathname === '/v1/fulfillments') return send(response, 200, { items: all.filter(({ orderId }) => orderId === searchParams.get('orderId')), nextCursor: null });
    const found = all.find(({ fulfillmentId }) => pathname.endsWith(fulfillmentId));
    return found === undefined ? send(response, 404, { code: 'fulfillment_not_found' }) : send(response, 200, found);
  }

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const order = JSON.parse(Buffer.concat(chunks).toString());
    const key = String(request.headers['idempotency-key']);
    keys.set(order.orderId, [...(keys.get(order.orderId) ?? []), key]);
    await gate.promise;
    const behaviour = script.shift();
    if (behaviour === 'silence') return;
    if (behaviour === 'error') return send(response, 500, { code: 'internal_error' });
    if (behaviour === 'html') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>');
    if (behaviour === 'busy') return send(response.setHeader('retry-after', '1'), 429, { code: 'overloaded' });
    if (behaviour === 'hang-up') return void request.socket.destroy();
    if (behaviour === 'refuse') return send(response, 422, { code: 'no_provider', detail: 'No provider for NW-99.' });
    if (behaviour === 'reused') return send(response, 422, { code: 'idempotency_key_reused' });
    const known = byKey.get(key);
    const fulfillment = known ?? accept(order);
    byKey.set(key, fulfillment);
    if (behaviour === 'lost') return void request.socket.destroy();
    if (known !== undefined) response.setHeader('idempotency-replayed', 'true');
    return send(response, 202, fulfillment);
  }

  function accept({ orderId, orderNumber, lines }: { orderId: string; orderNumber: number; lines: object[] }): Shown {
    const fulfillment: Shown = {
      fulfillmentId: uuid7(Date.now()), clientId: 'commerce-coordinator', orderId, orderNumber, status: 'accepted', version: 1, createdAt: time, updatedAt: time,
      lines: lines.map((line) => ({ ...line, provider: 'instant', status: 'pending' })) as unknown as Fulfillment['lines'],
    };
    taken.set(orderId, [...(taken.get(orderId) ?? []), fulfillment]);
    return fulfillment;
  }

  const url = (): string => `http://127.0.0.1:${port}`;
  let server = createServer();

  async function start(): Promise<void> {
    server = createServer((request, response) => void handle(request, response));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  }

  await start();
  return {
    get url() {
      return url();
    },
    misbehave: (...behaviours) => void script.push(...behaviours),
    hold: () => void (gate = Promise.withResolvers<void>()),
    release: () => gate.resolve(),
    keys,
    taken,
    settle(orderId, status) {
      const fulfillment = taken.get(orderId)?.[0];
      if (fulfillment === undefined) throw new Error(`There is no fulfillment of ${orderId}.`);
      const failed = (index: number): boolean => status === 'failed' || (status === 'partial' && index > 0);
      const lines = fulfillment.lines.map((line, index) => ({
        ...line, ...(failed(index) ? { status: 'failed' as const, reason: { code: 'out_of_stock' } } : { status: 'fulfilled' as const }),
      }));
      const settled = { ...fulfillment, status, version: 4, lines, ...(status === 'failed' ? { reason: { code: 'all_lines_failed' } } : {}) };
      taken.set(orderId, [settled]);
      byKey.forEach((value, key) => value.orderId === orderId && byKey.set(key, settled));
      return envelope(settled);
    },
    forget: (orderId) => void taken.delete(orderId),
    async stop() {
      const stopped = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await stopped;
    },
    start,
  };
}

function envelope({ fulfillmentId, clientId, orderId, status, reason, lines }: Shown): EventEnvelope {
  const about = { fulfillmentId, clientId, orderId, lines };
  return {
    eventId: uuid7(Date.now()), eventType: status === 'failed' ? 'FulfillmentFailed' : 'FulfillmentCompleted', eventVersion: 'v1', timestamp: new Date().toISOString(),
    source: 'order-fulfillment', correlationId: uuid7(Date.now()), causationId: null, metadata: { sequence: 4 },
    data: status === 'failed' ? { ...about, reason } : { ...about, status },
  };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' }).end(JSON.stringify(body));
}
