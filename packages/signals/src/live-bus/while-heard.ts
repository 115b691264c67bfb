/**
 * Looks at the log for the live bus of a process without readers, while somebody listens there and no longer: an order costs such a
 * process nothing while nobody does.
 *
 * Promise: whoever has subscribed is shown what is committed from the beginning of the look on, which begins at once; while the log
 * cannot be read it is tried again. `upToDate` says when it has begun.
 */
import type { Sleep } from '@commerce/event-log/backoff';
import { Bell } from '@commerce/event-log/backoff';
import type { EventBus } from './event-bus.ts';

/** The log, which tells the bus what comes while somebody has joined. */
export interface LogToFollow {
  /** Rejects when the log cannot be read. */
  join(): Promise<{ upToDate(): Promise<void>; leave(): void }>;
}

export interface Following {
  upToDate(): Promise<void>;
  stop(): Promise<void>;
}

export interface WhileHeardOptions {
  readonly bus: Pick<EventBus, 'isListenedTo' | 'onChange'>;
  readonly log: LogToFollow;
  readonly sleep: Sleep;
  readonly logger: { warn(fields: object, message: string): void };
}

const AGAIN_MS = 500;
const IDLE_MS = 60_000;

type JoinedLog = Awaited<ReturnType<LogToFollow['join']>>;

export function followWhileHeard(options: WhileHeardOptions): Following {
  return new WhileHeard(options);
}

class WhileHeard implements Following {
  readonly #o: WhileHeardOptions;
  /** Somebody has come or gone. */
  readonly #bell: Bell;
  readonly #joinedBell: Bell;
  readonly #stopping = new AbortController();
  readonly #offChange: () => void;
  readonly #running: Promise<void>;
  #joined: JoinedLog | undefined;

  constructor(options: WhileHeardOptions) {
    this.#o = options;
    this.#bell = new Bell(options.sleep);
    this.#joinedBell = new Bell(options.sleep);
    this.#offChange = options.bus.onChange(this.#bell.ring);
    this.#running = this.#run(this.#stopping.signal);
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!this.#o.bus.isListenedTo) this.#leave();
      else this.#joined ??= await this.#join();
      this.#joinedBell.ring();
      await this.#bell.wait(this.#o.bus.isListenedTo && this.#joined === undefined ? AGAIN_MS : IDLE_MS, signal);
    }
    this.#leave();
  }

  #join(): Promise<JoinedLog | undefined> {
    const { log, logger } = this.#o;
    return log.join().catch((error: unknown) => void logger.warn({ err: error }, 'the log cannot be read for the live bus; tried again'));
  }

  #leave(): void {
    this.#joined?.leave();
    this.#joined = undefined;
  }

  async upToDate(): Promise<void> {
    const { signal } = this.#stopping;
    const look = await this.#o.log.join();
    try {
      // The look for whoever has subscribed must have begun before this one ends.
      while (this.#o.bus.isListenedTo && this.#joined === undefined && !signal.aborted) {
        this.#bell.ring();
        await this.#joinedBell.wait(AGAIN_MS, signal);
      }
      await look.upToDate();
    } finally {
      look.leave();
    }
  }

  async stop(): Promise<void> {
    this.#offChange();
    this.#stopping.abort();
    await this.#running;
  }
}
