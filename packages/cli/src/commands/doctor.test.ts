import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerResponse } from 'node:http';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Finding } from '../doctor/finding.ts';
import { routesOf } from '../json-shapes.ts';
import { json, NOW_MS, ran, startServer, worldFor } from '../test-world.ts';
import type { Seen } from '../test-world.ts';

const { server, folder, cli } = await worldFor('doctor');

const ALL_SCOPES = 'orders:read orders:write events:read events:write dlq:read dlq:write replay:read replay:write webhooks:read webhooks:write catalog:read metrics:read admin clients:admin';
const METRICS = 'commerce_reader_lag_seconds{reader="orders"} 0.2\ncommerce_reader_partitions_unowned{reader="orders"} 0\ncommerce_log_horizon_age_seconds 0\ncommerce_work_oldest_ready_seconds 0\ncommerce_metrics_faults 0\n';

/** Path → what is answered instead of what is answered when all is well. */
let unwell: Record<string, unknown>;
let dateMs: number;
/** So many looks at readiness find a database that does not answer in time. */
let lateLooks: number;

const WELL: Readonly<Record<string, unknown>> = {
  '/health/live': { status: 'live' }, '/health/ready': { status: 'ready', checks: { database: 'ok', bus: 'ok' } }, '/health/events': { status: 'healthy', eventBus: { active: true } },
  '/openapi.json': {
    info: { version: '0.1.0' },
    paths: Object.fromEntries([...routesOf('cc'), ...routesOf('of')].map((route) => route.split(' ')).reduce((paths, [method = '', path = '']) => paths.set(path, { ...paths.get(path), [method.toLowerCase()]: {} }), new Map<string, object>())),
  },
  '/dead-letters/counts': { total: 0, items: [], queues: [] }, '/orders/care': { items: [], nextCursor: null }, '/reconciliation': { lastRunAt: new Date(NOW_MS - 1_000).toISOString(), healed: { outcome_missed: 0 } },
  '/api/webhooks': { items: [], nextCursor: null }, '/api/webhooks/dead-deliveries': { items: [], nextCursor: null }, '/api/replays': { items: [], nextCursor: null }, '/api/flow': { missing: [], nodes: [{ kind: 'rule', title: 'outcomes', state: 'ok', why: null }] },
};

function react({ url }: Seen, response: ServerResponse): void {
  const { pathname } = new URL(url, server.url);
  if (pathname === '/health/ready' && lateLooks-- > 0) return json(response, 503, { status: 'not_ready', checks: { database: 'failed' } });
  response.setHeader('date', new Date(dateMs).toUTCString());
  if (pathname === '/metrics') return void response.writeHead(200, { 'content-type': 'text/plain' }).end(String(unwell['/metrics'] ?? METRICS));
  const told = unwell[pathname] ?? WELL[pathname];
  if (told === undefined) return json(response, 404, { type: '/problems/not_found', status: 404, code: 'not_found', title: 'no' });
  const { status } = told as { status?: unknown };
  json(response, typeof status === 'number' ? status : 200, told);
}
beforeEach(() => {
  [unwell, dateMs, lateLooks] = [{}, NOW_MS, 0];
  server.react = react;
  server.claims = { scope: ALL_SCOPES };
});

async function examined(): Promise<{ code: number; verdict: string; findings: Finding[] }> {
  const { code, out } = await cli('--json');
  return { code, ...JSON.parse(out) };
}
const bad = async (): Promise<Finding[]> => (await examined()).findings.filter(({ level }) => level !== 'ok');

test('a stack that is well is said to be so, each thing in a line', async () => {
  const { code, out, err } = await cli();
  expect(out.split('\n').filter((line) => !line.startsWith('ok '))).toEqual(['']);
  expect([code, err]).toEqual([0, 'All 22 are ok.\n']);
  expect(out).toContain('ok    ready         Commerce Coordinator: database, bus\n');
  expect(out).toContain(`with all ${routesOf('of').length} routes`);
});

test('a database that is late once is looked at again, and nothing is claimed', async () => {
  lateLooks = 1;
  expect(await bad()).toEqual([]);
  lateLooks = 6;
  expect((await bad()).map(({ check, level }) => [check, level])).toEqual([['ready', 'fail'], ['ready', 'fail']]);
});

