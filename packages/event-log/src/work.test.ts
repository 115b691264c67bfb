/** Fences: who lost a partition to another process ends nothing, changes nothing and moves nothing of it any more. */
import { expect, test } from '@jest/globals';
import { eachTestHasItsOwnLog, log, pool } from '../test-kit/per-test.ts';
import type { Cursor } from './event.ts';
import { moveCursors, StaleFence } from './cursors.pg.ts';
import { inTransaction } from './transaction.pg.ts';
import { deleteWork, updateWork } from './work.pg.ts';

const HANDLER = 'tally.send';
const FENCE = 7;
eachTestHasItsOwnLog();

/** A job that its present owner has under `FENCE`. */
async function job(): Promise<string> {
  const eventId = log.preparer.uuid();
  await pool.query(
    `INSERT INTO work (handler, event_id, reader, slot, subject, epoch, txid, position, state, attempt, fence, key) VALUES ($1, $2, 'tally', 0, 's', 1, '1', 1, 'ready', 1, $3, $4)`,
    [HANDLER, eventId, FENCE, eventId],
  );
  return eventId;
}

const rowOf = async (eventId: string): Promise<unknown> => (await pool.query('SELECT state, attempt FROM work WHERE event_id = $1', [eventId])).rows[0];

test('only who has a job may end it, or change it', async () => {
  const eventId = await job();
  const change = (fence: number): Promise<void> => inTransaction(pool, (tx) => updateWork(tx, [{ handler: HANDLER, eventId, fence, state: 'dead', attempt: 2, dueInMs: 0, error: null, keyTtlMs: null }]));
  const end = (fence: number): Promise<void> => inTransaction(pool, (tx) => deleteWork(tx, [{ handler: HANDLER, eventId, fence }]));
  await expect(change(FENCE - 1)).rejects.toThrow(StaleFence);
  await expect(end(FENCE - 1)).rejects.toThrow(StaleFence);
  expect(await rowOf(eventId)).toEqual({ state: 'ready', attempt: 1 });
  await change(FENCE);
  expect(await rowOf(eventId)).toEqual({ state: 'dead', attempt: 2 });
  await end(FENCE);
  expect(await rowOf(eventId)).toBeUndefined();
});

/** A partition that stands at transaction 10, owned under `FENCE`. */
async function partition(reader: string, haltTxid: number | null): Promise<(to: Cursor, fence?: number) => Promise<void>> {
  await pool.query(
    `INSERT INTO readers (name, partition, slot_from, slot_to, epoch, txid, position, recorded_at, fence, halt_epoch, halt_txid) VALUES ($1, 0, 0, 255, 1, '10', 1, now(), $2, $3, $4::xid8)`,
    [reader, FENCE, haltTxid === null ? null : 1, haltTxid === null ? null : String(haltTxid)],
  );
  const cursor = { epoch: 1, txid: 10, position: 1 };
  return (to, fence = FENCE) => moveCursors(pool, [{ owned: { reader, partition: 0, slotFrom: 0, slotTo: 255, fence, cursor, recordedAtMs: 0 }, cursor: to, recordedAtMs: 0 }]);
}

test('only who has a partition moves its cursor', async () => {
  const move = await partition('owned', null);
  await expect(move({ epoch: 1, txid: 20, position: 1 }, FENCE - 1)).rejects.toThrow(StaleFence);
  await move({ epoch: 1, txid: 20, position: 1 });
});

test('a cursor does not move beyond the place at which its partition halts', async () => {
  const move = await partition('halting', 15);
  await expect(move({ epoch: 1, txid: 15, position: 1 })).rejects.toThrow(StaleFence);
  await move({ epoch: 1, txid: 14, position: 9 });
});
