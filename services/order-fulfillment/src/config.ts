/**
 * Every variable of Order Fulfillment. Addresses have no slash at their end. The AWS SDK reads its own variables beside these:
 * AWS_REGION, AWS_ENDPOINT_URL and the credentials.
 */
import { BUS_QUEUE_VARIABLES } from '@commerce/dead-letters/bus-queue-settings';
import { choice, choices, declareConfig, duration, integer, text, url } from '@commerce/service-kit/config';
import type { ConfigOf } from '@commerce/service-kit/config';
import { KAFKA_VARIABLES, ON_EVENTBRIDGE, SERVICE_VARIABLES, unencrypted } from '@commerce/service-kit/service-variables';

export const ROLES = ['api', 'readers'] as const;
export type Role = (typeof ROLES)[number];

export const CONFIG = declareConfig('Order Fulfillment', {
  environment: SERVICE_VARIABLES.environment,
  logLevel: SERVICE_VARIABLES.logLevel,
  roles: choices('ROLES', ROLES, {
    meaning: 'What this process does: api takes requests, readers carry them out and publish events.',
    default: ROLES,
  }),
  host: text('OF_HOST', { meaning: 'Address of this machine on which the API listens.', default: '127.0.0.1' }),
  port: integer('OF_PORT', { meaning: 'Port of the API and of the health checks; 0 takes a free one.', default: 3001, maximum: 65_535 }),
  publicUrl: url('OF_URL', {
    meaning: 'Address under which clients know this service: the audience of their tokens, and where the LMS calls back.',
    default: 'http://127.0.0.1:3001',
  }),
  issuerUrl: url('ISSUER_URL', { meaning: 'OpenID issuer of all tokens.', default: 'http://127.0.0.1:3002', productionCheck: unencrypted }),
  clientsFile: text('CLIENTS_FILE', {
    meaning: 'JSON file of first clients: each that the database does not have and that nobody has removed is added at the start. Later the API of clients rules.',
    optional: true,
  }),
  clientSecretsKey: text('CLIENT_SECRETS_KEY', {
    meaning: 'Encrypts the secrets of clients in the database: base64 of 32 bytes. Several with commas between them, newest first: the first encrypts, the others still open. The same on every instance, and kept: without it those secrets are lost.',
    secret: true,
    minimumLength: 43,
  }),
  defaultRateLimit: integer('DEFAULT_RATE_LIMIT', {
    meaning: 'Requests per second of a client whose record says nothing about them, over all instances; no limit when left out.',
    minimum: 1,
    optional: true,
  }),
  readinessDelayMs: SERVICE_VARIABLES.readinessDelayMs,
  databaseUrl: SERVICE_VARIABLES.databaseUrl,
  databaseDirectUrl: SERVICE_VARIABLES.databaseDirectUrl,
  databaseConnections: SERVICE_VARIABLES.databaseConnections,
  intakeMaxWaiting: integer('INTAKE_MAX_WAITING', {
    meaning: 'Requests that may wait to be written; further ones are answered with 429.',
    default: 4_096,
    minimum: 1,
  }),
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
  tracesUrl: SERVICE_VARIABLES.tracesUrl,
  sealKey: SERVICE_VARIABLES.sealKey,
  sealKeysBefore: SERVICE_VARIABLES.sealKeysBefore,
  archiveDir: SERVICE_VARIABLES.archiveDir,
  lmsUrl: url('LMS_URL', { meaning: 'Address of the LMS.', default: 'http://127.0.0.1:3003', productionCheck: unencrypted }),
  lmsApiKey: text('LMS_API_KEY', { meaning: 'Bearer key for the LMS.', secret: true, minimumLength: 16 }),
  lmsCallbackSecret: text('LMS_CALLBACK_SECRET', { meaning: 'Signs the callbacks of the LMS: whsec_ and base64.', secret: true, minimumLength: 30 }),
  lmsCallbackSecretBefore: text('LMS_CALLBACK_SECRET_BEFORE', {
    meaning: 'The secret that held before, accepted beside the present one while it is being changed.',
    secret: true,
    minimumLength: 30,
    optional: true,
  }),
  lmsTimeoutMs: duration('LMS_TIMEOUT_MS', { meaning: 'Limit of one call to the LMS.', default: 3_000, minimum: 100, maximum: 9_000 }),
  lmsConnections: integer('LMS_CONNECTIONS', { meaning: 'Calls to the LMS at once.', default: 32, minimum: 1, maximum: 1_000 }),
  lmsFirstCheckMs: duration('LMS_FIRST_CHECK_MS', {
    meaning: 'Time after which the LMS is asked for an enrolment of which it has not told; doubles with each question.',
    default: 1_000,
    minimum: 50,
  }),
  lmsMaxCheckMs: duration('LMS_MAX_CHECK_MS', { meaning: 'Longest time between two questions to the LMS.', default: 300_000, minimum: 50 }),
  warehousePackingMs: duration('WAREHOUSE_PACKING_MS', { meaning: 'From a pick request to its parcel.', default: 150, minimum: 0 }),
  warehouseCarrier: text('WAREHOUSE_CARRIER', { meaning: 'Carrier of the parcels.', default: 'Northwind Post' }),
});

export type Config = ConfigOf<typeof CONFIG>;
