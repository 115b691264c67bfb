/**
 * The publisher: a reader of the log that puts own events on an EventBridge bus, so that the log is the outbox.
 *
 * Promise: every own event reaches the bus at least once, or stands with its reason among the refusals, from where it is
 * tried again; never neither. Failures are matched per entry, and only those are sent again. Order on the bus is not
 * promised: events carry `metadata.sequence`. Refuses to publish before it has seen the bus, because AWS answers 200 to
 * PutEvents on a bus that does not exist and loses the event.
 */
import { DescribeEventBusCommand, EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Sleep } from '@commerce/event-log/backoff';
import { backoffMs } from '@commerce/event-log/backoff';
import type { StoredEvent } from '@commerce/event-log/event';
import type { StreamReader } from '@commerce/event-log/stream';
import type { AwsOptions, BusLogger, Transport } from './client.aws.ts';
import { AwsUnfit, assertConfigured, callSignal, clientConfig, errorCode } from './client.aws.ts';
import { AwsJson } from './aws-json.http.ts';
import type { Failure, Pending, PutAnswer, PutEntry, WireFormat } from './put-entries.ts';
import { entryFailure, entryOf, isRequestFault, packCalls, pendingOf } from './put-entries.ts';
import { Slots } from './slots.ts';

/** An event that the bus refused for good. */
export interface PublishRefusal {
  readonly event: StoredEvent;
  /** AWS's code, for example `NotAuthorizedForDetailTypeException`. */
  readonly code: string;
  readonly message: string;
}

export interface PublisherOptions {
  /** A client, or what one is made of; one that is made here is closed by `close`. */
  readonly client: EventBridgeClient | AwsOptions;
  /** Name or ARN. */
  readonly busName: string;
  /** Keeps refused events, durably: their cursor moves on when this resolves. See `storePublishRefusals`. */
  readonly undeliverable: (refusals: readonly PublishRefusal[]) => Promise<void>;
  readonly sleep: Sleep;
  readonly random: () => number;
  readonly logger: BusLogger;
  /** Points where a test may end the process: `publisher.sent`, after each round of calls. */
  readonly faults?: { hit(name: string): void | Promise<void> };
  /** Default `direct`. */
  readonly transport?: Transport;
  /** What stands in `Detail`. Receivers of ours understand both. Default `envelope`. */
  readonly wireFormat?: WireFormat;
  /** PutEvents calls at once. Default 8, minimum 1. */
  readonly inFlight?: number;
  /** Answers with a definite refusal after which an event is undeliverable. Default 5, minimum 1. */
  readonly refusedTries?: number;
  /** Answers with any other failure (throttled, a fault inside AWS) after which an event is undeliverable. Default 20, minimum 1. */
  readonly laterTries?: number;
  /** The wait before entries are sent again: full jitter up to `baseMs` × 2^(round − 1), at most `maxMs`. Default 100 and 10,000. */
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number };
  /** Default 5,000 ms. */
  readonly requestTimeoutMs?: number;
}

/** Counts since the start. */
export interface PublisherStats {
  /** Entries that the bus took. */
  readonly published: number;
  /** Entries sent again. */
  readonly retried: number;
  readonly calls: number;
  /** Entries not taken, those of failed calls included. */
  readonly failures: number;
  /** Events handed to `undeliverable`. More than zero wants a person. */
  readonly undeliverable: number;
}

export interface EventBridgePublisher extends StreamReader {
  /**
   * Looks at the bus before the service starts. Throws `AwsUnfit` when region or credentials are missing, and when the bus is
   * missing or may not be described. One that cannot be reached is no reason to refuse the start: `see` tells when it can.
   */
  readonly start: () => Promise<void>;
  /** Resolves once the bus has been seen; until then each call looks, and throws when it is not to be seen. For the health check. */
  readonly see: () => Promise<void>;
  /** Sends own events of the log once more, with `resource` beside each; resolves with those that were refused. Throws when the bus cannot be reached. */
  readonly republish: (events: readonly StoredEvent[], signal: AbortSignal, resource?: string) => Promise<PublishRefusal[]>;
  readonly stats: () => PublisherStats;
  /** Ends its connections. */
  readonly close: () => void;
}

const DEFAULT_BACKOFF = { baseMs: 100, maxMs: 10_000 };
const REQUEST_TIMEOUT_MS = 5_000;
/** Rounds in which no call arrives before a batch is given back to the reader, which shows the fault and comes again. */
const UNREACHED_ROUNDS = 6;

