import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { canonicalJson } from '@commerce/events/canonical';
import { uuid7 } from '@commerce/events/uuid7';
import type { EventEnvelope } from '@commerce/events/envelope';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import type pg from 'pg';
import { openTally, tallyExtension, trigger } from '../test-kit/tally.ts';
import { lockSubjects, LocksTooLate } from './change.pg.ts';
import { apply } from './extension.ts';
import type { EventLog } from './log.pg.ts';
import { entryBytes, MAX_ENTRY_BYTES } from './prepare.ts';
import { inTransaction } from './transaction.pg.ts';

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

const DAY_MS = 86_400_000;

function foreign(given: Partial<EventEnvelope> = {}): EventEnvelope {
  const now = Date.now();
  return {
    eventId: uuid7(now), eventType: 'Added', eventVersion: 'v1', timestamp: new Date(now).toISOString(), source: 'elsewhere',
    correlationId: uuid7(now), causationId: null, data: { subject: 'foreign', n: 1 }, metadata: {}, ...given,
  };
}

const count = async (eventId: string): Promise<number> => (await pool.query('SELECT count(*)::int AS n FROM events WHERE event_id = $1', [eventId])).rows[0].n;

describe('appending own events', () => {
  test('an unknown type, data that do not fit, NUL, a lone surrogate and too many bytes are refused before any transaction', () => {
    const prepare = (type: string, data: object): unknown => log.prepare({ type, data }, 'test', trigger());
    expect(() => prepare('Nothing', {})).toThrow('no event type "Nothing"');
    expect(() => prepare('Added', { subject: 'a', n: 'one' })).toThrow('does not fit its schema: n:');
    expect(() => prepare('Added', { subject: 'a', n: 1, more: true })).toThrow('does not fit its schema');
    expect(() => prepare('Added', { subject: 'a\u0000', n: 1 })).toThrow('NUL');
    expect(() => prepare('Added', { subject: 'a\ud800', n: 1 })).toThrow('lone surrogate');
    expect(() => prepare('Added', { subject: 'a'.repeat(MAX_ENTRY_BYTES), n: 1 })).toThrow(`at most ${MAX_ENTRY_BYTES} fit`);
  });

  test('what was appended is read back as it was, with its cause', async () => {
    const subject = 'read back';
    const first = log.prepare({ type: 'Added', data: { subject, n: 1 } }, 'test', { ...trigger(), metadata: { userId: 'u', sessionId: 's' } });
    const second = log.prepare({ type: 'Told', data: { subject, n: 1 }, sequence: 7 }, 'test', { correlationId: first.correlationId, causationId: first.eventId, metadata: {} });
    await inTransaction(pool, (tx) => log.append(tx, [first, second]));
    const [a, b] = await log.history(subject);
    expect(a).toMatchObject({ eventId: first.eventId, type: 'Added', version: 'v1', origin: 'own', causationId: null, metadata: { userId: 'u', sessionId: 's' }, data: { subject, n: 1 } });
    expect(b).toMatchObject({ type: 'Told', causationId: first.eventId, sequence: 7, metadata: { sequence: 7 }, correlationId: first.correlationId });
  });

  test('a transaction that wrote before it took its locks is refused', async () => {
    const late = inTransaction(pool, async (tx) => {
      await tx.query('CREATE TEMPORARY TABLE wrote (n integer) ON COMMIT DROP');
      await lockSubjects(tx, ['late']);
    });
    await expect(late).rejects.toThrow(LocksTooLate);
  });

  test('more than 1,024 subjects in one transaction are refused', async () => {
    const many = Array.from({ length: 1_025 }, (_, index) => `many-${index}`);
    await expect(inTransaction(pool, (tx) => lockSubjects(tx, many))).rejects.toThrow('at most 1024');
  });

  test('two changes of the same subjects in opposite order wait for each other and neither fails', async () => {
    const extension = tallyExtension(async () => undefined);
    const input = (subject: string, n: number) => ({
      subject, handler: 'command:test', trigger: trigger(),
      decide: (state: { version: number; numbers: readonly number[] } | undefined) => apply({ version: (state?.version ?? 0) + 1, numbers: [...(state?.numbers ?? []), n] }),
    });
    await Promise.all(Array.from({ length: 40 }, (_, n) => log.change(extension, n % 2 === 0 ? [input('x', n), input('y', n)] : [input('y', n), input('x', n)])));
    const { rows } = await pool.query("SELECT version, cardinality(numbers) AS numbers FROM tally WHERE subject IN ('x', 'y')");
    expect(rows).toEqual([{ version: 40, numbers: 40 }, { version: 40, numbers: 40 }]);
  });
});

