/**
 * The log as it grows, for everybody in this process who looks at it beside the readers: the live bus of a process without readers, and
 * the streams of events. One read of what is new, shared by all of them; each may read on from his own place, out of memory or, when he is
 * behind, from the database.
 *
 * Promise: it runs only while somebody has joined, and a moment longer. When it begins again, the history of the live bus gets the last
 * events that were committed meanwhile. What was personal of a customer who is erased goes out of its memory with the event that says so,
 * in whichever process he was erased. While the database cannot be read it waits, and then goes on where it was.
 */
import type { Sleep } from '@commerce/event-log/backoff';
import { Bell } from '@commerce/event-log/backoff';
import type { Cursor, StoredEvent } from '@commerce/event-log/event';
import { compareCursors, START } from '@commerce/event-log/event';
import { readHistory } from '@commerce/event-log/history';
import type { EventLog } from '@commerce/event-log/log';
import type { LogObserver } from '@commerce/event-log/observer';
import { lastPlace } from '@commerce/event-log/log-figures';
import { run } from '@commerce/event-log/statement';
import { Tail } from '@commerce/event-log/tail';
import { tailPool } from '@commerce/event-log/tail-pool';
import { CustomerErased } from '@commerce/events/entries/customers';
import type { Pool } from 'pg';

/** Who is told of all that is read. */
export interface LogWatcher {
  readonly observer: Pick<LogObserver, 'onEvents'>;
  /** The last events before those that come, the newest at the end; none of them was told before. */
  readonly onEarlier: (events: readonly StoredEvent[]) => void;
  /** Events that it wants to be told of so at most. */
  readonly earlier: number;
}

export interface FollowOptions {
  readonly log: EventLog;
  /** Without a pooler in front. */
  readonly databaseUrl: string;
  readonly sleep: Sleep;
  readonly logger: { warn(fields: object, message: string): void };
  /** Left out where readers tell the live bus. */
  readonly watcher?: LogWatcher | undefined;
  /** What it keeps in memory. Default 5,000 events and 16 MiB. */
  readonly ring?: { readonly rows: number; readonly bytes: number };
}

/** Somebody who looks. */
export interface Joined {
  readonly tail: Pick<Tail, 'read' | 'start' | 'heldSinceMs'>;
  /** Its end, as the database has it. */
  now(): ReturnType<typeof lastPlace>;
  /** Resolves when all that is committed now was read. Rejects when that takes longer than 10 s: then a transaction stays open that may still write earlier events. */
  upToDate(): Promise<void>;
  leave(): void;
}

const RING = { rows: 5_000, bytes: 16 * 1_048_576 };
/** Events of other processes are seen within this time. */
const POLL_MS = 50;
const LINGER_MS = 5_000;
const LONGEST_MS = 10_000;

interface Running {
  readonly tail: Tail;
  readonly pool: Pool;
  readonly stopping: AbortController;
  readonly done: Promise<void>;
  readonly offWake: () => void;
}

export class FollowedLog {
  readonly #o: FollowOptions;
  readonly #joined = new Set<() => void>();
  #running: Promise<Running> | undefined;
  /** Ends the wait for somebody who comes again. */
  #lingering: AbortController | undefined;
  /** What was told ends here. */
  #toldUpTo: Cursor | undefined;

  constructor(options: FollowOptions) {
    this.#o = options;
  }

  /** `onNews` is called whenever there is something to read. Rejects when the database cannot be read. */
  async join(onNews: () => void = () => undefined): Promise<Joined> {
    this.#lingering?.abort();
    const bell = new Bell(this.#o.sleep);
    const news = (): void => {
      bell.ring();
      onNews();
    };
    this.#joined.add(news);
    const { tail, pool } = await (this.#running ??= this.#start()).catch((error: unknown) => {
      this.#joined.delete(news);
      this.#running = undefined;
      throw error;
    });
    const now = (): ReturnType<typeof lastPlace> => lastPlace(pool, this.#o.log.epoch);
    return {
      tail, now,
      upToDate: async () => {
        const end = await committedEnd(pool);
        const timeout = AbortSignal.timeout(LONGEST_MS);
        while (compareCursors(tail.end, end) < 0) {
          timeout.throwIfAborted();
          await bell.wait(POLL_MS, timeout);
        }
      },
      leave: () => {
        if (this.#joined.delete(news) && this.#joined.size === 0) void this.#linger();
      },
    };
  }

  async #start(): Promise<Running> {
    const { log, databaseUrl, sleep, logger, watcher, ring = RING } = this.#o;
    const pool = tailPool(databaseUrl);
    try {
      const { cursor: start, recordedAtMs: startRecordedAtMs } = await lastPlace(pool, log.epoch);
      if (watcher !== undefined) await this.#tellEarlier(watcher, start);
      const stopping = new AbortController();
      const tail: Tail = new Tail({
        pool, epoch: log.epoch, start, startRecordedAtMs, sleep, nowMs: log.preparer.nowMs, personal: log.personal, ring, pollMs: POLL_MS,
        onAdvance: (events, bytes) => {
          // Another one may have begun.
          if (stopping.signal.aborted) return;
          for (const { type, subject, cursor } of events) if (type === CustomerErased.type) tail.forget(subject, cursor);
          this.#toldUpTo = events.at(-1)?.cursor ?? this.#toldUpTo;
          watcher?.observer.onEvents?.(events, bytes.reduce((sum, one) => sum + one, 0));
          for (const news of this.#joined) news();
        },
        onFault: (error) => logger.warn({ err: error }, 'the log cannot be read for those who look at it; tried again'),
      });
      return { tail, pool, stopping, done: tail.run(stopping.signal), offWake: log.onWake(tail.poke) };
    } catch (error) {
      await pool.end();
      throw error;
    }
  }

  /** The last events up to this place that were not told. */
  async #tellEarlier({ onEarlier, earlier }: LogWatcher, upTo: Cursor): Promise<void> {
    const { pool, epoch, personal } = this.#o.log;
    const { events } = await readHistory(pool, epoch, {}, { limit: earlier, before: { ...upTo, position: upTo.position + 1 }, personal });
    const toldUpTo = this.#toldUpTo;
    onEarlier(events.filter(({ cursor }) => toldUpTo === undefined || compareCursors(cursor, toldUpTo) > 0).toReversed());
    this.#toldUpTo = upTo;
  }

  async #linger(): Promise<void> {
    const lingering = new AbortController();
    this.#lingering = lingering;
    await this.#o.sleep(LINGER_MS, lingering.signal).catch(() => undefined);
    if (!lingering.signal.aborted && this.#joined.size === 0) await this.close();
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

/** The place of the last event that is committed, whether it can be read yet or not. */
async function committedEnd(pool: Pool): Promise<Cursor> {
  const { rows: [row] } = await run(pool, 'SELECT epoch, txid::text, position FROM events ORDER BY events.epoch DESC, events.txid DESC, events.position DESC LIMIT 1', []);
  return row === undefined ? START : { epoch: row.epoch, txid: Number(row.txid), position: Number(row.position) };
}
