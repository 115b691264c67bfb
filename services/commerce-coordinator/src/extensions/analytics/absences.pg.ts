/**
 * Looks for what has not come in its time, and forgets what is remembered for long enough: those of which the indexed column says
 * that they are due, some at a time.
 *
 * Promise: an absence is told once, in the transaction that ends its wait. What stands in the log in time is not absent, though
 * the reader has not come to it yet.
 */
import type { Trigger } from '@commerce/event-log/event';
import type { Extension } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import { run } from '@commerce/event-log/statement';
import { uuid7Floor } from '@commerce/events/uuid7';
import type { ExtensionDefinition } from '@commerce/signals/extension';
import { inputDecision } from '@commerce/signals/sending';
import type { Watch, Watched } from './watch.ts';
import { watchedStore } from './watched.pg.ts';

/** Subjects in one transaction. */
const BATCH = 100;
/** So long after its end a wait is judged: what was recorded in time is committed by then. */
const GRACE_MS = 5_000;
/** Between the time in an event's id and the time at which it was recorded. */
const ID_SLACK_MS = 3_600_000;

/** One batch. True when there may be more. Throws when one of them could not be told, after the others were. */
export async function tellAbsences(log: EventLog, definition: ExtensionDefinition, watch: Watch): Promise<boolean> {
  const { name, source } = definition;
  const due = await readDue(log);
  if (due.subjects.length === 0) return false;
  const told = await readTold(log, watch, due);
  const extension: Extension<Watched> = { name, source, store: watchedStore, handlers: {}, effects: {}, timers: {} };
  const settled = await log.change(extension, due.subjects.flatMap(({ subject, waits }) => (waits.length === 0 ? [{ pattern: '', dueMs: 0 }] : waits).map(({ pattern, dueMs }) => {
    const absence = watch.absences.get(pattern);
    const events = told.get(subject) ?? [];
    const opened = events.findLast(({ type, recordedMs }) => type === absence?.after && recordedMs <= dueMs);
    const toldInTime = events.some(({ type, recordedMs }) => absence?.absent.includes(type) === true && recordedMs <= dueMs && recordedMs >= dueMs - absence.withinMs);
    return {
      subject, handler: 'job:analytics.absences', trigger: opened?.trigger ?? { correlationId: log.preparer.uuid(), causationId: null, metadata: {} },
      decide: inputDecision<Watched>(definition, (watched, context) => watch.fallDue(watched, { pattern, subject, toldInTime }, due.nowMs, context)),
    };
  })));
  // The others are told; this one is the fault of a pattern, and must be seen.
  for (const { outcome } of settled) if (outcome.kind === 'failed') throw outcome.error;
  return due.subjects.length === BATCH;
}

interface Due {
  /** By the clock of the database, less the grace. */
  readonly nowMs: number;
  readonly subjects: readonly { readonly subject: string; readonly waits: readonly { readonly pattern: string; readonly dueMs: number }[] }[];
}

async function readDue({ pool }: EventLog): Promise<Due> {
  const { rows } = await run(pool,
    `SELECT subject, waits, extract(epoch FROM t.now) * 1000 AS now_ms FROM (SELECT clock_timestamp() - $1 * interval '1 ms' AS now) t, analytics_subjects
     WHERE due_at < t.now ORDER BY due_at LIMIT ${BATCH}`, [GRACE_MS],
  );
  const nowMs = Number(rows[0]?.now_ms ?? 0);
  const over = (waits: Readonly<Record<string, number>>) => Object.entries(waits).map(([pattern, dueMs]) => ({ pattern, dueMs })).filter(({ dueMs }) => dueMs < nowMs);
  return { nowMs, subjects: rows.map(({ subject, waits }) => ({ subject, waits: over(waits) })) };
}

interface Told {
  readonly type: string;
  readonly recordedMs: number;
  readonly trigger: Trigger;
}

/** The events of these subjects that a wait of theirs is about, in the order of the log. */
async function readTold({ pool }: EventLog, { absences }: Watch, { subjects }: Due): Promise<Map<string, Told[]>> {
  const waits = subjects.flatMap((one) => one.waits);
  const asked = waits.flatMap(({ pattern, dueMs }) => {
    const absence = absences.get(pattern);
    return absence === undefined ? [] : [{ sinceMs: dueMs - absence.withinMs, types: [absence.after, ...absence.absent] }];
  });
  if (asked.length === 0) return new Map();
  const { rows } = await run(pool,
    `SELECT subject, type, event_id, correlation_id, metadata, extract(epoch FROM recorded_at) * 1000 AS recorded_ms FROM events
     WHERE subject = ANY ($1::text[]) AND type = ANY ($2::text[]) AND event_id >= $3::uuid ORDER BY subject, txid, position`,
    [subjects.map(({ subject }) => subject), [...new Set(asked.flatMap(({ types }) => types))], uuid7Floor(Math.max(0, Math.min(...asked.map(({ sinceMs }) => sinceMs)) - ID_SLACK_MS))],
  );
  return Map.groupBy(rows.map((row): Told & { subject: string } => {
    const { sequence: _own, ...metadata } = row.metadata;
    return { subject: row.subject, type: row.type, recordedMs: Number(row.recorded_ms), trigger: { correlationId: row.correlation_id, causationId: row.event_id, metadata } };
  }), ({ subject }) => subject);
}
