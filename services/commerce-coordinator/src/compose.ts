/**
 * The one place where the parts meet: resources → extensions → check the map → start, and the same way back.
 *
 * Promise: nothing is accepted before the map is checked and registered; the way down first stops taking, then finishes what
 * is in hand. What fails on the way up takes down what was up already.
 */
import { startSqsConsumer } from '@commerce/bus/consumer';
import { startPublishRetries, storePublishRefusals } from '@commerce/bus/publish-refusals';
import { createEventBridgePublisher } from '@commerce/bus/publisher';
import { BUS_MIGRATION } from '@commerce/bus/schema';
import { EventLog } from '@commerce/event-log/log';
import { registerMap, startReaders } from '@commerce/event-log/readers';
import { MAP_BUILD_MIGRATION, MIGRATION as LOG_MIGRATION } from '@commerce/event-log/schema';
import type { StreamReader } from '@commerce/event-log/stream';
import { uuid7 } from '@commerce/events/uuid7';
import { clientCredentials, createFulfillmentClient } from '@commerce/fulfillment-client';
import { byToken, createTokenVerifier } from '@commerce/service-kit/auth';
import type { TokenVerifier } from '@commerce/service-kit/auth';
import { createCursors } from '@commerce/service-kit/cursors';
import { assertDurable, migrate, openDatabase, waitForDatabase } from '@commerce/service-kit/database';
import { createHttpServer } from '@commerce/service-kit/http-server';
import { createLogger } from '@commerce/service-kit/logging';
import type { Logger } from '@commerce/service-kit/logging';
import { systemClock, systemPorts } from '@commerce/service-kit/ports';
import type { Ports } from '@commerce/service-kit/ports';
import { startOrTakeDown } from '@commerce/service-kit/running';
import type { Running } from '@commerce/service-kit/running';
import type { ExtensionDefinition, ResourcesOf } from '@commerce/signals/extension';
import { handlersByType, heardFromBeginning, jobsOf, openExtensions } from '@commerce/signals/host';
import type { Opened } from '@commerce/signals/host';
import { JOBS_MIGRATION } from '@commerce/signals/job-status';
import { startJobs } from '@commerce/signals/jobs';
import type { Pool } from 'pg';
import { EXTENSIONS } from '../extensions.config.ts';
import { MAP } from '../signals.config.ts';
import { PROBLEM_CATALOGUES } from './all-problems.ts';
import { catalogueOf, checkLoaded } from './catalogue.ts';
import type { Loaded } from './catalogue.ts';
import type { Config, Role } from './config.ts';
import { orders } from './extensions/orders/extension.ts';
import type { Fulfiller } from './extensions/fulfillment/fulfiller.ts';
import { readProductsBySku } from './extensions/catalog/catalog.pg.ts';
import { openMailer } from './extensions/notifications/extension.ts';
import type { Mailer } from './extensions/notifications/mailer.ts';
import { placeOrder } from './extensions/orders/orders.http.ts';
import { createStandardProvider } from './extensions/payments/standard.http.ts';
import { webhookKey } from './extensions/payments/webhook-signature.ts';
import { watchBacklog } from './extensions/orders/backlog.pg.ts';
import { createIntake } from './extensions/orders/intake.pg.ts';
import { orderForm } from './extensions/orders/order-form.ts';
import { createOrderNumbers } from './extensions/orders/order-numbers.ts';

/** All migrations, in the order in which they are applied. */
export const MIGRATIONS = [LOG_MIGRATION, MAP_BUILD_MIGRATION, BUS_MIGRATION, JOBS_MIGRATION, ...(EXTENSIONS as readonly ExtensionDefinition[]).flatMap(({ migrations = [] }) => migrations)];

const LOADED: Loaded = { extensions: EXTENSIONS, map: MAP };
/** Types that stay in this service's log. */
const INTERNAL_TYPES: ReadonlySet<string> = new Set(LOADED.extensions.flatMap(({ signals }) => signals.filter(({ internal }) => internal).map(({ entry }) => entry.type)));

const NAME = 'commerce-coordinator';
const VERSION = '0.1.0';
/** Figures of the readers that may stand in the log beside the common fields. */
const LOGGED = ['afterMs', 'dead', 'faults'];
const DATABASE_WAIT_MS = 30_000;
/** Calls to the payment provider at once. */
const PAYMENT_CONNECTIONS = 64;
const BACKLOG_INTERVAL_MS = 500;
/** Of the 25 s that a process has to end, what takes has 10 s, together; its consumer needs 3 s of them to give back what is left. */
const DRAIN_MS = 10_000;
const CONSUMER_STOP_MS = 7_000;

/** The second door: what a test puts in the place of the real thing. */
export interface Overrides extends Partial<Ports> {
  readonly auth?: TokenVerifier;
  /** In the place of the EventBridge publisher. */
  readonly publisher?: StreamReader;
  /** Aborted when the start is no longer wanted. */
  readonly signal?: AbortSignal;
}

export interface Coordinator {
  /** Where it listens. */
  readonly url: string;
  readonly log: EventLog;
  /** Goes down in order. */
  stop(): Promise<void>;
}

