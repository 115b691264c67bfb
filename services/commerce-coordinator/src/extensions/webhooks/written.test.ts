/** What is written for endpoints and what is handed to the dispatcher, without a dispatcher that works: it takes what it is given. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { START } from '@commerce/event-log/event';
import type { Cursor, StoredEvent } from '@commerce/event-log/event';
import type { Tx } from '@commerce/event-log/extension';
import { readHandled } from '@commerce/event-log/handled';
import { marked } from '@commerce/event-log/replay-mark';
import { inTransaction } from '@commerce/event-log/transaction';
import { eventually } from '@commerce/service-kit/test-eventually';
import { webhooks } from './extension.ts';
import type { Lease } from './delivery/lease.ts';
import { HEARD } from './fan-out-entries.ts';
import { fanOutStore } from './fan-out.pg.ts';
import { FAN_OUT, fanOut } from './fan-out.ts';
import type { FannedOut } from './fan-out.ts';
import { tellFailures } from './job-failures.ts';
import { claim, claimInOrder, end, giveBackStrays, reap, register } from './deliveries.pg.ts';
import { retryDelivery } from './operating.pg.ts';
import { deliverAgain, isEndpointOf } from './replaying.ts';
import { WebhookEndpointFailing } from './signals.ts';
import { uuid7 } from '@commerce/events/uuid7';
import { startTestReceiver } from './test-receiver.ts';
import { startTestWebhooks } from './test-webhooks.ts';
import type { TestWebhooks } from './test-webhooks.ts';

const URL = 'http://127.0.0.1:1/x';
const ENDED = ['delivered', 'dead', 'discarded'];
let it: TestWebhooks;
beforeAll(async () => {
  it = await startTestWebhooks({ starts: false });
});
afterEach(async () => {
  await it.pool.query('UPDATE webhook_registrations SET version = version + 1; TRUNCATE webhook_endpoints, webhook_deliveries, webhook_attempts, webhook_counts, webhook_messages, webhook_lease_batches, failed_attempts');
});
afterAll(() => it.stop());

const rowsOf = async (endpointId?: string) =>
  (await it.pool.query('SELECT state, lease_holder, event_id, replay_id, subject, name FROM webhook_deliveries WHERE $1::uuid IS NULL OR endpoint_id = $1 ORDER BY place', [endpointId ?? null])).rows;
const written = (count: number) => eventually('what is written', async () => {
  const rows = await rowsOf();
  return rows.length >= count && rows;
});
const stored = async (orderId: string): Promise<StoredEvent> => (await it.log.history(orderId)).find(({ type }) => type === 'OrderCreated') as StoredEvent;

/** An order that the fan-out has seen, when nobody wanted it. */
async function heard(): Promise<{ readonly orderId: string; readonly event: StoredEvent }> {
  const orderId = await it.order();
  await it.seen();
  return { orderId, event: await stored(orderId) };
}

/** A store whose dispatcher has room for so many, and keeps what it is given. */
function storeWith(room: number) {
  const given: { leases: Lease[]; due: string[] } = { leases: [], due: [] };
  const holder = '0193a6a0-7000-7abc-9def-0123456789ff';
  const dispatcher = {
    holder, room: () => ({ take: () => room-- > 0 }), deliver: (leases: readonly Lease[]) => void given.leases.push(...leases), due: (ids: readonly string[]) => void given.due.push(...ids),
  };
  return { given, holder, store: fanOutStore({ registry: it.own.registry, log: it.log, dispatcher: dispatcher as unknown as TestWebhooks['own']['dispatcher'], nowMs: Date.now }) };
}

const decided = (event: StoredEvent): FannedOut => {
  const outcome = fanOut(undefined, event, undefined as never, it.own);
  if (outcome.kind !== 'apply') throw new Error(outcome.kind);
  return outcome.state as FannedOut;
};

test('what is leased is handed over after the commit, with the bytes that are stored; what there is no room for is only told to be due', async () => {
  const { orderId, event } = await heard();
  const ids = [await it.register({ url: URL, events: ['order.created'] }), await it.register({ url: URL, events: ['order.created'] })];
  await it.own.registry.refresh(it.pool);
  const { given, holder, store } = storeWith(1);
  const changes = [{ subject: orderId, before: undefined, after: decided(event) }];
  await inTransaction(it.pool, async (tx) => {
    await store.save(tx, changes);
    expect(given).toEqual({ leases: [], due: [] });
  });
  store.saved?.(changes);
  const rows = await rowsOf();
  expect(rows.map(({ state, lease_holder: by }) => [state, by])).toEqual([['leased', holder], ['ready', null]]);
  const { rows: [{ body }] } = await it.pool.query('SELECT body FROM webhook_messages');
  expect(given.leases).toMatchObject([{ eventId: event.eventId, name: 'order.created', attempt: 0, body }]);
  expect([given.leases[0]?.endpointId, ...given.due].sort()).toEqual(ids.sort());
});

