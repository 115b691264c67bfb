/** What judges a simulation can find it guilty: each witness is shown what it must not let pass. */
import { describe, expect, test } from '@jest/globals';
import type { StoredEvent } from '@commerce/event-log/event';
import { Problem } from '@commerce/service-kit/problems';
import { Clients } from './clients.ts';
import type { Place, Placed } from './clients.ts';
import { Kernel } from './kernel.ts';
import { databaseDown } from './database.ts';
import { Webhooks } from './webhooks.ts';

const FORM = { customerId: 'VINET', currency: 'USD', lines: [{ sku: 'tea', quantity: 1, unitPrice: '10.00' }] };
const ORDER = { orderId: 'o1', orderNumber: 1, customerId: 'VINET', status: 'created', currency: 'USD', total: '10.00', createdAt: '2026-01-05T09:30:00.000Z' } as const;

/** One client that places one order; `answer`: what it is answered, the first time and again. */
async function play(answers: readonly (Placed | Error)[], rows: Readonly<Record<string, { readonly key: string; readonly quantity: number }>>, isTold = true): Promise<Clients & { readonly broken: string[] }> {
  // A seed whose clients ask once.
  const kernel = new Kernel(1, false);
  kernel.isCalm = true;
  const broken: string[] = [];
  const orders = new Map(Object.entries(rows).map(([orderId, { key, quantity }]) => [orderId, { request: { idempotencyKey: key }, placed: { orderNumber: 1, total: '10.00', lines: [{ sku: 'tea', quantity }] } }]));
  const world = { tables: { orders }, log: { history: (subject: string) => (isTold && orders.has(subject) ? [{ type: 'OrderCreated' }] : []) }, rules: { break: (text: string) => broken.push(text) } };
  const left = [...answers];
  const place: Place = async () => {
    const answer = left.shift();
    if (answer === undefined) return new Promise(() => undefined);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const clients = new Clients(kernel, world as never, place);
  clients.want(FORM, 10);
  for (let steps = 0; steps < 20 && (await kernel.step()); steps += 1);
  return Object.assign(clients, { broken });
}

describe('A client', () => {
  const placed: Placed = { order: ORDER, isReplayed: false };

  test('finds what it asked for and was told of', async () => {
    const clients = await play([placed], { o1: { key: 'key-1', quantity: 1 } });
    expect([clients.isDone, clients.lost(), clients.unexpected(true), clients.broken]).toEqual([true, [], [], []]);
  });

  test('asks again under its key until it is answered', async () => {
    const clients = await play([databaseDown(), placed], { o1: { key: 'key-1', quantity: 1 } });
    expect([clients.isDone, clients.lost(), clients.unexpected(true), clients.broken]).toEqual([true, [], [], []]);
  });

  test('takes a fault of the intake itself for no silence', async () => {
    const clients = await play([new TypeError('of undefined'), placed], { o1: { key: 'key-1', quantity: 1 } });
    expect(clients.broken).toEqual([expect.stringContaining('TypeError: of undefined')]);
  });

  test('misses an order that has no row, and one that the log does not tell of', async () => {
    expect((await play([placed], {})).lost()).toEqual([expect.stringContaining('has no row')]);
    expect((await play([placed], { o1: { key: 'key-1', quantity: 1 } }, false)).lost()).toEqual([expect.stringContaining('does not stand in the log')]);
  });

  test('tells of orders that nobody asked for, that are there twice, or are others than were asked for', async () => {
    expect((await play([placed], { o1: { key: 'key-1', quantity: 1 }, o2: { key: 'key-2', quantity: 1 } })).unexpected(false)).toEqual([expect.stringContaining('nobody asked')]);
    expect((await play([placed], { o1: { key: 'key-1', quantity: 1 }, o2: { key: 'key-1', quantity: 1 } })).unexpected(false)).toEqual([expect.stringContaining('a second order')]);
    expect((await play([placed], { o1: { key: 'key-1', quantity: 2 } })).unexpected(false)).toEqual([expect.stringContaining('other lines')]);
  });

  test('tells of an order that it was never told of, once all have their answers', async () => {
    const clients = await play([], { o1: { key: 'key-1', quantity: 1 } });
    expect([clients.isDone, clients.unexpected(false)]).toEqual([false, []]);
    expect(clients.unexpected(true)).toEqual([expect.stringContaining('not what its client was told of')]);
  });

  test('is not content with a refusal of what can be taken', async () => {
    const refusal = new Problem({ code: 'idempotency_key_reused', status: 422, title: 'used', help: '', retryable: false } as never);
    expect((await play([refusal], {})).broken).toEqual([expect.stringContaining('refused with 422')]);
  });
});

test('A fan-out that plans nothing is found out, and so is one that plans what nobody wants', () => {
  const faults: string[] = [];
  const webhooks = new Webhooks(new Kernel(1, false), (text) => faults.push(text));
  const event = (type: string, eventId: string): StoredEvent => ({ type, eventId }) as never;
  webhooks.checkEnd([event('OrderCreated', 'e1'), event('StockChanged', 'e2')]);
  expect(faults).toEqual(['webhook: for shop nothing is planned of OrderCreated', 'webhook: for ledger nothing is planned of OrderCreated']);
  faults.length = 0;
  const [shop] = webhooks.registry.wanting('order.created');
  webhooks.keep([{ eventId: 'e3', name: 'order.created', subject: 'o1', body: '{}', to: [shop as never], isReplay: false, traceparent: null }]);
  webhooks.checkEnd([]);
  expect(faults).toContain('webhook: for shop something is planned of an event that the log does not have, which it does not want');
});

test('A part that is clogged counts when somebody is held up by it, once for each time', () => {
  const kernel = new Kernel(1, false);
  kernel.clog('bus');
  expect(kernel.hits.get('clog.bus')).toBe(undefined);
  for (let count = 0; count < 3; count += 1) expect(kernel.isClogged('bus')).toBe(true);
  expect(kernel.hits.get('clog.bus')).toBe(1);
  kernel.unclog('bus');
  expect(kernel.isClogged('bus')).toBe(false);
  kernel.clog('bus');
  kernel.isClogged('bus');
  expect(kernel.hits.get('clog.bus')).toBe(2);
});
