/**
 * The SQS consumer: takes the events of other services from a queue into the log, so that the log is the inbox.
 *
 * Promise: a message is deleted only when its event is in the log; a duplicate changes nothing. A replay of an archive brings
 * what is missing and nothing twice, and what it brought is written down under its name. What is not accepted gets a
 * row in `refusals` and stays with the queue's redrive policy, while all others flow. A fault of the database or of SQS is
 * charged to no message: messages in hand stay invisible and are tried again. `stop` finishes what is in hand or gives it back.
 * Refuses: a queue without a redrive policy, and event types that the catalogue does not have.
 */
import type { Sleep } from '@commerce/event-log/backoff';
import { backoffMs } from '@commerce/event-log/backoff';
import type { EventLog } from '@commerce/event-log/log';
import { prepareForeign } from '@commerce/event-log/prepare';
import type { IntakeLog } from '@commerce/event-log/trace';
import type { Pool } from 'pg';
import { appendBatch } from './append-batch.ts';
import type { Verdict } from './append-batch.ts';
import type { AwsOptions, BusLogger, Transport } from './client.aws.ts';
import { AwsUnfit, errorCode } from './client.aws.ts';
import { ByTens, inTens } from './by-tens.ts';
import type { AcceptedEvent, Decoded, Refusal, RefusalReason } from './message.ts';
import { noteOf } from './duplicates.ts';
import { createDecoder } from './message.ts';
import type { QueueCalls, QueueFacts, ReceivedMessage, VisibilityChange } from './queue.sqs.ts';
import { BATCH, Queue } from './queue.sqs.ts';
import { storeRefusals } from './refusals.pg.ts';
import type { ReplayedEvent } from './replay-arrivals.pg.ts';
import { storeReplayed } from './replay-arrivals.pg.ts';
import type { ServiceConsumer } from './service-consumer.ts';
import type { InHand } from './stay-invisible.ts';
import { stayInvisible } from './stay-invisible.ts';

export interface SqsConsumerOptions {
  readonly queueUrl: string;
  /** In the place of the queue at that address. */
  readonly queue?: QueueCalls;
  readonly clientOptions?: AwsOptions;
  /** Default `direct`. */
  readonly transport?: Transport;
  readonly log: IntakeLog;
  /** The pairs of source and type that this service takes from others. */
  readonly accepts: readonly AcceptedEvent[];
  readonly pool: Pool;
  readonly sleep: Sleep;
  readonly random: () => number;
  readonly monotonicMs: () => number;
  readonly logger: BusLogger;
  /** Points where a test may end the process: `consumer.received`, `consumer.appended`, `consumer.refused`, `consumer.deleted`. */
  readonly faults?: { hit(name: string): void | Promise<void> };
  /** Long polls at once while little comes; each that brings ten calls for another one, up to four times as many. Default 4, minimum 1. */
  readonly receivers?: number;
  /** Length of a long poll, and so the longest wait of an orderly stop. Default 3, at most 20; 0 asks without pause, for tests. */
  readonly waitSeconds?: number;
  /** Messages in hand at most, those still to be deleted included; beyond it nothing is received. Default 2,000, minimum 10 for each poll. */
  readonly maxHeld?: number;
  /** Messages in one statement at most. Default 200. */
  readonly batchSize?: number;
  /** Statements at once. Default 2. */
  readonly statements?: number;
  /** For so long a message in hand is hidden from others, and for longer while it is in hand; where the queue has a shorter time, for that. So long wait those of a process that is killed. Default 10. */
  readonly hideSeconds?: number;
  /** For one call to SQS; a long poll has its wait on top. Default 5,000 ms. */
  readonly requestTimeoutMs?: number;
  /** After this time `stop` gives back what is left. Default 15,000 ms. */
  readonly stopLimitMs?: number;
  /** Seconds until a message that was not accepted may come again. Default 1, 2, 4, … at most 30. */
  readonly refusedDelaySeconds?: (receiveCount: number) => number;
}

