/** Both services as they are, for checks of what they take: where each takes its main body, and what it describes of its routes. */
import { startTestCoordinator } from '@commerce/commerce-coordinator/test-coordinator';
import { requestFor, startTestService } from '@commerce/order-fulfillment/test-service';
import { withoutReferences } from '@commerce/service-kit/openapi-components';
import { send } from './wire.http.ts';
import type { Answer, Sent } from './wire.http.ts';

export type ServiceName = 'cc' | 'of';

/** One service, with the route by which its main body comes. */
export interface Tried {
  readonly url: string;
  readonly scopes: string;
  /** `POST /orders` and `POST /v1/fulfillments`. */
  readonly path: string;
  /** A body that is taken. */
  readonly body: () => Record<string, unknown>;
  /** The same with something else in its first line. */
  readonly withLine: (change: object) => Record<string, unknown>;
  /** How many of these were taken so far. */
  readonly count: () => Promise<number>;
  /** The metadata of one that was taken, as they are stored. */
  readonly metadataOf: (taken: Answer) => Promise<unknown>;
  stop(): Promise<void>;
}

export interface Posted {
  readonly headers?: readonly string[];
  readonly client?: string;
  /** Null sends none. */
  readonly contentType?: string | null;
  /** Null sends none. */
  readonly key?: string | null;
}

let keys = 0;

/** Sends text as the main body of a service. */
export function post({ url, scopes, path }: Tried, text: string, { headers = [], client = 'commerce-coordinator', contentType = 'application/json', key = `key-${(keys += 1)}` }: Posted = {}): Promise<Answer> {
  const all = ['authorization', `Bearer ${client};${scopes}`, ...(contentType === null ? [] : ['content-type', contentType]), ...(key === null ? [] : ['idempotency-key', key]), ...headers];
  return send(url, { method: 'POST', path, headers: all, body: text });
}

/** Order Fulfillment knows what each client may do: one manages, the other has fulfillments. */
const clientOf = (scopes: string): string => (/admin|dlq|metrics/.test(scopes) ? 'operator' : 'commerce-coordinator');

/** Asks with a token that has these scopes. */
export function ask({ url }: Pick<Tried, 'url'>, scopes: string, sent: Sent, client = clientOf(scopes)): Promise<Answer> {
  return send(url, { ...sent, headers: ['authorization', `Bearer ${client};${scopes}`, ...(sent.headers ?? [])] });
}

export async function startBoth(): Promise<Record<ServiceName, Tried>> {
  const [coordinator, fulfillment] = await Promise.all([startTestCoordinator(), startTestService()]);
  let orders = 0;
  const order = (): Record<string, unknown> => ({ customerId: `C-${(orders += 1)}`, currency: 'USD', lines: [{ sku: 'NW-1', quantity: 2, unitPrice: '14.00' }] });
  const request = (): Record<string, unknown> => requestFor(['physical']);
  const withLine = (body: () => Record<string, unknown>) => (change: object) => {
    const made = body();
    return { ...made, lines: (made['lines'] as object[]).map((line) => ({ ...line, ...change })) };
  };
  const stored = ({ pool }: { readonly pool: { query(sql: string, values: unknown[]): Promise<{ rows: any[] }> } }, table: string, idColumn: string, idMember: string) => ({
    count: async (): Promise<number> => (await pool.query(`SELECT count(*)::int AS count FROM ${table}`, [])).rows[0].count,
    metadataOf: async ({ body }: Answer): Promise<unknown> => (await pool.query(`SELECT metadata FROM ${table} WHERE ${idColumn} = $1`, [body[idMember]])).rows[0]?.metadata,
  });
  return {
    cc: { url: coordinator.url, scopes: 'orders:read orders:write', path: '/orders', body: order, withLine: withLine(order), ...stored(coordinator, 'orders', 'order_id', 'orderId'), stop: () => coordinator.stop() },
    of: { url: fulfillment.url, scopes: 'fulfillment:read fulfillment:write', path: '/v1/fulfillments', body: request, withLine: withLine(request), ...stored(fulfillment, 'fulfillments', 'fulfillment_id', 'fulfillmentId'), stop: () => fulfillment.stop() },
  };
}

export interface DescribedRoute {
  readonly method: string;
  /** With the names of its parameters in braces. */
  readonly path: string;
  readonly scopes: string;
  readonly query: readonly { readonly name: string; readonly schema: { readonly type?: string; readonly enum?: unknown; readonly const?: unknown; readonly format?: string } }[];
  readonly isStream: boolean;
}

/** Every route that the service describes. */
export async function describedRoutes({ url }: Pick<Tried, 'url'>): Promise<DescribedRoute[]> {
  const { paths } = withoutReferences((await send(url, { path: '/openapi.json' })).body) as { paths: Record<string, Record<string, any>> };
  return Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).filter(([method]) => method !== 'head').map(([method, { parameters = [], security = [], responses }]) => ({
    method: method.toUpperCase(), path,
    scopes: [...new Set(security.flatMap((way: Record<string, string[]>) => Object.values(way).flat()))].join(' '),
    query: parameters.filter((parameter: { in: string }) => parameter.in === 'query'),
    isStream: JSON.stringify(responses).includes('text/event-stream'),
  })));
}
