import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { uuid7 } from '@commerce/events/uuid7';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import pg from 'pg';
import type { Said } from '../test-kit/start.ts';
import { startTally, until } from '../test-kit/start.ts';
import type { Outside } from '../test-kit/tally.ts';
import { append, catalogue, MAP, openTally, outsideTable, Refused, RetryLater, tallyExtension, trigger } from '../test-kit/tally.ts';
import type { StoredEvent } from './event.ts';
import { START } from './event.ts';
import { EventLog } from './log.pg.ts';
import type { Readers } from './readers.ts';
import { registerMap } from './readers.ts';
import { fetchAfter } from './tail.pg.ts';
import { redrive, skipDead } from './dead-letters.pg.ts';

let database: TestDatabase;
let pool: pg.Pool;
let log: EventLog;
let running: Readers[];

beforeEach(async () => {
  database = await createTestDatabase();
  ({ pool, log } = await openTally(database.url, { fresh: true }));
  running = [];
});

afterEach(async () => {
  await Promise.all(running.map((readers) => readers.stop()));
  await log.close();
  await pool.end();
  await database.drop();
});

async function start(outside: Outside = outsideTable(pool), options: Parameters<typeof startTally>[3] = {}): Promise<Readers> {
  const readers = await startTally(log, database.url, outside, options);
  running.push(readers);
  return readers;
}

/** Commits whose answer is lost: the server has done them, the client hears of a broken connection. */
function loseCommits(target: pg.Pool, which: (count: number) => boolean): () => number {
  let commits = 0;
  let lost = 0;
  const connect = target.connect.bind(target) as () => Promise<pg.PoolClient>;
  (target as { connect: unknown }).connect = async (...given: unknown[]) => {
    if (given.length > 0) return (connect as (...all: unknown[]) => unknown)(...given);
    const client = await connect();
    const query = client.query.bind(client) as (...all: unknown[]) => Promise<unknown>;
    (client as { query: unknown }).query = async (...all: unknown[]) => {
      const result = await query(...all);
      commits += all[0] === 'COMMIT' ? 1 : 0;
      if (all[0] !== 'COMMIT' || !which(commits)) return result;
      lost += 1;
      throw Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });
    };
    const release = client.release.bind(client);
    client.release = (error) => {
      (client as { query: unknown }).query = query;
      release(error);
    };
    return client;
  };
  return () => lost;
}

const numbersOf = async (subject: string): Promise<number[]> => (await pool.query('SELECT numbers FROM tally WHERE subject = $1', [subject])).rows[0]?.numbers ?? [];
const numbers = (subject: string, expected: number[]): Promise<true> =>
  until(async () => (JSON.stringify(await numbersOf(subject)) === JSON.stringify(expected) ? true : undefined), `${subject} is ${expected.join(',')}`);
const workOf = async (subject: string): Promise<{ handler: string; state: string; attempt: number }[]> =>
  (await pool.query('SELECT handler, state, attempt FROM work WHERE subject = $1 ORDER BY txid, position, handler', [subject])).rows;
