/**
 * A real HTTP server in front of Order Fulfillment that a test lets misbehave towards Commerce Coordinator: it hands requests on or
 * not, and answers in its own words or late. What came is kept, request by request, also those inside of batches.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request for fulfillment, alone or inside of a batch. */
export interface Requested {
  readonly orderId: string;
  readonly key: string;
  /** The body of the request, as it came. */
  readonly order: { readonly lines: readonly object[] };
  readonly inBatch: boolean;
  /** When it came, by the steady clock. */
  readonly atMs: number;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `forward`: Order Fulfillment gets the request. Then comes `answer` (its own when left out), not before `until`; `cut` breaks the connection. */
export interface Reaction {
  readonly forward: boolean;
  readonly answer?: Answer | 'cut';
  readonly until?: Promise<unknown>;
}

export interface Front {
  readonly url: string;
  /** Requests for fulfillment, in the order in which they came. */
  readonly requested: Requested[];
  /** Decides on every call that asks for at least one fulfillment; all others are handed on. */
  react: (requested: readonly Requested[]) => Reaction;
  close(): Promise<void>;
}

/** Hands everything on, unchanged. */
export const HAND_ON = (): Reaction => ({ forward: true });

const DROPPED_HEADERS = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive']);

/** The same answer to each of these requests, alone or as the results of a batch. */
export function answerEach(requested: readonly Requested[], status: number, bodyOf: (one: Requested) => object): Answer {
  const problem = status >= 400;
  const [first] = requested;
  if (first === undefined) throw new Error('There is nothing to answer.');
  if (!first.inBatch) return { status, type: problem ? 'application/problem+json' : 'application/json', body: JSON.stringify(bodyOf(first)) };
  return { status: 200, type: 'application/json', body: JSON.stringify({ results: requested.map((one) => ({ status, body: bodyOf(one) })) }) };
}

/** Starts the front on a free port; `behind` is the address of Order Fulfillment. */
export async function startFront(behind: string): Promise<Front> {
  const server = createServer((request, response) => {
    // Whoever stands behind is away: the connection breaks, as it would without a front.
    serve(request, response).catch(() => request.socket.destroy());
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const requested = requestsIn(request, body);
    front.requested.push(...requested);
    const { forward, answer, until } = requested.length === 0 ? HAND_ON() : front.react(requested);
    const own = forward ? await handOn(request, response, body) : undefined;
    await until;
    const given = answer ?? own;
    if (given === undefined || given === 'cut') request.socket.destroy();
    else response.writeHead(given.status, { 'content-type': given.type, ...given.headers }).end(given.body);
  }

  async function handOn(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<Answer> {
    const headers = Object.entries(request.headers).filter(([name]) => !DROPPED_HEADERS.has(name)) as [string, string][];
    const hungUp = new AbortController();
    response.once('close', () => hungUp.abort());
    const withBody = request.method === 'POST' ? { body: new Uint8Array(body) } : {};
    const answer = await fetch(`${behind}${request.url}`, { method: request.method ?? 'GET', headers, ...withBody, signal: hungUp.signal });
    return { status: answer.status, type: answer.headers.get('content-type') ?? '', body: await answer.text(), headers: kept(answer.headers) };
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const front: Front = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requested: [], react: HAND_ON,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
  return front;
}

/** A port of 127.0.0.1 that nobody has now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

type Order = Requested['order'] & { readonly orderId: string };

function requestsIn({ method, url, headers }: IncomingMessage, body: Buffer): Requested[] {
  if (method !== 'POST' || !url?.startsWith('/v1/fulfillments')) return [];
  const atMs = performance.now();
  const json = JSON.parse(body.toString()) as Order & { items?: { idempotencyKey: string; request: Order }[] };
  if (url === '/v1/fulfillments') return [{ orderId: json.orderId, key: String(headers['idempotency-key']), order: json, inBatch: false, atMs }];
  return (json.items ?? []).map(({ idempotencyKey, request: order }) => ({ orderId: order.orderId, key: idempotencyKey, order, inBatch: true, atMs }));
}

function kept(headers: Headers): Record<string, string> {
  return Object.fromEntries(['location', 'retry-after', 'idempotency-replayed', 'www-authenticate'].flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value]];
  }));
}
