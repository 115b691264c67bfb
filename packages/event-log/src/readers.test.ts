import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { uuid7 } from '@commerce/events/uuid7';
import pg from 'pg';
import { loseCommits } from '../test-kit/lost-commits.ts';
import { allSent, database, eachTestHasItsOwnLog, log, numbers, numbersOf, pool, running, start, workOf } from '../test-kit/per-test.ts';
import type { Said } from '../test-kit/start.ts';
import { startTally, until, untilSettled } from '../test-kit/start.ts';
import { append, catalogue, MAP, outsideTable, tallyExtension, trigger } from '../test-kit/tally.ts';
import type { Cursor, StoredEvent } from './event.ts';
import { START } from './event.ts';
import { fetchAfter } from './fetch.pg.ts';
import { EventLog } from './log.pg.ts';
import { registerMap } from './readers.ts';

eachTestHasItsOwnLog();

describe('the order of a subject', () => {
  test('events of 16 writers are handled once each, and in the order of their subject', async () => {
    const read: StoredEvent[] = [];
    await start(undefined, { streams: [{ name: 'stream', wants: (event) => event.type === 'Told', handle: async (events) => void read.push(...events) }] });
    await Promise.all(
      Array.from({ length: 16 }, async (_, writer) => {
        for (let index = 0; index < 25; index += 1) await append(log, { subject: `s${(index * 7 + writer) % 20}`, n: writer * 100 + index });
      }),
    );
    await allSent(400);
    await until(async () => (read.length >= 400 ? true : undefined), 'the stream has read all');
    const bySubject = new Map<string, number[]>();
    for (const event of read) bySubject.set(event.subject, [...(bySubject.get(event.subject) ?? []), event.sequence ?? 0]);
    for (const sequences of bySubject.values()) expect(sequences).toEqual(Array.from({ length: sequences.length }, (_, index) => index + 1));
    expect(new Set(read.map((event) => event.eventId)).size).toBe(400);
    expect((await pool.query('SELECT count(*)::int AS n, count(DISTINCT key)::int AS keys FROM outside')).rows[0]).toEqual({ n: 400, keys: 400 });
    expect((await pool.query('SELECT count(*)::int AS n FROM work')).rows[0].n).toBe(0);
  }, 60_000);

  test('is the order of transaction ids as numbers, also where they gain a digit', async () => {
    const txids = [9, 10, 98, 99, 100, 101, 999, 1000];
    for (const txid of txids.toReversed()) {
      const { eventId } = log.prepare({ type: 'Added', data: { subject: 'digits', n: txid } }, 'test', trigger());
      await pool.query(
        `INSERT INTO events (event_id, txid, epoch, origin, type, version, topic, subject, slot, correlation_id, source, occurred_at, metadata, data, digest)
         VALUES ($1, $2::xid8, 0, 'own', 'Added', 'v1', 'order-events', 'digits', 0, $1, 'test', now(), '{}', $3, '')`,
        [eventId, String(txid), JSON.stringify({ subject: 'digits', n: txid })],
      );
    }
    const read = await fetchAfter(pool, log.epoch, START, Date.now(), { rows: 100 }, Date.now());
    expect(read.events.map((event) => event.cursor.txid)).toEqual(txids);
    // Page by page as well: positions fall where transactions rise.
    const paged: bigint[] = [];
    for (let from: Cursor = START; ; ) {
      const { events } = await fetchAfter(pool, log.epoch, from, Date.now(), { rows: 3 }, Date.now());
      const last = events.at(-1);
      if (last === undefined) break;
      paged.push(...events.map((event) => BigInt(event.cursor.txid)));
      from = last.cursor;
    }
    expect(paged).toEqual(txids.map(BigInt));
    expect((await log.history('digits')).map((event) => event.cursor.txid)).toEqual(txids);
  });

  test('an event committed while an older transaction is open is read when that one ends, within 30 ms', async () => {
    await start();
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    const took: number[] = [];
    for (const subject of ['first', 'second', 'third']) {
      await other.query('BEGIN; SELECT pg_current_xact_id()');
      await append(log, { subject, n: 1 });
      await delay(60);
      expect(await numbersOf(subject)).toEqual([]);
      await other.query('COMMIT');
      const ended = performance.now();
      await numbers(subject, [1]);
      took.push(performance.now() - ended);
    }
    await other.end();
    // The reader looks every 25 ms at most, not at its next poll 190 ms later; what is above that is the handling and the machine.
    expect(Math.min(...took)).toBeLessThan(120);
  });
});

