/**
 * The statements over `events`: one multi-row insert, and the columns and mapping of every read.
 */
import type { QueryConfig, QueryResultRow } from 'pg';
import type { StoredEvent } from './event.ts';
import type { Tx } from './extension.ts';
import type { PersonalReader } from './personal.ts';
import type { PreparedEvent } from './prepare.ts';
import { parameterTable } from './rows.pg.ts';
import { prepared } from './statement.pg.ts';

/** The columns of an event that are sent. */
const SENT = parameterTable<PreparedEvent>('e', [
  { name: 'event_id', type: 'uuid', of: (e) => e.eventId, isPlain: true }, { name: 'origin', type: 'text', of: (e) => e.origin, isPlain: true },
  { name: 'type', type: 'text', of: (e) => e.type, isPlain: true }, { name: 'version', type: 'text', of: (e) => e.version, isPlain: true },
  { name: 'topic', type: 'text', of: (e) => e.topic, isPlain: true }, { name: 'subject', type: 'text', of: (e) => e.subject },
  { name: 'slot', type: 'smallint', of: (e) => e.slot, isPlain: true }, { name: 'sequence', type: 'integer', of: (e) => e.sequence, isPlain: true },
  { name: 'correlation_id', type: 'uuid', of: (e) => e.correlationId, isPlain: true }, { name: 'causation_id', type: 'uuid', of: (e) => e.causationId, isPlain: true },
  { name: 'source', type: 'text', of: (e) => e.source }, { name: 'occurred_at', type: 'timestamptz', of: (e) => e.timestamp, isPlain: true },
  { name: 'metadata', type: 'jsonb', of: (e) => e.metadataJson }, { name: 'data', type: 'jsonb', of: (e) => e.dataJson }, { name: 'digest', type: 'bytea', of: (e) => e.digest },
  { name: 'handler', type: 'text', of: (e) => e.handler }, { name: 'attempt', type: 'smallint', of: (e) => e.attempt, isPlain: true },
], 'place');

/** What of inserted events a larger statement can name, as SQL for an array. */
export function insertedArray(column: 'event_id' | 'subject' | 'digest', events: readonly PreparedEvent[], first: number): string {
  return SENT.array(column, events.length, first);
}

/**
 * `INSERT INTO events …` of all rows, in their order, as one statement or CTE, from parameter `$first` on. `where` restricts
 * the rows (alias `e`), for example `WHERE e.subject IN (SELECT order_id FROM accepted)`.
 */
export function insertEvents(events: readonly PreparedEvent[], epoch: number, first: number, where = ''): { text: string; values: unknown[] } {
  const held = keysOf(events);
  const { text, values } = SENT.rows(events, first);
  const next = first + values.length;
  return {
    text: `INSERT INTO events (event_id, epoch, origin, type, version, topic, subject, slot, sequence, correlation_id, causation_id, source, occurred_at, metadata, data, digest, handler, attempt)
SELECT e.event_id, ${epoch}, e.origin, e.type, e.version, e.topic, e.subject, e.slot, e.sequence, e.correlation_id, e.causation_id, e.source, e.occurred_at, e.metadata, e.data, e.digest, e.handler, e.attempt
FROM ${text}${held === undefined ? '' : ` CROSS JOIN hold_customer_keys($${next}::text[], $${next + 1}::integer[]) AS kept`} ${where}
ORDER BY e.place`,
    values: held === undefined ? values : [...values, [...held.keys()], [...held.values()]],
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
