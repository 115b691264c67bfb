/**
 * A local AWS in one process: EventBridge in front of SQS on one port, with the buses, rules and queues of the templates
 * that CDK synthesises. The AWS SDK speaks to it with `AWS_ENDPOINT_URL` set to its `url` and any credentials.
 *
 * Promise: what is sent through it behaves as EventBridge and SQS do, in this account and region. Refused by name: resource
 * kinds, actions and parameters that it does not have. It keeps everything in memory and forgets it when it ends.
 */
import { randomUUID } from 'node:crypto';
import type { Account } from './account.ts';
import { createArchives } from './events/archives.ts';
import { createDelivery } from './events/delivery.ts';
import { createEventBuses } from './events/event-buses.ts';
import type { EventsContext } from './events/events-context.ts';
import { createReplays } from './events/replays.ts';
import { Tags } from './events/tags.ts';
import { createFaults, type Faults } from './faults.ts';
import { listen } from './front.http.ts';
import { zeroCounts, type Metrics } from './metrics.ts';
import type { Surroundings } from './ports.ts';
import { provision, type Outputs, type StackTemplate } from './provision/provision.ts';
import { createQueues } from './sqs/queues.fauxqs.ts';

export type { FaultSettings } from './faults.ts';
export type { Metrics } from './metrics.ts';
export type { Outputs, StackTemplate } from './provision/provision.ts';

export interface LocalAwsOptions {
  /** 0 takes a free one. @default 0 */
  readonly port?: number;
  /** Set up in this order. @default none: only the default bus */
  readonly templates?: readonly StackTemplate[];
  /** Values for the templates' parameters, by name. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** @default us-east-1 */
  readonly region?: string;
  /** Twelve digits. @default 000000000000 */
  readonly accountId?: string;
  /** Messages that one queue holds before its senders are throttled. @default 200,000 */
  readonly maxMessagesPerQueue?: number;
  /** Deliveries under way before PutEvents is throttled. @default 50,000 */
  readonly maxPendingDeliveries?: number;
  /** Events, and bytes of their texts, that one archive keeps before it forgets its oldest. @default 50,000 and 24 MiB */
  readonly maxArchivedEvents?: number;
  readonly maxArchivedBytes?: number;
  /** How fast a replay sends. @default 1,000 */
  readonly replayedEventsPerSecond?: number;
  /** Clock, randomness, ids and log. @default the system's, and no log */
  readonly surroundings?: Partial<Surroundings>;
}

export interface LocalAws {
  /** What `AWS_ENDPOINT_URL` is to be, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** The templates' outputs by stack and name. */
  readonly outputs: Outputs;
  readonly faults: Pick<Faults, 'settings' | 'set'>;
  metrics(): Metrics;
  /** Ends long polls, gives up deliveries under way, closes every connection. */
  close(): Promise<void>;
}

const ACCOUNT_ID = /^\d{12}$/;

/** Starts the local AWS. Fails, and leaves nothing running, if the port is taken or a template asks for what it has not. */
export async function startLocalAws(options: LocalAwsOptions = {}): Promise<LocalAws> {
  const account: Account = { accountId: options.accountId ?? '000000000000', region: options.region ?? 'us-east-1' };
  if (!ACCOUNT_ID.test(account.accountId)) throw new Error(`an account id has twelve digits, not ${account.accountId}`);
  const surroundings: Surroundings = { ...system(), ...options.surroundings };
  const front = await listen(options.port ?? 0);
  try {
    const { clock, newId, log } = surroundings;
    const buses = createEventBuses(account, clock.nowMs);
    const archives = createArchives(account, buses, clock.nowMs, {
      maxEvents: options.maxArchivedEvents ?? 50_000, maxBytes: options.maxArchivedBytes ?? 24 * 1_048_576,
    });
    const queues = createQueues({ account, url: front.url, maxMessages: options.maxMessagesPerQueue ?? 200_000, clock, newId });
    const counts = zeroCounts();
    const faults = createFaults();
    const delivery = createDelivery({
      ...surroundings, buses, faults, counts, send: queues.send, maxPending: options.maxPendingDeliveries ?? 50_000,
    });
    const { hasRoomFor, deliver } = delivery;
    const replays = createReplays({ account, clock, hasRoomFor, deliver, eventsPerSecond: options.replayedEventsPerSecond ?? 1_000 });
    const events: EventsContext = { account, buses, archives, replays, tags: new Tags(), faults, counts, clock, newId, hasRoomFor, deliver };
    const metrics = (): Metrics => ({ ...counts, pending: delivery.pending() });
    const outputs = provision(options.templates ?? [], { account, buses, archives, queues, parameters: options.parameters ?? {} });
    front.serve({ events, queues, faults, metrics, clock, newId, log });
    return {
      url: front.url,
      port: front.port,
      outputs,
      faults,
      metrics,
      close: async () => {
        replays.close();
        delivery.close();
        await front.close();
      },
    };
  } catch (error) {
    await front.close();
    throw error;
  }
}

function system(): Surroundings {
  return {
    clock: {
      nowMs: Date.now,
      after: (delayMs, run) => {
        const timer = setTimeout(run, delayMs);
        return () => clearTimeout(timer);
      },
      soon: (run) => {
        setImmediate(run);
      },
    },
    random: Math.random,
    newId: randomUUID,
    log: { warn: () => {} },
  };
}
