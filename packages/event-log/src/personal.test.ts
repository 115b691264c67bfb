import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createCatalogue, defineEvent } from '@commerce/events/catalogue';
import type { EventEnvelope } from '@commerce/events/envelope';
import { personal } from '@commerce/events/personal';
import { compilePattern } from '@commerce/events/pattern';
import { uuid7 } from '@commerce/events/uuid7';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { eventually } from '@commerce/service-kit/test-eventually';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import { aessiv } from '@noble/ciphers/aes.js';
import pg from 'pg';
import { z } from 'zod';
import { untilSettled } from '../test-kit/start.ts';
import { AesSiv } from './aes-siv.ts';
import { inCurrentForm } from './current-form.ts';
import { followErasures } from './erasure-notices.pg.ts';
import { START } from './event.ts';
import type { StoredEvent, Trigger } from './event.ts';
import { readEventStory } from './event-story.pg.ts';
import { loadEvents } from './events.pg.ts';
import { fetchAfter } from './fetch.pg.ts';
import { readHistory } from './history.pg.ts';
import { EventLog } from './log.pg.ts';
import type { PersonalData, PersonalParts } from './personal.ts';
import { asErased, marksOf, openedEvent, personalParts, sealedData } from './personal.ts';
import { destroyKey, openPersonalData } from './personal-keys.pg.ts';
import { masterKeys } from './personal-master.ts';
import { MIGRATIONS } from './schema.pg.ts';
import { sealLog } from './seals.pg.ts';
import { inTransaction } from './transaction.pg.ts';
import { verifyLog } from './verify-log.pg.ts';

const catalogue = createCatalogue([
  defineEvent({
    type: 'GuestCame', constant: 'GUEST_CAME', webhook: 'guest.came', topic: 'user-events', description: 'Somebody came.',
    versions: { v1: z.strictObject({ guestId: z.string(), name: personal(z.string()), address: personal(z.strictObject({ city: z.string() })).optional(), room: z.strictObject({ note: personal(z.string()).nullish() }), bags: z.array(z.strictObject({ kilos: z.number() })).optional() }) },
    subject: (data) => data.guestId, customer: (data) => data.guestId,
    example: { guestId: 'g', name: 'Ada', room: {} },
  }),
  defineEvent({ type: 'RoomCleaned', constant: 'ROOM_CLEANED', webhook: 'room.cleaned', topic: 'user-events', description: 'A room.', versions: { v1: z.strictObject({ room: z.string() }) }, subject: (data) => data.room, example: { room: '7' } }),
]);

const KEY = Buffer.alloc(32, 1).toString('base64');
const NEWEST_KEY = Buffer.alloc(32, 3).toString('base64');
const NEW_KEY = Buffer.alloc(32, 2).toString('base64');
const CANARY = 'Canary-Lovelace';

let database: TestDatabase;
let pool: pg.Pool;
let keys: PersonalData;
let log: EventLog;
/** Statements that were run. */
let statements: string[] = [];
let nowMs = Date.now();

const openKeys = (list: string | undefined): Promise<PersonalData | undefined> => openPersonalData({
  pool, catalogue, keys: list === undefined ? undefined : masterKeys(list), randomBytes, nowMs: () => nowMs,
});
const openLog = (given: PersonalData | undefined): Promise<EventLog> => EventLog.open({ pool, catalogue, nowMs: () => nowMs, uuid: () => uuid7(nowMs), personal: given });

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url });
  for (const { sql } of MIGRATIONS) await pool.query(sql);
  keys = (await openKeys(KEY)) as PersonalData;
  log = await openLog(keys);
  const query = pool.query.bind(pool) as (...args: unknown[]) => unknown;
  pool.query = ((...args: unknown[]) => {
    statements.push(typeof args[0] === 'string' ? args[0] : (args[0] as { text: string }).text);
    return query(...args);
  }) as typeof pool.query;
});
afterAll(async () => {
  await log.close();
  await pool.end();
  await database.drop();
});

