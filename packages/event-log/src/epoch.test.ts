import { expect, test } from '@jest/globals';
import { uuid7 } from '@commerce/events/uuid7';
import { sealAll } from '../test-kit/dated.ts';
import { database, eachTestHasItsOwnLog, log, numbers, pool, running, start } from '../test-kit/per-test.ts';
import { startTally } from '../test-kit/start.ts';
import { append, catalogue, openTally, outsideTable } from '../test-kit/tally.ts';
import { bumpEpoch, readEpoch, StillRunning } from './epoch.pg.ts';
import { EventLog, LogMoved } from './log.pg.ts';
import { verifyLog } from './verify-log.pg.ts';

eachTestHasItsOwnLog();

test('after a restore into a cluster with lower transaction ids nothing that is written is missed or handled twice, and a repetition is still known', async () => {
  await start();
  for (const n of [1, 2, 3]) await append(log, { subject: 'restored', n });
  await numbers('restored', [1, 2, 3]);
  const now = Date.now();
  const foreign = { eventId: uuid7(now), eventType: 'Added', eventVersion: 'v1', timestamp: new Date(now).toISOString(), source: 'elsewhere', correlationId: uuid7(now), causationId: null, data: { subject: 'foreign', n: 1 }, metadata: {} };
  await log.appendForeign([foreign]);
  await numbers('foreign', [1]);
  await Promise.all(running.splice(0).map((readers) => readers.stop()));
  const unread = await append(log, { subject: 'restored', n: 4 });
  // As in a new cluster: all that was written has higher ids than what comes.
  const up = 1_000_000;
  for (const table of ['events', 'readers', 'work']) await pool.query(`UPDATE ${table} SET txid = (txid::text::bigint + ${up})::text::xid8`);
  await pool.query("UPDATE log_state SET system_identifier = '1'");

  await expect(EventLog.open({ pool, catalogue, nowMs: Date.now, uuid: () => uuid7(Date.now()) })).rejects.toThrow(LogMoved);
  expect(await readEpoch(pool)).toEqual({ epoch: 1, here: false });
  expect(await bumpEpoch(pool)).toEqual({ epoch: 2, here: true, bumped: true });
  expect(await bumpEpoch(pool)).toEqual({ epoch: 2, here: true, bumped: false });

  const restored = await openTally(database.url, { fresh: false });
  running.push(await startTally(restored.log, database.url, outsideTable(pool), {}));
  await append(restored.log, { subject: 'restored', n: 5 });
  await numbers('restored', [1, 2, 3, 4, 5]);
  expect(await restored.log.appendForeign([foreign])).toEqual([{ kind: 'duplicate' }]);
  expect((await restored.log.history('restored')).filter(({ type }) => type === 'Added').map(({ data }) => (data as { n: number }).n)).toEqual([1, 2, 3, 4, 5]);
  expect((await pool.query("SELECT count(*)::int AS n FROM events WHERE type = 'Told' AND causation_id = $1", [unread])).rows[0].n).toBe(1);
  await sealAll(pool, 3);
  const result = await verifyLog({ pool, nowMs: Date.now, keys: new Map(), onFinding: () => undefined, signal: new AbortController().signal });
  expect(result).toMatchObject({ findings: 0, unsealed: 0 });
  await Promise.all(running.splice(0).map((readers) => readers.stop()));
  await restored.log.close();
  await restored.pool.end();
});

test('an epoch is not ended under processes that read, not even on purpose', async () => {
  await start();
  await expect(bumpEpoch(pool, { evenSo: true })).rejects.toThrow(StillRunning);
  expect(await readEpoch(pool)).toEqual({ epoch: 1, here: true });
  await Promise.all(running.splice(0).map((readers) => readers.stop()));
  expect(await bumpEpoch(pool, { evenSo: true })).toMatchObject({ epoch: 2, bumped: true });
});
