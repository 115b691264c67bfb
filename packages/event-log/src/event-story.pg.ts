/**
 * One event with what led to it and what came of it, and how the handlers of each fared.
 *
 * Causes are followed by their ids, wherever they lead. What followed is looked for among the events of the same correlation id,
 * which a step hands on to the next; an event that names a cause of another request is found from its own end alone.
 * Everything is bounded: 50 steps up, 50 down, 500 events that followed, out of 5,000 of the correlation id.
 */
import { uuid7Floor, uuid7Time } from '@commerce/events/uuid7';
import type { Pool, QueryResultRow } from 'pg';
import type { StoredEvent } from './event.ts';
import { loadEvents } from './events.pg.ts';
import type { Following, StoryEvent } from './event-story.ts';
import { following } from './event-story.ts';
import type { SignalMap, Tx } from './extension.ts';
import { withGenericPlans } from './generic-plans.pg.ts';
import type { PersonalReader } from './personal.ts';
import { run } from './statement.pg.ts';
import type { WorkError } from './work.pg.ts';

export type { StoryEvent } from './event-story.ts';

/** How a handler fared with an event, where there is something to say. */
export interface StoryRun {
  readonly eventId: string;
  readonly handler: string;
  /** failed: an attempt that failed. ignored: by which rule. ready, waiting, behind, dead: what is open; see the table `work`. */
  readonly state: 'failed' | 'ignored' | 'ready' | 'waiting' | 'behind' | 'dead';
  readonly attempt: number | null;
  readonly at: Date | null;
  /** When it is tried again. */
  readonly retryAt: Date | null;
  readonly error: WorkError | null;
  readonly rule: string | null;
}

export interface EventStory {
  readonly event: StoredEvent;
  /** The first cause first. */
  readonly causes: readonly StoryEvent[];
  /** A cause that this log does not have: of another service, or gone with its retention. */
  readonly missingCause: string | null;
  readonly following: Following;
  /** Of the event, its causes and what followed. */
  readonly runs: readonly StoryRun[];
  /** Something is left out. */
  readonly isCut: boolean;
}

const DEPTH = 50;
const FOLLOWING = 500;
const OF_CORRELATION = 5_000;
const RUNS = 2_000;
const ID_BEFORE_MS = 31 * 86_400_000;
const COLUMNS = 'event_id, type, version, topic, subject, origin, correlation_id, causation_id, source, occurred_at, recorded_at, handler, attempt';
const columnsOf = (alias: string): string => COLUMNS.split(', ').map((name) => `${alias}.${name}`).join(', ');

/** Undefined when there is no such event. `map`: who hears what now, whose open work is told. `personal`: of the log, to read the event in clear. */
export function readEventStory(pool: Pool, eventId: string, map: SignalMap, personal?: PersonalReader): Promise<EventStory | undefined> {
  return withGenericPlans(pool, (tx) => readStory(tx, eventId, map, personal));
}

async function readStory(tx: Tx, eventId: string, map: SignalMap, personal: PersonalReader | undefined): Promise<EventStory | undefined> {
  const [event] = await loadEvents(tx, [eventId], personal);
  if (event === undefined) return undefined;
  const up = await causesOf(tx, event);
  const of = await ofCorrelation(tx, event);
  const down = following(event.eventId, of.slice(0, OF_CORRELATION), { depth: DEPTH, count: FOLLOWING });
  const all = [...up.causes, ...down.events.map((one) => one.event), { eventId: event.eventId, eventType: event.type, subject: event.subject }];
  const runs = await runsOf(tx, all, map);
  return { event, ...up, following: down, runs, isCut: up.isCut || down.isCut || of.length > OF_CORRELATION || runs.length === RUNS };
}

