/**
 * The reader that compares both sides on a schedule.
 *
 * Promise: while any process with this reader lives, a comparison ends at most `everyMs` before the next one begins; one
 * process compares at a time, and when it dies another one takes over within `HOLD_MS`. When it last ran stands in the
 * database, so that a restart neither forgets nor repeats it. A comparison that fails is logged, kept as the last error, and
 * made again at its next time.
 */
import type { EventLog } from '@commerce/event-log/log';
import type { Extension } from '@commerce/event-log/extension';
import { workKey } from '@commerce/event-log/work';
import { REQUEST_HANDLER } from './extension.ts';
import type { Fulfiller } from './fulfiller.ts';
import { claim, countHealed, giveBack, hold, reconciliationStore } from './reconciliation.pg.ts';
import { compare, countOf } from './reconciliation.ts';
import type { Comparison } from './reconciliation.ts';
import type { FulfillmentRequest } from './request.ts';

export interface ReconcilerOptions {
  readonly log: EventLog;
  readonly extension: Extension<FulfillmentRequest>;
  readonly fulfiller: Fulfiller;
  /** This service's own name at the fulfilling side. */
  readonly clientId: string;
  /** A UUID: the name of this process. */
  readonly holder: string;
  /** Pause between two comparisons, in ms. */
  readonly everyMs: number;
  /** How long an outcome may be on its way before it is looked for, in ms. */
  readonly patienceMs: number;
  /** Rejects when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly logger: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
}

export interface Reconciler {
  /** Ends a comparison that is under way after its present step. */
  stop(): Promise<void>;
}

/** Renewed three times in this time while a comparison runs. */
const HOLD_MS = 6_000;
/** Between two looks whether a comparison is due, at least. */
const MIN_PAUSE_MS = 100;
const MAX_ERROR = 500;

/** Another process has taken the comparison: this one was away for too long. */
class TakenOver extends Error {
  override readonly name = 'TakenOver';
}

export function startReconciler(options: ReconcilerOptions): Reconciler {
  const { log, holder, everyMs, sleep, logger } = options;
  const stopping = new AbortController();

  async function attempt(): Promise<number> {
    const waitMs = await claim(log.pool, holder, everyMs, HOLD_MS);
    if (waitMs > 0) return waitMs;
    const ended = new AbortController();
    const held = keepHold(ended);
    try {
      const more = await compare(comparison(options, AbortSignal.any([stopping.signal, ended.signal])));
      await giveBack(log.pool, holder, !more, null);
    } catch (error) {
      const stopped = stopping.signal.aborted;
      if (!stopped) logger.warn({ err: error }, 'the comparison with the fulfilling side did not come to its end; it is made again');
      await giveBack(log.pool, holder, !stopped, stopped ? null : messageOf(error));
    } finally {
      ended.abort();
      await held;
    }
    return 0;
  }

  /** Until `ended`, which it aborts when another process has taken the comparison. */
  async function keepHold(ended: AbortController): Promise<void> {
    for (;;) {
      await sleep(HOLD_MS / 3, ended.signal).catch(() => undefined);
      if (ended.signal.aborted) return;
      // When the database does not answer, the comparison will fail by itself.
      const held = await hold(log.pool, holder, HOLD_MS).catch(() => true);
      if (!held) ended.abort(new TakenOver('Another process compares now.'));
    }
  }

  async function run(): Promise<void> {
    for (;;) {
      const waitMs = await attempt().catch((error: unknown) => {
        logger.warn({ err: error }, 'whether a comparison with the fulfilling side is due cannot be read');
        return everyMs;
      });
      await sleep(Math.max(MIN_PAUSE_MS, Math.min(waitMs, everyMs)), stopping.signal);
    }
  }

  const running = run().catch(() => undefined);
  return {
    async stop() {
      stopping.abort(new Error('The comparison is stopped.'));
      await running;
    },
  };
}

function comparison({ log, extension, fulfiller, clientId, patienceMs, logger }: ReconcilerOptions, signal: AbortSignal): Comparison {
  return {
    fulfiller, clientId, patienceMs, signal,
    store: reconciliationStore(log.pool),
    nowMs: log.preparer.nowMs,
    uuid: log.preparer.uuid,
    keyOf: ({ eventId }) => workKey(REQUEST_HANDLER, eventId),
    change: (inputs) => log.change(extension, inputs, {
      after: (tx, settled) => {
        const healed = countOf(settled);
        return healed.outcome_missed + healed.request_lost > 0 ? [countHealed(tx, healed)] : [];
      },
    }),
    onUndecided: (subject, error) => logger.error({ err: error, subject }, 'what the fulfilling side shows of an order cannot be applied; it is looked at again'),
  };
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).toWellFormed().replaceAll('\u0000', '').slice(0, MAX_ERROR);
}
