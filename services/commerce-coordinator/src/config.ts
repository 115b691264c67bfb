/**
 * Every variable of Commerce Coordinator: its own, and those that its extensions declare. The AWS SDK reads its own variables beside these: AWS_REGION, AWS_ENDPOINT_URL and
 * the credentials.
 */
import { BUS_QUEUE_VARIABLES } from '@commerce/dead-letters/bus-queue-settings';
import { choice, declareConfig, duration, integer, text, url } from '@commerce/service-kit/config';
import type { ConfigDeclaration, ConfigOf, Variables } from '@commerce/service-kit/config';
import { KAFKA_VARIABLES, ON_EVENTBRIDGE, SERVICE_VARIABLES, unencrypted } from '@commerce/service-kit/service-variables';
import { fieldsOf } from '@commerce/signals/extension';
import type { ExtensionDefinition, FieldsOf } from '@commerce/signals/extension';
import { EXTENSIONS } from '../extensions.config.ts';
import { ADDRESS_VARIABLES } from './address-variables.ts';
import { DASHBOARD_VARIABLES } from './dashboard/configuration.ts';
import { DEVELOPMENT_VARIABLES } from './development/configuration.ts';
import { INGEST_VARIABLES } from './ingest/configuration.ts';
import { UPDATES_VARIABLES } from './updates/configuration.ts';

const OWN = {
  environment: SERVICE_VARIABLES.environment,
  logLevel: SERVICE_VARIABLES.logLevel,
  ...ADDRESS_VARIABLES,
  readinessDelayMs: SERVICE_VARIABLES.readinessDelayMs,
  databaseUrl: SERVICE_VARIABLES.databaseUrl,
  databaseDirectUrl: SERVICE_VARIABLES.databaseDirectUrl,
  databaseConnections: SERVICE_VARIABLES.databaseConnections,
  fulfillmentUrl: url('OF_URL', { meaning: 'Order Fulfillment: the address of its API, and the audience of tokens for it.', default: 'http://127.0.0.1:3001', productionCheck: unencrypted }),
  clientId: text('OF_CLIENT_ID', { meaning: 'Name of this service at the issuer and at Order Fulfillment.', default: 'commerce-coordinator' }),
  clientSecret: text('OF_CLIENT_SECRET', { meaning: 'Secret of this service at the issuer.', secret: true }),
  bus: SERVICE_VARIABLES.bus,
  ...KAFKA_VARIABLES,
  eventBusName: text('EVENT_BUS_NAME', {
    meaning: 'EventBridge bus, name or ARN, on which this service publishes its own events.',
    optional: true,
    neededWith: ON_EVENTBRIDGE,
  }),
  eventWireFormat: choice('EVENT_WIRE_FORMAT', ['envelope', 'cloudevents'], {
    meaning: 'What a published event is on the bus: our envelope, or a CloudEvent of version 1.0. Our own services take both.',
    default: 'envelope',
  }),
  ...BUS_QUEUE_VARIABLES,
  fulfillmentQueueUrl: url('FULFILLMENT_QUEUE_URL', { meaning: 'SQS queue that receives the events of Order Fulfillment.', optional: true, neededWith: ON_EVENTBRIDGE }),
  fulfillmentQueueWaitSeconds: integer('FULFILLMENT_QUEUE_WAIT_SECONDS', {
    meaning: 'How long one question to FULFILLMENT_QUEUE_URL waits for events. A question that is open is waited for on the way down, and each is paid for.', default: 3, minimum: 1, maximum: 5,
  }),
  fulfillmentUndeliveredQueueUrl: url('FULFILLMENT_UNDELIVERED_QUEUE_URL', {
    meaning: 'SQS queue of the events that EventBridge could not bring to FULFILLMENT_QUEUE_URL; the same with "-undelivered" behind it when left out.',
    optional: true,
  }),
  fulfillmentArchive: text('FULFILLMENT_ARCHIVE', {
    meaning: 'Archive on the bus of Order Fulfillment from which events that were lost are replayed.',
    default: 'order-fulfillment-fulfillment-events',
  }),
  replayRoleArn: text('REPLAY_ROLE_ARN', {
    meaning: 'Role of the owner of that archive under which it is replayed; the rights of this process count when left out.',
    optional: true,
  }),
  fulfillmentTimeoutMs: duration('FULFILLMENT_TIMEOUT_MS', {
    meaning: 'Time for one call to Order Fulfillment, token and connection included.',
    default: 5_000,
    minimum: 100,
    maximum: 9_000,
  }),
  eventHistorySize: integer('EVENT_HISTORY_SIZE', { meaning: 'Last events that the live bus of a process remembers.', default: 1_000, minimum: 10, maximum: 100_000 }),
  eventEmissionTimeoutMs: integer('EVENT_EMISSION_TIMEOUT', {
    meaning: 'How long an event of the live bus waits for those who watch, in ms; also what each of them has for one event.',
    default: 5_000,
    minimum: 1,
    maximum: 600_000,
  }),
  redisUrl: url('REDIS_URL', {
    meaning: 'Redis over which the live buses of several processes tell each other of jobs and emitted events; without it they do so over the database.',
    protocols: ['redis', 'rediss'],
    secret: true,
    optional: true,
  }),
  redisEventChannel: text('REDIS_EVENT_CHANNEL', {
    meaning: 'Name of the Redis stream for that; each deployment of this service has its own.',
    default: 'system-events',
  }),
  ...INGEST_VARIABLES,
  ...UPDATES_VARIABLES,
  ...DEVELOPMENT_VARIABLES,
  ...DASHBOARD_VARIABLES,
  tracesUrl: SERVICE_VARIABLES.tracesUrl,
  sealKey: SERVICE_VARIABLES.sealKey,
  sealKeysBefore: SERVICE_VARIABLES.sealKeysBefore,
  personalDataKey: text('PERSONAL_DATA_KEY', {
    meaning: 'Seals the keys of customers, under which personal data stand in the log: base64 of 32 bytes. Several with commas between them, newest first: the first seals, the others still open. Without it the log is in clear and no customer can be erased.',
    secret: true,
    minimumLength: 43,
    optional: true,
  }),
  archiveDir: SERVICE_VARIABLES.archiveDir,
  build: text('BUILD', {
    meaning: 'Orders the builds of this service, for example 2026-11-21T18: a build that is older than the one that registered its map last does not start with another map. Without it whoever starts last is the newest.',
    optional: true,
  }),
};

/** The variables of the service with these extensions. Those of an extension that is not loaded are not read. */
export function configWith<const All extends readonly ExtensionDefinition[]>(extensions: All): ConfigDeclaration<typeof OWN & FieldsOf<All> & Variables> {
  return declareConfig('Commerce Coordinator', { ...OWN, ...(fieldsOf(extensions) as FieldsOf<All> & Variables) });
}

export const CONFIG = configWith(EXTENSIONS);

export type Config = ConfigOf<typeof CONFIG>;
