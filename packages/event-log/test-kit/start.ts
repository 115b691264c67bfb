/**
 * Starts the readers of the tally extension, and waits for what they should reach.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { StoredEvent } from '../src/event.ts';
import type { EventLog } from '../src/log.pg.ts';
import type { LogObserver } from '../src/observer.ts';
import type { MapOptions, Readers } from '../src/readers.ts';
import { registerMap, startReaders } from '../src/readers.ts';
import type { StreamReader } from '../src/stream.ts';
import type { Outside } from './tally.ts';
import { MAP, tallyExtension } from './tally.ts';

/** What the readers said while a test ran. */
export interface Said {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly data: object;
}

export interface StartOptions {
  readonly streams?: readonly StreamReader[];
  readonly leaseMs?: number;
  readonly said?: Said[];
  readonly timeBudgetMs?: number;
  readonly maxAttempts?: number;
  /** Of the effect. */
  readonly isNeeded?: (event: StoredEvent) => boolean;
  readonly random?: () => number;
  /** What is registered in place of the plain tally extension. */
  readonly given?: Partial<MapOptions>;
  readonly observer?: LogObserver;
}

export async function startTally(
  log: EventLog,
  url: string,
  outside: Outside,
  options: StartOptions = {},
): Promise<Readers> {
  const { streams = [], said = [], given = {} } = options;
  const map = await registerMap({ log, extensions: [tallyExtension(outside, options)], map: MAP, streams, ...given });
  const say = (level: Said['level']) => (data: object, message: string): void => void said.push({ level, message, data });
  return startReaders({
    log, databaseUrl: url, map, streams, leaseMs: options.leaseMs ?? 15_000, workerId: randomUUID(), random: options.random ?? Math.random,
    sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }), monotonicMs: () => performance.now(),
    logger: { info: say('info'), warn: say('warn'), error: say('error') },
    ...(options.observer !== undefined && { observer: options.observer }),
  });
}

/** Waits until `probe` gives a value that is not undefined; at most `limitMs`, which a busy machine needs. */
export async function until<Value>(probe: () => Promise<Value | undefined>, what: string, limitMs = 25_000): Promise<Value> {
  const end = performance.now() + limitMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > end) throw new Error(`Not within ${limitMs} ms: ${what}`);
    await delay(10);
  }
}

/** Waits until the horizon has passed all events of the newest epoch. It is that of the whole server: a transaction of another test's database holds it, too. */
export async function untilSettled(pool: Pool): Promise<void> {
  await until(async () => (
    (await pool.query('SELECT count(*)::int AS n FROM events WHERE epoch = (SELECT epoch FROM log_state) AND txid >= pg_snapshot_xmin(pg_current_snapshot())')).rows[0].n === 0 ? true : undefined
  ), 'nothing is above the horizon');
}
