/**
 * The one place where the parts meet: resources → providers → extension → check the map → start, and the same way back.
 * Two doors: `compose(config)` is the real one; a test names what it puts in the place of a real part.
 *
 * Promise: nothing is accepted before the map is checked and registered; the way down first stops taking, then finishes what
 * is in hand. What fails on the way up takes down what was up already.
 */
import { addAuditLogRoutes } from '@commerce/audit/audit-log';
import { addVerificationRoutes } from '@commerce/audit/verification';
import { openServicePublisher } from '@commerce/bus/service-publisher';
import { BUS_MIGRATION } from '@commerce/bus/schema';
import { DEAD_LETTERS_MIGRATIONS } from '@commerce/dead-letters/schema';
import { keepingJobs } from '@commerce/event-log/keeping';
import { EventLog } from '@commerce/event-log/log';
import { observers } from '@commerce/event-log/observer';
import { LINE_FIELDS } from '@commerce/event-log/log-metrics';
import { registerMap, startReaders } from '@commerce/event-log/readers';
import { folderArchive } from '@commerce/event-log/retention-archive';
import { MIGRATIONS as LOG_MIGRATIONS } from '@commerce/event-log/schema';
import { judgingKeys, sealKey } from '@commerce/event-log/seal-head';
import type { StreamReader } from '@commerce/event-log/stream';
import { tracedStream, tracingObserver } from '@commerce/event-log/trace';
import { createCatalogue } from '@commerce/events/catalogue';
import { FULFILLING_ENTRIES } from '@commerce/events/entries';
import { uuid7 } from '@commerce/events/uuid7';
import { createTokenVerifier } from '@commerce/service-kit/auth';
import type { TokenVerifier } from '@commerce/service-kit/auth';
import { createCursors } from '@commerce/service-kit/cursors';
import { createHttpServer } from '@commerce/service-kit/http-server';
import type { HttpApp, HttpServer } from '@commerce/service-kit/http-server';
import { alwaysSaid, createLogger } from '@commerce/service-kit/logging';
import type { Logger } from '@commerce/service-kit/logging';
import { addMetricsRoute } from '@commerce/service-kit/metrics';
import { systemPorts } from '@commerce/service-kit/ports';
import type { Ports } from '@commerce/service-kit/ports';
import { startOrTakeDown } from '@commerce/service-kit/running';
import type { Running } from '@commerce/service-kit/running';
import { webhookKey } from '@commerce/service-kit/webhook-signature';
import { openServiceDatabase } from '@commerce/service-kit/service-database';
import { readinessDelayOf } from '@commerce/service-kit/service-variables';
import { openTracing } from '@commerce/service-kit/tracing';
import type { Tracing } from '@commerce/service-kit/tracing';
import { JOBS_MIGRATION } from '@commerce/signals/job-status';
import { startJobs } from '@commerce/signals/jobs';
import type { Job } from '@commerce/signals/jobs';
import { randomBytes } from 'node:crypto';
import { Kysely, PostgresDialect } from 'kysely';
import type { Pool } from 'pg';
import { SIGNALS } from '../signals.config.ts';
import { PROBLEM_CATALOGUES } from './all-problems.ts';
import { createAllowances } from './clients/allowances.pg.ts';
import { createAuthenticator } from './clients/authenticate.ts';
import { rateLimit } from './clients/client-forms.ts';
import { readClientsFile } from './clients/clients.file.ts';
import { addClientRoutes } from './clients/clients.http.ts';
import { createClientStore } from './clients/clients.pg.ts';
import type { ClientStore } from './clients/clients.pg.ts';
import { LOOK_EVERY_MS, openDirectory } from './clients/directory.ts';
import type { Directory } from './clients/directory.ts';
import { CLIENTS_MIGRATION } from './clients/migrations.ts';
import { createNonces } from './clients/nonces.pg.ts';
import { createRateLimiter } from './clients/rate-limit.ts';
import { repeat } from './clients/repeat.ts';
import { sealAnew } from './clients/seal-anew.pg.ts';
import { createSecretBox, secretsKeys } from './clients/secret-box.ts';
import type { SecretBox } from './clients/secret-box.ts';
import type { Config, Role } from './config.ts';
import { openFigures } from './figures.ts';
import type { Figures } from './figures.ts';
import { openDeadLetters } from './dead-letters/open.ts';
import { createCallbacks } from './fulfillments/callbacks.pg.ts';
import type { Rules } from './fulfillments/arrange.ts';
import { LOG_ENTRIES, SOURCE, UNPUBLISHED_TYPES } from './fulfillments/events.ts';
import { createFulfillments } from './fulfillments/extension.ts';
import { addFulfillmentRoutes } from './fulfillments/fulfillments.http.ts';
import { createIntake } from './fulfillments/intake.pg.ts';
import { FULFILLMENTS_MIGRATION, FULFILLMENTS_ROOM_MIGRATION } from './fulfillments/migrations.ts';
import type { FulfillmentTables } from './fulfillments/queries.pg.ts';
import { createStore, findActive } from './fulfillments/store.pg.ts';
import { createTakeRequest } from './fulfillments/take-request.ts';
import { addWishRoutes } from './fulfillments/wishes.http.ts';
import { createWishes } from './fulfillments/wishes.pg.ts';
import { addPersonalDataRoutes } from './personal-data/personal-data.http.ts';
import { problems } from './problems.ts';
import { instant } from './providers/instant.ts';
import { addLmsCallback } from './providers/lms-callback.http.ts';
import { createLms } from './providers/lms.http.ts';
import { createProviders } from './providers/provider.ts';
import type { Providers } from './providers/provider.ts';
import { recordPicks } from './providers/warehouse.pg.ts';
import { createWarehouse } from './providers/warehouse.ts';

