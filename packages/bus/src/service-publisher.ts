/**
 * The publisher as a service runs it, on the bus that its configuration names: with its refusals in the service's database, and their
 * retries where this process publishes. The client of Kafka is loaded only where it is chosen.
 *
 * Promise: where it publishes, it has seen the bus before this resolves, and what it may certainly not publish has refused the start;
 * the health of the service says whether the bus is there.
 */
import type { Sleep } from '@commerce/event-log/backoff';
import type { PersonalData } from '@commerce/event-log/personal';
import { insideOf } from '@commerce/events/inside';
import type { TopicName } from '@commerce/events/topics';
import type { Pool } from 'pg';
import type { BusLogger } from './client.aws.ts';
import type { KafkaSettings } from './kafka-settings.file.ts';
import type { WireFormat } from './pending.ts';
import { checkPublishing } from './publish-check.eventbridge.ts';
import { startPublishRetries, storePublishRefusals } from './publish-refusals.pg.ts';
import { createEventBridgePublisher } from './publisher.eventbridge.ts';
import type { BusPublisher, PublishingOptions } from './publisher.ts';

/** Of the service's configuration; with the settings of Kafka, used where it is chosen. */
export interface BusConfig extends KafkaSettings {
  readonly bus: 'eventbridge' | 'kafka';
  /** On EventBridge. */
  readonly eventBusName: string | undefined;
  readonly eventWireFormat: WireFormat;
}

/** What a service publishes, and as whom. */
export interface Published {
  readonly source: string;
  readonly type: string;
  readonly topic: TopicName;
  /** Members of its data that stay in the log; see the entry. */
  readonly inside?: readonly string[] | undefined;
}

export interface ServicePublisherOptions {
  readonly config: BusConfig;
  /** The service, as it names itself to its bus. */
  readonly name: string;
  /** All that this service publishes. */
  readonly publishes: readonly Published[];
  readonly pool: Pool;
  /** Of the log; see `PublishRetryOptions`. */
  readonly personal?: PersonalData | undefined;
  readonly sleep: Sleep;
  readonly random: () => number;
  readonly logger: BusLogger;
  readonly running: { onStop(end: () => unknown): void };
  /** See `PublishingOptions`. */
  readonly faults: { hit(name: string): void | Promise<void> };
  /** Given when this process publishes; then the bus must be there. */
  readonly checks: Record<string, () => Promise<unknown>> | undefined;
}

export async function openServicePublisher(options: ServicePublisherOptions): Promise<BusPublisher> {
  const { config, publishes, pool, personal, sleep, logger, running, checks } = options;
  const publisher = await createFor(options);
  running.onStop(publisher.close);
  if (checks !== undefined) {
    await Promise.all([publisher.start(), config.bus === 'eventbridge' && checkPublishing({ busName: busNameOf(config), publishes, logger })]);
    checks['bus'] = publisher.see;
    running.onStop(startPublishRetries({ pool, personal, publisher, sleep, logger }).stop);
  }
  return publisher;
}

async function createFor({ config, name, publishes, pool, sleep, random, logger, faults }: ServicePublisherOptions): Promise<BusPublisher> {
  const publishing: PublishingOptions = { wireFormat: config.eventWireFormat, inside: insideOf(publishes), undeliverable: storePublishRefusals(pool), sleep, random, logger, faults };
  if (config.bus === 'eventbridge') return createEventBridgePublisher({ ...publishing, client: {}, busName: busNameOf(config) });
  const [{ createKafkaPublisher }, { kafkaBusOf }] = await Promise.all([import('./publisher.kafka.ts'), import('./kafka-settings.file.ts')]);
  const topics = [...new Set(publishes.map(({ topic }) => topic))];
  return createKafkaPublisher({ ...publishing, bus: kafkaBusOf(config, name), topics });
}

/** The configuration has seen that it is there. */
function busNameOf({ eventBusName }: BusConfig): string {
  if (eventBusName === undefined) throw new Error('EVENT_BUS_NAME is missing.');
  return eventBusName;
}
