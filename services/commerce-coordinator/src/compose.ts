/**
 * The one place where the parts meet: resources → extensions → check the map → start, and the same way back.
 *
 * Promise: nothing is accepted before the map is checked and registered; the way down first stops taking, then finishes what
 * is in hand. What fails on the way up takes down what was up already.
 */
import { randomBytes } from 'node:crypto';
import { addAuditLogRoutes } from '@commerce/audit/audit-log';
import { addVerificationRoutes } from '@commerce/audit/verification';
import { createArchiveReplays } from '@commerce/bus/archive-replays';
import { createBusRules } from '@commerce/bus/bus-rules';
import type { BusRules } from '@commerce/bus/bus-rules';
import { REFUSALS_RETENTION } from '@commerce/bus/schema';
import { startServiceConsumer } from '@commerce/bus/service-consumer';
import { openServicePublisher } from '@commerce/bus/service-publisher';
import type { Published } from '@commerce/bus/service-publisher';
import type { SampleEvent } from '@commerce/bus/subscription-check';
import { keepingJobs } from '@commerce/event-log/keeping';
import type { KeepingJob } from '@commerce/event-log/keeping';
import { EventLog } from '@commerce/event-log/log';
import { observers } from '@commerce/event-log/observer';
import { followErasures } from '@commerce/event-log/erasure-notices';
import type { PersonalData } from '@commerce/event-log/personal';
import { openPersonalData } from '@commerce/event-log/personal-keys';
import { masterKeys } from '@commerce/event-log/personal-master';
import { startReaders } from '@commerce/event-log/readers';
import { suppressedBy } from '@commerce/event-log/replay-mark';
import { folderArchive } from '@commerce/event-log/retention-archive';
import { judgingKeys, sealKey } from '@commerce/event-log/seal-head';
import type { StreamReader } from '@commerce/event-log/stream';
import { tracedIntake, tracedStream, tracingObserver } from '@commerce/event-log/trace';
import { uuid7 } from '@commerce/events/uuid7';
import type { Tokens } from '@commerce/fulfillment-client';
import { createTokenVerifier } from '@commerce/service-kit/auth';
import type { Authenticator, TokenVerifier } from '@commerce/service-kit/auth';
import { createCursors } from '@commerce/service-kit/cursors';
import { createHttpServer } from '@commerce/service-kit/http-server';
import type { HttpApp, HttpServer } from '@commerce/service-kit/http-server';
import { alwaysSaid, createLogger } from '@commerce/service-kit/logging';
import type { Logger } from '@commerce/service-kit/logging';
import { systemClock, systemPorts } from '@commerce/service-kit/ports';
import type { Ports } from '@commerce/service-kit/ports';
import { startOrTakeDown } from '@commerce/service-kit/running';
import type { Running } from '@commerce/service-kit/running';
import { openServiceDatabase } from '@commerce/service-kit/service-database';
import { readinessDelayOf } from '@commerce/service-kit/service-variables';
import { openTracing } from '@commerce/service-kit/tracing';
import type { Tracing } from '@commerce/service-kit/tracing';
import type { Migration, ProvidedBy, ResourcesOf } from '@commerce/signals/extension';
import { FollowedLog } from '@commerce/signals/follow-log';
import { admitSent, handlersByType, jobsOf, openExtensions, provideResources, registerSignals } from '@commerce/signals/host';
import { startJobs } from '@commerce/signals/jobs';
import { createLiveBus } from '@commerce/signals/live-bus';
import type { Live, LiveBus } from '@commerce/signals/live-bus';
import { notificationChannel } from '@commerce/signals/live-notifications';
import { streamChannel } from '@commerce/signals/live-redis';
import type { Pool } from 'pg';
import { EXTENSIONS } from '../extensions.config.ts';
import { MAP } from '../signals.config.ts';
import { PROBLEM_CATALOGUES } from './all-problems.ts';
import { addArchiveReplayRoutes } from './archive-replays/archive-replays.http.ts';
import { catalogueOf, checkLoaded, SERVICE_MIGRATIONS } from './catalogue.ts';
import type { Loaded } from './catalogue.ts';
import type { Role } from './address-variables.ts';
import type { Config } from './config.ts';
import { openDashboard } from './dashboard/open.ts';
import { openDeadLetters } from './dead-letters/open.ts';
import { openDevelopment } from './development/open.ts';
import { deadTopicQueues, openDeadTopics } from './dead-letters/topics.ts';
import { addEventHistoryRoutes } from './event-history/history.http.ts';
import { addEventCatalogueRoutes } from './event-catalogue/event-catalogue.http.ts';
import { addExtensionRoutes } from './extension-routes.http.ts';
import { openFlow } from './flow/open.ts';
import { openIngest } from './ingest/open.ts';
import { LOGGED_FIGURES, openMonitoring } from './monitoring/open.ts';
import type { Monitoring } from './monitoring/open.ts';
import { addOrderLinks } from './monitoring/order-links.http.ts';
import type { StreamLimits } from './monitoring/stream.http.ts';
import type { Offered } from './offered.ts';
import { problems } from './problems.ts';
import { openReplays } from './replays/open.ts';
import type { Publisher } from './replays/open.ts';
import { addCallsRoute } from './calls/calls.http.ts';
import { openCalls } from './calls/open.ts';
import { actRecorder } from './operator-acts.ts';
import { consumeUpdates } from './updates/consume.ts';
import { updateFigures } from './updates/figures.ts';
import { openUpdates } from './updates/open.ts';

