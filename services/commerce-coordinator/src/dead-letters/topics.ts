/**
 * The dead-letter topics of Kafka from which this service reads, where it reads from Kafka at all: how much waits in them. The client of Kafka
 * is loaded only then.
 */
import type { Waiting } from '@commerce/bus/dead-letter-topics';
import type { KafkaSettings } from '@commerce/bus/kafka-settings';
import type { Running } from '@commerce/service-kit/running';

/** Of updates, as the ingest writes them. */
export const UPDATE_TOPICS = ['order-updates', 'dispute-updates'] as const;

export interface DeadTopicsOptions {
  readonly config: KafkaSettings & { readonly bus: 'eventbridge' | 'kafka'; readonly webhookMode: 'http' | 'grpc' | 'kafka' };
  /** Of the events that are taken from others. */
  readonly eventTopics: readonly string[];
  readonly running: Running;
}

/** Undefined where nothing is read from Kafka. */
export async function openDeadTopics({ config, eventTopics, running }: DeadTopicsOptions): Promise<(() => Promise<Waiting>) | undefined> {
  const topics = [...(config.webhookMode === 'kafka' ? UPDATE_TOPICS : []), ...(config.bus === 'kafka' ? eventTopics : [])];
  if (topics.length === 0) return undefined;
  const [{ lookAtDeadLetters }, { kafkaBusOf }] = await Promise.all([import('@commerce/bus/dead-letter-topics'), import('@commerce/bus/kafka-settings')]);
  const { waiting, close } = lookAtDeadLetters({ bus: kafkaBusOf(config, 'commerce-coordinator-figures'), topics });
  running.onStop(close);
  return waiting;
}
