import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { uuid7Time } from '@commerce/events/uuid7';
import { json, NOW_MS, ran, SECRET, startServer } from '../test-world.ts';
import type { Ran, TestServer } from '../test-world.ts';
import { changed } from './trigger-set.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());
beforeEach(() => {
  server.seen.length = 0;
  server.react = ({ method, url, body }, response) => {
    if (method === 'POST') return json(response, 202, url === '/api/events' ? { items: [{ eventId: body.events[0].eventId, result: 'appended' }] } : { event: { name: 'order.created', eventId: 'e', eventType: 'OrderCreated', correlationId: 'c', data: body.data }, thisProcess: { subscribers: 1 } });
    if (url.endsWith('/example')) return json(response, 200, { eventType: 'OrderCreated', eventVersion: 'v2', data: { total: '5.00', lines: [{ sku: 'NW-1', quantity: 1 }], isGift: false } });
    json(response, 200, { type: 'OrderCreated', webhook: 'order.created', isExternal: url.includes('carrier') });
  };
});

const cli = (...argv: string[]): Promise<Ran> => ran(['trigger', ...argv, '--cc', server.url, '--issuer', server.url, '--client-id', 'carrier'], { env: { CLIENT_SECRET: SECRET }, stdin: '{"mine":1}' });

describe('trigger', () => {
  test('sends the example of the catalogue with changes as a test', async () => {
    const { code, out } = await cli('order.created', '--set', 'total=99.99', '--set', 'lines.0.quantity=2', '--set', 'isGift=true', '--set', 'lines.1:={"sku":"NW-2"}', '--set', 'note=5');
    expect(code).toBe(0);
    expect(server.seen.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['GET', '/api/catalog/order.created/example', undefined],
      ['POST', '/api/events/test', { name: 'order.created', data: { total: '99.99', lines: [{ sku: 'NW-1', quantity: 2 }, { sku: 'NW-2' }], isGift: true, note: '5' } }],
    ]);
    expect(out).toMatch(/^test event\s+order\.created {2}e\ncorrelation\s+c\ndata\s+\{"total":"99\.99"/);
  });

  test('takes the data from a file, or from standard input', async () => {
    await cli('order.created', '--file', '-', '--set', 'mine=2');
    expect(server.seen.at(-1)?.body).toEqual({ name: 'order.created', data: { mine: 2 } });
    const folder = mkdtempSync(join(tmpdir(), 'cli-trigger-'));
    writeFileSync(join(folder, 'list.json'), '[1]');
    expect(await cli('order.created', '--file', join(folder, 'list.json'))).toMatchObject({ code: 2, err: expect.stringContaining('holds no object') });
    rmSync(folder, { recursive: true });
  });

  test('tells an event for true only when it is asked to, and only of a type that is taken from outside, in the name of its client', async () => {
    expect(await cli('order.created', '--tell')).toMatchObject({ code: 2, err: expect.stringContaining('not taken from outside') });
    expect(server.seen.every(({ method }) => method === 'GET')).toBe(true);
    const { code, out } = await cli('carrier.delivered', '--tell', '--set', 'total=1.00');
    const { events: [event] } = server.seen.at(-1)?.body as { events: [Record<string, any>] };
    expect([code, server.seen.at(-1)?.url, out]).toEqual([0, '/api/events', `order.created  ${String(event['eventId'])}  appended\n`]);
    expect(event).toEqual({
      eventId: expect.any(String), eventType: 'OrderCreated', eventVersion: 'v2', timestamp: '2030-01-01T00:00:00.000Z', source: 'carrier', correlationId: event['eventId'], causationId: null,
      data: { total: '1.00', lines: [{ sku: 'NW-1', quantity: 1 }], isGift: false }, metadata: {},
    });
    expect(uuid7Time(event['eventId'])).toBe(NOW_MS);
  });

  test('shows what does not fit, field by field', async () => {
    const { react } = server;
    server.react = (seen, response) => (seen.method === 'GET' ? react(seen, response) : json(response, 422, { type: '/problems/test_event_invalid', status: 422, code: 'test_event_invalid', title: 'The data is not that of this event', errors: [{ path: 'data.total', message: 'must be an amount' }] }));
    expect(await cli('order.created', '--set', 'total=much')).toMatchObject({ code: 3, err: expect.stringContaining('data.total: must be an amount') });
  });
});

describe('a change', () => {
  const data = { total: '5.00', n: 1, flag: true, lines: [{ sku: 'a' }], nothing: null };

  test('leaves the example as it is', () => {
    changed(data, ['lines.0.sku=b', 'nothing=text', 'n:="now a text"']);
    expect(data).toEqual({ total: '5.00', n: 1, flag: true, lines: [{ sku: 'a' }], nothing: null });
  });

  test.each([
    ['total', 'is no change'], ['=5', 'is no change'], ['__proto__.polluted=1', 'is no change'], ['lines.0.constructor=1', 'is no change'], ['lines.3.sku=b', 'no object or list at "lines.3"'], ['total.x=1', 'no object or list at "total"'],
    ['lines.2:={}', 'has 1; the next is 1'], ['lines.name=x', 'has 1'], ['n=many', 'a number stands there'], ['n=', 'a number stands there'], ['flag=yes', 'true or false stands there'], ['lines=x', 'no JSON'], ['n:={', 'no JSON'],
  ])('%s is refused: %s', (change, said) => {
    expect(() => changed(data, [change])).toThrow(said);
  });
});
