/**
 * Security checks S25, S26 and S28 (docs/security-checks.md): what both services make of every filter and every cursor that they
 * describe, while somebody sends to each of them one byte a second.
 */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { createCursors } from '@commerce/service-kit/cursors';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ask, describedRoutes, post, startBoth } from './services.http.ts';
import type { DescribedRoute, ServiceName, Tried } from './services.http.ts';
import { expectProblem } from './wire.http.ts';
import type { Answer } from './wire.http.ts';

const INJECTIONS = ["' OR 1=1 --", '%', '_', "\\'; DROP TABLE orders; --", '$.** ? (@ == 1)', '{"$ne":null}', '../../etc/passwd', '\u0000', '{{7*7}}', '<script>', "x' AND pg_sleep(5) --"];
/** What a route needs beside the parameter that is tried. */
const NEEDED: Readonly<Record<string, Readonly<Record<string, string>>>> = { '/customers/{customerId}/export': { reason: 'asked' } };

let services: Record<ServiceName, Tried>;
let routes: Record<ServiceName, DescribedRoute[]>;
let dripping: Record<ServiceName, readonly Dripping[]>;

beforeAll(async () => {
  services = await startBoth();
  for (const service of Object.values(services)) for (let count = 0; count < 3; count += 1) expect((await post(service, JSON.stringify(service.body()))).status).toBeLessThan(300);
  dripping = { cc: dripsTo(services.cc), of: dripsTo(services.of) };
  routes = { cc: await describedRoutes(services.cc), of: await describedRoutes(services.of) };
});
afterAll(() => Promise.all(Object.values(services ?? {}).map((service) => service.stop())));

interface Dripping {
  readonly what: string;
  /** When the service has ended the connection: what it said, and after how long. */
  readonly ended: Promise<{ readonly said: string; readonly afterMs: number }>;
}

