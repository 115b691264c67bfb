/**
 * The tail of the log for everybody who listens in this process: one read of what is new, shared; each reads from his own place, out of
 * memory or, when he is behind, from the database. It runs only while somebody listens, and a moment longer. What was personal of a
 * customer who is erased goes out of its memory with the event that says so, in whichever process he was erased.
 */
import { Bell } from '@commerce/event-log/backoff';
import type { Cursor } from '@commerce/event-log/event';
import { lastPlace } from '@commerce/event-log/log-figures';
import type { EventLog } from '@commerce/event-log/log';
import { Tail } from '@commerce/event-log/tail';
import { tailPool } from '@commerce/event-log/tail-pool';
import { CustomerErased } from '@commerce/events/entries/customers';
import type { Logger } from '@commerce/service-kit/logging';
import type { Sleep } from '@commerce/service-kit/ports';
import type { Live } from '@commerce/signals/live-bus';
import type { SystemEvent } from '@commerce/signals/system-event';
import type { Pool } from 'pg';
import type { Place, StreamSource } from './stream.ts';

export interface StreamTailOptions {
  readonly log: EventLog;
  readonly bus: Live['bus'];
  /** A direct connection. */
  readonly databaseUrl: string;
  readonly sleep: Sleep;
  readonly nowMs: () => number;
  readonly logger: Pick<Logger, 'warn'>;
  /** What it keeps in memory. Default 5,000 events and 16 MiB. */
  readonly ring?: { readonly rows: number; readonly bytes: number };
}

/** Somebody who listens. */
export interface Listener extends StreamSource {
  leave(): void;
}

const RING = { rows: 5_000, bytes: 16 * 1_048_576 };
/** Events of other processes are seen within this time. */
const POLL_MS = 50;
const LINGER_MS = 5_000;
/** Events to try what listens that wait for one listener; the oldest are dropped. */
const MOST_TESTS = 20;

interface Running {
  readonly tail: Tail;
  readonly pool: Pool;
  readonly stopping: AbortController;
  readonly done: Promise<void>;
  readonly offWake: () => void;
}

export class StreamTail {
  readonly #o: StreamTailOptions;
  readonly #bells = new Set<Bell>();
  #running: Promise<Running> | undefined;
  /** Ends the wait for somebody who comes again. */
  #lingering: AbortController | undefined;

  constructor(options: StreamTailOptions) {
    this.#o = options;
  }

  /** Rejects when the database cannot be read. */
  async join(): Promise<Listener> {
    this.#lingering?.abort();
    const bell = new Bell(this.#o.sleep);
    this.#bells.add(bell);
    const running = await (this.#running ??= this.#start()).catch((error: unknown) => {
      this.#bells.delete(bell);
      this.#running = undefined;
      throw error;
    });
    const { tail } = running;
    let tests: SystemEvent[] = [];
    const unsubscribe = this.#o.bus.subscribe('*', (event) => {
      tests = [...tests, event].slice(-MOST_TESTS);
      bell.ring();
    }, { onlyTests: true });
    return {
      now: () => lastPlace(running.pool, this.#o.log.epoch).then(({ cursor, recordedAtMs }): Place => ({ cursor, recordedAtMs })),
      read: (place, rows) => tail.read(place.cursor, place.recordedAtMs, rows),
      start: () => tail.start,
      heldSinceMs: () => tail.heldSinceMs,
      takeTests: () => {
        const taken = tests;
        tests = [];
        return taken;
      },
      wait: (ms, signal) => bell.wait(ms, signal),
      leave: () => {
        unsubscribe();
        this.#bells.delete(bell);
        if (this.#bells.size === 0) void this.#linger();
      },
    };
  }

  async #start(): Promise<Running> {
    const { log, databaseUrl, sleep, nowMs, logger, ring = RING } = this.#o;
    const pool = tailPool(databaseUrl);
    try {
      const { cursor: start, recordedAtMs: startRecordedAtMs }: { cursor: Cursor; recordedAtMs: number } = await lastPlace(pool, log.epoch);
      const stopping = new AbortController();
      const tail: Tail = new Tail({
        pool, epoch: log.epoch, start, startRecordedAtMs, sleep, nowMs, personal: log.personal, ring, pollMs: POLL_MS,
        onAdvance: (events) => {
          for (const { type, subject, cursor } of events) if (type === CustomerErased.type) tail.forget(subject, cursor);
          this.#bells.forEach((bell) => bell.ring());
        },
        onFault: (error) => logger.warn({ err: error }, 'the log cannot be read for those who listen; tried again'),
      });
      return { tail, pool, stopping, done: tail.run(stopping.signal), offWake: log.onWake(tail.poke) };
    } catch (error) {
      await pool.end();
      throw error;
    }
  }

  async #linger(): Promise<void> {
    const lingering = new AbortController();
    this.#lingering = lingering;
    await this.#o.sleep(LINGER_MS, lingering.signal).catch(() => undefined);
    if (!lingering.signal.aborted && this.#bells.size === 0) await this.close();
  }

  async close(): Promise<void> {
    this.#lingering?.abort();
    const starting = this.#running;
    // Whoever comes now begins anew.
    this.#running = undefined;
    const running = await starting?.catch(() => undefined);
    if (running === undefined) return;
    running.offWake();
    running.stopping.abort();
    await running.done;
    await running.pool.end();
  }
}
