/**
 * One connection of its own: it hears the NOTIFY of other processes, and it holds the session lock by which this process is
 * known to live. When it breaks, `onLost` is called at once and it is made anew with a backoff.
 */
import pg from 'pg';
import type { Sleep } from './backoff.ts';
import { CHANNEL } from './log.pg.ts';
import { LOCK_CLASSES } from './lock-classes.ts';
import { WORK_CHANNEL } from './pull-in.pg.ts';

export interface WakeupOptions {
  readonly databaseUrl: string;
  readonly lockKey: number;
  readonly sleep: Sleep;
  /** The session lock is held. */
  readonly onHeld: () => void;
  /** Somebody has committed events. */
  readonly onEvents: () => void;
  /** Somebody has changed rows of `work` that others have in memory. */
  readonly onWorkTouched: () => void;
  readonly onLost: (error: unknown) => void;
}

/** Connects and keeps connected until the signal ends it. Resolves with the first connection made; `done` ends with the last. */
export async function listenForWakeups(options: WakeupOptions, signal: AbortSignal): Promise<{ done: Promise<void> }> {
  const first = await connect(options);
  return { done: keep(first, options, signal) };
}

interface Connection {
  readonly client: pg.Client;
  readonly ended: Promise<unknown>;
}

async function connect(options: WakeupOptions): Promise<Connection> {
  const client = new pg.Client({ connectionString: options.databaseUrl, connectionTimeoutMillis: 5_000, keepAlive: true, query_timeout: 5_000, application_name: 'event-log wake-ups' });
  const ended = new Promise<unknown>((resolve) => {
    client.once('error', resolve);
    client.once('end', () => resolve(new Error('The wake-up connection ended.')));
  });
  client.on('notification', ({ channel }) => (channel === WORK_CHANNEL ? options.onWorkTouched() : options.onEvents()));
  try {
    await client.connect();
    await client.query(`LISTEN ${CHANNEL}; LISTEN ${WORK_CHANNEL}`);
    await client.query('SELECT pg_advisory_lock($1, $2)', [LOCK_CLASSES.workers, options.lockKey]);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  options.onHeld();
  return { client, ended };
}

async function keep(first: Connection, options: WakeupOptions, signal: AbortSignal): Promise<void> {
  let connection: Connection | undefined = first;
  const aborted = new Promise<'aborted'>((resolve) => signal.addEventListener('abort', () => resolve('aborted'), { once: true }));
  while (!signal.aborted) {
    if (connection !== undefined) {
      const end: unknown = await Promise.race([connection.ended, aborted]);
      await connection.client.end().catch(() => undefined);
      connection = undefined;
      if (end === 'aborted') return;
      options.onLost(end);
    }
    await options.sleep(500, signal).catch(() => undefined);
    if (!signal.aborted) connection = await connect(options).catch(() => undefined);
  }
  await connection?.client.end().catch(() => undefined);
}
