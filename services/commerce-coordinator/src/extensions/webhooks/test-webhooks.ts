/** The extension for tests, on a database of its own: the real log, fan-out, dispatcher and guard; endpoints are written as registration writes them. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { systemPorts } from '@commerce/service-kit/ports';
import { uuid7 } from '@commerce/events/uuid7';
import type { EventEntry } from '@commerce/events/catalogue';
import type { TracedSpan } from '@commerce/event-log/trace';
import { defineSignalMap } from '@commerce/signals/map';
import type { Pool } from 'pg';
import { startTestExtensions } from '../../test-extensions.ts';
import type { TestExtensions } from '../../test-extensions.ts';
import { createAddressGuard } from './address-guard/address-guard.http.ts';
import { Dispatcher } from './delivery/dispatcher.ts';
import { Registry } from './delivery/registry.ts';
import { Sender } from './delivery/sender.http.ts';
import { unwellTeller } from './delivery/unwell.ts';
import type { Endpoint, Sealable } from './endpoint.ts';
import { webhooks } from './extension.ts';
import { HEARD } from './fan-out-entries.ts';
import type { WebhooksOwn } from './own.ts';
import { createSecretsBox } from './secrets.ts';
import type { SecretsBox } from './secrets.ts';

export const TEST_SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
export const TEST_KEY = Buffer.alloc(32, 6).toString('base64');
const UNSEEN = `SELECT 1 FROM events e JOIN readers r ON r.name = 'webhooks' AND e.slot BETWEEN r.slot_from AND r.slot_to
  WHERE (e.epoch, e.txid, e.position) > (r.epoch, r.txid, r.position) LIMIT 1`;
const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface TestWebhooks extends TestExtensions {
  readonly own: WebhooksOwn & { readonly dispatcher: Dispatcher };
  readonly secrets: SecretsBox;
  /** What was traced. */
  readonly spans: readonly TracedSpan[];
  /** Writes an endpoint. Gives its id. */
  register(given: Partial<Endpoint & Pick<Sealable, 'headers'>> & Pick<Endpoint, 'url'>): Promise<string>;
  /** Sends OrderCreated of a new order. Gives its id. */
  order(orderId?: string): Promise<string>;
  /** Waits until the fan-out has seen all events. */
  seen(): Promise<void>;
  /** Waits until the fan-out has seen all events, and nothing is ready or leased any more. Gives how many are in which state. */
  settled(limitMs?: number): Promise<Record<string, number>>;
  /** A dispatcher as another process has it; not started. `timesFaster`: its time goes. */
  another(warn?: Warn, timesFaster?: number): Dispatcher;
}

type Warn = (fields: { readonly err?: unknown }, message: string) => void;

interface TestWebhooksOptions {
  /** False: the dispatcher is not started. */
  readonly starts?: boolean;
  readonly nowMs?: () => number;
  readonly monotonicMs?: () => number;
  readonly allowedNetworks?: string;
  readonly settings?: Partial<WebhooksOwn['settings']>;
}

