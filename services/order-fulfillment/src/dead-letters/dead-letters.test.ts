/** Dead letters of this service: a handler that really gave up, and events that the bus refused, brought back and ended through the API. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@commerce/service-kit/test-eventually';
import { requestFor, startTestService } from '../test-service.ts';
import type { Answer, TestService } from '../test-service.ts';

const HANDLER = 'fulfillments.start';
let service: TestService;
let keys = 0;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service?.stop());

const call = (path: string, body?: object, scopes = 'dlq:read dlq:write', client = 'operator'): Promise<Answer> => service.call(path, { client, scopes, ...(body !== undefined && { method: 'POST', body }) });
const listed = async (query = ''): Promise<any[]> => (await call(`/dead-letters${query}`)).body.items;

async function ran(act: 'redrive' | 'discard', selection: object): Promise<any> {
  const { status, headers, body } = await call('/dead-letter-runs', { act, selection, reason: { code: 'mended', message: 'The column is wider.' } });
  expect([status, headers['location']]).toEqual([202, `/dead-letter-runs/${body.runId}`]);
  return eventually('the run has ended', async () => {
    const run = (await call(`/dead-letter-runs/${body.runId}`)).body;
    return run.state === 'done' && run;
  });
}

/** Asks for a fulfillment that the present state of the database refuses, and lets its last attempt come at once. Gives its id. */
async function dead(): Promise<{ fulfillmentId: string; orderId: string }> {
  const { fulfillmentId, orderId } = (await service.request(requestFor(['physical'], { lines: [{ lineId: '1', sku: 'TOO-WIDE', quantity: 1, kind: 'physical' }] }), `key-${(keys += 1)}`)).body;
  const parked = async (state: string): Promise<boolean> => (await service.pool.query('SELECT 1 FROM work WHERE handler = $1 AND subject = $2 AND state = $3', [HANDLER, `commerce-coordinator ${orderId}`, state])).rowCount === 1;
  await eventually('the handler fails', () => parked('ready'));
  await service.pool.query('UPDATE work SET attempt = 19, due_at = clock_timestamp() WHERE handler = $1 AND subject = $2', [HANDLER, `commerce-coordinator ${orderId}`]);
  await eventually('the handler gives up', () => parked('dead'));
  return { fulfillmentId, orderId };
}

const REFUSE = `ALTER TABLE pick_requests ADD CONSTRAINT narrow CHECK (sku <> 'TOO-WIDE') NOT VALID`;

test('a handler that gave up is listed with its reason and attempts; after the mend it is brought back, and the fulfillment completes', async () => {
  await service.pool.query(REFUSE);
  const { fulfillmentId, orderId } = await dead();
  const subject = `commerce-coordinator ${orderId}`;
  const [letter] = await listed('?kind=work');
  expect(letter).toMatchObject({ kind: 'work', handler: HANDLER, eventType: 'FulfillmentAccepted', subject, attempts: 20, detail: expect.stringMatching(/narrow/) });
  expect((await call('/dead-letters/counts')).body).toMatchObject({ total: 1, queues: [], items: [{ kind: 'work', handler: HANDLER, count: 1 }] });
  const one = (await call(`/dead-letters/${encodeURIComponent(letter.id)}`)).body;
  expect(one).toMatchObject({ now: null, diff: { eventType: 'FulfillmentAccepted', differences: [] }, attemptsRecorded: expect.arrayContaining([expect.objectContaining({ attempt: 20, handler: HANDLER })]) });
  expect(JSON.parse(one.text)).toMatchObject({ eventType: 'FulfillmentAccepted', data: { fulfillmentId, orderId } });

  await service.pool.query('ALTER TABLE pick_requests DROP CONSTRAINT narrow');
  expect(await ran('redrive', { handler: HANDLER })).toMatchObject({ toDo: 1, redriven: 1, refused: 0, lastError: null, askedBy: { subject: 'user of operator', clientId: 'operator' }, why: 'The column is wider.' });
  await eventually('the fulfillment completes', async () => (await service.call(`/v1/fulfillments/${fulfillmentId}`)).body.status === 'completed');
  expect(await listed()).toEqual([]);
  expect(await service.pool.query('SELECT line_id FROM pick_requests WHERE fulfillment_id = $1', [fulfillmentId])).toMatchObject({ rowCount: 1 });
});

test('what is given up stands in the ledger with who and why, and what it held goes on', async () => {
  await service.pool.query(REFUSE);
  const { orderId } = await dead();
  const [letter] = await listed('?kind=work');
  await service.pool.query('ALTER TABLE pick_requests DROP CONSTRAINT narrow');
  expect(await ran('discard', { ids: [letter.id] })).toMatchObject({ toDo: 1, discarded: 1 });
  expect(await service.ignored(orderId)).toMatchObject([{ handler: HANDLER, rule: 'skipped', evidence: { by: 'user of operator (operator)', reason: 'The column is wider.' } }]);
});

test('an own event that the bus refused is due at once, or never published', async () => {
  await service.pool.query(`INSERT INTO publish_refusals (event_id, event_type, source, code, message, due_at)
    SELECT event_id, type, source, 'NotAuthorizedForSourceException', 'no', now() + interval '1 hour' FROM events WHERE type = 'FulfillmentAccepted'`);
  const [first, second] = await listed('?kind=publish');
  expect(await ran('redrive', { ids: [first.id] })).toMatchObject({ redriven: 1 });
  expect((await service.pool.query('SELECT event_id FROM publish_refusals WHERE due_at <= clock_timestamp()')).rows).toEqual([{ event_id: first.eventId }]);
  expect(await ran('discard', { ids: [second.id] })).toMatchObject({ discarded: 1 });
  expect((await listed('?kind=publish')).map(({ id }) => id)).toEqual([first.id]);
});

test('this service takes nothing from a queue: of those kinds there is nothing, and a run over all of it ends', async () => {
  expect((await call('/dead-letters?kind=queue')).body).toEqual({ items: [], nextCursor: null, queues: [] });
  expect(await ran('redrive', { kinds: ['queue', 'rule-target'] })).toMatchObject({ toDo: 0, redriven: 0, moved: 0, lastError: null });
});

test('reading and writing take their own scopes: a client has neither, and an operator needs no record of a client', async () => {
  const run = { act: 'discard', selection: { all: true }, reason: { code: 'mended' } };
  expect([(await call('/dead-letters', undefined, 'clients:admin')).status, (await call('/dead-letter-runs', run, 'dlq:read')).status]).toEqual([403, 403]);
  expect((await call('/dead-letters', undefined, 'dlq:read', 'partner')).status).toBe(403);
  expect((await call('/dead-letters', undefined, 'dlq:read', 'on-call')).status).toBe(200);
});
