/**
 * The consumer as a service runs it, on the bus that its configuration names. The client of Kafka is loaded only where it is chosen.
 * Promise: before it starts to consume, it has looked whether events can come at all; what is certainly lacking refuses the start.
 */
import type { BusLogger } from './client.aws.ts';
import type { SqsConsumerOptions } from './consumer.sqs.ts';
import { startSqsConsumer } from './consumer.sqs.ts';
import type { KafkaSettings } from './kafka-settings.file.ts';
import type { BusConfig } from './service-publisher.ts';
import type { SampleEvent } from './subscription-check.aws.ts';
import { checkSubscription } from './subscription-check.aws.ts';

export interface ServiceConsumerOptions extends Pick<SqsConsumerOptions, 'log' | 'accepts' | 'pool' | 'sleep' | 'random' | 'monotonicMs' | 'faults' | 'stopLimitMs'> {
  /** `fulfillmentQueueUrl`: on EventBridge, the queue that its rule fills; `fulfillmentQueueWaitSeconds`: as `waitSeconds` of `SqsConsumerOptions`. */
  readonly config: KafkaSettings & Pick<BusConfig, 'bus'> & { readonly fulfillmentQueueUrl: string | undefined; readonly fulfillmentQueueWaitSeconds?: number | undefined };
  /** The service, as it names itself to its bus. */
  readonly name: string;
  /** Whose events it takes, where several clients of the same kind read the same topics: on Kafka all processes of a client are one group. Default: the service. */
  readonly client?: string | undefined;
  /** On EventBridge: the stack that makes rule and queue, and one event of each kind that must come through. */
  readonly stack: string;
  readonly samples: readonly SampleEvent[];
  /** On Kafka, where a topic holds the events for all: whether one with these data is for this service. */
  readonly isOurs: (data: unknown) => boolean;
  readonly logger: BusLogger;
}

/** What a consumer promises, whatever its bus. `Stats`: counts since the start, and what is in hand now. */
export interface ServiceConsumer<Stats = unknown> {
  /** Receives no more, and finishes what is in hand or leaves it to others. Resolves when nothing runs any more; never rejects. */
  stop(): Promise<void>;
  stats(): Stats;
  /** False while the bus or the database have been failing for more than ten seconds, before queue or topics were seen, and after `stop`. */
  healthy(): boolean;
}

export async function startServiceConsumer({ config, name, client = name, stack, samples, isOurs, ...rest }: ServiceConsumerOptions): Promise<ServiceConsumer> {
  if (config.bus === 'kafka') {
    const [{ startKafkaConsumer }, { topicOn }, { kafkaBusOf }] = await Promise.all([import('./consumer.kafka.ts'), import('./bus-topics.kafka.ts'), import('./kafka-settings.file.ts')]);
    const bus = kafkaBusOf(config, name);
    return startKafkaConsumer({ ...rest, bus, groupId: topicOn(bus, client), isOurs });
  }
  const { fulfillmentQueueUrl: queueUrl, fulfillmentQueueWaitSeconds: waitSeconds } = config;
  // The configuration has seen that it is there.
  if (queueUrl === undefined) throw new Error('FULFILLMENT_QUEUE_URL is missing.');
  await checkSubscription({ queueUrl, samples, stack, logger: rest.logger });
  return startSqsConsumer({ ...rest, queueUrl, ...(waitSeconds !== undefined && { waitSeconds }) });
}
