/** Dead letters of all kinds in one list, the oldest first. */
import { failuresOf } from '@commerce/event-log/failed-attempts';
import { eventColumns, storedEvent } from '@commerce/event-log/events';
import type { StoredEvent } from '@commerce/event-log/event';
import { run } from '@commerce/event-log/statement';
import type { Pool } from 'pg';
import { idText, keysOf, kindOf, partsOf, QUEUES, TOPIC_QUEUES, workPlace } from './selection.ts';
import type { Kind, LetterId, QueueName, Selection } from './selection.ts';

type Db = Pick<Pool, 'query'>;

export interface DeadLetter extends LetterId {
  readonly id: string;
  /** Of a message: in which it lies. */
  readonly queue: QueueName | null;
  /** Since when: a message was sent then, an event given up or refused first. */
  readonly at: Date;
  readonly reason: string;
  readonly detail: string;
  readonly eventId: string | null;
  readonly eventType: string | null;
  /** Of `work` alone. */
  readonly handler: string | null;
  readonly subject: string | null;
  readonly attempts: number;
  /** Behind which the next page begins. */
  readonly place: string;
}

const textList = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');
const UNTAKEN = textList(QUEUES.filter((queue) => kindOf(queue) === 'queue'));
const TOPICS = textList(TOPIC_QUEUES);

/**
 * Of `work` what is dead, and what waits until the catalogue learns its version: that goes on by itself then.
 * Parameters: 1 parts, 2 reason, 3 type, 4 handler, 5 before, 6 since, 7 keys of message ids, 8 of work, 9 of publish.
 */
const LETTERS = `
  SELECT * FROM (
    SELECT CASE WHEN m.queue IN (${UNTAKEN}) THEN 'queue' ELSE 'rule-target' END AS kind, m.queue AS part, m.message_id AS key, m.sent_at AS at, coalesce(r.reason, m.reason) AS reason, coalesce(r.detail, m.detail) AS detail,
      coalesce(r.event_id, m.event_id) AS event_id, coalesce(r.event_type, m.event_type) AS event_type, NULL::text AS handler, NULL::text AS subject,
      CASE WHEN m.queue = 'dead' THEN coalesce(r.receive_count, 0) WHEN m.queue IN (${TOPICS}) THEN 1 WHEN m.attributes->>'RETRY_ATTEMPTS' ~ '^[0-9]{1,6}$' THEN (m.attributes->>'RETRY_ATTEMPTS')::integer + 1 ELSE 1 END AS attempts
    FROM dead_messages m LEFT JOIN refusals r ON r.message_id = m.message_id
    WHERE m.ended IS NULL AND ($7::text[] IS NULL OR m.message_id = ANY ($7::text[]))
    UNION ALL
    SELECT 'work', 'work', w.handler || ':' || w.event_id, to_timestamp(coalesce((w.last_error->>'atMs')::float8, 0) / 1000), coalesce(w.last_error->>'code', 'unknown'), coalesce(w.last_error->>'message', ''),
      w.event_id, e.type, w.handler, w.subject, w.attempt
    FROM work w LEFT JOIN events e ON e.event_id = w.event_id
    WHERE (w.state = 'dead' OR w.state = 'waiting' AND w.last_error->>'code' = 'unknown_version') AND ($8::text[] IS NULL OR w.handler || ':' || w.event_id = ANY ($8::text[]))
    UNION ALL
    SELECT 'publish', 'publish', p.event_id::text, p.first_seen, p.code, p.message, p.event_id, p.event_type, NULL, e.subject, p.attempts
    FROM publish_refusals p LEFT JOIN events e ON e.event_id = p.event_id WHERE $9::text[] IS NULL OR p.event_id::text = ANY ($9::text[])
  ) d
  WHERE d.part = ANY ($1::text[]) AND ($2::text IS NULL OR d.reason = $2) AND ($3::text IS NULL OR d.event_type = $3) AND ($4::text IS NULL OR d.handler = $4)
    AND ($5::timestamptz IS NULL OR d.at < $5) AND ($6::timestamptz IS NULL OR d.at >= $6)`;

function parameters(selection: Selection): unknown[] {
  const messages = selection.ids === undefined ? null : [...(keysOf(selection, 'queue') ?? []), ...(keysOf(selection, 'rule-target') ?? [])];
  return [
    partsOf(selection), selection.reason ?? null, selection.type ?? null, selection.handler ?? null, selection.before ?? null, selection.since ?? null,
    messages, keysOf(selection, 'work') ?? null, keysOf(selection, 'publish') ?? null,
  ];
}

