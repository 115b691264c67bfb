/**
 * An extension of a third party, built from an empty folder as the guide says: the service takes it with no change but those of the
 * list and the map, and does not start with one of them alone. With EXTENSIONS=1 also on the whole local stack, where an order is
 * really charged, delivered and refunded.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCatalogue } from '@commerce/events/catalogue';
import type { EventEntry } from '@commerce/events/catalogue';
import { PUBLISHED_ENTRIES } from '@commerce/events/entries/all';
import { uuid7 } from '@commerce/events/uuid7';
import { EventLog } from '@commerce/event-log/log';
import { inTransaction } from '@commerce/event-log/transaction';
import { createApi } from '@commerce/local-stack/api';
import { FREE_PORTS, startStack } from '@commerce/local-stack/stack';
import type { Stack } from '@commerce/local-stack/stack';
import { gapsInDescription } from '@commerce/service-kit/openapi';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { z } from 'zod';
import { eventually } from '../kit/eventually.ts';
import { readDocument } from '../made-docs.ts';
import { buildFromGuide, LIST, MAP } from './built.ts';
import type { Built } from './built.ts';
import { changesOf, filesOf, filesOfExample, GUIDE } from './guide.ts';
import { runToEnd, startProcess } from './process.ts';
import type { ServiceProcess } from './process.ts';
import { startWorld } from './world.http.ts';
import type { World } from './world.http.ts';

/** What takes long. */
const onDemand = process.env['EXTENSIONS'] === '1' ? test : test.skip;

let built: Built;
beforeAll(() => {
  built = buildFromGuide();
});
afterAll(() => built.remove());

/** The first process compiles for the next ones. */
const compiled = (): Record<string, string> => ({ NODE_COMPILE_CACHE: join(built.folder, 'compile-cache') });

test('the guide has every file of the example, and the example every file of the guide', () => {
  expect(filesOf(readDocument(GUIDE))).toEqual(filesOfExample());
});

test('the guide changes nothing of the service but the list and the map', () => {
  expect(Object.keys(changesOf(readDocument(GUIDE)))).toEqual([LIST, MAP]);
});

describe('the start is refused, with file, line and mend,', () => {
  test('when the extension is listed and the map says nothing of it', async () => {
    built.change([LIST]);
    const { code, said } = await runToEnd(built.program, compiled());
    expect(code).toBe(1);
    for (const name of ['LoyaltyPointsEarned', 'LoyaltyPointsRevoked']) {
      expect(said).toMatch(new RegExp(`/loyalty-extension/signals\\.ts:\\d+ The signal ${name} of the extension loyalty is heard by nobody: connect a handler in .*/signals\\.config\\.ts, or say there why nobody hears it, unheard`));
    }
    for (const [name, type] of [['note', 'OrderConfirmed'], ['earn', 'OrderCompleted'], ['take_back', 'PaymentRefunded or OrderRefunded'], ['credit', 'LoyaltyPointsEarned'], ['debit', 'LoyaltyPointsRevoked']]) {
      expect(said).toMatch(new RegExp(`/loyalty-extension/extension\\.ts:\\d+ The handler loyalty\\.${name} is declared and connected to nothing: add it to .*/signals\\.config\\.ts under ${type}, or delete it`));
    }
    const shown = [...readDocument(GUIDE).matchAll(/^ {2}- …(\/loyalty-extension\/\S+:\d+ The \w+ \S+)/gm)].map((match) => match[1]);
    expect(shown).toHaveLength(2);
    for (const fault of [...shown, 'with 7 faults']) expect(said).toContain(fault);
  });

  onDemand('when the map speaks of it and it is not listed (needs EXTENSIONS=1: it starts a process more)', async () => {
    built.change([MAP]);
    const { code, said } = await runToEnd(built.program, compiled());
    expect(code).toBe(1);
    expect(said).toMatch(/\/signals\.config\.ts:\d+ The map connects OrderCompleted to loyalty\.earn, which no loaded extension declares/);
    expect(said).toMatch(/\/signals\.config\.ts:\d+ The map names the signal LoyaltyPointsEarned, which no loaded extension declares/);
  });
});

