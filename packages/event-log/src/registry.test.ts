import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import type pg from 'pg';
import { startTally, until } from '../test-kit/start.ts';
import type { Outside } from '../test-kit/tally.ts';
import { append, LATE_MAP, lateExtension, MAP, openTally, RetryLater, tallyExtension } from '../test-kit/tally.ts';
import type { EventLog } from './log.pg.ts';
import type { AnyExtension } from './map.ts';
import type { MapOptions, Readers, RegisteredMap } from './readers.ts';
import { registerMap } from './readers.ts';

let database: TestDatabase;
let pool: pg.Pool;
let log: EventLog;
let running: Readers[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  ({ pool, log } = await openTally(database.url, { fresh: true }));
});

beforeEach(() => pool.query("TRUNCATE events, readers, workers, work, timers, handlers, ledger, tally, outside; UPDATE log_state SET map_version = 0, map_digest = '', map_build = NULL"));

afterEach(async () => {
  await Promise.all(running.map((readers) => readers.stop()));
  running = [];
});

afterAll(async () => {
  await log.close();
  await pool.end();
  await database.drop();
});

const silent: Outside = async () => undefined;
const register = (given: Partial<MapOptions> = {}): Promise<RegisteredMap> => registerMap({ log, extensions: [tallyExtension(silent)], map: MAP, streams: [], ...given });
const late = { extensions: [lateExtension(silent)], map: LATE_MAP };

async function start(outside: Outside, given: Partial<MapOptions> = {}): Promise<Readers> {
  const readers = await startTally(log, database.url, outside, { given });
  running.push(readers);
  return readers;
}

/** The extension with its effect under another name. */
function renamed(outside: Outside): AnyExtension {
  const tally = tallyExtension(outside);
  return { ...tally, effects: { 'tally.deliver': tally.effects['tally.send'] } } as AnyExtension;
}
const RENAMED_MAP = { Added: ['tally.add', 'tally.deliver'] };

/** One effect handler with two events on its hands that it cannot do. */
async function leaveWork(): Promise<string[]> {
  const readers = await start(async () => {
    throw new RetryLater('closed', { afterMs: 60_000 });
  });
  const ids = [await append(log, { subject: 'left', n: 1 }), await append(log, { subject: 'left', n: 2 })];
  await until(async () => ((await pool.query("SELECT 1 FROM work WHERE handler = 'tally.send' AND attempt > 0")).rows.length > 0 ? true : undefined), 'the first was tried');
  await until(async () => ((await pool.query("SELECT 1 FROM work WHERE handler = 'tally.send'")).rows.length === 2 ? true : undefined), 'both are rows');
  await readers.stop();
  running = [];
  return ids;
}

describe('a changed map', () => {
  test('of an older build is refused, and says what to do', async () => {
    await register({ build: 42 });
    const newer = await register({ ...late, build: 43 });
    await expect(register({ build: 42 })).rejects.toThrow('The map of build 42 is older than that of build 43, which is registered. Start build 43 or a newer one. To go back on purpose, stop the newer processes and run: UPDATE log_state SET map_build = NULL;');
    expect((await register({ ...late, build: 43 })).registered).toEqual(newer.registered);
    await pool.query('UPDATE log_state SET map_build = NULL');
    expect((await register({ build: 42 })).registered.mapVersion).toBe(3);
  });

  test('of a newer build is taken, and so is one of the same build', async () => {
    await register({ build: '2026-11-21T18' });
    expect((await register({ ...late, build: '2026-11-22T07' })).registered.mapVersion).toBe(2);
    expect((await register({ build: '2026-11-22T07' })).registered.mapVersion).toBe(3);
  });

  test('without a build is taken, as the newest', async () => {
    await register({ build: 42 });
    expect((await register(late)).registered.mapVersion).toBe(2);
  });

  test('is compared by numbers as numbers, and never with a text', async () => {
    await register({ build: 9 });
    expect((await register({ ...late, build: 10 })).registered.mapVersion).toBe(2);
    await expect(register({ build: '11' })).rejects.toThrow('give all builds as numbers, or all as texts');
  });
});

test('the same map of an older build starts, and does not make the older build the newest', async () => {
  await register({ build: 43 });
  expect((await register({ build: 41 })).registered.mapVersion).toBe(1);
  await expect(register({ ...late, build: 42 })).rejects.toThrow('is older than that of build 43');
});

