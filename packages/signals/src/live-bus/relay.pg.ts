/**
 * The way between live buses over PostgreSQL notifications: one connection of its own, which hears and tells. No transaction of
 * anybody else has a part in it. What is told while the connection is lost is not heard.
 *
 * Processes that listen hold a shared lock: so each knows whether there is another one, and tells nothing while it is alone.
 */
import type { Sleep } from '@commerce/event-log/backoff';
import { LOCK_CLASSES } from '@commerce/event-log/lock-classes';
import pg from 'pg';
import type { ChannelEars, OpenChannel, RelayChannel } from './relay.ts';

export interface NotificationOptions {
  /** Without a pooler in front. */
  readonly databaseUrl: string;
  readonly sleep: Sleep;
}

const CHANNEL = 'live_bus';
/** Somebody has come. */
const ARRIVALS = 'live_bus_arrivals';
/** NOTIFY takes less than 8,000. */
const MAX_BYTES = 7_900;
const TIMEOUT_MS = 5_000;
const AGAIN_MS = 500;
/** Who has gone is noticed so. */
const LOOK_MS = 2_000;

export function notificationChannel(options: NotificationOptions): OpenChannel {
  return (ears) => new NotificationChannel(options, ears);
}

class NotificationChannel implements RelayChannel {
  readonly maxBytes = MAX_BYTES;
  readonly #o: NotificationOptions;
  readonly #ears: ChannelEars;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #client: pg.Client | undefined;
  /** Until it is known. */
  #others = true;
  #wasConnected = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: NotificationOptions, ears: ChannelEars) {
    this.#o = options;
    this.#ears = ears;
    this.#running = this.#run(this.#stopping.signal);
  }

  hasOthers(): boolean {
    return this.#others;
  }

  isConnected(): boolean {
    return this.#client !== undefined;
  }

  async send(messages: readonly string[]): Promise<void> {
    const client = this.#client;
    if (client === undefined) throw new Error('There is no connection for notifications.');
    await this.#inTurn(() => client.query({ name: 'live_bus_tell', text: `SELECT pg_notify('${CHANNEL}', message) FROM unnest($1::text[]) AS message`, values: [messages] }));
  }

  /** One statement after the other. */
  #inTurn<Result>(ask: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(ask);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#connected(signal);
      } catch (error) {
        if (!signal.aborted) this.#ears.onFault(error);
      }
      await this.#o.sleep(AGAIN_MS, signal).catch(() => undefined);
    }
  }

  /** Connects, and returns when the connection has ended or the signal ends it. */
  async #connected(signal: AbortSignal): Promise<void> {
    const client = new pg.Client({ connectionString: this.#o.databaseUrl, connectionTimeoutMillis: TIMEOUT_MS, query_timeout: TIMEOUT_MS, keepAlive: true, application_name: 'live bus' });
    const over = new AbortController();
    let fault: unknown;
    const end = (error?: unknown): void => {
      fault ??= error;
      over.abort();
    };
    const stop = (): void => end();
    client.on('error', end);
    client.on('end', stop);
    client.on('notification', ({ channel, payload = '' }) => (channel === CHANNEL ? this.#ears.onMessage(payload) : void this.#look(client).catch(end)));
    signal.addEventListener('abort', stop, { once: true });
    try {
      await client.connect();
      await client.query('SELECT pg_advisory_lock_shared($1, 0)', [LOCK_CLASSES.liveBus]);
      await this.#inTurn(() => client.query(`LISTEN ${CHANNEL}; LISTEN ${ARRIVALS}; NOTIFY ${ARRIVALS}`));
      await this.#look(client);
      if (this.#wasConnected && this.#others) this.#ears.onGap();
      this.#wasConnected = true;
      this.#client = client;
      for (;;) {
        await this.#o.sleep(LOOK_MS, over.signal).catch(() => undefined);
        if (over.signal.aborted) break;
        await this.#look(client);
      }
    } finally {
      this.#client = undefined;
      signal.removeEventListener('abort', stop);
      await client.end().catch(() => undefined);
    }
    if (fault !== undefined) throw fault;
  }

  async #look(client: pg.Client): Promise<void> {
    const { rows } = await this.#inTurn(() => client.query<{ others: boolean }>({
      name: 'live_bus_others', values: [LOCK_CLASSES.liveBus],
      text: `SELECT count(*) > 1 AS others FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = $1 AND objid = 0 AND objsubid = 2
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    }));
    this.#others = rows[0]?.others ?? true;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }
}
