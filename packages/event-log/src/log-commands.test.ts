import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import type pg from 'pg';
import { sealAll } from '../test-kit/dated.ts';
import { append, openTally } from '../test-kit/tally.ts';
import { runCommand } from './log-commands.ts';
import type { EventLog } from './log.pg.ts';
import { sealKey } from './seal-head.ts';
import { sealLog } from './seals.pg.ts';

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
beforeEach(() => pool.query('DELETE FROM events; DELETE FROM seals; DELETE FROM seal_heads; DELETE FROM readers'));

const SECRET = Buffer.alloc(32, 3).toString('base64');
const { publicKey, keyId } = sealKey(SECRET);
const signal = new AbortController().signal;

async function command(line: string, env: Record<string, string> = {}, text = ''): Promise<{ code: number; out: string[]; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCommand(line.split(' ').filter((word) => word !== ''), {
    env, openPool: () => pool, readText: async () => text, randomBytes: (count) => Buffer.alloc(count, 9), out: (one) => out.push(one), err: (one) => err.push(one),
    nowMs: Date.now, monotonicMs: () => performance.now(), sleep: () => new Promise((resolve) => setTimeout(resolve, 5)), signal,
  });
  return { code, out, err: err.join('\n') };
}

async function sealedLog(): Promise<string> {
  const id = await append(log, { subject: 'a', n: 1 });
  await append(log, { subject: 'a', n: 2 });
  await sealAll(pool);
  await sealLog({ pool, log: 'test', key: sealKey(SECRET), nowMs: Date.now, monotonicMs: () => 0, sleep: async () => undefined }, signal);
  return id;
}

describe('verify', () => {
  test('says that all is as it was sealed, and which signatures it judged', async () => {
    await sealedLog();
    expect(await command('verify', { SEAL_KEY: SECRET })).toEqual({ code: 0, err: '', out: ['1 seals, 2 sealed events, 0 gone by retention, 0 not sealed yet, 1 heads', 'All is as it was sealed.'] });
    expect((await command(`verify --public-key ${publicKey}`)).code).toBe(0);
    expect((await command('verify')).out).toContain('Signatures were not judged: give --public-key, or SEAL_KEY');
    const other = sealKey(Buffer.alloc(32, 4).toString('base64')).publicKey;
    expect((await command(`verify --public-key ${other}`)).code).toBe(1);
    expect((await command('verify', { SEAL_KEYS_BEFORE: `${other},${publicKey}` })).code).toBe(0);
  });

  test('names the event that was changed, with its position, and ends with code 1', async () => {
    const id = await sealedLog();
    const { rows: [row] } = await pool.query(`UPDATE events SET data = jsonb_set(data, '{n}', '7') WHERE event_id = $1 RETURNING position`, [id]);
    const { code, out } = await command('verify');
    expect([code, out[0]?.startsWith('DIGEST event'), out[1]]).toEqual([1, true, `CHANGED seal 1 event ${id} at position ${row.position}: differs from what was sealed in data`]);
    const { list } = JSON.parse((await command('verify --json')).out[0] ?? '');
    expect(list).toContainEqual(expect.objectContaining({ kind: 'changed', eventId: id, differs: ['data'] }));
  });

  test('holds the log against heads that were printed before', async () => {
    await sealedLog();
    const kept = (await command('heads')).out.join('\n');
    expect(JSON.parse(kept)).toMatchObject({ log: 'test', seal: 1, total: 2, keyId });
    expect((await command('verify --heads kept.jsonl', { SEAL_KEY: SECRET }, kept)).code).toBe(0);
    await pool.query('DELETE FROM events; DELETE FROM seals; DELETE FROM seal_heads');
    await sealedLog();
    const others = ['a line of another program', '7', 'null', '"text"', '{"level":"info","msg":"cut o', JSON.stringify({ level: 'info', head: 3 }), JSON.stringify({ level: 'info', head: 'no head', msg: 'another line' }), ''];
    const asLogged = `${others.join('\n')}\n${JSON.stringify({ level: 'info', head: kept, msg: 'a head of the log was signed' })}\n`;
    for (const text of [kept, asLogged]) {
      const { code, out } = await command('verify --heads kept.jsonl', { SEAL_KEY: SECRET }, text);
      expect([code, out[0]]).toEqual([1, expect.stringContaining('written anew')]);
    }
    expect((await command('heads --after 1')).out).toEqual([]);
  });
});

test('a key is made, and its public part printed', async () => {
  const { out } = await command('key --new');
  const secret = out[0]?.replace('SEAL_KEY=', '') ?? '';
  expect(out.slice(1)).toEqual([`public key ${sealKey(secret).publicKey}`, `key id ${sealKey(secret).keyId}`]);
  expect((await command('key', { SEAL_KEY: SECRET })).out).toEqual([`public key ${publicKey}`, `key id ${keyId}`]);
  expect(await command('key')).toMatchObject({ code: 1, out: [] });
});

test('a reader that nobody runs is not divided while it has something to read, and is while it has not', async () => {
  await pool.query("INSERT INTO readers (name, partition, slot_from, slot_to, epoch, txid, position, recorded_at) VALUES ('r', 0, 0, 127, 0, '0', 0, now()), ('r', 1, 128, 255, 0, '0', 0, now())");
  await append(log, { subject: 'a', n: 1 });
  expect(await command('repartition r 3 --timeout 0.05')).toMatchObject({ code: 1, err: expect.stringContaining('did not come to one place') });
  expect((await command('repartition r --cancel')).out).toEqual(['r does not halt.']);
  await pool.query('DELETE FROM events');
  expect((await command('repartition r 3 --timeout 20')).out).toEqual(['r had 2 partitions and has 3 now.']);
  const { rows } = await pool.query("SELECT slot_from, slot_to, fence::int, halt_txid FROM readers WHERE name = 'r' ORDER BY partition");
  expect(rows).toEqual([{ slot_from: 0, slot_to: 84, fence: 1, halt_txid: null }, { slot_from: 85, slot_to: 169, fence: 1, halt_txid: null }, { slot_from: 170, slot_to: 255, fence: 1, halt_txid: null }]);
  expect((await command('repartition nobody 3')).err).toContain('There is no reader nobody');
});

test('the epoch is told, and stays where the log was not moved', async () => {
  expect(await command('epoch')).toMatchObject({ code: 0, out: ['epoch 1: the log is where it was written'] });
  expect((await command('epoch --bump')).out[0]).toContain('epoch 1 stays');
  expect((await command('epoch --bump --even-so')).out).toEqual(['Epoch 2 has begun.']);
});

test.each(['', 'unknown', 'verify --no-such-option', 'repartition'])('"%s" is answered with how it is used', async (line) => {
  expect(await command(line)).toMatchObject({ code: 2, err: expect.stringContaining('verify [--public-key') });
});
