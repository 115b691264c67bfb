/**
 * A dead-letter topic of Kafka as its operator works with it: like a queue, in which each record is a message of its own.
 *
 * Promise: a record is shown once in a hand and again in the next one, until it is removed. A topic removes nothing: what is removed is
 * not shown again as far as nothing open stands before it, for up to there the place of the group moves on; of the rest whoever uses this
 * keeps in mind that it was ended. Few records are in memory at a time, however many lie there. One hand at a time: who has it, is settled elsewhere.
 */
import { Admin, Consumer } from '@platformatic/kafka';
import type { KafkaBus } from './bus-topics.kafka.ts';
import type { Span } from './dead-letter-topics.kafka.ts';
import { deadGroup, deadTopicOf, endsOf, placeOf, standing } from './dead-letter-topics.kafka.ts';
import { clientOptions, KafkaUnfit } from './kafka-connection.kafka.ts';
import type { KafkaRecord, Positions } from './kafka-records.ts';
import { KEY_ATTRIBUTE, partitionKey, recordsOf, skippedIn } from './kafka-records.ts';
import type { LyingMessage, LyingQueue } from './operated-queue.sqs.ts';

export interface OperatedTopicOptions {
  readonly bus: KafkaBus;
  /** For whom its dead letters are ended: each client has a place of its own. */
  readonly client: string;
  /** Whose dead letters they are, without the prefix. */
  readonly topic: string;
  /** Records that one `receive` gives at most. Default 100. */
  readonly batch?: number;
}

const MAX_WAIT_MS = 100;
const MAX_FETCH_BYTES = 4_194_304;
const MAX_PARTITION_BYTES = 1_048_576;
/** Fetches that bring nothing though something is there, one after the other: marks of transactions are passed over so. */
const EMPTY_FETCHES = 3;
/** Whoever writes a record says its time. The year 9999. */
const LAST_MS = 253_402_300_799_000;

/** What one hand has of the topic. */
interface Place {
  readonly topicId: string;
  readonly leaders: ReadonlyMap<number, number>;
  /** Behind what was fetched. */
  readonly positions: Positions;
  /** Before what nothing waits any more. */
  readonly floors: Map<number, bigint>;
  /** Of each partition what was removed behind its floor, and what is no record: the offset → the one behind it. */
  readonly removed: ReadonlyMap<number, Map<bigint, bigint>>;
  ends: ReadonlyMap<number, bigint>;
  /** Fetched and not shown yet. */
  waiting: KafkaRecord[];
  /** Shown and not removed. */
  open: number;
}

