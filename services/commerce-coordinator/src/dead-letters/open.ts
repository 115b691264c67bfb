/** Opens the tool for dead letters: its routes, and what carries out the runs. It belongs to the role `api`. */
import { OperatedQueue } from '@commerce/bus/operated-queue';
import { createTakeIn } from '@commerce/bus/take-in';
import type { EventLog } from '@commerce/event-log/log';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import type { Logger } from '@commerce/service-kit/logging';
import type { Ports } from '@commerce/service-kit/ports';
import type { ForeignSignal } from '@commerce/signals/map';
import { addDeadLetterRoutes } from './dead-letters.http.ts';
import { DeadQueues } from './dead-queues.ts';
import { startRunner } from './runner.ts';

export interface DeadLettersOptions {
  readonly log: EventLog;
  readonly cursors: Cursors;
  readonly logger: Logger;
  readonly ports: Ports;
  /** The queue that the consumer reads. */
  readonly queueUrl: string;
  /** Where events are that EventBridge could not bring there; the queue's address with `-undelivered` when left out. */
  readonly undeliveredUrl: string | undefined;
  /** What is accepted from the queue. */
  readonly accepts: readonly ForeignSignal[];
  readonly waitSeconds: number | undefined;
}

/** Gives the way to close it: runs end after their present batch and go on elsewhere. */
export function openDeadLetters(app: HttpApp, { log, cursors, logger, ports, queueUrl, undeliveredUrl, accepts, waitSeconds }: DeadLettersOptions): () => Promise<void> {
  const { pool } = log;
  const { sleep, faults, uuid, clock } = ports;
  const monotonicMs = (): number => clock.monotonicMs();
  const source = new OperatedQueue({ queueUrl });
  const takeIn = createTakeIn({ log, accepts, pool, queue: source.name });
  const holder = uuid();
  const queues = new DeadQueues({
    pool, takeIn, source, holder, sleep, monotonicMs, logger, open: (url) => new OperatedQueue({ queueUrl: url }), undeliveredUrl: undeliveredUrl ?? `${queueUrl}-undelivered`, waitSeconds,
  });
  const runner = startRunner({ log, queues, takeIn, holder, sleep, monotonicMs, faults, logger });
  addDeadLetterRoutes(app, { log, cursors, queues, takeIn, runner, uuid });
  return async () => {
    await runner.stop();
    await queues.close();
  };
}
