import { describe, expect, test } from '@jest/globals';
import { eachTestHasItsOwnLog, log, numbers, pool, start, workOf } from '../test-kit/per-test.ts';
import type { Said } from '../test-kit/start.ts';
import { until } from '../test-kit/start.ts';
import { append, MAP, outsideTable, tallyExtension, trigger } from '../test-kit/tally.ts';
import { registerMap } from './readers.ts';
import { giveUpDead } from './dead-selections.pg.ts';

eachTestHasItsOwnLog();

/** The next attempt of a parked event is its last. Asked again and again, for one that is under way writes its own count over it. */
const givenUp = (subject: string, eventId: string): Promise<true> =>
  until(async () => {
    await pool.query("UPDATE work SET attempt = 19, due_at = clock_timestamp() WHERE event_id = $1 AND handler = 'tally.add' AND state = 'ready'", [eventId]);
    return (await workOf(subject)).some((row) => row.handler === 'tally.add' && row.state === 'dead') ? true : undefined;
  }, `the first of ${subject} is given up`);

describe('a decision', () => {
  test('that throws parks its event and holds its own subject; others go on, and a skip lets the held ones follow', async () => {
    await start();
    const poison = await append(log, { subject: 'sick', n: 1, mode: 'poison' });
    await append(log, { subject: 'sick', n: 2 });
    await append(log, { subject: 'well', n: 1 });
    await numbers('well', [1]);
    await until(async () => ((await workOf('sick')).filter((row) => row.handler === 'tally.add').length === 2 ? true : undefined), 'both are parked');
    expect((await workOf('sick')).filter((row) => row.handler === 'tally.add').map((row) => row.state)).toEqual(['ready', 'behind']);
    await givenUp('sick', poison);
    expect((await giveUpDead(pool, { rows: [{ handler: 'tally.add', eventId: poison }] }, undefined, 10, { by: 'operator', reason: 'test' })).count).toBe(1);
    await numbers('sick', [2]);
    expect((await log.ignored('sick'))[0]).toMatchObject({ rule: 'skipped', evidence: { by: 'operator', reason: 'test' } });
  });

  test('whose write the database refuses is parked alone, the rest of its batch is written', async () => {
    await Promise.all([
      append(log, { subject: 'refused', n: 1, mode: 'unstorable' }),
      ...Array.from({ length: 20 }, (_, n) => append(log, { subject: `fine-${n}`, n })),
    ]);
    await registerMap({ log, extensions: [tallyExtension(outsideTable(pool))], map: MAP, streams: [] });
    await pool.query('UPDATE readers SET epoch = 0, txid = \'0\', position = 0');
    await pool.query('UPDATE handlers SET active_from_epoch = 0, active_from_txid = \'0\'');
    await start();
    for (let n = 0; n < 20; n += 1) await numbers(`fine-${n}`, [n]);
    const parked = (await workOf('refused')).find((row) => row.handler === 'tally.add');
    expect(parked).toMatchObject({ state: 'ready' });
    expect((await pool.query("SELECT last_error->>'message' AS message FROM work WHERE subject = 'refused' AND handler = 'tally.add'")).rows[0].message).toContain('check constraint');
  });
});

describe('an extension of which most events fail', () => {
  test('pauses with an alarm instead of parking everything', async () => {
    const said: Said[] = [];
    await registerMap({ log, extensions: [tallyExtension(outsideTable(pool))], map: MAP, streams: [] });
    // Those that are fine come first, so that nothing is parked yet whose attempts would come between.
    const events = Array.from({ length: 400 }, (_, n) => ({ subject: `p${n}`, n, ...(n >= 150 && { mode: 'poison' as const }) }));
    const insert = log.insert(events.map((data) => log.prepare({ type: 'Added', data }, 'test', trigger())), 1);
    await pool.query(insert.text, insert.values);
    await start(undefined, { said });
    await until(async () => (said.some(({ data }) => 'err' in data && data.err instanceof Error && data.err.name === 'ReaderPaused') ? true : undefined), 'the pause');
    expect((await pool.query("SELECT count(*)::int AS n FROM work WHERE handler = 'tally.add'")).rows[0].n).toBeLessThan(250);
  });
});

test('a parked event whose write is refused again counts its attempts, and the others behind it are not charged', async () => {
  await start();
  await append(log, { subject: 'stuck', n: 1, mode: 'unstorable' });
  await append(log, { subject: 'stuck', n: 2 });
  await until(async () => ((await workOf('stuck')).some((row) => row.handler === 'tally.add' && row.attempt >= 3) ? true : undefined), 'three attempts');
  const rows = (await workOf('stuck')).filter((row) => row.handler === 'tally.add');
  expect(rows.map((row) => row.state)).toEqual(['ready', 'behind']);
  expect(rows[1]?.attempt).toBe(0);
});

test('a dead event that is skipped frees what stood behind it, whenever that came', async () => {
  await start();
  const dead = await append(log, { subject: 'freed', n: 1, mode: 'poison' });
  await givenUp('freed', dead);
  for (let n = 2; n <= 6; n += 1) {
    await append(log, { subject: 'freed', n });
    if (n === 4) await until(async () => ((await giveUpDead(pool, { rows: [{ handler: 'tally.add', eventId: dead }] }, undefined, 10, { by: 'operator', reason: 'test' })).count === 1 || undefined), 'it is skipped');
  }
  await numbers('freed', [2, 3, 4, 5, 6]);
  await until(async () => ((await workOf('freed')).length === 0 ? true : undefined), 'nothing is left');
});