/** All migrations, in the order in which they are applied. */
export const MIGRATIONS = [...LOG_MIGRATIONS, BUS_MIGRATION, FULFILLMENTS_MIGRATION, CLIENTS_MIGRATION, JOBS_MIGRATION, ...DEAD_LETTERS_MIGRATIONS, FULFILLMENTS_ROOM_MIGRATION];

const PUBLISHED = FULFILLING_ENTRIES.map(({ type, topic }) => ({ source: SOURCE, type, topic }));
const NAME = 'order-fulfillment';
const VERSION = '0.1.0';
const DRAIN_MS = 10_000;
const FORGET_NONCES_EVERY_MS = 30_000;
const SEAL_ANEW_EVERY_MS = 60_000;

/** The second door: what a test puts in the place of the real thing. */
export interface Overrides extends Partial<Ports> {
  readonly logger?: Logger;
  readonly auth?: TokenVerifier;
  /** In the place of the publisher to the bus. */
  readonly publisher?: StreamReader;
  /** For how long one ask for dead letters waits at SQS; see `DeadQueuesOptions`. */
  readonly deadLetterWaitSeconds?: number;
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

  const databaseUrl = config.databaseDirectUrl ?? config.databaseUrl;
  const callbackKeys = [config.lmsCallbackSecret, config.lmsCallbackSecretBefore].filter((secret) => secret !== undefined).map(webhookKey);
  const providers = openProviders(around);
  const secretBox = createSecretBox(secretsKeys(config.clientSecretsKey), randomBytes);
  const tracing = config.tracesUrl === undefined ? undefined : await openTracing({ name: NAME, version: VERSION, endpoint: config.tracesUrl, nowMs, logger });
  running.onStop(() => tracing?.stop());
  const pool = await openServiceDatabase({ config, applicationName: NAME, migrations: MIGRATIONS, ports, logger, running, signal: overrides.signal });
  const db = new Kysely<FulfillmentTables>({ dialect: new PostgresDialect({ pool }) });
  const log = await EventLog.open({ pool, nowMs, uuid: ports.uuid, catalogue: createCatalogue(LOG_ENTRIES) });
  running.onStop(() => log.close());
  const figures = openFigures({ pool, logger, ports });
  const { store, clients } = await openClients(around, log, secretBox, [...providers.keys()]);

