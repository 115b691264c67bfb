/**
 * Every variable of Commerce Coordinator: its own, and those that its extensions declare. The AWS SDK reads its own variables beside these: AWS_REGION, AWS_ENDPOINT_URL and
 * the credentials.
 */
import { choice, choices, declareConfig, duration, integer, text, url } from '@commerce/service-kit/config';
import type { ConfigDeclaration, ConfigOf, Variables } from '@commerce/service-kit/config';
import { fieldsOf } from '@commerce/signals/extension';
import type { ExtensionDefinition, FieldsOf } from '@commerce/signals/extension';
import { EXTENSIONS } from '../extensions.config.ts';

export const ROLES = ['api', 'consumer', 'readers'] as const;
export type Role = (typeof ROLES)[number];

const OWN = {
  environment: choice('NODE_ENV', ['development', 'test', 'production'], {
    meaning: 'In production no secret may keep a default of development, and the database must be durable.',
    default: 'development',
  }),
  logLevel: choice('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    meaning: 'Least important lines that are logged.',
    default: 'info',
  }),
  roles: choices('ROLES', ROLES, {
    meaning: 'What this process does: api takes orders, consumer takes events from the queue, readers handle and publish events.',
    default: ROLES,
  }),
  host: text('CC_HOST', { meaning: 'Address of this machine on which the API listens.', default: '127.0.0.1' }),
  port: integer('CC_PORT', { meaning: 'Port of the API and of the health checks; 0 takes a free one.', default: 3000, maximum: 65_535 }),
  publicUrl: url('CC_URL', {
    meaning: 'Address under which clients know this service: the audience of their tokens.',
    default: 'http://127.0.0.1:3000',
  }),
  databaseUrl: url('DATABASE_URL', { meaning: 'PostgreSQL database of this service.', protocols: ['postgres', 'postgresql'], secret: true }),
  databaseDirectUrl: url('DATABASE_DIRECT_URL', {
    meaning: 'The same database without a pooler in front, for wake-ups; DATABASE_URL when left out.',
    protocols: ['postgres', 'postgresql'],
    secret: true,
    optional: true,
  }),
  databaseConnections: integer('DATABASE_CONNECTIONS', { meaning: 'Connections to the database at most.', default: 12, minimum: 4, maximum: 200 }),
  issuerUrl: url('ISSUER_URL', {
    meaning: 'OpenID issuer of all tokens, exactly as it names itself in them.',
    default: 'http://127.0.0.1:3002',
    mayEndInSlash: true,
  }),
  fulfillmentUrl: url('OF_URL', { meaning: 'Order Fulfillment: the address of its API, and the audience of tokens for it.', default: 'http://127.0.0.1:3001' }),
  clientId: text('OF_CLIENT_ID', { meaning: 'Name of this service at the issuer and at Order Fulfillment.', default: 'commerce-coordinator' }),
  clientSecret: text('OF_CLIENT_SECRET', { meaning: 'Secret of this service at the issuer.', secret: true }),
  eventBusName: text('EVENT_BUS_NAME', { meaning: 'EventBridge bus, name or ARN, on which this service publishes its own events.' }),
  fulfillmentQueueUrl: url('FULFILLMENT_QUEUE_URL', { meaning: 'SQS queue that receives the events of Order Fulfillment.' }),
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
