/**
 * A fulfilling side for tests, over real HTTP: it keeps its idempotency keys as agreed, and misbehaves when told to. It is
 * its own issuer of tokens.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EventEnvelope } from '@commerce/events/envelope';
import { uuid7 } from '@commerce/events/uuid7';
import type { Fulfillment } from './extensions/fulfillment/outcome.ts';

/**
 * What happens to one request for fulfillment instead of a proper answer. `lost`: it is taken, and the answer never arrives;
 * `deny`: it is taken, and refused; `other-name`: it is taken for a client of another name.
 */
export type Misbehaviour = 'error' | 'unavailable' | 'unauthorized' | 'html' | 'busy' | 'silence' | 'hang-up' | 'lost' | 'refuse' | 'deny' | 'reused' | 'forgotten-key' | 'other-name';

type Shown = Fulfillment & { orderNumber: number; createdAt: string; updatedAt: string };
type Ending = 'completed' | 'partial' | 'failed' | 'cancelled';

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
  settle(orderId: string, status: Ending): EventEnvelope;
  /** All of its lines are taken back; gives the event that tells it. */
  revoke(orderId: string): EventEnvelope;
  /** It has lost the order and its key and knows nothing of it. */
  forget(orderId: string): void;
  /** The last version of each fulfillment that was acknowledged, by its id. */
  readonly acknowledged: ReadonlyMap<string, number>;
  /** Paths of the calls that came for many orders at once. */
  readonly bulkCalls: readonly string[];
  /** Orders of which it was asked that nothing is delivered. */
  readonly cancels: readonly string[];
  /** What it was asked to wait with and to go on with, in turn: `hold` and `release` with the order. */
  readonly waits: readonly string[];
  /** The event that tells how the fulfillment stands now. */
  outcome(orderId: string): EventEnvelope;
  /** Fulfillments whose revocation was asked for, with the reason. */
  readonly revocations: readonly { readonly fulfillmentId: string; readonly reason: { readonly code: string } }[];
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
  const acknowledged = new Map<string, number>();
  const bulkCalls: string[] = [];
  const cancels: string[] = [];
  const waits: string[] = [];
  const tombstones = new Set<string>();
  const revocations: { fulfillmentId: string; reason: { code: string } }[] = [];
  let gate = Promise.withResolvers<void>();
  gate.resolve();
  let port = 0;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', url());
    if (pathname.startsWith('/.well-known')) return send(response, 200, { issuer: url(), token_endpoint: `${url()}/token` });
    if (pathname === '/token') return send(response, 200, { access_token: 'token', token_type: 'Bearer', expires_in: 900 });
    if (pathname === '/v1/capabilities') return send(response, 200, { batch: null });
    if (request.headers.authorization !== 'Bearer token') return send(response, 401, { code: 'unauthenticated' });
    if (request.method === 'GET') return send(response, 200, list(searchParams));
    const body = await bodyOf(request);
    if (pathname === '/v1/fulfillments') return take(request, response, body);
    if (pathname.startsWith('/v1/orders/')) return askedToRevokeOrder(response, pathname.split('/')[3] ?? '');
    if (pathname.endsWith('/hold') || pathname.endsWith('/release')) return askedToWait(response, pathname.split('/')[3] ?? '', pathname.endsWith('/hold'));
    if (pathname.endsWith('/cancel')) return askedToCancel(response, pathname.split('/')[3] ?? '');
    if (pathname.endsWith('/revoke')) return askedToRevoke(response, pathname.split('/')[3] ?? '', body);
    bulkCalls.push(pathname);
    if (pathname === '/v1/acknowledgements') return send(response, 200, { results: body.items.map(acknowledge) });
    return send(response, 200, { items: body.orderIds.map((orderId: string) => ({ orderId, fulfillments: taken.get(orderId) ?? [] })) });
  }

  function list(query: URLSearchParams): object {
    const all = [...taken.values()].flat();
    if (query.get('acknowledged') === null) return { items: all.filter(({ orderId }) => orderId === query.get('orderId')), nextCursor: null };
    const open = all.filter((one) => SETTLED.has(one.status) && (acknowledged.get(one.fulfillmentId) ?? 0) < one.version && one.updatedAt < (query.get('settledBefore') ?? ''));
    const after = open.filter(({ fulfillmentId }) => fulfillmentId > (query.get('cursor') ?? ''));
    const items = after.slice(0, Number(query.get('limit')));
    return { items, nextCursor: items.length < after.length ? items.at(-1)?.fulfillmentId : null };
  }

  function acknowledge({ fulfillmentId, version }: { fulfillmentId: string; version: number }): object {
    const found = [...taken.values()].flat().find((one) => one.fulfillmentId === fulfillmentId);
    if (found === undefined) return { fulfillmentId, result: 'unknown' };
    if (version > found.version) return { fulfillmentId, result: 'ahead' };
    acknowledged.set(fulfillmentId, version);
    return { fulfillmentId, result: 'acknowledged' };
  }

  function askedToRevoke(response: ServerResponse, fulfillmentId: string, { reason }: { reason: { code: string } }): void {
    const found = [...taken.values()].flat().find((one) => one.fulfillmentId === fulfillmentId);
    if (found === undefined) return send(response, 404, { code: 'fulfillment_not_found' });
    revocations.push({ fulfillmentId, reason });
    // What is taken back already stays so.
    return send(response, 200, found.lines.some(({ status }) => status === 'fulfilled') ? change(takenBack(found)) : found);
  }

  function askedToWait(response: ServerResponse, fulfillmentId: string, isHold: boolean): void {
    const found = [...taken.values()].flat().find((one) => one.fulfillmentId === fulfillmentId);
    if (found === undefined) return send(response, 404, { code: 'fulfillment_not_found' });
    waits.push(`${isHold ? 'hold' : 'release'} ${found.orderId}`);
    if (isHold && found.status === 'on_hold') return send(response, 200, found);
    if (found.status !== (isHold ? 'accepted' : 'on_hold')) return send(response, 409, { code: isHold ? 'already_begun' : 'not_on_hold' });
    return send(response, 200, change({ ...found, status: isHold ? 'on_hold' : 'accepted', version: found.version + 1 }));
  }

  function askedToCancel(response: ServerResponse, fulfillmentId: string): void {
    const found = [...taken.values()].flat().find((one) => one.fulfillmentId === fulfillmentId);
    if (found === undefined) return send(response, 404, { code: 'fulfillment_not_found' });
    cancels.push(found.orderId);
    if (SETTLED.has(found.status) && found.status !== 'cancelled') return send(response, 409, { code: 'already_settled' });
    return send(response, 200, change(found.status === 'cancelled' ? found : ended(found, 'cancelled')));
  }

  /** Nothing is delivered for the order any more, and no request for it is taken. */
  function askedToRevokeOrder(response: ServerResponse, orderId: string): void {
    cancels.push(orderId);
    tombstones.add(orderId);
    const fulfillments = (taken.get(orderId) ?? []).map((one) => change(SETTLED.has(one.status) ? takenBack(one) : ended(one, 'cancelled')));
    return send(response, 200, { orderId, lines: null, fulfillments });
  }

  async function take(request: IncomingMessage, response: ServerResponse, order: any): Promise<void> {
    const key = String(request.headers['idempotency-key']);
    keys.set(order.orderId, [...(keys.get(order.orderId) ?? []), key]);
    await gate.promise;
    const behaviour = script.shift();
    if (behaviour === 'silence') return;
    if (behaviour === 'error') return send(response, 500, { code: 'internal_error' });
    if (behaviour === 'unavailable') return send(response, 503, { type: 'about:blank', status: 503, title: 'Unavailable', code: 'unavailable' });
    if (behaviour === 'unauthorized') return send(response, 401, { type: 'about:blank', status: 401, title: 'No valid token', code: 'unauthenticated' });
    if (behaviour === 'html') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>');
    if (behaviour === 'busy') return send(response.setHeader('retry-after', '1'), 429, { code: 'overloaded' });
    if (behaviour === 'hang-up') return void request.socket.destroy();
    if (behaviour === 'refuse') return send(response, 422, { code: 'no_provider', detail: 'No provider for NW-99.' });
    if (behaviour === 'reused') return send(response, 422, { code: 'idempotency_key_reused' });
    if (behaviour === 'forgotten-key') return send(response, 409, { code: 'line_already_requested' });
    const known = byKey.get(key);
    if (known === undefined && tombstones.has(order.orderId)) return send(response, 422, { code: 'order_revoked' });
    // Under another key nothing is given once more.
    if (known === undefined && taken.get(order.orderId)?.some(({ status }) => !ENDED_WITHOUT.has(status))) return send(response, 409, { code: 'line_already_requested' });
    const fulfillment = known ?? accept(order);
    byKey.set(key, fulfillment);
    if (behaviour === 'lost') return void request.socket.destroy();
    if (behaviour === 'other-name') return send(response, 202, { ...fulfillment, clientId: 'somebody' });
    if (behaviour === 'deny') return send(response, 422, { code: 'no_provider' });
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

  /** From now on the fulfillment is this. */
  function change(fulfillment: Shown): Shown {
    const { orderId, fulfillmentId } = fulfillment;
    taken.set(orderId, (taken.get(orderId) ?? []).map((one) => (one.fulfillmentId === fulfillmentId ? fulfillment : one)));
    byKey.forEach((value, key) => value.fulfillmentId === fulfillmentId && byKey.set(key, fulfillment));
    return fulfillment;
  }

  function only(orderId: string): Shown {
    const fulfillment = taken.get(orderId)?.[0];
    if (fulfillment === undefined) throw new Error(`There is no fulfillment of ${orderId}.`);
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
    settle: (orderId, status) => envelope(change(ended(only(orderId), status))),
    revoke: (orderId) => envelope(change(takenBack(only(orderId)))),
    forget(orderId) {
      taken.delete(orderId);
      byKey.forEach((value, key) => value.orderId === orderId && byKey.delete(key));
    },
    acknowledged,
    bulkCalls,
    cancels,
    waits,
    outcome: (orderId) => envelope(only(orderId)),
    revocations,
    async stop() {
      const stopped = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await stopped;
    },
    start,
  };
}