const LOADED: Loaded = { extensions: EXTENSIONS, map: MAP };
/** All migrations, in the order in which they are applied. */
export const MIGRATIONS = migrationsOf(LOADED);

/** Of the extensions that are loaded, behind those of the service. */
export function migrationsOf({ extensions }: Loaded = LOADED): Migration[] {
  return [...SERVICE_MIGRATIONS, ...extensions.flatMap(({ migrations = [] }) => migrations)];
}

/** Types that stay in this service's log. */
function internalTypes({ extensions }: Loaded): ReadonlySet<string> {
  return new Set(extensions.flatMap(({ signals }) => signals.filter(({ internal }) => internal).map(({ entry }) => entry.type)));
}

/** What this service publishes, and as whom. */
function published({ extensions }: Loaded): Published[] {
  return extensions.flatMap(({ source, signals }) => signals.filter(({ internal }) => !internal).map(({ entry: { type, topic, inside } }) => ({ source, type, topic, inside })));
}

/** One of each kind of event that must come through the queue, as Order Fulfillment makes it for this client. */
function foreignSamples({ map }: Loaded, { catalogue }: EventLog, { clientId }: Config): SampleEvent[] {
  return map.foreign.map(({ source, type }) => {
    const { example } = catalogue.entry(type);
    return { source, type, detail: { source, eventType: type, data: { ...(example as object), clientId } } };
  });
}

/** On Kafka: where that is. */
function foreignTopics({ map }: Loaded, { catalogue }: EventLog): string[] {
  return [...new Set(map.foreign.map(({ type }) => catalogue.entry(type).topic))];
}

const NAME = 'commerce-coordinator';
/** Of the CDK app in infra: it makes the rule, the queue and the dead-letter queues. */
const QUEUE_STACK = 'CommerceCoordinatorStack';
const VERSION = '0.1.0';
/** Figures of the readers, and the names of replays, that may stand in the log beside the common fields. */
const LOGGED = ['afterMs', 'dead', 'faults', 'replay', ...LOGGED_FIGURES];
/** Of the 25 s that a process has to end, what takes has 10 s, together; its consumer needs 3 s of them to give back what is left. */
const DRAIN_MS = 10_000;
const CONSUMER_STOP_MS = 7_000;

/** The second door: what a test puts in the place of the real thing. */
export interface Overrides extends Partial<Ports> {
  /** In the place of `extensions.config.ts` and `signals.config.ts`. */
  readonly loaded?: Loaded;
  readonly auth?: TokenVerifier;
  /** In the place of the tokens that the issuer gives the ingest. */
  readonly ingestTokens?: Tokens;
  /** In the place of the publisher to the bus. */
  readonly publisher?: Publisher;
  /** For how long one ask for dead letters waits at SQS; see `DeadQueuesOptions`. */
  readonly deadLetterWaitSeconds?: number;
  /** Of the streams of events. */
  readonly streamLimits?: Partial<StreamLimits>;
  /** Aborted when the start is no longer wanted. */
  readonly signal?: AbortSignal;
}

