/** Opens the tool for dead letters: its routes, and what carries out the runs. It belongs to the role `api`. */
import { createDecoder } from '@commerce/bus/message';
import type { AcceptedEvent } from '@commerce/bus/message';
import { OperatedQueue } from '@commerce/bus/operated-queue';
import { createEventBridgePublisher } from '@commerce/bus/eventbridge-publisher';
import { createTakeIn } from '@commerce/bus/take-in';
import type { TakeInOptions } from '@commerce/bus/take-in';
import { loadEvents } from '@commerce/event-log/events';
import type { EventLog } from '@commerce/event-log/log';
import { insideOf } from '@commerce/events/inside';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import type { Logger } from '@commerce/service-kit/logging';
import type { Ports } from '@commerce/service-kit/ports';
import type { Recorder } from './act.ts';
import { busQueuePlaces, regionOfQueue } from './bus-queue-settings.ts';
import type { BusQueueSettings } from './bus-queue-settings.ts';
import { busQueue } from './bus-queues.ts';
import { addDeadLetterRoutes } from './dead-letters.http.ts';
import type { Requests } from './dead-letters.http.ts';
import type { DeadQueue } from './dead-queue.ts';
import { DeadQueues } from './dead-queues.ts';
import { startRunner } from './runner.ts';
import { subscriptionQueues } from './subscription-queues.ts';

export interface DeadLettersOptions {
  readonly log: EventLog;
  readonly cursors: Cursors;
  readonly logger: Logger;
  readonly ports: Ports;
  readonly requests: Requests;
  readonly recorder: Recorder;
  /** Of a service that takes events from a queue. */
  readonly subscription?: DeadSubscription;
  readonly bus: DeadBus;
  /** Dead-letter topics of Kafka, closed with the tool. */
  readonly topics?: readonly DeadQueue[];
  /** For how long one ask waits at SQS; see `DeadQueuesOptions`. */
  readonly waitSeconds?: number | undefined;
}

export interface DeadSubscription {
  /** The queue that the consumer reads. */
  readonly queueUrl: string;
  /** Where events are that EventBridge could not bring there; the queue's address with `-undelivered` when left out. */
  readonly undeliveredUrl: string | undefined;
  /** What is accepted from the queue. */
  readonly accepts: TakeInOptions['accepts'];
}

/** The bus on which this service publishes, and the queues of it that are set. */
export interface DeadBus {
  readonly settings: BusQueueSettings & { readonly eventWireFormat: 'envelope' | 'cloudevents' };
  readonly publishes: readonly (AcceptedEvent & { readonly inside?: readonly string[] | undefined })[];
}

/** Gives the way to close it: runs end after their present batch and go on elsewhere. */
export function openDeadLetters(app: HttpApp, options: DeadLettersOptions): () => Promise<void> {
  const { log, cursors, logger, ports: { sleep, faults, uuid, clock }, requests, recorder, topics = [], waitSeconds } = options;
  const monotonicMs = (): number => clock.monotonicMs();
  const holder = uuid();
  const queues = new DeadQueues({
    pool: log.pool, queues: [...queuesOfSubscription(options), ...queuesOfBus(options), ...topics], open: openQueue, holder, sleep, monotonicMs, logger, waitSeconds,
  });
  const runner = startRunner({ log, queues, holder, sleep, monotonicMs, faults, logger });
  addDeadLetterRoutes(app, { log, cursors, requests, recorder, queues, runner, uuid });
  return async () => {
    await runner.stop();
    await queues.close();
  };
}

function queuesOfSubscription({ log, subscription }: DeadLettersOptions): DeadQueue[] {
  if (subscription === undefined) return [];
  const { queueUrl, undeliveredUrl = `${queueUrl}-undelivered`, accepts } = subscription;
  const source = openQueue(queueUrl);
  return subscriptionQueues({ source, undeliveredUrl, takeIn: createTakeIn({ log, accepts, pool: log.pool, queue: source.name }) });
}

function queuesOfBus({ log, bus: { settings, publishes }, logger, ports: { sleep, random } }: DeadLettersOptions): DeadQueue[] {
  const judge = createDecoder(log.catalogue, publishes);
  const undeliverable = async (): Promise<void> => undefined;
  return busQueuePlaces(settings).map(({ name, queueUrl, busName, region }) => busQueue({
    name, queueUrl, judge, load: (ids) => loadEvents(log.pool, ids, log.personal),
    // What it refuses stays in the queue: nothing is handed over.
    bus: createEventBridgePublisher({ client: region === undefined ? {} : { region }, busName, wireFormat: settings.eventWireFormat, inside: insideOf(publishes), undeliverable, sleep, random, logger }),
  }));
}

function openQueue(queueUrl: string): OperatedQueue {
  const region = regionOfQueue(queueUrl);
  return new OperatedQueue({ queueUrl, aws: region === undefined ? {} : { region } });
}
