/** What people do with orders, over HTTP: what is offered is what is accepted, and each act is recorded once. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuid7 } from '@commerce/events/uuid7';
import { startTestCoordinator } from '../../test-coordinator.ts';
import type { Answer, TestCoordinator } from '../../test-coordinator.ts';
import { createOrderActs } from './acts.pg.ts';
import { orders } from './extension.ts';
import { ORDER_ACTS } from './order-acts.ts';
import type { OrderAct } from './order-acts.ts';
import { ordersStore } from './orders.pg.ts';

const SCOPES = 'orders:read orders:write admin dlq:write';
const REASON = { code: 'asked_by_phone', message: 'The customer called.' };

let cc: TestCoordinator;
let numbers = 0;

beforeAll(async () => {
  cc = await startTestCoordinator();
});
afterAll(async () => cc?.stop());

const STANDING = ['created', 'reserved', 'paid', 'fulfilling', 'fulfilled', 'shipped'] as const;
const STATES = [
  ...STANDING.map((status) => ({ status, heldFrom: null })), ...(['paid', 'fulfilled'] as const).map((heldFrom) => ({ status: 'on_hold', heldFrom })),
  ...['completed', 'cancel_pending', 'refund_pending', 'cancelled', 'refunded'].map((status) => ({ status, heldFrom: null })),
];
/** What stands beside an order: rows of work, timers, and what became of its request. */
const BESIDES = ['nothing', 'a dead letter', 'a request that is tried', 'a request that was given up', 'a timer', 'a completion after its end'] as const;
type Beside = (typeof BESIDES)[number];

/** What can stand beside an order in this state, and may change what can be done with it. */
function isTelling({ status, heldFrom }: { status: string; heldFrom: string | null }, beside: Beside): boolean {
  const standing = heldFrom ?? status;
  if (beside === 'a request that is tried' || beside === 'a request that was given up') return standing === 'paid' || standing === 'fulfilling';
  if (beside === 'a timer') return standing === 'reserved';
  return beside !== 'a completion after its end' || standing === 'cancelled';
}

async function work(orderId: string, handler: string, state: string): Promise<void> {
  const eventId = uuid7(Date.now());
  await cc.pool.query(
    `INSERT INTO work (handler, event_id, reader, slot, subject, epoch, txid, position, state, attempt, fence, key, last_error)
     VALUES ($1, $2::uuid, 'test', 0, $3, 1, '1', 1, $4, 3, 0, $1::text || $2::text, '{"code": "Error", "message": "no", "atMs": 1700000000000}')`, [handler, eventId, orderId, state],
  );
}

async function given({ status, heldFrom }: { status: string; heldFrom: string | null }, beside: Beside): Promise<string> {
  const orderId = uuid7(Date.now());
  const isDelivered = ['fulfilled', 'shipped', 'completed'].includes(heldFrom ?? status);
  const line = { lineId: '1', sku: 'NW-1', quantity: 1 };
  await cc.pool.query(
    `INSERT INTO orders (order_id, order_number, client_id, idempotency_key, request_hash, customer_id, currency, freight, total, lines, created_at, updated_at, version,
       status, held_from, overdue, delivery, outcomes, fulfillment_id, stock, money)
     VALUES ($1, $2, 'test', $1, '', 'VINET', 'USD', 0, 10, $3, now() - interval '2 days', now(), 3, $4, $5, 0, $6, $7, 'f-1', 'held', 'taken')`,
    [orderId, (numbers += 1), JSON.stringify([{ ...line, unitPrice: '10.00', discount: '0', total: '10.00' }]), status, heldFrom, isDelivered ? 'delivered' : status === 'cancelled' ? 'ended' : 'unknown',
      isDelivered ? JSON.stringify([{ ...line, provider: 'instant', status: 'fulfilled' }]) : null],
  );
  if (beside === 'a dead letter') await work(orderId, 'notifications.send', 'dead');
  if (beside === 'a request that is tried') await work(orderId, 'fulfillment.request', 'ready');
  if (beside === 'a request that was given up') await work(orderId, 'fulfillment.request', 'dead');
  if (beside === 'a timer') await cc.pool.query("INSERT INTO timers (reader, subject, name, slot, due_at, correlation_id, metadata) VALUES ('payments', $1, 'unanswered', 0, now() + interval '1 hour', $2, '{}')", [orderId, uuid7(Date.now())]);
  if (beside === 'a completion after its end') {
    await cc.pool.query("INSERT INTO fulfillment_requests (order_id, fulfillment_id, status, version, checks) VALUES ($1, 'f-1', 'unwanted', 2, 0)", [orderId]);
    // An ended order stands in the list only with something that was given up.
    await work(orderId, 'fulfillment.revoke', 'dead');
  }
  return orderId;
}

