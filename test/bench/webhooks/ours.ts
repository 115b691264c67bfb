/**
 * Our engine as the service opens it, on embedded PostgreSQL of its own: log, fan-out, dispatcher, address guard, both signatures,
 * attempts and counts written. Events are appended by the same process, and count with it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { webhooks } from '@commerce/commerce-coordinator/extensions/webhooks';
import { EventLog } from '@commerce/event-log/log';
import { registerMap, startReaders } from '@commerce/event-log/readers';
import { MIGRATIONS } from '@commerce/event-log/schema';
import { inTransaction } from '@commerce/event-log/transaction';
import { createCatalogue } from '@commerce/events/catalogue';
import { PUBLISHED_ENTRIES } from '@commerce/events/entries/all';
import { uuid7 } from '@commerce/events/uuid7';
import { openDatabase } from '@commerce/service-kit/database';
import { startPostgres } from '@commerce/service-kit/embedded-postgres';
import { systemPorts } from '@commerce/service-kit/ports';
import { JOBS_MIGRATION } from '@commerce/signals/job-status';
import { handlersByType, openExtensions } from '@commerce/signals/host';
import type { SignalMap } from '@commerce/signals/map';
import { UNDER_WAY } from './raw.ts';

export interface Ours {
  /** Of its PostgreSQL. */
  readonly databasePid: number;
  register(url: string, given?: { readonly maxInFlight?: number }): Promise<void>;
  /** Appends so many orders. Gives the ids of their events. */
  append(count: number): Promise<string[]>;
  /** Resolves when all that was to be delivered is, and written. */
  settled(): Promise<void>;
  reset(): Promise<void>;
  /** What is appended waits in the log until `resume`: behind an older transaction that is open. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

const LOGGER = { info: () => undefined, warn: console.warn, error: console.error };
const APPENDED = 500;

export async function startOurs(): Promise<Ours> {
  const directory = await mkdtemp(join(tmpdir(), 'commerce-webhooks-'));
  const server = await startPostgres({ dataDir: join(directory, 'data') });
  // With the settings of the service's pool: how it plans, and how much it sends at once.
  const { pool, close } = openDatabase({ url: server.superuserUrl, max: 12, applicationName: 'bench' });
  const ports = systemPorts({ uuid: () => uuid7(Date.now()) });
  const map: SignalMap = { connections: { OrderCreated: [{ handler: 'webhooks.fan_out' }] }, foreign: [], retired: {}, unheard: {}, unconnected: {}, everywhere: [], file: undefined };
  await pool.query([...MIGRATIONS, JOBS_MIGRATION, ...webhooks.migrations].map(({ sql }) => sql).join(';\n'));
  const log = await EventLog.open({ pool, catalogue: createCatalogue(PUBLISHED_ENTRIES), nowMs: Date.now, uuid: ports.uuid });
  const begins: (() => Promise<unknown>)[] = [];
  const ends: (() => unknown)[] = [];
  const offered = { log, pool, ports, nowMs: Date.now, logger: LOGGER, runsReaders: true, isApi: false, onBegin: (begin: () => Promise<unknown>) => void begins.push(begin), onStop: (end: () => unknown) => void ends.push(end), onStopTaking: () => undefined };
  const config = {
    webhookTimeoutMs: 30_000, webhookRetryDelayMs: 5_000, webhookMaxRetries: 5, webhookAllowedNetworks: '127.0.0.0/8', webhookAllowHttp: true, webhookSecretsKey: randomBytes(32).toString('base64'), webhookInboundSecret: undefined,
  };
  const own = await webhooks.provide({ ...offered, config } as unknown as Parameters<typeof webhooks.provide>[0]);
  const opened = await openExtensions([webhooks], map, { ...offered, webhooks: own });
  const registered = await registerMap({ log, extensions: opened.map(({ extension }) => extension), map: handlersByType(map), streams: [] });
  for (const begin of begins) await begin();
  await pool.query('ANALYZE');
  const readers = await startReaders({
    log, databaseUrl: server.superuserUrl, map: registered, streams: [], workerId: ports.uuid(), random: Math.random, monotonicMs: () => performance.now(),
    sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }), logger: LOGGER,
  });
  /** While it is open no reader sees what was written after its begin. */
  let older: PoolClient | undefined;
  const example = PUBLISHED_ENTRIES.find(({ type }) => type === 'OrderCreated')?.example as object;
  return {
    databasePid: server.pid,
    async register(url, { maxInFlight = UNDER_WAY } = {}) {
      const endpointId = ports.uuid();
      const secrets = own.secrets.seal({ secrets: [{ kind: 'hmac', secret: `whsec_${randomBytes(32).toString('base64')}`, createdAt: new Date().toISOString(), expiresAt: null }], headers: {} }, endpointId);
      await pool.query(
        `WITH v AS (UPDATE webhook_registrations SET version = version + 1)
         INSERT INTO webhook_endpoints (endpoint_id, owner, url, events, retry_attempts, retry_delay_ms, timeout_ms, max_in_flight, ordered, secrets, status)
         VALUES ($1, 'bench', $2, '["order.created"]', 3, 5000, 30000, $3, false, $4, 'enabled')`, [endpointId, url, maxInFlight, secrets],
      );
    },
    async append(count) {
      const ids: string[] = [];
      for (let done = 0; done < count; done += APPENDED) {
        const events = Array.from({ length: Math.min(APPENDED, count - done) }, () => log.prepare({ type: 'OrderCreated', data: { ...example, orderId: ports.uuid() } }, 'bench', { correlationId: ports.uuid(), causationId: null, metadata: {} }));
        await inTransaction(pool, (tx) => log.append(tx, events));
        log.wake();
        ids.push(...events.map(({ eventId }) => eventId));
      }
      return ids;
    },
    async settled() {
      while ((await pool.query("SELECT FROM webhook_deliveries WHERE queue = 'ready' UNION ALL SELECT FROM webhook_lease_batches LIMIT 1")).rows.length > 0) await delay(10);
    },
    async reset() {
      await pool.query('UPDATE webhook_registrations SET version = version + 1; DELETE FROM webhook_endpoints');
    },
    async pause() {
      older = await pool.connect();
      await older.query('BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; SELECT pg_current_xact_id()');
    },
    async resume() {
      await older?.query('COMMIT');
      older?.release();
      older = undefined;
      log.wake();
    },
    async stop() {
      await readers.stop();
      for (const end of ends.reverse()) await end();
      await log.close();
      await close();
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