const allSent = (expected: number): Promise<true> =>
  until(async () => ((await pool.query("SELECT count(*)::int AS n FROM events WHERE type = 'Sent'")).rows[0].n >= expected ? true : undefined), `${expected} outcomes`);

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
  });

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
    const read = await fetchAfter(pool, log.epoch, START, Date.now(), 100, Date.now());
    expect(read.events.map((event) => event.cursor.txid)).toEqual(txids);
    expect((await log.history('digits')).map((event) => event.cursor.txid)).toEqual(txids);
  });

  test('an event committed while an older transaction is open is read when that one ends, within 30 ms', async () => {
    await start();
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    await other.query('BEGIN; SELECT pg_current_xact_id()');
    await append(log, { subject: 'horizon', n: 1 });
    await delay(300);
    expect(await numbersOf('horizon')).toEqual([]);
    await other.query('COMMIT');
    const ended = performance.now();
    await numbers('horizon', [1]);
    const took = performance.now() - ended;
    await other.end();
    // The reader looks every 25 ms at most; what is above that is the handling and the machine.
    expect(took).toBeLessThan(250);
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

  test('that throws parks its event and holds its own subject; others go on, and a skip lets the held ones follow', async () => {
    await start();
    const poison = await append(log, { subject: 'sick', n: 1, mode: 'poison' });
    await append(log, { subject: 'sick', n: 2 });
    await append(log, { subject: 'well', n: 1 });
    await numbers('well', [1]);
    await until(async () => ((await workOf('sick')).filter((row) => row.handler === 'tally.add').length === 2 ? true : undefined), 'both are parked');
    expect((await workOf('sick')).filter((row) => row.handler === 'tally.add').map((row) => row.state)).toEqual(['ready', 'behind']);
    await pool.query("UPDATE work SET state = 'dead' WHERE event_id = $1 AND handler = 'tally.add'", [poison]);
    expect(await skipDead(pool, 'tally.add', poison, { by: 'operator', reason: 'test' })).toBe(true);
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

  test('that never answers is ended at its time budget; other subjects are not delayed', async () => {
    const hanging = new Promise<void>(() => undefined);
    await start(async ({ subject, attempt }) => (subject === 'hang' && attempt === 1 ? hanging : undefined), { timeBudgetMs: 100 });
    await append(log, { subject: 'hang', n: 1 });
    const others = performance.now();
    for (let n = 0; n < 5; n += 1) await append(log, { subject: `free-${n}`, n });
    await allSent(5);
    expect(performance.now() - others).toBeLessThan(900);
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
    expect(await redrive(pool, 'tally.send', first)).toBe(true);
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

  test('in flight when the readers stop is finished and its outcome is written', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const readers = await start(async () => gate);
    await append(log, { subject: 'drain', n: 1 });
    await until(async () => (readers.state()[0]?.jobs === 1 ? true : undefined), 'the effect runs');
    await delay(50);
    const stopped = readers.stop();
    running = [];
    release();
    await stopped;
    expect((await log.history('drain')).map((event) => event.type)).toContain('Sent');
    expect(await workOf('drain')).toEqual([]);
    expect((await pool.query('SELECT count(*)::int AS n FROM readers WHERE owner IS NOT NULL')).rows[0].n).toBe(0);
  });
});

describe('an extension of which most events fail', () => {
  test('pauses with an alarm instead of parking everything', async () => {
    const said: Said[] = [];
    await start(undefined, { said });
    await Promise.all(Array.from({ length: 300 }, (_, n) => append(log, { subject: `p${n}`, n, mode: 'poison' })));
    await until(async () => (said.some(({ data }) => 'err' in data && data.err instanceof Error && data.err.name === 'ReaderPaused') ? true : undefined), 'the pause');
    expect((await pool.query("SELECT count(*)::int AS n FROM work WHERE handler = 'tally.add'")).rows[0].n).toBeLessThan(300);
  });
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
  await expect(EventLog.open({ pool, catalogue, nowMs: Date.now, uuid: () => uuid7(Date.now()) })).rejects.toThrow('UPDATE log_state SET epoch = epoch + 1');
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

test('more jobs than fit into memory are run all the same, each once and in the order of its subject', async () => {
  const calls = new Map<string, number[]>();
  let open = false;
  await start(async ({ subject, n }) => {
    if (!open) throw new RetryLater('not yet', { afterMs: 200 });
    calls.set(subject, [...(calls.get(subject) ?? []), n]);
  });
  const events = Array.from({ length: 5_600 }, (_, n) => log.prepare({ type: 'Added', data: { subject: `many-${n % 2_800}`, n } }, 'test', trigger()));
  for (let from = 0; from < events.length; from += 400) {
    const insert = log.insert(events.slice(from, from + 400), 1);
    await pool.query(insert.text, insert.values);
    log.wake();
  }
  await until(async () => ((await pool.query("SELECT count(*)::int AS n FROM work WHERE handler = 'tally.send'")).rows[0].n === 5_600 ? true : undefined), 'all are rows', 20_000);
  open = true;
  await until(async () => ([...calls.values()].flat().length >= 5_600 ? true : undefined), 'all have run', 25_000);
  for (let n = 0; n < 2_800; n += 1) expect(calls.get(`many-${n}`)).toEqual([n, n + 2_800]);
}, 60_000);

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
  await until(async () => ((await workOf('freed')).some((row) => row.handler === 'tally.add') ? true : undefined), 'it is parked');
  await pool.query("UPDATE work SET state = 'dead' WHERE event_id = $1 AND handler = 'tally.add'", [dead]);
  for (let n = 2; n <= 6; n += 1) {
    await append(log, { subject: 'freed', n });
    if (n === 4) await until(async () => ((await skipDead(pool, 'tally.add', dead, { by: 'operator', reason: 'test' })) ? true : undefined), 'it is skipped');
  }
  await numbers('freed', [2, 3, 4, 5, 6]);
  await until(async () => ((await workOf('freed')).length === 0 ? true : undefined), 'nothing is left');
});

test('a clock that is hours off is refused at the start', async () => {
  await expect(EventLog.open({ pool, catalogue, nowMs: () => Date.now() + 2 * 3_600_000, uuid: () => uuid7(Date.now()) })).rejects.toThrow('off the database');
});