  const rules: Rules = { providers, checks: { firstMs: config.lmsFirstCheckMs, maxMs: config.lmsMaxCheckMs } };
  const fulfillments = createFulfillments({
    rules, store: createStore(providers), askConcurrency: config.lmsConnections, nowMs, faults: ports.faults, logger,
    findActive: (clientId, fulfillmentId) => findActive(pool, clientId, fulfillmentId),
  });
  const checks: Record<string, () => Promise<unknown>> = { database: () => pool.query('SELECT 1') };
  const publisher = overrides.publisher ?? await openServicePublisher({ ...ports, config, name: NAME, publishes: PUBLISHED, pool, logger, running, checks: has('readers') ? checks : undefined });
  const stream: StreamReader = { ...publisher, wants: (event) => !UNPUBLISHED_TYPES.has(event.type) && publisher.wants(event) && clients.publishes(event) };
  const streams = [tracing === undefined ? stream : tracedStream(stream, tracing.record, nowMs)];
  const map = await registerMap({ log, extensions: [fulfillments], map: SIGNALS, streams });

  if (has('readers')) {
    const readers = await startReaders({
      log, map, streams, logger, workerId: ports.uuid(), databaseUrl, traces: tracing !== undefined,
      observer: observers([figures.observer, ...(tracing === undefined ? [] : [tracingObserver(tracing.record)])]),
      sleep: ports.sleep, random: ports.random, monotonicMs: () => ports.clock.monotonicMs(), faults: ports.faults,
    });
    running.onStop(() => readers.stop());
    checks['readers'] = async () => refuseUnless(readers.healthy());
    const sealing: Job = { name: 'clients.seal_anew', everyMs: SEAL_ANEW_EVERY_MS, run: async (signal) => {
      await sealAnew(log, secretBox, ports.uuid, signal);
      return false;
    } };
    await keepLog(around, pool, [...figures.jobs, sealing]);
  }

  const server = await openServer(around, { pool, directory: clients, ready: checks, tracing, figures });
  if (has('api')) {
    const intake = createIntake(log, { maxWaiting: config.intakeMaxWaiting });
    const take = createTakeRequest({ log, intake, clients, providers, uuid: ports.uuid, nowMs, faults: ports.faults });
    const cursors = createCursors(await cursorKey(pool));
    addFulfillmentRoutes(server.app, { take, db, pool, cursors });
    addWishRoutes(server.app, createWishes(log, fulfillments, rules));
    addPersonalDataRoutes(server.app, { log, reader: fulfillments.name });
    const changed = () => clients.refresh().catch((error: unknown) => logger.warn({ err: error }, 'a change of clients is not read yet'));
    addClientRoutes(server.app, { store, changed, cursors, nowMs, providerNames: [...providers.keys()] });
    running.onStop(openDeadLetters(server.app, { log, cursors, logger, ports, waitSeconds: overrides.deadLetterWaitSeconds, bus: { settings: config, publishes: PUBLISHED } }));
    const tell = createCallbacks(log, fulfillments, rules);
    addLmsCallback(server.app, { keys: callbackKeys, nowMs, tell: (told, correlationId) => tell({ ...told, provider: 'lms', correlationId }) });
    addAuditLogRoutes(server.app, { log, cursors, invalidCursor: problems.invalid_cursor });
  }
  const onStopTaking = running.atOnce();
  if (has('api')) onStopTaking(addVerificationRoutes(server.app, { log: NAME, databaseUrl, keys: judgingKeys(config.sealKey, config.sealKeysBefore), nowMs, ports, logger }).close);
  onStopTaking(() => server.drain({ graceMs: DRAIN_MS, readinessDelayMs: readinessDelayOf(config) }));
  const { url } = await server.listen({ port: config.port, host: config.host });
  return { url, app: server.app, log, stop: running.stop };
}

function surround(config: Config, overrides: Overrides, running: Running): Surroundings {
  const { logger = createLogger({ name: NAME, level: config.logLevel, fields: LINE_FIELDS }), auth: _auth, publisher: _publisher, signal: _signal, ...given } = overrides;
  const ports = systemPorts({ uuid: () => uuid7(nowMs()), ...given });
  const nowMs = (): number => ports.clock.now().getTime();
  return { config, overrides, running, logger, ports, nowMs };
}

