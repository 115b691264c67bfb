/** Variables that every service has, with one meaning. A service may have others beside them. */
import { choice, flag, integer, text, url } from './config.ts';

/** For variables without which events do not come over EventBridge. */
export const ON_EVENTBRIDGE = { name: 'BUS', value: 'eventbridge' } as const;

const POSTGRES = ['postgres', 'postgresql'];

export const SERVICE_VARIABLES = {
  environment: choice('NODE_ENV', ['development', 'test', 'production'], {
    meaning: 'In production no secret may keep a default of development, and the database must be durable.',
    default: 'development',
  }),
  logLevel: choice('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    meaning: 'Least important lines that are logged.',
    default: 'info',
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
