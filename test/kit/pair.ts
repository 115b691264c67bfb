/**
 * The pair as it runs, for tests: the whole local stack in a directory of its own, a storefront that places orders with a real
 * token, and a look into both databases. Products A, B and C go to the providers instant, warehouse and lms, L to instant; what else
 * there is nobody delivers. Stock is unlimited until somebody adjusts it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApi } from '@commerce/local-stack/api';
import type { Api } from '@commerce/local-stack/api';
import { FREE_PORTS, startStack } from '@commerce/local-stack/stack';
import type { Stack } from '@commerce/local-stack/stack';
import pg from 'pg';
import { z } from 'zod';
import { eventually } from './eventually.ts';
import { freePort, startFront } from './front.http.ts';
import type { Front } from './front.http.ts';
import { openQueue } from './queue.sqs.ts';
import type { FulfillmentQueue } from './queue.sqs.ts';

const reason = z.object({ code: z.string(), message: z.string().optional() });
const outcome = z.object({ provider: z.string(), status: z.string(), reason: reason.optional(), reference: z.string().optional(), tracking: z.object({}).optional() });
const orderSchema = z.object({
  orderId: z.string(), orderNumber: z.int(), status: z.string(), reason: reason.nullable(), fulfillmentId: z.string().nullable(),
  lines: z.array(z.object({ lineId: z.string(), sku: z.string(), quantity: z.int(), outcome: outcome.nullable() })),
});
export type Order = z.infer<typeof orderSchema>;

const timelineSchema = z.object({
  items: z.array(z.object({ eventId: z.string(), eventType: z.string(), origin: z.string(), source: z.string(), correlationId: z.string(), causationId: z.string().nullable(), handlers: z.array(z.string()), ignored: z.array(z.object({ handler: z.string(), rule: z.string() })) })),
});
export type TimelineItem = z.infer<typeof timelineSchema>['items'][number];

type Service = 'cc' | 'of';
const PROCESS = { cc: 'commerce-coordinator', of: 'order-fulfillment' } as const;

export interface PairOptions {
  /** Variables of the services over those that the stack gives them. */
  readonly environment?: { readonly cc?: Readonly<Record<string, string>>; readonly of?: Readonly<Record<string, string>> };
  readonly lmsFaults?: object;
  readonly restartDelayMs?: number;
  /** The LocalStack to run on; the embedded EventBridge and SQS when left out. */
  readonly localStackUrl?: string | undefined;
  /** Templates of further clients' stacks. */
  readonly extraStacks?: readonly string[];
  /** Path of the program that runs in the place of Commerce Coordinator's `main.ts`. */
  readonly coordinatorProgram?: string;
  /** Puts a front between Commerce Coordinator and Order Fulfillment. */
  readonly withFront?: boolean;
}

