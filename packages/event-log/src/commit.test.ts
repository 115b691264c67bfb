import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import pg from 'pg';
import { openTally, tallyExtension, outsideTable, trigger } from '../test-kit/tally.ts';
import type { Tally } from '../test-kit/tally.ts';
import type { ChangeOptions, Input } from './change.pg.ts';
import { StaleFence } from './cursors.pg.ts';
import { apply } from './extension.ts';
import type { Extension, StateStore, Tx } from './extension.ts';
import type { EventLog } from './log.pg.ts';
import { exactly, mustBe, run } from './statement.pg.ts';
import { CommittedAllTheSame } from './transaction.pg.ts';

let database: TestDatabase;
let pool: pg.Pool;
let log: EventLog;
/** What the driver was given, and when it was answered, in this order. */
let seen: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  ({ pool, log } = await openTally(database.url, { fresh: true }));
  pool.on('acquire', (client) => watch(client));
});

beforeEach(() => {
  seen = [];
});

afterAll(async () => {
  await log.close();
  await pool.end();
  await database.drop();
});

const watched = new WeakSet<pg.PoolClient>();

function watch(client: pg.PoolClient): void {
  if (watched.has(client)) return;
  watched.add(client);
  const query = client.query.bind(client) as (...given: unknown[]) => Promise<unknown>;
  client.query = ((...given: unknown[]) => {
    // The pool's own statements are told by a callback.
    if (typeof given.at(-1) === 'function') return query(...given);
    const text = typeof given[0] === 'string' ? given[0] : (given[0] as { text: string }).text;
    const name = /COMMIT|ROLLBACK|INSERT INTO tally|BEGIN|1 \//.exec(text)?.[0] ?? 'other';
    seen.push(`${name} sent`);
    const answer = query(...given);
    answer.then(() => seen.push(`${name} answered`), () => seen.push(`${name} refused`));
    return answer;
  }) as typeof client.query;
}

const inner = (): StateStore<Tally> => tallyExtension(outsideTable(pool)).store;
const extension = (store: Partial<StateStore<Tally>> = {}): Extension<Tally> => ({ ...tallyExtension(outsideTable(pool)), store: { ...inner(), isSentAtOnce: true, ...store } });
const isThere = async (subject: string): Promise<boolean> => (await pool.query('SELECT FROM tally WHERE subject = $1', [subject])).rows.length === 1;
const decided = (subject: string): Input<Tally> => ({ subject, handler: 'command:count', trigger: trigger(), decide: () => apply({ version: 1, numbers: [1] }) });
const change = (subject: string, options: ChangeOptions<Tally> = {}, store: Partial<StateStore<Tally>> = {}): Promise<unknown> => log.change(extension(store), [decided(subject)], options);
const order = (...names: string[]): number[] => names.map((name) => seen.indexOf(name));
const isRising = (places: number[]): boolean => places.every((place, index) => place >= 0 && (index === 0 || place > (places[index - 1] as number)));
/** Wants two rows where one is. */
const refused = (tx: Tx): Promise<void> => exactly(run(tx, `WITH one AS (SELECT 1) ${mustBe(1, 'one')}`, [2]), () => new StaleFence('It'));

describe('COMMIT', () => {
  test('goes right behind what is written, before any of it is answered, where the store says that it may', async () => {
    await change('at once', { after: (tx) => [run(tx, `WITH one AS (SELECT 1) ${mustBe(1, 'one')}`, [1])], isSentAtOnce: true });
    expect(isRising(order('INSERT INTO tally sent', '1 / sent', 'COMMIT sent', 'INSERT INTO tally answered', 'COMMIT answered'))).toBe(true);
    expect(await isThere('at once')).toBe(true);
  });

  test.each([
    ['the store does not say so', {}, { isSentAtOnce: false }],
    ['what is written beside it does not', { after: (tx: Tx) => [run(tx, `WITH one AS (SELECT 1) ${mustBe(1, 'one')}`, [1])] }, {}],
  ])('waits for the answers where %s', async (why, options, store) => {
    await change(why, options, store);
    expect(isRising(order('INSERT INTO tally sent', 'INSERT INTO tally answered', 'COMMIT sent'))).toBe(true);
    expect(await isThere(why)).toBe(true);
  });

  test('commits nothing when the server refuses what stands before it, and says why', async () => {
    await expect(change('refused', { after: (tx) => [refused(tx)], isSentAtOnce: true })).rejects.toThrow(new StaleFence('It'));
    expect(isRising(order('1 / sent', 'COMMIT sent', '1 / refused'))).toBe(true);
    expect(await isThere('refused')).toBe(false);
    // The connection is fit for the next one.
    await change('after it');
    expect(await isThere('after it')).toBe(true);
  });

  test('commits nothing when the row itself is refused', async () => {
    const save: StateStore<Tally>['save'] = async (tx, changes) => {
      await run(tx, 'INSERT INTO tally (subject, version, numbers) SELECT $1, $2, NULL', [changes[0]?.subject, 1]);
    };
    await expect(change('without numbers', {}, { save })).rejects.toMatchObject({ code: '23502' });
    expect(await isThere('without numbers')).toBe(false);
  });

  test.each([
    ['before it has sent anything', async () => Promise.reject(new Error('not ready'))],
    ['after it has sent something', async (tx: Tx, changes: Parameters<StateStore<Tally>['save']>[1]) => {
      await Promise.all([inner().save(tx, changes), (async () => Promise.reject(new Error('not ready')))()]);
    }],
  ] as [string, StateStore<Tally>['save']][])('commits nothing of a transaction whose store fails %s', async (when, save) => {
    await pool.query('CREATE TABLE IF NOT EXISTS beside (name text)');
    const after = (tx: Tx): Promise<unknown>[] => [run(tx, 'INSERT INTO beside VALUES ($1)', [when])];
    await expect(change(`fails ${when}`, { after, isSentAtOnce: true }, { save })).rejects.toThrow(new Error('not ready'));
    expect(await isThere(`fails ${when}`)).toBe(false);
    expect((await pool.query('SELECT FROM beside WHERE name = $1', [when])).rows).toEqual([]);
  });

  test('commits nothing when the driver cannot write a parameter', async () => {
    const save: StateStore<Tally>['save'] = async (tx) => {
      const circle: unknown[] = [];
      circle.push({ circle });
      await tx.query('INSERT INTO tally (subject, version, numbers) VALUES ($1, 1, $2)', ['circle', { circle }]);
    };
    await expect(change('circle', { after: (tx) => [run(tx, "INSERT INTO beside VALUES ('circle')", [])], isSentAtOnce: true }, { save })).rejects.toThrow('circular');
    expect((await pool.query("SELECT FROM beside WHERE name = 'circle'")).rows).toEqual([]);
  });

  test('lets nothing behind it: a store that sends more after a wait is told so', async () => {
    const save: StateStore<Tally>['save'] = async (tx, changes) => {
      await inner().save(tx, changes);
      await run(tx, 'DELETE FROM tally', []);
    };
    await change('there before');
    const error = await change('late', {}, { save }).catch((fault: unknown) => fault);
    expect(error).toBeInstanceOf(CommittedAllTheSame);
    expect((error as Error).message).toContain('behind the COMMIT');
    expect(await isThere('late')).toBe(true);
    expect(await isThere('there before')).toBe(true);
  });
});
