import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { json, ran, SECRET, startServer } from '../test-world.ts';
import type { Ran, TestServer } from '../test-world.ts';

let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startServer();
  folder = mkdtempSync(join(tmpdir(), 'cli-events-'));
  writeFileSync(join(folder, 'stack.json'), JSON.stringify({ of: server.url, cc: server.url, issuer: server.url, clients: { operator: { secret: SECRET } } }));
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  server.seen.length = 0;
});

const cli = (...argv: string[]): Promise<Ran> => ran([...argv, '--stack', join(folder, 'stack.json')]);

const event = (id: string, eventType: string, more: object = {}) => ({
  eventId: id, eventType, eventVersion: 'v1', timestamp: '2030-01-01T00:00:00.000Z', recordedAt: '2030-01-01T00:00:00.100Z', source: 'order-service', subject: 'order 1', topic: 'order-events',
  correlationId: 'c', causationId: null, origin: 'own', handler: null, attempt: null, data: { total: '5.00' }, metadata: {}, handlers: [], runs: [], ...more,
});

describe('events history', () => {
  test('asks with its filters and reads on over short pages', async () => {
    const pages = [
      { items: [event('e3', 'OrderCancelled', { handler: 'orders.cancel', attempt: 3 })], nextCursor: 'A', scanned: 20_000, pending: true },
      { items: [], nextCursor: 'B', scanned: 20_000, pending: false },
      { items: [event('e1', 'OrderCreated')], nextCursor: null, scanned: 17, pending: false },
    ];
    server.react = (_, response) => json(response, 200, pages[server.seen.length - 1]);
    const { code, out, err } = await cli('events', 'history', '--type', 'OrderCancelled,ORDER_CREATED', '--correlation', 'c', '--from', '24h', '--to', '2030-01-01T01:00:00+01:00', '--filter', '{"data":{}}');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'RECORDED                  EVENT           SUBJECT  BY                         ID',
      '2030-01-01T00:00:00.100Z  OrderCancelled  order 1  orders.cancel (attempt 3)  e3',
      '2030-01-01T00:00:00.100Z  OrderCreated    order 1  order-service              e1', '',
    ]);
    expect(err).toContain('not listed yet');
    expect(server.seen.map(({ url }) => Object.fromEntries(new URL(url, server.url).searchParams))).toEqual([{}, { limit: '49', cursor: 'A' }, { limit: '49', cursor: 'B' }].map((more) => ({
      type: 'OrderCancelled,ORDER_CREATED', correlationId: 'c', from: '2029-12-31T00:00:00.000Z', to: '2030-01-01T00:00:00.000Z', filter: '{"data":{}}', limit: '50', ...more,
    })));
  });

  test('stops when it has looked at enough, and says so', async () => {
    server.react = (_, response) => json(response, 200, { items: [], nextCursor: 'A', scanned: 20_000, pending: false });
    const { code, err } = await cli('events', 'history', '--scan', '50000');
    expect([code, server.seen.length]).toEqual([0, 3]);
    expect(err).toContain('Looked at 60000 events');
  });

  test.each([[['--limit', '0'], '--limit'], [['--scan', 'all'], '--scan'], [['--from', 'yesterday'], '--from']])('%j is refused, and calls nobody', async (argv, said) => {
    const { code, err } = await cli('events', 'history', ...argv);
    expect([code, server.seen]).toEqual([2, []]);
    expect(err).toContain(said);
  });
});

test('events tree draws what led to an event and what came of it, with what failed under the event that it failed for; show tells of the event', async () => {
  const failed = { handler: 'payments.charge', state: 'failed', attempt: 1, at: '2030-01-01T00:00:01.000Z', retryAt: null, error: { code: 'timeout', message: 'late\u001B[31m' }, rule: null };
  server.react = (_, response) => json(response, 200, {
    event: event('e2', 'PaymentInitiated', { handler: 'payments.process', attempt: 1, handlers: ['payments.charge'], runs: [failed] }),
    causes: [event('e1', 'OrderCreated')], missingCause: 'e0',
    following: [event('e3', 'PaymentProcessed', { depth: 1, handler: 'payments.charge', attempt: 2 }), event('e4', 'OrderConfirmed', { depth: 2 }), event('e5', 'AuditRecorded', { depth: 1 })], isCut: true,
  });
  const { code, out } = await cli('events', 'tree', 'e2');
  expect(code).toBe(0);
  expect(server.seen[0]?.url).toBe('/api/events/e2');
  expect((await cli('events', 'show', 'e2')).out).toContain('heard by     payments.charge\n');
  expect(out.split('\n')).toEqual([
    '(e0: not in this log)',
    '└─ OrderCreated  order-service  2030-01-01T00:00:00.100Z  e1',
    '   └─ PaymentInitiated  payments.process  2030-01-01T00:00:00.100Z  ◀',
    '      │  · payments.charge failed, attempt 1, timeout: late\\u001b[31m, 2030-01-01T00:00:01.000Z',
    '      ├─ PaymentProcessed  payments.charge (attempt 2)  2030-01-01T00:00:00.100Z  e3',
    '      │  └─ OrderConfirmed  order-service  2030-01-01T00:00:00.100Z  e4',
    '      └─ AuditRecorded  order-service  2030-01-01T00:00:00.100Z  e5',
    '… more is left out', '',
  ]);
});