export interface Coordinator {
  /** Where it listens. */
  readonly url: string;
  /** Where it takes updates over gRPC, as host and port; undefined where it does not. */
  readonly grpcAddress: string | undefined;
  readonly log: EventLog;
  /** Every route, with what it asks for. */
  readonly routes: HttpServer['routes'];
  /** What happens in this process, for whoever started it to watch. No extension gets it. */
  readonly live: Live;
  /** Goes down in order. */
  stop(): Promise<void>;
}

/** Starts the roles of the configuration. Throws when anything of it cannot start; `MapRefused` before anything is touched. */
export async function compose(config: Config, overrides: Overrides = {}): Promise<Coordinator> {
  checkLoaded(overrides.loaded ?? LOADED);
  return startOrTakeDown((running) => start(config, overrides, running));
}

async function start(config: Config, overrides: Overrides, running: Running): Promise<Coordinator> {
  const { signal = new AbortController().signal, loaded = LOADED, ...given } = overrides;
  const logger = createLogger({ name: NAME, level: config.logLevel, fields: LOGGED });
  const clock = given.clock ?? systemClock;
  const nowMs = (): number => clock.now().getTime();
  const ports = systemPorts({ uuid: () => uuid7(nowMs()), ...given });
  const has = (role: Role): boolean => config.roles.includes(role);

  const tracing = config.tracesUrl === undefined ? undefined : await openTracing({ name: NAME, version: VERSION, endpoint: config.tracesUrl, nowMs, logger });
  running.onStop(() => tracing?.stop());
  const pool = await openServiceDatabase({ config, applicationName: NAME, migrations: migrationsOf(loaded), ports, logger, running, signal });
  signal.throwIfAborted();
  const catalogue = catalogueOf(loaded);
  const personal = await openPersonalData({
    pool, catalogue, nowMs, randomBytes, keys: config.personalDataKey === undefined ? undefined : masterKeys(config.personalDataKey),
    onChanged: ({ eventId, type }) => logger.error({ eventId, eventType: type }, 'personal data of an event were changed in the database'),
  });
  const log = await EventLog.open({ pool, catalogue, nowMs, uuid: ports.uuid, admits: admitSent, personal });
  running.onStop(() => log.close());
  const workerId = ports.uuid();
  const checks: Record<string, () => Promise<unknown>> = { database: () => pool.query('SELECT 1') };
  const afterTaking = running.atOnce();
  const onStopTaking = running.atOnce();
  const live = openLiveBus(config, { log, ports, logger, running, workerId });
  if (personal !== undefined) await forgetErased({ personal, live, config, ports, running });
  const followed = new FollowedLog({ log, databaseUrl: directUrl(config), sleep: ports.sleep, logger, watcher: has('readers') ? undefined : live });
  running.onStop(() => followed.close());
  const cursors = createCursors(await cursorKey(pool));
  const heardBy = handlersByType(loaded.map);
  const deadRecords = await openDeadTopics({ config, pool, eventTopics: foreignTopics(loaded, log), running });
  const monitoring = openMonitoring({
    deadRecords,
    log, pool, live, heardBy, cursors, logger, ports, nowMs, workerId, followed, roles: config.roles, hasWebhooks: loaded.extensions.some(({ name }) => name === 'webhooks'), streamLimits: given.streamLimits,
  });
  const calls = has('readers') ? openCalls({ pool, nowMs, sleep: ports.sleep, logger }) : undefined;
  running.onStop(() => calls?.stop());
  const beginnings: (() => Promise<unknown>)[] = [];
  const resources = await openResources(loaded, {
    config, log, pool, logger, ports, nowMs, onStopTaking, clientId: config.clientId, isApi: has('api'), runsReaders: has('readers'), heardBy, cursors, calls: calls?.notes,
    onBegin: (begin) => void beginnings.push(begin), onStop: (end) => running.onStop(end), recordSpan: tracing?.record,
  });
  const opened = await openExtensions(loaded.extensions, loaded.map, resources);
  const auth = given.auth ?? openVerifier(config, ports.clock, logger);
  const dashboard = openDashboard({ config, pool, tokens: auth, logger, ports, nowMs });
  const server = await openServer(config, { auth: dashboard.auth, ports, logger, checks, tracing, monitoring });
  if (tracing !== undefined) addOrderLinks(server.app, pool);
  const replays = openReplays(server.app, { ...resources, extensions: loaded.extensions, everywhere: loaded.map.everywhere });
  const eventBridge = eventBridgeOf(config);
  let url = '';
  if (has('ingest')) {
    const ingest = await openIngest({ app: server.app, config, pool, ports, logger, tokens: given.ingestTokens, ownUrl: has('api') ? () => url : undefined });
    afterTaking(() => ingest.close());
    monitoring.addFigures(ingest.figures);
    // Its routes are there before those of the extensions.
    await server.app.after();
  }
  const updates = has('api') ? openUpdates({ app: server.app, config, updates: resources.payments.updates, auth: dashboard.tokens, ports, logger }) : undefined;
  if (has('api')) {
    onStopTaking(monitoring.addApiRoutes(server.app).close);
    addEventHistoryRoutes(server.app, { ...resources, config });
    addAuditLogRoutes(server.app, { log, cursors, invalidCursor: problems.invalid_cursor });
    addCallsRoute(server.app, resources);
    onStopTaking(addVerificationRoutes(server.app, { log: NAME, databaseUrl: directUrl(config), keys: judgingKeys(config.sealKey, config.sealKeysBefore), nowMs, ports, logger }).close);
    openDevelopment(server.app, config, actRecorder(log));
    await dashboard.addRoutes(server, resources);
    const busRules = eventBridge === undefined || given.publisher !== undefined ? undefined : openBusRules(eventBridge, nowMs, running);
    running.onStop(openFlow(server.app, {
      loaded, pool, looks: monitoring.looks, service: NAME, clientId: config.clientId, busRules, nowMs, monotonicMs: () => clock.monotonicMs(),
      eventBridge: eventBridge === undefined ? undefined : { ...eventBridge, undeliveredUrl: config.fulfillmentUndeliveredQueueUrl },
    }));
    await addEventCatalogueRoutes(server.app, {
      loaded, log, nowMs, publicUrl: config.publicUrl, service: NAME, clientId: config.clientId, ...(eventBridge ?? KAFKA_WAYS),
      busRules, pagesShowCounts: config.environment !== 'production',
    });
    if (eventBridge !== undefined) openArchiveReplays(server.app, config, { ...resources, ...eventBridge, running });
    running.onStop(openDeadLetters(server.app, {
      ...resources, waitSeconds: given.deadLetterWaitSeconds, bus: { settings: config, publishes: published(loaded) },
      topics: await deadTopicQueues({ config, log, eventTopics: foreignTopics(loaded, log), accepts: loaded.map.foreign, isOurs: isOf(config.clientId), updates: resources.payments.updates }),
      ...(eventBridge !== undefined && { subscription: { ...eventBridge, undeliveredUrl: config.fulfillmentUndeliveredQueueUrl, accepts: loaded.map.foreign } }),
    }));
    await addExtensionRoutes(server.app, opened, resources);
  }

  const publisher = given.publisher ?? await openServicePublisher({ ...ports, config, name: NAME, publishes: published(loaded), pool, personal, logger, running, checks: has('readers') ? checks : undefined });
  const internal = internalTypes(loaded);
  const isPublished = (event: Parameters<StreamReader['wants']>[0]): boolean => !internal.has(event.type) && publisher.wants(event);
  const stream: StreamReader = { ...publisher, wants: (event) => suppressedBy(event) === undefined && isPublished(event) };
  const streams = [tracing === undefined ? stream : tracedStream(stream, tracing.record, nowMs)];
  const map = await registerSignals({ log, opened, map: loaded.map, streams, ...(config.build !== undefined && { build: config.build }) });
  for (const begin of beginnings) await begin();

  if (has('readers')) {
    const readers = await startReaders({
      log, map, streams, logger, workerId, databaseUrl: directUrl(config), traces: tracing !== undefined,
      observer: observers([live.observer, monitoring.observer, ...(tracing === undefined ? [] : [tracingObserver(tracing.record)])]),
      sleep: ports.sleep, random: ports.random, monotonicMs: () => clock.monotonicMs(), faults: ports.faults,
    });
    running.onStop(() => readers.stop());
    checks['readers'] = async () => refuseUnless(readers.healthy());
    monitoring.watch(() => readers.healthy());
    const carrying = replays.carryOut({ map, readers, publisher, isPublished });
    running.onStop(() => carrying.stop());
    const jobs = await startJobs({ jobs: [...jobsOf(opened), ...monitoring.jobs, ...calls?.jobs ?? [], ...dashboard.jobs, ...keepLog(config, { pool, nowMs, ports, logger })], db: pool, holder: workerId, sleep: ports.sleep, logger });
    running.onStop(() => jobs.stop());
  } else {
    const following = live.followWhileHeard(followed);
    running.onStop(() => following.stop());
  }
  const taking = has('api') ? await consumeUpdates({ config, updates: resources.payments.updates, ports, logger, stopLimitMs: CONSUMER_STOP_MS }) : undefined;
  if (taking !== undefined) {
    onStopTaking(() => taking.stop());
    monitoring.addFigures(() => updateFigures(taking.stats()));
    checks['updates'] = async () => refuseUnless(taking.healthy());
  }
  if (has('consumer')) {
    const consumer = await startServiceConsumer({
      config, name: NAME, client: config.clientId, stack: QUEUE_STACK, samples: foreignSamples(loaded, log, config), accepts: loaded.map.foreign, isOurs: isOf(config.clientId),
      log: tracing === undefined ? log : tracedIntake(log, tracing.record, nowMs), pool, logger, faults: ports.faults, stopLimitMs: CONSUMER_STOP_MS,
      sleep: ports.sleep, random: ports.random, monotonicMs: () => clock.monotonicMs(),
    });
    onStopTaking(() => consumer.stop());
    checks['consumer'] = async () => refuseUnless(consumer.healthy());
  }
  monitoring.start();
  running.onStop(() => monitoring.stop());
  onStopTaking(() => server.drain({ graceMs: DRAIN_MS, readinessDelayMs: readinessDelayOf(config) }));
  ({ url } = await server.listen({ port: config.port, host: config.host }));
  const grpc = await updates?.listen();
  if (grpc !== undefined) onStopTaking(() => grpc.stop());
  return { url, grpcAddress: grpc?.address, log, live, routes: server.routes, stop: running.stop };
}