/** Nothing of these is delivered, so their lines may be requested again. */
const ENDED_WITHOUT = new Set(['failed', 'cancelled', 'revoked']);
const SETTLED = new Set(['completed', 'partial', 'failed', 'cancelled', 'revoked']);

function ended(fulfillment: Shown, status: Ending): Shown {
  const lines = fulfillment.lines.map((line, index) => {
    if (status === 'cancelled') return { ...line, status };
    const failed = status === 'failed' || (status === 'partial' && index > 0);
    return { ...line, ...(failed ? { status: 'failed', reason: { code: 'out_of_stock' } } : { status: 'fulfilled' }) };
  });
  const reason = status === 'failed' ? { code: 'all_lines_failed' } : status === 'cancelled' ? { code: 'out_of_season' } : undefined;
  return { ...fulfillment, status, version: fulfillment.version + 3, lines, ...(reason && { reason }) };
}

function takenBack(fulfillment: Shown): Shown {
  const lines = fulfillment.lines.map((line) => (line.status === 'fulfilled' ? { ...line, status: 'revoked' } : line));
  return { ...fulfillment, status: 'revoked', version: fulfillment.version + 1, lines, reason: { code: 'refunded' } };
}

function envelope({ fulfillmentId, clientId, orderId, status, reason, lines, version }: Shown): EventEnvelope {
  const about = { fulfillmentId, clientId, orderId, lines };
  const told = ({ failed: 'FulfillmentFailed', cancelled: 'FulfillmentCancelled', revoked: 'FulfillmentRevoked' } as Record<string, string>)[status];
  return {
    eventId: uuid7(Date.now()), eventType: told ?? 'FulfillmentCompleted', eventVersion: 'v1', timestamp: new Date().toISOString(),
    source: 'order-fulfillment', correlationId: uuid7(Date.now()), causationId: null, metadata: { sequence: version },
    data: told === undefined ? { ...about, status } : { ...about, reason },
  };
}

async function bodyOf(request: IncomingMessage): Promise<any> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' }).end(JSON.stringify(body));
}
