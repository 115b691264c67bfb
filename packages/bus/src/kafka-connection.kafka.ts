/**
 * What every Kafka client here is made with: where the brokers are, how long a call may take, and which topics there must be.
 *
 * Promise: each call ends within a known time, and is repeated by the client a few times only; whoever wants more comes again
 * himself. Topics are made with the partitions and retention they are asked for, and never changed or deleted by this. A
 * group is read by `group-reader.kafka.ts`; what cannot be used goes to the topic of `deadLetterTopic`.
 */
import type { Topic } from '@commerce/events/topics';
import { Admin, findErrorBy, GenericError, Producer } from '@platformatic/kafka';
import type { BaseOptions, Connection } from '@platformatic/kafka';
import { subscribe } from 'node:diagnostics_channel';
import { isIP } from 'node:net';
import { BusUnfit } from './unfit.ts';

/** Where Kafka is. */
export interface KafkaConnection {
  /** `host:port` of some of the brokers; they name the others. See `brokersOf`. */
  readonly brokers: readonly string[];
  /** Names this process in the broker's log. */
  readonly clientId: string;
  /** Encrypted, with brokers that show certificates of their names. `ca`: PEM of the authorities that sign them; those that Node knows when left out. `cert` and `key`: PEM of the certificate that this process shows. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** How this process signs in. */
  readonly sasl?: KafkaSignIn;
}

export interface KafkaSignIn {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
  readonly username: string;
  readonly password: string;
}

/** A topic to make. */
export interface KafkaTopic extends Pick<Topic, 'partitions' | 'retentionDays'> {
  readonly name: string;
}

/** Something at Kafka will not do as it is. */
export class KafkaUnfit extends BusUnfit {
  override readonly name: string = 'KafkaUnfit';
}

const CONNECT_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 3_000;
/** After the first call. Two or more: the client takes fewer of an idempotent producer for "without end". */
const RETRIES = 2;
const RETRY_DELAY_MS = 150;
/** How long what is known of topics and their leaders is believed. */
const METADATA_MAX_AGE_MS = 30_000;
const DAY_MS = 24 * 60 * 60 * 1_000;
const BROKER = /^(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?):(\d{1,5})$/i;

/**
 * A connection that breaks while it signs in, as one whose certificate the broker refuses, says so more than once; the second time nobody
 * listens any more, and that would end this process. Whoever waits for the connection is told by his own call.
 */
subscribe('plt:kafka:instances', (made) => {
  const { type, instance } = made as { readonly type: string; readonly instance: unknown };
  if (type === 'connection') (instance as Connection).on('error', () => undefined);
});

/** `KAFKA_BROKERS` as a list. Throws `KafkaUnfit` when one of them is not `host:port`. */
export function brokersOf(text: string): string[] {
  const brokers = text.split(',').map((broker) => broker.trim());
  const wrong = brokers.find((broker) => !(Number(BROKER.exec(broker)?.[2] ?? 0) >= 1 && Number(BROKER.exec(broker)?.[2]) <= 65_535));
  if (wrong !== undefined) throw new KafkaUnfit('Each of the Kafka brokers is written host:port, with a comma between two of them: set KAFKA_BROKERS, for example 127.0.0.1:9092.');
  return brokers;
}

/** The part of a client's options that all clients share. */
export function clientOptions({ brokers, clientId, tls, sasl }: KafkaConnection): BaseOptions {
  return {
    clientId, bootstrapBrokers: [...brokers], ...(tls && { tls: { ...tls }, tlsServerName: brokers.every(isNamed) }), ...(sasl && { sasl: { ...sasl } }),
    connectTimeout: CONNECT_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, timeout: REQUEST_TIMEOUT_MS,
    retries: RETRIES, retryDelay: RETRY_DELAY_MS, metadataMaxAge: METADATA_MAX_AGE_MS, autocreateTopics: false,
  };
}

/** An address has no name to ask for when TLS begins; its certificate is judged by the address. */
function isNamed(broker: string): boolean {
  return isIP(broker.slice(0, broker.lastIndexOf(':')).replace(/^\[|\]$/g, '')) === 0;
}

