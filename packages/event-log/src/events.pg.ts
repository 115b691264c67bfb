/**
 * The statements over `events`: one multi-row insert, and the columns and mapping of every read.
 */
import type { QueryConfig, QueryResultRow } from 'pg';
import { jsonArray, jsonElements, plainArray } from './arrays.pg.ts';
import type { StoredEvent } from './event.ts';
import type { Tx } from './extension.ts';
import type { PersonalReader } from './personal.ts';
import type { PreparedEvent } from './prepare.ts';
import { prepared } from './statement.pg.ts';

/** Where in the values of `insertEvents` these columns of all events stand. */
export const INSERTED = { eventIds: 0, subjects: 5, digests: 14 } as const;
/** Parameters that `insertEvents` uses, counted from its first; two more when something is sealed. */
const INSERT_PARAMETERS = 17;

/**
 * `INSERT INTO events …` of all rows, in their order, as one statement or CTE, from parameter `$first` on. `where` restricts
 * the rows (alias `e`), for example `WHERE e.subject IN (SELECT order_id FROM accepted)`.
 */
export function insertEvents(events: readonly PreparedEvent[], epoch: number, first: number, where = ''): { text: string; values: unknown[] } {
  const rows = events;
  const p = (index: number): string => `$${first + index}`;
  const held = keysOf(events);
  return {
    text: `INSERT INTO events (event_id, epoch, origin, type, version, topic, subject, slot, sequence, correlation_id, causation_id, source, occurred_at, metadata, data, digest, handler, attempt)
SELECT e.event_id, ${epoch}, e.origin, e.type, e.version, e.topic, e.subject, e.slot, e.sequence, e.correlation_id, e.causation_id, e.source, e.occurred_at, e.metadata, e.data, e.digest, e.handler, e.attempt
FROM unnest(${p(0)}::uuid[], ${p(1)}::text[], ${p(2)}::text[], ${p(3)}::text[], ${p(4)}::text[], ${p(5)}::text[], ${p(6)}::smallint[], ${p(7)}::integer[], ${p(8)}::uuid[], ${p(9)}::uuid[], ${p(10)}::text[], ${p(11)}::timestamptz[], ${jsonElements(p(12))}, ${jsonElements(p(13))}, ${p(14)}::bytea[], ${p(15)}::text[], ${p(16)}::smallint[])
  WITH ORDINALITY AS e(event_id, origin, type, version, topic, subject, slot, sequence, correlation_id, causation_id, source, occurred_at, metadata, data, digest, handler, attempt, place)${held === undefined ? '' : ` CROSS JOIN hold_customer_keys(${p(INSERT_PARAMETERS)}::text[], ${p(INSERT_PARAMETERS + 1)}::integer[]) AS kept`} ${where}
ORDER BY e.place`,
    values: [
      plainArray(rows.map((e) => e.eventId)), plainArray(rows.map((e) => e.origin)), plainArray(rows.map((e) => e.type)),
      plainArray(rows.map((e) => e.version)), plainArray(rows.map((e) => e.topic)), rows.map((e) => e.subject),
      plainArray(rows.map((e) => e.slot)), plainArray(rows.map((e) => e.sequence)), plainArray(rows.map((e) => e.correlationId)),
      plainArray(rows.map((e) => e.causationId)), rows.map((e) => e.source), plainArray(rows.map((e) => e.timestamp)),
      jsonArray(rows.map((e) => e.metadataJson)), jsonArray(rows.map((e) => e.dataJson)),
      plainArray(rows.map((e) => `\\\\x${e.digest.toString('hex')}`)),
      rows.map((e) => e.handler), plainArray(rows.map((e) => e.attempt)),
      ...(held === undefined ? [] : [[...held.keys()], [...held.values()]]),
    ],
  };
}

/** The keys that must stay until this is written, by customer; undefined when nothing is sealed. */
function keysOf(events: readonly PreparedEvent[]): ReadonlyMap<string, number> | undefined {
  let keys: Map<string, number> | undefined;
  for (const { type, personal, sealedBy } of events) {
    if (personal !== undefined) throw new Error(`${type} has personal data that are not sealed: take it through \`protect\` of the log before it is inserted.`);
    if (sealedBy !== undefined) (keys ??= new Map()).set(sealedBy.customerId, sealedBy.generation);
  }
  return keys;
}

/** The insert as a statement of its own. */
export function appendStatement(events: readonly PreparedEvent[], epoch: number): QueryConfig {
  const { text, values } = insertEvents(events, epoch, 1);
  return prepared(text, values);
}

const NAMES = ['event_id', 'position', 'epoch', 'origin', 'type', 'version', 'topic', 'subject', 'slot', 'sequence', 'correlation_id', 'causation_id', 'source', 'occurred_at', 'metadata', 'data', 'handler', 'attempt'] as const;
const COLUMNS = [...NAMES, 'txid_text', 'recorded_ms'] as const;

/** Columns that `storedEvent` reads, of the table or its alias. */
export function eventColumns(alias = 'events'): string {
  return [...NAMES.map((name) => `${alias}.${name}`), `${alias}.txid::text AS txid_text`, `(date_part('epoch', ${alias}.recorded_at) * 1000)::bigint AS recorded_ms`].join(', ');
}

const EVENT_COLUMNS = eventColumns();
/** How many columns `eventColumns` names. */
export const EVENT_COLUMN_COUNT = COLUMNS.length;

export function storedEvent(row: QueryResultRow): StoredEvent {
  return storedValues(COLUMNS.map((name) => row[name]));
}

/** The same of a row that came as an array, in the order of `eventColumns`; `occurred_at` may be in ISO 8601 already. */
export function storedValues(values: QueryResultRow[number][]): StoredEvent {
  const [eventId, position, epoch, origin, type, version, topic, subject, slot, sequence, correlationId, causationId, source, occurredAt, metadata, data, handler, attempt, txid, recordedMs] = values;
  return {
    eventId, type, version, topic, subject, slot, origin, sequence, correlationId, causationId, source, occurredAt: typeof occurredAt === 'string' ? occurredAt : (occurredAt as Date).toISOString(),
    recordedAtMs: Number(recordedMs), metadata, data, handler, attempt, cursor: { epoch, txid: Number(txid), position: Number(position) },
  };
}

/** These events by id, in no order, in clear where `personal` is given. */
export async function loadEvents(tx: Tx, eventIds: readonly string[], personal?: PersonalReader): Promise<readonly StoredEvent[]> {
  if (eventIds.length === 0) return [];
  const result = await tx.query(`SELECT ${EVENT_COLUMNS} FROM events WHERE event_id = ANY ($1::uuid[])`, [eventIds]);
  const events = result.rows.map(storedEvent);
  return personal === undefined ? events : personal.open(tx, events);
}