describe('it finds, says what that means, and what mends it:', () => {
  test.each([
    ['a part that is not ready', { '/health/ready': { status: 'not_ready', checks: { database: 'ok', consumer: 'failed' } } }, ['fail', 'ready', 'consumer failed or did not answer in time, at 3 looks', 'queue']],
    ['a service that ends', { '/health/ready': { status: 'draining', checks: {} } }, ['warn', 'ready', 'it is ending', 'next process']],
    ['an address of somebody else', { '/health/live': { status: 404 } }, ['fail', 'reachable', 'answers 404', 'Check the address']],
    ['an issuer under another name', { issuer: 'https://id.example' }, ['fail', 'issuer', 'calls itself https://id.example', '--issuer https://id.example']],
    ['a service of another version', { '/openapi.json': { info: { version: '9' }, paths: {} } }, ['fail', 'contract', 'version 9 has no', 'version that is deployed']],
    ['events that do not flow', { '/health/events': { status: 'unhealthy', eventBus: { active: false } } }, ['fail', 'events', 'not active', 'log file']],
    ['a reader that is behind', { '/metrics': 'commerce_reader_lag_seconds{reader="payments"} 61\n' }, ['fail', 'queues', 'payments is 61 s behind', 'ROLES=readers']],
    ['a transaction that is open', { '/metrics': 'commerce_log_horizon_age_seconds 20\n' }, ['fail', 'queues', 'open for 20 s', 'pg_stat_activity']],
    ['a rollout that failed', { '/metrics': 'commerce_reader_partitions_unowned{reader="orders"} 4\ncommerce_reader_partitions_without_successor{reader="orders"} 4\n' }, ['fail', 'queues', '4 partitions', 'newer version']],
    ['partitions that nobody has', { '/metrics': 'commerce_reader_partitions_unowned{reader="orders"} 2\n' }, ['warn', 'queues', '2 partitions', 'ROLES=readers']],
    ['a log that is not sealed', { '/metrics': 'commerce_log_unsealed_seconds 7200\n' }, ['warn', 'log', 'nothing was sealed for 2.0 hours', "name = 'log.seal'"]],
    ['heads that nobody signs', { '/metrics': 'commerce_log_unsigned_seconds 10800\n' }, ['warn', 'log', 'no head was signed for 3.0 hours', 'SEAL_KEY']],
    ['events that stay too long', { '/metrics': 'commerce_log_retention_behind_seconds{waits_for="reader orders"} 90000\n' }, ['warn', 'log', '25.0 hours past their retention; nothing is removed before: reader orders', "name = 'log.retain'"]],
    ['dead letters', { '/dead-letters/counts': { total: 3, items: [{ reason: 'Error', count: 3, handler: 'orders.fulfill', eventType: 'X' }], queues: [] } }, ['warn', 'dead letters', '3 dead letters; most: 3 of orders.fulfill, Error', 'cli dlq redrive --all --mended']],
    ['a queue that cannot be seen', { '/dead-letters/counts': { total: 0, items: [], queues: [{ kind: 'queue', queue: 'dead', fault: 'There is no such queue.' }] } }, ['warn', 'dead letters', 'the queue dead cannot be looked into', 'role']],
    ['an order that was given up', { '/orders/care': { items: [{ orderId: 'o-1', waitsFor: 'It waits for a person.', cause: 'given_up' }], nextCursor: null } }, ['fail', 'orders', '1 order need care', 'cli order why o-1']],
    ['orders that are late', { '/orders/care': { items: [{ orderId: 'o-1', waitsFor: 'It waits.', cause: 'failing' }], nextCursor: 'more' } }, ['warn', 'orders', '1 or more', 'cli order care']],
    ['a comparison that fails', { '/reconciliation': { lastRunAt: null, lastError: 'refused', healed: {} } }, ['fail', 'comparison', 'refused', 'OF_URL']],
    ['outcomes that get lost', { '/reconciliation': { lastRunAt: new Date(NOW_MS).toISOString(), healed: { outcome_missed: 2 } } }, ['warn', 'comparison', '2 outcomes had to be fetched', 'rule-target']],
    ['an endpoint that is disabled', { '/api/webhooks': { items: [{ webhookId: 'w-1', url: 'https://a.example', status: 'disabled', disabledReason: 'gone' }], nextCursor: null } }, ['warn', 'webhooks', 'https://a.example is disabled: gone', 'cli webhooks enable w-1']],
    ['webhooks that were given up', { '/api/webhooks/dead-deliveries': { items: [{}, {}], nextCursor: null } }, ['warn', 'webhooks', '2 deliveries were given up', 'cli webhooks recover --since 31d']],
    ['a replay that has failed', { '/api/replays': { items: [{ replayId: 'r-1', state: 'failed', error: 'It broke.' }], nextCursor: null } }, ['warn', 'replays', 'It broke.', 'cli events replay resume r-1']],
    ['a rule that is missing', { '/api/flow': { missing: [], nodes: [{ kind: 'rule', title: 'outcomes', state: 'bad', why: 'It lets nothing through.' }] } }, ['fail', 'ways', 'outcomes: It lets nothing through.', 'synth']],
    ['a scope that is missing', { '/orders/care': { status: 403, type: '/problems/forbidden', code: 'forbidden', title: 'Not allowed' } }, ['warn', 'orders', '403', '/problems/forbidden']],
    ['an answer of another form', { '/api/replays': { things: [] } }, ['warn', 'replays', 'does not have the form', 'version']],
  ] as [string, Record<string, unknown>, [string, string, string, string]][])('%s', async (_, told, [level, check, found, mend]) => {
    const { issuer, ...paths } = told as { issuer?: string };
    unwell = paths;
    server.issuer = issuer;
    const findings = (await bad()).filter((one) => one.check === check);
    server.issuer = undefined;
    expect(findings.length).toBeGreaterThan(0);
    expect(findings[0]).toMatchObject({ level, found: expect.stringContaining(found), mend: expect.stringContaining(mend), means: expect.any(String) });
  });

  test('nothing to complain of where an extension is not loaded, but that its commands are not there', async () => {
    const { paths, ...rest } = WELL['/openapi.json'] as { paths: Record<string, object> };
    unwell = { '/openapi.json': { ...rest, paths: Object.fromEntries(Object.entries(paths).filter(([path]) => !path.startsWith('/api/webhooks'))) }, '/api/webhooks': { status: 404, type: '/problems/not_found', code: 'not_found', title: 'no' } };
    const { code, findings } = await examined();
    expect([code, findings.filter(({ check, about }) => check === 'webhooks' && about === 'Commerce Coordinator')]).toEqual([0, [expect.objectContaining({ level: 'ok', found: 'not offered here' })]]);
    expect(findings).toContainEqual(expect.objectContaining({ level: 'warn', check: 'contract', about: 'Commerce Coordinator', found: expect.stringContaining('POST /api/webhooks/register') }));
  });

  test.each([[10_000, 'warn'], [-60_000, 'fail']])('a clock that is %d ms apart', async (apartMs, level) => {
    dateMs = NOW_MS + apartMs;
    expect(await bad()).toEqual([expect.objectContaining({ level, check: 'clock', mend: expect.stringContaining('NTP') }), expect.objectContaining({ level, check: 'clock', about: 'Order Fulfillment' })]);
  });

  test('a client that may not use every command', async () => {
    server.claims = { scope: ALL_SCOPES.replace('dlq:write ', '') };
    expect(await bad()).toEqual(['Commerce Coordinator', 'Order Fulfillment'].map((about) => expect.objectContaining({ level: 'warn', check: 'scopes', about, found: 'operator has no dlq:write' })));
  });
});