/**
 * A producer whose records stand in the log once and in order, whatever a call lost on its way: idempotent, acknowledged by
 * all replicas. One `send` at a time: with several, one that is repeated would stand behind a later one. A send that failed
 * may still have arrived.
 */
export function idempotentProducer(connection: KafkaConnection): Producer {
  return new Producer({ ...clientOptions(connection), idempotent: true });
}

/** Where records of a topic go that cannot be used. */
export function deadLetterTopic(topic: string): string {
  return `${topic}.dead-letters`;
}

/**
 * Makes the topics that are missing; resolves when all are there. Throws `KafkaUnfit` when one has fewer partitions than
 * asked for: more of them would change where the keys go, so that is for a person.
 * @param replicas of each partition; as many as there are brokers, at most 3, when none are given
 */
export async function ensureTopics(connection: KafkaConnection, topics: readonly KafkaTopic[], replicas?: number): Promise<void> {
  const admin = new Admin(clientOptions(connection));
  try {
    const { brokers } = await admin.metadata({ topics: [] });
    const copies = replicas ?? Math.min(brokers.size, 3);
    const there = new Set(await admin.listTopics());
    await Promise.all(topics.filter(({ name }) => !there.has(name)).map((topic) => makeTopic(admin, topic, copies)));
    await assertPartitions(admin, topics.filter(({ name }) => there.has(name)));
  } finally {
    await admin.close();
  }
}

async function makeTopic(admin: Admin, { name, partitions, retentionDays }: KafkaTopic, replicas: number): Promise<void> {
  const configs = [{ name: 'retention.ms', value: String(retentionDays * DAY_MS) }, { name: 'min.insync.replicas', value: String(Math.max(1, replicas - 1)) }];
  try {
    await admin.createTopics({ topics: [name], partitions, replicas, configs });
  } catch (error) {
    // Another process that starts made it in the meantime.
    if (faultCode(error) !== 'TOPIC_ALREADY_EXISTS') throw error;
  }
}

async function assertPartitions(admin: Admin, topics: readonly KafkaTopic[]): Promise<void> {
  if (topics.length === 0) return;
  const { topics: known } = await admin.metadata({ topics: topics.map(({ name }) => name), forceUpdate: true });
  const short = topics.filter(({ name, partitions }) => (known.get(name)?.partitionsCount ?? 0) < partitions);
  if (short.length === 0) return;
  const list = short.map(({ name, partitions }) => `${name} (${known.get(name)?.partitionsCount ?? 0} of ${partitions})`).join(', ');
  throw new KafkaUnfit(`These topics have fewer partitions than wanted: ${list}. Add partitions when nothing of them waits to be read, for keys go elsewhere after that.`);
}

/** The code of a fault of Kafka, for logs and tables: the broker's where there is one. Never its message, which may repeat what was sent. */
export function faultCode(error: unknown): string {
  if (!(error instanceof Error)) return 'Unknown';
  const answered = findErrorBy(error, 'code', 'PLT_KFK_PROTOCOL');
  if (typeof answered?.['apiId'] === 'string') return answered['apiId'];
  if (isTurnedAway(error)) return TURNED_AWAY;
  // The client's own words for what the broker has answered.
  if (findErrorBy(error, 'code', 'PLT_KFK_USER')?.message.startsWith('Unknown topic ') === true) return 'UNKNOWN_TOPIC_OR_PARTITION';
  const onTheWay = findErrorBy(error, 'code', 'PLT_KFK_TIMEOUT') ?? findErrorBy(error, 'code', 'PLT_KFK_NETWORK');
  if (onTheWay !== null) return onTheWay.code;
  return error instanceof GenericError || ('code' in error && typeof error.code === 'string') ? String(error.code) : error.name;
}

const TURNED_AWAY = 'PLT_KFK_AUTHENTICATION';

const TURNED_AWAY_BY = new Set<unknown>(['SASL_AUTHENTICATION_FAILED', 'UNSUPPORTED_SASL_MECHANISM']);

/** The broker has said so; the client has it as the cause of a connection that failed. One that broke meanwhile is none. */
function isTurnedAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('apiId' in error && TURNED_AWAY_BY.has(error.apiId)) || isTurnedAway(error.cause) || (error instanceof AggregateError && error.errors.some(isTurnedAway));
}
