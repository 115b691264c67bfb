/**
 * Where the live reader of an extension stands: what it has not handled yet is its own, and so is what stands at or behind an event
 * that it has parked. A replay passes both by. Read under the locks of the subjects, so that nothing moves between.
 */
import { compareCursors } from './event.ts';
import type { Cursor, StoredEvent } from './event.ts';
import type { Tx } from './extension.ts';
import { run } from './statement.pg.ts';

export interface Standing {
  /** The live reader has not come to this event with this handler. */
  isAhead(handler: string, event: StoredEvent): boolean;
  /** An earlier event of the subject, or this one, is parked or dead. */
  isBehind(event: StoredEvent): boolean;
}

/** How it stands about these subjects. `handlers`: the transactional ones of the extension; only what they have parked holds a subject. */
export async function standingOf(tx: Tx, reader: string, handlers: readonly string[], subjects: readonly string[]): Promise<Standing> {
  const cursors = await readCursors(tx, `${reader}.`, reader);
  const { rows } = await run(tx,
    `SELECT DISTINCT ON (subject) subject, epoch, txid::text AS txid_text, position FROM work
     WHERE reader = $1 AND handler = ANY ($2::text[]) AND subject = ANY ($3::text[]) AND state <> 'waiting' ORDER BY subject, work.epoch, work.txid, work.position`,
    [reader, handlers, subjects],
  );
  const parked = new Map(rows.map((row) => [row['subject'] as string, cursorOf(row)]));
  return {
    isAhead: (handler, event) => cursors.isAhead(reader, handler, event),
    isBehind({ subject, cursor }) {
      const place = parked.get(subject);
      return place !== undefined && compareCursors(place, cursor) <= 0;
    },
  };
}

export interface Cursors {
  isAhead(reader: string, handler: string, event: Pick<StoredEvent, 'slot' | 'cursor'>): boolean;
}

/** The cursors of readers: the shared ones, and those of handlers that are still behind them. All of them without a prefix. */
export async function readCursors(tx: Tx, prefix = '', name = ''): Promise<Cursors> {
  const { rows } = await run(tx, 'SELECT name, slot_from, slot_to, epoch, txid::text AS txid_text, position FROM readers WHERE name = $1 OR starts_with(name, $2)', [name, prefix]);
  const byName = Map.groupBy(rows, (row) => row['name'] as string);
  const at = (one: string, slot: number): Cursor | undefined => (byName.get(one) ?? []).filter((row) => row['slot_from'] <= slot && row['slot_to'] >= slot).map(cursorOf)[0];
  return {
    isAhead(reader, handler, { slot, cursor }) {
      const stands = at(handler, slot) ?? at(reader, slot);
      return stands !== undefined && compareCursors(cursor, stands) > 0;
    },
  };
}

function cursorOf(row: { readonly [column: string]: any }): Cursor {
  return { epoch: row['epoch'], txid: Number(row['txid_text']), position: Number(row['position']) };
}
