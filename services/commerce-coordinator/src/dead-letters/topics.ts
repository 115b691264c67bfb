/**
 * The dead-letter topics of Kafka from which this service reads, where it reads from Kafka at all: how much waits in them, and they
 * themselves for the tool. The client of Kafka is loaded only then.
 */
import type { Waiting } from '@commerce/bus/dead-letter-topics';
import type { KafkaSettings } from '@commerce/bus/kafka-settings';
import type { AcceptedEvent } from '@commerce/bus/message';
import type { DeadQueue } from '@commerce/dead-letters/dead-queue';
import { countEnded } from '@commerce/dead-letters/messages';
import { TOPIC_QUEUES } from '@commerce/dead-letters/selection';
import type { TopicQueueName } from '@commerce/dead-letters/selection';
import type { EventLog } from '@commerce/event-log/log';
import type { Running } from '@commerce/service-kit/running';
import { recordKeys } from '../updates/record-signature.ts';
import type { Updates } from '../updates/update.ts';

/** Of updates, as the ingest writes them. */
const UPDATE_TOPICS = ['order-updates', 'dispute-updates'] as const;

type Topics = KafkaSettings & { readonly bus: 'eventbridge' | 'kafka'; readonly webhookMode: 'http' | 'grpc' | 'kafka'; readonly clientId: string };

export interface DeadTopicsOptions {
  readonly config: Topics;
  readonly pool: EventLog['pool'];
  /** Of the events that are taken from others. */
  readonly eventTopics: readonly string[];
  readonly running: Running;
}

/** How much waits in each; undefined where nothing is read from Kafka. */
export async function openDeadTopics({ config, pool, eventTopics, running }: DeadTopicsOptions): Promise<(() => Promise<Waiting>) | undefined> {
  const topics = [...updateTopicsOf(config), ...(config.bus === 'kafka' ? eventTopics : [])];
  if (topics.length === 0) return undefined;
  const [{ lookAtDeadLetters }, { kafkaBusOf }] = await Promise.all([import('@commerce/bus/dead-letter-topics'), import('@commerce/bus/kafka-settings')]);
  const { waiting, close } = lookAtDeadLetters({
    bus: kafkaBusOf(config, 'commerce-coordinator-figures'), client: config.clientId, topics, ended: async (topic, from) => (isListed(topic) ? countEnded(pool, topic, from) : 0),
  });
  running.onStop(close);
  return waiting;
}

export interface DeadTopicQueuesOptions {
  readonly config: Topics & { readonly updatesKey: string | undefined; readonly updatesKeyBefore: string | undefined };
  readonly log: EventLog;
  readonly eventTopics: readonly string[];
  readonly accepts: readonly AcceptedEvent[];
  /** Whether an event with these data is for this service. */
  readonly isOurs: (data: unknown) => boolean;
  readonly updates: Updates;
}

/** For the tool, which closes them. */
export async function deadTopicQueues(options: DeadTopicQueuesOptions): Promise<DeadQueue[]> {
  const { config, eventTopics } = options;
  return [...(config.webhookMode === 'kafka' ? await queuesOfUpdates(options) : []), ...(config.bus === 'kafka' ? await queuesOfEvents(options, eventTopics.filter(isListed)) : [])];
}

async function queuesOfUpdates({ config, updates }: DeadTopicQueuesOptions): Promise<DeadQueue[]> {
  const [{ OperatedTopic }, { kafkaBusOf }, { topicOn }, { deadUpdates }] = await Promise.all([
    import('@commerce/bus/operated-topic'), import('@commerce/bus/kafka-settings'), import('@commerce/bus/kafka-topics'), import('../updates/dead-updates.ts'),
  ]);
  const bus = kafkaBusOf(config, CLIENT);
  const keys = recordKeys(config.updatesKey, config.updatesKeyBefore);
  return UPDATE_TOPICS.map((name) => deadUpdates({ name, writtenTo: topicOn(bus, name), topic: new OperatedTopic({ bus, client: config.clientId, topic: name }), keys, updates }));
}

async function queuesOfEvents({ config, log, accepts, isOurs }: DeadTopicQueuesOptions, names: readonly TopicQueueName[]): Promise<DeadQueue[]> {
  const [{ OperatedTopic }, { kafkaBusOf }, { createTakeIn }, { createRecordDecoder }, { eventTopic }] = await Promise.all([
    import('@commerce/bus/operated-topic'), import('@commerce/bus/kafka-settings'), import('@commerce/bus/take-in'), import('@commerce/bus/record-decoder'), import('@commerce/dead-letters/event-topic'),
  ]);
  const bus = kafkaBusOf(config, CLIENT);
  const decode = createRecordDecoder(log.catalogue, accepts, isOurs);
  return names.map((name) => eventTopic({ name, topic: new OperatedTopic({ bus, client: config.clientId, topic: name }), takeIn: createTakeIn({ log, accepts, pool: log.pool, queue: name, decode }) }));
}

const CLIENT = 'commerce-coordinator-dead-letters';

function updateTopicsOf({ webhookMode }: Topics): readonly string[] {
  return webhookMode === 'kafka' ? UPDATE_TOPICS : [];
}

function isListed(topic: string): topic is TopicQueueName {
  return (TOPIC_QUEUES as readonly string[]).includes(topic);
}