export async function startTestWebhooks({ starts = true, nowMs = Date.now, monotonicMs = () => performance.now(), allowedNetworks = '127.0.0.0/8', settings = {} }: TestWebhooksOptions = {}): Promise<TestWebhooks> {
  const guard = createAddressGuard({ allowedNetworks, allowHttp: true });
  const secrets = createSecretsBox(TEST_KEY, randomBytes);
  const registry = new Registry();
  const ports = systemPorts({ uuid: () => uuid7(Date.now()) });
  const dispatchers: Dispatcher[] = [];
  const spans: TracedSpan[] = [];
  const recordSpan = (span: TracedSpan): void => void spans.push(span);
  const make = (db: Pool, ofProcess: Registry, warn: Warn = () => undefined, timesFaster = 1): { readonly dispatcher: Dispatcher; readonly sender: Sender } => {
    const sender: Sender = new Sender({ guard, secrets, monotonicMs, nowMs: () => dispatcher.nowMs ?? nowMs() });
    const dispatcher = new Dispatcher({
      db, registry: ofProcess, sender, monotonicMs: () => monotonicMs() * timesFaster, sleep: (ms, signal) => ports.sleep(ms / timesFaster, signal), random: Math.random, makeId: ports.uuid, logger: { ...QUIET, warn }, traces: { record: recordSpan, nowMs },
      onUnwell: (...given) => unwellTeller(platform.log)(...given),
    });
    return { dispatcher, sender };
  };
  let own: TestWebhooks['own'] | undefined;
  const definitions = [webhooks] as const;
  const types = (HEARD as readonly EventEntry<any>[]).map(({ type }) => type);
  const platform: TestExtensions = await startTestExtensions({
    definitions, entries: HEARD.filter(({ type }) => /^(?:Webhook|OrderStatusR|WorkerStatusR|Payment|Customer|OrderStuck|Repeated|Early|Dispute)/.test(type)) as readonly EventEntry<any>[],
    map: defineSignalMap(definitions, Object.fromEntries(types.map((type) => [type, ['webhooks.fan_out' as const]])), { foreign: types.map((type) => ({ source: 'test', type })) }),
    resources: ({ pool, log }) => {
      own = { settings: { timeoutMs: 5_000, retryDelayMs: 20, maxRetries: 5, inboundSecrets: [], ...settings }, guard, secrets, registry, db: pool, log, nowMs, recordSpan, ...make(pool, registry) };
      return { webhooks: own, logger: QUIET, ports };
    },
  });
  const { pool } = platform;
  const made = own as unknown as TestWebhooks['own'];
  if (starts) await made.dispatcher.start();
  return {
    ...platform, own: made, secrets, spans,
    async register(given) {
      const endpointId = given.endpointId ?? ports.uuid();
      const sealed = given.secrets ?? secrets.seal({ secrets: [{ kind: 'hmac', secret: TEST_SECRET, createdAt: new Date().toISOString(), expiresAt: null }], headers: given.headers ?? {} }, endpointId);
      await pool.query(
        `WITH v AS (UPDATE webhook_registrations SET version = version + 1), asked AS (INSERT INTO webhook_requests (endpoint_id, digest) VALUES ($1, '\\x00'))
         INSERT INTO webhook_endpoints (endpoint_id, owner, url, events, filter, retry_attempts, retry_delay_ms, timeout_ms, rate_limit, max_in_flight, ordered, secrets, status)
         VALUES ($1, 'storefront', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
        [
          endpointId, given.url, JSON.stringify(given.events ?? ['*']), given.filter === undefined || given.filter === null ? null : JSON.stringify(given.filter), given.retryAttempts ?? 3, given.retryDelayMs ?? 20, given.timeoutMs ?? 5_000,
          given.rateLimit ?? null, given.maxInFlight ?? 32, given.ordered ?? false, sealed, given.status ?? 'enabled',
        ],
      );
      return endpointId;
    },
    async order(orderId = ports.uuid()) {
      const created = HEARD.find(({ type }) => type === 'OrderCreated') as EventEntry<any>;
      await platform.send('OrderCreated', { ...created.example, orderId });
      return orderId;
    },
    async seen() {
      for (const endMs = performance.now() + 30_000; (await pool.query(UNSEEN)).rows.length > 0; await delay(5)) {
        if (performance.now() > endMs) throw new Error('The fan-out does not go on.');
      }
    },
    async settled(limitMs = 30_000) {
      const endMs = performance.now() + limitMs;
      for (;;) {
        const { rows: unseen } = await pool.query(UNSEEN);
        const { rows } = await pool.query('SELECT state, count(*)::integer AS count FROM webhook_deliveries GROUP BY state');
        const states: Record<string, number> = Object.fromEntries(rows.map(({ state, count }) => [state, count]));
        if ((states['ready'] ?? 0) + (states['leased'] ?? 0) === 0 && rows.length > 0 && unseen.length === 0) return states;
        if (performance.now() > endMs) throw new Error(`Deliveries did not end: ${JSON.stringify(states)}`);
        await delay(10);
      }
    },
    another(warn, timesFaster) {
      const { dispatcher } = make(pool, new Registry(), warn, timesFaster);
      dispatchers.push(dispatcher);
      return dispatcher;
    },
    async stop() {
      await platform.stopReaders();
      await Promise.all(dispatchers.map((one) => one.stop()));
      await made.dispatcher.stop();
      await platform.stop();
    },
  };
}