const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => void (await sleepFor(ms, undefined, { signal }));
const trigger: Trigger = { correlationId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d', causationId: null, metadata: {} };
const guest = (guestId: string) => ({ guestId, name: CANARY, address: { city: CANARY }, room: { note: CANARY } });

async function come(guestId: string, by = log): Promise<string> {
  const event = by.prepare({ type: 'GuestCame', data: guest(guestId) }, 'test', trigger);
  await inTransaction(pool, (tx) => by.append(tx, [event]));
  return event.eventId;
}

function foreign(guestId: string, timestampMs = nowMs): EventEnvelope {
  return { eventId: uuid7(nowMs), eventType: 'GuestCame', eventVersion: 'v1', timestamp: new Date(timestampMs).toISOString(), source: 'hotel', correlationId: trigger.correlationId, causationId: null, data: guest(guestId), metadata: {} };
}

async function erase(guestId: string): Promise<void> {
  await inTransaction(pool, (tx) => destroyKey(tx, guestId, nowMs));
  keys.forget(guestId);
}

const stored = async (eventId: string) => (await pool.query('SELECT data, data::text AS text, digest FROM events WHERE event_id = $1', [eventId])).rows[0];
const kindOf = async (envelope: EventEnvelope): Promise<string | undefined> => (await log.appendForeign([envelope]))[0]?.kind;

describe('what is stored', () => {
  test('S40: has nothing in clear that is personal, and reads as it was wherever it is read', async () => {
    const eventId = await come('reading');
    const row = await stored(eventId);
    expect(row.text).not.toContain(CANARY);
    expect(row.data).toMatchObject({ guestId: 'reading', name: { $personal: expect.stringMatching(/^1\./) } });
    const read = async (events: Promise<readonly StoredEvent[]>): Promise<unknown> => (await events).find((event) => event.eventId === eventId)?.data;
    const filter = compilePattern({ data: { name: [CANARY] } });
    await untilSettled(pool);
    for (const data of [
      await read(log.history('reading')), await read(loadEvents(pool, [eventId], keys)),
      await read(fetchAfter(pool, log.epoch, START, nowMs, { rows: 1_000, personal: keys }, nowMs).then(({ events }) => events)),
      await read(readHistory(pool, log.epoch, { subject: 'reading', pattern: filter }, { limit: 10, personal: keys }).then(({ events }) => events)),
      (await readEventStory(pool, eventId, {}, keys))?.event.data,
    ]) expect(data).toEqual(guest('reading'));
  });

  test('is the AES-SIV of the value as JSON, bound to the id of the event and the path, as others write and read it', () => {
    const [key, eventId] = [Buffer.alloc(64, 'a key of a customer'), '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d'];
    const bytesOf = (path: string, text: string): Uint8Array => aessiv(key, Buffer.from(eventId), Buffer.from(path)).encrypt(Buffer.from(text));
    const token = (path: string, text: string) => ({ $personal: `7.${Buffer.from(bytesOf(path, text)).toString('base64url')}` });
    const data = { ...guest('form'), address: { city: 'Zürich' } };
    const parts = personalParts(marksOf(catalogue), 'GuestCame', 'v1', data) as PersonalParts;
    const written = { guestId: 'form', name: token('name', `"${CANARY}"`), address: token('address', '{"city":"Zürich"}'), room: { note: token('room.note', `"${CANARY}"`) } };
    expect(sealedData(parts, eventId, data, { generation: 7, siv: new AesSiv(key) })).toEqual(written);
    const read = openedEvent(parts, { eventId, data: written } as unknown as StoredEvent, { generation: 7, siv: new AesSiv(key) });
    expect(read).toEqual({ eventId, data });
  });

  test('is the same for the same event, and another for another event or another field', async () => {
    const event = log.prepare({ type: 'GuestCame', data: guest('same') }, 'test', trigger);
    const [once] = await log.protect([event]);
    const [again] = await log.protect([event]);
    expect([again?.dataJson, again?.digest]).toEqual([once?.dataJson, once?.digest]);
    const [other] = await log.protect([{ ...event, eventId: uuid7(nowMs) }]);
    expect(other?.dataJson).not.toBe(once?.dataJson);
    const { name, room } = JSON.parse(once?.dataJson ?? '');
    expect(name).not.toEqual(room.note);
  });

  test('costs one statement for all customers whose key is not at hand, and none where nothing is personal', async () => {
    const events = ['one', 'two', 'three'].map((id) => log.prepare({ type: 'GuestCame', data: guest(id) }, 'test', trigger));
    statements = [];
    await log.protect(events);
    expect(statements).toHaveLength(2);
    await log.protect(events);
    expect(statements).toHaveLength(3);
    await log.protect(events);
    const cleaned = log.prepare({ type: 'RoomCleaned', data: { room: '7' } }, 'test', trigger);
    expect(await log.protect([cleaned])).toEqual([cleaned]);
    expect(statements).toHaveLength(3);
  });

  test('has nothing in clear of members and versions that are not known; they read as they came, until they are erased', async () => {
    const deep = { room: { note: CANARY, view: CANARY }, bags: [{ kilos: 1 }, { kilos: 2, owner: { name: CANARY } }] };
    const members = { ...foreign('newer'), data: { ...guest('newer'), ...deep, phone: CANARY, kin: { name: CANARY } } };
    const version = { ...foreign('newer'), eventVersion: 'v2', data: { guestId: 'newer', fullName: CANARY, room: { note: CANARY } } };
    expect([await kindOf(members), await kindOf(version), await kindOf(members), await kindOf({ ...version, data: { ...version.data, fullName: 'other' } })]).toEqual(['appended', 'appended', 'duplicate', 'conflict']);
    expect((await stored(members.eventId)).text + (await stored(version.eventId)).text).not.toContain(CANARY);
    expect(Object.keys((await stored(version.eventId)).data).toSorted()).toEqual(['$personal', 'guestId']);
    expect((await log.history('newer')).concat(await loadEvents(pool, [version.eventId], keys)).map(({ data }) => data)).toEqual([members.data, version.data]);
    expect(asErased(keys.marks, { type: 'GuestCame', version: 'v1', data: members.data }, 'newer').data).toEqual({ guestId: 'newer', name: 'erased', room: {}, bags: [{ kilos: 1 }, { kilos: 2 }] });
    await erase('newer');
    expect((await log.history('newer')).concat(await loadEvents(pool, [version.eventId], keys)).map(({ data }) => data)).toEqual([{ guestId: 'newer', name: 'erased', room: {}, bags: [{ kilos: 1 }, { kilos: 2 }] }, { guestId: 'newer' }]);
    await expect(kindOf({ ...foreign('x'), eventVersion: 'v3', data: { who: 'x', fullName: CANARY } })).resolves.toBe('refused');
  });

  test('is refused in clear where the log seals', () => {
    const event = log.prepare({ type: 'GuestCame', data: guest('clear') }, 'test', trigger);
    expect(() => log.insert([event], 1)).toThrow('take it through `protect`');
  });

  test('that was changed is found: no handler is called with it, and a ciphertext of another event does not fit', async () => {
    const [first, second] = [await come('tampered'), await come('tampered')];
    await pool.query("UPDATE events SET data = jsonb_set(data, '{name}', (SELECT data->'name' FROM events WHERE event_id = $2)) WHERE event_id = $1", [first, second]);
    const [changed, whole] = await log.history('tampered');
    expect([changed?.isUnreadable, whole?.isUnreadable]).toEqual([true, undefined]);
    expect(JSON.stringify(changed?.data).split(CANARY)).toHaveLength(3);
    expect(() => inCurrentForm(catalogue, changed as StoredEvent)).toThrow(`The personal data of GuestCame ${first} were changed`);
    expect(inCurrentForm(catalogue, whole as StoredEvent).data).toEqual(guest('tampered'));
    await pool.query('DELETE FROM events WHERE event_id = $1', [first]);
  });
});

describe('an erased customer', () => {
  test('S44: reads as absent, or as "erased" where the schema wants it; the seals hold, and nothing of it can be had again', async () => {
    const eventId = await come('gone');
    await erase('gone');
    const [event] = await log.history('gone');
    expect(event?.data).toEqual({ guestId: 'gone', name: 'erased', room: {} });
    catalogue.checkData('GuestCame', event?.data);
    const signal = new AbortController().signal;
    nowMs += 60_000;
    await untilSettled(pool);
    await sealLog({ pool, log: 'test', nowMs: () => nowMs, monotonicMs: () => 0, sleep: async () => undefined }, signal);
    const findings: unknown[] = [];
    const { events } = await verifyLog({ pool, nowMs: () => nowMs, keys: new Map(), onFinding: (finding) => findings.push(finding), signal });
    expect([events > 0, findings]).toEqual([true, []]);
    expect((await stored(eventId)).text).not.toContain(CANARY);
  });

  test('of a redelivered event the id alone counts; before, its content too', async () => {
    const envelope = foreign('redelivered');
    expect([await kindOf(envelope), await kindOf(envelope), await kindOf({ ...envelope, data: { ...guest('redelivered'), name: 'other' } })]).toEqual(['appended', 'duplicate', 'conflict']);
    await erase('redelivered');
    nowMs += 1_000;
    expect([await kindOf(envelope), await kindOf({ ...envelope, timestamp: new Date(nowMs).toISOString() })]).toEqual(['duplicate', 'duplicate']);
    const otherwise = { ...envelope, timestamp: new Date(nowMs + 1).toISOString() };
    expect(await log.appendForeign([otherwise, envelope])).toEqual([{ kind: 'duplicate' }, { kind: 'duplicate' }]);
    expect((await log.history('redelivered')).map(({ data }) => data)).toEqual([{ guestId: 'redelivered', name: 'erased', room: {} }]);
  });

  test('an event from before that comes late is stored without what is personal', async () => {
    await erase('late');
    const envelope = foreign('late', nowMs - 5_000);
    expect([await kindOf(envelope), await kindOf(envelope)]).toEqual(['appended', 'duplicate']);
    expect((await log.history('late')).map(({ data }) => data)).toEqual([{ guestId: 'late', name: 'erased', room: {} }]);
    expect((await pool.query("SELECT sealed FROM customer_keys WHERE customer_id = 'late'")).rows).toEqual([{ sealed: null }]);
  });

  test('who comes back has a new key: what was before stays erased', async () => {
    await come('back');
    await erase('back');
    await come('back');
    expect((await log.history('back')).map(({ data }) => (data as { name: string }).name)).toEqual(['erased', CANARY]);
  });

  test('a process that has the key still writes nothing with it, says so by a state of its own, and seals anew where it is asked to', async () => {
    const elsewhere = await openLog(await openKeys(KEY));
    await come('race', elsewhere);
    await come('race', elsewhere);
    await erase('race');
    await expect(come('race', elsewhere)).rejects.toMatchObject({ code: 'PD001' });
    await elsewhere.withKeys(() => come('race', elsewhere));
    expect((await elsewhere.history('race')).map(({ data }) => (data as { name: string }).name)).toEqual(['erased', 'erased', CANARY]);
  });

  test('a process that has the key still takes what comes from outside, and what comes with it of others', async () => {
    const elsewhere = await openLog(await openKeys(KEY));
    await come('outside', elsewhere);
    await come('outside', elsewhere);
    await erase('outside');
    nowMs += 1_000;
    expect(await elsewhere.appendForeign([foreign('outside'), foreign('innocent')])).toEqual([{ kind: 'appended' }, { kind: 'appended' }]);
    expect((await elsewhere.history('outside')).map(({ data }) => (data as { name: string }).name)).toEqual(['erased', 'erased', CANARY]);
  });

  test('what comes from outside together is taken on one connection, with a key that is made for it or made anew', async () => {
    const narrow = new pg.Pool({ connectionString: database.url, max: 1, connectionTimeoutMillis: 2_000 });
    const personal = await openPersonalData({ pool: narrow, catalogue, keys: masterKeys(KEY), randomBytes, nowMs: () => nowMs });
    const elsewhere = await EventLog.open({ pool: narrow, catalogue, nowMs: () => nowMs, uuid: () => uuid7(nowMs), personal });
    try {
      expect(await elsewhere.appendForeignTogether([foreign('together'), foreign('at once')])).toEqual([{ kind: 'appended' }, { kind: 'appended' }]);
      expect((await elsewhere.history('together')).map(({ data }) => (data as { name: string }).name)).toEqual([CANARY]);
      await erase('together');
      nowMs += 1_000;
      // Its key is in the memory of this process still.
      expect(await elsewhere.appendForeignTogether([foreign('together')])).toEqual([{ kind: 'appended' }]);
      expect((await elsewhere.history('together')).map(({ data }) => (data as { name: string }).name)).toEqual(['erased', CANARY]);
    } finally {
      await elsewhere.close();
      await narrow.end();
    }
  });

  test('is told to a process that follows: it cannot read on', async () => {
    const other = (await openKeys(KEY)) as PersonalData;
    const elsewhere = await openLog(other);
    const following = await followErasures({ databaseUrl: database.url, personal: other, sleep });
    try {
      await come('followed');
      const nameIn = async (read: EventLog): Promise<unknown> => ((await read.history('followed'))[0]?.data as { name: string }).name;
      expect(await nameIn(elsewhere)).toBe(CANARY);
      await erase('followed');
      await eventually('told', async () => (await nameIn(elsewhere)) === 'erased');
      await pool.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'event-log erasures' AND datname = current_database()");
      await come('followed');
      const [, again] = await elsewhere.history('followed');
      expect((again?.data as { name: string }).name).toBe(CANARY);
    } finally {
      await following.stop();
    }
  });

  test('of a sender whose clock is ahead nothing is kept that may be from before', async () => {
    await erase('ahead');
    nowMs += 1_000;
    const old = { ...foreign('ahead'), eventId: uuid7(nowMs - 5_000) };
    expect([await kindOf(old), await kindOf(foreign('ahead', nowMs + 120_000))]).toEqual(['appended', 'appended']);
    expect((await pool.query("SELECT sealed FROM customer_keys WHERE customer_id = 'ahead'")).rows).toEqual([{ sealed: null }]);
    await kindOf(foreign('ahead', nowMs + 5_000));
    expect((await log.history('ahead')).map(({ data }) => (data as { name: string }).name)).toEqual(['erased', 'erased', CANARY]);
  });

  test('who writes first is waited for', async () => {
    await come('held');
    const writing = await pool.connect();
    await writing.query('BEGIN');
    await log.append(writing, [log.prepare({ type: 'GuestCame', data: guest('held') }, 'test', trigger)]);
    let isErased = false;
    const erasing = erase('held').then(() => (isErased = true));
    await pool.query('SELECT pg_sleep(0.05)');
    expect(isErased).toBe(false);
    await writing.query('COMMIT');
    writing.release();
    await erasing;
    expect((await log.history('held')).map(({ data }) => (data as { name: string }).name)).toEqual(['erased', 'erased']);
  });
});

describe('the master key', () => {
  test('that is wrong or missing is refused at start, with the mend', async () => {
    await come('sealed');
    await expect(openKeys(NEW_KEY)).rejects.toThrow('Put the missing key back into PERSONAL_DATA_KEY');
    await expect(openKeys(undefined)).rejects.toThrow('PERSONAL_DATA_KEY has none');
  });

  test('S41: is rotated by a list: the newest seals, the others open, and go once all is sealed anew', async () => {
    await come('rotated');
    const both = (await openKeys(`${NEW_KEY},${KEY}`)) as PersonalData;
    const after = await openLog(both);
    await come('newer', after);
    expect((await after.history('rotated'))[0]?.data).toEqual(guest('rotated'));
    expect((await pool.query("SELECT master_id FROM customer_keys WHERE customer_id IN ('rotated', 'newer') ORDER BY customer_id DESC")).rows.map(({ master_id }) => master_id)).toEqual([masterKeys(KEY)[0].id, masterKeys(NEW_KEY)[0].id]);
    while (await both.reseal());
    const newest = await openLog(await openKeys(NEW_KEY));
    expect((await newest.history('rotated'))[0]?.data).toEqual(guest('rotated'));
    await expect(openKeys(KEY)).rejects.toThrow('cannot be read');
  });

  test('that a live process does not have seals nothing, so that each can read what the other writes', async () => {
    const [before, after] = [(await openKeys(`${NEW_KEY},${KEY}`)) as PersonalData, (await openKeys(`${NEWEST_KEY},${NEW_KEY},${KEY}`)) as PersonalData];
    const logs = [await openLog(before), await openLog(after)] as const;
    const following = await followErasures({ databaseUrl: database.url, personal: before, sleep });
    const both = await followErasures({ databaseUrl: database.url, personal: after, sleep });
    const sealedBy = async (id: string): Promise<unknown> => (await pool.query('SELECT master_id FROM customer_keys WHERE customer_id = $1', [id])).rows[0]?.master_id;
    const idOf = (key: string): string => masterKeys(key)[0].id;
    try {
      await come('rolling', logs[1]);
      expect([await after.reseal(), await sealedBy('rolling')]).toEqual([false, idOf(NEW_KEY)]);
      expect((await logs[0].history('rolling'))[0]?.data).toEqual(guest('rolling'));
      await following.stop();
      while (await after.reseal());
      expect(await sealedBy('rolling')).toBe(idOf(NEWEST_KEY));
      await come('rolled', logs[1]);
      expect(await sealedBy('rolled')).toBe(idOf(NEWEST_KEY));
    } finally {
      await Promise.all([following.stop(), both.stop()]);
    }
  });

  test('is asked for once somebody had a key, also when all of them are erased', async () => {
    const { rows: before } = await pool.query("UPDATE customer_keys SET sealed = NULL, master_id = NULL RETURNING 1");
    expect(before.length).toBeGreaterThan(0);
    await expect(openKeys(undefined)).rejects.toThrow('would write them in clear');
  });

  test.each(['short', '', `${KEY},${KEY}`, `${KEY},`])('%j is none', (text) => {
    expect(() => masterKeys(text)).toThrow('PERSONAL_DATA_KEY');
  });
});
