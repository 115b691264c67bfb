/**
 * The Kafka consumer: takes the events of other services from their topics into the log, so that the log is the inbox.
 *
 * Promise: an offset is committed only when its event is in the log; a duplicate changes nothing. A topic holds what is for others,
 * too: that is passed over. What is for this service and not accepted goes to the dead-letter topic as it came, with its reason there
 * and in `refusals`, while its partition flows on. A fault of the database or of Kafka is charged to no record: it comes again.
 * `stop` finishes what is in hand. Refuses event types that the catalogue does not have.
 */
import type { EventLog } from '@commerce/event-log/log';
import type { TopicName } from '@commerce/events/topics';
import type { Pool } from 'pg';
import { appendBatch } from './append-batch.ts';
import type { Verdict } from './append-batch.ts';
import type { KafkaBus } from './bus-topics.kafka.ts';
import { assertTopics, topicOn } from './bus-topics.kafka.ts';
import { deadLetterOf } from './dead-letters.kafka.ts';
import { noteOf } from './duplicates.ts';
import { deliveryOf, namedBy } from './event-record.ts';
import type { GroupReader, GroupReaderOptions } from './group-reader.kafka.ts';
import { createGroupReader } from './group-reader.kafka.ts';
import { KafkaUnfit } from './kafka-connection.kafka.ts';
import type { KafkaRecord } from './kafka-records.ts';
import type { AcceptedEvent, Decoded, Judge, Refusal, RefusalReason } from './message.ts';
import { createJudge, refused } from './message.ts';
import { NO_EVENT } from './record-decoder.ts';
import type { RecordSender } from './record-sender.kafka.ts';
import { createRecordSender } from './record-sender.kafka.ts';
import { storeRefusals } from './refusals.pg.ts';
import type { ServiceConsumer } from './service-consumer.ts';

/** Of the reader of the group: all processes of a service have the same group, so that each event is taken once by one of them. Points of `faults` beside the reader's own: `consumer.appended`, `consumer.refused`. */
export interface KafkaConsumerOptions extends Pick<GroupReaderOptions, 'groupId' | 'sleep' | 'random' | 'monotonicMs' | 'logger' | 'faults' | 'batchSize' | 'stopLimitMs' | 'sessionTimeoutMs'> {
  readonly bus: KafkaBus;
  readonly log: Pick<EventLog, 'appendForeign' | 'catalogue'>;
  /** The pairs of source and type that this service takes from others. Their topics are read. */
  readonly accepts: readonly AcceptedEvent[];
  /** Whether an event with these data is for this service; what is for others is passed over. Default: all are. */
  readonly isOurs?: (data: unknown) => boolean;
  readonly pool: Pool;
}

/** Records in one statement at most, where nothing else is said. */
const BATCH_SIZE = 200;

/** Counts since the start. */
export interface KafkaConsumerStats {
  readonly received: number;
  readonly appended: number;
  readonly duplicates: number;
  /** Records that are not for this service. */
  readonly passedOver: number;
  /** Records not accepted, by reason. */
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>;
  readonly committed: number;
  readonly databaseFaults: number;
  readonly kafkaFaults: number;
}

/** Its `stop` leaves the group, so that others have its partitions at once. */
export type KafkaConsumer = ServiceConsumer<KafkaConsumerStats>;

/**
 * Starts to consume. Throws `KafkaUnfit` when the topics are not as they must be and waiting does not mend it. A Kafka that cannot be
 * reached is no reason to refuse the start: it is looked for until it answers, and `healthy` is false meanwhile.
 */
export async function startKafkaConsumer(options: KafkaConsumerOptions): Promise<KafkaConsumer> {
  const consumer = new Consumer(options);
  await consumer.start();
  return { stop: () => consumer.stop(), stats: () => consumer.stats(), healthy: () => consumer.healthy() };
}

/** What of the records of a batch is to be settled. */
interface Given {
  readonly record: KafkaRecord;
  readonly decoded: Decoded;
}

class Consumer {
  readonly #options: KafkaConsumerOptions;
  readonly #topics: readonly TopicName[];
  readonly #judge: Judge;
  readonly #accepted: ReadonlySet<string>;
  readonly #deadLetters: RecordSender;
  readonly #reader: GroupReader;
  readonly #counts = { received: 0, appended: 0, duplicates: 0, passedOver: 0 };
  readonly #refused: Partial<Record<RefusalReason, number>> = {};
  #isSeen = false;
  #stopped: Promise<void> | undefined;

