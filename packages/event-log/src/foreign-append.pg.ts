/**
 * The append of events of other services, with a note of each that is in the log already.
 *
 * Promise: the note is written by the statement that appends, so that a kill leaves both or neither, and it costs no further round trip;
 * where nothing came again, nothing is looked for.
 */
import { jsonArray, jsonElements, plainArray } from './arrays.pg.ts';
import { insertedArray, insertEvents } from './events.pg.ts';
import type { Tx } from './extension.ts';
import type { PreparedEvent } from './prepare.ts';
import { prepared, run } from './statement.pg.ts';

/** What stands in the ledger of an event that came again. */
export interface DuplicateNote {
  /** Who ignored it, and by which rule. */
  readonly handler: string;
  readonly rule: string;
  /** What is said of the copy at this place of the batch. */
  readonly evidence: (index: number) => object;
}

/** A copy of an event, with its place in the batch. */
export interface Copy {
  readonly event: PreparedEvent;
  readonly index: number;
}

/** An event that is in the log now. `digest` null: it was appended; else what is there. */
export interface ForeignRow {
  readonly event_id: string;
  readonly digest: Buffer | null;
}

/** Appends what is new of `firsts`, each another event, in this order. `repeats`: further copies of some of them, with the same content. */
export async function appendForeign(db: Tx, epoch: number, firsts: readonly Copy[], repeats: readonly Copy[], note: DuplicateNote | undefined): Promise<readonly ForeignRow[]> {
  const events = firsts.map(({ event }) => event);
  const insert = insertEvents(events, epoch, 1);
  const p = (index: number): string => `$${insert.values.length + index}`;
  const copies = [...firsts, ...repeats];
  // Of the first copies these stand among the columns that are inserted: only those of further ones are sent beside them.
  const all = (column: Parameters<typeof insertedArray>[0], further: number, type: string): string => `${insertedArray(column, events, 1)} || ${p(further)}::${type}[]`;
  const text = `WITH appended AS (${insert.text} ON CONFLICT DO NOTHING RETURNING event_id)
     SELECT event_id, NULL::bytea AS digest FROM appended
     UNION ALL SELECT k.event_id, k.digest FROM foreign_copies(
         ${all('event_id', 1, 'uuid')}, ${all('subject', 2, 'text')}, ${all('digest', 3, 'bytea')}, string_to_array(${p(4)}::text, chr(30), ''),
         array_fill(false, ARRAY[${p(7)}::integer]) || array_fill(true, ARRAY[${p(8)}::integer]), (SELECT array_agg(event_id) FROM appended), ${p(5)}, ${p(6)}) k
       WHERE (SELECT count(*) FROM appended) < ${p(7)}::integer + ${p(8)}::integer`;
  const { rows } = await db.query(prepared(text, [
    ...insert.values, plainArray(repeats.map(({ event }) => event.eventId)), repeats.map(({ event }) => event.subject),
    plainArray(repeats.map(({ event }) => `\\\\x${event.digest.toString('hex')}`)), jsonArray(copies.map(({ index }) => (note === undefined ? null : JSON.stringify(note.evidence(index))))),
    note?.handler ?? null, note?.rule ?? null, firsts.length, repeats.length,
  ]));
  return rows;
}

/** Notes copies whose events were found in the log by another statement. */
export async function noteDuplicates(db: Tx, copies: readonly Copy[], { handler, rule, evidence }: DuplicateNote): Promise<void> {
  if (copies.length === 0) return;
  await run(db,
    `INSERT INTO ledger (handler, event_id, subject, rule, evidence)
     SELECT $1, c.event_id, c.subject, $2, c.evidence FROM unnest($3::uuid[], $4::text[], ${jsonElements('$5')}) AS c(event_id, subject, evidence)`,
    [handler, rule, plainArray(copies.map(({ event }) => event.eventId)), copies.map(({ event }) => event.subject), jsonArray(copies.map(({ index }) => JSON.stringify(evidence(index))))],
  );
}
