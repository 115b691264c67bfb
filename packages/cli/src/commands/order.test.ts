import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { json, NOW_MS, ran, worldFor } from '../test-world.ts';
import type { Seen } from '../test-world.ts';

const { server, folder, cli } = await worldFor('order');

const placed = { orderId: 'o-1', orderNumber: 7, customerId: 'VINET', status: 'created', currency: 'USD', total: '41.00', createdAt: '2030-01-01T00:00:00.000Z' };

describe('order place', () => {
  beforeEach(() => {
    server.react = ({ url }, response) => (url.startsWith('/products/') ? json(response, 200, { sku: 'B', name: 'Chang', unitPrice: '5.00' }) : json(response, 202, placed));
  });

  test('sends what the options say, under a key of its own, with the price of the catalogue where none is given', async () => {
    const { code, out, err } = await cli('place', '--customer', 'VINET', '--line', 'A:1:2@18.00', '--line', 'B:1', '--freight', '5.00', '--card', 'tok_1', '--key', 'once');
    expect([code, out, err]).toEqual([0, 'order     o-1 (7)\nstatus    created\ncustomer  VINET\ntotal     41.00 USD\n', `cli order watch o-1\n${server.url}/dashboard/orders/o-1\n`]);
    const { method, url, headers, body } = server.seen.find(({ method: one }) => one === 'POST') as Seen;
    expect([method, url, headers['idempotency-key']]).toEqual(['POST', '/orders', 'once']);
    expect(body).toEqual({
      customerId: 'VINET', currency: 'USD', freight: '5.00', payment: { method: { type: 'card', token: 'tok_1' } }, lines: [{ sku: 'A:1', quantity: 2, unitPrice: '18.00' }, { sku: 'B', name: 'Chang', quantity: 1, unitPrice: '5.00' }],
    });
    expect(server.seen[0]?.url).toBe('/products/B');
  });

  test('sends a file as it is, and the sample', async () => {
    const file = join(folder, 'order.json');
    writeFileSync(file, '{"customerId": "X"}');
    await cli('place', '--file', file);
    await cli('place', '--sample');
    expect(server.seen.map(({ body }) => body.customerId)).toEqual(['X', 'VINET']);
    expect(new Set(server.seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(2);
  });

  test.each([
    [[], 'in one way'], [['--sample', '--line', 'A:1@1.00'], 'in one way'], [['--line', 'A:1@1.00'], '--customer is missing'], [['--customer', 'X', '--line', 'A'], 'is no line'], [['--sample', '--customer', 'X'], 'stand beside --line'],
  ])('%j is given wrongly, and places nothing', async (argv, said) => {
    const { code, err } = await cli('place', ...argv);
    expect([code, err, server.seen]).toEqual([2, expect.stringContaining(said), []]);
  });
});

describe('order why', () => {
  const care = {
    orderId: 'o-1', orderNumber: 7, status: 'paid', needsCare: true, pastPromiseMs: 1_800_000, waitsFor: 'It waits for the fulfilling side to take the order: attempt 3 failed (503), the next one is in 12 s.',
    nextStep: 'In 12 s fulfillment.request is tried again.', acts: ['retry', 'cancel'], lastError: { handler: 'fulfillment.request', attempt: 3, code: 'RetryLater', message: 'The service answered 503', at: '2030-01-01T00:00:00.000Z' },
  };

  test('says the sentence, the last error, what happens by itself, and the act as a command', async () => {
    server.react = (_, response) => json(response, 200, care);
    const { code, out } = await cli('why', 'o-1');
    expect(server.seen[0]?.url).toBe('/orders/o-1/care');
    expect([code, out.split('\n')]).toEqual([0, [
      'Order 7 is paid, 30 min past its promise. It waits for the fulfilling side to take the order: attempt 3 failed (503), the next one is in 12 s.',
      'Last error: fulfillment.request at attempt 3, 2030-01-01T00:00:00.000Z: The service answered 503', 'Next: In 12 s fulfillment.request is tried again.', 'You may: retry, cancel.', '  cli order retry o-1 --reason CODE', '',
    ]]);
  });

  test('says of one that needs nothing that it needs nothing', async () => {
    server.react = (_, response) => json(response, 200, { ...care, needsCare: false, pastPromiseMs: null, lastError: null, acts: ['cancel'] });
    expect((await cli('why', 'o-1')).out).toMatch(/\nYou may: cancel\. It needs nothing of you\.\n$/);
    server.react = (_, response) => json(response, 200, { ...care, needsCare: false, pastPromiseMs: null, lastError: null, acts: [] });
    expect((await cli('why', 'o-1')).out).toMatch(/\nYou can do nothing with it now\.\n$/);
  });

  test('ends with 3 and where that is explained when there is no such order', async () => {
    server.react = (_, response) => json(response, 404, { type: '/problems/order_not_found', status: 404, code: 'order_not_found', title: 'There is no such order' });
    expect(await cli('why', 'o-2')).toMatchObject({ code: 3, err: expect.stringContaining(`More: ${server.url}/problems/order_not_found`) });
  });
});

describe('order watch', () => {
  const event = (n: number, eventType: string, causationId: string | null = null, recordedMs = n * 100, more: object = {}) => ({
    eventId: `e${n}`, eventType, name: eventType, source: 'order-service', recordedAt: new Date(Date.parse('2029-12-31T23:59:00Z') + recordedMs).toISOString(), causationId, handler: null, attempt: null, subject: 'o-1', ...more,
  });
  const frame = (one: object, id: string): string => `id: ${id}\ndata: ${JSON.stringify(one)}\n\n`;
  const LIVE = 'id: p0\nevent: notice\ndata: {"code":"live"}\n\n';
  let statuses: string[];
  let timeline: object[];
  let streams: string[][];

  function react({ url }: Seen, response: ServerResponse): void {
    if (url.startsWith('/orders/o-1/timeline')) return json(response, 200, { items: timeline, nextCursor: null });
    if (url.startsWith('/orders/o-1')) return json(response, 200, { ...placed, createdAt: '2029-12-31T23:59:00.000Z', reason: { code: 'no_stock' }, status: statuses.length > 1 ? statuses.shift() : statuses[0] });
    const parts = streams.shift();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (parts === undefined) return void response.write(': nothing\n\n');
    for (const part of parts) response.write(part);
    response.end();
  }
  beforeEach(() => {
    server.react = react;
  });

  test('shows what has been and what comes, each event once and under its cause, over a lost stream, until the order is completed', async () => {
    statuses = ['created', 'paid', 'completed'];
    timeline = [event(1, 'OrderCreated'), event(2, 'PaymentProcessed', 'e1', 200, { handler: 'payments.charge', attempt: 2 })];
    streams = [
      [LIVE, frame(timeline[1] as object, 'p2'), frame(event(3, 'FulfillmentRequested', 'e2'), 'p3')],
      ['id: p3\n: heartbeat\n\n', frame(event(4, 'OrderFulfilled', 'e9'), 'p4'), frame(event(5, 'OrderCompleted', 'e4', 3_600_000), 'p5')],
    ];
    const { code, out, err } = await cli('watch', 'o-1');
    expect(out.split('\n').map((line) => line.trimEnd())).toEqual([
      '    100 ms  OrderCreated                                              order-service',
      '    200 ms  └─ PaymentProcessed                                       payments.charge (attempt 2)',
      '    300 ms     └─ FulfillmentRequested                                order-service',
      '    400 ms  OrderFulfilled                                            order-service',
      '3600000 ms  └─ OrderCompleted                                         order-service', '',
    ]);
    expect([code, err]).toEqual([0, 'resumed, 1 missed event shown\nOrder 7 is completed (no_stock).\n']);
    const asked = server.seen.filter(({ url }) => url.startsWith('/api/events/stream'));
    expect(asked.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, 'p3']);
    expect(new URL(asked[0]?.url ?? '', server.url).searchParams.get('filter')).toBe('{"subject":["o-1"]}');
  });

  test('ends with 1 when the order ends otherwise, and at once when it has ended before', async () => {
    statuses = ['cancelled'];
    timeline = [event(1, 'OrderCreated')];
    streams = [[LIVE]];
    const { code, out, err } = await cli('watch', 'o-1', '--json');
    expect([code, JSON.parse(out)]).toEqual([1, timeline[0]]);
    expect(JSON.parse(err)).toEqual({ error: { kind: 'bad', message: 'Order 7 is cancelled (no_stock).' } });
  });
});

test('order export has the order, its timeline and its events in one document, the oldest first', async () => {
  server.react = ({ url }, response) => json(response, 200, url.includes('/timeline') ? { items: ['t'], nextCursor: null } : url.startsWith('/api/events/history?subject=o-1&') ? { items: ['newer', 'older'], nextCursor: null } : placed);
  const { code, out } = await cli('export', 'o-1');
  expect([code, JSON.parse(out)]).toEqual([0, { exportedAt: new Date(NOW_MS).toISOString(), service: server.url, order: placed, timeline: ['t'], events: ['older', 'newer'] }]);
});

test('the tree of an order is made of what caused what', async () => {
  const item = { source: 'order-service', recordedAt: '2030-01-01T00:00:00.000Z', handler: null, attempt: null, attempts: [], ignored: [] };
  const items = [
    { ...item, eventId: 'e1', eventType: 'OrderCreated', causationId: null, attempts: [{ text: 'It failed.' }] }, { ...item, eventId: 'e2', eventType: 'InventoryReserved', causationId: 'e1' },
    { ...item, eventId: 'e3', eventType: 'FulfillmentCompleted', causationId: 'of-1' }, { ...item, eventId: 'e4', eventType: 'PaymentInitiated', causationId: 'e2' },
  ];
  server.react = ({ url }, response) => (url.startsWith('/api/events/') ? json(response, 404, { type: '/problems/event_not_found', status: 404, code: 'event_not_found', title: 'no' }) : url.startsWith('/orders/o-1/timeline') ? json(response, 200, { items, nextCursor: null }) : json(response, 404, {}));
  const { code, out } = await ran(['events', 'tree', 'o-1', '--stack', join(folder, 'stack.json')]);
  expect([code, out.split('\n')]).toEqual([0, [
    'OrderCreated  order-service  2030-01-01T00:00:00.000Z  e1', '│  · It failed.', '└─ InventoryReserved  order-service  2030-01-01T00:00:00.000Z  e2', '   └─ PaymentInitiated  order-service  2030-01-01T00:00:00.000Z  e4',
    'FulfillmentCompleted  order-service  2030-01-01T00:00:00.000Z  e3', '',
  ]]);
});
