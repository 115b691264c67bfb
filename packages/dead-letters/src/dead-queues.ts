/**
 * The dead-letter queues of a service: which they are, and the look into them.
 *
 * Promise: one process at a time has messages in its hand, keeps them hidden while it works so that the others come, and gives back
 * what it has not ended; those of one that is killed come back by themselves, after `HIDE_SECONDS` or, where they are many, later. A
 * look deletes nothing but what this tool has ended already. SQS shows messages only to whoever takes them, so what is listed is what
 * the last look saw.
 */
import type { LyingMessage, LyingQueue, QueueInOperation } from '@commerce/bus/operated-queue';
import type { Sleep } from '@commerce/service-kit/ports';
import type { Pool } from 'pg';
import type { DeadQueue } from './dead-queue.ts';
import { seenOf } from './message-facts.ts';
import { forgetUnseen, see } from './messages.pg.ts';
import type { KeptMessage } from './messages.pg.ts';
import { giveQueue, holdQueue, noteLook, readQueues } from './queues.pg.ts';
import { isQueue } from './selection.ts';
import type { Part, QueueName } from './selection.ts';

export interface DeadQueuesOptions {
  readonly pool: Pool;
  readonly queues: readonly DeadQueue[];
  /** Opens a queue of SQS by its address. */
  readonly open: (queueUrl: string) => QueueInOperation;
  /** Names this process. */
  readonly holder: string;
  readonly sleep: Sleep;
  readonly monotonicMs: () => number;
  /** So many messages a hand takes, hidden at the same time. Default 100,000: SQS hides 120,000 of a queue. */
  readonly mostHeld?: number;
  /** For how long an ask waits when nothing is there. Default 1 s: from then on SQS looks on all of its servers. */
  readonly waitSeconds?: number | undefined;
  readonly logger: { warn(fields: object, message: string): void };
}

/** For how long a message is hidden from everybody else that is in a hand; before half of it is over it is hidden anew. */
export const HIDE_SECONDS = 20;
/** Of many the time is longer, so that about twice as many are hidden anew in a second. */
const HIDDEN_ANEW = 100;
const KEEP_EVERY_MS = 2_000;
const MOST_HELD = 100_000;
/** Longer than a message that its holder has left behind stays hidden. */
const HOLD_MS = 22_000;
const LOOK_LIMIT_MS = 15_000;
/** A look is good for so long. */
const FRESH_MS = 3_000;
/** An ask that finds nothing, twice, says that the queue is at its end: a queue of SQS stands on many servers. */
const EMPTY_ASKS = 2;
const LOOKERS = 3;
const TURN_POLL_MS = 250;

/** A message in the hand, as it is kept. */
export interface InHand extends KeptMessage {
  readonly message: LyingMessage;
}

export class DeadQueues {
  /** Those of this service. */
  readonly names: readonly QueueName[];
  readonly #o: DeadQueuesOptions;
  readonly #opened = new Map<QueueName, LyingQueue>();
  readonly #retention = new Map<QueueName, number>();
  readonly #looks = new Map<QueueName, Promise<void>>();
  /** Those in a hand of this process. */
  readonly #taken = new Set<QueueName>();
  readonly #closing = new AbortController();

  constructor(options: DeadQueuesOptions) {
    this.#o = options;
    this.names = options.queues.map(({ name }) => name);
  }

  /** Undefined when this service has no such queue. */
  find(name: QueueName): DeadQueue | undefined {
    return this.#o.queues.find((queue) => queue.name === name);
  }

  of(name: QueueName): DeadQueue {
    const queue = this.find(name);
    if (queue === undefined) throw new TypeError(`This service has no queue ${name}.`);
    return queue;
  }

