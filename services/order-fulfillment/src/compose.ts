/**
 * The one place where the parts meet: resources → providers → extension → check the map → start, and the same way back.
 * Two doors: `compose(config)` is the real one; a test names what it puts in the place of a real part.
 *
 * Promise: nothing is accepted before the map is checked and registered; the way down first stops taking, then finishes what
 * is in hand. What fails on the way up takes down what was up already.
 */
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
import { createTokenVerifier } from '@commerce/service-kit/auth';
import type { TokenVerifier } from '@commerce/service-kit/auth';
import { createCursors } from '@commerce/service-kit/cursors';
import { assertDurable, migrate, openDatabase, waitForDatabase } from '@commerce/service-kit/database';
import type { Database } from '@commerce/service-kit/database';
import { createHttpServer } from '@commerce/service-kit/http-server';
import type { HttpApp, HttpServer } from '@commerce/service-kit/http-server';
import { createLogger } from '@commerce/service-kit/logging';
import type { Logger } from '@commerce/service-kit/logging';
import { systemPorts } from '@commerce/service-kit/ports';
import type { Ports } from '@commerce/service-kit/ports';
import { startOrTakeDown } from '@commerce/service-kit/running';
import type { Running } from '@commerce/service-kit/running';
import type { Pool } from 'pg';
import { SIGNALS } from '../signals.config.ts';
import { readClientsFile } from './clients/clients.file.ts';
import type { Clients } from './clients/clients.ts';
import { limitScopes } from './clients/limit-scopes.ts';
import type { Config, Role } from './config.ts';
import { createCallbacks } from './fulfillments/callbacks.pg.ts';
import type { Rules } from './fulfillments/decide.ts';
import { FulfillmentCheckDue, UNPUBLISHED_TYPES } from './fulfillments/events.ts';
import { createFulfillments } from './fulfillments/extension.ts';
import { addFulfillmentRoutes } from './fulfillments/fulfillments.http.ts';
import { createIntake } from './fulfillments/intake.pg.ts';
import { FULFILLMENTS_MIGRATION } from './fulfillments/migrations.ts';
import type { FulfillmentTables } from './fulfillments/queries.pg.ts';
import { createStore, findOpen } from './fulfillments/store.pg.ts';
import { createTakeRequest } from './fulfillments/take-request.ts';
import { problems } from './problems.ts';
import { instant } from './providers/instant.ts';
import { addLmsCallback } from './providers/lms-callback.http.ts';
import { createLms } from './providers/lms.http.ts';
import { createProviders } from './providers/provider.ts';
import type { Providers } from './providers/provider.ts';
import { recordPicks } from './providers/warehouse.pg.ts';
import { createWarehouse } from './providers/warehouse.ts';
import { webhookKey } from './providers/webhook-signature.ts';

/** All migrations, in the order in which they are applied. */
export const MIGRATIONS = [LOG_MIGRATION, BUS_MIGRATION, FULFILLMENTS_MIGRATION];

const NAME = 'order-fulfillment';
const VERSION = '0.1.0';
const DATABASE_WAIT_MS = 30_000;
const DRAIN_MS = 10_000;

/** The second door: what a test puts in the place of the real thing. */
export interface Overrides extends Partial<Ports> {
  readonly logger?: Logger;
  readonly auth?: TokenVerifier;
  readonly clients?: Clients;
  /** In the place of the EventBridge publisher. */
  readonly publisher?: StreamReader;
  /** Ends the start when it is aborted. */
  readonly signal?: AbortSignal;
}

export interface OrderFulfillment {
  /** Where it listens. */
  readonly url: string;
  readonly app: HttpApp;
  readonly log: EventLog;
  /** Goes down in order. */
  stop(): Promise<void>;
}

/** Starts the roles of the configuration. Throws when anything of it cannot start. */
export function compose(config: Config, overrides: Overrides = {}): Promise<OrderFulfillment> {
  return startOrTakeDown((running) => start(config, overrides, running));
}

/** What every part is made of. */
interface Surroundings {
  readonly config: Config;
  readonly overrides: Overrides;
  readonly running: Running;
  readonly logger: Logger;
  readonly ports: Ports;
  readonly nowMs: () => number;
}