test('nothing is handed over of what was rolled back', async () => {
  const { orderId, event } = await heard();
  await it.register({ url: URL, events: ['order.created'] });
  await it.own.registry.refresh(it.pool);
  const { given, store } = storeWith(9);
  const extension = { name: 'webhooks', source: 'test', store, handlers: {}, effects: {}, timers: {} };
  const trigger = { correlationId: event.correlationId, causationId: null, metadata: {} };
  const change = (after?: () => readonly Promise<unknown>[]) => it.log.change(extension, [{ subject: orderId, handler: 'test', trigger, decide: () => ({ kind: 'apply' as const, state: decided(event), events: [], timers: [] }) }], after === undefined ? {} : { after });
  await expect(change(() => [Promise.reject(new Error('undone'))])).rejects.toThrow('undone');
  expect([given.leases, await rowsOf()]).toEqual([[], []]);
  await change();
  expect([given.leases.length, (await rowsOf()).length]).toEqual([1, 1]);
});

test('what is written already stays when its event is handled again without a replay: at the second try', async () => {
  const { orderId, event } = await heard();
  await it.register({ url: URL, events: ['*'] });
  await it.own.registry.refresh(it.pool);
  const { given, store } = storeWith(9);
  const save = async (): Promise<void> => {
    const changes = [{ subject: orderId, before: undefined, after: decided(event) }];
    await inTransaction(it.pool, (tx) => store.save(tx, changes));
    store.saved?.(changes);
  };
  await save();
  const first = await rowsOf();
  expect([first.length, given.leases.length]).toEqual([1, 1]);
  await expect(save()).rejects.toMatchObject({ name: 'WrittenAlready', code: '40001' });
  await save();
  expect(await rowsOf()).toEqual(first);
  // Nothing is sent for which there is no row.
  expect(given.leases).toHaveLength(1);
});

test('an event that an owner asked for before the fan-out came to it is sent both times, as two deliveries of one message', async () => {
  const { orderId, event } = await heard();
  const endpointId = await it.register({ url: URL, events: ['*'] });
  await it.own.registry.refresh(it.pool);
  await inTransaction(it.pool, (tx) => deliverAgain(tx, { endpointId, replayId: '0193a6a0-7000-7abc-9def-000000000003', nowMs: Date.now(), historyOf: (subject) => it.log.history(subject) }, [event]));
  const { given, store } = storeWith(9);
  const save = async (): Promise<void> => {
    const changes = [{ subject: orderId, before: undefined, after: decided(event) }];
    await inTransaction(it.pool, (tx) => store.save(tx, changes));
    store.saved?.(changes);
  };
  await expect(save()).rejects.toMatchObject({ name: 'WrittenAlready' });
  await save();
  expect([(await rowsOf()).map(({ state, replay_id: replay }) => [state, replay === null]), given]).toEqual([[['ready', false], ['ready', true]], { leases: [], due: [endpointId] }]);
  expect((await it.pool.query('SELECT event_id FROM webhook_messages')).rows).toEqual([{ event_id: event.eventId }]);
});

test('of what a replay causes nothing is sent while its outside effects are held back, and it is sent once where they are not', async () => {
  const { orderId, event } = await heard();
  await it.register({ url: URL, events: ['*'] });
  await it.own.registry.refresh(it.pool);
  const mark = (effects: 'suppressed' | 'allowed') => marked(event, { id: '0193a6a0-7000-7abc-9def-0123456789aa', effects });
  expect(decided(event).planned).toHaveLength(1);
  expect(decided(mark('suppressed'))).toEqual({ ...decided(event), planned: [] });
  const allowed = decided(mark('allowed'));
  const { given, store } = storeWith(9);
  for (const _ of [1, 2]) {
    const changes = [{ subject: orderId, before: undefined, after: allowed }];
    await inTransaction(it.pool, (tx) => store.save(tx, changes));
    store.saved?.(changes);
  }
  expect([(await rowsOf()).map(({ state }) => state), given.leases]).toEqual([['ready'], []]);
  // As the log gives it to the handler.
  const suppressed = it.log.prepare({ type: 'OrderCreated', data: { ...(event.data as object), orderId: 'o-suppressed' } }, 'test', { correlationId: event.correlationId, causationId: null, metadata: mark('suppressed').metadata });
  await inTransaction(it.pool, (tx) => it.log.append(tx, [suppressed]));
  it.log.wake();
  const later = await it.order();
  expect((await written(2)).map(({ subject }) => subject)).toEqual([orderId, later]);
});

