/**
 * Reads topics of Kafka as a member of a group: fetches, has a batch handled, then commits.
 *
 * Promise: an offset is committed only when `handle` has resolved for every record before it, so nothing is lost, however
 * the process, the broker or the group's division ends; what was handled and not committed comes again, so `handle` settles
 * a record that it has seen. When the division changes, what was fetched under the old one is dropped and read again from
 * what is committed. A fault of Kafka ends the membership, and another begins after a wait. Records of one partition are
 * handled in their order; several leaders are read side by side.
 *
 * ```
 * join ──▶ positions ──▶ fetch ──▶ handle ──▶ commit ─┐
 *   ▲          ▲           ▲────────────────────────┘ │
 *   │          └──── the division has changed ◀───────┤
 *   └─────────────── wait ◀── a fault of Kafka ◀──────┘
 * ```
 *
 * Streams of the client are not used: they go on after a new division with a fetch that was under way before it, and what
 * that one skipped would be lost.
 */
import type { Sleep } from '@commerce/event-log/backoff';
import { backoffMs } from '@commerce/event-log/backoff';
import { ConnectionPool, Consumer, ListOffsetTimestamps } from '@platformatic/kafka';
import type { GroupAssignment } from '@platformatic/kafka';
import type { BusLogger } from './client.aws.ts';
import type { KafkaConnection } from './kafka-connection.kafka.ts';
import { clientOptions, faultCode, KafkaUnfit } from './kafka-connection.kafka.ts';
import type { KafkaRecord, Positions } from './kafka-records.ts';
import { nextOffsets, partitionKey, recordsOf } from './kafka-records.ts';

export interface GroupReaderOptions {
  readonly connection: KafkaConnection;
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Done before each membership: sees that the topics are there. See `ensureTopics`. */
  readonly prepare?: () => Promise<void>;
  /**
   * Resolves when each record has its effect or is put aside, durably. When it rejects, the same records come again after a
   * wait, and nothing else of their partitions before them: put aside what will never do. The signal aborts when the records
   * are somebody else's now, or it is time to stop.
   */
  readonly handle: (records: readonly KafkaRecord[], signal: AbortSignal) => Promise<void>;
  readonly sleep: Sleep;
  readonly random: () => number;
  /** Milliseconds of a clock that only goes forward. */
  readonly monotonicMs: () => number;
  readonly logger: BusLogger;
  /** Points where a test may end the process: `reader.handled`, after the effect and before its commit. */
  readonly faults?: { hit(name: string): void | Promise<void> };
  /** Records that are handled at once. Default 500, minimum 1. */
  readonly batchSize?: number;
  /** A member that is not heard of for so long is missed, and its partitions go to others. Default 10,000; the broker sets the least. */
  readonly sessionTimeoutMs?: number;
  /** How long `stop` waits for a batch that is being handled. Default 10,000 ms. */
  readonly stopLimitMs?: number;
}

/** Counts since the start. */
export interface GroupReaderStats {
  readonly fetched: number;
  readonly handled: number;
  /** Records handled whose offset is committed. */
  readonly committed: number;
  /** Of `handle`. */
  readonly handleFaults: number;
  readonly kafkaFaults: number;
  /** Divisions of the group's partitions that this member has seen. */
  readonly divisions: number;
}

export interface GroupReader {
  /** Begins to read; a Kafka that cannot be reached is tried again. */
  readonly start: () => void;
  /** Lets the batch in hand end, commits it and leaves the group, so that others have its partitions at once. */
  readonly stop: () => Promise<void>;
  /** It is a member of the group, and neither Kafka nor `handle` has been at fault for ten seconds. */
  readonly healthy: () => boolean;
  readonly stats: () => GroupReaderStats;
  /** The partitions it has now, as `topic:partition`. */
  readonly assigned: () => readonly string[];
}

const MAX_WAIT_MS = 500;
const MAX_FETCH_BYTES = 4_194_304;
const MAX_PARTITION_BYTES = 1_048_576;
const HEARTBEAT_MS = 1_000;
const SESSION_TIMEOUT_MS = 10_000;
const STOP_LIMIT_MS = 10_000;
const CLOSE_LIMIT_MS = 3_000;
const UNHEALTHY_AFTER_MS = 10_000;
const BACKOFF = { baseMs: 200, maxMs: 5_000 };

