/** Dead letters that are rows of this database, through the API of the service. The queues are away: what is in the database is shown all the same. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { TestCoordinator } from '../test-coordinator.ts';

const READ = 'dlq:read';
const WRITE = 'dlq:read dlq:write';
const HANDLER = 'orders.fulfill';
let cc: TestCoordinator;
beforeAll(async () => {
  cc = await startTestCoordinator();
  const lines = [{ sku: 'NW-1', quantity: 1, unitPrice: '10.00' }];
  for (let n = 0; n < 3; n += 1) await cc.call('POST', '/orders', { body: { customerId: 'VINET', currency: 'USD', lines }, headers: { 'idempotency-key': `key-${n}` } });
  await cc.pool.query(
    `INSERT INTO work (handler, event_id, reader, slot, subject, epoch, txid, position, state, attempt, fence, key, last_error)
     SELECT $1, event_id, 'orders', slot, subject, epoch, txid, position, 'dead', 20, 1, 'key', jsonb_build_object('code', 'Error', 'message', 'it broke', 'atMs', 1000 * row_number() OVER (ORDER BY position))
     FROM events WHERE type = 'OrderCreated'`, [HANDLER]);
  await cc.pool.query(
    `INSERT INTO failed_attempts (handler, event_id, subject, attempt, error) SELECT handler, event_id, subject, n, jsonb_build_object('code', 'Error', 'message', 'attempt ' || n, 'atMs', 1) FROM work, generate_series(19, 20) n`);
  await cc.pool.query(
    `INSERT INTO publish_refusals (event_id, event_type, source, code, message, due_at) SELECT event_id, type, source, 'NotAuthorizedForSourceException', 'no', now() + interval '1 hour' FROM events WHERE type = 'OrderCheckoutInitiated'`);
});
afterAll(() => cc?.stop());

async function list(query = ''): Promise<any[]> {
  const { status, body } = await cc.call('GET', `/dead-letters${query}`, { scopes: READ });
  expect([status, body.code]).toEqual([200, undefined]);
  return body.items;
}

async function ran(act: string, selection: object): Promise<any> {
  const { status, body, headers } = await cc.call('POST', '/dead-letter-runs', { scopes: WRITE, client: 'operator', body: { act, selection, reason: { code: 'mended' } } });
  expect([status, headers.get('location')]).toEqual([202, `/dead-letter-runs/${body.runId}`]);
  for (let left = 500; left > 0; left -= 1, await delay(10)) {
    const run = (await cc.call('GET', `/dead-letter-runs/${body.runId}`, { scopes: READ })).body;
    if (run.state === 'done') return run;
  }
  throw new Error('The run does not end.');
}

const due = async (): Promise<number> => (await cc.pool.query('SELECT count(*)::int AS n FROM publish_refusals WHERE due_at <= clock_timestamp()')).rows[0].n;

test('all kinds stand in one list, page by page, each with its reason, and each filter holds', async () => {
  const all = await list();
  expect(all.map(({ kind, reason, handler, eventType }) => [kind, reason, handler, eventType].join(' '))).toEqual([
    ...Array(3).fill(`work Error ${HANDLER} OrderCreated`), ...Array(3).fill('publish NotAuthorizedForSourceException  OrderCheckoutInitiated'),
  ]);
  const paged: any[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await cc.call('GET', `/dead-letters?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`, { scopes: READ });
    paged.push(...body.items);
    cursor = body.nextCursor;
  }
  expect(paged).toEqual(all);
  const counted = await Promise.all(['?kind=publish', '?reason=Error', '?type=OrderCreated', `?handler=${HANDLER}`, '?handler=other', '?before=1970-01-01T00:00:02Z', '?since=1970-01-01T00:00:02Z'].map(async (query) => (await list(query)).length));
  expect(counted).toEqual([3, 3, 3, 3, 0, 1, 5]);
  expect((await cc.call('GET', '/dead-letters/counts', { scopes: READ })).body).toMatchObject({ total: 6, items: [{ kind: 'publish', count: 3 }, { kind: 'work', count: 3, oldest: '1970-01-01T00:00:01.000Z' }] });
});

test('one is read with its event, every recorded attempt, and what does not fit', async () => {
  const [first] = await list('?kind=work');
  const { body } = await cc.call('GET', `/dead-letters/${first.id}`, { scopes: READ });
  expect(body).toMatchObject({ ...first, detail: 'it broke', attempts: 20, now: null, diff: { eventType: 'OrderCreated', differences: [] }, attemptsRecorded: [{ attempt: 19, message: 'attempt 19', handler: HANDLER }, { attempt: 20, code: 'Error' }] });
  expect(JSON.parse(body.text)).toMatchObject({ eventType: 'OrderCreated', data: { orderId: first.subject } });
});

test('reading and writing take their own scopes', async () => {
  const body = { act: 'discard', selection: { all: true }, reason: { code: 'mended' } };
  expect((await cc.call('GET', '/dead-letters', { scopes: 'orders:read' })).status).toBe(403);
  expect((await cc.call('POST', '/dead-letter-runs', { scopes: READ, body })).status).toBe(403);
});

test('what is meant comes back or ends, and nothing else; then a new list is short', async () => {
  const [first, second] = await list('?kind=work');
  expect(await ran('redrive', { ids: [first.id] })).toMatchObject({ redriven: 1, toDo: 1, lastError: null });
  expect(await ran('discard', { handler: HANDLER, before: '1970-01-01T00:00:03Z' })).toMatchObject({ discarded: 1, toDo: 1 });
  const { rows } = await cc.pool.query('SELECT state, attempt FROM work ORDER BY position');
  expect(rows).toEqual([{ state: 'ready', attempt: 0 }, { state: 'dead', attempt: 20 }]);
  expect(await cc.log.ignored(second.subject)).toMatchObject([{ handler: HANDLER, rule: 'skipped', evidence: { by: 'user of operator (operator)', reason: 'mended' } }]);

  const [refused, ...others] = await list('?kind=publish');
  expect(await due()).toBe(0);
  expect(await ran('redrive', { ids: [refused.id] })).toMatchObject({ redriven: 1 });
  expect(await due()).toBe(1);
  expect(await ran('discard', { ids: others.map(({ id }) => id) })).toMatchObject({ discarded: 2 });
  expect((await cc.log.ignored(others[0].subject)).at(-1)).toMatchObject({ handler: 'dead-letters.publish', rule: 'discarded', evidence: { reason: 'mended' } });
  expect((await list()).map(({ kind }) => kind)).toEqual(['work', 'publish']);
});

test('what waits for a version is not brought back, and the run says so; discarded it ends, and its order goes on', async () => {
  await cc.pool.query(`UPDATE work SET state = 'waiting', last_error = jsonb_build_object('code', 'unknown_version', 'message', 'v9', 'atMs', 1) WHERE state = 'dead'`);
  const [letter] = await list('?reason=unknown_version');
  expect(await ran('redrive', { ids: [letter.id] })).toMatchObject({ toDo: 1, redriven: 0, refused: 1, lastError: expect.stringMatching(/^1 of work wait for a version .* go on by themselves/) });
  expect(await list('?reason=unknown_version')).toHaveLength(1);
  expect(await ran('discard', { ids: [letter.id] })).toMatchObject({ toDo: 1, discarded: 1, lastError: null });
  expect(await list('?reason=unknown_version')).toEqual([]);
  expect((await cc.log.ignored(letter.subject)).at(-1)).toMatchObject({ handler: HANDLER, rule: 'skipped', evidence: { by: 'user of operator (operator)', error: { code: 'unknown_version' } } });
});