/** What the extensions' `open` takes: each takes what it needs of it. Of those that are not loaded nothing is opened. */
async function openResources({ extensions }: Loaded, offered: Offered<Config>): Promise<ResourcesOf<typeof EXTENSIONS>> {
  return (await provideResources(extensions, offered)) as Offered<Config> & ProvidedBy<typeof EXTENSIONS>;
}

/** Where events go and come from on EventBridge. */
interface EventBridge {
  readonly busName: string;
  readonly queueUrl: string;
}

/** What the pages of the event catalogue say where Kafka is the bus. */
const KAFKA_WAYS: EventBridge = { busName: 'Kafka', queueUrl: 'Kafka' };

/** Undefined where Kafka is the bus; otherwise the configuration has seen that both are there. */
function eventBridgeOf({ bus, eventBusName: busName, fulfillmentQueueUrl: queueUrl }: Config): EventBridge | undefined {
  return bus === 'kafka' || busName === undefined || queueUrl === undefined ? undefined : { busName, queueUrl };
}

/** What Order Fulfillment does for this client, where events of all clients come: on Kafka. A rule of EventBridge says the same. */
function isOf(clientId: string): (data: unknown) => boolean {
  return (data) => typeof data === 'object' && data !== null && 'clientId' in data && data.clientId === clientId;
}