/** Seals the log, and removes what is past its retention. Heads stand in the log file whatever its level is. */
async function keepLog({ config, running, logger, nowMs, ports: { clock, sleep, uuid } }: Surroundings, pool: Pool, more: readonly Job[]): Promise<void> {
  const jobs = keepingJobs({
    pool, nowMs, logger: alwaysSaid(logger), log: NAME, monotonicMs: () => clock.monotonicMs(), sleep,
    key: config.sealKey === undefined ? undefined : sealKey(config.sealKey),
    archive: config.archiveDir === undefined ? undefined : folderArchive(config.archiveDir, NAME),
    heldBy: ['publish_refusals'],
  });
  const started = await startJobs({ jobs: [...jobs, ...more], db: pool, holder: uuid(), sleep, logger });
  running.onStop(() => started.stop());
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

/** The clients in memory: first the file, if there is one, then the table, and what changes there. */
async function openClients(
  { config, ports: { sleep }, logger, running, nowMs }: Surroundings, log: EventLog, secretBox: SecretBox, providerNames: readonly string[],
): Promise<{ readonly store: ClientStore; readonly clients: Directory }> {
  let isStarting = true;
  const store = createClientStore(log, secretBox, (error) => {
    // At the start the configuration is wrong; later a key of one client must not keep the changes of all others from being read.
    if (isStarting) throw error;
    logger.error({ err: error }, 'a key of a client does not count');
  });
  if (config.clientsFile !== undefined) {
    const added = await store.addFirst(await readClientsFile(config.clientsFile, { providerNames, nowMs: nowMs() }));
    if (typeof added === 'string') throw new Error(`The clients in ${config.clientsFile} cannot be added to those of the database (${added}): two would have the same subject.`);
    if (added.length > 0) logger.info({ count: added.length }, 'first clients were added');
  }
  const clients = await openDirectory(store, (clientId, error) => logger.error({ err: error, clientId }, 'the event filter of a client cannot be used: all of its events are published'));
  const looks = repeat({ everyMs: LOOK_EVERY_MS, act: clients.refresh, sleep, onFailure: (error) => logger.warn({ err: error }, 'the clients could not be read; those of the last reading count') });
  running.onStop(looks.stop);
  isStarting = false;
  return { store, clients };
}

interface Served {
  readonly pool: Pool;
  readonly directory: Directory;
  /** May grow until it listens. */
  readonly ready: Readonly<Record<string, () => Promise<unknown>>>;
  readonly tracing: Tracing | undefined;
  readonly figures: Figures;
}

/** Every role has its health checks and its figures. */
async function openServer({ config, overrides, ports, logger, running, nowMs }: Surroundings, { pool, directory, ready, tracing, figures }: Served): Promise<HttpServer> {
  const { issuerUrl: issuer, publicUrl: audience, defaultRateLimit } = config;
  const nonces = createNonces(pool);
  const forgetting = repeat({ everyMs: FORGET_NONCES_EVERY_MS, act: () => nonces.forget(), sleep: ports.sleep, onFailure: (error) => logger.warn({ err: error }, 'old nonces could not be forgotten') });
  running.onStop(forgetting.stop);
  const tokens = overrides.auth ?? createTokenVerifier({
    issuer, audience, clock: ports.clock,
    onKeyFailure: (error) => logger.warn({ err: error }, 'the keys of the issuer cannot be had'),
  });
  const auth = createAuthenticator({
    tokens, directory, nonces, publicUrl: audience, nowMs,
    limit: createRateLimiter({ take: createAllowances(pool), monotonicMs: () => ports.clock.monotonicMs() }),
    defaultRateLimit: defaultRateLimit === undefined ? undefined : rateLimit(defaultRateLimit),
  });
  const server = await createHttpServer({
    name: 'Order Fulfillment', version: VERSION, logger, auth, issuer, publicUrl: audience, ports, ready, problems: PROBLEM_CATALOGUES, tracing, requestFigures: figures.requests,
  });
  addMetricsRoute(server.app, { logger, sources: figures.sources });
  return server;
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
