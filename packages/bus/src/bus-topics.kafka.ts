/**
 * The topics of the services' events on Kafka, made from the one table of topics (packages/events/src/topics.ts).
 *
 * Promise: what is missing is made with the partitions and the retention of the table; what is there is never changed. What waiting
 * does not mend is a `KafkaUnfit` with the mend.
 */
import type { TopicName } from '@commerce/events/topics';
import { TOPICS } from '@commerce/events/topics';
import type { KafkaConnection, KafkaTopic } from './kafka-connection.kafka.ts';
import { deadLetterTopic, ensureTopics, faultCode, KafkaUnfit } from './kafka-connection.kafka.ts';

/** Where the events of the services are on Kafka. */
export interface KafkaBus {
  readonly connection: KafkaConnection;
  /** Stands before the name of each topic where several deployments share the brokers. Default: nothing. */
  readonly topicPrefix?: string | undefined;
}

/** Dead letters of a topic are few, and kept as long as a dead-letter queue keeps them. */
const DEAD_LETTERS = { partitions: 1, retentionDays: 14 } as const;

/** The name of a topic of the table on these brokers. */
export function topicOn({ topicPrefix = '' }: KafkaBus, topic: string): string {
  return `${topicPrefix}${topic}`;
}

/** Sees that these topics of the table are there; `withDeadLetters`: those, too, in which a reader of them leaves what it cannot take. Throws `KafkaUnfit` when waiting does not mend it. */
export async function assertTopics(bus: KafkaBus, names: readonly TopicName[], withDeadLetters = false): Promise<void> {
  const { connection } = bus;
  const topics = names.map((name): KafkaTopic => ({ name: topicOn(bus, name), partitions: TOPICS[name].partitions, retentionDays: TOPICS[name].retentionDays }));
  const deadLetters = topics.map(({ name }): KafkaTopic => ({ name: deadLetterTopic(name), ...DEAD_LETTERS }));
  try {
    await ensureTopics(connection, withDeadLetters ? [...topics, ...deadLetters] : topics);
  } catch (error) {
    if (error instanceof KafkaUnfit) throw error;
    const code = faultCode(error);
    const mend = MENDS[code];
    const message = `The topics of events could not be seen on Kafka at ${connection.brokers.join(', ')} (${code}).`;
    if (mend !== undefined) throw new KafkaUnfit(`${message} ${mend}`, { cause: error });
    throw new Error(`${message} Is KAFKA_BROKERS right, and can they be reached?`, { cause: error });
  }
}

const GRANT = 'Grant this process Describe and Create on them, or make them first from packages/events/src/topics.ts.';
const MENDS: Readonly<Record<string, string>> = {
  PLT_KFK_AUTHENTICATION: 'Kafka refuses KAFKA_USERNAME with KAFKA_PASSWORD, or does not offer KAFKA_SASL_MECHANISM.',
  TOPIC_AUTHORIZATION_FAILED: GRANT,
  CLUSTER_AUTHORIZATION_FAILED: GRANT,
  INVALID_REPLICATION_FACTOR: 'There are fewer brokers than copies wanted: start more, or make the topics first.',
  POLICY_VIOLATION: 'A policy of the brokers forbids topics like these: make them first, with the partitions of packages/events/src/topics.ts.',
};