describe('a decision', () => {
  test('that says nothing new is in the ledger with its rule and evidence', async () => {
    await start();
    await append(log, { subject: 'again', n: 5 });
    const second = await append(log, { subject: 'again', n: 5 });
    const [entry] = await until(async () => ((await log.ignored('again')).length > 0 ? await log.ignored('again') : undefined), 'a ledger entry');
    expect(entry).toMatchObject({ handler: 'tally.add', eventId: second, rule: 'seen', evidence: { n: 5 } });
    expect(await numbersOf('again')).toEqual([5]);
  });

  test('whose time has not come is kept, does not hold later events, and is taken when its subject changes', async () => {
    await start();
    await append(log, { subject: 'wait', n: 2, mode: 'needs' });
    await until(async () => ((await workOf('wait')).some((row) => row.state === 'waiting') ? true : undefined), 'the event waits');
    await append(log, { subject: 'wait', n: 9 });
    await numbers('wait', [9]);
    await append(log, { subject: 'wait', n: 1 });
    await numbers('wait', [9, 1, 2]);
    await until(async () => ((await workOf('wait')).length === 0 ? true : undefined), 'no row is left');
  });

  test('whose time comes within its own batch is taken there, and what waited for that one follows', async () => {
    await registerMap({ log, extensions: [tallyExtension(outsideTable(pool))], map: MAP, streams: [] });
    for (const n of [4, 3, 2]) await append(log, { subject: 'chain', n, mode: 'needs' });
    await append(log, { subject: 'chain', n: 1 });
    await start();
    await numbers('chain', [1, 2, 3, 4]);
    await until(async () => ((await workOf('chain')).length === 0 ? true : undefined), 'nothing is left waiting');
  });

  test('of a timer is taken once when it is due, in the order of its subject', async () => {
    await start();
    await append(log, { subject: 'timed', n: 1, mode: 'timer' });
    const told = await until(async () => {
      const events = (await log.history('timed')).filter((event) => event.type === 'Told');
      return events.length === 2 ? events : undefined;
    }, 'the timer has told');
    expect(told.map((event) => (event.data as { n: number }).n)).toEqual([1, -1]);
    expect((await pool.query('SELECT count(*)::int AS n FROM timers')).rows[0].n).toBe(0);
  });
});

test.each([[undefined, 128], [300, 300]])('an extension that asks for %s subjects in a transaction gets up to %d', async (mostSubjects, most) => {
  const sizes: number[] = [];
  const plain = tallyExtension(outsideTable(pool));
  const counted = { ...plain, mostSubjects, store: { ...plain.store, load: (...given: Parameters<typeof plain.store.load>) => (sizes.push(given[1].length), plain.store.load(...given)) } };
  await registerMap({ log, extensions: [counted], map: MAP, streams: [] });
  // All of them become visible at once.
  const older = await pool.connect();
  await older.query('BEGIN; SELECT pg_current_xact_id()');
  await Promise.all(Array.from({ length: 400 }, (_, at) => append(log, { subject: `many${at}`, n: 1 })));
  await start(undefined, { given: { extensions: [counted] } });
  await older.query('COMMIT');
  older.release();
  await allSent(400);
  // A transaction of another test may divide what becomes visible.
  const largest = Math.max(...sizes);
  expect([largest <= most, largest > most / 2]).toEqual([true, true]);
});

test.each([0, 1.5, 513])('an extension that asks for %d subjects in a transaction is refused', async (mostSubjects) => {
  await expect(start(undefined, { given: { extensions: [{ ...tallyExtension(outsideTable(pool)), mostSubjects }] } })).rejects.toThrow(`asks for ${mostSubjects} subjects in a transaction: 1 to 512 are allowed`);
});

test('an extension that is full is given nothing of the log for a tenth of a second, and then a stretch all the same', async () => {
  let isFull = false;
  const plain = tallyExtension(outsideTable(pool));
  await start(undefined, { given: { extensions: [{ ...plain, store: { ...plain.store, isFull: () => isFull } }] } });
  await append(log, { subject: 'full', n: 1 });
  await numbers('full', [1]);
  isFull = true;
  const sinceMs = performance.now();
  for (const n of [2, 3]) {
    await append(log, { subject: 'full', n });
    await numbers('full', Array.from({ length: n }, (_, index) => index + 1));
  }
  const tookMs = performance.now() - sinceMs;
  expect([tookMs >= 100, tookMs < 2_000]).toEqual([true, true]);
});