/** Makes the publisher; hand it to the readers of the log as a stream. */
export function createEventBridgePublisher(options: PublisherOptions): EventBridgePublisher {
  const publisher = new Publisher(options);
  return {
    name: 'publisher',
    wants: (event) => event.origin === 'own',
    start: () => publisher.start(),
    see: () => publisher.see(),
    handle: (events, signal) => publisher.handle(events, signal),
    republish: (events, signal, resource) => publisher.republish(events, signal, resource),
    stats: () => ({ ...publisher.counts }),
    close: () => publisher.close(),
  };
}

/** Throws, with the mend in its message: `AwsUnfit` when waiting does not mend it. */
export async function assertBus(client: EventBridgeClient, busName: string, signal: AbortSignal = AbortSignal.timeout(2 * REQUEST_TIMEOUT_MS)): Promise<void> {
  await assertConfigured(client);
  try {
    await client.send(new DescribeEventBusCommand({ Name: busName }), { abortSignal: signal });
  } catch (error) {
    const code = errorCode(error);
    const mend = BUS_MENDS[code];
    const message = `The event bus "${busName}" could not be seen (${code}), and events put on a missing bus are lost without an error.`;
    if (mend !== undefined) throw new AwsUnfit(`${message} ${mend}`, { cause: error });
    throw new Error(`${message} Is the endpoint right, and can it be reached?`, { cause: error });
  }
}

const BUS_MENDS: Readonly<Record<string, string>> = {
  ResourceNotFoundException: 'Deploy the stack that owns it, or correct the name, account and region.',
  AccessDeniedException: 'Grant events:DescribeEventBus on it beside events:PutEvents.',
};

/** One PutEvents call. */
type PutEvents = (entries: PutEntry[], signal: AbortSignal) => Promise<{ readonly Entries?: readonly PutAnswer[] | undefined }>;