describe('the service with the extension', () => {
  const audience = 'http://127.0.0.1:3000';
  const customerId = 'VINET';
  let database: TestDatabase;
  let world: World;
  let service: ServiceProcess;
  let pool: pg.Pool;
  let log: EventLog;

  beforeAll(async () => {
    built.change([LIST, MAP]);
    [database, world] = await Promise.all([createTestDatabase(), startWorld(audience)]);
    const nowhere = 'http://127.0.0.1:1';
    service = await startProcess(built.program, {
      ...compiled(), ...world.environment, NODE_ENV: 'test', LOG_LEVEL: 'error', ROLES: 'api,readers', CC_PORT: '0', CC_URL: audience, DATABASE_URL: database.url, OF_CLIENT_SECRET: 'secret', OF_URL: nowhere,
      FULFILLMENT_QUEUE_URL: `${nowhere}/unused`, PAYMENTS_URL: nowhere, PAYMENTS_API_KEY: 'key', PAYMENTS_DEFAULT_TOKEN: 'tok_4242424242424242', PAYMENTS_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 5).toString('base64')}`, WEBHOOK_SECRETS_KEY: Buffer.alloc(32, 6).toString('base64'), OUTBOX_DIR: built.folder,
      LOYALTY_POINTS_PER_UNIT: '2', LOYALTY_LAPSE_MS: '1h',
    });
    pool = new pg.Pool({ connectionString: database.url, max: 3, pipeline: true });
    pool.on('error', () => undefined);
    log = await EventLog.open({ pool, nowMs: Date.now, uuid: () => uuid7(Date.now()), catalogue: createCatalogue(PUBLISHED_ENTRIES as readonly EventEntry[]) });
  });
  afterAll(async () => {
    await service?.stop();
    await log?.close();
    await pool?.end();
    await world?.stop();
    await database?.drop();
  });

  /** Appends an event as the extension that declares it would. */
  async function tell(source: string, type: string, data: object): Promise<void> {
    const event = log.prepare({ type, data }, source, { correlationId: randomUUID(), causationId: null, metadata: {} });
    await inTransaction(pool, (tx) => log.append(tx, [event]));
    log.wake();
  }
  const call = async (method: string, path: string, { body, key, scope = 'users:read users:write' }: { body?: object; key?: string; scope?: string } = {}) => {
    const headers = { authorization: `Bearer ${world.issuer.token('operator', { claims: { scope, sub: 'anna' } })}`, 'content-type': 'application/json', ...(key !== undefined && { 'idempotency-key': key }) };
    const answer = await fetch(`${service.url}${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
    return { status: answer.status, replayed: answer.headers.get('idempotency-replayed'), body: (await answer.json()) as any };
  };
  const points = async (customer = customerId): Promise<any> => (await call('GET', `/loyalty/${customer}`)).body;
  const reaches = (what: string, wanted: object, customer = customerId): Promise<unknown> =>
    eventually(what, async () => {
      const account = await points(customer);
      return Object.entries(wanted).every(([name, value]) => account[name] === value) ? account : undefined;
    }, 30_000);
  const types = async (subject: string): Promise<string[]> => (await pool.query('SELECT type FROM events WHERE subject = $1 ORDER BY txid, position', [subject])).rows.map(({ type }) => type);
  const about = (orderId: string, customer = customerId): object => ({ orderId, orderNumber: 10248, customerId: customer });
  const completed = async (orderId: string, total: string, customer = customerId, currency = 'USD'): Promise<void> => {
    await tell('order-service', 'OrderConfirmed', { ...about(orderId, customer), currency, total });
    await tell('order-service', 'OrderCompleted', { ...about(orderId, customer), lines: [] });
  };
  const paidBack = (orderId: string, refunded: string): Promise<void> => tell('payment-service', 'PaymentRefunded', {
    orderId, paymentId: 'pay_1', amount: refunded, currency: 'USD', provider: 'standard', refundId: `re_${refunded}`, refunded, charged: '200.38', reason: { code: 'not_fulfilled' },
  });

  test('lets a customer earn points, spend them once, and owe what was spent of a refunded order', async () => {
    await completed('order-1', '200.38');
    await reaches('points for the order', { balance: 400, owed: 0 });
    expect(await types(`loyalty:${customerId}`)).toEqual(['LoyaltyPointsEarned']);

    await paidBack('order-1', '100.00');
    await reaches('points taken back', { balance: 200, earned: 400, revoked: 200 });

    const wish = { key: 'first', body: { points: 150, reason: { code: 'voucher', message: 'A voucher of 15 USD.' } } };
    const redeem = `/loyalty/${customerId}/redeem`;
    const spent = await call('POST', redeem, wish);
    expect(spent).toMatchObject({ status: 200, replayed: null, body: { customerId, points: 150, balance: 50 } });
    expect(await call('POST', redeem, wish)).toEqual({ ...spent, replayed: 'true' });
    expect(await call('POST', redeem, { ...wish, body: { ...wish.body, points: 50 } })).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect(await call('POST', redeem, { ...wish, key: 'second' })).toMatchObject({ status: 409, body: { code: 'loyalty_points_missing', detail: 'There are 50 points.' } });
    expect(await call('POST', redeem, { ...wish, scope: 'users:read' })).toMatchObject({ status: 403 });
    expect(await call('POST', '/loyalty/NOBODY/redeem', { ...wish, key: 'third' })).toMatchObject({ status: 404, body: { code: 'loyalty_account_not_found' } });

    const { rows: acts } = await pool.query("SELECT source, topic, data FROM events WHERE type = 'AuditRecorded'");
    expect(acts).toEqual([{
      source: 'loyalty-service', topic: 'audit-events',
      data: { act: 'loyalty.redeem', about: customerId, by: { subject: 'anna', clientId: 'operator' }, why: 'A voucher of 15 USD.', details: { redemptionId: spent.body.redemptionId, points: 150 } },
    }]);

    await tell('order-service', 'OrderRefunded', { ...about('order-1'), amount: '200.38', currency: 'USD', reason: { code: 'returned' } });
    await reaches('what was spent is owed', { balance: 0, owed: 150, revoked: 400 });
    expect(await types(`loyalty:${customerId}`)).toEqual(['LoyaltyPointsEarned', 'LoyaltyPointsRevoked', 'LoyaltyPointsRedeemed', 'LoyaltyPointsRevoked']);
    await eventually('all of it on the bus', () => (['LoyaltyPointsEarned', 'LoyaltyPointsRevoked', 'LoyaltyPointsRedeemed'].every((type) => world.published.includes(type)) || undefined));
  });

  test('lets points lapse on which nothing happens, and says in the ledger what earned none', async () => {
    await completed('order-2', '10.00', 'ALFKI');
    await reaches('points', { earned: 20 }, 'ALFKI');
    await completed('order-3', '10.00', 'ALFKI', 'EUR');
    await eventually('the rule', async () => (await pool.query("SELECT 1 FROM ledger WHERE handler = 'loyalty.note' AND rule = 'other_currency' AND subject = 'order-3'")).rowCount || undefined);
    // The quiet hour is over.
    const { rowCount } = await pool.query("UPDATE timers SET due_at = due_at - interval '1 hour' WHERE subject = 'loyalty:ALFKI' AND name = 'lapse' AND due_at > now() + interval '50 min'");
    expect(rowCount).toBe(1);
    await reaches('they are gone', { balance: 0, earned: 20, lapsed: 20 }, 'ALFKI');
    expect(await types('loyalty:ALFKI')).toEqual(['LoyaltyPointsEarned', 'LoyaltyPointsLapsed']);
  });

  test('shows the routes, the problems and the panel like its own', async () => {
    const { body: description } = await call('GET', '/openapi.json');
    expect(Object.keys(description.paths).filter((path) => path.startsWith('/loyalty'))).toEqual(['/loyalty', '/loyalty/{customerId}', '/loyalty/{customerId}/redeem']);
    expect(gapsInDescription(description)).toEqual([]);
    expect((await fetch(`${service.url}/problems/loyalty_points_missing`)).status).toBe(200);
    const { body: panels } = await call('GET', '/panels', { scope: 'events:read' });
    const panel = panels.items.find(({ id }: { id: string }) => id === 'loyalty');
    expect(panel).toEqual({ id: 'loyalty', title: 'Loyalty points', extension: 'loyalty', data: '/loyalty', scope: 'users:read' });
    const first = await call('GET', `${panel.data}?limit=1`, { scope: panel.scope });
    expect(first.body.items.map((account: any) => account.customerId)).toEqual(['ALFKI']);
    const rest = await call('GET', `${panel.data}?cursor=${encodeURIComponent(first.body.nextCursor)}`, { scope: panel.scope });
    expect(rest.body).toMatchObject({ items: [{ customerId, owed: 150 }], nextCursor: null });
  });
});

onDemand('on the whole stack a real order earns points, and a refund takes them (needs EXTENSIONS=1: it takes a stack)', async () => {
  built.change([LIST, MAP]);
  const dataDirectory = mkdtempSync(join(tmpdir(), 'extension-stack-'));
  const { DATABASE_URL: _ignored, ...environment } = process.env;
  const ended = new AbortController();
  let stack: Stack | undefined;
  try {
    stack = await startStack({ dataDirectory, ports: FREE_PORTS, bySku: { A: 'instant' }, environment, coordinatorProgram: built.program });
    const { issuer, cc, clients } = stack.description;
    const api = (clientId: string) => createApi({ issuer, clientId, secret: clients[clientId]?.secret ?? '', service: cc, signal: ended.signal });
    const operator = api('operator');
    const body = { customerId: 'VINET', currency: 'USD', lines: [{ sku: 'A', quantity: 2, unitPrice: '100.00' }] };
    const { orderId } = await api('storefront').call(z.object({ orderId: z.string() }), 'POST', '/orders', { body, idempotencyKey: 'one' });
    const balance = async () => (await operator.call(z.object({ items: z.array(z.object({ customerId: z.string(), balance: z.int() })) }), 'GET', '/loyalty')).items[0]?.balance;
    await eventually('points', async () => ((await balance()) === 200 ? true : undefined));
    await operator.call(z.object({ status: z.string() }), 'POST', `/orders/${orderId}/refund`, { body: { reason: { code: 'returned' } }, idempotencyKey: 'two' });
    await eventually('no points', async () => ((await balance()) === 0 ? true : undefined));
    const heard = z.object({ items: z.array(z.object({ eventType: z.string(), handlers: z.array(z.string()) })) });
    const { items } = await operator.call(heard, 'GET', `/orders/${orderId}/timeline?limit=200`);
    expect(items.filter(({ handlers }) => handlers.some((name) => name.startsWith('loyalty.'))).map(({ eventType }) => eventType)).toEqual(['OrderConfirmed', 'OrderCompleted', 'PaymentRefunded', 'OrderRefunded']);
  } finally {
    ended.abort();
    // Without drain: the databases are thrown away.
    for (const name of ['order-fulfillment', 'commerce-coordinator']) stack?.supervisor.process(name).signal('SIGKILL');
    await stack?.stop();
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}, 60_000);
