import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import pg from 'pg';
import { appendDated } from '../test-kit/dated.ts';
import { untilSettled } from '../test-kit/start.ts';
import { append, openTally } from '../test-kit/tally.ts';
import { keepingJobs } from './keeping.ts';
import type { EventLog } from './log.pg.ts';
import type { Head } from './seal-head.ts';
import { ensurePartitions } from './schema.pg.ts';
import { judgeHead, publicKeys, sealKey } from './seal-head.ts';
import { readHeads, sealLog, sealNext } from './seals.pg.ts';
import type { Verified } from './verify-log.pg.ts';
import { verifyLog } from './verify-log.pg.ts';
import type { Finding } from './verify-seal.ts';

let database: TestDatabase;
let pool: pg.Pool;
let log: EventLog;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ pool, log } = await openTally(database.url, { fresh: true }));
});
afterAll(async () => {
  await log.close();
  await pool.end();
  await database.drop();
});
beforeEach(() => pool.query('DELETE FROM events; DELETE FROM seals; DELETE FROM seal_heads; DELETE FROM retention_marks'));

const KEY = sealKey(Buffer.alloc(32, 1).toString('base64'));
const OTHER = sealKey(Buffer.alloc(32, 2).toString('base64'));
const HOUR = 3_600_000;
const signal = new AbortController().signal;

const seal = (key = KEY, nowMs = Date.now()): Promise<void> => sealLog({ pool, log: 'test', key, nowMs: () => nowMs, monotonicMs: () => 0, sleep: async () => undefined }, signal);

async function sealAll(most?: number): Promise<void> {
  await untilSettled(pool);
  while ((await sealNext(pool, most)) > 0);
}

/** `count` events, sealed by threes. */
async function sealed(count = 8): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) ids.push(await append(log, { subject: `s${n}`, n }));
  await sealAll(3);
  await seal();
  return ids;
}

async function verified(given: { keys?: string[]; kept?: Head[]; nowMs?: () => number; on?: pg.Pool } = {}): Promise<Verified & { readonly found: Finding[] }> {
  const found: Finding[] = [];
  const result = await verifyLog({ pool: given.on ?? pool, nowMs: given.nowMs ?? Date.now, keys: publicKeys(given.keys ?? [KEY.publicKey]), kept: given.kept ?? [], onFinding: (finding) => found.push(finding), signal });
  return { ...result, found };
}

