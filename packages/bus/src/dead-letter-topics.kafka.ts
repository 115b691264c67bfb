/**
 * The dead-letter topics of Kafka: how much waits in them for a person, and what a person does with it.
 *
 * Promise: what waits is what no act has been at yet; acts of all kinds share one place in each topic, so a record is acted on once, and the
 * count falls with it. A record that is sent again goes to the topic it came from as it came. An act that is killed may do its last
 * records again: whoever reads the topic knows a repetition. Records that an act passes over stand in the dead-letter topic anew.
 */
import type { Sleep } from '@commerce/event-log/backoff';
import { Admin, ListOffsetTimestamps } from '@platformatic/kafka';
import type { MessageToProduce } from '@platformatic/kafka';
import type { KafkaBus } from './bus-topics.kafka.ts';
import { topicOn } from './bus-topics.kafka.ts';
import type { BusLogger } from './client.aws.ts';
import { createGroupReader } from './group-reader.kafka.ts';
import { clientOptions, deadLetterTopic } from './kafka-connection.kafka.ts';
import type { KafkaRecord } from './kafka-records.ts';
import { partitionKey } from './kafka-records.ts';
import { createRecordSender } from './record-sender.kafka.ts';

export interface DeadLetterTopicsOptions {
  readonly bus: KafkaBus;
  /** Whose dead letters they are, without the prefix. */
  readonly topics: readonly string[];
}

/** Topic, without the prefix → how many of its dead letters wait. */
export type Waiting = ReadonlyMap<string, number>;

export interface DeadLetterTopics {
  /** Rejects when Kafka cannot say. A topic that is not there has none. */
  readonly waiting: () => Promise<Waiting>;
  readonly close: () => Promise<void>;
}

/** Keeps one connection. */
export function lookAtDeadLetters({ bus, topics }: DeadLetterTopicsOptions): DeadLetterTopics {
  const admin = new Admin(clientOptions(bus.connection));
  return {
    async waiting() {
      const there = new Set(await admin.listTopics());
      const countOf = async (name: string): Promise<number> => (there.has(name) ? sumOf(await waitingOf(admin, groupOf(bus), name)) : 0);
      return new Map(await Promise.all(topics.map(async (topic) => [topic, await countOf(deadTopicOf(bus, topic))] as const)));
    },
    close: () => admin.close(),
  };
}

/** What a person wants done: sent to the topic it came from, or not looked at any more. */
export interface Act {
  readonly kind: 'redrive' | 'discard';
  /** Of which records: those with this `dead-letter-reason`; all when left out. */
  readonly reason?: string | undefined;
}

export interface ActOptions extends DeadLetterTopicsOptions {
  readonly sleep: Sleep;
  readonly random: () => number;
  readonly monotonicMs: () => number;
  readonly logger: BusLogger;
  /** Ends it between two records. */
  readonly signal: AbortSignal;
}

export interface Acted {
  readonly done: number;
  /** Of another reason: they wait still. */
  readonly left: number;
}

/** Does it to what waits now. Throws when Kafka lets nothing through for a minute. */
export async function actOnDeadLetters(options: ActOptions, act: Act): Promise<Acted> {
  const { bus: { connection } } = options;
  const counts = { done: 0, left: 0 };
  const sender = createRecordSender({ connection });
  const isMeant = ({ headers }: KafkaRecord): boolean => act.reason === undefined || headers.get('dead-letter-reason') === act.reason;
  const take = async (record: KafkaRecord): Promise<void> => {
    if (!isMeant(record)) await sender.send(asItStands(record));
    else if (act.kind === 'redrive') await sender.send(asItCame(record));
  };
  try {
    await readWaiting(options, groupOf(options.bus), async (records) => {
      await Promise.all(records.map(take));
      for (const record of records) counts[isMeant(record) ? 'done' : 'left'] += 1;
    });
  } finally {
    await sender.close();
  }
  return counts;
}

/** What waits now, oldest first; nothing is done to it. */
export async function listDeadLetters(options: ActOptions, most: number): Promise<KafkaRecord[]> {
  const { bus } = options;
  const done = await withAdmin(bus, (admin) => Promise.all(options.topics.map((topic) => committedOf(admin, groupOf(bus), deadTopicOf(bus, topic)))));
  const isDone = ({ topic, partition, offset }: KafkaRecord): boolean => offset < (done[options.topics.findIndex((one) => deadTopicOf(bus, one) === topic)]?.get(partition) ?? 0n);
  const found: KafkaRecord[] = [];
  const look = groupOf(bus, `look-${options.monotonicMs()}-${options.random()}`);
  await readWaiting(options, look, async (records) => void found.push(...records.filter((record) => !isDone(record))));
  return found.toSorted((a, b) => a.timestampMs - b.timestampMs).slice(0, most);
}

const LOOK_MS = 50;
const NO_PROGRESS_MS = 60_000;
const STOP_LIMIT_MS = 500;