describe('when it cannot be asked', () => {
  test('a client without a token is one finding for each service, and the rest is looked at', async () => {
    const file = join(folder, 'wrong.json');
    writeFileSync(file, JSON.stringify({ of: server.url, cc: server.url, issuer: server.url, clients: { operator: { secret: 'a-wrong-one' } } }));
    const { code, out, err } = await ran(['doctor', '--quiet', '--stack', file]);
    expect([code, err]).toEqual([1, '2 failed, 0 to look at, of 13 findings.\n']);
    expect(out).toContain('fail  token         Commerce Coordinator: 401 invalid_client: wrong secret\n      Every command is refused.\n      Mend: Check the client id and its secret');
  });

  test('nobody at the address is said with the file that named it and the command that starts it', async () => {
    const file = join(folder, 'gone.json');
    const gone = await startServer();
    await gone.close();
    writeFileSync(file, JSON.stringify({ of: gone.url, cc: gone.url, issuer: gone.url, clients: { operator: { secret: 's' } } }));
    const { code, out } = await ran(['doctor', '--stack', file]);
    expect(code).toBe(1);
    expect(out).toMatch(/fail {2}reachable {5}Commerce Coordinator: http:\/\/127\.0\.0\.1:\d+: ECONNREFUSED\n {6}Nobody is at this address\.\n {6}Mend: npx --yes pnpm@12\.21\.0 dev {4}\(the addresses come from .*gone\.json/);
    rmSync(file);
    expect(await ran(['doctor', '--stack', file])).toMatchObject({ code: 1, out: expect.stringMatching(/^fail {2}description {3}stack: .*gone\.json cannot be read/) });
    writeFileSync(file, '{}');
    expect(await ran(['doctor', '--stack', file])).toMatchObject({ code: 1, out: expect.stringContaining('does not describe a stack') });
  });

  test('only the services that are named are looked at', async () => {
    const { out } = await ran(['doctor', '--json', '--of', server.url, '--issuer', server.url, '--client-id', 'operator'], { env: { CLIENT_SECRET: 'the-secret-of-the-operator' } });
    expect(new Set(JSON.parse(out).findings.map(({ about }: Finding) => about))).toEqual(new Set(['issuer', 'Order Fulfillment']));
  });
});