test('a replay to one endpoint is written once, whatever was sent before, and held where the endpoint is disabled', async () => {
  const endpointId = await it.register({ url: URL, events: ['order.created'] });
  const orderId = await it.order();
  await written(1);
  const other = await it.register({ url: URL, events: ['order.*'], filter: { data: { currency: ['USD'] } } });
  const disabled = await it.register({ url: URL, events: ['order.created'], status: 'disabled' });
  const { rows: [{ body: sent }] } = await it.pool.query('SELECT body FROM webhook_messages');
  const events = await it.log.history(orderId).then((all) => all.filter(({ type }) => type === 'OrderCreated')) as StoredEvent[];
  const again = (to: string, replayId: string) => inTransaction(it.pool, (tx) => deliverAgain(tx, { endpointId: to, replayId, nowMs: Date.now(), historyOf: (subject) => it.log.history(subject) }, events)).then((made) => made?.length);
  const [one, two] = ['0193a6a0-7000-7abc-9def-000000000001', '0193a6a0-7000-7abc-9def-000000000002'] as const;
  expect([await again(endpointId, one), await again(endpointId, one), await again(endpointId, two), await again(other, one), await again(disabled, one)]).toEqual([1, 0, 1, 1, 1]);
  expect((await rowsOf(endpointId)).map(({ replay_id: replay }) => replay)).toEqual([null, one, two]);
  const { leases } = await claim(it.pool, uuid7(Date.now()), uuid7(Date.now()), [{ endpointId: other, most: 10 }]);
  expect(leases.map(({ replayId }) => replayId)).toEqual([one]);
  const replayed = async (id: string) => (await rowsOf(id)).filter(({ replay_id: replay }) => replay === one).map(({ state }) => state);
  expect([await replayed(other), await replayed(disabled)]).toEqual([['leased'], ['held']]);
  expect((await it.pool.query('SELECT body FROM webhook_messages')).rows).toEqual([{ body: sent }]);
  expect(await again('0193a6a0-7000-7abc-9def-00000000000f', one)).toBe(undefined);
});

test('what ended a month ago goes with its attempts and bytes; what has not ended, and what is younger, stays', async () => {
  const endpointId = await it.register({ url: URL });
  const put = async (state: string, endedDaysAgo: number | null): Promise<string> => {
    const { rows: [{ id }] } = await it.pool.query(
      `WITH m AS (INSERT INTO webhook_messages (event_id, name, subject, body) VALUES (('01936700-0000-7000-8000-' || lpad((random() * 1e11)::bigint::text, 12, '0'))::uuid, 'order.created', 'o', '\\x7b7d') RETURNING event_id),
       d AS (INSERT INTO webhook_deliveries (delivery_id, endpoint_id, event_id, name, subject, state, due_at, created_at, ended_at) SELECT gen_random_uuid(), $1, event_id, 'order.created', 'o', $2, now(), now() - interval '40 days', now() - $3 * interval '1 day' FROM m RETURNING delivery_id, event_id),
       a AS (INSERT INTO webhook_attempts (delivery_id, attempt, started_at, duration_ms) SELECT delivery_id, 1, now(), 1 FROM d) SELECT event_id AS id FROM d`, [endpointId, state, endedDaysAgo]);
    return id;
  };
  for (const state of ENDED) await put(state, 32);
  const kept = [await put('delivered', 30), await put('held', null), await put('ready', null)].sort();
  const job = webhooks.jobs.find(({ name }) => name === 'webhooks.tidy');
  for (const _ of [1, 2]) expect(await job?.run(it.own, new AbortController().signal)).toBe(false);
  const left = async (table: string) => (await it.pool.query(`SELECT event_id FROM ${table} ORDER BY 1`)).rows.map((row) => row.event_id);
  expect([await left('webhook_deliveries'), await left('webhook_messages')]).toEqual([kept, kept]);
  expect((await it.pool.query('SELECT count(*)::integer AS count FROM webhook_attempts')).rows).toEqual([{ count: 3 }]);
});

