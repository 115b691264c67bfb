import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import type pg from 'pg';
import { append, openTally, tallyExtension, outsideTable, trigger } from '../test-kit/tally.ts';
import type { Tally } from '../test-kit/tally.ts';
import { batchOf } from './batch-items.ts';
import type { Item } from './batch-items.ts';
import type { Input } from './change.pg.ts';
import type { StoredEvent } from './event.ts';
import { apply, stale } from './extension.ts';
import type { EventLog } from './log.pg.ts';

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

const extension = () => tallyExtension(outsideTable(pool));
const numbersOf = async (subject: string): Promise<number[]> => (await pool.query('SELECT numbers FROM tally WHERE subject = $1', [subject])).rows[0]?.numbers ?? [];

/** An order that takes one piece of each of these goods, if all have one left of their two. */
const order = (subject: string, goods: readonly string[]): Input<Tally> => ({
  subject, handler: 'command:order', trigger: trigger(), also: goods,
  decide: (_state, { other }) => {
    const stocks = new Map(goods.map((good) => [good, (other(good) as Tally | undefined) ?? { version: 0, numbers: [] }]));
    if ([...stocks.values()].some(({ numbers }) => numbers.length >= 2)) return stale('sold_out');
    const taken = new Map([...stocks].map(([good, stock]) => [good, { version: stock.version + 1, numbers: [...stock.numbers, 1] }]));
    return apply({ version: 1, numbers: [1] }, [], [], taken);
  },
});

describe('A decision over further subjects', () => {
  test('sees and changes them together with its own, all or none', async () => {
    const outcomes = await log.change(extension(), [order('one', ['tea', 'cake']), order('two', ['tea']), order('three', ['cake', 'tea'])]);
    expect(outcomes.map(({ outcome }) => outcome.kind)).toEqual(['apply', 'apply', 'stale']);
    expect([await numbersOf('tea'), await numbersOf('cake'), await numbersOf('three')]).toEqual([[1, 1], [1], []]);
  });

  test('never sells more than there is, however many decide at once, in whatever order they name the goods', async () => {
    const goods = ['jam', 'bread', 'milk'];
    // While connections are being made one is done before the next begins: with all of them there, they decide at once.
    await Promise.all(Array.from({ length: 12 }, () => pool.query('SELECT pg_sleep(0.05)')));
    const decided = await Promise.all(Array.from({ length: 24 }, (_, index) => log.change(extension(), [order(`buyer ${index}`, index % 2 === 0 ? goods : goods.toReversed())])));
    expect(decided.flat().filter(({ outcome }) => outcome.kind === 'apply')).toHaveLength(2);
    expect(await numbersOf('milk')).toEqual([1, 1]);
  });

  test('touches only what it named beforehand', async () => {
    const reading: Input<Tally> = { subject: 'x', handler: 'command:peek', trigger: trigger(), decide: (_state, { other }) => (other('tea') === undefined ? stale('none') : apply({ version: 1, numbers: [] })) };
    const writing: Input<Tally> = { subject: 'y', handler: 'command:push', trigger: trigger(), decide: () => apply({ version: 1, numbers: [] }, [], [], new Map([['tea', { version: 9, numbers: [] }]])) };
    const [read, written] = await log.change(extension(), [reading, writing]);
    expect([read?.outcome, written?.outcome]).toEqual([
      expect.objectContaining({ kind: 'failed', error: expect.objectContaining({ message: expect.stringContaining('command:peek touches tea') }) }),
      expect.objectContaining({ kind: 'failed', error: expect.objectContaining({ message: expect.stringContaining('command:push touches tea') }) }),
    ]);
    expect(await numbersOf('y')).toEqual([]);
  });

  test('is one of the size of a batch, and all that it names are bounded together, but a single one may name more', async () => {
    await append(log, { subject: 'a', n: 1 });
    await append(log, { subject: 'b', n: 1 });
    const events = (await log.history('a')).concat(await log.history('b'));
    const naming = (also: (subject: string) => string[]) => (event: StoredEvent): Item => ({
      event, effects: [], owned: undefined as never,
      inputs: [{ subject: event.subject, handler: 'x', trigger: trigger(), also: also(event.subject), decide: () => stale('x') }],
    });
    const goods = (count: number, of = ''): string[] => Array.from({ length: count }, (_, index) => `${of} ${index}`);
    const stretch = { events, upTo: events[1]?.cursor ?? { epoch: 0, txid: 0, position: 0 } };
    const taken = (also: (subject: string) => string[], subjects: number): number => batchOf(stretch, naming(also), { subjects, items: 500, locks: 128 }).items.length;
    expect([taken((subject) => goods(100, subject), 128), taken((subject) => goods(60, subject), 128)]).toEqual([1, 2]);
    // What they share counts once and makes no batch smaller than it says: a size could not grow again that was never reached.
    expect([taken(() => goods(100), 128), taken(() => goods(100), 2), taken(() => goods(3), 1)]).toEqual([2, 2, 1]);
    const many = Array.from({ length: 600 }, (_, index) => `good ${index}`);
    expect((await log.change(extension(), [order('large', many)]))[0]?.outcome.kind).toBe('apply');
  });
});