describe('a handler that is gone with work left', () => {
  test('is refused with its rows, and with what the map can say of it', async () => {
    await leaveWork();
    const refused = register({ extensions: [renamed(silent)], map: RENAMED_MAP });
    await expect(refused).rejects.toThrow('Handlers that the map no longer names still have work: tally.send (2 rows: 2 ready).');
    await expect(refused).rejects.toThrow("retired: { 'tally.send': 'drop' }");
    expect((await pool.query('SELECT map_version::int AS version FROM log_state')).rows[0].version).toBe(1);
  });

  test('and is dropped has each of its rows in the ledger', async () => {
    const ids = await leaveWork();
    await register({ extensions: [renamed(silent)], map: RENAMED_MAP, retired: { 'tally.send': 'drop' } });
    expect((await pool.query('SELECT 1 FROM work')).rows).toEqual([]);
    const ledger = await log.ignored('left');
    expect(ledger.map((entry) => [entry.handler, entry.eventId, entry.rule])).toEqual(ids.map((id) => ['tally.send', id, 'handler_retired']));
    expect(ledger[0]?.evidence).toMatchObject({ state: 'ready', attempt: 1, key: `tally.send:${ids[0]}`, error: { message: 'closed' } });
  });

  test('and has a new name goes on under it, with the keys of the old one, in order, and misses nothing in between', async () => {
    const ids = await leaveWork();
    const between = await append(log, { subject: 'left', n: 3 });
    const keys: string[] = [];
    const outside: Outside = async ({ key }) => void keys.push(key);
    await pool.query('UPDATE work SET due_at = clock_timestamp()');
    await start(outside, { extensions: [renamed(outside)], map: RENAMED_MAP, retired: { 'tally.send': 'tally.deliver' } });
    await until(async () => (keys.length === 3 ? true : undefined), 'all three are sent');
    expect(keys).toEqual([`tally.send:${ids[0]}`, `tally.send:${ids[1]}`, `tally.deliver:${between}`]);
    await until(async () => ((await pool.query('SELECT 1 FROM work')).rows.length === 0 ? true : undefined), 'nothing is left');
    expect(await log.ignored('left')).toEqual([]);
  });

  test('is named wrongly: every fault is told', async () => {
    await expect(register({ retired: { 'tally.send': 'drop', 'tally.old': 'tally.none', 'other.old': 'tally.add' }, fromBeginning: ['tally.none'] })).rejects.toMatchObject({
      faults: [
        '"tally.send" is named as retired, but an extension declares it',
        '"tally.old" is retired in favour of "tally.none", but no extension declares that handler',
        '"other.old" is retired in favour of "tally.add" of another extension, which stands elsewhere in the log; let it drain, or drop it',
        '"tally.none" is to hear from the beginning, but no extension declares that handler',
      ],
    });
  });

  test('and is merged into one that heard the same event leaves that event to it, with an entry in the ledger', async () => {
    const ids = await leaveWork();
    await pool.query("INSERT INTO handlers SELECT reader, 'tally.late-send', active_from_epoch, active_from_txid FROM handlers WHERE name = 'tally.send'");
    await pool.query("INSERT INTO work SELECT 'tally.late-send', event_id, reader, slot, subject, epoch, txid, position, state, 0, due_at, fence, 'own', NULL, NULL, NULL FROM work WHERE event_id = $1 AND handler = 'tally.send'", [ids[0]]);
    const both = lateExtension(silent);
    const only = { ...both, effects: { 'tally.late-send': both.effects['tally.late-send'] } } as AnyExtension;
    await register({ extensions: [only], map: { Added: ['tally.add', 'tally.late', 'tally.late-send'] }, retired: { 'tally.send': 'tally.late-send' } });
    const { rows } = await pool.query('SELECT handler, event_id, key FROM work ORDER BY position');
    expect(rows).toEqual([{ handler: 'tally.late-send', event_id: ids[0], key: 'own' }, { handler: 'tally.late-send', event_id: ids[1], key: `tally.send:${ids[1]}` }]);
    expect(await log.ignored('left')).toMatchObject([{ handler: 'tally.send', eventId: ids[0], rule: 'handler_retired', evidence: { heir: 'tally.late-send' } }]);
  });
});

describe('a handler that is gone while it still heard the past', () => {
  const pastOf = async (): Promise<string[]> => (await pool.query("SELECT name FROM readers WHERE name LIKE 'tally.%' ORDER BY name, partition")).rows.map((row) => row.name);

  beforeEach(async () => {
    await register();
    await append(log, { subject: 'past', n: 1 });
    await register({ ...late, fromBeginning: ['tally.late'] });
  });

  test('is refused with the partitions that it had still to hear, and when it is dropped they go', async () => {
    await expect(register()).rejects.toThrow('tally.late (4 rows: 4 partitions of the past to hear)');
    await register({ retired: { 'tally.late': 'drop' } });
    expect(await pastOf()).toEqual([]);
  });

  test('and has a new name hears the rest of the past under it', async () => {
    const base = lateExtension(silent);
    const extension = { ...base, handlers: { 'tally.add': base.handlers['tally.add'], 'tally.later': base.handlers['tally.late'] } } as AnyExtension;
    const { registered } = await register({ extensions: [extension], map: { Added: ['tally.add', 'tally.send', 'tally.later', 'tally.late-send'] }, retired: { 'tally.late': 'tally.later' } });
    expect(await pastOf()).toEqual(Array.from({ length: 4 }, () => 'tally.later'));
    expect(registered.activeFrom.get('tally.later')).toEqual({ epoch: 0, txid: 0 });
  });

  test('and is merged into one that has a place of its own is refused', async () => {
    const base = lateExtension(silent);
    const extension = { ...base, handlers: { 'tally.add': base.handlers['tally.add'] } } as AnyExtension;
    const merged = register({ extensions: [extension], map: { Added: ['tally.add', 'tally.send', 'tally.late-send'] }, retired: { 'tally.late': 'tally.add' } });
    await expect(merged).rejects.toThrow('tally.late still hears the past, and tally.add has a place of its own already');
  });
});
