/**
 * The publisher of one service: the real one, read by a stream whose cursor is written a moment later than it moves, so that a process
 * that dies publishes the last moment again. What the bus refused for good is kept, and published again as the job of the service does.
 */
import { createEventBridgePublisher } from '@commerce/bus/eventbridge-publisher';
import type { BusPublisher, PublishRefusal } from '@commerce/bus/publisher';
import { backoffMs } from '@commerce/event-log/backoff';
import type { StoredEvent } from '@commerce/event-log/event';
import type { MemoryLog } from '@commerce/event-log/memory-log';
import type { MemoryBus } from './bus.ts';
import type { Kernel } from './kernel.ts';
import type { Process } from './process.ts';
import { SILENT } from './silent.ts';
import type { Due } from './timely.ts';

const BATCH = 500;
const FLUSH_MS = 50;
const AGAIN_MS = 30_000;
/** After a fault of the database the stream waits. */
const AFTER_FAULT_MS = 150;
/** No call of the publisher ends by the clock of the machine. */
const NO_LIMIT_MS = 3_600_000;

export class Publishing {
  readonly #kernel: Kernel;
  readonly #log: MemoryLog;
  readonly #bus: MemoryBus;
  readonly #isPublished: (event: StoredEvent) => boolean;
  #kept = 0;
  #position = 0;
  #isBusy = false;
  #failures = 0;
  #process: Process | undefined;
  #publisher: BusPublisher | undefined;
  readonly refusals: StoredEvent[] = [];

  constructor(kernel: Kernel, given: { readonly log: MemoryLog; readonly bus: MemoryBus; readonly isPublished: (event: StoredEvent) => boolean }) {
    this.#kernel = kernel;
    this.#log = given.log;
    this.#bus = given.bus;
    this.#isPublished = given.isPublished;
  }

  /** All is on the bus. */
  get isDone(): boolean {
    return this.#kept === this.#log.events.length && this.refusals.length === 0;
  }

  /** What it has to do by now: to go on. */
  *due(name: string): Iterable<Due> {
    if (this.#kept < this.#log.events.length) yield { what: `publishing of ${name} beyond its event ${this.#kept}` };
    for (const { eventId, type } of this.refusals) yield { what: `publishing again of ${type} ${eventId}`, moreMs: AGAIN_MS };
  }

  get lacking(): string {
    return `${this.#log.events.length - this.#kept} events are not published, ${this.refusals.length} were refused`;
  }

  /** A process begins: from the cursor that was written last. */
  start(process: Process): void {
    const kernel = this.#kernel;
    this.#process = process;
    this.#position = this.#kept;
    this.#isBusy = false;
    this.#failures = 0;
    this.#publisher = createEventBridgePublisher({
      client: this.#bus.client((promise) => process.live(promise)), busName: this.#bus.name, transport: 'sdk', requestTimeoutMs: NO_LIMIT_MS,
      undeliverable: async (refused) => this.#keepRefused(refused), sleep: process.sleep, random: kernel.random, logger: SILENT, faults: process.faults,
    });
    this.#again(process);
    this.wake();
  }

  #keepRefused(refused: readonly PublishRefusal[]): void {
    this.refusals.push(...refused.map(({ event }) => event));
  }

  /** Events may be there. */
  wake(): void {
    const process = this.#process;
    if (process?.isAlive !== true || this.#isBusy || this.#position >= this.#log.events.length) return;
    this.#isBusy = true;
    this.#kernel.after(this.#kernel.between(0, 3), '', () => void this.#turn(process));
  }

  async #turn(process: Process): Promise<void> {
    if (!process.isAlive || this.#publisher === undefined) return;
    const upTo = Math.min(this.#log.events.length, this.#position + BATCH);
    const events = this.#log.events.slice(this.#position, upTo).filter((event) => this.#publisher?.wants(event) === true && this.#isPublished(event));
    try {
      if (events.length > 0) await this.#publisher.handle(events, new AbortController().signal);
    } catch {
      if (!process.isAlive) return;
      this.#failures += 1;
      this.#kernel.after(backoffMs({ baseMs: 100, maxMs: 5_000 }, this.#failures, this.#kernel.random) + 10, '', () => void this.#turn(process));
      return;
    }
    if (!process.isAlive) return;
    this.#failures = 0;
    this.#position = upTo;
    this.#isBusy = false;
    this.#keepLater(process, upTo);
    this.wake();
  }

  /** The cursor is written, or tried again while the database is away: a process that dies before that publishes again what is behind it. */
  #keepLater(process: Process, upTo: number): void {
    const kernel = this.#kernel;
    const db = `${process.name}.db` as const;
    kernel.after(FLUSH_MS, '', () => {
      if (!process.isAlive || upTo <= this.#kept) return;
      if (kernel.isClogged(db)) void kernel.free(db).then(() => this.#keepLater(process, upTo));
      else if (kernel.fault(`${db}.refused`)) kernel.after(AFTER_FAULT_MS, '', () => this.#keepLater(process, upTo));
      else this.#kept = upTo;
    });
  }

  /** What was refused is tried again, as by the job that does it. */
  #again(process: Process): void {
    this.#kernel.after(AGAIN_MS, '', () => {
      if (!process.isAlive) return;
      const events = this.refusals.splice(0);
      if (events.length > 0) {
        void this.#publisher?.republish(events, new AbortController().signal).then((refused) => this.#keepRefused(refused), () => void this.refusals.push(...events));
        process.onEnd(() => this.refusals.push(...events.filter((event) => !this.#bus.taken.has(event.eventId))));
      }
      this.#again(process);
    });
  }
}