test('a run of our own that failed is told once to who asks for it, and to no one who asks for everything', async () => {
  const wants = await it.register({ url: URL, events: ['job.failed'], filter: { data: { queueName: ['webhooks'] } } });
  await it.register({ url: URL, events: ['*'] });
  await tellFailures(it.own);
  await it.pool.query('ALTER TABLE webhook_messages ADD CONSTRAINT refused CHECK (subject <> $$o-refused$$) NOT VALID');
  try {
    await it.order('o-refused');
    await eventually('a failure', async () => (await it.pool.query('SELECT 1 FROM failed_attempts')).rows[0]);
  } finally {
    await it.pool.query('ALTER TABLE webhook_messages DROP CONSTRAINT refused');
  }
  const event = await stored('o-refused');
  await eventually('all that is told of it', async () => {
    await tellFailures(it.own);
    return (await rowsOf(wants)).length > 0;
  });
  const { rows } = await it.pool.query("SELECT body FROM webhook_messages WHERE name = 'job.failed'");
  const { rows: failed } = await it.pool.query('SELECT worker_id FROM failed_attempts');
  expect(rows.length).toBe(failed.length);
  expect(JSON.parse(rows[0].body)).toEqual({
    id: expect.any(String), event: 'job.failed', created: expect.any(String),
    data: { workerId: failed[0].worker_id, queueName: 'webhooks', jobId: `webhooks.fan_out:${event.eventId}`, jobType: 'webhooks.fan_out', status: 'failed', error: expect.stringContaining('refused') },
  });
  expect(failed[0].worker_id).toMatch(/^[0-9a-f-]{36}$/);
  expect((await it.pool.query("SELECT count(*)::integer AS count FROM webhook_deliveries WHERE name = 'job.failed'")).rows).toEqual([{ count: rows.length }]);
  await tellFailures(it.own);
  expect((await it.pool.query("SELECT count(*)::integer AS count FROM webhook_deliveries WHERE name = 'job.failed'")).rows[0].count).toBe((await it.pool.query('SELECT count(*)::integer AS count FROM failed_attempts')).rows[0].count);
  // It is tried again, and must not reach who registers later.
  await eventually('the order itself to be told', async () => (await it.pool.query('SELECT 1 FROM work')).rows.length === 0);
});

test('a replay gives an endpoint what it has asked to hear alone, and of an order what its log tells', async () => {
  const { orderId } = await heard();
  await it.send('InventoryReserved', { orderId, lines: [{ sku: 'NW-11', quantity: 1 }] });
  await it.seen();
  const events = await it.log.history(orderId);
  const register = (given: object) => it.register({ url: URL, ...given });
  const [all, named, filtered, other] = [await register({ events: ['*'] }), await register({ events: ['order.reserved'] }), await register({ events: ['*'], filter: { data: { currency: ['EUR'] } } }), await register({ events: ['cart.*'] })];
  const again = (endpointId: string, some: readonly StoredEvent[]) => inTransaction(it.pool, (tx) =>
    deliverAgain(tx, { endpointId, replayId: '0193a6a0-7000-7abc-9def-000000000003', nowMs: Date.now(), historyOf: (subject) => it.log.history(subject) }, some)).then((made) => made?.length);
  // The last event alone: what came before it is read from the log.
  const reserved = events.filter(({ type }) => type === 'InventoryReserved');
  expect([await again(named, events), await again(filtered, events), await again(other, events), await again(all, reserved)]).toEqual([1, 0, 0, 1]);
  const theirs = (await Promise.all([all, named, filtered, other].map(rowsOf))).flat();
  expect(theirs.map(({ name }) => name)).toEqual(['order.reserved', 'order.reserved']);
  const { rows } = await it.pool.query("SELECT convert_from(body, 'UTF8') AS body FROM webhook_messages WHERE name = 'order.reserved'");
  expect(rows.map(({ body }) => JSON.parse(body))).toMatchObject([{ event: 'order.reserved', data: { orderId, orderNumber: 10248, customerId: 'VINET', status: 'reserved', total: '200.38', metadata: { sequence: 2, eventType: 'InventoryReserved' } } }]);
});