async function start(config: Config, overrides: Overrides, running: Running): Promise<OrderFulfillment> {
  const around = surround(config, overrides, running);
  const { logger, ports, nowMs } = around;
  const has = (role: Role): boolean => config.roles.includes(role);

  const callbackKeys = [config.lmsCallbackSecret, config.lmsCallbackSecretBefore].filter((secret) => secret !== undefined).map(webhookKey);
  const providers = openProviders(around);
  const clients = overrides.clients ?? (await readClientsFile(config.clientsFile, [...providers.keys()]));
  const { pool, db } = await openData(around);
  const log = await EventLog.open({ pool, nowMs, uuid: ports.uuid, catalogue: createCatalogue([...ENTRIES, FulfillmentCheckDue] as unknown as EventEntry[]) });
  running.onStop(() => log.close());

  const rules: Rules = { providers, checks: { firstMs: config.lmsFirstCheckMs, maxMs: config.lmsMaxCheckMs } };
  const fulfillments = createFulfillments({
    rules, store: createStore(providers), askConcurrency: config.lmsConnections, nowMs, faults: ports.faults, logger,
    findOpen: (clientId, fulfillmentId) => findOpen(pool, clientId, fulfillmentId),
  });
  const checks: Record<string, () => Promise<unknown>> = { database: () => pool.query('SELECT 1') };
  const publisher = overrides.publisher ?? (await openPublisher(around, pool, has('readers') ? checks : undefined));
  const streams = [{ ...publisher, wants: (event: Parameters<StreamReader['wants']>[0]) => !UNPUBLISHED_TYPES.has(event.type) && publisher.wants(event) }];
  const map = await registerMap({ log, extensions: [fulfillments], map: SIGNALS, streams });

  if (has('readers')) {
    const readers = await startReaders({
      log, map, streams, logger, workerId: ports.uuid(), databaseUrl: config.databaseDirectUrl ?? config.databaseUrl,
      sleep: ports.sleep, random: ports.random, monotonicMs: () => ports.clock.monotonicMs(),
    });
    running.onStop(() => readers.stop());
    checks['readers'] = async () => refuseUnless(readers.healthy());
  }

  const server = await openServer(around, clients, checks);
  if (has('api')) {
    const intake = createIntake(log, { maxWaiting: config.intakeMaxWaiting });
    const take = createTakeRequest({ log, intake, clients, providers, uuid: ports.uuid, nowMs, faults: ports.faults });
    addFulfillmentRoutes(server.app, { take, db, cursors: createCursors(await cursorKey(pool)) });
    const tell = createCallbacks(log, fulfillments, rules);
    addLmsCallback(server.app, { keys: callbackKeys, nowMs, tell: (told, correlationId) => tell({ ...told, provider: 'lms', correlationId }) });
  }
  running.onStop(() => server.drain({ graceMs: DRAIN_MS }));
  const { url } = await server.listen({ port: config.port, host: config.host });
  return { url, app: server.app, log, stop: running.stop };
}

function surround(config: Config, overrides: Overrides, running: Running): Surroundings {
  const { logger = createLogger({ name: NAME, level: config.logLevel }), auth: _auth, clients: _clients, publisher: _publisher, signal: _signal, ...given } = overrides;
  const ports = systemPorts({ uuid: () => uuid7(nowMs()), ...given });
  const nowMs = (): number => ports.clock.now().getTime();
  return { config, overrides, running, logger, ports, nowMs };
}

function openProviders({ config, running, nowMs }: Surroundings): Providers {
  const lms = createLms({
    url: config.lmsUrl, apiKey: config.lmsApiKey, callbackUrl: `${config.publicUrl}/v1/callbacks/lms`,
    timeoutMs: config.lmsTimeoutMs, connections: config.lmsConnections, nowMs,
  });
  running.onStop(() => lms.close());
  const warehouse = createWarehouse({ packingTimeMs: config.warehousePackingMs, carrier: config.warehouseCarrier, record: recordPicks });
  return createProviders([instant, warehouse, lms]);
}

async function openData({ config, overrides, ports: { clock, sleep }, logger, running }: Surroundings): Promise<Database<FulfillmentTables>> {
  const { signal } = overrides;
  const database = openDatabase<FulfillmentTables>({
    url: config.databaseUrl, max: config.databaseConnections, applicationName: NAME,
    onConnectionError: (error) => logger.warn({ err: error }, 'a connection to the database was lost'),
  });
  running.onStop(database.close);
  await waitForDatabase(config.databaseUrl, { timeoutMs: DATABASE_WAIT_MS, clock, sleep, ...(signal && { signal }) });
  if (config.environment === 'production') await assertDurable(database.pool);
  await migrate(database.pool, MIGRATIONS, { clock, sleep, log: (message, fields) => logger.info(fields, message) });
  return database;
}

/** `checks`: given when this process publishes; then the bus must be there. */
async function openPublisher(
  { config, ports: { sleep, random }, logger, running }: Surroundings, pool: Pool, checks: Record<string, () => Promise<unknown>> | undefined,
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

/** Every role has its health checks. */
function openServer({ config, overrides, ports, logger }: Surroundings, clients: Clients, ready: Readonly<Record<string, () => Promise<unknown>>>): Promise<HttpServer> {
  const { issuerUrl: issuer, publicUrl: audience } = config;
  const verifier = overrides.auth ?? createTokenVerifier({
    issuer, audience, clock: ports.clock,
    onKeyFailure: (error) => logger.warn({ err: error }, 'the keys of the issuer cannot be had'),
  });
  return createHttpServer({
    name: 'Order Fulfillment', version: VERSION, logger, auth: limitScopes(verifier, clients), issuer, publicUrl: audience, ports, ready, problems: [problems],
  });
}

async function cursorKey(pool: Pool): Promise<Buffer> {
  const { rows } = await pool.query<{ key: Buffer }>('SELECT key FROM cursor_key');
  const key = rows[0]?.key;
  if (key === undefined) throw new Error('The table cursor_key is empty: insert one row with a random key of 32 bytes.');
  return key;
}

async function refuseUnless(healthy: boolean): Promise<void> {
  if (!healthy) throw new Error('not healthy');
}