/** One within its time, of which an attempt has failed. */
async function retrying(): Promise<string> {
  const form = { customerId: 'VINET', currency: 'USD', lines: [{ sku: 'NW-1', quantity: 1, unitPrice: '10.00' }] };
  const { orderId } = (await cc.call('POST', '/orders', { body: form, headers: { 'idempotency-key': 'retrying' }, scopes: SCOPES })).body;
  await cc.pool.query(
    `INSERT INTO work (handler, event_id, reader, slot, subject, epoch, txid, position, state, attempt, fence, key, last_error)
     SELECT 'fulfillment.request', event_id, 'test', 0, subject, 1, '1', 1, 'ready', 2, 0, event_id::text, '{"code": "Error", "message": "no", "atMs": 1700000000000}' FROM events WHERE subject = $1 AND type = 'OrderCreated'`, [orderId],
  );
  return orderId;
}

const perform = (orderId: string, act: OrderAct, body: object = { reason: REASON }): Promise<Answer> => cc.call('POST', `/orders/${orderId}/${act}`, { body, scopes: SCOPES });
const recorded = async (orderId: string): Promise<any[]> => (await cc.log.history(orderId)).filter(({ type }) => type === 'AuditRecorded').map(({ data }) => data);

async function care(query = ''): Promise<any[]> {
  const items: any[] = [];
  for (let cursor = ''; ;) {
    const { status, body } = await cc.call('GET', `/orders/care?limit=50${query}${cursor}`, { scopes: SCOPES });
    expect(status).toBe(200);
    items.push(...body.items);
    if (body.nextCursor === null) return items;
    cursor = `&cursor=${encodeURIComponent(body.nextCursor)}`;
  }
}

describe('of every state, with whatever stands beside it', () => {
  test('what the list offers is what is accepted, and nothing else; each act that is accepted is recorded, with who and why', async () => {
    const trials: { orderId: string; act: OrderAct; what: string }[] = [];
    for (const state of STATES) {
      for (const beside of BESIDES.filter((one) => isTelling(state, one))) for (const act of ORDER_ACTS) trials.push({ orderId: await given(state, beside), act, what: `${state.heldFrom ?? ''} ${state.status}, ${beside}: ${act}` });
    }
    const offered = new Map((await care()).map(({ orderId, acts }) => [orderId, acts as OrderAct[]]));
    const listed = trials.filter(({ orderId }) => offered.has(orderId));
    // All but the ended ones of which nothing was given up.
    expect(trials.length - listed.length).toBe(3 * ORDER_ACTS.length);
    const seen: { what: string; isOffered: boolean; isAccepted: boolean }[] = [];
    for (const { orderId, act, what } of listed) {
      const answer = await perform(orderId, act);
      const acts = await recorded(orderId);
      const isAccepted = answer.status === 202 && acts.length === 1;
      if (isAccepted) expect(acts).toEqual([{ act: `order.${act}`, about: orderId, by: { subject: 'user of storefront', clientId: 'storefront' }, why: 'The customer called.' }]);
      else {
        expect(acts).toEqual([]);
        // Refused, with what to do; or asked for once more while it is under way.
        expect([what, answer.status]).toEqual([what, /(cancel_pending.*cancel|refund_pending.*refund)$/.test(what) ? 202 : 409]);
      }
      seen.push({ what, isOffered: offered.get(orderId)?.includes(act) === true, isAccepted });
    }
    expect(seen.filter(({ isOffered, isAccepted }) => isOffered !== isAccepted)).toEqual([]);
    for (const act of ORDER_ACTS) expect(new Set(seen.filter(({ what }) => what.endsWith(`: ${act}`)).map(({ isAccepted }) => isAccepted))).toEqual(new Set([true, false]));
  }, 60_000);
});