/** Replays of Order Fulfillment's archive into the queue of this service. */
function openArchiveReplays(app: HttpApp, config: Config, { queueUrl, log, pool, cursors, nowMs, ports, running }: EventBridge & Pick<Offered, 'log' | 'pool' | 'cursors' | 'nowMs' | 'ports'> & { readonly running: Running }): void {
  const replays = createArchiveReplays({ queueUrl, archive: config.fulfillmentArchive, roleArn: config.replayRoleArn });
  running.onStop(replays.close);
  addArchiveReplayRoutes(app, { replays, pool, cursors, record: actRecorder(log), nowMs, random: ports.random });
}

/** Seals the log, and removes what is past its retention. Heads stand in the log file whatever its level is. */
function keepLog(config: Config, { pool, nowMs, ports, logger }: Pick<Offered, 'pool' | 'nowMs' | 'ports' | 'logger'>): KeepingJob[] {
  return keepingJobs({
    pool, nowMs, logger: alwaysSaid(logger), log: NAME, monotonicMs: () => ports.clock.monotonicMs(), sleep: ports.sleep,
    key: config.sealKey === undefined ? undefined : sealKey(config.sealKey),
    archive: config.archiveDir === undefined ? undefined : folderArchive(config.archiveDir, NAME),
    heldBy: ['publish_refusals'], derived: [REFUSALS_RETENTION],
  });
}

