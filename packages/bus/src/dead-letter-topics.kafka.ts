/**
 * The dead-letter topics of Kafka: where they are, what of them is looked after already, and how much waits in them for a person.
 *
 * Promise: what waits is what stands behind the place of the one group of all processes that end dead letters for a client, without what
 * was ended there by itself, before others that lie ahead of it. Two clients on the same topics have a place each: what one has ended is not ended for the other. See `operated-topic.kafka.ts` for that place, and who moves it.
 */
import { Admin, ListOffsetTimestamps } from '@platformatic/kafka';
import type { KafkaBus } from './bus-topics.kafka.ts';
import { topicOn } from './bus-topics.kafka.ts';
import { clientOptions, deadLetterTopic } from './kafka-connection.kafka.ts';

/** Records of one partition from an offset on. `place` begins the names of all of them; see `placeOf`. */
export interface From {
  readonly place: string;
  readonly offset: bigint;
}

export interface DeadLetterTopicsOptions {
  readonly bus: KafkaBus;
  /** Whose look it is; see `deadGroup`. */
  readonly client: string;
  /** Whose dead letters they are, without the prefix. */
  readonly topics: readonly string[];
  /** How many of these were ended one by one. Default: none. */
  readonly ended?: (topic: string, from: readonly From[]) => Promise<number>;
}

/** Topic, without the prefix → how many of its dead letters wait. */
export type Waiting = ReadonlyMap<string, number>;

export interface DeadLetterTopics {
  /** Rejects when Kafka cannot say. A topic that is not there has none. */
  readonly waiting: () => Promise<Waiting>;
  readonly close: () => Promise<void>;
}

/** Keeps one connection. */
export function lookAtDeadLetters({ bus, client, topics, ended = async () => 0 }: DeadLetterTopicsOptions): DeadLetterTopics {
  const admin = new Admin(clientOptions(bus.connection));
  const countOf = async (topic: string): Promise<number> => {
    const { topicId, spans } = await standing(admin, deadGroup(bus, client), deadTopicOf(bus, topic));
    const behind = spans.reduce((sum, { from, end }) => sum + Number(end - from), 0);
    return behind === 0 ? 0 : Math.max(0, behind - (await ended(topic, spans.map(({ partition, from }) => ({ place: placeOf(topicId, partition), offset: from })))));
  };
  return {
    async waiting() {
      const there = new Set(await admin.listTopics());
      return new Map(await Promise.all(topics.map(async (topic) => [topic, there.has(deadTopicOf(bus, topic)) ? await countOf(topic) : 0] as const)));
    },
    close: () => admin.close(),
  };
}

/** Of all who end dead letters for this client. It never has a member: its offsets say before what nothing waits any more. */
export function deadGroup(bus: KafkaBus, client: string): string {
  return topicOn(bus, `${client}.dead-letters`);
}

export function deadTopicOf(bus: KafkaBus, topic: string): string {
  return deadLetterTopic(topicOn(bus, topic));
}

/** Begins the name of each record of a partition, for as long as the topic lives: one that is made anew under the old name has another id. */
export function placeOf(topicId: string, partition: number): string {
  return `${topicId.replaceAll('-', '')}-${partition}`;
}

/** One partition. */
export interface Span {
  readonly partition: number;
  /** The first record that is there and stands behind the place of the group. */
  readonly from: bigint;
  /** Behind the last record that is there. */
  readonly end: bigint;
  /** The broker that leads it; -1 while none does. */
  readonly leader: number;
}

/** How a topic stands that is there. */
export async function standing(admin: Admin, groupId: string, name: string): Promise<{ readonly topicId: string; readonly spans: readonly Span[] }> {
  const { topics } = await admin.metadata({ topics: [name], forceUpdate: true });
  const topic = topics.get(name);
  const partitions = [...(topic?.partitions ?? []).entries()];
  const [first, ends, done] = [await offsetsOf(admin, name, partitions.length, ListOffsetTimestamps.EARLIEST), await endsOf(admin, name, partitions.length), await committedOf(admin, groupId, name)];
  const spans = partitions.map(([partition, { leader }]): Span => {
    const [least = 0n, end = 0n, at = 0n] = [first.get(partition), ends.get(partition), done.get(partition)];
    const from = at > least ? at : least;
    return { partition, from: from < end ? from : end, end, leader };
  });
  return { topicId: topic?.id ?? '', spans };
}

/** Partition → the offset behind its last record. */
export function endsOf(admin: Admin, name: string, partitions: number): Promise<Map<number, bigint>> {
  return offsetsOf(admin, name, partitions, ListOffsetTimestamps.LATEST);
}

async function offsetsOf(admin: Admin, name: string, count: number, timestamp: bigint): Promise<Map<number, bigint>> {
  const partitions = Array.from({ length: count }, (_none, partitionIndex) => ({ partitionIndex, timestamp }));
  const [listed] = await admin.listOffsets({ topics: [{ name, partitions }] });
  return new Map((listed?.partitions ?? []).map(({ partitionIndex, offset }) => [partitionIndex, offset]));
}

/** Of a group that has never been there: nothing. */
async function committedOf(admin: Admin, groupId: string, name: string): Promise<Map<number, bigint>> {
  const groups = await admin.listConsumerGroupOffsets({ groups: [groupId] });
  const of = groups.flatMap(({ topics }) => topics).find((topic) => topic.name === name);
  return new Map((of?.partitions ?? []).filter(({ committedOffset }) => committedOffset >= 0n).map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset]));
}
