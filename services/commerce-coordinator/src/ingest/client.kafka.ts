/**
 * Sends updates over Kafka: to the topic of their kind, under their order.
 *
 * Promise: a send resolves when the brokers have acknowledged the update, on all replicas; what becomes of it then is seen by
 * the reader of the topic (../updates/consumer.kafka.ts), so there is no duplicate, unknown order or invalid status here. Before
 * the first update the topics are there.
 */
import { faultCode } from '@commerce/bus/kafka-connection';
import type { KafkaBus } from '@commerce/bus/kafka-topics';
import { createRecordSender } from '@commerce/bus/record-sender';
import { ensureUpdateTopics, updateTopics } from '../updates/topics.kafka.ts';
import type { Client, SendContext, Sent } from './client.ts';
import { ErrServiceUnavailable } from './errors.ts';

const JSON_TYPE = Buffer.from('application/json');
const CONTENT_TYPE = Buffer.from('content-type');
const CORRELATION_ID = Buffer.from('x-correlation-id');

export function createKafkaClient(bus: KafkaBus): Client {
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

  async function send(topic: string, request: { readonly orderId: string }, { signal, correlationId }: SendContext): Promise<Sent> {
    try {
      await seeTopics();
      signal.throwIfAborted();
      const headers = new Map([[CONTENT_TYPE, JSON_TYPE], [CORRELATION_ID, Buffer.from(correlationId)]]);
      await sender.send({ topic, key: Buffer.from(request.orderId), value: Buffer.from(JSON.stringify(request)), headers }, signal);
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

const TIMEOUTS = new Set(['PLT_KFK_TIMEOUT', 'REQUEST_TIMED_OUT']);
