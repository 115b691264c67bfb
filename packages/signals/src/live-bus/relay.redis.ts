/**
 * The way between live buses over a Redis stream, bounded by its number of messages. Who reconnects reads on after the last message
 * he heard. While Redis is down nothing waits for it here: a message that is not taken at once is refused, and the relay keeps it.
 */
import type { Sleep } from '@commerce/event-log/backoff';
import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import type { ChannelEars, OpenChannel, RelayChannel } from './relay.ts';

export interface StreamOptions {
  /** `redis://` or `rediss://`. */
  readonly redisUrl: string;
  /** Name of the stream. */
  readonly stream: string;
  readonly sleep: Sleep;
  /** Messages that the stream keeps, about. Default 4,000. */
  readonly keep?: number;
}

/** With what is kept, the most that the stream takes of Redis: 64 MiB. */
const MAX_BYTES = 16_384;
const KEEP = 4_000;
const FIELD = 'm';
const CONNECT_MS = 2_000;
const SEND_MS = 2_000;
/** How long one question for more waits at Redis, and with its way. */
const BLOCK_MS = 1_000;
const READ_MS = BLOCK_MS + 2_000;
const READ_AT_ONCE = 100;
const AGAIN_MS = 100;
/** Of ioredis, between two tries to connect. */
const LONGEST_AGAIN_MS = 1_000;

type Entry = [id: string, fields: string[]];

export function streamChannel(options: StreamOptions): OpenChannel {
  return (ears) => new StreamChannel(options, ears);
}

class StreamChannel implements RelayChannel {
  readonly maxBytes = MAX_BYTES;
  readonly #o: StreamOptions;
  readonly #ears: ChannelEars;
  readonly #writer: Redis;
  readonly #reader: Redis;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  /** Of the last message that was heard; undefined until the end of the stream is known. */
  #last: string | undefined;
  #isReading = false;

  constructor(options: StreamOptions, ears: ChannelEars) {
    this.#o = options;
    this.#ears = ears;
    this.#writer = this.#open('live-bus-tell', SEND_MS);
    this.#reader = this.#open('live-bus-hear', READ_MS);
    this.#running = this.#run(this.#stopping.signal);
  }

  #open(connectionName: string, commandTimeout: number): Redis {
    const given: RedisOptions = {
      connectionName, commandTimeout, connectTimeout: CONNECT_MS, disconnectTimeout: 100, enableOfflineQueue: false, maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false,
      retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), LONGEST_AGAIN_MS),
    };
    const redis = new Redis(this.#o.redisUrl, given);
    // Each try that fails is told of here, or else by ioredis on the console.
    redis.on('error', (error) => this.#ears.onFault(error));
    return redis;
  }

  /** Nobody says who else reads the stream, and who comes later reads what is in it. */
  hasOthers(): boolean {
    return true;
  }

  isConnected(): boolean {
    return this.#isReading && this.#writer.status === 'ready';
  }

  async send(messages: readonly string[]): Promise<void> {
    if (this.#writer.status !== 'ready') throw new Error('Redis is not connected.');
    const { stream, keep = KEEP } = this.#o;
    const adding = this.#writer.pipeline();
    for (const message of messages) adding.xadd(stream, 'MAXLEN', '~', keep, '*', FIELD, message);
    const results = await adding.exec();
    const fault = results?.find(([error]) => error !== null)?.[0];
    if (results === null || fault !== undefined) throw fault ?? new Error('Redis did not take the messages.');
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#find();
        this.#isReading = true;
        while (!signal.aborted) await this.#read();
      } catch (error) {
        if (!signal.aborted && this.#reader.status === 'ready') this.#ears.onFault(error);
      }
      this.#isReading = false;
      await this.#o.sleep(AGAIN_MS, signal).catch(() => undefined);
    }
  }

  /** Where to read on: at the end of the stream the first time, later after what was heard. A stream that was made anew is read from its beginning. */
  async #find(): Promise<void> {
    const about = await this.#about();
    if (this.#last === undefined) {
      this.#last = about.end;
      return;
    }
    if (isAfter(this.#last, about.end)) this.#last = '0-0';
    else if (isAfter(about.removed, this.#last)) this.#ears.onGap();
  }

  /** The id that was given last, and the highest that was removed; `0-0` for none. */
  async #about(): Promise<{ end: string; removed: string }> {
    const none = '0-0';
    if ((await this.#reader.exists(this.#o.stream)) === 0) return { end: none, removed: none };
    const found = (await this.#reader.xinfo('STREAM', this.#o.stream)) as unknown[];
    const valueOf = (name: string): string => String(found[found.indexOf(name) + 1] ?? none);
    // Redis knows what was removed since its version 7.
    return { end: valueOf('last-generated-id'), removed: found.includes('max-deleted-entry-id') ? valueOf('max-deleted-entry-id') : none };
  }

  async #read(): Promise<void> {
    const found = (await this.#reader.xread('COUNT', READ_AT_ONCE, 'BLOCK', BLOCK_MS, 'STREAMS', this.#o.stream, this.#last ?? '$')) as [string, Entry[]][] | null;
    for (const [id, fields] of found?.[0]?.[1] ?? []) {
      this.#last = id;
      this.#ears.onMessage(fields[fields.indexOf(FIELD) + 1] ?? '');
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#writer.disconnect();
    this.#reader.disconnect();
    await this.#running;
  }
}

/** Ids of a stream: milliseconds, then a number. */
function isAfter(id: string, other: string): boolean {
  const [ms = 0n, n = 0n] = id.split('-').map(BigInt);
  const [otherMs = 0n, otherN = 0n] = other.split('-').map(BigInt);
  return ms === otherMs ? n > otherN : ms > otherMs;
}