/** Makes a reader; `start` begins. */
export function createGroupReader(options: GroupReaderOptions): GroupReader {
  const reader = new Reader(options);
  return {
    start: () => reader.start(), stop: () => reader.stop(), healthy: () => reader.healthy(),
    stats: () => ({ ...reader.counts }), assigned: () => reader.assigned(),
  };
}

/** One membership: a client of the group, and the connections it fetches over, apart so that no fetch holds up a heartbeat. */
interface Member {
  readonly consumer: Consumer;
  readonly pool: ConnectionPool;
  /** Why the client has given up. */
  fault: unknown;
  /** The generation of the group whose division holds. While another is being agreed on, the client names that one already. */
  generation: number;
  /** Ends what is done under the division that holds now. */
  division: AbortController;
}

class Reader {
  readonly counts = { fetched: 0, handled: 0, committed: 0, handleFaults: 0, kafkaFaults: 0, divisions: 0 };
  readonly #options: GroupReaderOptions;
  readonly #stopping = new AbortController();
  /** Aborts when `stop` waits no longer. */
  readonly #over = new AbortController();
  #member: Member | undefined;
  #running: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #kafkaFaultSinceMs: number | undefined;
  #handleFaultSinceMs: number | undefined;

  constructor(options: GroupReaderOptions) {
    this.#options = options;
  }

  start(): void {
    this.#kafkaFaultSinceMs = this.#options.monotonicMs();
    this.#running ??= this.#run();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  healthy(): boolean {
    const lasts = (sinceMs: number | undefined): boolean => sinceMs !== undefined && this.#options.monotonicMs() - sinceMs > UNHEALTHY_AFTER_MS;
    return !this.#stopping.signal.aborted && this.#running !== undefined && !lasts(this.#kafkaFaultSinceMs) && !lasts(this.#handleFaultSinceMs);
  }

