/** Whether a log is sealed, signed and cleared, as monitoring is told. */
import { expect, test } from '@jest/globals';
import { appendDated, sealAll } from '../test-kit/dated.ts';
import { eachTestHasItsOwnLog, log, pool } from '../test-kit/per-test.ts';
import { readLogFigures } from './log-figures.pg.ts';
import type { Keeping } from './log-figures.pg.ts';
import { retain } from './retention.pg.ts';
import { DAY_MS } from './retention.ts';
import { ensurePartitions } from './schema.pg.ts';
import { sealKey } from './seal-head.ts';
import { sealLog } from './seals.pg.ts';

const signal = new AbortController().signal;
eachTestHasItsOwnLog();

const keeping = async (): Promise<Keeping> => (await readLogFigures(pool)).keeping;
const days = (count: number): unknown => expect.closeTo(count * 86_400, -2);

test('an empty log waits for nothing', async () => {
  expect(await keeping()).toEqual({ unsealedSeconds: 0, unsignedSeconds: 0, retentionBehindSeconds: 0, retentionWaitsFor: 'nobody' });
});

test('sealing and signing that stand still show by the first event and the first seal that they have not come to', async () => {
  await appendDated(log, Date.now(), ['order-events']);
  await appendDated(log, Date.now(), ['order-events']);
  await pool.query("UPDATE events SET recorded_at = recorded_at - interval '1 hour'");
  expect(await keeping()).toMatchObject({ unsealedSeconds: expect.closeTo(3_600, -2), unsignedSeconds: 0 });
  await sealAll(pool, 1);
  expect(await keeping()).toMatchObject({ unsealedSeconds: 0, unsignedSeconds: 0 });
  const sign = (): Promise<void> => sealLog({ pool, log: 'test', key: sealKey(Buffer.alloc(32, 1).toString('base64')), nowMs: Date.now, monotonicMs: () => 0, sleep: async () => undefined }, signal);
  await sign();
  await pool.query("UPDATE seals SET sealed_at = sealed_at - interval '5 hours'");
  expect(await keeping()).toMatchObject({ unsignedSeconds: 0 });
  await appendDated(log, Date.now(), ['order-events']);
  await sealAll(pool);
  await pool.query("UPDATE seals SET sealed_at = sealed_at - interval '2 hours'");
  expect(await keeping()).toMatchObject({ unsignedSeconds: expect.closeTo(7_200, -2) });
  await pool.query("UPDATE seal_heads SET head = jsonb_set(head::jsonb, '{at}', '\"2020-01-01T00:00:00.000Z\"')::json");
  await sign();
  expect(await keeping()).toMatchObject({ unsignedSeconds: 0 });
});

test('retention that never ran, or waits, shows by how much, and before whom nothing is removed', async () => {
  const now = Date.now();
  await ensurePartitions(pool, now - 40 * DAY_MS);
  await appendDated(log, now - 35 * DAY_MS, ['inventory-events']);
  await appendDated(log, now - 33 * DAY_MS, ['inventory-events']);
  // Stays for 31 days.
  expect(await keeping()).toMatchObject({ retentionBehindSeconds: days(4), retentionWaitsFor: 'nobody' });
  await sealAll(pool, 1);
  await pool.query(`INSERT INTO readers (name, partition, slot_from, slot_to, epoch, txid, position, recorded_at)
    SELECT 'slow', 0, 0, 255, epoch, txid, position, now() FROM events ORDER BY event_id LIMIT 1`);
  expect(await retain({ pool, nowMs: () => now }, signal)).toMatchObject({ removed: 1, isWaiting: true });
  expect(await keeping()).toMatchObject({ retentionBehindSeconds: days(2), retentionWaitsFor: 'reader slow' });
  await pool.query('DELETE FROM readers');
  expect(await retain({ pool, nowMs: () => now }, signal)).toMatchObject({ removed: 1, isWaiting: false });
  // What is left is not past its time, or nothing is.
  await appendDated(log, now, ['inventory-events']);
  expect(await keeping()).toMatchObject({ retentionBehindSeconds: expect.closeTo(0, -2), retentionWaitsFor: 'sealing' });
});