test('while nobody has registered, no order writes a row; who registers later, leaves and comes again is told of it as who was there all the time', async () => {
  const [late, whole] = [await it.order(), 'o-whole'];
  // Orders of other tests may have something parked that comes now.
  const rows = async () => (await it.pool.query('SELECT order_id, sequence, is_behind FROM webhook_orders WHERE order_id IN ($1, $2)', [late, whole])).rows;
  await it.send('InventoryReserved', { orderId: late, lines: [{ sku: 'NW-11', quantity: 1 }] });
  await it.seen();
  expect(await rows()).toEqual([]);
  const all = await it.register({ url: URL, events: ['order.*'] });
  await it.order(whole);
  await it.send('InventoryReserved', { orderId: whole, lines: [{ sku: 'NW-11', quantity: 1 }] });
  const both = async (type: string, data: object) => {
    for (const orderId of [late, whole]) await it.send(type, { ...data, orderId });
    await it.seen();
  };
  await both('FulfillmentRequested', { fulfillmentId: 'f1', status: 'accepted' });
  expect((await rows()).map(({ sequence, is_behind: isBehind }) => [sequence, isBehind])).toEqual([[3, false], [3, false]]);
  await it.pool.query('WITH v AS (UPDATE webhook_registrations SET version = version + 1) DELETE FROM webhook_endpoints WHERE endpoint_id = $1', [all]);
  const exampleOf = (type: string) => HEARD.find((entry) => entry.type === type)?.example as object;
  const cancel = exampleOf('OrderCancelRequested');
  await both('OrderCancelRequested', cancel);
  const left = await rows();
  await both('OrderCancelRequested', cancel);
  expect([left.map(({ sequence, is_behind: isBehind }) => [sequence, isBehind]), await rows()]).toEqual([[[4, true], [4, true]], left]);
  await it.register({ url: URL, events: ['order.cancelled'] });
  await both('OrderCancelled', exampleOf('OrderCancelled'));
  const { rows: bodies } = await it.pool.query("SELECT subject, convert_from(body, 'UTF8')::jsonb -> 'data' AS data FROM webhook_messages ORDER BY created_at, event_id");
  const of = (orderId: string) => bodies.filter(({ subject }) => subject === orderId).map(({ data: { orderId: _id, statusChangedAt: _at, metadata: { correlationId: _flow, ...metadata }, ...data } }) => ({ ...data, metadata }));
  expect(of(whole).map(({ metadata: { sequence } }) => sequence)).toEqual([1, 2, 3, 6]);
  expect(of(late)).toEqual(of(whole).slice(2));
});

test('of an order those events count as handled that the fan-out has come to, and has not parked', async () => {
  const { orderId, event } = await heard();
  await it.send('InventoryReserved', { orderId, lines: [{ sku: 'NW-11', quantity: 1 }] });
  await it.seen();
  const types = async (tx: Tx, since: Cursor = START) => (await readHandled(tx, it.log, FAN_OUT, new Map([[orderId, since], ['nobody', START]]))).map(({ type }) => type);
  expect([await types(it.pool), await types(it.pool, event.cursor)]).toEqual([['OrderCreated', 'InventoryReserved'], ['InventoryReserved']]);
  const client = await it.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(`INSERT INTO work (handler, event_id, reader, slot, subject, epoch, txid, position, state, fence, key)
      SELECT $1, event_id, 'webhooks', slot, subject, epoch, txid, position, 'waiting', 0, 'k' FROM events WHERE event_id = $2`, [FAN_OUT, event.eventId]);
    expect(await types(client)).toEqual(['InventoryReserved']);
    await client.query("UPDATE readers r SET (epoch, txid, position) = (SELECT epoch, txid, position FROM events WHERE event_id = $1) WHERE name = 'webhooks'", [event.eventId]);
    expect(await types(client)).toEqual([]);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
});

test('what is told of an endpoint is told to its owner alone, also by a replay; who has done what is told to nobody', async () => {
  const told = { ...(WebhookEndpointFailing.example as object), endpointId: '0193a6a0-7000-7abc-9def-0123456789ee', owner: 'storefront', url: 'https://secret.example.com/x' };
  const mine = await it.register({ url: URL, events: ['*'] });
  const others = [await it.register({ url: URL, events: ['*'] }), await it.register({ url: URL, events: ['webhook.*'] }), await it.register({ url: URL, events: ['webhook.endpoint_failing'], filter: { event: ['webhook.endpoint_failing'] } })];
  await it.pool.query("UPDATE webhook_endpoints SET owner = 'rival' WHERE endpoint_id = ANY ($1::uuid[])", [others]);
  await it.send('WebhookEndpointFailing', told);
  await written(1);
  expect((await rowsOf()).length).toBe(1);
  expect((await rowsOf(mine)).map(({ name }) => name)).toEqual(['webhook.endpoint_failing']);
  const events = await it.log.history(told.endpointId);
  for (const endpointId of others) {
    expect(await inTransaction(it.pool, (tx) => deliverAgain(tx, { endpointId, replayId: '0193a6a0-7000-7abc-9def-000000000004', nowMs: Date.now(), historyOf: (subject) => it.log.history(subject) }, events))).toEqual([]);
  }
  expect(await Promise.all([[mine, 'storefront', false], [mine, 'rival', false], [mine, 'boss', true]].map(([id, clientId, isOperator]) => isEndpointOf(it.pool, id as string, { clientId: clientId as string, isOperator: isOperator as boolean })))).toEqual([true, false, true]);
  await it.own.registry.refresh(it.pool);
  expect(fanOut(undefined, { ...(events[0] as StoredEvent), type: 'AuditRecorded' }, undefined as never, it.own)).toMatchObject({ kind: 'apply', state: undefined });
});