/** Counts since the start, and what is in hand now. */
export interface SqsConsumerStats {
  readonly received: number;
  readonly appended: number;
  readonly duplicates: number;
  /** Messages that a replay of an archive has sent, whatever became of them. */
  readonly replayed: number;
  /** Messages not accepted, by reason; a message counts each time it comes. */
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>;
  readonly deleted: number;
  /** Deletes given up; such a message comes again as a duplicate. */
  readonly deletesGivenUp: number;
  /** Times that the invisibility of a message was extended. */
  readonly extended: number;
  /** Messages given back by `stop`. */
  readonly released: number;
  readonly statements: number;
  readonly receiveFaults: number;
  readonly databaseFaults: number;
  /** Messages in hand. */
  readonly held: number;
}

/** Its `stop` gives back what cannot be finished. */
export type SqsConsumer = ServiceConsumer<SqsConsumerStats>;

/**
 * Starts to consume. Throws `AwsUnfit` when region or credentials are missing, and when the queue is missing, forbidden or has no
 * redrive policy. A queue that cannot be
 * reached is no reason to refuse the start: it is looked for until it answers, and `healthy` is false meanwhile.
 */
export async function startSqsConsumer(options: SqsConsumerOptions): Promise<SqsConsumer> {
  const consumer = new Consumer(options);
  await consumer.start();
  return { stop: () => consumer.stop(), stats: () => consumer.stats(), healthy: () => consumer.healthy() };
}

/** A message in hand: waiting for a statement, in one, or kept while the database is at fault. */
interface Held extends InHand {
  readonly message: ReceivedMessage;
  readonly decoded: Decoded;
  verdict: Verdict | undefined;
}

const UNHEALTHY_AFTER_MS = 10_000;
const HIDE_SECONDS = 10;
const RECEIVERS = 4;
/** Long polls while much comes, for each of those that are always there. */
const POLLS_EACH = 4;
const ROOM_POLL_MS = 25;
/** While much comes, so long a statement waits for company. */
const GATHER_MS = 10;
const ACK_LINGER_MS = 50;
const RECEIVE_BACKOFF = { baseMs: 200, maxMs: 10_000 };
const DATABASE_BACKOFF = { baseMs: 100, maxMs: 5_000 };
const NO_FAULTS = { hit: () => undefined };

