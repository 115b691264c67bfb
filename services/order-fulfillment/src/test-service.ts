/**
 * The whole service for a test, on a database of its own: real parts, but for the issuer (a token names its client and
 * scopes) and the bus (published events are collected).
 */
import type { StoredEvent } from '@commerce/event-log/event';
import type { StreamReader } from '@commerce/event-log/stream';
import { readConfig } from '@commerce/service-kit/config';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import { namedTokens, userOf } from '@commerce/service-kit/test-tokens';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { MIGRATIONS, compose } from './compose.ts';
import type { OrderFulfillment, Overrides } from './compose.ts';
import { CONFIG } from './config.ts';
import { subjectOf } from './fulfillments/subject.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly text: string;
  readonly body: any;
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  /** In the place of `body`: the bytes as they are. */
  readonly text?: string;
  readonly headers?: Record<string, string>;
  /** Default `commerce-coordinator`; `null` sends no token. */
  readonly client?: string | null;
  readonly scopes?: string;
}

export interface TestService extends OrderFulfillment {
  readonly databaseUrl: string;
  /** For looking into the tables. */
  readonly pool: pg.Pool;
  /** What the publisher was given, in order. */
  readonly published: readonly StoredEvent[];
  /** What the log has of an order, and what was ignored of it. */
  history(orderId: string, clientId?: string): Promise<StoredEvent[]>;
  ignored(orderId: string, clientId?: string): ReturnType<OrderFulfillment['log']['ignored']>;
  call(path: string, given?: Call): Promise<Answer>;
  /** Asks for a fulfillment. */
  request(body: unknown, key: string, given?: Call): Promise<Answer>;
}

const EVERYTHING = 'fulfillment:read fulfillment:write';

/** The key of clients' secrets. */
export const TEST_SECRETS_KEY = Buffer.alloc(32, 5).toString('base64');

export const TEST_LMS = { apiKey: 'the-key-of-the-lms', secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` };

const providers = { bySku: { 'PHONE-COURSE': 'lms' }, byKind: { digital: 'instant', physical: 'warehouse', course: 'lms' } };

/** First clients. `picky` has no default provider; `reader` may only read, whatever its token says; `operator` manages clients and dead letters, and looks into acts and seals. */
const TEST_CLIENTS = [
  { clientId: 'commerce-coordinator', providers: { ...providers, default: 'instant' } },
  { clientId: 'partner', providers: { ...providers, default: 'instant' } },
  { clientId: 'picky', providers },
  { clientId: 'reader', scopes: ['fulfillment:read'], providers },
  { clientId: 'operator', scopes: ['clients:admin', 'dlq:read', 'dlq:write', 'admin'], providers: {} },
].map((client) => ({ ...client, authentication: { type: 'oauth', subject: userOf(client.clientId) } }));

/** `environment` adds to or replaces variables. With `DATABASE_URL` the database is the caller's and is not dropped; with `ISSUER_URL` tokens are real. */
export async function startTestService(environment: Record<string, string> = {}, overrides: Overrides = {}): Promise<TestService> {
  const database = environment['DATABASE_URL'] === undefined ? await createTestDatabase(MIGRATIONS) : undefined;
  const databaseUrl = database?.url ?? environment['DATABASE_URL'] ?? '';
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 3 });
  // A connection that is cut when its database is dropped is no fault of the test.
  pool.on('error', () => undefined);
  const published: StoredEvent[] = [];
  const directory = await mkdtemp(join(tmpdir(), 'of-test-'));
  const clientsFile = join(directory, 'clients.json');
  await writeFile(clientsFile, JSON.stringify({ clients: TEST_CLIENTS }));
  const config = readConfig(CONFIG, {
    NODE_ENV: 'test', LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent', OF_PORT: '0', DATABASE_URL: databaseUrl, CLIENTS_FILE: clientsFile, CLIENT_SECRETS_KEY: TEST_SECRETS_KEY, EVENT_BUS_NAME: 'unused',
    LMS_URL: 'http://127.0.0.1:1', LMS_API_KEY: TEST_LMS.apiKey, LMS_CALLBACK_SECRET: TEST_LMS.secret, WAREHOUSE_PACKING_MS: '20', LMS_FIRST_CHECK_MS: '100',
    ...environment,
  });
  const release = async (): Promise<void> => {
    await pool.end();
    await database?.drop();
    await rm(directory, { recursive: true, force: true });
  };
  const service = await compose(config, { ...(environment['ISSUER_URL'] === undefined && { auth: namedTokens }), publisher: collector(published), ...overrides }).catch(async (error: unknown) => {
    await release();
    throw error;
  });
  const call = (path: string, given: Call = {}): Promise<Answer> => inject(service, path, given);
  return {
    ...service, databaseUrl, pool, published, call,
    history: (orderId, clientId = 'commerce-coordinator') => service.log.history(subjectOf(clientId, orderId)),
    ignored: (orderId, clientId = 'commerce-coordinator') => service.log.ignored(subjectOf(clientId, orderId)),
    request: (body, key, given = {}) => call('/v1/fulfillments', { method: 'POST', body, ...given, headers: { 'idempotency-key': key, ...given.headers } }),
    async stop() {
      await service.stop();
      await release();
    },
  };
}

async function inject({ app }: OrderFulfillment, url: string, given: Call): Promise<Answer> {
  const { method = 'GET', body, text, headers, client = 'commerce-coordinator', scopes = EVERYTHING } = given;
  const payload = text ?? (body === undefined ? undefined : JSON.stringify(body));
  const answer = await app.inject({
    method, url,
    headers: {
      ...(client !== null && { authorization: `Bearer ${client};${scopes}` }),
      ...(payload !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(payload !== undefined && { payload }),
  });
  return { status: answer.statusCode, headers: answer.headers, text: answer.body, body: answer.body === '' ? undefined : JSON.parse(answer.body) };
}

function collector(published: StoredEvent[]): StreamReader {
  return { name: 'publisher', wants: (event) => event.origin === 'own', handle: async (events) => void published.push(...events) };
}

let orders = 1_000;

/** A request for one line per provider kind. */
export function requestFor(kinds: readonly string[], given: Record<string, unknown> = {}) {
  const orderNumber = (orders += 1);
  return {
    orderId: `order-${orderNumber}`,
    orderNumber,
    customer: { id: `learner-${orderNumber}` },
    lines: kinds.map((kind, index) => ({ lineId: String(index + 1), sku: `SKU-${index + 1}`, quantity: index + 1, kind })),
    ...given,
  };
}