test('what was written before an endpoint is to be served in order goes to it, too', async () => {
  const endpointId = await it.register({ url: URL, events: ['order.created'] });
  await it.order();
  await it.order();
  await written(2);
  const wishes = [{ endpointId, most: 10 }];
  const holder = '0193a6a0-7000-7abc-9def-0123456789fe';
  expect((await inTransaction(it.pool, (tx) => claimInOrder(tx, holder, uuid7(Date.now()), wishes))).leases).toHaveLength(2);
});

test.each([[true, true, 0], [true, false, 1], [false, true, 1], [false, false, 1]])('behind one that is under way (in order: %s) of the same subject one waits (in order: %s) only when both are to come in order', async (first, second, claimed) => {
  const endpointId = await it.register({ url: URL, events: ['order.*'] });
  const orderId = await it.order();
  await it.send('InventoryReserved', { orderId, lines: [{ sku: 'NW-11', quantity: 1 }] });
  await written(2);
  await it.pool.query("UPDATE webhook_deliveries SET ordered = CASE name WHEN 'order.created' THEN $1::boolean ELSE $2::boolean END, state = CASE name WHEN 'order.created' THEN 'leased' ELSE state END", [first, second]);
  expect((await claimInOrder(it.pool, '0193a6a0-7000-7abc-9def-0123456789fb', uuid7(Date.now()), [{ endpointId, most: 10 }])).leases).toHaveLength(claimed);
});

test('with several dispatchers each has its part of a pace, and the smallest part is one at a time', async () => {
  const receiver = await startTestReceiver();
  const failures: unknown[] = [];
  const [one, two] = [it.another(({ err }) => void failures.push(err)), it.another(({ err }) => void failures.push(err))];
  try {
    const ids = await Promise.all([5, 1].map((rateLimit) => it.register({ url: `${receiver.url}/${rateLimit}`, rateLimit, events: ['order.created'] })));
    await one.start();
    await two.start();
    // For a while the other one still counts on it.
    await one.stop();
    for (let at = 0; at < 2; at += 1) await it.order();
    await written(4);
    expect(await it.settled()).toEqual({ delivered: 4 });
    expect(await Promise.all(ids.map(async (id) => (await rowsOf(id)).length))).toEqual([2, 2]);
  } finally {
    await two.stop();
    await receiver.close();
  }
  expect(failures).toEqual([]);
});

test('only who holds a lease ends it', async () => {
  const endpointId = await it.register({ url: URL, events: ['order.created'] });
  await it.order();
  await written(1);
  const [holder, other] = ['0193a6a0-7000-7abc-9def-0123456789fc', '0193a6a0-7000-7abc-9def-0123456789fd'] as const;
  const { leases: [lease] } = await claim(it.pool, holder, uuid7(Date.now()), [{ endpointId, most: 10 }]);
  const ending = { ...(lease as Lease), state: 'delivered' as const, attempt: 1, waitMs: 0, made: null };
  await end(it.pool, other, [ending], 0);
  expect([(await rowsOf()).map(({ state, lease_holder: by }) => [state, by]), await batches(holder)]).toEqual([[['leased', holder]], 1]);
  await end(it.pool, holder, [ending], 0);
  expect((await rowsOf()).map(({ state, lease_holder: by }) => [state, by])).toEqual([['delivered', null]]);
});

