/** The reader of a group on a real Kafka, which is killed and started again. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { systemSleep } from '@commerce/service-kit/ports';
import { setTimeout as wait } from 'node:timers/promises';
import { keepLines } from '../test-kit/logger.ts';
import { NO_KAFKA, startKafka } from '../test-kit/kafka.ts';
import type { TestKafka } from '../test-kit/kafka.ts';
import type { GroupReader, GroupReaderOptions } from './group-reader.kafka.ts';
import { createGroupReader } from './group-reader.kafka.ts';
import { ensureTopics, KafkaUnfit } from './kafka-connection.kafka.ts';
import type { RecordSender } from './record-sender.kafka.ts';
import { createRecordSender } from './record-sender.kafka.ts';

const PARTITIONS = 4;

async function until(isSo: () => boolean, what: string, limitMs = 30_000): Promise<void> {
  const deadlineMs = performance.now() + limitMs;
  while (!isSo()) {
    if (performance.now() > deadlineMs) throw new Error(`Waited ${limitMs} ms: ${what}.`);
    await wait(20);
  }
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

(NO_KAFKA === undefined ? describe : describe.skip)(`a reader of a group${NO_KAFKA === undefined ? '' : ` (${NO_KAFKA})`}`, () => {
  let kafka: TestKafka;
  let sender: RecordSender;
  let readers: GroupReader[] = [];
  beforeAll(async () => {
    kafka = await startKafka({ own: true });
    sender = createRecordSender({ connection: kafka.connection });
  });
  afterEach(async () => {
    await Promise.all(readers.map((reader) => reader.stop()));
    readers = [];
  });
  afterAll(async () => {
    await sender.close();
    await kafka.close();
  });

  async function topic(): Promise<string> {
    const name = kafka.fresh('numbers');
    await ensureTopics(kafka.connection, [{ name, partitions: PARTITIONS, retentionDays: 1 }]);
    return name;
  }

  /** Sends each number under a key of its own; resolves with those that were acknowledged. */
  async function send(name: string, all: readonly number[]): Promise<number[]> {
    const outcomes = await Promise.allSettled(all.map((number) => sender.send({ topic: name, key: Buffer.from(String(number)), value: Buffer.from(String(number)) })));
    return all.filter((_, index) => outcomes[index]?.status === 'fulfilled');
  }

  function read(name: string, groupId: string, handle: (all: number[], signal: AbortSignal) => Promise<void> | void, given: Partial<GroupReaderOptions> = {}): GroupReader {
    const reader = createGroupReader({
      connection: kafka.connection, groupId, topics: [name], sleep: systemSleep, random: Math.random, monotonicMs: () => performance.now(), logger: keepLines(), sessionTimeoutMs: 3_000,
      handle: async (records, signal) => handle(records.map(({ value }) => Number(value)), signal), ...given,
    });
    readers.push(reader);
    reader.start();
    return reader;
  }

  test('has what was there before it, and what comes, and the next one goes on where it ended', async () => {
    const name = await topic();
    const group = kafka.fresh('group');
    const seen: number[] = [];
    await send(name, numbers(0, 50));
    const first = read(name, group, (all) => void seen.push(...all));
    await until(() => seen.length === 50, 'what was there before');
    await send(name, numbers(50, 100));
    await until(() => first.stats().committed === 100, 'what came');
    expect(first.healthy()).toBe(true);
    await first.stop();
    await send(name, numbers(100, 120));
    const second: number[] = [];
    read(name, group, (all) => void second.push(...all));
    await until(() => second.length >= 20, 'what came in between');
    expect(seen.toSorted((a, b) => a - b)).toEqual(numbers(0, 100));
    expect(second.toSorted((a, b) => a - b)).toEqual(numbers(100, 120));
  });

  test('brings again what was not handled, and nothing of the partition before it', async () => {
    const name = await topic();
    const tried: number[] = [];
    let isBroken = true;
    await Promise.all(numbers(0, 3).map((number) => sender.send({ topic: name, partition: 0, key: Buffer.from('one'), value: Buffer.from(String(number)) })));
    const reader = read(name, kafka.fresh('group'), (all) => {
      tried.push(...all);
      if (isBroken && all.includes(1)) throw new Error('broken');
    }, { batchSize: 1 });
    // A busy machine may look when there are more.
    await until(() => reader.stats().handleFaults >= 2, 'two faults');
    expect(tried.slice(0, 3)).toEqual([0, 1, 1]);
    isBroken = false;
    await until(() => reader.stats().committed === 3, 'all of them');
    expect(tried.slice(3).filter((number) => number !== 1)).toEqual([2]);
  });

  test('brings again what was handled and not committed', async () => {
    const name = await topic();
    const seen: number[] = [];
    let hits = 0;
    await send(name, numbers(0, 20));
    // The first membership ends between the effect and the commit.
    const hit = (): void => {
      hits += 1;
      if (hits === 1) throw new Error('ended here');
    };
    const reader = read(name, kafka.fresh('group'), (all) => void seen.push(...all), { faults: { hit } });
    await until(() => reader.stats().committed === 20, 'all of them');
    expect(new Set(seen).size).toBe(20);
    expect(seen.length).toBeGreaterThan(20);
    expect(reader.stats().divisions).toBe(2);
  });

  test('ends within its limit, whatever is in hand', async () => {
    const name = await topic();
    const group = kafka.fresh('group');
    let isHeld = false;
    await send(name, [1]);
    const reader = read(name, group, () => new Promise<void>(() => { isHeld = true; }), { stopLimitMs: 200 });
    await until(() => isHeld, 'a batch in hand');
    await reader.stop();
    const seen: number[] = [];
    read(name, group, (all) => void seen.push(...all));
    await until(() => seen.length === 1, 'it comes to another');
  });

  test('shares the partitions with others, and loses nothing when they come and go', async () => {
    const name = await topic();
    const group = kafka.fresh('group');
    const seen: number[] = [];
    const handle = async (all: number[]): Promise<void> => {
      await wait(5);
      seen.push(...all);
    };
    const first = read(name, group, handle, { batchSize: 5 });
    await until(() => first.assigned().length === PARTITIONS, 'all partitions for the first');
    const sending = (async () => {
      const sent: number[] = [];
      for (let at = 0; at < 600; at += 20) {
        sent.push(...(await send(name, numbers(at, at + 20))));
        await wait(100);
      }
      return sent;
    })();
    const second = read(name, group, handle, { batchSize: 5 });
    await until(() => first.assigned().length === PARTITIONS / 2 && second.assigned().length === PARTITIONS / 2, 'half of them for each');
    await first.stop();
    await until(() => second.assigned().length === PARTITIONS, 'all of them for the second');
    const sent = await sending;
    await until(() => new Set(seen).size === 600, 'all that was sent');
    expect(sent).toHaveLength(600);
    expect(second.stats().divisions).toBeGreaterThanOrEqual(2);
    // What was in hand when the division changed comes twice, and no more than that.
    expect(seen.length - 600).toBeLessThan(100);
  });

  test('loses nothing that was acknowledged when the broker is killed under load', async () => {
    const name = await topic();
    const seen = new Set<number>();
    const reader = read(name, kafka.fresh('group'), (all) => all.forEach((number) => seen.add(number)));
    await until(() => reader.assigned().length === PARTITIONS, 'all partitions');
    const acknowledged: number[] = [];
    let next = 0;
    let isOver = false;
    const load = (async () => {
      while (!isOver) {
        acknowledged.push(...(await send(name, numbers(next, next + 25))));
        next += 25;
        await wait(10);
      }
    })();
    await until(() => acknowledged.length > 200, 'a stream');
    await kafka.kill();
    const before = acknowledged.length;
    await wait(500);
    await kafka.start();
    await until(() => acknowledged.length > before + 200, 'the stream again', 40_000);
    isOver = true;
    await load;
    expect(next).toBeGreaterThan(acknowledged.length);
    await until(() => acknowledged.every((number) => seen.has(number)), 'all that was acknowledged');
    expect(reader.stats().kafkaFaults).toBeGreaterThan(0);
    await until(() => reader.healthy(), 'health');
  }, 90_000);

  test('is refused a topic with fewer partitions than wanted', async () => {
    const name = await topic();
    await expect(ensureTopics(kafka.connection, [{ name, partitions: PARTITIONS + 1, retentionDays: 1 }])).rejects.toThrow(KafkaUnfit);
    await ensureTopics(kafka.connection, [{ name, partitions: PARTITIONS - 1, retentionDays: 1 }]);
  });
});
