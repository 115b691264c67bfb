/**
 * The topics over which the ingest hands on updates. They are made like the topic of payments in the table of topics: as many
 * partitions, kept as long. The key is the order, so that what concerns one order stands in one partition.
 */
import type { KafkaBus } from '@commerce/bus/kafka-topics';
import { topicOn } from '@commerce/bus/kafka-topics';
import { deadLetterTopic, ensureTopics } from '@commerce/bus/kafka-connection';
import { TOPICS } from '@commerce/events/topics';

/** What is put aside is little, and a person looks at it soon. */
const PUT_ASIDE = { partitions: 1, retentionDays: 90 };

/** Their names on this Kafka. */
export function updateTopics(bus: KafkaBus): { readonly orders: string; readonly disputes: string } {
  return { orders: topicOn(bus, 'order-updates'), disputes: topicOn(bus, 'dispute-updates') };
}

/** Sees that the topics of updates are there, and those for what is put aside. Rejects when it cannot. */
export function ensureUpdateTopics(bus: KafkaBus): Promise<void> {
  const { partitions, retentionDays } = TOPICS['payment-events'];
  const names = Object.values(updateTopics(bus));
  return ensureTopics(bus.connection, [...names.map((name) => ({ name, partitions, retentionDays })), ...names.map((name) => ({ name: deadLetterTopic(name), ...PUT_ASIDE }))]);
}