interface LiveOptions {
  readonly log: EventLog;
  readonly ports: Ports;
  readonly logger: Logger;
  readonly running: Running;
  readonly workerId: string;
}

/** Fed by the readers, or in a process without them by its own look at the log; and by what other processes tell. */
function openLiveBus(config: Config, { log, ports, logger, running, workerId }: LiveOptions): LiveBus {
  const live = createLiveBus({
    entries: log.catalogue.entries, source: NAME, workerId, logger, historySize: config.eventHistorySize, emissionTimeoutMs: config.eventEmissionTimeoutMs,
    nowMs: () => ports.clock.now().getTime(), monotonicMs: () => ports.clock.monotonicMs(), uuid: ports.uuid, sleep: ports.sleep,
  });
  running.onStop(() => live.bus.close());
  const { redisUrl, redisEventChannel: stream } = config;
  const relay = live.startRelay(redisUrl === undefined ? notificationChannel({ databaseUrl: directUrl(config), sleep: ports.sleep }) : streamChannel({ redisUrl, stream, sleep: ports.sleep }));
  running.onStop(() => relay.stop());
  return live;
}

/** What this process has in memory of a customer goes when he is erased, in whichever process. */
async function forgetErased({ personal, live, config, ports, running }: { readonly personal: PersonalData; readonly live: LiveBus; readonly config: Config } & Pick<LiveOptions, 'ports' | 'running'>): Promise<void> {
  const forget = (customerId?: string): void => {
    personal.forget(customerId);
    live.forget(customerId);
  };
  const following = await followErasures({ personal: { forget, masterIds: personal.masterIds }, databaseUrl: directUrl(config), sleep: ports.sleep });
  running.onStop(() => following.stop());
}

/** For what listens to the database. */
function directUrl({ databaseDirectUrl, databaseUrl }: Config): string {
  return databaseDirectUrl ?? databaseUrl;
}

/** Asked only when a person looks at a page. */
function openBusRules({ busName, queueUrl }: EventBridge, nowMs: () => number, running: Running): () => Promise<BusRules> {
  const busRules = createBusRules({ busName, queueUrl, nowMs });
  running.onStop(busRules.close);
  return busRules.look;
}

interface ServerOptions {
  readonly auth: Authenticator;
  readonly ports: Ports;
  readonly logger: Logger;
  /** May grow until it listens. */
  readonly checks: Readonly<Record<string, () => Promise<unknown>>>;
  readonly tracing: Tracing | undefined;
  readonly monitoring: Monitoring;
}

function openVerifier({ issuerUrl: issuer, publicUrl: audience }: Config, clock: Ports['clock'], logger: Logger): TokenVerifier {
  return createTokenVerifier({ issuer, audience, clock, onKeyFailure: (error) => logger.warn({ err: error }, 'the keys of the issuer cannot be had') });
}

/** Every role has its health checks; the routes of the extensions belong to the role api. */
async function openServer(config: Config, options: ServerOptions): Promise<HttpServer> {
  const { auth, ports, logger, checks, tracing, monitoring } = options;
  const { issuerUrl: issuer, publicUrl: audience } = config;
  const server = await createHttpServer({
    name: 'Commerce Coordinator', version: VERSION, publicUrl: audience, logger, auth, issuer, ports, ready: checks, problems: PROBLEM_CATALOGUES, tracing, requestFigures: monitoring.requestFigures,
  });
  monitoring.addRoutes(server.app);
  return server;
}

async function cursorKey(pool: Pool): Promise<Buffer> {
  const { rows } = await pool.query('SELECT key FROM cursor_key');
  return rows[0]?.key;
}

async function refuseUnless(healthy: boolean): Promise<void> {
  if (!healthy) throw new Error('not healthy');
}
