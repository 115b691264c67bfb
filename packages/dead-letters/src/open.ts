/** Opens the tool for dead letters: its routes, and what carries out the runs. It belongs to the role `api`. */
import { OperatedQueue } from '@commerce/bus/operated-queue';
import { createTakeIn } from '@commerce/bus/take-in';
import type { TakeInOptions } from '@commerce/bus/take-in';
import type { EventLog } from '@commerce/event-log/log';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import type { Logger } from '@commerce/service-kit/logging';
import type { Ports } from '@commerce/service-kit/ports';
import type { Recorder } from './act.ts';
import { addDeadLetterRoutes } from './dead-letters.http.ts';
import type { Requests } from './dead-letters.http.ts';
import { DeadQueues } from './dead-queues.ts';
import { startRunner } from './runner.ts';
import type { Messages } from './step.ts';

export interface DeadLettersOptions {
  readonly log: EventLog;
  readonly cursors: Cursors;
  readonly logger: Logger;
  readonly ports: Ports;
  readonly requests: Requests;
  readonly recorder: Recorder;
  /** Of a service that takes events from a queue. Without it there are the kinds `work` and `publish` alone. */
  readonly subscription?: DeadSubscription;
}

export interface DeadSubscription {
  /** The queue that the consumer reads. */
  readonly queueUrl: string;
  /** Where events are that EventBridge could not bring there; the queue's address with `-undelivered` when left out. */
  readonly undeliveredUrl: string | undefined;
  /** What is accepted from the queue. */
  readonly accepts: TakeInOptions['accepts'];
  /** For how long one ask waits at SQS; see `DeadQueuesOptions`. */
  readonly waitSeconds: number | undefined;
}

/** Gives the way to close it: runs end after their present batch and go on elsewhere. */
export function openDeadLetters(app: HttpApp, { log, cursors, logger, ports, requests, recorder, subscription }: DeadLettersOptions): () => Promise<void> {
  const { sleep, faults, uuid, clock } = ports;
  const monotonicMs = (): number => clock.monotonicMs();
  const holder = uuid();
  const messages = subscription === undefined ? undefined : openMessages(log, subscription, { holder, sleep, monotonicMs, logger });
  const runner = startRunner({ log, messages, holder, sleep, monotonicMs, faults, logger });
  addDeadLetterRoutes(app, { log, cursors, requests, recorder, messages, runner, uuid });
  return async () => {
    await runner.stop();
    await messages?.queues.close();
  };
}

interface AroundQueues {
  readonly holder: string;
  readonly sleep: Ports['sleep'];
  readonly monotonicMs: () => number;
  readonly logger: Logger;
}

function openMessages(log: EventLog, { queueUrl, undeliveredUrl = `${queueUrl}-undelivered`, accepts, waitSeconds }: DeadSubscription, around: AroundQueues): Messages {
  const { pool } = log;
  const source = new OperatedQueue({ queueUrl });
  const takeIn = createTakeIn({ log, accepts, pool, queue: source.name });
  return { takeIn, queues: new DeadQueues({ ...around, pool, takeIn, source, open: (url) => new OperatedQueue({ queueUrl: url }), undeliveredUrl, waitSeconds }) };
}
