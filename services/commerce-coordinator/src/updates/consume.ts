/**
 * The API side where updates come over Kafka: WEBHOOK_MODE=kafka, in processes with the role `api`. The client of Kafka is loaded
 * only then.
 */
import type { KafkaSettings } from '@commerce/bus/kafka-settings';
import type { Logger } from '@commerce/service-kit/logging';
import type { Ports } from '@commerce/service-kit/ports';
import type { Config } from '../config.ts';
import type { UpdatesConsumer } from './consumer.kafka.ts';
import { recordKeys } from './record-signature.ts';
import type { Updates } from './update.ts';

export interface ConsumeOptions {
  readonly config: KafkaSettings & Pick<Config, 'clientId' | 'webhookMode' | 'updatesKey' | 'updatesKeyBefore'>;
  readonly updates: Updates;
  readonly ports: Pick<Ports, 'clock' | 'sleep' | 'random' | 'faults'>;
  readonly logger: Logger;
  /** How long `stop` waits for what is in hand. */
  readonly stopLimitMs: number;
}

/** Begins to take updates; undefined where they come otherwise. A Kafka that cannot be reached is looked for until it answers. */
export async function consumeUpdates({ config, updates, ports: { clock, sleep, random, faults }, logger, stopLimitMs }: ConsumeOptions): Promise<UpdatesConsumer | undefined> {
  if (config.webhookMode !== 'kafka') return undefined;
  const [{ createUpdatesConsumer }, { kafkaBusOf }] = await Promise.all([import('./consumer.kafka.ts'), import('@commerce/bus/kafka-settings')]);
  const keys = recordKeys(config.updatesKey, config.updatesKeyBefore);
  const consumer = createUpdatesConsumer({ bus: kafkaBusOf(config, 'commerce-coordinator'), client: config.clientId, keys, updates, sleep, random, monotonicMs: () => clock.monotonicMs(), logger, faults, stopLimitMs });
  consumer.start();
  return consumer;
}