describe('the map', () => {
  const register = (map: Record<string, string[]>) => registerMap({ log, extensions: [tallyExtension(async () => undefined)], map, streams: [] });

  test('with an unknown type, an unknown handler and an unmapped one is refused with all three', async () => {
    await expect(register({ Added: ['tally.add'], Gone: ['tally.add'], Told: ['tally.no'] })).rejects.toMatchObject({
      faults: [
        '"Gone" is mapped, but the catalogue has no such event type',
        '"Told" is mapped to "tally.no", but no extension declares that handler',
        '"tally.send" is declared by the extension tally, but the map connects it to nothing',
      ],
    });
  });

  test('registered again is the same version, changed it is the next, and the old one can no longer commit', async () => {
    const said: Said[] = [];
    await start(undefined, { said });
    const first = await register({ ...MAP } as Record<string, string[]>);
    expect(first.registered.mapVersion).toBe(1);
    const second = await register({ Added: ['tally.add', 'tally.send'], Told: ['tally.add'] });
    expect(second.registered.mapVersion).toBe(2);
    await append(log, { subject: 'old map', n: 1 });
    await until(async () => (said.some((line) => line.message.includes('taken over')) ? true : undefined), 'the old process notices');
    expect(await numbersOf('old map')).toEqual([]);
  });

  test('a new handler hears from now on, not the past', async () => {
    await append(log, { subject: 'past', n: 1 });
    // Now begins at the horizon.
    await untilSettled(pool);
    await start();
    await append(log, { subject: 'future', n: 1 });
    await numbers('future', [1]);
    expect(await numbersOf('past')).toEqual([]);
  });
});

test('an event in a version that the catalogue does not know is stored raw and parked', async () => {
  await start();
  const now = Date.now();
  const [result] = await log.appendForeign([
    { eventId: uuid7(now), eventType: 'Added', eventVersion: 'v2', timestamp: new Date(now).toISOString(), source: 'elsewhere', ...trigger(), data: { orderId: 'next', amount: '1' } },
  ]);
  expect(result).toEqual({ kind: 'appended' });
  const rows = await until(async () => ((await workOf('next')).length === 2 ? await workOf('next') : undefined), 'it is parked for both handlers');
  expect(rows.map((row) => row.state)).toEqual(['waiting', 'waiting']);
  expect((await log.history('next'))[0]).toMatchObject({ version: 'v2', data: { orderId: 'next', amount: '1' } });
});

test('a log that was moved to another cluster is refused with the command that mends it', async () => {
  await pool.query("UPDATE log_state SET system_identifier = '1'");
  await expect(EventLog.open({ pool, catalogue, nowMs: Date.now, uuid: () => uuid7(Date.now()) })).rejects.toThrow('epoch --bump');
});

test('other processes are told of each commit, once per moment, after it', async () => {
  const listener = new pg.Client({ connectionString: database.url });
  await listener.connect();
  let notices = 0;
  listener.on('notification', () => (notices += 1));
  await listener.query('LISTEN event_log');
  for (let round = 1; round <= 4; round += 1) {
    await Promise.all(Array.from({ length: 10 }, (_, n) => append(log, { subject: `told-${n}`, n: round })));
    await until(async () => (notices >= round ? true : undefined), `the notice of round ${round}`);
    await delay(20);
  }
  expect(notices).toBeLessThan(30);
  await listener.end();
});

test('a commit whose answer is lost is not done twice, though the decision itself would do it again', async () => {
  const broken = new pg.Pool({ connectionString: database.url, max: 8, pipeline: true });
  broken.on('error', () => undefined);
  const other = await EventLog.open({ pool: broken, catalogue, nowMs: Date.now, uuid: () => uuid7(Date.now()) });
  const lost = loseCommits(broken, (commits) => commits > 6 && commits % 3 === 0);
  running.push(await startTally(other, database.url, outsideTable(pool), { leaseMs: 3_000, timeBudgetMs: 1_000 }));
  for (let n = 1; n <= 30; n += 1) {
    await append(log, { subject: `lost-${n % 3}`, n, mode: 'always' });
    await delay(10);
  }
  await until(async () => (JSON.stringify(await Promise.all([0, 1, 2].map((k) => numbersOf(`lost-${k}`)))).match(/\d+/g)?.length === 30 ? true : undefined), 'all 30 are added', 30_000);
  await delay(500);
  for (let k = 0; k < 3; k += 1) expect(await numbersOf(`lost-${k}`)).toEqual(Array.from({ length: 10 }, (_, index) => (k === 0 ? 3 : k) + index * 3));
  expect(lost()).toBeGreaterThan(2);
  await running.pop()?.stop();
  await other.close();
  await broken.end();
}, 60_000);

test('a clock that is hours off is refused at the start', async () => {
  await expect(EventLog.open({ pool, catalogue, nowMs: () => Date.now() + 2 * 3_600_000, uuid: () => uuid7(Date.now()) })).rejects.toThrow('off the database');
});
