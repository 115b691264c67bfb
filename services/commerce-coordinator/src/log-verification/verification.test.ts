/** The verification of the log over HTTP: what is as it was sealed, what was changed, who may ask, and one at a time. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sealNext } from '@commerce/event-log/seals';
import { systemSleep } from '@commerce/service-kit/ports';
import { eventually } from '@commerce/service-kit/test-eventually';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { TestCoordinator } from '../test-coordinator.ts';

/** What is slept in the place of the longest time of a stream and of the wait between two signs of life. */
const QUICK: Readonly<Record<number, number>> = { 900_000: 200, 10_000: 20 };
let cc: TestCoordinator;
let isQuick = false;
beforeAll(async () => {
  cc = await startTestCoordinator({ ROLES: 'api' }, { sleep: (ms, signal) => systemSleep(isQuick ? (QUICK[ms] ?? ms) : ms, signal) });
  for (const userId of ['ALFKI', 'VINET']) expect((await cc.call('POST', '/users', { scopes: 'users:write', body: { userId } })).status).toBe(201);
  let sealed = 0;
  await eventually('both are sealed', async () => (sealed += await sealNext(cc.pool)) >= 4);
});
afterAll(() => cc?.stop());

interface Said {
  readonly event: string;
  readonly data: any;
}

async function verify(scopes = 'admin'): Promise<{ status: number; said: Said[] }> {
  const answer = await fetch(`${cc.url}/api/audit/verification`, { headers: { authorization: `Bearer auditor;${scopes}` } });
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