export interface Pair {
  readonly stack: Stack;
  readonly front: Front;
  readonly queue: FulfillmentQueue;
  /** The storefront at Commerce Coordinator, and Commerce Coordinator's own account at Order Fulfillment. */
  readonly api: Readonly<Record<Service, Api>>;
  /** Somebody who may do everything at Commerce Coordinator. */
  readonly operator: Api;
  /** Places an order of these products, the quantities 1, 2, … in turn, at 10.00 each; gives its id. `card`: its token at the payment stand-in. */
  place(skus: string, key?: string, card?: string): Promise<string>;
  read(orderId: string): Promise<Order>;
  timeline(orderId: string): Promise<TimelineItem[]>;
  /** Waits until all are completed or cancelled, and gives them. */
  settled(orderIds: readonly string[], limitMs?: number): Promise<Order[]>;
  /** Rows of the service's own database. */
  rows<Row extends object>(service: Service, sql: string, values?: readonly unknown[]): Promise<Row[]>;
  process(service: Service): ReturnType<Stack['supervisor']['process']>;
  /** Replaces the faults of the LMS stand-in; none when left out. */
  setLmsFaults(faults?: object): Promise<void>;
  /** Replaces the faults of the embedded bus; none when left out. */
  setBusFaults(faults?: object): Promise<void>;
  busMetrics(): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

/** Starts everything. Ends what it has started when it cannot. */
export async function startPair(options: PairOptions = {}): Promise<Pair> {
  const directory = mkdtempSync(join(tmpdir(), 'pair-test-'));
  const ofPort = await freePort();
  const front = await startFront(`http://127.0.0.1:${ofPort}`);
  const { environment, lmsFaults, restartDelayMs, extraStacks, localStackUrl } = options;
  try {
    const stack = await startStack({
      dataDirectory: directory, ports: { ...FREE_PORTS, OF_PORT: ofPort }, environment: withoutServer(), extraStacks, localStackUrl,
      bySku: { A: 'instant', B: 'warehouse', C: 'lms', L: 'instant' }, defaultProvider: null,
      ...(lmsFaults && { lmsFaults: JSON.stringify(lmsFaults) }), ...(environment && { serviceEnvironment: environment }),
      ...(restartDelayMs !== undefined && { serviceRestartDelayMs: restartDelayMs }), ...(options.coordinatorProgram !== undefined && { coordinatorProgram: options.coordinatorProgram }), ...(options.withFront && { ofFrontUrl: front.url }),
    });
    return open(stack, front, directory, localStackUrl);
  } catch (error) {
    // The directory stays: its logs say why.
    await front.close();
    throw error;
  }
}

/** The stack has its own database; a server that was named for other tests is left alone. */
function withoutServer(): NodeJS.ProcessEnv {
  const { DATABASE_URL: _ignored, ...rest } = process.env;
  return rest;
}

function open(stack: Stack, front: Front, directory: string, localStackUrl: string | undefined): Pair {
  const { description, supervisor } = stack;
  const ended = new AbortController();
  const apiOf = (clientId: string, service: string): Api =>
    createApi({ issuer: description.issuer, clientId, secret: description.clients[clientId]?.secret ?? '', service, signal: ended.signal });
  const api = { cc: apiOf('storefront', description.cc), of: apiOf('commerce-coordinator', description.of) };
  const pools = { cc: poolOf(description.inside.ccDatabaseUrl), of: poolOf(description.inside.ofDatabaseUrl) };
  const queue = openQueue(description);

  const rows: Pair['rows'] = async (service, sql, values = []) => (await pools[service].query(sql, [...values])).rows;
  const read = (orderId: string): Promise<Order> => api.cc.call(orderSchema, 'GET', `/orders/${orderId}`);
  return {
    stack, front, queue, api, rows, read,
    operator: apiOf('operator', description.cc),
    async place(skus, key = crypto.randomUUID(), card = undefined) {
      const lines = [...skus].map((sku, index) => ({ sku, quantity: index + 1, unitPrice: '10.00' }));
      const body = { customerId: `CUSTOMER-${key.slice(0, 100)}`, currency: 'USD', lines, ...(card !== undefined && { payment: { method: { type: 'card', token: card } } }) };
      return (await api.cc.call(z.object({ orderId: z.string() }), 'POST', '/orders', { body, idempotencyKey: key })).orderId;
    },
    timeline: async (orderId) => (await api.cc.call(timelineSchema, 'GET', `/orders/${orderId}/timeline?limit=200`)).items,
    async settled(orderIds, limitMs = 30_000) {
      const open = "SELECT count(*)::int AS count FROM orders WHERE order_id = ANY ($1) AND status IN ('completed', 'cancelled')";
      await eventually(`the end of ${orderIds.length} orders`, async () => ((await rows<{ count: number }>('cc', open, [orderIds]))[0]?.count === orderIds.length ? true : undefined), limitMs);
      return Promise.all(orderIds.map(read));
    },
    process: (service) => supervisor.process(PROCESS[service]),
    async setLmsFaults(faults = {}) {
      await put(`${description.lms}/_stand-in/faults`, faults, { authorization: `Bearer ${description.inside.lmsApiKey}` });
    },
    async setBusFaults(faults = {}) {
      if (localStackUrl === undefined) return put(`${description.aws}/_local/faults`, faults);
      if (Object.keys(faults).length > 0) throw new Error('LocalStack has no faults that can be switched on');
    },
    busMetrics: async () => (await fetch(`${description.aws}/_local/metrics`)).json() as Promise<Record<string, number>>,
    async stop() {
      ended.abort();
      queue.close();
      await Promise.all(Object.values(pools).map((pool) => pool.end()));
      await endServices(stack);
      await stack.stop();
      await front.close();
      rmSync(directory, { recursive: true });
    },
  };
}

/** Without drain: the databases are thrown away, and the way down is judged by tests of its own. */
async function endServices({ supervisor }: Stack): Promise<void> {
  await Promise.all(Object.values(PROCESS).map(async (name) => {
    const stopped = supervisor.process(name).stop();
    supervisor.process(name).signal('SIGKILL');
    await stopped;
  }));
}

function poolOf(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 4, application_name: 'test' });
  pool.on('error', () => undefined);
  return pool;
}

async function put(url: string, body: object, headers: Record<string, string> = {}): Promise<void> {
  const answer = await fetch(url, { method: 'PUT', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
}
