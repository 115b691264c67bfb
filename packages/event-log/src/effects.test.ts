import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { allSent, eachTestHasItsOwnLog, log, pool, running, start, workOf } from '../test-kit/per-test.ts';
import { until } from '../test-kit/start.ts';
import { append, Refused, RetryLater, trigger } from '../test-kit/tally.ts';
import { redriveDead } from './dead-selections.pg.ts';
import { inTransaction } from './transaction.pg.ts';

eachTestHasItsOwnLog();

describe('an effect', () => {
  test('that fails is run again under the same key with backoff, and later ones of its subject wait for it', async () => {
    const calls: { key: string; n: number; attempt: number }[] = [];
    await start(async ({ key, n, attempt }) => {
      calls.push({ key, n, attempt });
      if (n === 1 && attempt < 3) throw new RetryLater('not now');
    });
    await append(log, { subject: 'order', n: 1 });
    await append(log, { subject: 'order', n: 2 });
    await allSent(2);
    expect(calls.map((call) => [call.n, call.attempt])).toEqual([[1, 1], [1, 2], [1, 3], [2, 1]]);
    expect(new Set(calls.filter((call) => call.n === 1).map((call) => call.key)).size).toBe(1);
  });

  test('that never answers is ended at its time budget, and run again', async () => {
    const hanging = new Promise<void>(() => undefined);
    const attempts: number[] = [];
    await start(async ({ attempt }) => {
      attempts.push(attempt);
      if (attempt === 1) await hanging;
    }, { timeBudgetMs: 100 });
    await append(log, { subject: 'hang', n: 1 });
    await allSent(1);
    expect(attempts).toEqual([1, 2]);
  });

  test('that takes long delays no other subject', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    await start(async ({ subject }) => (subject === 'long' ? gate : undefined), { timeBudgetMs: 10_000 });
    await append(log, { subject: 'long', n: 1 });
    for (let n = 0; n < 5; n += 1) await append(log, { subject: `free-${n}`, n });
    await allSent(5);
    expect((await log.history('long')).map(({ type }) => type)).not.toContain('Sent');
    release();
    await allSent(6);
  });

  test('that fails for the last time is dead with its error, holds its subject, and goes on when it is redriven', async () => {
    let broken = true;
    await start(async ({ n }) => {
      if (n === 1 && broken) throw new Error('no such place');
    }, { maxAttempts: 2 });
    const first = await append(log, { subject: 'dead', n: 1 });
    await until(async () => ((await workOf('dead')).some((row) => row.state === 'dead') ? true : undefined), 'a dead letter');
    await append(log, { subject: 'dead', n: 2 });
    await until(async () => ((await workOf('dead')).some((row) => row.state === 'behind') ? true : undefined), 'the next is held');
    const { rows } = await pool.query('SELECT attempt, last_error FROM work WHERE event_id = $1', [first]);
    expect(rows[0]).toMatchObject({ attempt: 2, last_error: { message: 'no such place' } });
    broken = false;
    expect((await redriveDead(pool, { rows: [{ handler: 'tally.send', eventId: first }] }, undefined, 10)).count).toBe(1);
    await allSent(2);
    expect((await log.history('dead')).filter((event) => event.type === 'Sent').map((event) => (event.data as { n: number }).n)).toEqual([1, 2]);
  });

  test('that is refused without a rule for it is a dead letter at once', async () => {
    await start(async () => {
      throw new Refused('closed', 'The course is closed.');
    });
    await append(log, { subject: 'no', n: 1 });
    const row = await until(async () => (await pool.query("SELECT attempt, last_error FROM work WHERE subject = 'no' AND state = 'dead'")).rows[0], 'a dead letter');
    expect(row).toMatchObject({ attempt: 1, last_error: { code: 'closed', message: 'The course is closed.' } });
  });

  test('for which an event says that it is not needed is not run, and no row is written for it', async () => {
    const sent: number[] = [];
    await start(async ({ n }) => void sent.push(n), { isNeeded: ({ data }) => (data as { n: number }).n !== 1 });
    await pool.query(`CREATE TABLE written AS SELECT event_id FROM work; CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO written VALUES (new.event_id); RETURN new; END $$;
      CREATE TRIGGER noted AFTER INSERT ON work FOR EACH ROW EXECUTE FUNCTION note()`);
    await append(log, { subject: 'idle', n: 1 });
    const needed = await append(log, { subject: 'idle', n: 2 });
    await allSent(1);
    expect(sent).toEqual([2]);
    expect((await pool.query('SELECT event_id FROM written')).rows).toEqual([{ event_id: needed }]);
    expect((await pool.query('SELECT 1 FROM ledger')).rows).toEqual([]);
  });

  test('in flight when the readers stop is finished and its outcome is written', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const readers = await start(async () => gate);
    await append(log, { subject: 'drain', n: 1 });
    await until(async () => (readers.state()[0]?.jobs === 1 ? true : undefined), 'the effect runs');
    await delay(50);
    const stopped = readers.stop();
    running.length = 0;
    release();
    await stopped;
    expect((await log.history('drain')).map((event) => event.type)).toContain('Sent');
    expect(await workOf('drain')).toEqual([]);
    expect((await pool.query('SELECT count(*)::int AS n FROM readers WHERE owner IS NOT NULL')).rows[0].n).toBe(0);
  });
});

(process.env['LONG'] === '1' ? test : test.skip)('more jobs than fit into memory are run all the same, each once and in the order of its subject (with LONG=1)', async () => {
  const calls = new Map<string, number[]>();
  let open = false;
  await start(async ({ subject, n }) => {
    if (!open) throw new RetryLater('not yet', { afterMs: 600_000 });
    calls.set(subject, [...(calls.get(subject) ?? []), n]);
  });
  const events = Array.from({ length: 5_600 }, (_, n) => log.prepare({ type: 'Added', data: { subject: `many-${n % 2_800}`, n } }, 'test', trigger()));
  for (let from = 0; from < events.length; from += 400) {
    const insert = log.insert(events.slice(from, from + 400), 1);
    await pool.query(insert.text, insert.values);
    log.wake();
  }
  await until(async () => ((await pool.query("SELECT count(*)::int AS n FROM work WHERE handler = 'tally.send'")).rows[0].n === 5_600 ? true : undefined), 'all are rows', 60_000);
  open = true;
  await inTransaction(pool, (tx) => log.pullIn(tx, Array.from({ length: 2_800 }, (_, n) => `many-${n}`)));
  await until(async () => ([...calls.values()].flat().length >= 5_600 ? true : undefined), 'all have run', 60_000);
  for (let n = 0; n < 2_800; n += 1) expect(calls.get(`many-${n}`)).toEqual([n, n + 2_800]);
}, 120_000);