/** Hands on what stands in the topics behind the place of the group, up to what is there now, and moves that place. */
async function readWaiting(options: ActOptions, groupId: string, handle: (records: readonly KafkaRecord[]) => Promise<void>): Promise<void> {
  const { bus, topics, sleep, random, monotonicMs, logger, signal } = options;
  const spans = await withAdmin(bus, async (admin) => {
    const there = new Set(await admin.listTopics());
    return Promise.all(topics.map((topic) => deadTopicOf(bus, topic)).filter((name) => there.has(name)).map(async (name) => ({ name, spans: await waitingOf(admin, groupId, name) })));
  });
  const ends = new Map(spans.flatMap(({ name, spans: own }) => own.map(({ partition, end }) => [partitionKey(name, partition), end] as const)));
  const waiting = sumOf(spans.flatMap(({ spans: own }) => own));
  if (waiting === 0) return;
  let progress = { handled: 0, atMs: monotonicMs() };
  const reader = createGroupReader({
    connection: bus.connection, groupId, topics: spans.map(({ name }) => name), sleep, random, monotonicMs, logger, stopLimitMs: STOP_LIMIT_MS,
    async handle(records, over) {
      const now = records.filter(({ topic, partition, offset }) => offset < (ends.get(partitionKey(topic, partition)) ?? 0n));
      // What came since is for another time, unless it came along with the last of these: it is not handled, and the place stays before it.
      if (now.length === 0) return aborted(over);
      await handle(records);
      progress = { handled: progress.handled + now.length, atMs: monotonicMs() };
    },
  });
  reader.start();
  try {
    while (progress.handled < waiting) {
      if (monotonicMs() - progress.atMs > NO_PROGRESS_MS) throw new Error(`Of ${waiting} dead letters ${progress.handled} came, and for a minute no more: is Kafka there, and may this process read and write?`);
      await sleep(LOOK_MS, signal);
    }
  } finally {
    await reader.stop();
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function withAdmin<Result>({ connection }: KafkaBus, work: (admin: Admin) => Promise<Result>): Promise<Result> {
  const admin = new Admin(clientOptions(connection));
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}

function groupOf(bus: KafkaBus, more = ''): string {
  return topicOn(bus, `commerce.dead-letters${more === '' ? '' : `.${more}`}`);
}

function deadTopicOf(bus: KafkaBus, topic: string): string {
  return deadLetterTopic(topicOn(bus, topic));
}

function sumOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { count }) => sum + count, 0);
}

interface Span {
  readonly partition: number;
  /** Behind the last record that is there. */
  readonly end: bigint;
  /** Records between the place of the group and there. */
  readonly count: number;
}

async function waitingOf(admin: Admin, groupId: string, name: string): Promise<Span[]> {
  const first = await offsetsOf(admin, name, ListOffsetTimestamps.EARLIEST);
  const ends = await offsetsOf(admin, name, ListOffsetTimestamps.LATEST);
  const done = await committedOf(admin, groupId, name);
  return [...ends].map(([partition, end]) => {
    const [least = 0n, from = 0n] = [first.get(partition), done.get(partition)];
    return { partition, end, count: Math.max(0, Number(end - (from > least ? from : least))) };
  });
}

async function offsetsOf(admin: Admin, name: string, timestamp: bigint): Promise<Map<number, bigint>> {
  const { topics } = await admin.metadata({ topics: [name] });
  const partitions = Array.from({ length: topics.get(name)?.partitionsCount ?? 0 }, (_none, partitionIndex) => ({ partitionIndex, timestamp }));
  const [listed] = await admin.listOffsets({ topics: [{ name, partitions }] });
  return new Map((listed?.partitions ?? []).map(({ partitionIndex, offset }) => [partitionIndex, offset]));
}

/** Of a group that has never been there: nothing. */
async function committedOf(admin: Admin, groupId: string, name: string): Promise<Map<number, bigint>> {
  const groups = await admin.listConsumerGroupOffsets({ groups: [groupId] });
  const of = groups.flatMap(({ topics }) => topics).find((topic) => topic.name === name);
  return new Map((of?.partitions ?? []).filter(({ committedOffset }) => committedOffset >= 0n).map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset]));
}

const ABOUT = /^dead-letter-/;
const SUFFIX = deadLetterTopic('');

/** To the topic that the place it lies in belongs to, whatever its headers say. */
function asItCame(record: KafkaRecord): MessageToProduce {
  return { ...contentOf(record, (name) => !ABOUT.test(name)), topic: record.topic.slice(0, -SUFFIX.length) };
}

function asItStands(record: KafkaRecord): MessageToProduce {
  return { ...contentOf(record, () => true), topic: record.topic };
}

function contentOf({ key, value, headers }: KafkaRecord, keeps: (header: string) => boolean): Omit<MessageToProduce, 'topic'> {
  return {
    ...(key === undefined ? {} : { key }), ...(value === undefined ? {} : { value }),
    headers: new Map([...headers].filter(([name]) => keeps(name)).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
  };
}