/** Two who send slowly: one the head, one the body, a byte each second. */
function dripsTo({ url, path, scopes }: Tried): readonly Dripping[] {
  const { port, hostname, host } = new URL(url);
  const head = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\nauthorization: Bearer commerce-coordinator;${scopes}\r\nidempotency-key: slow\r\n`;
  return [['a head', head, 'x'], ['a body', `${head}content-length: 1000\r\n\r\n{`, ' ']].map(([what = '', begin = '', byte = '']) => ({
    what,
    ended: new Promise((resolve) => {
      const beganMs = performance.now();
      const socket = connect(Number(port), hostname, () => socket.write(begin));
      let said = '';
      const timer = setInterval(() => socket.write(byte), 1_000);
      socket.on('data', (data: Buffer) => (said += data.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearInterval(timer);
        resolve({ said, afterMs: performance.now() - beganMs });
      });
    }),
  }));
}

/** All routes that read and take something in their address. */
const reads = (name: ServiceName): DescribedRoute[] => routes[name].filter(({ method, query, isStream }) => method === 'GET' && query.length > 0 && !isStream);

function get(name: ServiceName, { path, scopes }: DescribedRoute, query: Record<string, string>, client?: string): Promise<Answer> {
  const at = `${path.replaceAll(/\{\w+\}/g, 'x')}?${new URLSearchParams({ ...NEEDED[path], ...query })}`;
  return ask(services[name], scopes, { path: at }, client);
}

describe.each(['cc', 'of'] as const)('%s', (name) => {
  test('S25: no text in any filter reaches the database as anything but a value, and none makes the service fail', async () => {
    const before = await services[name].count();
    const free = reads(name).flatMap((route) => route.query.filter(({ name: parameter, schema }) => parameter !== 'cursor' && schema.enum === undefined && schema.const === undefined).map((parameter) => ({ route, parameter })));
    expect(free.length).toBeGreaterThan(name === 'cc' ? 25 : 3);
    for (const { route, parameter } of free) {
      const answers = await Promise.all(INJECTIONS.map((text) => get(name, route, { [parameter.name]: text })));
      for (const [index, { status, body }] of answers.entries()) {
        expect([route.path, parameter.name, INJECTIONS[index], [200, 400, 404, 422].includes(status)]).toEqual([route.path, parameter.name, INJECTIONS[index], true]);
        if (status !== 200) expectProblem(answers[index]!, status, body.code);
      }
    }
    expect(await services[name].count()).toBe(before);
  });

  test('S25: a pattern finds nothing that does not have it in its letters', async () => {
    const lists = name === 'cc' ? ['/orders?customer=', '/orders?search=', '/api/audit?subject=', '/api/events/history?subject='] : ['/v1/fulfillments?orderId=', '/api/audit?subject='];
    for (const list of lists) {
      const { scopes = '' } = routes[name].find(({ path, method }) => path === list.split('?')[0] && method === 'GET') ?? {};
      for (const text of ['%', '_____', '.*', "' OR '1'='1", '%VINET%']) {
        const answer = await ask(services[name], scopes, { path: `${list}${encodeURIComponent(text)}` });
        expect([list, text, answer.status, answer.body.items]).toEqual([list, text, 200, []]);
      }
    }
  });

  test('S26: no cursor opens that was not made for this list: made up, changed, cut, of another list, or signed with another key', async () => {
    const forger = createCursors(randomBytes(32));
    const { scopes = '' } = reads(name).find(({ path }) => path === services[name].path) ?? {};
    const real: string = (await ask(services[name], scopes, { path: `${services[name].path}?limit=1` })).body.nextCursor;
    expect(real).toMatch(/^[\w-]+\.[\w-]{22}$/);
    const [place = '', seal = ''] = real.split('.');
    const wrong = [
      'x', '.', `${place}.`, `.${seal}`, place, `${real}.`, `${real}A`, real.slice(0, -1), `${real} `, `${place}.${seal.toUpperCase()}`, Buffer.from('{"id":0}').toString('base64url'), `${Buffer.from("' OR 1=1").toString('base64url')}.${seal}`,
      forger.seal(services[name].path, 'x'), `${place.startsWith('A') ? 'B' : 'A'}${real.slice(1)}`, 'A'.repeat(500), real.split('').toReversed().join(''),
    ];
    const paged = reads(name).filter(({ query }) => query.some((parameter) => parameter.name === 'cursor'));
    expect(paged.length).toBeGreaterThan(name === 'cc' ? 12 : 3);
    for (const route of paged) {
      for (const cursor of [...wrong, ...(route.path === services[name].path ? [] : [real])]) {
        const answer = await get(name, route, { cursor });
        // Of what is not there, first of all that is said.
        expect([route.path, cursor, [400, 404].includes(answer.status)]).toEqual([route.path, cursor, true]);
        expectProblem(answer, answer.status, answer.body.code);
      }
    }
    expect((await ask(services[name], scopes, { path: `${services[name].path}?limit=1&cursor=${real}` })).status).toBe(200);
    expect((await ask(services[name], scopes, { path: `${services[name].path}?limit=1&${name === 'cc' ? 'status=created' : 'status=accepted'}&cursor=${real}` })).status).toBe(400);
  });
});

test('S26: the cursor of one client opens no list of another', async () => {
  const of = routes.of.find(({ path, method }) => path === '/v1/fulfillments' && method === 'GET');
  const mine = (await ask(services.of, of?.scopes ?? '', { path: '/v1/fulfillments?limit=1' })).body.nextCursor;
  expectProblem(await ask(services.of, of?.scopes ?? '', { path: `/v1/fulfillments?limit=1&cursor=${mine}` }, 'partner'), 400, 'invalid_cursor');
  for (let count = 0; count < 2; count += 1) {
    const made = await ask(services.cc, 'webhooks:write', { method: 'POST', path: '/api/webhooks/register', headers: ['content-type', 'application/json', 'idempotency-key', `s26-${count}`], body: JSON.stringify({ url: `http://127.0.0.1:9999/${count}`, events: ['*'] }) }, 'mine');
    expect(made.status).toBe(201);
  }
  const webhooks = (await ask(services.cc, 'webhooks:read', { path: '/api/webhooks?limit=1' }, 'mine')).body.nextCursor;
  expectProblem(await ask(services.cc, 'webhooks:read', { path: `/api/webhooks?limit=1&cursor=${webhooks}` }, 'theirs'), 400, 'invalid_cursor');
});

test('S28: whoever sends one byte a second is cut off within 30 s, with a problem, while all others are served', async () => {
  for (const name of ['cc', 'of'] as const) {
    for (const { what, ended } of dripping[name]) {
      const { said, afterMs } = await ended;
      expect([name, what, said.match(/^HTTP\/1\.1 \d+/gm), said.includes('request_timeout'), afterMs < 30_000]).toEqual([name, what, ['HTTP/1.1 408'], true, true]);
    }
  }
});