  /** Throws `BusUnfit` when it is not there. */
  async #open(name: QueueName, signal: AbortSignal): Promise<LyingQueue> {
    const known = this.#opened.get(name);
    if (known !== undefined) return known;
    const place = await this.of(name).place(signal);
    const opened = typeof place === 'string' ? this.#o.open(place) : place;
    await opened.arn(signal).catch(async (error: unknown) => {
      if (opened !== place) await opened.close();
      throw error;
    });
    this.#opened.set(name, opened);
    return opened;
  }

  /** For how long a message stays in the queue, in seconds, as this process has learned at a look; undefined before. */
  retentionSeconds(name: QueueName): number | undefined {
    return this.#retention.get(name);
  }

  /** Looks into each queue whose last look is old, unless somebody else has it in hand. Waits at most `waitMs`; the looks go on. */
  async lookIfOld(waitMs: number): Promise<void> {
    const states = await readQueues(this.#o.pool, this.names);
    const old = this.names.filter((name) => (states.find(({ queue }) => queue === name)?.ageMs ?? Number.POSITIVE_INFINITY) > FRESH_MS);
    const over = new AbortController();
    const looks = Promise.all(old.map((name) => this.#lookOnce(name)));
    await Promise.race([looks, this.#o.sleep(waitMs, over.signal).catch(() => undefined)]);
    over.abort();
  }

  /** Looks into these queues, unless somebody else has one in hand: his look is as good. */
  async lookNow(parts: readonly Part[]): Promise<void> {
    await Promise.all(parts.filter(isQueue).filter((name) => this.names.includes(name)).map((name) => this.#lookOnce(name)));
  }

  /** Takes a queue in hand, as soon as nobody else has it. What `use` has received and not deleted is given back. */
  async inHand<Result>(name: QueueName, signal: AbortSignal, use: (hand: Hand) => Promise<Result>): Promise<Result> {
    while ((await this.#turn(name)) === undefined) await this.#o.sleep(TURN_POLL_MS, signal);
    return this.#use(name, signal, use);
  }

  /** Ends the looks; resolves when none runs any more. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('The service stops.'));
    await Promise.all(this.#looks.values());
    await Promise.all([...this.#opened.values(), ...this.#o.queues].map((queue) => queue.close()));
  }

  /** Takes the turn at a queue, within this process and among all. The time of the database in Unix milliseconds, or undefined. */
  async #turn(name: QueueName): Promise<number | undefined> {
    if (this.#taken.has(name)) return undefined;
    this.#taken.add(name);
    const nowMs = await holdQueue(this.#o.pool, name, this.#o.holder, HOLD_MS).catch((error: unknown) => {
      this.#taken.delete(name);
      throw error;
    });
    if (nowMs === undefined) this.#taken.delete(name);
    return nowMs;
  }

  /** Uses the turn, and gives it back. */
  async #use<Result>(name: QueueName, signal: AbortSignal, use: (hand: Hand) => Promise<Result>): Promise<Result> {
    let hand: Hand | undefined;
    try {
      hand = new Hand(this.#o, this.of(name), await this.#open(name, signal), signal);
      return await use(hand);
    } finally {
      await hand?.giveBack();
      await giveQueue(this.#o.pool, name, this.#o.holder).finally(() => this.#taken.delete(name));
    }
  }

  #lookOnce(name: QueueName): Promise<void> {
    const running = this.#looks.get(name);
    if (running !== undefined) return running;
    const look = this.#look(name)
      .catch(async (error: unknown) => {
        const fault = error instanceof Error ? error.message.slice(0, 500) : 'unknown';
        if (!this.#closing.signal.aborted) this.#o.logger.warn({ err: error, reason: name }, 'a dead-letter queue cannot be looked into');
        await noteLook(this.#o.pool, name, { isComplete: false, fault });
      })
      .catch(() => undefined)
      .finally(() => this.#looks.delete(name));
    this.#looks.set(name, look);
    return look;
  }

  async #look(name: QueueName): Promise<void> {
    const { pool, monotonicMs } = this.#o;
    const nowMs = await this.#turn(name);
    if (nowMs === undefined) return;
    const untilMs = monotonicMs() + LOOK_LIMIT_MS;
    const isComplete = await this.#use(name, this.#closing.signal, async (hand) => {
      const seconds = this.#retention.get(name) ?? (await hand.queue.retentionSeconds(this.#closing.signal));
      if (seconds !== undefined) this.#retention.set(name, seconds);
      const over = new AbortController();
      const ends = await allEnded(Array.from({ length: LOOKERS }, async () => {
        for (let empty = 0; empty < EMPTY_ASKS; ) {
          if (over.signal.aborted || monotonicMs() > untilMs) return false;
          empty = (await hand.next()).fresh.length === 0 ? empty + 1 : 0;
        }
        return true;
      }), over);
      return ends.every(Boolean) && (await hand.beside()) === 0;
    });
    // What another process has seen and then left behind may be hidden still.
    if (isComplete) await forgetUnseen(pool, name, nowMs - HIDE_SECONDS * 1_000);
    await noteLook(pool, name, { isComplete, fault: null });
  }
}

/** What they come to, once each of them has ended: what still asked after its hand was given back would take it anew. Throws the first fault, of which the others are told by `over`. */
async function allEnded<Result>(works: readonly Promise<Result>[], over: AbortController): Promise<Result[]> {
  const ended = await Promise.allSettled(works.map((work) => work.catch((error: unknown) => {
    over.abort();
    throw error;
  })));
  return ended.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

interface Held {
  readonly handle: string;
  /** To be hidden anew from then on; by the clock of this process. */
  readonly anewMs: number;
}

/** What one ask has brought. */
interface Answer {
  /** Those that were not in this hand before, and are not ended yet. */
  readonly fresh: readonly InHand[];
  /** The queue gave nothing at all. */
  readonly isEmpty: boolean;
}

/** What one process has of a queue, for as long as it holds it. */
export class Hand {
  readonly queue: LyingQueue;
  readonly #o: DeadQueuesOptions;
  readonly #of: DeadQueue;
  readonly #signal: AbortSignal;
  /** What was received and not deleted, by message id. */
  readonly #held = new Map<string, Held>();
  #keptMs: number;

  constructor(options: DeadQueuesOptions, of: DeadQueue, queue: LyingQueue, signal: AbortSignal) {
    this.#o = options;
    this.#of = of;
    this.queue = queue;
    this.#signal = signal;
    this.#keptMs = options.monotonicMs();
  }

  /** SQS will soon hide no more, and no more is kept in mind. */
  get isFull(): boolean {
    return this.#held.size >= (this.#o.mostHeld ?? MOST_HELD);
  }

  /** Asks once. What was ended is deleted and not told of. */
  async next(): Promise<Answer> {
    await this.keep();
    const askedMs = this.#o.monotonicMs();
    const received = await this.queue.receive(HIDE_SECONDS, this.#o.waitSeconds ?? 1, this.#signal);
    const fresh = received.filter(({ messageId }) => !this.#held.has(messageId));
    for (const { messageId, receiptHandle } of received) this.#hold(messageId, receiptHandle, askedMs, HIDE_SECONDS);
    const isEmpty = received.length === 0;
    if (fresh.length === 0) return { fresh: [], isEmpty };
    const kept = await see(this.#o.pool, this.#of.name, fresh.map((message) => seenOf(this.#of, message)));
    const all = fresh.flatMap((message) => {
      const facts = kept.get(message.messageId);
      return facts === undefined ? [] : [{ ...facts, message }];
    });
    await this.remove(all.filter(({ isEnded }) => isEnded).map(({ messageId }) => messageId));
    return { fresh: all.filter(({ isEnded }) => !isEnded), isEmpty };
  }

  /** Keeps the turn, and what is in this hand hidden. To be called every few seconds. Throws when the turn is lost. */
  async keep(): Promise<void> {
    const nowMs = this.#o.monotonicMs();
    if (nowMs - this.#keptMs < KEEP_EVERY_MS) return;
    this.#keptMs = nowMs;
    if ((await holdQueue(this.#o.pool, this.#of.name, this.#o.holder, HOLD_MS)) === undefined) throw new Error(`Another process has the queue "${this.queue.name}" in hand.`);
    const seconds = Math.max(HIDE_SECONDS, Math.ceil(this.#held.size / HIDDEN_ANEW));
    const due = [...this.#held].filter(([, { anewMs }]) => anewMs <= nowMs);
    for (const [messageId, { handle }] of due) this.#hold(messageId, handle, nowMs, seconds);
    await this.queue.hide(due.map(([, { handle }]) => handle), seconds, this.#signal);
  }

  /** How many lie in the queue that are not in this hand, as far as it knows. */
  async beside(): Promise<number> {
    return Math.max(0, (await this.queue.depth(this.#signal)) - this.#held.size);
  }

  #hold(messageId: string, handle: string, fromMs: number, seconds: number): void {
    this.#held.set(messageId, { handle, anewMs: fromMs + 500 * seconds });
  }

  /** Deletes messages of this hand. */
  async remove(messageIds: readonly string[]): Promise<void> {
    const handles = messageIds.flatMap((messageId) => this.#held.get(messageId)?.handle ?? []);
    await this.queue.remove(handles, this.#signal);
    for (const messageId of messageIds) this.#held.delete(messageId);
  }

  /** Lets others see the rest again. What cannot be given back is seen again when its time is over. */
  async giveBack(): Promise<void> {
    const handles = [...this.#held.values()].map(({ handle }) => handle);
    this.#held.clear();
    await this.queue.release(handles, AbortSignal.timeout(GIVE_BACK_MS)).catch(() => undefined);
  }
}

const GIVE_BACK_MS = 5_000;
