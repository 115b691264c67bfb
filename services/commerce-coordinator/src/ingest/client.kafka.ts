/**
 * Sends updates over Kafka: to the topic of their kind, under their order.
 *
 * Promise: a send resolves when the brokers have acknowledged the update, on all replicas; what becomes of it then is seen by
 * the reader of the topic (../updates/consumer.kafka.ts), so there is no duplicate, unknown order or invalid status here. Before
 * the first update the topics are there. Each record is signed, so that the reader knows that it was written here.
 */
import { faultCode } from '@commerce/bus/kafka-connection';
import type { KafkaBus } from '@commerce/bus/kafka-topics';
import { createRecordSender } from '@commerce/bus/record-sender';
import { ensureUpdateTopics, updateTopics } from '../updates/topics.kafka.ts';
import { signatureHeaders } from '../updates/record-signature.ts';
import type { RecordKeys } from '../updates/record-signature.ts';
import type { DisputeUpdateRequest, OrderUpdateRequest } from '../updates/update.ts';
import type { Client, SendContext, Sent } from './client.ts';
import { ErrServiceUnavailable } from './errors.ts';

export interface KafkaClientOptions {
  readonly bus: KafkaBus;
  /** Sign each record. */
  readonly keys: RecordKeys;
  readonly nowMs: () => number;
}

export function createKafkaClient({ bus, keys, nowMs }: KafkaClientOptions): Client {
  const sender = createRecordSender({ connection: bus.connection });
  const topics = updateTopics(bus);
  let topicsSeen: Promise<void> | undefined;

  function seeTopics(): Promise<void> {
    topicsSeen ??= ensureUpdateTopics(bus).catch((error: unknown) => {
      topicsSeen = undefined;
      throw error;
    });
    return topicsSeen;
  }

  async function send(topic: string, request: OrderUpdateRequest | DisputeUpdateRequest, { signal, correlationId }: SendContext): Promise<Sent> {
    try {
      await seeTopics();
      signal.throwIfAborted();
      const [key, value] = [keyOf(request), Buffer.from(JSON.stringify(request))];
      const headers = { 'content-type': 'application/json', 'x-correlation-id': correlationId, ...signatureHeaders(keys, { topic, key, value, correlationId }, nowMs()) };
      await sender.send({ topic, key: Buffer.from(key), value, headers: new Map(Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])) }, signal);
      return 'accepted';
    } catch (error) {
      const code = faultCode(error);
      throw new ErrServiceUnavailable(`Kafka did not acknowledge the update (${code})`, { timedOut: signal.aborted || TIMEOUTS.has(code), cause: error });
    }
  }

  return {
    sendOrderUpdate: (request, context) => send(topics.orders, request, context),
    sendDisputeUpdate: (request, context) => send(topics.disputes, request, context),
    close: () => sender.close(),
  };
}

/** What concerns one order stands in one partition, in its order; of a dispute whose order is not named, what concerns one charge. */
function keyOf({ provider, orderId, reference = '' }: OrderUpdateRequest | DisputeUpdateRequest): string {
  return orderId ?? `${provider}:${reference}`;
}

const TIMEOUTS = new Set(['PLT_KFK_TIMEOUT', 'REQUEST_TIMED_OUT']);