describe('an act that cannot be done says what can', () => {
  test.each<[string, string, OrderAct, string, RegExp]>([
    ['fulfilled', 'nothing', 'cancel', 'order_not_cancellable', /refund/],
    ['paid', 'nothing', 'refund', 'order_not_refundable', /cancel/],
    ['paid', 'nothing', 'revoke', 'order_nothing_delivered', /cancel/],
    ['refund_pending', 'nothing', 'revoke', 'order_nothing_delivered', /retry/],
    ['paid', 'a request that is tried', 're-request', 'order_not_requestable', /retry/],
    ['cancelled', 'nothing', 're-request', 'order_not_requestable', /placed anew/],
    ['fulfilling', 'nothing', 'retry', 'order_nothing_waits', /re-request/],
  ])('an order that is %s, beside %s: %s', async (status, beside, act, code, advice) => {
    const { status: answered, body } = await perform(await given({ status, heldFrom: null }, beside as Beside), act);
    expect([answered, body.code]).toEqual([409, code]);
    const page = await fetch(new URL(body.type, cc.url), { headers: { accept: 'application/json' } });
    expect(((await page.json()) as { help: string }).help).toMatch(advice);
  });

  test.each(ORDER_ACTS)('%s needs its scope, a reason, and an order', async (act) => {
    const orderId = await given({ status: 'paid', heldFrom: null }, 'nothing');
    // What a customer's shop may ask is to cancel; the rest is an operator's.
    const scope = { cancel: 'orders:write', retry: 'dlq:write', refund: 'admin', revoke: 'admin', 're-request': 'admin' }[act];
    const other = SCOPES.split(' ').filter((one) => one !== scope).join(' ');
    expect(await cc.call('POST', `/orders/${orderId}/${act}`, { body: { reason: REASON }, scopes: other })).toMatchObject({ status: 403 });
    expect(await perform(orderId, act, {})).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect(await perform('nobody', act)).toMatchObject({ status: 404, body: { code: 'order_not_found' } });
    expect(await recorded(orderId)).toEqual([]);
  });
});

describe('a new request', () => {
  test('takes the place of the one that was given up, which the ledger keeps with who decided so', async () => {
    const orderId = await given({ status: 'paid', heldFrom: null }, 'a request that was given up');
    expect(await perform(orderId, 're-request')).toMatchObject({ status: 202, body: { status: 'paid' } });
    expect((await cc.pool.query('SELECT 1 FROM work WHERE subject = $1', [orderId])).rows).toEqual([]);
    expect(await cc.log.ignored(orderId)).toMatchObject([{ handler: 'fulfillment.request', rule: 'requested_again', evidence: { by: 'user of storefront', reason: 'The customer called.', error: { message: 'no' } } }]);
    expect((await cc.log.history(orderId)).map(({ type, sequence }) => [type, sequence])).toEqual([['OrderReRequested', 4], ['AuditRecorded', null]]);
  });
});

describe('taking back', () => {
  test('names the lines that are meant, and none that the order does not have or that is not delivered', async () => {
    const orderId = await given({ status: 'completed', heldFrom: null }, 'nothing');
    expect(await perform(orderId, 'revoke', { reason: REASON, lineIds: ['9'] })).toMatchObject({ status: 422, body: { code: 'order_line_unknown' } });
    expect(await perform(orderId, 'revoke', { reason: REASON, lineIds: ['1'] })).toMatchObject({ status: 202, body: { status: 'completed' } });
    expect((await cc.log.history(orderId)).find(({ type }) => type === 'OrderRevokeRequested')?.data).toMatchObject({ orderId, reason: REASON, lineIds: ['1'] });
  });

  test('is tried again at once when it was given up before', async () => {
    const orderId = await given({ status: 'cancelled', heldFrom: null }, 'a completion after its end');
    // Which lines were delivered after its end is not known here: it is taken back whole.
    expect(await perform(orderId, 'revoke', { reason: REASON, lineIds: ['1'] })).toMatchObject({ status: 202 });
    const asked = (await cc.log.history(orderId)).find(({ type }) => type === 'OrderRevokeRequested');
    expect(asked?.data).toMatchObject({ orderId, reason: REASON });
    expect(asked?.data).not.toHaveProperty('lineIds');
    expect((await cc.pool.query('SELECT state, attempt FROM work WHERE subject = $1', [orderId])).rows).toEqual([{ state: 'ready', attempt: 0 }]);
  });
});

