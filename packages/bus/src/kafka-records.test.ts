import { describe, expect, test } from '@jest/globals';
import { deadLetterOf } from './dead-letters.kafka.ts';
import { brokersOf } from './kafka-connection.kafka.ts';
import type { FetchResponse, KafkaRecord } from './kafka-records.ts';
import { nextOffsets, recordsOf, skippedIn } from './kafka-records.ts';

const TOPICS = new Map([['id-of-orders', 'orders']]);

/** A batch of records from `firstOffset` on, as the broker keeps it. */
function batch(firstOffset: number, values: readonly string[], attributes = 0): object {
  const records = values.map((value, offsetDelta) => ({ offsetDelta, timestampDelta: BigInt(offsetDelta), key: Buffer.from('key'), value: Buffer.from(value), headers: [[Buffer.from('name'), Buffer.from('text')]] }));
  return { firstOffset: BigInt(firstOffset), lastOffsetDelta: values.length - 1, firstTimestamp: 1_000n, attributes, records };
}

function answer(partitions: readonly { readonly partitionIndex: number; readonly records: readonly object[] | null }[], topicId = 'id-of-orders'): FetchResponse {
  return { responses: [{ topicId, partitions }] } as unknown as FetchResponse;
}

const text = ({ value }: KafkaRecord): string => String(value);

describe('the records of an answer', () => {
  test('come with their place, and positions move on behind them', () => {
    const positions = new Map([['orders:0', 5n], ['orders:1', 0n]]);
    const records = recordsOf(answer([{ partitionIndex: 0, records: [batch(5, ['a', 'b']), batch(7, ['c'])] }, { partitionIndex: 1, records: null }]), TOPICS, positions);
    expect(records.map((record) => [text(record), record.partition, record.offset, record.timestampMs])).toEqual([['a', 0, 5n, 1_000], ['b', 0, 6n, 1_001], ['c', 0, 7n, 1_000]]);
    expect(records[0]?.headers).toEqual(new Map([['name', 'text']]));
    expect(positions).toEqual(new Map([['orders:0', 8n], ['orders:1', 0n]]));
  });

  test('leave out what stands before the position, for a batch comes whole', () => {
    const positions = new Map([['orders:0', 7n]]);
    expect(recordsOf(answer([{ partitionIndex: 0, records: [batch(5, ['a', 'b', 'c'])] }]), TOPICS, positions).map(text)).toEqual(['c']);
  });

  test('leave out the marks of transactions, and go on behind them', () => {
    const positions = new Map([['orders:0', 5n]]);
    expect(recordsOf(answer([{ partitionIndex: 0, records: [batch(5, ['mark'], 0x20), batch(6, ['a'])] }]), TOPICS, positions).map(text)).toEqual(['a']);
    expect(positions.get('orders:0')).toBe(7n);
  });

  test('leave out what was not asked for', () => {
    const positions = new Map([['orders:0', 5n]]);
    expect(recordsOf(answer([{ partitionIndex: 3, records: [batch(5, ['a'])] }]), TOPICS, positions)).toEqual([]);
    expect(recordsOf(answer([{ partitionIndex: 0, records: [batch(5, ['a'])] }], 'id-of-another'), TOPICS, positions)).toEqual([]);
    expect(positions).toEqual(new Map([['orders:0', 5n]]));
  });

  test('leave places at which there is no record, each told as a span: marks of transactions, and what was taken out', () => {
    const before = new Map([['orders:0', 5n], ['orders:1', 3n]]);
    const after = new Map(before);
    const records = recordsOf(answer([{ partitionIndex: 0, records: [batch(5, ['mark'], 0x20), batch(6, ['a', 'b']), batch(12, ['c']), batch(13, ['mark'], 0x20)] }]), TOPICS, after);
    expect(skippedIn('orders', records, before, after)).toEqual([{ partition: 0, from: 5n, next: 6n }, { partition: 0, from: 8n, next: 12n }, { partition: 0, from: 13n, next: 14n }]);
    expect(skippedIn('orders', [], after, after)).toEqual([]);
  });

  test('are committed as the offset behind the last of each partition', () => {
    const records = [['orders', 0, 5n], ['orders', 0, 6n], ['orders', 1, 2n], ['others', 0, 9n]].map(([topic, partition, offset]) => ({ topic, partition, offset }) as KafkaRecord);
    expect(nextOffsets(records)).toEqual([{ topic: 'orders', partition: 0, offset: 7n }, { topic: 'orders', partition: 1, offset: 3n }, { topic: 'others', partition: 0, offset: 10n }]);
  });
});

test('a dead letter has the record as it came, and says why and where it stood', () => {
  const record: KafkaRecord = { topic: 'orders', partition: 3, offset: 9n, timestampMs: 0, key: Buffer.from('key'), value: Buffer.from('not JSON'), headers: new Map([['x-correlation-id', 'flow']]) };
  const { topic, key, value, headers } = deadLetterOf(record, 'invalid', 'a\nb');
  expect([topic, String(key), String(value)]).toEqual(['orders.dead-letters', 'key', 'not JSON']);
  expect([...(headers as Map<Buffer, Buffer>)].map(([name, of]) => `${name}: ${of}`)).toEqual([
    'x-correlation-id: flow', 'dead-letter-reason: invalid', 'dead-letter-detail: a b', 'dead-letter-topic: orders', 'dead-letter-partition: 3', 'dead-letter-offset: 9',
  ]);
});

test('brokers are written host:port, with commas between them', () => {
  expect(brokersOf('127.0.0.1:9092, broker-2.example:19092,[::1]:9092')).toEqual(['127.0.0.1:9092', 'broker-2.example:19092', '[::1]:9092']);
  for (const wrong of ['', '127.0.0.1', '127.0.0.1:0', 'host:70000', 'http://host:9092', 'a:1,,b:2']) expect(() => brokersOf(wrong)).toThrow('set KAFKA_BROKERS');
});
