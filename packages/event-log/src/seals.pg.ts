/**
 * Sealing: walks the log below the horizon, in its order, and stores a seal per stretch; each hour a signed head.
 *
 * Promise: below the horizon nothing is committed any more, so a stretch that is sealed is whole. A seal is one insert under the
 * next number: whoever is killed, or loses a race for the number, has sealed nothing, and the next one goes on from the last seal.
 * Writers of events wait for nothing here and write nothing for it.
 */
import type { Pool } from 'pg';
import type { Cursor } from './event.ts';
import { START } from './event.ts';
import type { Tx } from './extension.ts';
import { restMs } from './replay-pace.ts';
import type { Head, SealKey } from './seal-head.ts';
import type { Seal, SealedRow } from './seal.ts';
import { NO_CHAIN, recordOf, SEALED_COLUMNS, sealOf } from './seal.ts';
import { run } from './statement.pg.ts';
import { inTransaction, sqlState } from './transaction.pg.ts';

/** Events of one seal. */
export const SEAL_ROWS = 1_000;
const HOUR_MS = 3_600_000;
/** Of the time, while it has a backlog: it comes once a minute with all of that minute, in a process that serves requests. Thousands of events a second still. */
const SHARE = 1 / 4;

/** How the columns become text that is the same on every server. */
const AS_TEXT: Partial<Record<(typeof SEALED_COLUMNS)[number], string>> = {
  occurred_at: '(extract(epoch FROM e.occurred_at) * 1000)::bigint::text',
  recorded_at: '(extract(epoch FROM e.recorded_at) * 1000)::bigint::text',
  metadata: "encode(sha256(convert_to(e.metadata::text, 'UTF8')), 'hex')",
  data: "encode(sha256(convert_to(e.data::text, 'UTF8')), 'hex')",
  digest: "encode(e.digest, 'hex')",
};

/** What `sealedRow` reads, of the alias `e`; content stays in the database, only its hash comes. */
export const SEALED_SELECT = ['e.event_id::text', ...SEALED_COLUMNS.map((name) => AS_TEXT[name] ?? `e.${name}::text`)].map((text, index) => `${text} AS c${index}`).join(', ');

/** A row that was read with `SEALED_SELECT`. */
export function sealedRow(row: Record<string, string | null>): SealedRow {
  return { eventId: row['c0'] ?? '', values: SEALED_COLUMNS.map((_, index) => row[`c${index + 1}`] ?? null) };
}

/** Where a row stands. */
export function placeOf({ values }: SealedRow): Cursor {
  return { epoch: Number(values[0]), txid: Number(values[1]), position: Number(values[2]) };
}

const BELOW_HORIZON = `SELECT ${SEALED_SELECT} FROM events e
  WHERE (e.epoch, e.txid, e.position) > ($1::integer, $2::xid8, $3::bigint)
    AND (e.epoch < (SELECT epoch FROM log_state) OR (e.epoch = (SELECT epoch FROM log_state) AND e.txid < pg_snapshot_xmin(pg_current_snapshot())))
  ORDER BY e.epoch, e.txid, e.position LIMIT $4`;

/** A plan that was made by old figures of the table would sort all of it. Without the other ways a plan looks dear, and would be compiled each time: 2 s. */
const ALONG_THE_INDEX = 'SET LOCAL jit = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off';

/** The last seal; before the first one what that stands on. */
export async function lastSeal(db: Tx): Promise<Pick<Seal, 'seal' | 'to' | 'total' | 'chain'>> {
  const { rows: [row] } = await run(db, 'SELECT seal, to_epoch, to_txid::text, to_position, total, chain FROM seals ORDER BY seal DESC LIMIT 1', []);
  if (row === undefined) return { seal: 0, to: START, total: 0, chain: NO_CHAIN };
  return { seal: Number(row.seal), to: { epoch: row.to_epoch, txid: Number(row.to_txid), position: Number(row.to_position) }, total: Number(row.total), chain: row.chain };
}

