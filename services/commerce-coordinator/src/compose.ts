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
import { MIGRATION as LOG_MIGRATION } from '@commerce/event-log/schema';
import type { StreamReader } from '@commerce/event-log/stream';
import { createCatalogue } from '@commerce/events/catalogue';
import type { EventEntry } from '@commerce/events/catalogue';
import { ENTRIES } from '@commerce/events/entries';
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
import type { Pool } from 'pg';
import { FOREIGN_SIGNALS, SIGNALS } from '../signals.config.ts';
import type { Config, Role } from './config.ts';
import { FulfillmentUnwanted, UNPUBLISHED_TYPES } from './extensions/fulfillment/events.ts';
import { fulfillmentExtension } from './extensions/fulfillment/extension.ts';
import type { Fulfiller } from './extensions/fulfillment/fulfiller.ts';
import { FULFILLMENT_MIGRATION } from './extensions/fulfillment/migrations/0001-fulfillment.ts';
import { RECONCILIATION_MIGRATION } from './extensions/fulfillment/migrations/0002-reconciliation.ts';
import { startReconciler } from './extensions/fulfillment/reconciler.ts';
import { addReconciliationRoute } from './extensions/fulfillment/reconciliation.http.ts';
import { watchBacklog } from './extensions/orders/backlog.pg.ts';
import { ORDER_SOURCE, ordersExtension } from './extensions/orders/extension.ts';
import { createIntake } from './extensions/orders/intake.pg.ts';
import { ORDERS_MIGRATION } from './extensions/orders/migrations/0001-orders.ts';
import { createOrderNumbers } from './extensions/orders/order-numbers.ts';
import { addOrderRoutes } from './extensions/orders/orders.http.ts';
import { shippingExtension } from './extensions/shipping/extension.ts';
import { SHIPPING_MIGRATION } from './extensions/shipping/migrations/0001-shipping.ts';
import { FORGONE_MIGRATION } from './extensions/shipping/migrations/0002-forgone.ts';
import { problems } from './problems.ts';

/** All migrations, in the order in which they are applied. */
export const MIGRATIONS = [
  LOG_MIGRATION, BUS_MIGRATION, ORDERS_MIGRATION, FULFILLMENT_MIGRATION, SHIPPING_MIGRATION, RECONCILIATION_MIGRATION, FORGONE_MIGRATION,
];

/** Every type of event that may stand in the log. */
const catalogue = createCatalogue([...ENTRIES, FulfillmentUnwanted] as unknown as EventEntry[]);

const NAME = 'commerce-coordinator';
const VERSION = '0.1.0';
/** Figures of the readers that may stand in the log beside the common fields. */
const LOGGED = ['afterMs', 'dead', 'faults'];
const DATABASE_WAIT_MS = 30_000;
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

/** Starts the roles of the configuration. Throws when anything of it cannot start. */
export function compose(config: Config, overrides: Overrides = {}): Promise<Coordinator> {
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
  const log = await EventLog.open({ pool, catalogue, nowMs, uuid: ports.uuid });
  running.onStop(() => log.close());
  const fulfiller = openFulfillment(config, ports, logger, running);
  const { clientId } = config;

  const fulfillment = fulfillmentExtension({ fulfiller, clientId, checkAfterMs: config.fulfillmentCheckAfterMs });
  const extensions = [ordersExtension({ clientId }), fulfillment, shippingExtension({ clientId })];
  const checks: Record<string, () => Promise<unknown>> = { database: () => pool.query('SELECT 1') };
  const publisher = given.publisher ?? (await openPublisher(config, pool, ports, logger, running, has('readers') ? checks : undefined));
  const streams = [{ ...publisher, wants: (event: Parameters<StreamReader['wants']>[0]) => !UNPUBLISHED_TYPES.has(event.type) && publisher.wants(event) }];
  const map = await registerMap({ log, extensions, map: SIGNALS, streams });

  if (has('readers')) {
    const workerId = ports.uuid();
    const readers = await startReaders({
      log, map, streams, logger, workerId, databaseUrl: config.databaseDirectUrl ?? config.databaseUrl,
      sleep: ports.sleep, random: ports.random, monotonicMs: () => clock.monotonicMs(),
    });
    running.onStop(() => readers.stop());
    checks['readers'] = async () => refuseUnless(readers.healthy());
    const reconciler = startReconciler({
      log, extension: fulfillment, fulfiller, clientId, holder: workerId, everyMs: config.reconcileEveryMs, patienceMs: config.fulfillmentCheckAfterMs,
      sleep: ports.sleep, logger,
    });
    running.onStop(() => reconciler.stop());
  }
  const onStopTaking = running.atOnce();
  if (has('consumer')) {
    const consumer = await startSqsConsumer({
      queueUrl: config.fulfillmentQueueUrl, log, pool, logger, accepts: FOREIGN_SIGNALS, faults: ports.faults, stopLimitMs: CONSUMER_STOP_MS,
      sleep: ports.sleep, random: ports.random, monotonicMs: () => clock.monotonicMs(),
    });
    onStopTaking(() => consumer.stop());
    checks['consumer'] = async () => refuseUnless(consumer.healthy());
  }
  const url = await serve(config, { auth: given.auth, ports, logger, checks, onStopTaking, log, takesOrders: has('api') });
  return { url, log, stop: running.stop };
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
  /** Registers what ends together with everything else that takes. */
  readonly onStopTaking: (end: () => unknown) => void;
  readonly log: EventLog;
  readonly takesOrders: boolean;
}

/** Every role has its health checks; the routes of orders belong to the role api. */
async function serve(config: Config, options: ServeOptions): Promise<string> {
  const { ports, logger, checks, onStopTaking, log, takesOrders } = options;
  const { issuerUrl: issuer, publicUrl: audience } = config;
  const auth = options.auth ?? createTokenVerifier({
    issuer, audience, clock: ports.clock,
    onKeyFailure: (error) => logger.warn({ err: error }, 'the keys of the issuer cannot be had'),
  });
  const server = await createHttpServer({
    name: 'Commerce Coordinator', version: VERSION, publicUrl: audience, logger, auth: byToken(auth), issuer, ports, ready: checks, problems: [problems],
  });
  if (takesOrders) {
    const backlog = await watchBacklog({ pool: log.pool, limit: config.backlogLimit, intervalMs: BACKLOG_INTERVAL_MS, sleep: ports.sleep });
    onStopTaking(() => backlog.stop());
    const intake = createIntake({
      log, source: ORDER_SOURCE, uuid: ports.uuid, nowMs: () => ports.clock.now().getTime(),
      numbers: createOrderNumbers(() => nextBlock(log.pool)),
    });
    addOrderRoutes(server.app, { log, intake, isFull: backlog.isFull, cursors: createCursors(await cursorKey(log.pool)), map: SIGNALS });
    addReconciliationRoute(server.app, log.pool);
  }
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