/** Starts the roles of the configuration. Throws when anything of it cannot start; `MapRefused` before anything is touched. */
export async function compose(config: Config, overrides: Overrides = {}): Promise<Coordinator> {
  checkLoaded(LOADED);
  return startOrTakeDown((running) => start(config, overrides, running));
}

async function start(config: Config, overrides: Overrides, running: Running): Promise<Coordinator> {
  const { signal = new AbortController().signal, ...given } = overrides;
  const logger = createLogger({ name: NAME, level: config.logLevel, fields: LOGGED });
  const clock = given.clock ?? systemClock;
  const nowMs = (): number => clock.now().getTime();
  const ports = systemPorts({ uuid: () => uuid7(nowMs()), ...given });
  const has = (role: Role): boolean => config.roles.includes(role);

  const pool = await openPool(config, ports, logger, running, signal);
  signal.throwIfAborted();
  const log = await EventLog.open({ pool, catalogue: catalogueOf(LOADED), nowMs, uuid: ports.uuid });
  running.onStop(() => log.close());
  const workerId = ports.uuid();
  const checks: Record<string, () => Promise<unknown>> = { database: () => pool.query('SELECT 1') };
  const onStopTaking = running.atOnce();
  const resources = await openResources(config, { log, ports, logger, running, onStopTaking, takesOrders: has('api') });
  const opened = await openExtensions(EXTENSIONS, MAP, resources);

  const publisher = given.publisher ?? (await openPublisher(config, pool, ports, logger, running, has('readers') ? checks : undefined));
  const streams = [{ ...publisher, wants: (event: Parameters<StreamReader['wants']>[0]) => !INTERNAL_TYPES.has(event.type) && publisher.wants(event) }];
  const map = await registerMap({
    log, streams, extensions: opened.map(({ extension }) => extension), map: handlersByType(MAP), retired: MAP.retired, fromBeginning: heardFromBeginning(MAP),
    ...(config.build !== undefined && { build: config.build }),
  });

  if (has('readers')) {
    const readers = await startReaders({
      log, map, streams, logger, workerId, databaseUrl: config.databaseDirectUrl ?? config.databaseUrl,
      sleep: ports.sleep, random: ports.random, monotonicMs: () => clock.monotonicMs(),
    });
    running.onStop(() => readers.stop());
    checks['readers'] = async () => refuseUnless(readers.healthy());
    const jobs = await startJobs({ jobs: jobsOf(opened), db: pool, holder: workerId, sleep: ports.sleep, logger });
    running.onStop(() => jobs.stop());
  }
  if (has('consumer')) {
    const consumer = await startSqsConsumer({
      queueUrl: config.fulfillmentQueueUrl, log, pool, logger, accepts: MAP.foreign, faults: ports.faults, stopLimitMs: CONSUMER_STOP_MS,
      sleep: ports.sleep, random: ports.random, monotonicMs: () => clock.monotonicMs(),
    });
    onStopTaking(() => consumer.stop());
    checks['consumer'] = async () => refuseUnless(consumer.healthy());
  }
  const url = await serve(config, { auth: given.auth, ports, logger, checks, onStopTaking, resources, opened: has('api') ? opened : [] });
  return { url, log, stop: running.stop };
}

type Resources = ResourcesOf<typeof EXTENSIONS>;

interface ResourceOptions {
  readonly log: EventLog;
  readonly ports: Ports;
  readonly logger: Logger;
  readonly running: Running;
  /** Registers what ends together with everything else that takes. */
  readonly onStopTaking: (end: () => unknown) => void;
  readonly takesOrders: boolean;
}

/** What the extensions' `open` takes: each takes what it needs of it. */
async function openResources(config: Config, { log, ports, logger, running, onStopTaking, takesOrders }: ResourceOptions): Promise<Resources> {
  const { pool } = log;
  const nowMs = (): number => ports.clock.now().getTime();
  const backlog = takesOrders ? await watchBacklog({ pool, limit: config.backlogLimit, intervalMs: BACKLOG_INTERVAL_MS, sleep: ports.sleep }) : undefined;
  if (backlog !== undefined) onStopTaking(() => backlog.stop());
  const intake = createIntake({ log, definition: orders, uuid: ports.uuid, nowMs, numbers: createOrderNumbers(() => nextBlock(pool)) });
  const placing = { intake, isFull: () => backlog?.isFull() ?? false };
  const { clientId } = config;
  return {
    log, pool, logger, config, nowMs, clientId,
    cursors: createCursors(await cursorKey(pool)),
    heardBy: handlersByType(MAP),
    fulfiller: openFulfillment(config, ports, logger, running),
    orders: placing,
    inventory: { unknownSku: config.inventoryUnknownSku, clientId },
    payments: openPayments(config, nowMs, running),
    carts: {
      quietMs: config.cartQuietMs,
      findProducts: (skus) => readProductsBySku(pool, skus),
      placeOrder: async (form, idempotencyKey, caller, trigger) => (await placeOrder(placing, { clientId: caller.clientId, idempotencyKey, form: orderForm.parse(form), trigger })).order,
    },
    notifications: { mailer: openNotifier(config, running) },
  };
}