  assigned(): string[] {
    return (this.#member?.consumer.assignments ?? []).flatMap(({ topic, partitions }) => partitions.map((partition) => partitionKey(topic, partition)));
  }

  async #stop(): Promise<void> {
    const { sleep, stopLimitMs = STOP_LIMIT_MS } = this.#options;
    this.#stopping.abort();
    const limit = new AbortController();
    const late = sleep(stopLimitMs, limit.signal).then(() => this.#over.abort(), () => undefined);
    // What hangs in a call is cut with its connections.
    await Promise.race([this.#running, aborted(this.#over.signal).then(() => this.#member && this.#leave(this.#member))]);
    limit.abort();
    await late;
  }

  // Membership

  async #run(): Promise<void> {
    for (let failures = 0; !this.#stopping.signal.aborted; ) {
      const divisions = this.counts.divisions;
      try {
        await this.#live();
      } catch (error) {
        failures = this.counts.divisions > divisions ? 1 : failures + 1;
        this.#kafkaFault(error);
        await this.#pause(backoffMs(BACKOFF, failures, this.#options.random), this.#stopping.signal);
      }
    }
  }

  #kafkaFault(error: unknown): void {
    this.counts.kafkaFaults += 1;
    this.#kafkaFaultSinceMs ??= this.#options.monotonicMs();
    const reason = error instanceof KafkaUnfit ? { reason: error.message } : {};
    this.#options.logger.warn({ group: this.#options.groupId, code: faultCode(error), ...reason }, 'Kafka is at fault; the group is joined again');
  }

  /** Joins, and reads under one division after the other. Ends when it is time to stop; throws at a fault. */
  async #live(): Promise<void> {
    const stopping = aborted(this.#stopping.signal);
    await Promise.race([this.#options.prepare?.(), stopping]);
    if (this.#stopping.signal.aborted) return;
    const member = this.#join();
    this.#member = member;
    try {
      await Promise.race([member.consumer.joinGroup({}), stopping]);
      while (!this.#stopping.signal.aborted) {
        if (member.fault !== undefined) throw member.fault;
        await this.#readDivision(member);
      }
    } finally {
      this.#member = undefined;
      await this.#leave(member);
    }
  }

  #join(): Member {
    const { connection, groupId, topics, sessionTimeoutMs = SESSION_TIMEOUT_MS } = this.#options;
    // A join waits for the other members to come again: longer than any other call.
    const options = { ...clientOptions(connection), requestTimeout: sessionTimeoutMs + MAX_WAIT_MS };
    const consumer = new Consumer({
      ...options, groupId, autocommit: false, sessionTimeout: sessionTimeoutMs, rebalanceTimeout: sessionTimeoutMs, heartbeatInterval: Math.min(HEARTBEAT_MS, sessionTimeoutMs / 3),
      minBytes: 1, maxBytes: MAX_FETCH_BYTES, maxWaitTime: MAX_WAIT_MS,
    });
    const member: Member = { consumer, pool: new ConnectionPool(connection.clientId, options), fault: undefined, generation: -1, division: new AbortController() };
    consumer.topics.trackAll(...topics);
    consumer.on('error', (error) => {
      member.fault = error;
      member.division.abort();
    });
    consumer.on('consumer:group:join', () => {
      this.counts.divisions += 1;
      member.generation = consumer.generationId;
      member.division.abort();
      member.division = new AbortController();
    });
    return member;
  }

  /** Others have its partitions at once when the broker hears of it, and after the session's timeout when it does not. */
  async #leave({ consumer, pool, division }: Member): Promise<void> {
    division.abort();
    const late = new AbortController();
    const tell = (error: unknown): void => this.#options.logger.warn({ group: this.#options.groupId, code: faultCode(error) }, 'the group was left without a word');
    // A client that is closed alone goes on to beat when a join was under way.
    const closed = Promise.resolve(consumer.leaveGroup(true)).catch(tell).then(() => Promise.all([consumer.close(true), pool.close()])).catch(tell);
    await Promise.race([closed, this.#pause(CLOSE_LIMIT_MS, late.signal)]);
    late.abort();
  }

  // One division

  /** Reads until the division changes or it is time to stop. Throws at a fault of Kafka. */
  async #readDivision(member: Member): Promise<void> {
    const { consumer, generation, division: { signal: moved } } = member;
    const signal = AbortSignal.any([moved, this.#stopping.signal]);
    if (consumer.generationId !== generation) return this.#awaitDivision(signal);
    const assignments = (consumer.assignments ?? []).filter(({ partitions }) => partitions.length > 0);
    if (assignments.length === 0) {
      this.#kafkaFaultSinceMs = undefined;
      await aborted(signal);
      return;
    }
    const positions = await this.#positions(consumer, assignments);
    const byLeader = await this.#leaders(consumer, assignments);
    // One that fails ends the others: all of them begin again.
    const failed = new AbortController();
    const each = [...byLeader].map(([node, keys]) => this.#follow(member, { node, keys, generation, positions, moved, signal: AbortSignal.any([signal, failed.signal]) })
      .catch((error: unknown) => {
        failed.abort();
        throw error;
      }));
    const outcomes = await Promise.allSettled(each);
    const fault = outcomes.find(({ status }) => status === 'rejected');
    if (fault?.status === 'rejected' && !moved.aborted) throw fault.reason;
  }

  /** The members are agreeing on another division. Throws when that has no end. */
  async #awaitDivision(signal: AbortSignal): Promise<void> {
    const { sleep, sessionTimeoutMs = SESSION_TIMEOUT_MS } = this.#options;
    const isLate = await sleep(2 * sessionTimeoutMs, signal).then(() => true, () => false);
    if (isLate) throw new Error('The group has not agreed on a division of its partitions.');
  }

  /** Where to go on: what is committed, or the first record there is when that is no longer, or not yet, in the log. */
  async #positions(consumer: Consumer, assignments: GroupAssignment[]): Promise<Positions> {
    const topics = assignments.map(({ topic }) => topic);
    const partitions = Object.fromEntries(assignments.map((each) => [each.topic, each.partitions]));
    const committed = await consumer.listCommittedOffsets({ topics: assignments });
    const first = await consumer.listOffsets({ topics, partitions, timestamp: ListOffsetTimestamps.EARLIEST });
    const end = await consumer.listOffsets({ topics, partitions, timestamp: ListOffsetTimestamps.LATEST });
    const positions: Positions = new Map();
    for (const { topic, partitions: own } of assignments) {
      for (const partition of own) {
        const offset = committed.get(topic)?.[partition] ?? -1n;
        const earliest = first.get(topic)?.[partition] ?? 0n;
        const isThere = offset >= earliest && offset <= (end.get(topic)?.[partition] ?? 0n);
        if (offset >= 0n && !isThere) this.#options.logger.error({ group: this.#options.groupId, topic, partition, offset: String(offset) }, 'what is committed is not in the log; it is read from its first record');
        positions.set(partitionKey(topic, partition), isThere ? offset : earliest);
      }
    }
    return positions;
  }

  async #leaders(consumer: Consumer, assignments: GroupAssignment[]): Promise<Map<number, [topic: string, partition: number][]>> {
    const { topics } = await consumer.metadata({ topics: assignments.map(({ topic }) => topic) });
    const byLeader = new Map<number, [string, number][]>();
    for (const { topic, partitions } of assignments) {
      for (const partition of partitions) {
        const leader = topics.get(topic)?.partitions[partition]?.leader ?? -1;
        byLeader.set(leader, [...(byLeader.get(leader) ?? []), [topic, partition]]);
      }
    }
    return byLeader;
  }

  /** Fetch, handle, commit, over and over, of the partitions that one broker leads. */
  async #follow(member: Member, share: Share): Promise<void> {
    const { batchSize = 500 } = this.#options;
    while (!share.signal.aborted) {
      const records = await this.#fetch(member, share);
      this.#kafkaFaultSinceMs = undefined;
      for (let at = 0; at < records.length && !share.signal.aborted; at += batchSize) {
        const batch = records.slice(at, at + batchSize);
        if (!(await this.#handle(batch, share))) return;
        await this.#options.faults?.hit('reader.handled');
        if (member.consumer.generationId !== share.generation) return;
        await this.#commit(member.consumer, batch);
      }
    }
  }

  async #fetch({ consumer, pool }: Member, { node, keys, positions, signal }: Share): Promise<KafkaRecord[]> {
    const { topics: known } = await consumer.metadata({ topics: this.#options.topics.slice() });
    const topics = [...new Set(keys.map(([topic]) => topic))].map((topic) => ({
      topicId: known.get(topic)?.id ?? '',
      partitions: keys.filter(([of]) => of === topic).map(([, partition]) => ({
        partition, fetchOffset: positions.get(partitionKey(topic, partition)) ?? 0n, partitionMaxBytes: MAX_PARTITION_BYTES, currentLeaderEpoch: -1, lastFetchedEpoch: -1,
      })),
    }));
    const response = await consumer.fetch({ node, topics, connectionPool: pool });
    // What came under a division that is over is somebody else's.
    if (signal.aborted) return [];
    const topicNames = new Map([...known].map(([name, { id }]) => [id, name]));
    const records = recordsOf(response, topicNames, positions);
    this.counts.fetched += records.length;
    return records;
  }

  /** True when the batch has its effect; false when it is no longer to be handled here. */
  async #handle(batch: readonly KafkaRecord[], { moved, signal }: Share): Promise<boolean> {
    const { handle, random, groupId, logger } = this.#options;
    const given = AbortSignal.any([moved, this.#over.signal]);
    for (let failures = 1; ; failures += 1) {
      try {
        // One that does not heed its signal does not hold up the end.
        await Promise.race([handle(batch, given), aborted(this.#over.signal).then(() => Promise.reject(new Error('over')))]);
        this.counts.handled += batch.length;
        this.#handleFaultSinceMs = undefined;
        return true;
      } catch (error) {
        if (given.aborted) return false;
        this.counts.handleFaults += 1;
        this.#handleFaultSinceMs ??= this.#options.monotonicMs();
        logger.warn({ group: groupId, records: batch.length, code: faultCode(error) }, 'records were not handled; they are tried again');
        await this.#pause(backoffMs(BACKOFF, failures, random), signal);
        if (signal.aborted) return false;
      }
    }
  }

  async #commit(consumer: Consumer, batch: readonly KafkaRecord[]): Promise<void> {
    const offsets = nextOffsets(batch).map(({ topic, partition, offset }) => ({ topic, partition, offset, leaderEpoch: -1 }));
    await consumer.commit({ offsets });
    this.counts.committed += batch.length;
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return this.#options.sleep(ms, signal).catch(() => undefined);
  }
}

/** What one loop reads under one division. */
interface Share {
  readonly node: number;
  readonly keys: readonly (readonly [topic: string, partition: number])[];
  readonly generation: number;
  /** Of the next fetch; they move on with what was fetched. */
  readonly positions: Positions;
  /** The division is over. */
  readonly moved: AbortSignal;
  /** The division is over, another loop of it has failed, or it is time to stop. */
  readonly signal: AbortSignal;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
