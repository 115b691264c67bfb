/**
 * The whole service for a test, on a database of its own: real parts, but for the issuer (a token names its client and
 * scopes), the bus (published events are collected) and, where a test says so, the fulfilling side.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredEvent } from '@commerce/event-log/event';
import type { StreamReader } from '@commerce/event-log/stream';
import { readConfig } from '@commerce/service-kit/config';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import { namedTokens } from '@commerce/service-kit/test-tokens';
import pg from 'pg';
import { compose, migrationsOf } from './compose.ts';
import type { Coordinator, Overrides } from './compose.ts';
import { configWith } from './config.ts';
import type { Config } from './config.ts';
import { EXTENSIONS } from '../extensions.config.ts';

export interface TestCoordinator extends Coordinator {
  readonly pool: pg.Pool;
  /** Own events in the order in which the publisher was given them. */
  readonly published: readonly StoredEvent[];
  /** Calls the API as a client with these scopes; the default has both scopes of orders. */
  call(method: string, path: string, given?: { body?: unknown; text?: string; headers?: Record<string, string>; scopes?: string; client?: string }): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}

/** `environment` adds to or replaces variables. Without DATABASE_URL it makes a database, and drops it in the end. */
export async function startTestCoordinator(environment: Record<string, string> = {}, overrides: Overrides = {}): Promise<TestCoordinator> {
  const own = environment['DATABASE_URL'] === undefined ? await createTestDatabase(migrationsOf(overrides.loaded)) : undefined;
  const databaseUrl = own?.url ?? environment['DATABASE_URL'];
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 3 });
  // A connection that is cut when its database is dropped is no fault of the test.
  pool.on('error', () => undefined);
  const published: StoredEvent[] = [];
  const release = async (): Promise<void> => {
    await pool.end();
    await own?.drop();
  };
  const config = readConfig(configWith(overrides.loaded?.extensions ?? EXTENSIONS), {
    NODE_ENV: 'test', CC_PORT: '0', DATABASE_URL: databaseUrl, OF_CLIENT_SECRET: 'secret', EVENT_BUS_NAME: 'unused', FULFILLMENT_QUEUE_URL: 'http://127.0.0.1:1/unused',
    PAYMENTS_URL: 'http://127.0.0.1:1', PAYMENTS_API_KEY: 'key-of-the-payment-stand-in', PAYMENTS_DEFAULT_TOKEN: 'tok_4242424242424242', PAYMENTS_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 5).toString('base64')}`,
    WEBHOOK_SECRETS_KEY: Buffer.alloc(32, 6).toString('base64'), WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8', WEBHOOK_ALLOW_HTTP: 'true', WEBHOOK_RETRY_DELAY: '20',
    OUTBOX_DIR: join(tmpdir(), `cc-outbox-${process.pid}`), ROLES: 'api,ingest', LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent', ...environment,
  }) as unknown as Config;
  const ingestTokens = { get: async () => 'ingest;updates:write', drop: () => false, close: async () => undefined };
  const coordinator = await compose(config, { auth: namedTokens, ingestTokens, publisher: collector(published), ...overrides }).catch(async (error: unknown) => {
    await release();
    throw error;
  });
  return {
    ...coordinator, pool, published,
    async call(method, path, { body, text, headers, scopes = 'orders:read orders:write', client = 'storefront' } = {}) {
      const content = text ?? (body === undefined ? undefined : JSON.stringify(body));
      const answer = await fetch(`${coordinator.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${client};${scopes}`, ...(content === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(content === undefined ? {} : { body: content }),
      });
      return { status: answer.status, headers: answer.headers, body: await answer.json() };
    },
    async stop() {
      await coordinator.stop();
      await release();
    },
  };
}

function collector(published: StoredEvent[]): StreamReader {
  return {
    name: 'publisher',
    wants: (event) => event.origin === 'own',
    handle: async (events) => void published.push(...events),
  };
}
