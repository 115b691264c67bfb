/** The room of calls, put together: what the extensions note is written twice a second, and removed after a week. */
import type { Logger } from '@commerce/service-kit/logging';
import type { Sleep } from '@commerce/service-kit/ports';
import type { Job } from '@commerce/signals/jobs';
import type { Pool } from 'pg';
import { CallNotes } from './call-notes.ts';
import { insertCalls, removeOldCalls } from './calls.pg.ts';

export interface CallsOptions {
  readonly pool: Pool;
  readonly nowMs: () => number;
  readonly sleep: Sleep;
  readonly logger: Pick<Logger, 'warn'>;
}

const EVERY_MS = 500;
const TIDY_EVERY_MS = 3_600_000;

/** `stop`: after whatever makes calls; writes what is left. */
export function openCalls({ pool, nowMs, sleep, logger }: CallsOptions): { readonly notes: CallNotes; readonly jobs: readonly Job[]; stop(): Promise<void> } {
  const notes = new CallNotes(nowMs);
  const stopping = new AbortController();
  let failing = false;
  const write = async (): Promise<void> => {
    const calls = notes.take();
    try {
      await insertCalls(pool, calls);
      failing = false;
    } catch (error) {
      notes.putBack(calls);
      if (!failing) logger.warn({ err: error }, 'calls to other services could not be noted; tried again');
      failing = true;
    }
  };
  const running = (async () => {
    for (; !stopping.signal.aborted; await sleep(EVERY_MS, stopping.signal).catch(() => undefined)) await write();
  })();
  return {
    notes,
    jobs: [{ name: 'calls.tidy', everyMs: TIDY_EVERY_MS, run: async () => removeOldCalls(pool) }],
    stop: async () => {
      stopping.abort();
      await running;
      await write();
    },
  };
}