/** `after`: the place of the last one of the page before. */
export async function readLetters(db: Db, selection: Selection, after: string | undefined, limit: number): Promise<DeadLetter[]> {
  const [us, kind, key] = after === undefined ? [null, null, null] : (JSON.parse(after) as [string, string, string]);
  const { rows } = await run(db,
    `SELECT d.*, (extract(epoch FROM d.at) * 1000000)::bigint AS us FROM (${LETTERS}) d
     WHERE $10::bigint IS NULL OR ((extract(epoch FROM d.at) * 1000000)::bigint, d.kind COLLATE "C", d.key COLLATE "C") > ($10::bigint, $11::text COLLATE "C", $12::text COLLATE "C")
     ORDER BY us, d.kind COLLATE "C", d.key COLLATE "C" LIMIT $13`,
    [...parameters(selection), us, kind, key, limit],
  );
  return rows.map((row) => ({
    kind: row.kind, key: row.key, id: idText(row as LetterId), queue: row.part === row.kind ? null : row.part, at: row.at, reason: row.reason, detail: row.detail, eventId: row.event_id, eventType: row.event_type, handler: row.handler,
    subject: row.subject, attempts: row.attempts, place: JSON.stringify([String(row.us), row.kind, row.key]),
  }));
}

/** How many are meant, `mended` apart: that is judged one by one. */
export async function countMeant(db: Db, selection: Selection): Promise<number> {
  const { rows } = await run(db, `SELECT count(*)::integer AS count FROM (${LETTERS}) d`, parameters(selection));
  return rows[0].count;
}

export interface Count {
  readonly kind: Kind;
  readonly queue: QueueName | null;
  readonly reason: string;
  readonly eventType: string | null;
  readonly handler: string | null;
  readonly count: number;
  readonly oldest: Date;
}

/** How many of which kind, queue, reason, type and handler, the most first. */
export async function countLetters(db: Db): Promise<Count[]> {
  const { rows } = await run(db,
    `SELECT kind, nullif(part, kind) AS queue, reason, event_type, handler, count(*)::integer AS count, min(at) AS oldest FROM (${LETTERS}) d GROUP BY 1, 2, 3, 4, 5 ORDER BY count DESC, 1, 2, 3, 4, 5 LIMIT 200`,
    parameters({}),
  );
  return rows.map((row) => ({ kind: row.kind, queue: row.queue, reason: row.reason, eventType: row.event_type, handler: row.handler, count: row.count, oldest: row.oldest }));
}

/** What there is beside the list about one of them. */
export interface LetterMore {
  /** As it lies in the queue; undefined for what is in the log. */
  readonly body: string | undefined;
  /** Of the message; of the rule target what AWS wrote. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly event: StoredEvent | undefined;
  /** Recorded attempts, oldest first. */
  readonly attempts: readonly { readonly at: Date; readonly attempt: number; readonly code: string; readonly message: string; readonly handler: string | null }[];
}

export async function readMore(db: Db, letter: DeadLetter): Promise<LetterMore> {
  if (letter.kind === 'work' || letter.kind === 'publish') return ofRow(db, letter);
  const { rows } = await run(db,
    `SELECT m.body, m.attributes, r.reason, r.detail, r.receive_count, r.last_seen FROM dead_messages m LEFT JOIN refusals r USING (message_id) WHERE m.message_id = $1`, [letter.key]);
  const [row] = rows;
  const attempts = row?.reason === null || row === undefined ? [] : [{ at: row.last_seen, attempt: row.receive_count, code: row.reason, message: row.detail, handler: null }];
  return { body: row?.body, attributes: row?.attributes ?? {}, event: undefined, attempts };
}

async function ofRow(db: Db, { kind, key, subject, eventId }: DeadLetter): Promise<LetterMore> {
  const { rows } = await run(db, `SELECT ${eventColumns()} FROM events WHERE event_id = $1`, [eventId]);
  const failures = kind === 'work' && subject !== null ? await failuresOf(db, subject, MOST_FAILURES) : [];
  const { handler } = workPlace(key);
  const its = failures.filter((one) => one.handler === handler && one.eventId === eventId);
  return {
    body: undefined, attributes: {}, event: rows[0] === undefined ? undefined : storedEvent(rows[0]),
    attempts: its.map(({ failedAt, attempt, error }) => ({ at: failedAt, attempt, code: error.code, message: error.message, handler })),
  };
}

const MOST_FAILURES = 10_000;
