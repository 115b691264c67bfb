/**
 * The publisher as a service runs it: with its refusals in the service's database, and their retries where this process publishes.
 * Promise: where it publishes, it has seen the bus before this resolves, and the health of the service says whether it is there.
 */
import type { Sleep } from '@commerce/event-log/backoff';
import type { PersonalData } from '@commerce/event-log/personal';
import type { Pool } from 'pg';
import type { BusLogger } from './client.aws.ts';
import { startPublishRetries, storePublishRefusals } from './publish-refusals.pg.ts';
import { createEventBridgePublisher } from './publisher.eventbridge.ts';
import type { EventBridgePublisher } from './publisher.eventbridge.ts';
import type { WireFormat } from './put-entries.ts';

export interface ServicePublisherOptions {
  /** Of the service's configuration. */
  readonly config: { readonly eventBusName: string; readonly eventWireFormat: WireFormat };
  readonly pool: Pool;
  /** Of the log; see `PublishRetryOptions`. */
  readonly personal?: PersonalData | undefined;
  readonly sleep: Sleep;
  readonly random: () => number;
  readonly logger: BusLogger;
  readonly running: { onStop(end: () => unknown): void };
  /** Given when this process publishes; then the bus must be there. */
  readonly checks: Record<string, () => Promise<unknown>> | undefined;
}

export async function openServicePublisher({ config, pool, personal, sleep, random, logger, running, checks }: ServicePublisherOptions): Promise<EventBridgePublisher> {
  const publisher = createEventBridgePublisher({
    client: {}, busName: config.eventBusName, wireFormat: config.eventWireFormat, undeliverable: storePublishRefusals(pool), sleep, random, logger,
  });
  running.onStop(publisher.close);
  if (checks !== undefined) {
    await publisher.start();
    checks['bus'] = publisher.see;
    running.onStop(startPublishRetries({ pool, personal, publisher, sleep, logger }).stop);
  }
  return publisher;
}
