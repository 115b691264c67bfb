/**
 * Some extensions for a test, on a database of their own: the real log, readers, host and HTTP server; a token names its client
 * and scopes. What other extensions would send is appended as they would send it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { inTransaction } from '@commerce/event-log/transaction';
import type { StoredEvent } from '@commerce/event-log/event';
import { EventLog } from '@commerce/event-log/log';
import { registerMap, startReaders } from '@commerce/event-log/readers';
import type { Readers } from '@commerce/event-log/readers';
import { MIGRATIONS } from '@commerce/event-log/schema';
import { createCatalogue } from '@commerce/events/catalogue';
import type { EventEntry } from '@commerce/events/catalogue';
import { ENTRIES } from '@commerce/events/entries';
import { CART_ENTRIES } from '@commerce/events/entries/carts';
import { CATALOG_ENTRIES } from '@commerce/events/entries/catalog';
import { INVENTORY_ENTRIES } from '@commerce/events/entries/inventory';
import { NOTIFICATION_ENTRIES } from '@commerce/events/entries/notifications';
import { uuid7 } from '@commerce/events/uuid7';
import { byToken } from '@commerce/service-kit/auth';
import { createCursors } from '@commerce/service-kit/cursors';
import type { Cursors } from '@commerce/service-kit/cursors';
import { createHttpServer } from '@commerce/service-kit/http-server';
import { createLogger } from '@commerce/service-kit/logging';
import { systemPorts } from '@commerce/service-kit/ports';
import type { ProblemCatalogue } from '@commerce/service-kit/problems';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import { namedTokens } from '@commerce/service-kit/test-tokens';
import type { ExtensionDefinition } from '@commerce/signals/extension';
import { handlersByType, openExtensions } from '@commerce/signals/host';
import type { SignalMap } from '@commerce/signals/map';
import pg from 'pg';
import { addExtensionRoutes } from './extension-routes.http.ts';
import { problems } from './problems.ts';
import { requestProblems } from './requests.http.ts';
import { recordingActs } from './test-acts.ts';

export interface Basics {
  readonly log: EventLog;
  readonly pool: pg.Pool;
  readonly cursors: Cursors;
  readonly nowMs: () => number;
}

export interface TestExtensions extends Basics {
  readonly url: string;
  call(method: string, path: string, given?: { body?: unknown; headers?: Record<string, string>; scopes?: string; client?: string }): Promise<{ status: number; headers: Headers; body: any }>;
  /** Appends an event as the extension that declares it would. Gives its id. */
  send(type: string, data: object): Promise<string>;
  /** Types of the events of a subject, in their order. */
  types(subject: string): Promise<string[]>;
  /** Waits for an event of this type. */
  told(subject: string, type: string): Promise<StoredEvent>;
  stopReaders(): Promise<void>;
  startReaders(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestExtensionsOptions {
  readonly definitions: readonly ExtensionDefinition[];
  readonly map: SignalMap;
  readonly entries?: readonly EventEntry<any>[];
  /** What the extensions' `open` takes beside the basics. */
  readonly resources: (basics: Basics) => object;
}

const ALL_ENTRIES = [...ENTRIES, ...CART_ENTRIES, ...CATALOG_ENTRIES, ...NOTIFICATION_ENTRIES, ...INVENTORY_ENTRIES] as unknown as EventEntry[];

export async function startTestExtensions(options: TestExtensionsOptions): Promise<TestExtensions> {
  const { definitions, map } = options;
  const database = await createTestDatabase();
  // It plans as the pool of the service does.
  const pool = new pg.Pool({ connectionString: database.url, max: 10, pipeline: true, options: '-c enable_seqscan=off -c jit=off' });
  pool.on('error', () => undefined);
  // A connection that is cut while it is in use fails its statement.
  pool.on('connect', (client) => client.on('error', () => undefined));
  await pool.query([...MIGRATIONS, ...definitions.flatMap(({ migrations = [] }) => migrations)].map(({ sql }) => sql).join('\n'));
  const nowMs = Date.now;
  const uuid = (): string => uuid7(nowMs());
  const log = await EventLog.open({ pool, nowMs, uuid, catalogue: createCatalogue([...ALL_ENTRIES, ...((options.entries ?? []) as EventEntry[])]) });
  const basics: Basics = { log, pool, nowMs, cursors: createCursors(Buffer.alloc(32, 7)) };
  const resources = { ...basics, ...options.resources(basics) };
  const opened = await openExtensions([...definitions, recordingActs], map, resources);
  const registered = await registerMap({ log, extensions: opened.map(({ extension }) => extension), map: handlersByType(map), streams: [] });
  const say = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const start = (): Promise<Readers> => startReaders({
    log, databaseUrl: database.url, map: registered, streams: [], workerId: uuid(), random: Math.random, monotonicMs: () => performance.now(), logger: say,
    sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
  });
  let readers: Readers | undefined = await start();
  const ports = systemPorts({ uuid });
  const server = await createHttpServer({
    name: 'Test', version: '0', logger: createLogger({ name: 'test', level: 'silent' }), issuer: 'http://127.0.0.1:1', ports,
    auth: byToken(namedTokens),
    problems: [problems, requestProblems, ...definitions.map((one) => (one.problems ?? {}) as ProblemCatalogue)],
  });
  await addExtensionRoutes(server.app, opened, resources);
  const { url } = await server.listen({ port: 0 });

  async function told(subject: string, type: string): Promise<StoredEvent> {
    for (const end = performance.now() + 30_000; performance.now() < end; await delay(10)) {
      const found = (await log.history(subject)).find((event) => event.type === type);
      if (found !== undefined) return found;
    }
    throw new Error(`${type} of ${subject} did not come.`);
  }

  return {
    ...basics, url, told,
    async call(method, path, { body, headers, scopes = '', client = 'storefront' } = {}) {
      const answer = await fetch(`${url}${path}`, {
        method, headers: { authorization: `Bearer ${client};${scopes}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.status, headers: answer.headers, body: await answer.json() };
    },
    async send(type, data) {
      const event = log.prepare({ type, data }, 'test', { correlationId: uuid(), causationId: null, metadata: {} });
      await inTransaction(pool, (tx) => log.append(tx, [event]));
      log.wake();
      return event.eventId;
    },
    types: async (subject) => (await log.history(subject)).map(({ type }) => type),
    async stopReaders() {
      await readers?.stop();
      readers = undefined;
    },
    async startReaders() {
      readers ??= await start();
    },
    async stop() {
      await readers?.stop();
      await server.drain({ graceMs: 1_000 });
      await log.close();
      await pool.end();
      await database.drop();
    },
  };
}