class Publisher {
  readonly counts = { published: 0, retried: 0, calls: 0, failures: 0, undeliverable: 0 };
  readonly #options: PublisherOptions;
  readonly #client: EventBridgeClient;
  readonly #direct: AwsJson | undefined;
  readonly #putEvents: PutEvents;
  readonly #slots: Slots;
  /** What the bus took of a batch that was given back: not sent again when the batch comes again. */
  readonly #taken = new Set<string>();
  #seen: Promise<void> | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
    const { client, transport = 'direct', inFlight = 8, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
    this.#client = client instanceof EventBridgeClient ? client : new EventBridgeClient(clientConfig(client, { requestTimeoutMs, maxSockets: inFlight + 2 }));
    this.#slots = new Slots(inFlight);
    if (transport === 'direct') {
      const direct = new AwsJson({ client: this.#client, service: 'events', target: 'AWSEvents', version: '1.1', requestTimeoutMs, maxSockets: inFlight });
      this.#direct = direct;
      this.#putEvents = (Entries, signal) => direct.call('PutEvents', JSON.stringify({ Entries }), signal);
    } else {
      this.#putEvents = (entries, signal) => {
        const Entries = entries.map((entry) => ({ ...entry, Time: new Date(entry.Time * 1_000) }));
        return this.#client.send(new PutEventsCommand({ Entries }), { abortSignal: callSignal(2 * requestTimeoutMs, signal) });
      };
    }
  }

  async start(): Promise<void> {
    try {
      await this.see();
    } catch (error) {
      if (error instanceof AwsUnfit) throw error;
      this.#options.logger.warn({ reason: (error as Error).message }, 'the bus is not to be seen yet; nothing is published before it is');
    }
  }

  /** The bus is seen once; until then nothing is sent. */
  see(): Promise<void> {
    this.#seen ??= assertBus(this.#client, this.#options.busName).catch((error: unknown) => {
      this.#seen = undefined;
      throw error;
    });
    return this.#seen;
  }

  close(): void {
    this.#direct?.close();
    if (!(this.#options.client instanceof EventBridgeClient)) this.#client.destroy();
  }

  async handle(events: readonly StoredEvent[], signal: AbortSignal): Promise<void> {
    const refusals = await this.#publish(events.filter(({ eventId }) => !this.#taken.has(eventId)), signal, Number.POSITIVE_INFINITY, this.#taken);
    if (refusals.length > 0) await this.#handOver(refusals);
    this.#taken.clear();
  }

  /** Two rounds at most: whoever calls this comes again by himself. */
  republish(events: readonly StoredEvent[], signal: AbortSignal, resource?: string): Promise<PublishRefusal[]> {
    return this.#publish(events, signal, 2, new Set(), resource);
  }

  async #handOver(refusals: readonly PublishRefusal[]): Promise<void> {
    await this.#options.undeliverable(refusals);
    this.counts.undeliverable += refusals.length;
    for (const { event, code } of refusals) {
      this.#options.logger.error({ eventId: event.eventId, eventType: event.type, code }, 'the bus refused an event for good; it is kept among the refusals and tried again');
    }
  }

  async #publish(events: readonly StoredEvent[], signal: AbortSignal, maxRounds: number, taken: Set<string>, resource?: string): Promise<PublishRefusal[]> {
    await this.see();
    const refusals: PublishRefusal[] = [];
    let pending = events.map((event) => pendingOf(event, this.#options.wireFormat, resource));
    let unreached = 0;
    for (let round = 1; pending.length > 0; round += 1) {
      const failed = await this.#round(pending, signal, taken);
      unreached = failed.length > 0 && failed.every(({ kind }) => kind === 'unreached') ? unreached + 1 : 0;
      const isLast = round >= maxRounds;
      if (unreached >= Math.min(UNREACHED_ROUNDS, maxRounds)) throw new Error(`The bus cannot be reached (${failed[0]?.code}).`);
      const hopeless = failed.filter((failure) => isLast || this.#isHopeless(failure));
      refusals.push(...hopeless.map(({ pending: { event }, code, message }) => ({ event, code, message })));
      const again = failed.filter((failure) => !hopeless.includes(failure));
      if (again.length > 0) await this.#backoff(again, round, signal);
      pending = again.map((failure) => failure.pending);
    }
    return refusals;
  }

  /** Sends all of them once, by tens, several calls at once. */
  async #round(pending: readonly Pending[], signal: AbortSignal, taken: Set<string>): Promise<Failure[]> {
    const failed = (await Promise.all(packCalls(pending).map((call) => this.#slots.run(() => this.#put(call, signal))))).flat();
    const notTaken = new Set(failed.map((failure) => failure.pending));
    for (const one of pending) if (!notTaken.has(one)) taken.add(one.event.eventId);
    await this.#options.faults?.hit('publisher.sent');
    return failed;
  }

  /** Sends one call and says which of its entries were not taken. Throws only when `signal` has aborted. */
  async #put(call: readonly Pending[], signal: AbortSignal): Promise<Failure[]> {
    signal.throwIfAborted();
    this.counts.calls += 1;
    try {
      const answer = await this.#putEvents(call.map((pending) => entryOf(pending, this.#options.busName)), signal);
      return this.#settle(call, call.flatMap((pending, index) => entryFailure(pending, answer.Entries?.[index]) ?? []));
    } catch (error) {
      signal.throwIfAborted();
      return this.#callFailed(call, error, signal);
    }
  }

  #settle(call: readonly Pending[], failed: Failure[]): Failure[] {
    for (const { pending } of failed) pending.tries += 1;
    this.counts.published += call.length - failed.length;
    this.counts.failures += failed.length;
    return failed;
  }

  async #callFailed(call: readonly Pending[], error: unknown, signal: AbortSignal): Promise<Failure[]> {
    const code = errorCode(error);
    if (!isRequestFault(code, httpStatus(error))) {
      this.counts.failures += call.length;
      return call.map((pending) => ({ pending, code, kind: 'unreached', message: 'The call failed.' }));
    }
    // One of the entries is the reason: halves find it, so that the others pass.
    const half = Math.ceil(call.length / 2);
    if (call.length > 1) return [...(await this.#put(call.slice(0, half), signal)), ...(await this.#put(call.slice(half), signal))];
    return this.#settle(call, call.map((pending) => ({ pending, code, kind: 'refused', message: 'AWS refused a call with this entry alone.' })));
  }

  #isHopeless({ pending, kind }: Failure): boolean {
    const { refusedTries = 5, laterTries = 20 } = this.#options;
    return (kind === 'refused' && pending.tries >= refusedTries) || (kind === 'later' && pending.tries >= laterTries);
  }

  async #backoff(failed: readonly Failure[], round: number, signal: AbortSignal): Promise<void> {
    const { sleep, random, logger, backoff = DEFAULT_BACKOFF } = this.#options;
    const delayMs = backoffMs(backoff, round, random);
    this.counts.retried += failed.length;
    logger.warn({ count: failed.length, code: failed[0]?.code, attempt: round, delayMs }, 'entries that the bus did not take are sent again');
    await sleep(delayMs, signal);
  }
}

function httpStatus(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('status' in error && typeof error.status === 'number') return error.status;
  return '$metadata' in error ? (error.$metadata as { httpStatusCode?: number }).httpStatusCode : undefined;
}
