/**
 * The way of the publisher (publisher.ts) to Kafka: each event to the topic of its type, under its subject as the key.
 *
 * Promise: one send after the other by an idempotent producer, acknowledged by all replicas, so that events of one subject stand
 * in their topic in the order of the log; only one that Kafka refused, and that is sent again later, stands behind those that
 * followed it. Before the first event the topics of what is published are there, with the partitions of their table.
 */
import type { TopicName } from '@commerce/events/topics';
import { TOPICS } from '@commerce/events/topics';
import type { MessageToProduce, Producer } from '@platformatic/kafka';
import type { KafkaBus } from './bus-topics.kafka.ts';
import { assertTopics, topicOn } from './bus-topics.kafka.ts';
import { recordOf } from './event-record.ts';
import { faultCode, idempotentProducer } from './kafka-connection.kafka.ts';
import type { Pending, WireFormat } from './pending.ts';
import type { BusPublisher, BusWay, PublishingOptions } from './publisher.ts';
import { createPublisher } from './publisher.ts';
import { packCalls } from './put-entries.ts';

export interface KafkaPublisherOptions extends PublishingOptions {
  readonly bus: KafkaBus;
  /** Topics of what is published. Default all of the table. */
  readonly topics?: readonly TopicName[];
}

/** Events in one send at most. */
const MOST_EVENTS = 500;

/** Makes the publisher; hand it to the readers of the log as a stream. */
export function createKafkaPublisher(options: KafkaPublisherOptions): BusPublisher {
  return createPublisher(wayTo(options), options);
}

function wayTo({ bus, topics = Object.keys(TOPICS) as TopicName[], wireFormat }: KafkaPublisherOptions): BusWay {
  const producer = idempotentProducer(bus.connection);
  return {
    see: () => assertTopics(bus, topics),
    pack: (pending) => packCalls(pending, MOST_EVENTS), inFlight: 1, keepsOrder: true, fault: faultOf,
    // The client has tried each send some times itself.
    unreachedRounds: 2,
    async put(call, signal) {
      await unlessAborted(send(producer, messagesOf(call, bus, wireFormat)), signal);
      return [];
    },
    close: () => void producer.close().catch(() => undefined),
  };
}

function messagesOf(call: readonly Pending[], bus: KafkaBus, wireFormat: WireFormat | undefined): MessageToProduce[] {
  return call.map((pending) => {
    const { topic, key, value, headers } = recordOf(pending, wireFormat);
    return { topic: topicOn(bus, topic), key: Buffer.from(key), value: Buffer.from(value), headers: new Map(Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])) };
  });
}

async function send(producer: Producer, messages: MessageToProduce[]): Promise<void> {
  await producer.send({ messages });
}

/** Faults that lie in a record or its topic, and what becomes of the record: it will be refused again, or perhaps not. */
const RECORD_FAULTS: Readonly<Record<string, 'refused' | 'later'>> = {
  MESSAGE_TOO_LARGE: 'refused', RECORD_LIST_TOO_LARGE: 'refused', INVALID_RECORD: 'refused', INVALID_TIMESTAMP: 'refused', CORRUPT_MESSAGE: 'refused', POLICY_VIOLATION: 'refused',
  TOPIC_AUTHORIZATION_FAILED: 'refused', INVALID_TOPIC_EXCEPTION: 'refused', UNKNOWN_TOPIC_OR_PARTITION: 'later',
};

function faultOf(error: unknown): ReturnType<BusWay['fault']> {
  const code = faultCode(error);
  const event = RECORD_FAULTS[code];
  return event === undefined ? { code } : { code, event };
}

/** A send cannot be called back: what it still does is not waited for. */
function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