test('a delivery that succeeds moves no index: its row is written in place, with its attempt, which stays when it is sent again', async () => {
  const endpointId = await it.register({ url: URL, events: ['order.created'] });
  for (let at = 0; at < 3; at += 1) await it.order();
  await written(3);
  const holder = '0193a6a0-7000-7abc-9def-0123456789f9';
  const made = { status: 204, answer: null, error: null, durationMs: 12, endedAtMs: 0, url: URL };
  const endAll = (answer: string | null) => inTransaction(it.pool, async (tx) => {
    const { leases } = await claim(tx, holder, uuid7(Date.now()), [{ endpointId, most: 10 }]);
    const before = await updates(tx);
    await end(tx, holder, leases.map((lease) => ({ ...lease, state: 'delivered', attempt: lease.attempt + 1, waitMs: 0, made: { ...made, answer } })), 5);
    const after = await updates(tx);
    return { deliveryId: leases[0]?.deliveryId ?? '', all: after.all - before.all, inPlace: after.inPlace - before.inPlace };
  });
  const { deliveryId, ...changed } = await endAll(null);
  expect([changed, await batches(holder)]).toEqual([{ all: 3, inPlace: 3 }, 0]);
  const tries = async () => (await it.pool.query('SELECT attempt, duration_ms, status, answer, url, started_at <= clock_timestamp() AS past FROM webhook_tries WHERE delivery_id = $1 ORDER BY attempt', [deliveryId])).rows;
  const first = { attempt: 1, duration_ms: 12, status: 204, answer: null, url: URL, past: true };
  expect([await tries(), (await it.pool.query('SELECT 1 FROM webhook_attempts')).rowCount]).toEqual([[first], 0]);
  await retryDelivery(it.pool, endpointId, deliveryId);
  expect(await tries()).toEqual([first]);
  await endAll('taken');
  expect(await tries()).toEqual([first, { ...first, attempt: 2, answer: 'taken' }]);
});

/** Rows of deliveries that this transaction has updated; `inPlace`: without a new entry in any index. */
async function updates(tx: Tx): Promise<{ readonly all: number; readonly inPlace: number }> {
  const { rows: [row] } = await tx.query("SELECT n_tup_upd::integer AS all, n_tup_hot_upd::integer AS in_place FROM pg_stat_xact_user_tables WHERE relname = 'webhook_deliveries'");
  return { all: row['all'], inPlace: row['in_place'] };
}

const batches = async (holder: string): Promise<number> => (await it.pool.query('SELECT 1 FROM webhook_lease_batches WHERE holder = $1', [holder])).rows.length;

test('what a dispatcher that is gone had is given back with one attempt more, batch by batch; what has ended by then is not', async () => {
  const endpointId = await it.register({ url: URL, events: ['order.created'] });
  for (let at = 0; at < 3; at += 1) await it.order();
  await written(3);
  const holder = '0193a6a0-7000-7abc-9def-0123456789f8';
  const { leases: [first, second] } = await claim(it.pool, holder, uuid7(Date.now()), [{ endpointId, most: 2 }]);
  await claim(it.pool, holder, uuid7(Date.now()), [{ endpointId, most: 2 }]);
  await end(it.pool, holder, [{ ...(first as Lease), state: 'delivered', attempt: 1, waitMs: 0, made: null }], 0);
  expect([await batches(holder), (await it.pool.query('SELECT 1 FROM webhook_leased')).rowCount]).toEqual([2, 2]);
  expect(await reap(it.pool)).toBe(false);
  expect([await batches(holder), (await it.pool.query('SELECT state, attempt, last_error, lease_holder FROM webhook_deliveries ORDER BY state')).rows]).toEqual([0, [
    { state: 'delivered', attempt: 1, last_error: null, lease_holder: null }, ...[1, 2].map(() => ({ state: 'ready', attempt: 1, last_error: 'interrupted', lease_holder: null })),
  ]]);
  // Who had it and lives after all ends nothing more.
  await end(it.pool, holder, [{ ...(second as Lease), state: 'delivered', attempt: 1, waitMs: 0, made: null }], 0);
  expect((await rowsOf()).map(({ state }) => state).toSorted()).toEqual(['delivered', 'ready', 'ready']);
});

test('what a version without batches has leased is given back when its process is gone, and not before', async () => {
  const endpointId = await it.register({ url: URL, events: ['order.created'] });
  await it.order();
  await written(1);
  const holder = '0193a6a0-7000-7abc-9def-0123456789f7';
  await register(it.pool, holder, 60_000);
  await claim(it.pool, holder, uuid7(Date.now()), [{ endpointId, most: 1 }]);
  expect(await giveBackStrays(it.pool)).toBe(false);
  await it.pool.query('DELETE FROM webhook_lease_batches WHERE holder = $1', [holder]);
  await giveBackStrays(it.pool);
  expect((await rowsOf()).map(({ state }) => state)).toEqual(['leased']);
  await it.pool.query('DELETE FROM webhook_dispatchers WHERE holder = $1', [holder]);
  await giveBackStrays(it.pool);
  expect((await it.pool.query('SELECT state, attempt, last_error FROM webhook_deliveries')).rows).toEqual([{ state: 'ready', attempt: 1, last_error: 'interrupted' }]);
});