describe('an order that is overdue again and again', () => {
  test('is tried ever more rarely, and what was given up stays with a person', async () => {
    const acts = createOrderActs(cc.log, orders);
    const form = { customerId: 'VINET', currency: 'USD', lines: [{ sku: 'NW-1', quantity: 1, unitPrice: '10.00' }] };
    const { orderId } = (await cc.call('POST', '/orders', { body: form, headers: { 'idempotency-key': 'overdue' }, scopes: SCOPES })).body;
    await work(orderId, 'payments.refund', 'dead');
    await work(orderId, 'fulfillment.cancel', 'ready');
    // The third step of 15 minutes comes for the fourth time: after eight times its time.
    const fallsDue = async (minutes: number): Promise<number> => {
      await cc.pool.query("UPDATE orders SET status = 'cancel_pending', overdue = 5, updated_at = now() - $2 * interval '1 minute' WHERE order_id = $1", [orderId, minutes]);
      await acts.fallDue(100);
      return (await cc.pool.query('SELECT overdue FROM orders WHERE order_id = $1', [orderId])).rows[0].overdue;
    };
    expect([await fallsDue(119), await fallsDue(121)]).toEqual([5, 6]);
    expect((await cc.pool.query('SELECT handler, state, pulled_in FROM work WHERE subject = $1 ORDER BY handler', [orderId])).rows)
      .toEqual([{ handler: 'fulfillment.cancel', state: 'ready', pulled_in: true }, { handler: 'payments.refund', state: 'dead', pulled_in: false }]);
  });
});

describe('the list', () => {
  test('begins with the order that has needed care the longest, and can be narrowed', async () => {
    await cc.pool.query('DELETE FROM orders');
    await cc.pool.query('DELETE FROM work');
    const late = async (status: string, minutes: number): Promise<string> => {
      const orderId = await given({ status, heldFrom: null }, 'nothing');
      await cc.pool.query("UPDATE orders SET status_since = now() - $2 * interval '1 minute' WHERE order_id = $1", [orderId, minutes]);
      return orderId;
    };
    // Promised: a minute when paid, a day when it is being fulfilled.
    const [paid, fulfilling, longer] = [await late('paid', 30), await late('fulfilling', 24 * 60 + 10), await late('paid', 60)];
    const ended = await given({ status: 'completed', heldFrom: null }, 'nothing');
    await work(ended, 'payments.refund', 'dead');
    const items = await care();
    // What was given up stands at its own time, long ago here; then by the age past the promise: 59, 29 and 10 minutes.
    expect(items.map(({ orderId }) => orderId)).toEqual([ended, longer, paid, fulfilling]);
    expect(items.map(({ pastPromiseMs }) => (pastPromiseMs === null ? null : Math.round(pastPromiseMs / 60_000)))).toEqual([null, 59, 29, 10]);
    expect(items[0]).toMatchObject({ cause: 'given_up', since: '2023-11-14T22:13:20.000Z', lastError: { handler: 'payments.refund', attempt: 3, code: 'Error', at: '2023-11-14T22:13:20.000Z' }, acts: ['retry', 'revoke', 'refund'] });
    const ids = async (query: string) => (await care(query)).map(({ orderId }) => orderId);
    expect([await ids('&status=paid'), await ids('&givenUp=true'), await ids('&givenUp=false'), await ids('&handler=payments.refund'), await ids('&handler=payments.charge')])
      .toEqual([[longer, paid], [ended], [longer, paid, fulfilling], [ended], []]);
    const held = await given({ status: 'on_hold', heldFrom: 'reserved' }, 'nothing');
    const retried = await retrying();
    expect([await ids('&cause=untold'), await ids('&cause=given_up'), await ids('&cause=failing'), await ids('&cause=failing&retrying=true'), await ids('&pastPromise=false&retrying=true')])
      .toEqual([[held, longer, paid, fulfilling], [ended], [], [retried], [ended, retried]]);
    expect([await ids('&waitsOn=fulfillment'), await ids('&waitsOn=fulfillment&retrying=true'), await ids('&waitsOn=person'), await ids('&waitsOn=payments'), await ids('&waitsOn=inventory')])
      .toEqual([[longer, paid, fulfilling], [longer, paid, fulfilling, retried], [ended], [held], []]);
    expect((await cc.call('GET', '/orders/care/counts', { scopes: SCOPES })).body).toEqual({
      total: 6, pastPromise: 4, onHold: 1, givenUp: 1, causes: { given_up: 1, failing: 1, not_begun: 0, too_early: 0, untold: 4 },
      waitsOn: { person: 1, inventory: 0, payments: 1, fulfillment: 4, shipping: 0, notifications: 0, other: 0 },
    });
    const first = (await cc.call('GET', '/orders/care?limit=1', { scopes: SCOPES })).body;
    expect(await cc.call('GET', `/orders/care?limit=1&status=paid&cursor=${encodeURIComponent(first.nextCursor)}`, { scopes: SCOPES })).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
  });
});

