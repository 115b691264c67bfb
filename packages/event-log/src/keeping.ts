/**
 * What is done for a log beside reading it: it is sealed every minute, and each hour what is past its retention is removed, and what
 * replays have left behind. These are jobs that one process at a time does, and that any other process may take over.
 *
 * Promise: a process whose clock is not the database's removes nothing. Each head that was signed stands in the log file too, from where
 * it can be kept elsewhere than in the database that it speaks of.
 */
import { refuseClock } from './clock.ts';
import type { Tx } from './extension.ts';
import { forgetReplays } from './rebuild-keeping.pg.ts';
import type { RetentionOptions } from './retention.pg.ts';
import { retain } from './retention.pg.ts';
import type { SealingOptions } from './seals.pg.ts';
import { sealLog } from './seals.pg.ts';

export interface KeepingOptions extends SealingOptions, RetentionOptions {
  readonly logger: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

/** A job, as the runner of scheduled jobs takes it. */
export interface KeepingJob {
  readonly name: string;
  readonly everyMs: number;
  /** `held`: see `RetentionOptions`. */
  readonly run: (signal: AbortSignal, held?: (tx: Tx) => Promise<void>) => Promise<boolean>;
}

const SEAL_EVERY_MS = 60_000;
const RETAIN_EVERY_MS = 3_600_000;

/** The jobs of a log. */
export function keepingJobs(options: KeepingOptions): KeepingJob[] {
  return [
    {
      name: 'log.seal', everyMs: SEAL_EVERY_MS,
      run: async (signal) => {
        await sealLog({ ...options, onHead: (head) => options.logger.info({ head: JSON.stringify(head) }, 'a head of the log was signed') }, signal);
        return false;
      },
    },
    {
      name: 'log.retain', everyMs: RETAIN_EVERY_MS,
      run: async (signal, held) => {
        const nowMs = options.nowMs();
        const { rows } = await options.pool.query('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now_ms');
        refuseClock(nowMs, Number(rows[0].now_ms));
        const { removed, months, isWaiting } = await retain({ ...options, held, nowMs: () => nowMs }, signal);
        if (removed > 0 || months.length > 0) options.logger.info({ count: removed, reason: months.join(' ') }, 'events past their retention were removed');
        if (isWaiting) options.logger.warn({}, 'events past their retention stay, because a reader, a replay or the sealer has not passed them');
        return false;
      },
    },
    {
      name: 'log.forget_replays', everyMs: RETAIN_EVERY_MS,
      run: async (signal) => {
        const tables = await forgetReplays(options.pool, signal);
        if (tables > 0) options.logger.info({ count: tables }, 'tables that replays had left behind were dropped');
        return false;
      },
    },
  ];
}
