/**
 * Takes updates from Kafka, as one of a group, and has them processed.
 *
 * Promise: an offset is committed only when each update before it has its effect or is settled otherwise: stale, duplicate,
 * kept until its order comes, or recorded as invalid. Whatever comes twice, after a kill or a new division of the partitions,
 * is a duplicate the second time. Updates of one order are processed in their order. A record that is no update, or that
 * fails by itself and not for want of the database, goes to the dead-letter topic, and those behind it go on. So does one that
 * the ingest has not signed: nothing of it is applied. And so does one that is not kept because too many wait already: its provider,
 * which was answered 202, does not tell it again.
 */
import { deadLetterOf } from '@commerce/bus/kafka-dead-letters';
import { createGroupReader } from '@commerce/bus/group-reader';
import type { GroupReader, GroupReaderOptions } from '@commerce/bus/group-reader';
import type { KafkaRecord } from '@commerce/bus/kafka-records';
import type { KafkaBus } from '@commerce/bus/kafka-topics';
import { topicOn } from '@commerce/bus/kafka-topics';
import { createRecordSender } from '@commerce/bus/record-sender';
import { backoffMs } from '@commerce/event-log/backoff';
import { isItsOwn, ownCode, readUpdate } from './record.ts';
import type { RecordKeys } from './record-signature.ts';
import { ensureUpdateTopics, updateTopics } from './topics.kafka.ts';
import type { UpdateAnswer, Updates } from './update.ts';

export interface UpdatesConsumerOptions extends Omit<GroupReaderOptions, 'connection' | 'groupId' | 'topics' | 'prepare' | 'handle'> {
  readonly bus: KafkaBus;
  /** This service's own name, where others of its kind may read the same topics. */
  readonly client: string;
  readonly updates: Updates;
  /** One of them has signed each record that is taken. */
  readonly keys: RecordKeys;
}

/** Counts since the start. */
export interface UpdatesConsumerStats {
  /** Updates by what became of them. */
  readonly verdicts: Readonly<Partial<Record<UpdateAnswer['verdict'], number>>>;
  /** Records put into the dead-letter topic, by reason. One wants a person. */
  readonly putAside: Readonly<Partial<Record<AsideReason, number>>>;
}

export interface UpdatesConsumer extends Omit<GroupReader, 'stats'> {
  readonly stats: () => UpdatesConsumerStats & ReturnType<GroupReader['stats']>;
}

/** Why a record stands in the dead-letter topic. */
export const ASIDE_REASONS = ['unsigned', 'wrong_signature', 'invalid', 'failed', 'too_many_waiting'] as const;
type AsideReason = (typeof ASIDE_REASONS)[number];

/** All processes of a client: each update is taken by one of them. */
function groupOf({ bus, client }: Pick<UpdatesConsumerOptions, 'bus' | 'client'>): string {
  return topicOn(bus, `${client}.updates`);
}

/** Tries of a record that fails by itself, before it is put aside. */
const TRIES = 3;
const BACKOFF = { baseMs: 50, maxMs: 1_000 };

export function createUpdatesConsumer(options: UpdatesConsumerOptions): UpdatesConsumer {
  const consumer = new Consumer(options);
  const { bus } = options;
  const { orders, disputes } = updateTopics(bus);
  const reader = createGroupReader({
    ...options, connection: bus.connection, groupId: groupOf(options), topics: [orders, disputes],
    prepare: () => ensureUpdateTopics(bus), handle: (records, signal) => consumer.handle(records, signal),
  });
  return {
    ...reader,
    stop: async () => {
      await reader.stop();
      await consumer.close();
    },
    stats: () => ({ ...reader.stats(), verdicts: { ...consumer.verdicts }, putAside: { ...consumer.putAside } }),
  };
}

class Consumer {
  readonly verdicts: Partial<Record<UpdateAnswer['verdict'], number>> = {};
  readonly putAside: Partial<Record<AsideReason, number>> = {};
  readonly #options: UpdatesConsumerOptions;
  readonly #orders: string;
  readonly #deadLetters: ReturnType<typeof createRecordSender>;

  constructor(options: UpdatesConsumerOptions) {
    this.#options = options;
    this.#orders = updateTopics(options.bus).orders;
    this.#deadLetters = createRecordSender({ connection: options.bus.connection });
  }

  close(): Promise<void> {
    return this.#deadLetters.close();
  }

  /** Orders side by side, the updates of each one after the other. Rejects when one of them must come again, after all have ended. */
  async handle(records: readonly KafkaRecord[], signal: AbortSignal): Promise<void> {
    const byOrder = Map.groupBy(records, ({ key }) => String(key ?? ''));
    const outcomes = await Promise.allSettled([...byOrder.values()].map(async (own) => {
      for (const record of own) await this.#take(record, signal);
    }));
    const failed = outcomes.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  async #take(record: KafkaRecord, signal: AbortSignal): Promise<void> {
    const { topic, key, value, headers } = record;
    const { keys, updates } = this.#options;
    const process = readUpdate(keys, topic === this.#orders ? 'order' : 'dispute', { topic, key: String(key ?? ''), value, headers });
    if (typeof process === 'string') return this.#putAside(record, process);
    for (let tries = 1; ; tries += 1) {
      signal.throwIfAborted();
      try {
        const { verdict, isUnkept } = await process(updates);
        this.verdicts[verdict] = (this.verdicts[verdict] ?? 0) + 1;
        if (isUnkept !== true) return;
        break;
      } catch (error) {
        if (!isItsOwn(error)) throw error;
        if (tries === TRIES) return this.#putAside(record, 'failed', error);
        await this.#options.sleep(backoffMs(BACKOFF, tries, this.#options.random), signal);
      }
    }
    await this.#putAside(record, 'too_many_waiting');
  }

  async #putAside(record: KafkaRecord, reason: AsideReason, error?: unknown): Promise<void> {
    const code = error === undefined ? '' : ownCode(error);
    await this.#deadLetters.send(deadLetterOf(record, reason, code));
    this.putAside[reason] = (this.putAside[reason] ?? 0) + 1;
    const { topic, partition, offset } = record;
    this.#options.logger.error({ topic, partition, offset: String(offset), reason, code }, 'a record could not be used; it stands in the dead-letter topic');
  }
}