async function causesOf(tx: Tx, { eventId, causationId }: StoredEvent): Promise<{ causes: StoryEvent[]; missingCause: string | null; isCut: boolean }> {
  if (causationId === null) return { causes: [], missingCause: null, isCut: false };
  const { rows } = await run(tx,
    `WITH RECURSIVE up AS (
       SELECT 1 AS depth, ${columnsOf('e')} FROM events e WHERE e.event_id = $1::uuid
       UNION ALL SELECT up.depth + 1, ${columnsOf('e')} FROM up JOIN events e ON e.event_id = up.causation_id WHERE up.depth < ${DEPTH})
     SELECT * FROM up ORDER BY depth`,
    [causationId],
  );
  const seen = new Set([eventId]);
  const causes: StoryEvent[] = [];
  for (const cause of rows.map(storyEvent)) {
    if (seen.has(cause.eventId)) return { causes: causes.reverse(), missingCause: null, isCut: true };
    seen.add(cause.eventId);
    causes.push(cause);
  }
  const before = causes.length === 0 ? causationId : (causes.at(-1)?.causationId ?? null);
  const isCut = causes.length === DEPTH && before !== null;
  return { causes: causes.reverse(), missingCause: isCut ? null : before, isCut };
}

/** Events of its correlation id, in the order of the log, and one more when there are too many. */
async function ofCorrelation(tx: Tx, { eventId, correlationId }: StoredEvent): Promise<StoryEvent[]> {
  // What it caused was recorded after it, under an id that is older by the window of deduplication at most.
  const { rows } = await run(tx,
    `SELECT ${COLUMNS} FROM (SELECT * FROM events WHERE correlation_id = $1::uuid AND event_id >= $2::uuid LIMIT ${OF_CORRELATION + 1}) AS e ORDER BY epoch, txid, position`,
    [correlationId, uuid7Floor((uuid7Time(eventId) ?? 0) - ID_BEFORE_MS)],
  );
  return rows.map(storyEvent);
}

async function runsOf(tx: Tx, events: readonly Pick<StoryEvent, 'eventId' | 'eventType' | 'subject'>[], map: SignalMap): Promise<StoryRun[]> {
  const jobs = events.flatMap(({ eventId, eventType }) => (map[eventType] ?? []).map((handler) => ({ eventId, handler })));
  const { rows } = await run(tx,
    `SELECT * FROM (
       SELECT event_id, handler, 'failed' AS state, attempt, failed_at AS at, retry_at, error, NULL AS rule FROM failed_attempts WHERE subject = ANY ($1::text[]) AND event_id = ANY ($2::uuid[])
       UNION ALL
       SELECT event_id, handler, 'ignored', NULL, recorded_at, NULL, NULL, rule FROM ledger WHERE subject = ANY ($1::text[]) AND event_id = ANY ($2::uuid[])
       UNION ALL
       SELECT w.event_id, w.handler, w.state, w.attempt, NULL, CASE WHEN w.state = 'ready' THEN w.due_at END, w.last_error, NULL
       FROM unnest($3::uuid[], $4::text[]) AS job(event_id, handler) JOIN work w ON w.handler = job.handler AND w.event_id = job.event_id
     ) AS runs ORDER BY at NULLS LAST, attempt LIMIT ${RUNS}`,
    [[...new Set(events.map(({ subject }) => subject))], events.map(({ eventId }) => eventId), jobs.map(({ eventId }) => eventId), jobs.map(({ handler }) => handler)],
  );
  return rows.map((row) => ({ eventId: row.event_id, handler: row.handler, state: row.state, attempt: row.attempt, at: row.at, retryAt: row.retry_at, error: row.error, rule: row.rule }));
}

function storyEvent(row: QueryResultRow): StoryEvent {
  return {
    eventId: row['event_id'], eventType: row['type'], eventVersion: row['version'], timestamp: (row['occurred_at'] as Date).toISOString(), source: row['source'],
    correlationId: row['correlation_id'], causationId: row['causation_id'], topic: row['topic'], subject: row['subject'], origin: row['origin'],
    recordedAt: (row['recorded_at'] as Date).toISOString(), handler: row['handler'], attempt: row['attempt'],
  };
}