class Consumer {
  readonly #options: SqsConsumerOptions;
  readonly #queue: QueueCalls;
  readonly #decode: (body: string) => Decoded;
  readonly #faults: NonNullable<SqsConsumerOptions['faults']>;
  readonly #held = new Set<Held>();
  readonly #waiting: Held[] = [];
  readonly #running = new Set<Promise<void>>();
  #isGathering = false;
  readonly #deletes: ByTens<string>;
  readonly #returns: ByTens<VisibilityChange>;
  readonly #counts = { received: 0, appended: 0, duplicates: 0, replayed: 0, deleted: 0, deletesGivenUp: 0, extended: 0, released: 0, statements: 0, receiveFaults: 0, databaseFaults: 0 };
  readonly #refused: Partial<Record<RefusalReason, number>> = {};
  /** The replay of which events came last. */
  #replay: string | undefined;
  /** Nothing new is received. */
  readonly #stopping = new AbortController();
  /** The time to stop is over: calls and waits end at once. */
  readonly #over = new AbortController();
  /** All is done. */
  readonly #ended = new AbortController();
  #facts: QueueFacts | undefined;
  /** Calls under way. */
  #polls = 0;
  readonly #receivers = new Set<Promise<void>>();
  /** Receivers beyond those that are always there. */
  #calledFor = 0;
  #receiveFaultSinceMs: number | undefined;
  #databaseFaultSinceMs: number | undefined;
  #receiving: Promise<unknown> = Promise.resolve();
  #extending: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  constructor(options: SqsConsumerOptions) {
    const { queueUrl, clientOptions = {}, transport = 'direct', receivers = RECEIVERS, waitSeconds = 3, requestTimeoutMs = 5_000, sleep } = options;
    this.#options = options;
    this.#decode = createDecoder(options.log.catalogue, options.accepts);
    this.#faults = options.faults ?? NO_FAULTS;
    this.#queue = options.queue ?? new Queue({ queueUrl, aws: clientOptions, transport, receivers: receivers * POLLS_EACH, waitSeconds, requestTimeoutMs });
    this.#deletes = new ByTens({
      send: (handles) => this.#queue.remove(handles, this.#over.signal), sleep, lingerMs: ACK_LINGER_MS, inFlight: 8,
      settled: (taken, givenUp, fault) => this.#deleted(taken, givenUp, fault),
    });
    this.#returns = new ByTens({
      send: (changes) => this.#queue.changeVisibility(changes, this.#over.signal), sleep, lingerMs: ACK_LINGER_MS, inFlight: 2,
      // A message that could not be returned comes again when its visibility timeout ends.
      settled: () => undefined,
    });
  }

  async start(): Promise<void> {
    try {
      this.#facts = await this.#queue.facts(this.#stopping.signal);
    } catch (error) {
      if (error instanceof AwsUnfit) {
        this.#queue.close();
        throw error;
      }
      this.#receiveFault(error);
    }
    this.#receiving = this.#run();
  }

  stats(): SqsConsumerStats {
    return { ...this.#counts, refused: { ...this.#refused }, held: this.#held.size };
  }

  healthy(): boolean {
    const now = this.#options.monotonicMs();
    const lasting = (sinceMs: number | undefined): boolean => sinceMs !== undefined && now - sinceMs > UNHEALTHY_AFTER_MS;
    return this.#facts !== undefined && !this.#stopping.signal.aborted && !lasting(this.#receiveFaultSinceMs) && !lasting(this.#databaseFaultSinceMs);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  // Receiving

  async #run(): Promise<void> {
    const facts = await this.#findQueue();
    if (facts === undefined) return;
    const { sleep, monotonicMs } = this.#options;
    const hideSeconds = Math.min(facts.visibilitySeconds, this.#options.hideSeconds ?? HIDE_SECONDS);
    this.#extending = stayInvisible({
      held: this.#held, queue: this.#queue, seconds: hideSeconds, sleep, monotonicMs, signal: this.#ended.signal,
      extended: (count) => {
        this.#counts.extended += count;
      },
    });
    const { receivers = RECEIVERS } = this.#options;
    for (let count = 0; count < receivers; count += 1) this.#open(hideSeconds);
    while (this.#receivers.size > 0) await Promise.all(this.#receivers);
  }

  #open(hideSeconds: number): void {
    const receiver = this.#receive(hideSeconds).finally(() => this.#receivers.delete(receiver));
    this.#receivers.add(receiver);
  }

  async #findQueue(): Promise<QueueFacts | undefined> {
    for (let failures = 1; this.#facts === undefined && !this.#stopping.signal.aborted; failures += 1) {
      await this.#pause(backoffMs(RECEIVE_BACKOFF, failures, this.#options.random));
      this.#facts = await this.#queue.facts(this.#stopping.signal).catch((error: unknown) => this.#receiveFault(error));
    }
    return this.#facts;
  }

  /** Polls, and calls for another one when ten come. Of those that were called for, one ends whenever less comes. */
  async #receive(hideSeconds: number): Promise<void> {
    const most = (this.#options.receivers ?? RECEIVERS) * (POLLS_EACH - 1);
    let failures = 0;
    while (await this.#room()) {
      this.#polls += 1;
      // SQS hides a message from when it gives it, which may be long before its answer is here; not before it was asked.
      const askedMs = this.#options.monotonicMs();
      try {
        const messages = await this.#queue.receive(hideSeconds, this.#over.signal);
        failures = 0;
        this.#receiveFaultSinceMs = undefined;
        if (messages.length === BATCH && this.#calledFor < most) {
          this.#calledFor += 1;
          this.#open(hideSeconds);
        }
        if (messages.length > 0) await this.#take(messages, askedMs + hideSeconds * 1_000);
        if (messages.length < BATCH && this.#calledFor > 0) {
          this.#calledFor -= 1;
          return;
        }
      } catch (error) {
        failures += 1;
        this.#receiveFault(error);
      } finally {
        this.#polls -= 1;
      }
      if (failures > 0) await this.#pause(backoffMs(RECEIVE_BACKOFF, failures, this.#options.random));
    }
  }

  /** Waits until ten more messages may be in hand, the database answers, and the readers of the log are not far behind. False once it is time to stop. */
  async #room(): Promise<boolean> {
    const { maxHeld = 2_000 } = this.#options;
    const full = (): boolean => this.#held.size + this.#deletes.size + this.#returns.size + (this.#polls + 1) * BATCH > maxHeld;
    while (!this.#stopping.signal.aborted && (full() || this.#databaseFaultSinceMs !== undefined || this.#options.log.isBehind === true)) await this.#pause(ROOM_POLL_MS);
    return !this.#stopping.signal.aborted;
  }

  async #take(messages: readonly ReceivedMessage[], visibleAtMs: number): Promise<void> {
    this.#counts.received += messages.length;
    for (const message of messages) {
      const held: Held = { message, decoded: this.#decode(message.body), verdict: undefined, visibleAtMs };
      this.#held.add(held);
      this.#waiting.push(held);
    }
    await this.#faults.hit('consumer.received');
    this.#pump();
  }

  #receiveFault(error: unknown): undefined {
    this.#counts.receiveFaults += 1;
    this.#receiveFaultSinceMs ??= this.#options.monotonicMs();
    const reason = error instanceof AwsUnfit ? { reason: error.message } : {};
    if (!this.#stopping.signal.aborted) this.#options.logger.warn({ queue: this.#queue.name, code: errorCode(error), ...reason }, 'the queue did not answer; it is asked again');
  }

  // Settling

  #pump(all = false): void {
    const { statements = 2, batchSize = 200 } = this.#options;
    // One statement runs at once, however small, unless much comes; a further one only when it carries enough to be worth its cost.
    const enough = (): number => (all ? 1 : this.#calledFor > 0 ? batchSize / 2 : this.#running.size === 0 ? 1 : batchSize / 4);
    while (this.#running.size < statements && this.#waiting.length >= enough()) {
      const work = this.#settle(this.#waiting.splice(0, batchSize)).finally(() => {
        this.#running.delete(work);
        this.#pump();
      });
      this.#running.add(work);
    }
    if (this.#waiting.length > 0 && this.#running.size === 0 && !this.#isGathering) void this.#gather();
  }

  async #gather(): Promise<void> {
    this.#isGathering = true;
    await this.#pause(GATHER_MS);
    this.#isGathering = false;
    this.#pump(true);
  }

  /** Settles a batch, however long the database is at fault. Gives up, and leaves the batch in hand, only when it is time to stop. */
  async #settle(batch: readonly Held[]): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      try {
        await this.#append(batch);
        await this.#keepReasons(batch);
        await this.#keepReplayed(batch);
        this.#databaseFaultSinceMs = undefined;
        this.#acknowledge(batch);
        return;
      } catch (error) {
        this.#databaseFault(error);
        if (this.#stopping.signal.aborted) return;
        await this.#pause(backoffMs(DATABASE_BACKOFF, failures, this.#options.random));
      }
    }
  }

  async #append(batch: readonly Held[]): Promise<void> {
    const events = batch.flatMap((held) => (held.verdict === undefined && held.decoded.kind === 'event' ? [{ held, envelope: held.decoded.envelope, replayName: held.decoded.replayName }] : []));
    if (events.length === 0) return;
    this.#counts.statements += 1;
    const verdicts = await appendBatch(
      this.#options.log, events.map(({ envelope }) => envelope),
      noteOf(events.map(({ held: { message: { messageId, receiveCount } }, replayName }) => ({ messageId, receiveCount, replayName }))),
    );
    events.forEach(({ held }, index) => {
      held.verdict = verdicts[index];
      if (held.verdict?.kind === 'appended') this.#counts.appended += 1;
      if (held.verdict?.kind === 'duplicate') this.#counts.duplicates += 1;
    });
    await this.#faults.hit('consumer.appended');
  }

  async #keepReasons(batch: readonly Held[]): Promise<void> {
    const refused = batch.flatMap((held) => {
      const refusal = refusalOf(held);
      return refusal === undefined ? [] : [{ messageId: held.message.messageId, receiveCount: held.message.receiveCount, refusal }];
    });
    if (refused.length === 0) return;
    await storeRefusals(this.#options.pool, this.#queue.name, refused);
    for (const { messageId, receiveCount, refusal } of refused) this.#reportRefusal(messageId, receiveCount, refusal);
    await this.#faults.hit('consumer.refused');
  }

  /** An event of a replay has gone the way of all others; here it is written down what became of it. */
  async #keepReplayed(batch: readonly Held[]): Promise<void> {
    const events = batch.flatMap((held) => replayedEvent(held, this.#options.log.catalogue) ?? []);
    if (events.length === 0) return;
    await storeReplayed(this.#options.pool, events);
    this.#counts.replayed += events.length;
    for (const { replayName } of events) this.#reportReplay(replayName);
  }

  #reportReplay(replay: string): void {
    if (this.#replay === replay) return;
    this.#replay = replay;
    this.#options.logger.info({ queue: this.#queue.name, replay }, 'events of a replay arrive');
  }

  #reportRefusal(messageId: string, attempt: number, { reason, eventId, eventType }: Refusal): void {
    this.#refused[reason] = (this.#refused[reason] ?? 0) + 1;
    const fields = { queue: this.#queue.name, messageId, attempt, reason, ...(eventId && { eventId }), ...(eventType && { eventType }) };
    if (reason === 'conflict') this.#options.logger.error(fields, 'an event came with the id of another: somebody forges or repairs events');
    else this.#options.logger.warn(fields, 'a message was not accepted and is left to the redrive policy');
  }

  #acknowledge(batch: readonly Held[]): void {
    const { refusedDelaySeconds = defaultRefusedDelaySeconds } = this.#options;
    const settled: string[] = [];
    for (const held of batch) {
      const { receiptHandle, receiveCount } = held.message;
      if (refusalOf(held) === undefined) settled.push(receiptHandle);
      else this.#returns.add([{ receiptHandle, seconds: refusedDelaySeconds(receiveCount) }]);
      this.#held.delete(held);
    }
    this.#deletes.add(settled);
  }

  #deleted(taken: number, givenUp: number, fault: unknown): void {
    this.#counts.deleted += taken;
    this.#counts.deletesGivenUp += givenUp;
    if (givenUp > 0) this.#options.logger.warn({ queue: this.#queue.name, count: givenUp, code: errorCode(fault) }, 'messages were not deleted and will come again as duplicates');
    void this.#faults.hit('consumer.deleted');
  }

  #databaseFault(error: unknown): void {
    this.#counts.databaseFaults += 1;
    this.#databaseFaultSinceMs ??= this.#options.monotonicMs();
    this.#options.logger.warn({ queue: this.#queue.name, count: this.#held.size, code: errorCode(error) }, 'the database is at fault; messages in hand are kept');
  }

  // Stopping

  async #stop(): Promise<void> {
    const { sleep, stopLimitMs = 15_000 } = this.#options;
    this.#stopping.abort();
    const limit = sleep(stopLimitMs, this.#ended.signal).then(() => this.#over.abort(), () => undefined);
    // An aborted poll would strand messages that SQS has assigned to it: open polls run out.
    await this.#receiving;
    await Promise.race([this.#drained(), aborted(this.#over.signal)]);
    await Promise.all([this.#deletes.flush(), this.#returns.flush()]);
    this.#ended.abort();
    await Promise.all([limit, this.#extending, this.#release()]);
    this.#queue.close();
  }

  async #drained(): Promise<void> {
    for (; this.#running.size > 0 || this.#waiting.length > 0; this.#pump(true)) await Promise.all(this.#running);
  }

  /** Gives back what could not be finished, so that another process has it at once. */
  async #release(): Promise<void> {
    const signal = AbortSignal.timeout(RELEASE_LIMIT_MS);
    const calls = inTens([...this.#held]).map(async (ten) => {
      const failed = await this.#queue.changeVisibility(ten.map(({ message }) => ({ receiptHandle: message.receiptHandle, seconds: 0 })), signal).catch(() => ten);
      this.#counts.released += ten.length - failed.length;
    });
    await Promise.all(calls);
  }

  #pause(ms: number): Promise<void> {
    return this.#options.sleep(ms, this.#stopping.signal).catch(() => undefined);
  }
}

const RELEASE_LIMIT_MS = 3_000;

function refusalOf({ decoded, verdict }: Held): Refusal | undefined {
  if (decoded.kind === 'refused') return decoded;
  return verdict?.kind === 'refused' ? verdict : undefined;
}

function replayedEvent({ decoded, verdict }: Held, catalogue: EventLog['catalogue']): ReplayedEvent | undefined {
  const { replayName } = decoded;
  if (replayName === undefined) return undefined;
  if (decoded.kind === 'refused' || verdict === undefined || verdict.kind === 'refused') return { replayName, outcome: 'refused', eventId: null };
  const { eventId } = prepareForeign(catalogue, decoded.envelope);
  return { replayName, outcome: verdict.kind === 'appended' ? 'applied' : 'duplicate', eventId };
}

function defaultRefusedDelaySeconds(receiveCount: number): number {
  return Math.min(30, 2 ** Math.min(receiveCount - 1, 5));
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
