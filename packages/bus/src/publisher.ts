/**
 * The publisher: a reader of the log that puts own events on a bus, so that the log is the outbox. What a bus is, an adapter says
 * (`BusWay`): publisher.eventbridge.ts, publisher.kafka.ts.
 *
 * Promise: every own event reaches the bus at least once, or stands with its reason among the refusals, from where it is
 * tried again; never neither. Failures are matched per event, and only those are sent again. Refuses to publish before it has seen the bus.
 */
import type { Sleep } from '@commerce/event-log/backoff';
import { backoffMs } from '@commerce/event-log/backoff';
import type { StoredEvent } from '@commerce/event-log/event';
import type { StreamReader } from '@commerce/event-log/stream';
import type { Inside } from '@commerce/events/inside';
import type { BusLogger } from './client.aws.ts';
import type { Failure, Pending, WireFormat } from './pending.ts';
import { pendingOf } from './pending.ts';
import { Slots } from './slots.ts';
import { BusUnfit } from './unfit.ts';

/** An event that the bus refused for good. */
export interface PublishRefusal {
  readonly event: StoredEvent;
  /** The bus's code, for example `NotAuthorizedForDetailTypeException` or `MESSAGE_TOO_LARGE`. */
  readonly code: string;
  readonly message: string;
}

/** What a publisher needs, whatever its bus. */
export interface PublishingOptions {
  /** Keeps refused events, durably: their cursor moves on when this resolves. See `storePublishRefusals`. */
  readonly undeliverable: (refusals: readonly PublishRefusal[]) => Promise<void>;
  readonly sleep: Sleep;
  readonly random: () => number;
  readonly logger: BusLogger;
  /** Points where a test may end the process: `publisher.claimed`, before a stretch of the log is sent, and `publisher.sent`, after each round of calls. */
  readonly faults?: { hit(name: string): void | Promise<void> };
  /** How an event is written on the bus. Receivers of ours understand both. Default `envelope`. */
  readonly wireFormat?: WireFormat;
  /** What the bus does not carry; see `insideOf`. Default: nothing is kept from it. */
  readonly inside?: Inside;
  /** Answers with a definite refusal after which an event is undeliverable. Default 5, minimum 1. */
  readonly refusedTries?: number;
  /** Answers with any other failure (throttled, a fault inside the bus) after which an event is undeliverable. Default 20, minimum 1. */
  readonly laterTries?: number;
  /** The wait before events are sent again: full jitter up to `baseMs` × 2^(round − 1), at most `maxMs`. Default 100 and 10,000. */
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number };
}

/** Counts since the start. */
export interface PublisherStats {
  /** Events that the bus took. */
  readonly published: number;
  /** Events sent again. */
  readonly retried: number;
  readonly calls: number;
  /** Events not taken, those of failed calls included. */
  readonly failures: number;
  /** Events handed to `undeliverable`. More than zero wants a person. */
  readonly undeliverable: number;
}

export interface BusPublisher extends StreamReader {
  /**
   * Looks at the bus before the service starts. Throws `BusUnfit` when settings are missing, and when the bus is
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

/** What a publisher asks of its bus. */
export interface BusWay {
  /** Throws when the bus is not to be seen: `BusUnfit` when waiting does not mend it. */
  readonly see: () => Promise<void>;
  /** Cuts events into what goes in one call, in their order. */
  readonly pack: (pending: readonly Pending[]) => Pending[][];
  /** Sends one call; resolves with those that were not taken. Throws when the call failed as a whole, and when `signal` has aborted. */
  readonly put: (call: readonly Pending[], signal: AbortSignal) => Promise<Failure[]>;
  /** What it means that a call failed: the code, and of a fault that lies in one of its events what to do with that one. */
  readonly fault: (error: unknown) => { readonly code: string; readonly event?: 'refused' | 'later' };
  /** Calls at once; batches at once where the bus keeps the order. */
  readonly inFlight: number;
  /** The bus keeps the order in which events come: then calls go one after the other, and what follows one that failed waits for it. */
  readonly keepsOrder: boolean;
  /** Rounds in which no call arrives before a batch is given back to the reader, which shows the fault and comes again. */
  readonly unreachedRounds: number;
  readonly close: () => void;
}

const DEFAULT_BACKOFF = { baseMs: 100, maxMs: 10_000 };

/** Makes the publisher; hand it to the readers of the log as a stream. */
export function createPublisher(way: BusWay, options: PublishingOptions): BusPublisher {
  const publisher = new Publisher(way, options);
  return {
    name: 'publisher',
    wants: (event) => event.origin === 'own',
    start: () => publisher.start(),
    see: () => publisher.see(),
    handle: (events, signal) => publisher.handle(events, signal),
    republish: (events, signal, resource) => publisher.republish(events, signal, resource),
    stats: () => ({ ...publisher.counts }),
    close: way.close,
  };
}

class Publisher {
  readonly counts = { published: 0, retried: 0, calls: 0, failures: 0, undeliverable: 0 };
  readonly #options: PublishingOptions;
  readonly #way: BusWay;
  readonly #slots: Slots;
  /** What the bus took of a batch that was given back: not sent again when the batch comes again. */
  readonly #taken = new Set<string>();
  #seen: Promise<void> | undefined;