describe('a log that nobody has touched', () => {
  test('verifies, with all its events, whether they are sealed yet or not', async () => {
    await sealed(8);
    await append(log, { subject: 'later', n: 1 });
    expect(await verified()).toMatchObject({ seals: 3, events: 8, unsealed: 1, heads: 1, gone: 0, unprovable: 0, findings: 0 });
  });

  test('is sealed in its order, and only below the horizon: what commits late is in a later seal, and is missed by none', async () => {
    const late = new pg.Client({ connectionString: database.url });
    await late.connect();
    await late.query('BEGIN; SELECT pg_current_xact_id()');
    const prepared = log.prepare({ type: 'Added', data: { subject: 'late', n: 1 } }, 'test', { correlationId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d', causationId: null, metadata: {} });
    const insert = log.insert([prepared], 1);
    await append(log, { subject: 'early', n: 1 });
    expect(await sealNext(pool)).toBe(0);
    await late.query(insert.text, insert.values);
    await append(log, { subject: 'early', n: 2 });
    expect(await sealNext(pool)).toBe(0);
    await late.query('COMMIT');
    await late.end();
    await sealAll();
    expect(await verified()).toMatchObject({ events: 3, unsealed: 0, findings: 0 });
  });

  test('may be sealed by several processes at once: the chain is one', async () => {
    for (let n = 0; n < 40; n += 1) await append(log, { subject: 'race', n });
    await untilSettled(pool);
    const sealer = async (): Promise<number> => {
      let own = 0;
      for (let turn = 0; turn < 60; turn += 1) own += await sealNext(pool, 2);
      return own;
    };
    const counts = await Promise.all([sealer(), sealer(), sealer()]);
    expect(counts.reduce((sum, one) => sum + one, 0)).toBe(40);
    expect(await verified()).toMatchObject({ events: 40, unsealed: 0, findings: 0 });
  });

  test('verifies with numbers, times and texts of every kind, and events of others', async () => {
    for (const data of [{ subject: 'é\u2028"\\', n: -0 }, { subject: '\u{1F600}', n: 9_007_199_254_740_991 }]) await append(log, data);
    const now = Date.now();
    const foreign = (timestamp: string, eventId: string) => ({
      eventId, eventType: 'Added', eventVersion: 'v1', timestamp, source: 'elsewhere', correlationId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d', causationId: null, data: { subject: 'f', n: 1 }, metadata: {},
    });
    const second = new Date(now).toISOString().replace(/\.\d+Z/, 'Z');
    await log.appendForeign([foreign(second, log.preparer.uuid()), foreign(new Date(now).toISOString(), log.preparer.uuid()), foreign(second.replace('Z', '.123456Z'), log.preparer.uuid())]);
    await sealAll();
    expect(await verified()).toMatchObject({ events: 5, unprovable: 1, findings: 0 });
  });
});

describe('a row that was tampered with is found and named', () => {
  const COLUMNS: readonly (readonly [string, string])[] = [
    ['type', "'Told'"], ['version', "'v2'"], ['topic', "'payment-events'"], ['subject', "'other'"], ['slot', '(slot + 1) % 256'], ['sequence', '7'], ['source', "'nobody'"], ['origin', "'foreign'"],
    ['correlation_id', 'gen_random_uuid()'], ['causation_id', 'gen_random_uuid()'], ['occurred_at', "occurred_at + interval '1 ms'"], ['recorded_at', "recorded_at - interval '1 ms'"],
    ['metadata', `'{"userId": "eve"}'`], ['data', `jsonb_set(data, '{n}', '5000')`], ['digest', "decode(md5('x'), 'hex')"], ['handler', "'orders.cancel'"], ['attempt', '3'],
  ];

  test('whichever of its columns was changed', async () => {
    const ids = await sealed(COLUMNS.length);
    for (const [index, [column, value]] of COLUMNS.entries()) await pool.query(`UPDATE events SET ${column} = ${value} WHERE event_id = $1`, [ids[index]]);
    const { found } = await verified();
    expect(found.filter(({ kind }) => kind !== 'digest').toSorted((x, y) => ids.indexOf(x.eventId ?? '') - ids.indexOf(y.eventId ?? ''))).toEqual(COLUMNS.map(([column], index) => (
      { kind: 'changed', seal: Math.floor(index / 3) + 1, eventId: ids[index], position: expect.any(Number), differs: [column], text: `differs from what was sealed in ${column}` }
    )));
  });

  test('its content changed, and its digest made to fit', async () => {
    const ids = await sealed();
    const forged = log.prepare({ type: 'Added', data: { subject: 's4', n: 4_000 } }, 'test', { correlationId: ids[0] as string, causationId: null, metadata: {} });
    await pool.query('UPDATE events SET data = $2, digest = $3 WHERE event_id = $1', [ids[4], forged.dataJson, forged.digest]);
    expect((await verified()).found).toEqual(expect.arrayContaining([expect.objectContaining({ kind: 'changed', eventId: ids[4], differs: ['data', 'digest'] })]));
  });

  test('removed', async () => {
    const ids = await sealed();
    const { rows } = await pool.query('DELETE FROM events WHERE event_id = $1 RETURNING position::int', [ids[7]]);
    expect((await verified()).found).toMatchObject([{ kind: 'removed', seal: 3, eventId: ids[7], position: rows[0].position, text: 'was removed, though order-events keeps it' }]);
  });

  test('removed, and its time is not over though retention is said to have been there', async () => {
    const ids = await sealed();
    await pool.query('DELETE FROM events WHERE event_id = $1', [ids[0]]);
    await pool.query("INSERT INTO retention_marks VALUES ('order-events', $1)", [Date.now() + HOUR]);
    expect((await verified()).found).toMatchObject([{ kind: 'removed', eventId: ids[0] }]);
  });

  test('inserted among those that are sealed', async () => {
    const ids = await sealed();
    const inserted = log.preparer.uuid();
    await pool.query(
      `INSERT INTO events (event_id, txid, epoch, origin, type, version, topic, subject, slot, correlation_id, source, occurred_at, metadata, data, digest)
       SELECT $2, txid, epoch, origin, type, version, topic, subject, slot, correlation_id, source, occurred_at, metadata, data, digest FROM events WHERE event_id = $1`, [ids[1], inserted],
    );
    // The copy is of a later position, so it stands right behind the one it was copied from, in the same transaction.
    const { found } = await verified();
    expect(found.map(({ kind, eventId }) => [kind, eventId])).toContainEqual(['inserted', inserted]);
    expect(found.every(({ eventId }) => eventId === inserted)).toBe(true);
  });

  test.each(['ids', 'places'])('swapped: two rows exchanged their %s', async (what) => {
    const ids = await sealed();
    const [a, b] = [ids[3] as string, ids[5] as string];
    if (what === 'ids') {
      const spare = log.preparer.uuid();
      for (const [from, to] of [[a, spare], [b, a], [spare, b]]) await pool.query('UPDATE events SET event_id = $2 WHERE event_id = $1', [from, to]);
    } else {
      await pool.query('ALTER TABLE events ALTER COLUMN position DROP IDENTITY');
      await pool.query('UPDATE events e SET txid = o.txid, position = o.position FROM events o WHERE (e.event_id = $1 AND o.event_id = $2) OR (e.event_id = $2 AND o.event_id = $1)', [a, b]);
      await pool.query('ALTER TABLE events ALTER COLUMN position ADD GENERATED ALWAYS AS IDENTITY (START 1000000)');
    }
    const swapped = (await verified()).found.filter(({ kind }) => kind === 'swapped');
    expect(swapped.map(({ eventId, text }) => [eventId, text]).toSorted()).toEqual([
      [a, `stands in the place of ${b}, and that one in its place`], [b, `stands in the place of ${a}, and that one in its place`],
    ].toSorted());
  });

  test('moved out of its stretch', async () => {
    const ids = await sealed();
    await pool.query('UPDATE events SET epoch = 0 WHERE event_id = $1', [ids[6]]);
    expect((await verified()).found).toMatchObject([{ kind: 'inserted', seal: 1, eventId: ids[6] }, { kind: 'moved', seal: 3, eventId: ids[6] }]);
  });

  test('before it was sealed, as long as its digest was not made to fit', async () => {
    const id = await append(log, { subject: 'fresh', n: 1 });
    await pool.query(`UPDATE events SET data = jsonb_set(data, '{n}', '2') WHERE event_id = $1`, [id]);
    expect((await verified()).found).toMatchObject([{ kind: 'digest', eventId: id }]);
  });
});

describe('seals that were tampered with are found', () => {
  test.each([
    ["DELETE FROM seals WHERE seal = 2", 'the seals from 2 to 2 are missing'],
    ["UPDATE seals SET events = 2 WHERE seal = 2", 'its chain does not follow from its content and the seal before'],
    ["UPDATE seals SET records = NULL WHERE seal = 2", 'its records are gone, though events of order-events in it are not past their retention'],
    ["UPDATE seals SET records = set_byte(records, 20, (get_byte(records, 20) + 1) % 256) WHERE seal = 2", 'its records do not have its root'],
  ])('%s', async (change, text) => {
    await sealed();
    await pool.query(change);
    expect((await verified()).found).toContainEqual(expect.objectContaining({ kind: 'seal', text }));
  });

  test('all of them written anew after a change: by a head, kept here or elsewhere', async () => {
    const ids = await sealed();
    const kept = await readHeads(pool, undefined, 10);
    await pool.query(`DELETE FROM events WHERE event_id = $1`, [ids[0]]);
    await pool.query('TRUNCATE seals');
    await sealAll(3);
    expect((await verified()).found).toMatchObject([{ kind: 'head', text: expect.stringContaining('written anew') }]);
    await pool.query('TRUNCATE seal_heads');
    expect((await verified()).findings).toBe(0);
    expect((await verified({ kept })).found).toMatchObject([{ kind: 'head', text: expect.stringContaining('written anew') }]);
  });

  test('all of them written anew after a change that leaves as many events: by a head', async () => {
    const ids = await sealed();
    await pool.query("UPDATE events SET subject = 'another' WHERE event_id = $1", [ids[0]]);
    await pool.query('TRUNCATE seals');
    await sealAll(3);
    expect((await verified()).found).toMatchObject([{ kind: 'head', text: expect.stringContaining('written anew') }]);
  });

  test('all of them written anew, with no head at all: by that, once their events span more than two hours', async () => {
    await sealed();
    const kept = await readHeads(pool, undefined, 10);
    expect((await verified()).found).toEqual([]);
    await pool.query("UPDATE events SET recorded_at = recorded_at - position * interval '30 minutes'");
    await pool.query('TRUNCATE seals, seal_heads');
    await sealAll(3);
    expect((await verified()).found).toMatchObject([{ kind: 'head', seal: 1, text: expect.stringMatching(/no signed head speaks of this seal .* span 3\.5 hours/) }]);
    // Without keys nobody says that there should be one; and one by another key is none.
    expect((await verified({ keys: [] })).found).toEqual([]);
    expect((await verified({ kept })).found).toMatchObject([{ text: expect.stringContaining('written anew') }, { text: expect.stringContaining('no signed head') }]);
    await seal(OTHER);
    expect((await verified()).found).toMatchObject([{ text: expect.stringContaining('not among those given') }, { text: expect.stringContaining('no signed head') }]);
    await seal(KEY);
    expect((await verified({ keys: [KEY.publicKey, OTHER.publicKey] })).found).toEqual([]);
  });

  test('cut off at their end, together with the events: by a head', async () => {
    await sealed();
    await pool.query('DELETE FROM events e USING seals s WHERE s.seal = 3 AND (e.epoch, e.txid, e.position) > (s.from_epoch, s.from_txid, s.from_position)');
    await pool.query('DELETE FROM seals WHERE seal = 3');
    expect((await verified()).found).toMatchObject([{ kind: 'head', seal: 3, text: expect.stringContaining('was cut off') }]);
  });

  test('a head that another key has signed, and one that was changed', async () => {
    await sealed();
    expect((await verified({ keys: [OTHER.publicKey] })).found).toMatchObject([{ kind: 'head', text: expect.stringContaining('not among those given') }]);
    await pool.query(`UPDATE seal_heads SET head = jsonb_set(head::jsonb, '{at}', '"2020-01-01T00:00:00.000Z"')::json`);
    expect((await verified()).found).toMatchObject([{ kind: 'head', text: expect.stringContaining('was not signed by the key') }]);
  });
});

describe('heads', () => {
  test('are signed once an hour while something is new, and at once by a new key; old ones stay good', async () => {
    const now = Date.now();
    await append(log, { subject: 'h', n: 1 });
    await untilSettled(pool);
    await seal(KEY, now);
    await append(log, { subject: 'h', n: 2 });
    await untilSettled(pool);
    await seal(KEY, now + HOUR - 1);
    await seal(KEY, now + HOUR);
    await seal(KEY, now + 2 * HOUR);
    await seal(OTHER, now + 2 * HOUR);
    const heads = await readHeads(pool, undefined, 10);
    expect(heads.map(({ seal: number, total, keyId, log: name }) => [number, total, keyId, name]).toSorted()).toEqual([[1, 1, KEY.keyId, 'test'], [2, 2, KEY.keyId, 'test'], [2, 2, OTHER.keyId, 'test']].toSorted());
    const keys = publicKeys([KEY.publicKey, OTHER.publicKey]);
    expect(heads.map((head) => judgeHead(head, keys))).toEqual(['good', 'good', 'good']);
    expect((await verified({ keys: [KEY.publicKey, OTHER.publicKey] })).findings).toBe(0);
  });

  test('speak of all that was sealed when sealing had stood still for hours, whatever the age of the last one', async () => {
    const now = Date.now();
    await ensurePartitions(pool, now - 4 * HOUR);
    for (const [hours, count] of [[3.5, 1_000], [3, 1], [0, 1]] as const) {
      const ids = await appendDated(log, now - hours * HOUR, Array.from({ length: count }, () => 'order-events'));
      await pool.query("UPDATE events SET recorded_at = recorded_at - $2 * interval '1 hour' WHERE event_id = ANY ($1::uuid[])", [ids, hours]);
    }
    await untilSettled(pool);
    await seal(KEY, now);
    expect((await readHeads(pool, undefined, 10)).map(({ seal: number, total }) => [number, total])).toEqual([[1, 1_000], [2, 1_002]]);
    expect((await verified()).found).toEqual([]);
    // And no more often for that while events keep coming.
    await append(log, { subject: 'h', n: 1 });
    await untilSettled(pool);
    await seal(KEY, now + HOUR / 2);
    expect(await readHeads(pool, undefined, 10)).toHaveLength(2);
  });

  test('that are signed while the log is verified are heard, and so are the seals that are made meanwhile', async () => {
    for (let n = 0; n < 21; n += 1) await append(log, { subject: 'v', n });
    await sealAll(1);
    await seal(KEY, Date.now() - 3 * HOUR);
    let looks = 0;
    const sealsOn = async (): Promise<void> => {
      for (const hours of [4, 0]) await pool.query("UPDATE events SET recorded_at = now() - $2 * interval '1 hour' WHERE event_id = $1", [await append(log, { subject: 'v', n: hours }), hours]);
      await sealAll(1);
      await seal();
    };
    // The first twenty seals were looked at, and the others are asked for.
    const query = async (...given: Parameters<typeof pool.query>) => {
      if (JSON.stringify(given).includes('FROM seals WHERE seal >') && (looks += 1) === 2) await sealsOn();
      return pool.query(...given);
    };
    expect(await verified({ on: { query } as unknown as pg.Pool })).toMatchObject({ seals: 23, events: 23, unsealed: 0, heads: 2, found: [] });
  });

  test('are not missed while a backlog is sealed, for the next one is not due yet; two hours after the last one they are', async () => {
    await append(log, { subject: 'b', n: 0 });
    await untilSettled(pool);
    await seal();
    for (const hours of [9, 5, 0]) await pool.query("UPDATE events SET recorded_at = now() - $2 * interval '1 hour' WHERE event_id = $1", [await append(log, { subject: 'b', n: hours }), hours]);
    await sealAll(1);
    expect((await verified()).found).toEqual([]);
    expect((await verified({ nowMs: () => Date.now() + 2 * HOUR + 60_000 })).found).toMatchObject([{ kind: 'head', text: expect.stringContaining('no signed head speaks of this seal') }]);
  });

  test('are told before they are stored: one that could not be stored is told, and so is the next one', async () => {
    await append(log, { subject: 'h', n: 1 });
    await untilSettled(pool);
    const told: Head[] = [];
    const sign = (): Promise<void> => sealLog({ pool, log: 'test', key: KEY, onHead: (head) => void told.push(head), nowMs: Date.now, monotonicMs: () => 0, sleep: async () => undefined }, signal);
    await pool.query('ALTER TABLE seal_heads ADD CONSTRAINT full_disk CHECK (false) NOT VALID');
    try {
      await expect(sign()).rejects.toThrow('full_disk');
    } finally {
      await pool.query('ALTER TABLE seal_heads DROP CONSTRAINT full_disk');
    }
    await sign();
    expect(told).toHaveLength(2);
    expect(await verified({ kept: told })).toMatchObject({ heads: 3, findings: 0 });
  });

  test('stand in the log file too, each once', async () => {
    await append(log, { subject: 'h', n: 1 });
    await untilSettled(pool);
    const said: { readonly head?: string }[] = [];
    const jobs = keepingJobs({ pool, log: 'test', key: KEY, nowMs: Date.now, monotonicMs: () => 0, sleep: async () => undefined, logger: { info: (fields) => void said.push(fields), warn: () => undefined } });
    const sealing = jobs.find(({ name }) => name === 'log.seal');
    await sealing?.run(signal);
    await sealing?.run(signal);
    expect(said.map(({ head }) => JSON.parse(head ?? 'null'))).toEqual(await readHeads(pool, undefined, 10));
    expect(said).toHaveLength(1);
  });

  test('are not made without a key, nor by something that is no key', async () => {
    await append(log, { subject: 'h', n: 1 });
    await sealLog({ pool, log: 'test', nowMs: Date.now, monotonicMs: () => 0, sleep: async () => undefined }, signal);
    expect(await readHeads(pool, undefined, 10)).toEqual([]);
    expect(() => sealKey('short')).toThrow('must be the base64 of 32 bytes');
  });
});
