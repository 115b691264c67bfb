/** Variables that every service has, with one meaning. A service may have others beside them. */
import { choice, duration, flag, integer, text, url } from './config.ts';

/** For variables without which events do not come over EventBridge. */
export const ON_EVENTBRIDGE = { name: 'BUS', value: 'eventbridge' } as const;

const POSTGRES = ['postgres', 'postgresql'];

const THIS_MACHINE = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** What is wrong in production with an address to which secrets, tokens and personal data go, or from which keys are taken. */
export function unencrypted(address: string): string | undefined {
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || THIS_MACHINE.test(hostname) ? undefined : 'must begin with https: in production, but for an address of this machine';
}

export const SERVICE_VARIABLES = {
  environment: choice('NODE_ENV', ['development', 'test', 'production'], {
    meaning: 'In production no secret may keep a default of development, and the database must be durable.',
    default: 'development',
  }),
  logLevel: choice('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    meaning: 'Least important lines that are logged.',
    default: 'info',
  }),
  readinessDelayMs: duration('READINESS_DELAY_MS', {
    meaning: 'How long a load balancer needs to see that a process which ends is no longer ready: until then it takes new requests. 5 s in production and nothing elsewhere when left out.',
    maximum: 8_000,
    optional: true,
  }),
  databaseUrl: url('DATABASE_URL', { meaning: 'PostgreSQL database of this service.', protocols: POSTGRES, secret: true }),
  databaseDirectUrl: url('DATABASE_DIRECT_URL', {
    meaning: 'The same database without a pooler in front, for wake-ups; DATABASE_URL when left out.',
    protocols: POSTGRES,
    secret: true,
    optional: true,
  }),
  databaseConnections: integer('DATABASE_CONNECTIONS', { meaning: 'Connections to the database at most.', default: 12, minimum: 4, maximum: 200 }),
  bus: choice('BUS', ['eventbridge', 'kafka'], {
    meaning: 'What carries the events of the services: EventBridge with SQS behind it, or Kafka. Both services have the same.',
    default: 'eventbridge',
  }),
  sealKey: text('SEAL_KEY', {
    meaning: 'Signs the heads of the sealed log (Ed25519): base64 of 32 bytes. Made by "node packages/event-log/src/main.ts key --new". Without it the log is sealed and no head is signed.',
    secret: true,
    minimumLength: 43,
    optional: true,
  }),
  sealKeysBefore: text('SEAL_KEYS_BEFORE', {
    meaning: 'Public keys that signed heads of the log before SEAL_KEY, with commas between them: /api/audit/verification judges by them. Made by "node packages/event-log/src/main.ts key".',
    optional: true,
  }),
  tracesUrl: url('OTEL_EXPORTER_OTLP_ENDPOINT', {
    meaning: 'Collector of OpenTelemetry that is sent traces (OTLP over HTTP, JSON) under /v1/traces; without it nothing is traced. OTEL_EXPORTER_OTLP_HEADERS and its like are read as its documentation says.',
    optional: true,
  }),
  archiveDir: text('ARCHIVE_DIR', {
    meaning: 'Folder into which events past their retention are written before they are removed; without it they are removed only.',
    optional: true,
  }),
};

/** Where Kafka is, and how it is spoken to; only where Kafka is chosen. */
export const KAFKA_VARIABLES = {
  kafkaBrokers: text('KAFKA_BROKERS', {
    meaning: 'Some of the brokers of Kafka, host:port with commas between them; only where Kafka is chosen.',
    default: '127.0.0.1:9092',
  }),
  kafkaTopicPrefix: text('KAFKA_TOPIC_PREFIX', {
    meaning: 'Stands before the name of each topic and group of events, where several deployments share the brokers. The same in both services.',
    optional: true,
  }),
  kafkaTls: flag('KAFKA_TLS', { meaning: 'Connections to Kafka are encrypted, and its brokers show certificates of their names.', default: false }),
  kafkaCaFile: text('KAFKA_CA_FILE', {
    meaning: 'PEM file of the authorities that sign the certificates of the brokers, with KAFKA_TLS=true; without it those that Node knows.',
    optional: true,
  }),
  kafkaCertFile: text('KAFKA_CERT_FILE', { meaning: 'PEM file of the certificate that this service shows to the brokers, with those that lead to its authority; with KAFKA_TLS=true and KAFKA_KEY_FILE.', optional: true }),
  kafkaKeyFile: text('KAFKA_KEY_FILE', { meaning: 'PEM file of the key of that certificate.', optional: true }),
  kafkaSaslMechanism: choice('KAFKA_SASL_MECHANISM', ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'], {
    meaning: 'How this service signs in at Kafka; without it, it does not.',
    optional: true,
  }),
  kafkaUsername: text('KAFKA_USERNAME', { meaning: 'Name of this service at Kafka, with KAFKA_SASL_MECHANISM.', optional: true }),
  kafkaPassword: text('KAFKA_PASSWORD', { meaning: 'Password of this service at Kafka, with KAFKA_SASL_MECHANISM.', secret: true, optional: true }),
  kafkaPlaintext: choice('KAFKA_PLAINTEXT', ['refused', 'allowed'], {
    meaning: 'Whether Kafka without TLS is spoken to in production: allowed where something else encrypts the network.',
    default: 'refused',
  }),
};

const READINESS_DELAY_MS = 5_000;

/** For how long a process that ends still takes new requests: in production as long as a load balancer needs to see that it is no longer ready. */
export function readinessDelayOf({ readinessDelayMs, environment }: { readonly readinessDelayMs: number | undefined; readonly environment: string }): number {
  return readinessDelayMs ?? (environment === 'production' ? READINESS_DELAY_MS : 0);
}