  constructor(options: KafkaConsumerOptions) {
    const { bus, log: { catalogue }, accepts, isOurs: _judged, pool: _pool, ...reading } = options;
    this.#options = options;
    this.#judge = createJudge(catalogue, accepts);
    this.#topics = [...new Set(accepts.map(({ type }) => catalogue.entry(type).topic))];
    this.#accepted = new Set(accepts.map(({ source, type }) => pairOf(source, type)));
    this.#deadLetters = createRecordSender({ connection: bus.connection });
    this.#reader = createGroupReader({
      batchSize: BATCH_SIZE, ...reading, connection: bus.connection, topics: this.#topics.map((topic) => topicOn(bus, topic)), prepare: () => this.#see(), handle: (records) => this.#handle(records),
    });
  }

  async start(): Promise<void> {
    try {
      await this.#see();
    } catch (error) {
      if (error instanceof KafkaUnfit) {
        await this.#deadLetters.close();
        throw error;
      }
      this.#options.logger.warn({ reason: (error as Error).message }, 'the topics are not to be seen yet; nothing is received before they are');
    }
    this.#reader.start();
  }

  stats(): KafkaConsumerStats {
    const { committed, handleFaults, kafkaFaults } = this.#reader.stats();
    return { ...this.#counts, refused: { ...this.#refused }, committed, databaseFaults: handleFaults, kafkaFaults };
  }

  healthy(): boolean {
    return this.#isSeen && this.#reader.healthy();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    await this.#reader.stop();
    await this.#deadLetters.close().catch(() => undefined);
  }

  /** The topics are there, theirs of dead letters too. */
  async #see(): Promise<void> {
    if (this.#isSeen) return;
    await assertTopics(this.#options.bus, this.#topics, true);
    this.#isSeen = true;
  }

  async #handle(records: readonly KafkaRecord[]): Promise<void> {
    const given = records.flatMap((record) => this.#take(record) ?? []);
    const verdicts = await this.#append(given);
    await this.#setAside(given, verdicts);
    this.#counts.received += records.length;
    this.#counts.passedOver += records.length - given.length;
    for (const { kind } of verdicts) {
      if (kind === 'appended') this.#counts.appended += 1;
      if (kind === 'duplicate') this.#counts.duplicates += 1;
    }
  }

  /** Undefined for what is not for this service. The headers tell of most; what does not say what it is is judged. */
  #take(record: KafkaRecord): Given | undefined {
    const named = namedBy(record);
    if (named !== undefined && !this.#accepted.has(pairOf(named.source, named.type))) return undefined;
    const delivery = deliveryOf(record);
    if (delivery === undefined) return { record, decoded: refused('malformed', NO_EVENT, {}) };
    const { isOurs = () => true } = this.#options;
    return isOurs(delivery.detail['data']) ? { record, decoded: this.#judge(delivery) } : undefined;
  }

  /** Verdicts in the order of what is given. */
  async #append(given: readonly Given[]): Promise<Verdict[]> {
    const events = given.flatMap(({ record, decoded }) => (decoded.kind === 'event' ? [{ record, envelope: decoded.envelope }] : []));
    const note = noteOf(events.map(({ record }) => ({ messageId: placeOf(record), receiveCount: 1, replayName: undefined })));
    const appended = await appendBatch(this.#options.log, events.map(({ envelope }) => envelope), note);
    await this.#options.faults?.hit('consumer.appended');
    let next = 0;
    return given.map(({ decoded }) => (decoded.kind === 'event' ? (appended[next++] as Verdict) : decoded));
  }

  /** The dead letter first: a reason without its record would help nobody. */
  async #setAside(given: readonly Given[], verdicts: readonly Verdict[]): Promise<void> {
    const dead = given.flatMap(({ record }, index) => {
      const refusal = verdicts[index];
      return refusal?.kind === 'refused' ? [{ record, refusal }] : [];
    });
    if (dead.length === 0) return;
    const { pool, groupId, faults } = this.#options;
    await Promise.all(dead.map(({ record, refusal: { reason, detail } }) => this.#deadLetters.send(deadLetterOf(record, reason, detail))));
    await storeRefusals(pool, groupId, dead.map(({ record, refusal }) => ({ messageId: placeOf(record), receiveCount: 1, refusal })));
    for (const { record, refusal } of dead) this.#report(record, refusal);
    await faults?.hit('consumer.refused');
  }

  #report(record: KafkaRecord, { reason, eventId, eventType }: Refusal): void {
    this.#refused[reason] = (this.#refused[reason] ?? 0) + 1;
    const fields = { group: this.#options.groupId, messageId: placeOf(record), reason, ...(eventId && { eventId }), ...(eventType && { eventType }) };
    if (reason === 'conflict') this.#options.logger.error(fields, 'an event came with the id of another: somebody forges or repairs events');
    else this.#options.logger.warn(fields, 'a record was not accepted and is put aside among the dead letters');
  }
}

/** Names a record as long as its topic lives. */
function placeOf({ topic, partition, offset }: KafkaRecord): string {
  return `${topic}/${partition}/${offset}`;
}

function pairOf(source: string, type: string): string {
  return `${type}\n${source}`;
}