describe('appending events of other services', () => {
  test('the same event twice, in one batch and in two, is stored once', async () => {
    const event = foreign();
    expect(await log.appendForeign([event, event])).toEqual([{ kind: 'appended' }, { kind: 'duplicate' }]);
    expect(await log.appendForeign([event])).toEqual([{ kind: 'duplicate' }]);
    expect(await count(event.eventId)).toBe(1);
  });

  test('a copy is noted by the statement that appends the others, a conflict is not, and without a note nothing is', async () => {
    const [here, forged, twice, later, fresh] = [foreign(), foreign(), foreign(), foreign(), foreign()] as const;
    await log.appendForeign([here, forged, here]);
    const batch = [fresh, here, { ...forged, data: { subject: 'foreign', n: 9 } }, twice, twice, later];
    const note = { handler: 'intake', rule: 'again', evidence: (index: number) => ({ place: index }) };
    const noted = async () => (await pool.query("SELECT event_id, subject, rule, evidence->>'place' AS place FROM ledger WHERE handler = 'intake' ORDER BY id")).rows;
    // What is written after the events fails: nothing of the batch stays.
    await pool.query("ALTER TABLE ledger ADD CONSTRAINT no_more CHECK (handler <> 'intake')");
    await expect(log.appendForeign(batch, note)).rejects.toThrow('no_more');
    expect([await count(fresh.eventId), await count(later.eventId)]).toEqual([0, 0]);
    await pool.query('ALTER TABLE ledger DROP CONSTRAINT no_more');
    expect((await log.appendForeign(batch, note)).map(({ kind }) => kind)).toEqual(['appended', 'duplicate', 'conflict', 'appended', 'duplicate', 'appended']);
    expect(await noted()).toEqual([{ event_id: here.eventId, subject: 'foreign', rule: 'again', place: '1' }, { event_id: twice.eventId, subject: 'foreign', rule: 'again', place: '4' }]);
    expect(await log.appendForeign([later, { ...here, data: { subject: 'foreign', n: 9 } }, { ...here, data: { subject: 'foreign', n: 9 } }], note)).toEqual([{ kind: 'duplicate' }, { kind: 'conflict' }, { kind: 'conflict' }]);
    expect((await noted()).slice(2)).toMatchObject([{ event_id: later.eventId, place: '0' }]);
  });

  test('the same id with other content is a conflict, never a duplicate', async () => {
    const event = foreign();
    const forged = { ...event, data: { subject: 'foreign', n: 2 } };
    await log.appendForeign([event]);
    expect(await log.appendForeign([forged])).toEqual([{ kind: 'conflict' }]);
    const other = foreign();
    expect(await log.appendForeign([other, { ...other, data: { subject: 'foreign', n: 2 } }])).toEqual([{ kind: 'appended' }, { kind: 'conflict' }]);
  });

  test('together all are stored or none, and readers are woken once by what is committed, and not by what is not', async () => {
    const woken: string[] = [];
    const stop = log.onWake(() => woken.push('woken'));
    const [event, fresh] = [foreign(), foreign()];
    try {
      expect(await log.appendForeignTogether([event, event])).toEqual([{ kind: 'appended' }, { kind: 'duplicate' }]);
      expect(woken).toHaveLength(1);
      expect((await log.appendForeignTogether([fresh, { ...event, data: { subject: 'foreign', n: 2 } }])).map(({ kind }) => kind)).toEqual(['appended', 'conflict']);
      expect(await count(fresh.eventId)).toBe(0);
      expect(woken).toHaveLength(1);
    } finally {
      stop();
    }
  });

  test('an id from outside the window is told apart: known ones are duplicates, others are refused as such', async () => {
    const old = uuid7(Date.now() - 32 * DAY_MS);
    const early = uuid7(Date.now() + 2 * DAY_MS);
    expect(await log.appendForeign([foreign({ eventId: old }), foreign({ eventId: early })])).toEqual([{ kind: 'outside_window' }, { kind: 'outside_window' }]);
    const edge = uuid7(Date.now() - 29 * DAY_MS);
    expect(await log.appendForeign([foreign({ eventId: edge })])).toEqual([{ kind: 'appended' }]);
  });

  test('an id that is no UUIDv7 maps to the same stored id each time', async () => {
    const event = foreign({ eventId: '3f2504e0-4f89-41d3-9a0c-0305e82c3301' });
    expect(await log.appendForeign([event])).toEqual([{ kind: 'appended' }]);
    expect(await log.appendForeign([event])).toEqual([{ kind: 'duplicate' }]);
  });

  test('one with more bytes than an entry may have is refused with their number, and one with as many is stored', async () => {
    const event = foreign({ data: { subject: 'size', n: 1, text: '' } });
    const envelopeBytes = entryBytes(event.source, event.eventType, canonicalJson(event));
    const sized = (bytes: number): EventEnvelope => foreign({ data: { subject: 'size', n: 1, text: 'é'.repeat((bytes - envelopeBytes) / 2) } });
    const most = MAX_ENTRY_BYTES - ((MAX_ENTRY_BYTES - envelopeBytes) % 2);
    expect(await log.appendForeign([sized(most), sized(most + 2)])).toEqual([
      { kind: 'appended' }, { kind: 'refused', reason: `Added has ${most + 2} bytes as an EventBridge entry; at most ${MAX_ENTRY_BYTES} fit.` },
    ]);
  });

  test('one that can never be stored is refused with its reason while the others of the batch are appended', async () => {
    const bad = foreign({ data: { subject: 'nul\u0000', n: 1 } });
    const results = await log.appendForeign([foreign(), bad, foreign()]);
    expect(results.map((result) => result.kind)).toEqual(['appended', 'refused', 'appended']);
    expect(results[1]).toMatchObject({ reason: expect.stringContaining('NUL') });
  });

  test('many processes that append the same batch store each event once', async () => {
    const batch = Array.from({ length: 100 }, (_, n) => foreign({ data: { subject: 'crowd', n } }));
    const shuffled = (seed: number): EventEnvelope[] => batch.toSorted((a, b) => ((Number(`0x${a.eventId.slice(-8)}`) * seed) % 1009) - ((Number(`0x${b.eventId.slice(-8)}`) * seed) % 1009));
    const note = { handler: 'crowd', rule: 'again', evidence: (index: number) => ({ place: index }) };
    const results = await Promise.all([3, 5, 7, 11, 13, 17].map((seed) => log.appendForeign(shuffled(seed), note)));
    expect(results.flat().filter((result) => result.kind === 'appended')).toHaveLength(100);
    expect(results.flat().filter((result) => result.kind === 'duplicate')).toHaveLength(500);
    expect((await pool.query("SELECT count(*)::int AS all, count(DISTINCT event_id)::int AS events FROM ledger WHERE handler = 'crowd'")).rows).toEqual([{ all: 500, events: 100 }]);
  });
});