export class OperatedTopic implements LyingQueue {
  /** Of the dead-letter topic. */
  readonly name: string;
  readonly #o: OperatedTopicOptions;
  readonly #admin: Admin;
  readonly #consumer: Consumer;
  #place: Place | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(options: OperatedTopicOptions) {
    const { bus, client, topic } = options;
    this.#o = options;
    this.name = deadTopicOf(bus, topic);
    this.#admin = new Admin(clientOptions(bus.connection));
    this.#consumer = new Consumer({ ...clientOptions(bus.connection), groupId: deadGroup(bus, client), autocommit: false, minBytes: 1, maxBytes: MAX_FETCH_BYTES, maxWaitTime: MAX_WAIT_MS });
    this.#consumer.topics.track(this.name);
  }

  /** Throws `KafkaUnfit` when there is no such topic. */
  async arn(): Promise<string> {
    if (!(await this.#admin.listTopics()).includes(this.name)) throw new KafkaUnfit(`There is no topic "${this.name}" on Kafka: whoever reads the topic before its ".dead-letters" makes both at its start.`);
    return this.name;
  }

  /** Records that this hand was not shown yet; none at the end of the topic. It waits for none, and hides none: nobody else has a hand. */
  receive(_hideSeconds: number, _waitSeconds: number, signal: AbortSignal): Promise<LyingMessage[]> {
    return this.#inTurn(async () => {
      signal.throwIfAborted();
      const { batch = 100 } = this.#o;
      const place = await this.#opened();
      for (let empty = 0; place.waiting.length === 0 && empty < EMPTY_FETCHES; empty += 1) {
        if (unread(place) === 0) place.ends = await endsOf(this.#admin, this.name, place.leaders.size);
        if (unread(place) === 0) break;
        await this.#fetch(place);
      }
      const shown = place.waiting.splice(0, batch);
      place.open += shown.length;
      return shown.map((record) => messageOf(record, place.topicId));
    });
  }

  /** By their receipt handles. Throws when Kafka does not take the place behind them: they come again then. */
  remove(handles: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      const place = this.#place;
      if (place === undefined || handles.length === 0) return;
      for (const handle of handles) {
        const { partition, offset } = placeIn(handle);
        const removed = place.removed.get(partition);
        if (removed === undefined || removed.has(offset) || offset < (place.floors.get(partition) ?? 0n)) continue;
        removed.set(offset, offset + 1n);
        place.open -= 1;
      }
      await this.#moveOn(place);
    });
  }

  /** Nothing is hidden: the next hand begins anew. */
  async hide(): Promise<void> {}

  /** Ends the hand, whatever is named. */
  release(): Promise<void> {
    return this.#inTurn(async () => {
      this.#place = undefined;
    });
  }

  /** How many are open, as far as this hand knows which were removed. */
  depth(): Promise<number> {
    return this.#inTurn(async () => {
      const place = this.#place;
      if (place === undefined) return (await this.#standing()).spans.reduce((sum, { from, end }) => sum + Number(end - from), 0);
      place.ends = await endsOf(this.#admin, this.name, place.leaders.size);
      return unread(place) + place.waiting.length + place.open;
    });
  }

  /** In seconds; undefined when it has none, or this process may not ask. */
  async retentionSeconds(): Promise<number | undefined> {
    const resources = [{ resourceType: 2 as const, resourceName: this.name, configurationKeys: ['retention.ms'] }];
    const described = await this.#admin.describeConfigs({ resources, includeSynonyms: false, includeDocumentation: false }).catch(() => []);
    const ms = Number(described[0]?.configs.find(({ name }) => name === 'retention.ms')?.value ?? -1);
    return ms < 0 ? undefined : Math.floor(ms / 1_000);
  }

  close(): Promise<void> {
    this.#closed ??= Promise.all([this.#admin.close(), this.#consumer.close(true)]).then(() => undefined);
    return this.#closed;
  }

  async #opened(): Promise<Place> {
    if (this.#place !== undefined) return this.#place;
    const { topicId, spans } = await this.#standing();
    const of = <Value>(value: (span: Span) => Value): Map<number, Value> => new Map(spans.map((span) => [span.partition, value(span)]));
    this.#place = {
      topicId, leaders: of(({ leader }) => leader), floors: of(({ from }) => from), removed: of(() => new Map<bigint, bigint>()), ends: of(({ end }) => end),
      positions: new Map(spans.map(({ partition, from }) => [partitionKey(this.name, partition), from])), waiting: [], open: 0,
    };
    return this.#place;
  }

  #standing(): ReturnType<typeof standing> {
    return standing(this.#admin, this.#group, this.name);
  }

  get #group(): string {
    return deadGroup(this.#o.bus, this.#o.client);
  }

  /** The place of the group: behind everything that was removed, and is no record, up to the first that is open. */
  async #moveOn({ floors, removed }: Place): Promise<void> {
    const moved = [...floors].flatMap(([partition, floor]) => {
      const next = behind(floor, removed.get(partition));
      floors.set(partition, next);
      return next === floor ? [] : [{ partition, offset: next }];
    });
    if (moved.length > 0) await this.#admin.alterConsumerGroupOffsets({ groupId: this.#group, topics: [{ name: this.name, partitionOffsets: moved }] });
  }

  /** Once from each broker that leads what is not read to its end. What is no record, such as a mark of a transaction, is passed over for good. */
  async #fetch(place: Place): Promise<void> {
    const { topicId, leaders, positions, removed } = place;
    const before = new Map(positions);
    const byLeader = Map.groupBy(leftOf(place), ({ partition }) => leaders.get(partition) ?? -1);
    for (const [node, left] of byLeader) {
      const partitions = left.map(({ partition, position }) => ({ partition, fetchOffset: position, partitionMaxBytes: MAX_PARTITION_BYTES, currentLeaderEpoch: -1, lastFetchedEpoch: -1 }));
      const response = await this.#consumer.fetch({ node, topics: [{ topicId, partitions }] });
      const records = recordsOf(response, new Map([[topicId, this.name]]), positions);
      place.waiting.push(...records);
      for (const { partition, from, next } of skippedIn(this.name, records, before, positions)) removed.get(partition)?.set(from, next);
      for (const [key, position] of positions) before.set(key, position);
    }
    await this.#moveOn(place);
  }

  /** One after the other: those who look ask side by side. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const next = this.#last.then(work);
    this.#last = next.catch(() => undefined);
    return next;
  }
}

/** Of which partitions something is not fetched yet, and how much. */
function leftOf({ ends, positions }: Place): { readonly partition: number; readonly position: bigint; readonly count: number }[] {
  return [...positions].flatMap(([key, position]) => {
    const partition = Number(key.slice(key.lastIndexOf(':') + 1));
    const count = Number((ends.get(partition) ?? 0n) - position);
    return count > 0 ? [{ partition, position, count }] : [];
  });
}

function unread(place: Place): number {
  return leftOf(place).reduce((sum, { count }) => sum + count, 0);
}

/** Behind what was removed without a gap; those are forgotten. */
function behind(floor: bigint, removed: Map<bigint, bigint> | undefined): bigint {
  let at = floor;
  for (let next = removed?.get(at); next !== undefined; next = removed?.get(at)) {
    removed?.delete(at);
    at = next;
  }
  return at;
}

function messageOf({ partition, offset, timestampMs, key, value, headers }: KafkaRecord, topicId: string): LyingMessage {
  const attributes = [...headers, [KEY_ATTRIBUTE, String(key ?? '')] as const].map(([name, text]) => [storable(name), storable(text)] as const);
  return {
    messageId: `${placeOf(topicId, partition)}-${offset}`, receiptHandle: `${partition}/${offset}`, body: String(value ?? ''), receiveCount: 1,
    sentAtMs: Math.min(Math.max(timestampMs, 0), LAST_MS), attributes: Object.fromEntries(attributes),
  };
}

/** What whoever keeps it can keep: anybody who may write to a topic writes what he likes. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '');
}

function placeIn(handle: string): { readonly partition: number; readonly offset: bigint } {
  const [partition = '', offset = ''] = handle.split('/');
  return { partition: Number(partition), offset: BigInt(offset) };
}
