/**
 * What becomes of an event that was not settled for good: a row of `work` that comes again, waits, stands behind, or is dead.
 */
import { backoffMs, DEFAULT_RETRY } from './backoff.ts';
import type { Input, Settled } from './change.pg.ts';
import type { RetryPolicy, Tx } from './extension.ts';
import { UNKNOWN_VERSION } from './handler-input.ts';
import type { AnyState } from './map.ts';
import type { Preparer } from './prepare.ts';
import type { InProcess, ReaderOptions } from './reader-options.ts';
import { recordFailures } from './failed-attempts.pg.ts';
import type { FailedRun } from './run-reports.ts';
import { failureOf } from './run-reports.ts';
import type { NewWork, WorkRow, WorkUpdate } from './work.pg.ts';
import { deleteWork, insertWork, updateWork } from './work.pg.ts';
import { workError } from './work-error.ts';

/** Parked events of transactional handlers: a fault that lasts longer than about ten minutes is a dead letter. */
const PARK_RETRY: RetryPolicy = { ...DEFAULT_RETRY, maxAttempts: 20 };

type Given = Pick<ReaderOptions, 'log' | 'mapped' | 'random'> & InProcess;

export interface Parking {
  /** Sent, in their order. */
  readonly statements: readonly Promise<unknown>[];
  /** What failed; to be told when it is committed. */
  readonly failed: readonly FailedRun[];
}

/**
 * Writes what was not settled for good: new rows, and changes of those that were parked before (`rows`). `fences` has the fence
 * of each new event by its id.
 */
export function park(
  given: Given, tx: Tx, settled: readonly Settled<AnyState>[], fences: ReadonlyMap<string, number>, rows: ReadonlyMap<Input<AnyState>, WorkRow>,
): Parking {
  const added: NewWork[] = [];
  const updated: WorkUpdate[] = [];
  const ended: WorkRow[] = [];
  const failed: FailedRun[] = [];
  for (const { input, outcome } of settled) {
    const row = rows.get(input);
    const next = parkingOf(given, outcome, row);
    if (next === undefined) {
      if (row !== undefined) ended.push(row);
    } else if (row !== undefined) {
      updated.push({ handler: row.handler, eventId: row.event.eventId, fence: row.fence, keyTtlMs: null, ...next });
    } else if (input.event !== undefined) {
      added.push({ handler: input.handler, event: input.event, fence: fences.get(input.event.eventId) ?? 0, ...next });
    }
    if (outcome.kind === 'failed' && input.event !== undefined && next?.error) {
      failed.push({ handler: input.handler, event: input.event, attempt: next.attempt, cause: outcome.error, error: next.error, afterMs: next.dueInMs, dead: next.state === 'dead' });
    }
  }
  const statements = [
    deleteWork(tx, ended.map((row) => ({ handler: row.handler, eventId: row.event.eventId, fence: row.fence }))),
    updateWork(tx, updated),
    insertWork(tx, given.mapped.extension.name, added),
    recordFailures(tx, failed.map((run) => failureOf(run, given.ownership.workerId))),
  ];
  return { statements, failed };
}

/** What becomes of an event after this outcome; undefined when nothing of it is left. `row`: it was parked before. */
export function parkingOf({ log, random }: { readonly log: { readonly preparer: Pick<Preparer, 'nowMs'> }; readonly random: () => number }, outcome: Settled<AnyState>['outcome'], row: Pick<WorkRow, 'attempt'> | undefined): Pick<NewWork, 'state' | 'attempt' | 'dueInMs' | 'error'> | undefined {
  const attempt = row?.attempt ?? 0;
  const atMs = log.preparer.nowMs();
  switch (outcome.kind) {
    case 'apply':
    case 'stale':
      return undefined;
    case 'notYet':
      return { state: 'waiting', attempt, dueInMs: 0, error: { code: outcome.reason.startsWith(UNKNOWN_VERSION) ? UNKNOWN_VERSION : 'not_yet', message: outcome.reason, atMs } };
    case 'behind':
      return { state: 'behind', attempt, dueInMs: 0, error: null };
    case 'failed': {
      const dead = attempt + 1 >= PARK_RETRY.maxAttempts;
      return { state: dead ? 'dead' : 'ready', attempt: attempt + 1, dueInMs: backoffMs(PARK_RETRY, attempt + 1, random), error: workError(outcome.error, atMs) };
    }
  }
}
