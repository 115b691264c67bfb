/** The verification of the log over HTTP: what is as it was sealed, what was changed, what only kept heads find, who may ask, and one at a time. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sealKey } from '@commerce/event-log/seal-head';
import type { Head } from '@commerce/event-log/seal-head';
import { readHeads, sealLog, sealNext } from '@commerce/event-log/seals';
import { systemSleep } from '@commerce/service-kit/ports';
import { eventually } from '@commerce/service-kit/test-eventually';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { TestCoordinator } from '../test-coordinator.ts';

/** What is slept in the place of the longest time of a stream and of the wait between two signs of life. */
const QUICK: Readonly<Record<number, number>> = { 900_000: 200, 10_000: 20 };
const SEAL_KEY = Buffer.alloc(32, 4).toString('base64');
let cc: TestCoordinator;
let isQuick = false;
beforeAll(async () => {
  cc = await startTestCoordinator({ ROLES: 'api', SEAL_KEY }, { sleep: (ms, signal) => systemSleep(isQuick ? (QUICK[ms] ?? ms) : ms, signal) });
  for (const userId of ['ALFKI', 'VINET']) await register(userId);
  await sealUpTo(4);
  await sealLog({ pool: cc.pool, log: 'commerce-coordinator', key: sealKey(SEAL_KEY), nowMs: Date.now, monotonicMs: () => 0, sleep: async () => undefined }, AbortSignal.timeout(30_000));
});
afterAll(() => cc?.stop());

/** Two events: that, and who did it. */
async function register(userId: string): Promise<void> {
  expect((await cc.call('POST', '/users', { scopes: 'users:write', body: { userId } })).status).toBe(201);
}

/** A seal for each event. */
async function sealUpTo(seal: number): Promise<void> {
  await eventually('all is sealed', async () => {
    await sealNext(cc.pool, 1);
    return (await cc.pool.query('SELECT max(seal)::int AS last FROM seals')).rows[0].last === seal;
  });
}

interface Said {
  readonly event: string;
  readonly data: any;
}

async function verify(scopes = 'admin', heads?: readonly Head[]): Promise<{ status: number; said: Said[] }> {
  const authorization = `Bearer auditor;${scopes}`;
  const answer = await fetch(`${cc.url}/api/audit/verification`, heads === undefined ? { headers: { authorization } } : { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify({ heads }) });
  const text = await answer.text();
  const said = [...text.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)].map(([, event = '', data = '']) => ({ event, data: JSON.parse(data) }));
  return { status: answer.status, said };
}

test('a log that is as it was sealed is said to be so, and another caller comes after it', async () => {
  const { status, said } = await verify();
  expect([status, said.at(-1)]).toEqual([200, { event: 'verified', data: expect.objectContaining({ seals: expect.any(Number), unsealed: 0, findings: 0 }) }]);
  expect(said[0]).toMatchObject({ event: 'progress', data: { ofSeals: said.at(-1)?.data.seals } });
  expect((await verify()).said.at(-1)?.event).toBe('verified');
});

test('a log whose end was cut off, or that was sealed anew behind that, is found by a head that was kept, and by nothing that stands in its database', async () => {
  const found = async (heads?: readonly Head[]): Promise<string[]> => (await verify('admin', heads)).said.filter(({ event }) => event === 'finding').map(({ data }) => `${data.kind} ${data.seal}: ${data.text}`);
  const kept = await readHeads(cc.pool, undefined, 10);
  expect(kept.map(({ log, seal, total }) => [log, seal, total])).toEqual([['commerce-coordinator', 4, 4]]);
  expect((await verify('admin', kept)).said.at(-1)).toMatchObject({ event: 'verified', data: { heads: 2, findings: 0 } });
  await cc.pool.query('DELETE FROM events WHERE position = (SELECT max(position) FROM events); DELETE FROM seals WHERE seal = 4; DELETE FROM seal_heads');
  expect([await found(), await found(kept)]).toEqual([[], [expect.stringMatching(/^head 4: .* the end of the log was cut off/)]]);
  await register('HANAR');
  await sealUpTo(5);
  expect([await found(), await found(kept)]).toEqual([[], [expect.stringMatching(/^head 4: .* was written anew/)]]);
  // One that somebody has made up does not hide it.
  const forged = { ...kept[0] as Head, chain: (await cc.pool.query("SELECT encode(chain, 'hex') AS chain FROM seals WHERE seal = 4")).rows[0].chain };
  expect(await found([forged])).toEqual([expect.stringMatching(/^head 4: .* was not signed by the key/)]);
});

test('heads are taken of this log, in their form, from who may ask', async () => {
  const head = { log: 'commerce-coordinator', seal: 1, total: 1, upTo: { epoch: 1, txid: 1, position: 1 }, chain: 'ab'.repeat(32), at: '2030-01-01T00:00:00.000Z', keyId: '0123456789abcdef', signature: 'c2ln' };
  const post = (heads: unknown, scopes = 'admin') => cc.call('POST', '/api/audit/verification', { scopes, body: { heads } });
  expect(await post([head, { ...head, log: 'order-fulfillment' }])).toMatchObject({ status: 422, body: { code: 'heads_of_another_log', errors: [{ path: '/body/heads/1/log' }] } });
  expect(await post([])).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
  expect(await post([{ ...head, chain: 'short' }])).toMatchObject({ status: 400, body: { errors: [{ path: '/body/heads/0/chain' }] } });
  expect((await post([head], 'events:read')).status).toBe(403);
});

test('an event that was changed is named', async () => {
  const { rows: [changed] } = await cc.pool.query(`UPDATE events SET data = data || '{"userId": "OTHER"}' WHERE event_id = (SELECT event_id FROM events WHERE type = 'UserRegistered' ORDER BY position LIMIT 1) RETURNING event_id`);
  const { said } = await verify();
  expect(said.filter(({ event }) => event === 'finding').map(({ data }) => [data.kind, data.eventId])).toEqual(expect.arrayContaining([['changed', changed.event_id]]));
  expect(said.at(-1)?.data.findings).toBeGreaterThan(0);
});

test('who is no admin may not ask, and a second one waits for the first', async () => {
  expect((await verify('events:read')).status).toBe(403);
  const held = await cc.pool.connect();
  await held.query('BEGIN; LOCK TABLE seals IN ACCESS EXCLUSIVE MODE');
  const first = verify();
  await eventually('the first one waits', async () => (await cc.pool.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")).rowCount === 1);
  const second = await cc.call('GET', '/api/audit/verification', { scopes: 'admin' });
  expect([second.status, second.body.code, second.headers.get('retry-after')]).toEqual([409, 'verification_running', '30']);
  await held.query('COMMIT');
  held.release();
  expect((await first).said.at(-1)?.event).toBe('verified');
});

test('after 15 minutes the stream ends without the end of the log, and the next one may ask', async () => {
  const held = await cc.pool.connect();
  await held.query('BEGIN; LOCK TABLE seals IN ACCESS EXCLUSIVE MODE');
  isQuick = true;
  const ended = await verify().then(() => 'with an end', () => 'cut off');
  isQuick = false;
  await held.query('COMMIT');
  held.release();
  expect(ended).toBe('cut off');
  await eventually('the next one is heard', async () => (await verify()).said.at(-1)?.event === 'verified');
});
