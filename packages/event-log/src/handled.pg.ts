/**
 * What a transactional handler has behind it of some subjects, for a state that is made anew from the log rather than kept.
 *
 * Promise: under the locks of the subjects these are the events that the handler has seen and no others: what its reader has not come
 * to yet is left out, and so is what it has parked or given up, and what cannot be read. They come in the order of the log, in clear and in their current form.
 */
import { inCurrentForm } from './current-form.ts';
import type { Cursor, StoredEvent } from './event.ts';
import { eventColumns, storedEvent } from './events.pg.ts';
import type { Tx } from './extension.ts';
import type { EventLog } from './log.pg.ts';
import { run } from './statement.pg.ts';

/** `handler`: its full name; the first part of it is the reader's. `since`: subjects, each with the place after which events are read. */
export async function readHandled(tx: Tx, log: Pick<EventLog, 'catalogue' | 'clear'>, handler: string, since: ReadonlyMap<string, Cursor>): Promise<readonly StoredEvent[]> {
  if (since.size === 0) return [];
  const places = [...since.values()];
  const { rows } = await run(tx,
    `SELECT ${eventColumns('e')} FROM unnest($3::text[], $4::integer[], $5::text[], $6::bigint[]) AS s(subject, epoch, txid, position)
     CROSS JOIN LATERAL (SELECT * FROM events WHERE events.subject = s.subject AND (events.epoch, events.txid, events.position) > (s.epoch, s.txid::xid8, s.position)) e
     JOIN readers r ON r.name = $1 AND e.slot BETWEEN r.slot_from AND r.slot_to AND (e.epoch, e.txid, e.position) <= (r.epoch, r.txid, r.position)
     WHERE NOT EXISTS (SELECT FROM work w WHERE w.handler = $2 AND w.event_id = e.event_id)
     ORDER BY e.epoch, e.txid, e.position`,
    [handler.slice(0, handler.indexOf('.')), handler, [...since.keys()], places.map(({ epoch }) => epoch), places.map(({ txid }) => String(txid)), places.map(({ position }) => position)],
  );
  const events = await log.clear(rows.map(storedEvent), tx);
  return events.flatMap((event) => readable(log, event) ?? []);
}

/** Undefined for one that no handler was called with: a person has let it go. */
function readable({ catalogue }: Pick<EventLog, 'catalogue'>, event: StoredEvent): StoredEvent | undefined {
  try {
    return inCurrentForm(catalogue, event);
  } catch {
    return undefined;
  }
}