function openPayments(config: Config, nowMs: () => number, running: Running): Resources['payments'] {
  const { paymentsUrl: url, paymentsApiKey: apiKey, paymentsTimeoutMs: timeoutMs, clientId, paymentsWebhookSecret, paymentsWebhookSecretBefore } = config;
  const provider = createStandardProvider({ url, apiKey, timeoutMs, nowMs, connections: PAYMENT_CONNECTIONS });
  running.onStop(() => provider.close());
  return {
    provider, clientId,
    defaultMethod: { type: 'card', token: config.paymentsDefaultToken },
    askAfterMs: config.paymentsAskAfterMs,
    webhookKeys: [paymentsWebhookSecret, ...(paymentsWebhookSecretBefore === undefined ? [] : [paymentsWebhookSecretBefore])].map(webhookKey),
  };
}

function openNotifier(config: Config, running: Running): Mailer {
  const mailer = openMailer(config);
  running.onStop(() => mailer.close());
  return mailer;
}

async function openPool(config: Config, { clock, sleep }: Ports, logger: Logger, running: Running, signal: AbortSignal): Promise<Pool> {
  const { pool, close } = openDatabase({
    url: config.databaseUrl, max: config.databaseConnections, applicationName: NAME,
    onConnectionError: (error) => logger.warn({ err: error }, 'a connection to the database was lost'),
  });
  running.onStop(close);
  await waitForDatabase(config.databaseUrl, { timeoutMs: DATABASE_WAIT_MS, clock, sleep, signal });
  if (config.environment === 'production') await assertDurable(pool);
  await migrate(pool, MIGRATIONS, { clock, sleep, log: (message, fields) => logger.info(fields, message) });
  return pool;
}

function openFulfillment(config: Config, { clock, sleep, random }: Ports, logger: Logger, running: Running): Fulfiller {
  const { issuerUrl, clientId, clientSecret, fulfillmentUrl, fulfillmentTimeoutMs: timeoutMs } = config;
  const client = createFulfillmentClient({
    baseUrl: fulfillmentUrl, timeoutMs, clock, sleep, random,
    credentials: clientCredentials({ issuerUrl, clientId, clientSecret, resource: fulfillmentUrl, timeoutMs, clock, sleep, random }),
    onStateChange: (state) => logger.warn({ reason: state }, 'the way to the fulfilling side changed its state'),
  });
  running.onStop(() => client.close());
  return client;
}

/** `checks`: given when this process publishes; then the bus must be there. */
async function openPublisher(
  config: Config, pool: Pool, { sleep, random }: Ports, logger: Logger, running: Running, checks: Record<string, () => Promise<unknown>> | undefined,
): Promise<StreamReader> {
  const publisher = createEventBridgePublisher({
    client: {}, busName: config.eventBusName, undeliverable: storePublishRefusals(pool), sleep, random, logger,
  });
  running.onStop(publisher.close);
  if (checks !== undefined) {
    await publisher.start();
    checks['bus'] = publisher.see;
    running.onStop(startPublishRetries({ pool, publisher, sleep, logger }).stop);
  }
  return publisher;
}

interface ServeOptions {
  readonly auth: TokenVerifier | undefined;
  readonly ports: Ports;
  readonly logger: Logger;
  readonly checks: Readonly<Record<string, () => Promise<unknown>>>;
  readonly onStopTaking: (end: () => unknown) => void;
  readonly resources: Resources;
  /** Those whose routes are added. */
  readonly opened: readonly Opened[];
}

/** Every role has its health checks; the routes of the extensions belong to the role api. */
async function serve(config: Config, options: ServeOptions): Promise<string> {
  const { ports, logger, checks, onStopTaking, resources, opened } = options;
  const { issuerUrl: issuer, publicUrl: audience } = config;
  const auth = options.auth ?? createTokenVerifier({
    issuer, audience, clock: ports.clock,
    onKeyFailure: (error) => logger.warn({ err: error }, 'the keys of the issuer cannot be had'),
  });
  const server = await createHttpServer({
    name: 'Commerce Coordinator', version: VERSION, publicUrl: audience, logger, auth: byToken(auth), issuer, ports, ready: checks, problems: PROBLEM_CATALOGUES,
  });
  for (const { definition, own } of opened) await definition.addRoutes?.(server.app, own, resources);
  onStopTaking(() => server.drain({ graceMs: DRAIN_MS }));
  return (await server.listen({ port: config.port, host: config.host })).url;
}

async function nextBlock(pool: Pool): Promise<number> {
  const { rows } = await pool.query("SELECT nextval('order_number_blocks') AS first");
  return Number(rows[0]?.first);
}

async function cursorKey(pool: Pool): Promise<Buffer> {
  const { rows } = await pool.query('SELECT key FROM cursor_key');
  return rows[0]?.key;
}

async function refuseUnless(healthy: boolean): Promise<void> {
  if (!healthy) throw new Error('not healthy');
}