describe('why an order is where it is', () => {
  const why = (orderId: string, scopes = 'orders:read'): Promise<Answer> => cc.call('GET', `/orders/${orderId}/care`, { scopes });

  test('is said of one that needs care as the list says it, but for the moment of asking', async () => {
    const orderId = await given({ status: 'paid', heldFrom: null }, 'a dead letter');
    const steady = ({ pastPromiseMs: _past, ageMs: _age, inStatusMs: _in, nextStep: _next, ...rest }: any): object => rest;
    const listed = (await care()).find((item) => item.orderId === orderId);
    const { status, body } = await why(orderId);
    expect([status, steady(body)]).toEqual([200, { ...steady(listed), needsCare: true }]);
    expect(body).toMatchObject({ cause: 'given_up', pastPromiseMs: expect.any(Number), waitsFor: expect.stringContaining('notifications.send') });
  });

  test('is said of one within its time too, with what has failed', async () => {
    const form = { customerId: 'VINET', currency: 'USD', lines: [{ sku: 'NW-1', quantity: 1, unitPrice: '10.00' }] };
    const { orderId } = (await cc.call('POST', '/orders', { body: form, headers: { 'idempotency-key': 'why' }, scopes: SCOPES })).body;
    await work(orderId, 'fulfillment.request', 'ready');
    expect((await why(orderId)).body).toMatchObject({ orderId, status: 'created', needsCare: false, pastPromiseMs: null, cause: 'failing', waitsFor: expect.stringContaining('attempt 3 failed (no)'), lastError: { handler: 'fulfillment.request' } });
  });

  test('is that nothing is to come, of one that has ended', async () => {
    const orderId = await given({ status: 'completed', heldFrom: null }, 'nothing');
    expect((await why(orderId)).body).toMatchObject({ needsCare: false, waitsFor: 'It waits for nothing.', nextStep: 'Nothing: the order has ended.', acts: ['revoke', 'refund'] });
  });

  test('needs an order, and the scope', async () => {
    expect((await why('nothing')).body).toMatchObject({ status: 404, code: 'order_not_found' });
    expect((await why('nothing', 'events:read')).status).toBe(403);
  });
});

test('the row of an order is never written over by an older version of itself', async () => {
  const orderId = await given({ status: 'fulfilling', heldFrom: null }, 'nothing');
  const order = (await ordersStore.load(cc.pool, [orderId])).get(orderId)!;
  const write = (version: number): Promise<void> => ordersStore.save(cc.pool, [{ subject: orderId, before: order, after: { ...order, version, status: 'shipped' } }]);
  const status = async (): Promise<string> => (await cc.pool.query('SELECT status FROM orders WHERE order_id = $1', [orderId])).rows[0].status;
  await expect(write(order.version)).rejects.toThrow('1 orders were to be changed, and not all of them could be');
  expect(await status()).toBe('fulfilling');
  await write(order.version + 1);
  expect(await status()).toBe('shipped');
});