/** Seals the next stretch. Gives how many events it has; 0 when nothing was to be sealed or another process was first. */
export async function sealNext(pool: Pool, most = SEAL_ROWS): Promise<number> {
  const before = await lastSeal(pool);
  const { rows } = await inTransaction(pool, async (tx) => {
    await tx.query(ALONG_THE_INDEX);
    return run(tx, BELOW_HORIZON, [before.to.epoch, String(before.to.txid), before.to.position, most]);
  });
  const last = rows.at(-1);
  if (last === undefined) return 0;
  const sealed = rows.map(sealedRow);
  const { seal, records } = sealOf(before, sealed.map(recordOf), placeOf(sealedRow(last)));
  try {
    // A seal of this number by somebody else is a conflict; one before it that is gone, too.
    const { rowCount } = await run(pool,
      `INSERT INTO seals (seal, from_epoch, from_txid, from_position, to_epoch, to_txid, to_position, events, total, topics, newest_ms, records, root, chain)
       SELECT $1::bigint, $2::integer, $3::xid8, $4::bigint, $5::integer, $6::xid8, $7::bigint, $8::integer, $9::bigint, $10::text[], $11::bigint, $12::bytea, $13::bytea, $14::bytea
       WHERE (SELECT coalesce(max(seal), 0) FROM seals) = $1::bigint - 1`,
      [
        seal.seal, seal.from.epoch, String(seal.from.txid), seal.from.position, seal.to.epoch, String(seal.to.txid), seal.to.position,
        seal.events, seal.total, seal.topics, seal.newestMs, records, seal.root, seal.chain,
      ],
    );
    return rowCount === 1 ? seal.events : 0;
  } catch (error) {
    if (sqlState(error) === '23505') return 0;
    throw error;
  }
}

export interface SealingOptions {
  readonly pool: Pool;
  /** The name of the log, in its heads. */
  readonly log: string;
  /** Without one there are seals and no heads. */
  readonly key?: SealKey | undefined;
  /** Is told each head that is signed, before it is stored: whoever is killed between has told it, and the next one signs and tells another. */
  readonly onHead?: (head: Head) => void;
  /** Unix ms. */
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  /** Rejects when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Seals all that is below the horizon, at work a quarter of the time. Signs a head when an hour has passed since the last one; and at the
 * end also when the newest event that the last one speaks of is an hour old, for it may have been signed while a backlog was sealed.
 */
export async function sealLog(options: SealingOptions, signal: AbortSignal): Promise<void> {
  const { pool, monotonicMs, sleep } = options;
  for (;;) {
    signal.throwIfAborted();
    const beganMs = monotonicMs();
    const sealed = await sealNext(pool);
    if (sealed < SEAL_ROWS) break;
    await signDue(options);
    await sleep(restMs(monotonicMs() - beganMs, SHARE), signal);
  }
  await signDue(options, true);
}

/** Signs a head of the last seal, unless the last head is younger than an hour, with all that it speaks of where `byEvents`, or there is nothing new. */
async function signDue({ pool, log, key, onHead, nowMs }: SealingOptions, byEvents = false): Promise<void> {
  if (key === undefined) return;
  const { last, newestMs } = await lastHead(pool);
  const atMs = last === undefined ? 0 : Date.parse(last.at);
  if (last?.keyId === key.keyId && nowMs() - (byEvents ? Math.min(atMs, newestMs) : atMs) < HOUR_MS) return;
  const { seal, to, total, chain } = await lastSeal(pool);
  if (seal === 0 || (seal === last?.seal && last.keyId === key.keyId)) return;
  const head = key.sign({ log, seal, total, upTo: to, chain: chain.toString('hex'), at: new Date(nowMs()).toISOString() });
  onHead?.(head);
  await run(pool, 'INSERT INTO seal_heads (seal, key_id, head) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [head.seal, head.keyId, JSON.stringify(head)]);
}

/** `newestMs`: of the events of its seal. */
async function lastHead(db: Tx): Promise<{ readonly last: Head | undefined; readonly newestMs: number }> {
  const { rows: [row] } = await run(db, 'SELECT h.head, s.newest_ms FROM seal_heads h LEFT JOIN seals s USING (seal) ORDER BY h.signed_at DESC, h.seal DESC LIMIT 1', []);
  return { last: row?.head, newestMs: Number(row?.newest_ms ?? 0) };
}

/** The signed heads after one, oldest first; from the first one on without it. */
export async function readHeads(db: Tx, after: Pick<Head, 'seal' | 'keyId'> | undefined, limit: number): Promise<Head[]> {
  const { rows } = await run(db, 'SELECT head FROM seal_heads WHERE (seal, key_id) > ($1, $2) ORDER BY seal, key_id LIMIT $3', [after?.seal ?? 0, after?.keyId ?? '', limit]);
  return rows.map(({ head }) => head);
}