test('what is given back without an attempt stays due since when it was', async () => {
  const endpointId = await it.register({ url: URL, events: ['order.created'] });
  await it.order();
  await written(1);
  await it.pool.query("UPDATE webhook_deliveries SET due_at = '2020-01-01T00:00:00Z'");
  const holder = '0193a6a0-7000-7abc-9def-0123456789f6';
  const { leases: [lease] } = await claim(it.pool, holder, uuid7(Date.now()), [{ endpointId, most: 1 }]);
  await end(it.pool, holder, [{ ...(lease as Lease), state: 'ready', waitMs: 0, made: null }], 0);
  expect((await it.pool.query('SELECT state, due_at FROM webhook_deliveries')).rows).toEqual([{ state: 'ready', due_at: new Date('2020-01-01T00:00:00Z') }]);
});

test('what is held for an endpoint that is enabled, or is there no more, does not stay; what a run has in its hands does', async () => {
  const [on, off, gone, running] = [await it.register({ url: URL }), await it.register({ url: URL, status: 'disabled' }), '0193a6a0-7000-7abc-9def-0123456789fa', await it.register({ url: URL })];
  await it.pool.query(
    `INSERT INTO webhook_deliveries (delivery_id, endpoint_id, event_id, name, subject, state, due_at) SELECT gen_random_uuid(), id, gen_random_uuid(), 'order.created', 'o', 'held', now() FROM unnest($1::uuid[]) AS id`, [[on, off, gone, running]]);
  await it.pool.query("INSERT INTO webhook_runs (run_id, endpoint_id, from_state, to_state, after_id, until_id) SELECT gen_random_uuid(), id, 'held', 'discarded', gen_random_uuid(), gen_random_uuid() FROM unnest($1::uuid[]) AS id", [[gone, running]]);
  await webhooks.jobs.find(({ name }) => name === 'webhooks.hold_back')?.run(it.own, new AbortController().signal);
  expect(await Promise.all([on, off, gone, running].map(async (id) => (await rowsOf(id)).map(({ state }) => state)))).toEqual([['ready'], ['held'], ['discarded'], ['held']]);
  await it.pool.query('TRUNCATE webhook_runs');
});

test('results are counted by the minute for all processes; ten minutes of failures disable, and enabling begins anew', async () => {
  // Nobody listens there, and registration would take it.
  const url = 'http://127.0.0.1:59999/x';
  const endpointId = await it.register({ url, events: ['order.created'], retryAttempts: 1, maxInFlight: 1 });
  const [one, two] = [it.another(), it.another()];
  const minutes = async () => (await it.pool.query('SELECT results, failed FROM webhook_minutes WHERE endpoint_id = $1', [endpointId])).rows;
  await it.order();
  await written(1);
  await one.start();
  try {
    await it.settled();
    expect(await minutes()).toEqual([{ results: 1, failed: 1 }]);
    expect((await it.pool.query('SELECT failing_since IS NOT NULL AS failing, failed_in_row::integer FROM webhook_counts WHERE endpoint_id = $1', [endpointId])).rows).toEqual([{ failing: true, failed_in_row: 1 }]);
    expect((await it.pool.query('SELECT url, started_at <= clock_timestamp() AS past FROM webhook_tries')).rows).toEqual([{ url, past: true }]);
  } finally {
    await one.stop();
  }
  // Another process has seen the rest, more than ten minutes ago.
  await it.pool.query("UPDATE webhook_minutes SET minute = minute - interval '12 minutes', results = 25, failed = 25 WHERE endpoint_id = $1", [endpointId]);
  await it.order();
  await written(2);
  await two.start();
  try {
    expect((await it.told(endpointId, 'WebhookEndpointDisabled')).data).toMatchObject({ reason: 'failing', failed: 26, of: 26 });
  } finally {
    await two.stop();
  }
  const scopes = 'webhooks:read webhooks:write';
  expect((await it.call('POST', `/api/webhooks/${endpointId}/enable`, { body: {}, scopes, client: 'storefront' })).status).toBe(200);
  expect(await minutes()).toEqual([]);
});
