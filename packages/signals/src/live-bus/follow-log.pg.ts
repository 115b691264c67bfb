/**
 * Shows the live bus the events of the log in a process without readers: from now on, in the order of the log, whoever writes them.
 * It handles nothing and holds nothing; while the database cannot be read it waits, and then goes on where it was.
 */
import type { LogObserver } from '@commerce/event-log/observer';
import { lastPlace } from '@commerce/event-log/log-figures';
import type { EventLog } from '@commerce/event-log/log';
import { Tail } from '@commerce/event-log/tail';
import { tailPool } from '@commerce/event-log/tail-pool';
import type { Sleep } from '@commerce/event-log/backoff';

export interface FollowOptions {
  readonly log: EventLog;
  /** Without a pooler in front. */
  readonly databaseUrl: string;
  readonly observer: LogObserver;
  readonly sleep: Sleep;
  readonly logger: { warn(fields: object, message: string): void };
}

/** Nobody reads behind. */
const RING = { rows: 1, bytes: 1 };
/** Events of other processes are seen within this time. */
const POLL_MS = 100;

/** Rejects when the database cannot be read. */
export async function followLog({ log, databaseUrl, observer, sleep, logger }: FollowOptions): Promise<{ stop(): Promise<void> }> {
  const pool = tailPool(databaseUrl);
  const stopping = new AbortController();
  const { cursor: start, recordedAtMs: startRecordedAtMs } = await lastPlace(pool, log.epoch).catch(async (error: unknown) => {
    await pool.end();
    throw error;
  });
  const tail = new Tail({
    pool, epoch: log.epoch, start, startRecordedAtMs, sleep, nowMs: log.preparer.nowMs, personal: log.personal, ring: RING, pollMs: POLL_MS,
    onAdvance: (events, bytes) => observer.onEvents?.(events, bytes.reduce((sum, one) => sum + one, 0)),
    onFault: (error) => logger.warn({ err: error }, 'the log cannot be read for the live bus; tried again'),
  });
  const offWake = log.onWake(tail.poke);
  const running = tail.run(stopping.signal);
  return {
    async stop() {
      offWake();
      stopping.abort();
      await running;
      await pool.end();
    },
  };
}
