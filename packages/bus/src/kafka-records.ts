/**
 * Records of Kafka as they are handled here, out of the answer to a fetch. Pure.
 */
import type { Consumer, RecordsBatch } from '@platformatic/kafka';

/** What a fetch answers. */
export type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;

/** One record of a topic. Key and value are as they came: nothing is known of them yet. */
export interface KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestampMs: number;
  readonly key: Buffer | undefined;
  readonly value: Buffer | undefined;
  readonly headers: ReadonlyMap<string, string>;
}

/** Under which the key of a dead record stands beside its headers, where it is shown as a message. */
export const KEY_ATTRIBUTE = 'dead-letter-key';

/** `topic:partition` → the offset of the next record to fetch. */
export type Positions = Map<string, bigint>;

/** Batches in which the broker keeps the marks of transactions. */
const IS_CONTROL = 0b10_0000;

export function partitionKey(topic: string, partition: number): string {
  return `${topic}:${partition}`;
}

/**
 * The records of an answer, by partition and offset; `positions` move on behind them. What stands before a position came
 * along with its batch, and partitions without a position were not asked for.
 * @param topics topic id → name
 */
export function recordsOf(response: FetchResponse, topics: ReadonlyMap<string, string>, positions: Positions): KafkaRecord[] {
  const records: KafkaRecord[] = [];
  for (const { topicId, partitions } of response.responses) {
    const topic = topics.get(topicId);
    if (topic === undefined) continue;
    for (const { partitionIndex: partition, records: batches } of partitions) {
      const key = partitionKey(topic, partition);
      for (const batch of batches ?? []) {
        const position = positions.get(key);
        if (position === undefined) continue;
        if ((batch.attributes & IS_CONTROL) === 0) records.push(...ofBatch(batch, topic, partition, position));
        const next = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
        if (next > position) positions.set(key, next);
      }
    }
  }
  return records;
}

function ofBatch(batch: RecordsBatch, topic: string, partition: number, position: bigint): KafkaRecord[] {
  return batch.records.flatMap((record) => {
    const offset = batch.firstOffset + BigInt(record.offsetDelta);
    if (offset < position) return [];
    const headers = new Map(record.headers.map(([name, value]) => [String(name ?? ''), String(value ?? '')]));
    return [{ topic, partition, offset, timestampMs: Number(batch.firstTimestamp + record.timestampDelta), key: record.key ?? undefined, value: record.value ?? undefined, headers }];
  });
}

/** Offsets of a partition at which there is no record: from the first of them to the one behind the last. */
export interface Skipped {
  readonly partition: number;
  readonly from: bigint;
  readonly next: bigint;
}

/** What a fetch has passed over without a record, of a topic: marks of transactions, and what the broker has taken out. `before` and `after`: its positions. */
export function skippedIn(topic: string, records: readonly KafkaRecord[], before: Positions, after: Positions): Skipped[] {
  return [...after].flatMap(([key, end]) => {
    const partition = Number(key.slice(key.lastIndexOf(':') + 1));
    let at = before.get(key) ?? end;
    if (key !== partitionKey(topic, partition) || at >= end) return [];
    const skipped: Skipped[] = [];
    for (const { offset } of [...records.filter((record) => record.topic === topic && record.partition === partition), { offset: end }]) {
      if (offset > at) skipped.push({ partition, from: at, next: offset });
      at = offset + 1n;
    }
    return skipped;
  });
}

/** What to commit when these are handled: of each partition the offset behind its last record. */
export function nextOffsets(records: readonly KafkaRecord[]): { topic: string; partition: number; offset: bigint }[] {
  const next = new Map<string, { topic: string; partition: number; offset: bigint }>();
  for (const { topic, partition, offset } of records) next.set(partitionKey(topic, partition), { topic, partition, offset: offset + 1n });
  return [...next.values()];
}
