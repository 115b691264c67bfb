/**
 * How cursors move: under the fence of their partition, and only forward from where the batch began.
 */
import type { Pool } from 'pg';
import type { Cursor } from './event.ts';
import { compareCursors } from './event.ts';
import type { Stretch } from './fetch.pg.ts';
import { parameterTable } from './rows.pg.ts';
import { exactly, mustBe, run } from './statement.pg.ts';

/** A partition that this process owns. The cursor moves as its reader moves. */
export interface Owned {
  readonly reader: string;
  readonly partition: number;
  readonly slotFrom: number;
  readonly slotTo: number;
  readonly fence: number;
  cursor: Cursor;
  recordedAtMs: number;
  /** Nothing beyond this place is handled by this partition: its slots are about to be divided anew. See repartition.pg.ts. */
  halt?: Cursor | undefined;
}

/** The fence has moved on: another process owns the partition, and this transaction must not commit. */
export class StaleFence extends Error {
  override readonly name = 'StaleFence';
  constructor(what: string) {
    super(`${what} belongs to another process now.`);
  }
}

/** Where a batch leaves its partitions. `owned` still has the cursor from which the batch was read. */
export interface Move {
  readonly owned: Owned;
  readonly cursor: Cursor;
  readonly recordedAtMs: number;
}

/**
 * Moves cursors under their fences, in the caller's transaction or alone. Throws `StaleFence` when a fence does not stand, or
 * when the table is already further than the batch began: its commit was done before, and only its answer was lost; or when the
 * partition halts before where it would go.
 */
export async function moveCursors(tx: Pick<Pool, 'query'>, moves: readonly Move[]): Promise<void> {
  if (moves.length === 0) return;
  const { text, values } = moveStatement(moves, 1);
  await exactly(run(tx, `WITH moved AS (${text}) ${mustBe(values.length + 1, 'moved')}`, [...values, moves.length]), () => new StaleFence(`A partition of the reader ${moves[0]?.owned.reader ?? ''}`));
}

const MOVES = parameterTable<Move>('c', [
  { name: 'name', type: 'text', of: ({ owned }) => owned.reader }, { name: 'partition', type: 'integer', of: ({ owned }) => owned.partition, isPlain: true },
  { name: 'fence', type: 'bigint', of: ({ owned }) => owned.fence, isPlain: true }, { name: 'epoch', type: 'integer', of: ({ cursor }) => cursor.epoch, isPlain: true },
  { name: 'txid', type: 'xid8', of: ({ cursor }) => String(cursor.txid), isPlain: true }, { name: 'position', type: 'bigint', of: ({ cursor }) => cursor.position, isPlain: true },
  { name: 'recorded_ms', type: 'float8', of: ({ recordedAtMs }) => recordedAtMs, isPlain: true },
  { name: 'from_epoch', type: 'integer', of: ({ owned }) => owned.cursor.epoch, isPlain: true }, { name: 'from_txid', type: 'xid8', of: ({ owned }) => String(owned.cursor.txid), isPlain: true },
  { name: 'from_position', type: 'bigint', of: ({ owned }) => owned.cursor.position, isPlain: true },
]);

/** Moves the cursors, from parameter `$first` on; returns one row for each that moved. */
export function moveStatement(moves: readonly Move[], first: number): { readonly text: string; readonly values: unknown[] } {
  const { text, values } = MOVES.rows(moves, first);
  return {
    text: `UPDATE readers r SET epoch = c.epoch, txid = c.txid, position = c.position, recorded_at = to_timestamp(c.recorded_ms / 1000.0)
     FROM ${text}
     WHERE r.name = c.name AND r.partition = c.partition AND r.fence = c.fence AND (r.epoch, r.txid, r.position) <= (c.from_epoch, c.from_txid, c.from_position)
       AND (r.halt_txid IS NULL OR (c.epoch, c.txid, c.position) <= (r.halt_epoch, r.halt_txid, 0::bigint))
     RETURNING 1`,
    values,
  };
}

/** Columns of partitions with their cursors, for `unnest`. */
export function cursorColumns(partitions: readonly Owned[]): unknown[] {
  return [
    partitions.map((p) => p.reader), partitions.map((p) => p.partition), partitions.map((p) => p.fence), partitions.map((p) => p.cursor.epoch),
    partitions.map((p) => String(p.cursor.txid)), partitions.map((p) => p.cursor.position), partitions.map((p) => p.recordedAtMs),
  ];
}

/** A partition out of its row of `readers` (with `txid_text` and `recorded_ms`). */
export function ownedOf(row: { [column: string]: any }): Owned {
  return {
    reader: row['name'], partition: row['partition'], slotFrom: row['slot_from'], slotTo: row['slot_to'], fence: Number(row['fence']),
    cursor: { epoch: row['epoch'], txid: Number(row['txid_text']), position: Number(row['position']) }, recordedAtMs: Number(row['recorded_ms']), halt: haltOf(row),
  };
}

/** Where a partition halts, out of its row of `readers` (with `halt_txid` as text). */
export function haltOf(row: { [column: string]: any }): Cursor | undefined {
  return (row['halt_txid'] ?? null) === null ? undefined : { epoch: row['halt_epoch'], txid: Number(row['halt_txid']), position: 0 };
}

/** What of a stretch these partitions of one reader may handle: they halt at the same place, or not at all. */
export function upToHalt(stretch: Stretch, [one]: readonly Owned[]): Stretch {
  const halt = one?.halt;
  if (halt === undefined || compareCursors(stretch.upTo, halt) <= 0) return stretch;
  return { events: stretch.events.filter(({ cursor }) => compareCursors(cursor, halt) < 0), upTo: halt };
}

/** The cursors of one partition under these names. */
export async function loadCursors(db: Pick<Pool, 'query'>, names: readonly string[], partition: number): Promise<Owned[]> {
  const { rows } = await run(db,
    `SELECT name, partition, slot_from, slot_to, fence, epoch, txid::text AS txid_text, position, (extract(epoch FROM recorded_at) * 1000)::bigint AS recorded_ms
     FROM readers WHERE name = ANY ($1::text[]) AND partition = $2`,
    [names, partition],
  );
  return rows.map(ownedOf);
}

/** Takes the cursors along in memory, after the table has them. */
export function applyMoves(moves: readonly Move[]): void {
  for (const move of moves) {
    move.owned.cursor = move.cursor;
    move.owned.recordedAtMs = move.recordedAtMs;
  }
}

/** Ends a cursor where it stands. Throws `StaleFence` when it does not stand there any more. */
export async function endCursor(tx: Pick<Pool, 'query'>, { reader, partition, fence, cursor }: Owned): Promise<void> {
  const result = await run(tx,
    'DELETE FROM readers WHERE name = $1 AND partition = $2 AND fence = $3 AND (epoch, txid, position) <= ($4, $5::xid8, $6)',
    [reader, partition, fence, cursor.epoch, String(cursor.txid), cursor.position],
  );
  if (result.rowCount !== 1) throw new StaleFence(`A partition of the reader ${reader}`);
}