  constructor(way: BusWay, options: PublishingOptions) {
    this.#options = options;
    this.#way = way;
    this.#slots = new Slots(way.inFlight);
  }

  async start(): Promise<void> {
    try {
      await this.see();
    } catch (error) {
      if (error instanceof BusUnfit) throw error;
      this.#options.logger.warn({ reason: (error as Error).message }, 'the bus is not to be seen yet; nothing is published before it is');
    }
  }

  /** The bus is seen once; until then nothing is sent. */
  see(): Promise<void> {
    this.#seen ??= this.#way.see().catch((error: unknown) => {
      this.#seen = undefined;
      throw error;
    });
    return this.#seen;
  }

  async handle(events: readonly StoredEvent[], signal: AbortSignal): Promise<void> {
    await this.#options.faults?.hit('publisher.claimed');
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
    let pending = events.map((event) => pendingOf(event, this.#options.wireFormat, resource, this.#options.inside));
    let unreached = 0;
    for (let round = 1; pending.length > 0; round += 1) {
      const failed = await this.#round(pending, signal, taken);
      unreached = failed.length > 0 && failed.every(({ kind }) => kind === 'unreached') ? unreached + 1 : 0;
      const isLast = round >= maxRounds;
      if (unreached >= Math.min(this.#way.unreachedRounds, maxRounds)) throw new Error(`The bus cannot be reached (${failed[0]?.code}).`);
      const hopeless = failed.filter((failure) => isLast || this.#isHopeless(failure));
      refusals.push(...hopeless.map(({ pending: { event }, code, message }) => ({ event, code, message })));
      const again = failed.filter((failure) => !hopeless.includes(failure));
      if (again.length > 0) await this.#backoff(again, round, signal);
      pending = again.map((failure) => failure.pending);
    }
    return refusals;
  }

  /** Sends all of them once; several calls at once where the bus keeps no order. */
  async #round(pending: readonly Pending[], signal: AbortSignal, taken: Set<string>): Promise<Failure[]> {
    const calls = this.#way.pack(pending);
    const failed = this.#way.keepsOrder ? await this.#slots.run(() => this.#inTurn(calls, signal)) : (await Promise.all(calls.map((call) => this.#slots.run(() => this.#put(call, signal))))).flat();
    const notTaken = new Set(failed.map((failure) => failure.pending));
    for (const one of pending) if (!notTaken.has(one)) taken.add(one.event.eventId);
    await this.#options.faults?.hit('publisher.sent');
    return failed;
  }

  /** One call after the other. Where the bus keeps the order, none overtakes one that did not arrive. */
  async #inTurn(calls: readonly (readonly Pending[])[], signal: AbortSignal): Promise<Failure[]> {
    const failed: Failure[] = [];
    for (const call of calls) {
      const lost = this.#way.keepsOrder ? failed.find(({ kind }) => kind === 'unreached') : undefined;
      if (lost === undefined) failed.push(...await this.#put(call, signal));
      else failed.push(...call.map((pending) => ({ ...lost, pending })));
    }
    return failed;
  }

  /** Sends one call and says which of its events were not taken. Throws only when `signal` has aborted. */
  async #put(call: readonly Pending[], signal: AbortSignal): Promise<Failure[]> {
    signal.throwIfAborted();
    this.counts.calls += 1;
    try {
      return this.#settle(call, await this.#way.put(call, signal));
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
    const { code, event } = this.#way.fault(error);
    if (event === undefined) {
      this.counts.failures += call.length;
      return call.map((pending) => ({ pending, code, kind: 'unreached', message: 'The call failed.' }));
    }
    // One of the events is the reason: halves find it, so that the others pass.
    const half = Math.ceil(call.length / 2);
    if (call.length > 1) return this.#inTurn([call.slice(0, half), call.slice(half)], signal);
    return this.#settle(call, call.map((pending) => ({ pending, code, kind: event, message: 'The bus refused a call with this event alone.' })));
  }

  #isHopeless({ pending, kind }: Failure): boolean {
    const { refusedTries = 5, laterTries = 20 } = this.#options;
    return (kind === 'refused' && pending.tries >= refusedTries) || (kind === 'later' && pending.tries >= laterTries);
  }

  async #backoff(failed: readonly Failure[], round: number, signal: AbortSignal): Promise<void> {
    const { sleep, random, logger, backoff = DEFAULT_BACKOFF } = this.#options;
    const delayMs = backoffMs(backoff, round, random);
    this.counts.retried += failed.length;
    logger.warn({ count: failed.length, code: failed[0]?.code, attempt: round, delayMs }, 'events that the bus did not take are sent again');
    await sleep(delayMs, signal);
  }
}
