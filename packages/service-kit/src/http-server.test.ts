import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { byToken, unauthenticated } from './auth.ts';
import { createHttpServer } from './http-server.ts';
import type { HttpServer, HttpServerOptions } from './http-server.ts';
import { createLogger } from './logging.ts';
import { IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED, LOCATION, gapsInDescription } from './openapi.ts';
import { systemPorts } from './ports.ts';
import { withoutReferences } from './openapi-components.ts';
import { Problem, baseProblems, defineProblems } from './problems.ts';

const problems = defineProblems({
  out_of_tea: { status: 409, title: 'There is no tea', help: 'Put the kettle on & wait.' },
});

/** Knows one token per scope; the real verifier has tests of its own. */
const auth = byToken({
  async verify(authorization) {
    const scope = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
    if (scope === undefined) throw unauthenticated('There is no token.');
    return { clientId: 'storefront', subject: 'ada', scopes: new Set([scope]) };
  },
});

const Order = z.strictObject({
  quantity: z.int().positive(),
  lines: z.array(z.strictObject({ sku: z.string() })).max(1_000).optional(),
});

const servers: HttpServer[] = [];

async function makeServer(options: Partial<HttpServerOptions> = {}): Promise<HttpServer> {
  const server = await createHttpServer({
    name: 'Tea', version: '1.0.0', issuer: 'http://issuer.test', auth, problems: [problems],
    logger: createLogger({ name: 'tea', level: 'silent' }),
    ports: systemPorts({ uuid: randomUUID }),
    ...options,
  });
  servers.push(server);
  return server;
}

function addRoutes({ app }: HttpServer): void {
  app.post('/orders', { config: { scope: 'orders:write' }, schema: { body: Order, response: { 202: z.object({ quantity: z.int() }) } } }, async (request, reply) => {
    return reply.code(202).send({ quantity: request.body.quantity });
  });
  app.get('/orders/:id', { config: { scope: 'orders:read' }, schema: { params: z.strictObject({ id: z.uuid() }) } }, async (request) => ({
    id: request.params.id, client: request.caller.clientId, correlationId: request.correlationId, sessionId: request.sessionId, traceparent: request.traceparent,
  }));
  app.get('/tea', { config: { scope: 'public' } }, async () => {
    throw new Problem(problems.out_of_tea, { detail: 'The last cup is gone.', headers: { 'retry-after': '60' } });
  });
  app.get('/bug', { config: { scope: 'public' } }, async () => {
    throw new Error('select secret from table_of_secrets');
  });
  app.get('/whoami', { config: { scope: 'public' } }, async (request) => request.caller);
  app.get('/slow', { config: { scope: 'public' } }, async () => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    return { done: true };
  });
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map(({ app }) => app.close()));
});

const bearer = (scope: string) => ({ authorization: `Bearer ${scope}` });

describe('bodies', () => {
  let server: HttpServer;
  const keep = () => servers.splice(0);
  beforeAll(async () => {
    server = await makeServer();
    addRoutes(server);
    keep();
  });
  afterAll(() => server.app.close());

  const post = (payload: string | Buffer, contentType: string | undefined = 'application/json') =>
    server.app.inject({ method: 'POST', url: '/orders', payload, headers: { ...bearer('orders:write'), 'content-type': contentType } });

  test('that fit are taken', async () => {
    const answer = await post('{"quantity":2,"lines":[{"sku":"a"}]}', 'application/json; charset=utf-8');
    expect([answer.statusCode, answer.json()]).toEqual([202, { quantity: 2 }]);
  });

  test('that do not fit are refused with the path of each fault', async () => {
    const answer = await post('{"quantity":"2","lines":[{"sku":1,"price":"0.01"}],"isAdmin":true}');
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toMatch('application/problem+json');
    expect(answer.json()).toMatchObject({ type: '/problems/validation_failed', code: 'validation_failed', status: 400, retryable: false });
    const paths = answer.json<{ errors: { path: string }[] }>().errors.map(({ path }) => path);
    expect(paths).toEqual(['/body/quantity', '/body/lines/0/sku', '/body/lines/0', '/body']);
  });

  test.each([
    ['{"quantity":1,"quantity":2}', 400, 'malformed_json'],
    ['{"quantity":1,"__proto__":{"x":1}}', 400, 'malformed_json'],
    ['{"quantity":1,"lines":[{"sku":"\\u0000"}]}', 400, 'malformed_json'],
    ['{"quantity":1,"lines":[{"sku":"\\ud800"}]}', 400, 'malformed_json'],
    ['{"quantity":1', 400, 'malformed_json'],
    ['', 400, 'malformed_json'],
    ['null', 400, 'validation_failed'],
    ['[]', 400, 'validation_failed'],
    ['{"quantity":1e309}', 400, 'malformed_json'],
    ['{"quantity":9007199254740993}', 400, 'malformed_json'],
    [`{"quantity":1,"lines":[${'{"sku":"a"},'.repeat(20_000)}{"sku":"a"}]}`, 400, 'validation_failed'],
    [`{"quantity":1,"lines":"${'x'.repeat(1_048_576)}"}`, 413, 'body_too_large'],
  ])('%p gets %p %p', async (payload, status, code) => {
    const answer = await post(payload);
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([status, code]);
  });

  test.each(['text/plain', 'application/xml', 'application/json2', ' '])('of type %j are refused with 415', async (contentType) => {
    expect((await post('{"quantity":1}', contentType)).statusCode).toBe(415);
  });

  test.each([
    { 'content-encoding': 'gzip' },
    { 'content-encoding': 'identity, br' },
    { 'content-type': 'application/json; charset=latin1' },
    { 'content-type': 'application/json;charset="utf-16"' },
    { 'content-type': 'application/json; charset=utf-8; charset=latin1' },
  ])('with %p are refused with 415, whatever their bytes say', async (headers) => {
    const payload = 'content-encoding' in headers ? gzipSync('{"quantity":1}') : '{"quantity":1}';
    for (const body of [payload, '{"quantity":1}']) {
      const answer = await server.app.inject({ method: 'POST', url: '/orders', payload: body, headers: { ...bearer('orders:write'), 'content-type': 'application/json', ...headers } });
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([415, 'unsupported_media_type']);
    }
  });

  test.each(['application/json; charset=utf-8', 'application/json;charset="UTF-8"', 'application/json; charset=utf8'])('of type %p are taken', async (contentType) => {
    expect((await post('{"quantity":1}', contentType)).statusCode).toBe(202);
  });

  test('in the encoding "identity" are taken', async () => {
    const answer = await server.app.inject({ method: 'POST', url: '/orders', payload: '{"quantity":1}', headers: { ...bearer('orders:write'), 'content-type': 'application/json', 'content-encoding': 'identity' } });
    expect(answer.statusCode).toBe(202);
  });

  test.each(['application/json\t; x', 'application/json;', 'APPLICATION/JSON', ' application/json'])('of type %j never reach the handler unjudged', async (contentType) => {
    const answer = await post('{"quantity":1,"isAdmin":true}', contentType);
    expect([400, 415]).toContain(answer.statusCode);
  });
});

describe('the guard', () => {
  test('refuses to register a route without a scope', async () => {
    const { app } = await makeServer();
    expect(() => app.get('/open', async () => 'ops')).toThrow('declares no scope');
  });

  test.each([
    z.object({ a: z.string() }),
    z.strictObject({ a: z.array(z.object({})) }),
    z.union([z.strictObject({}), z.looseObject({})]),
    z.record(z.string(), z.object({ a: z.string() }).optional()),
    z.strictObject({ a: z.lazy(() => z.object({})) }),
    z.tuple([z.object({})]).nullable(),
    z.object({ a: z.string() }).transform((value) => value.a),
  ])('refuses to register a body that takes unknown fields (%#)', async (body) => {
    const { app } = await makeServer();
    expect(() => app.post('/loose', { config: { scope: 'x' }, schema: { body } }, async () => 'ops')).toThrow('takes unknown fields');
  });

  test('takes strict bodies of every shape', async () => {
    const { app } = await makeServer();
    const body = z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('a'), more: z.record(z.string(), z.json()).optional() }),
      z.strictObject({ kind: z.literal('b'), list: z.array(z.strictObject({ x: z.int() })).default([]) }),
    ]);
    expect(() => app.post('/strict', { config: { scope: 'x' }, schema: { body } }, async () => 'ok')).not.toThrow();
  });

  test('answers 401 without a token, 403 without the scope, and passes on who is calling', async () => {
    const server = await makeServer();
    addRoutes(server);
    const url = `/orders/${randomUUID()}`;
    const [none, wrong, right] = await Promise.all([
      server.app.inject({ url }),
      server.app.inject({ url, headers: bearer('orders:write') }),
      server.app.inject({ url, headers: bearer('orders:read') }),
    ]);
    expect([none.statusCode, none.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect([wrong.statusCode, wrong.json<{ code: string }>().code]).toEqual([403, 'insufficient_scope']);
    expect([right.statusCode, right.json<{ client: string }>().client]).toEqual([200, 'storefront']);
  });

  test('judges the token before the body, and refuses one in the address', async () => {
    const server = await makeServer();
    addRoutes(server);
    const early = await server.app.inject({ method: 'POST', url: '/orders', payload: '{', headers: { 'content-type': 'application/json' } });
    expect(early.statusCode).toBe(401);
    const inQuery = await server.app.inject({ url: `/orders/${randomUUID()}?access_token=x`, headers: bearer('orders:read') });
    expect(inQuery.statusCode).toBe(401);
  });

  test('makes reading the caller of a public route a bug', async () => {
    const server = await makeServer();
    addRoutes(server);
    expect((await server.app.inject('/whoami')).statusCode).toBe(500);
  });
});

describe('ids', () => {
  test('from outside are taken when harmless, and echoed', async () => {
    const server = await makeServer();
    addRoutes(server);
    const correlationId = randomUUID();
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const answer = await server.app.inject({
      url: `/orders/${randomUUID()}`,
      headers: { ...bearer('orders:read'), 'x-request-id': 'req-1', 'x-correlation-id': correlationId, 'x-session-id': 's-1', traceparent },
    });
    expect(answer.headers).toMatchObject({ 'x-request-id': 'req-1', 'x-correlation-id': correlationId });
    expect(answer.json()).toMatchObject({ correlationId, sessionId: 's-1', traceparent });
  });

  test('that are not harmless are replaced', async () => {
    const server = await makeServer();
    addRoutes(server);
    const answer = await server.app.inject({
      url: `/orders/${randomUUID()}`,
      headers: { ...bearer('orders:read'), 'x-request-id': 'a\u001b[31m', 'x-correlation-id': 'order-7', 'x-session-id': 'x'.repeat(129), traceparent: '00-zero' },
    });
    const id = answer.headers['x-request-id'];
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.json()).toEqual(expect.objectContaining({ correlationId: id }));
    expect(answer.json()).not.toHaveProperty('sessionId');
    expect(answer.json()).not.toHaveProperty('traceparent');
  });
});

describe('problems', () => {
  test('carry status, headers, detail and the request id', async () => {
    const server = await makeServer();
    addRoutes(server);
    const requestId = randomUUID();
    const answer = await server.app.inject({ url: '/tea', headers: { 'x-request-id': requestId } });
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([409, '60']);
    expect(answer.json()).toEqual({
      type: '/problems/out_of_tea', title: 'There is no tea', status: 409, detail: 'The last cup is gone.',
      instance: `urn:uuid:${requestId}`, code: 'out_of_tea', requestId, retryable: false,
    });
  });

  test('of a bug tell nothing of it', async () => {
    const server = await makeServer();
    addRoutes(server);
    const answer = await server.app.inject('/bug');
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([500, 'internal_error']);
    expect(answer.body).not.toMatch(/secret|Error|at /);
  });

  test('of what cannot be stored are 400', async () => {
    const server = await makeServer();
    server.app.get('/keep', { config: { scope: 'public' } }, async () => {
      throw Object.assign(new Error('the character NUL'), { name: 'NotStorable' });
    });
    const answer = await server.app.inject('/keep');
    expect([answer.statusCode, answer.json()]).toEqual([400, expect.objectContaining({ code: 'malformed_json', detail: 'The body contains the character NUL.' })]);
  });

  test('of a lost database are 503 with Retry-After', async () => {
    const server = await makeServer();
    server.app.get('/db', { config: { scope: 'public' } }, async () => {
      throw Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' });
    });
    const answer = await server.app.inject('/db');
    expect([answer.statusCode, answer.headers['retry-after'], answer.body.includes('10.0.0.7')]).toEqual([503, '2', false]);
  });

  test('offer at an address that is named in full only what lives there', async () => {
    const server = await makeServer();
    addRoutes(server);
    server.app.post('/orders/batch', { config: { scope: 'orders:write' } }, async () => ({}));
    expect((await server.app.inject({ method: 'PUT', url: '/orders/batch' })).headers['allow']).toBe('POST');
  });

  test.each(['QUERY', 'PROPFIND', 'POST'] as const)('are the same for %s, whatever it brings', async (method) => {
    const server = await makeServer();
    addRoutes(server);
    const [plain, odd] = await Promise.all([server.app.inject({ method, url: '/orders/7' }), server.app.inject({ method, url: '/nowhere', headers: { 'content-type': 'text/x-odd' }, payload: 'x' })]);
    expect([plain.statusCode, odd.statusCode]).toEqual([405, 404]);
  });

  test('are 404 for an unknown address and 405 with Allow for an unknown method', async () => {
    const server = await makeServer();
    addRoutes(server);
    const [unknown, wrongMethod, nul, escape] = await Promise.all([
      server.app.inject('/nowhere'),
      server.app.inject({ method: 'DELETE', url: '/orders/7?x=1' }),
      server.app.inject({ url: '/orders/%00', headers: bearer('orders:read') }),
      server.app.inject('/orders/%zz'),
    ]);
    expect([unknown.statusCode, unknown.json<{ code: string }>().code]).toEqual([404, 'not_found']);
    expect([wrongMethod.statusCode, wrongMethod.headers['allow']]).toEqual([405, 'GET, HEAD']);
    expect([nul.statusCode, nul.json<{ code: string }>().code]).toEqual([400, 'malformed_request']);
    expect([escape.statusCode, escape.json<{ code: string }>().code]).toEqual([400, 'malformed_request']);
  });

  test('have a page each, for people and for programs', async () => {
    const server = await makeServer();
    const json = await server.app.inject('/problems/out_of_tea');
    expect(json.json()).toMatchObject({ code: 'out_of_tea', help: 'Put the kettle on & wait.' });
    const html = await server.app.inject({ url: '/problems/out_of_tea', headers: { accept: 'text/html' } });
    expect(html.body).toContain('Put the kettle on &#38; wait.');
    const list = await server.app.inject({ url: '/problems', headers: { accept: 'text/html' } });
    expect(list.body).toContain('/problems/insufficient_scope');
    expect((await server.app.inject('/problems/unheard_of')).statusCode).toBe(404);
  });

  test('with one code in two catalogues stop the start', async () => {
    await expect(makeServer({ problems: [problems, problems] })).rejects.toThrow('out_of_tea');
  });
});

describe('the API description', () => {
  const describedBy = async (server: HttpServer) => withoutReferences((await server.app.inject('/openapi.json')).json<Record<string, any>>());

  async function describeTea(): Promise<Record<string, any>> {
    const server = await makeServer({ publicUrl: 'https://tea.test' });
    server.app.post('/tea/:id', {
      config: { scope: 'tea:write', headers: [IDEMPOTENCY_KEY], answerHeaders: [LOCATION, IDEMPOTENCY_REPLAYED], problems: [problems.out_of_tea, baseProblems.overloaded] },
      schema: { operationId: 'brewTea', summary: 'Brew tea', params: z.strictObject({ id: z.uuid() }), body: Order, response: { 202: z.object({ cups: z.int() }) } },
    }, async (_request, reply) => reply.code(202).send({ cups: 1 }));
    return describedBy(server);
  }

  test('is OpenAPI 3.1 with the server, scopes, strict bodies and the problem form', async () => {
    const document = await describeTea();
    const operation = document['paths']['/tea/{id}'].post;
    expect([document['openapi'], document['servers']]).toEqual(['3.1.0', [{ url: 'https://tea.test' }]]);
    expect(operation).toMatchObject({ operationId: 'brewTea', summary: 'Brew tea', security: [{ oauth: ['tea:write'] }] });
    expect(operation.requestBody.content['application/json'].schema).toMatchObject({ additionalProperties: false, required: ['quantity'] });
    expect(operation.responses['202'].content['application/json'].schema.properties).toEqual({ cups: expect.objectContaining({ type: 'integer' }) });
    expect(document['components'].schemas.Problem.required).toContain('code');
    expect(document['paths']['/health/live']).toBeUndefined();
  });

  test('names the headers of requests and answers', async () => {
    const { parameters, responses } = (await describeTea())['paths']['/tea/{id}'].post;
    const headers = parameters.filter((parameter: { in: string }) => parameter.in === 'header');
    expect(headers.map(({ name, required }: { name: string; required?: boolean }) => [name, required ?? false])).toEqual([
      ['Idempotency-Key', true], ['X-Correlation-Id', false], ['X-Causation-Id', false], ['X-Session-Id', false], ['traceparent', false],
    ]);
    expect(Object.keys(responses['202'].headers)).toEqual(['Location', 'Idempotency-Replayed', 'X-Request-Id', 'X-Correlation-Id']);
    for (const status of ['408', '429', '503']) expect(responses[status].headers['Retry-After'].schema).toEqual({ type: 'integer', minimum: 1 });
    for (const status of ['401', '403']) expect(responses[status].headers).toHaveProperty('WWW-Authenticate');
  });

  test('says for each status which codes it can carry', async () => {
    const { responses } = (await describeTea())['paths']['/tea/{id}'].post;
    const codes = Object.fromEntries(Object.entries<any>(responses).filter(([status]) => status >= '4').map(([status, { content }]) => [
      status, content['application/problem+json'].schema.allOf[1].properties.code.enum,
    ]));
    expect(codes).toEqual({
      400: ['malformed_request', 'validation_failed', 'malformed_json'], 401: ['unauthenticated'], 403: ['insufficient_scope'], 404: ['not_found'],
      408: ['request_timeout'], 409: ['out_of_tea'], 413: ['body_too_large'], 415: ['unsupported_media_type'], 429: ['overloaded'], 431: ['headers_too_large'],
      500: ['internal_error'], 503: ['dependency_unavailable', 'timed_out'],
    });
  });

  test('shows its gaps to a test', async () => {
    expect(gapsInDescription(await describeTea() as any)).toEqual([]);
    const server = await makeServer();
    addRoutes(server);
    const gaps = gapsInDescription(await describedBy(server) as any);
    expect(gaps).toEqual(expect.arrayContaining(['get /tea has no operationId of its own', 'get /tea has no summary', 'get /tea has no successful answer']));
    expect(gaps).not.toContain('post /orders has no successful answer');
  });
});

describe('health', () => {
  test('is ready when all dependencies answer, and says which did not', async () => {
    let databaseUp = true;
    const server = await makeServer({
      readyTimeoutMs: 50,
      ready: {
        database: async () => {
          if (!databaseUp) throw new Error('connect ECONNREFUSED db.internal');
        },
      },
    });
    const up = await server.app.inject('/health/ready');
    databaseUp = false;
    const down = await server.app.inject('/health/ready');
    expect([up.statusCode, up.json()]).toEqual([200, { status: 'ready', checks: { database: 'ok' } }]);
    expect([down.statusCode, down.json()]).toEqual([503, { status: 'not_ready', checks: { database: 'failed' } }]);
    expect((await server.app.inject('/health/live')).statusCode).toBe(200);
  });

  test('does not wait for a dependency that hangs, and asks it once for all', async () => {
    let asked = 0;
    const server = await makeServer({
      readyTimeoutMs: 50,
      ready: {
        queue: () => {
          asked += 1;
          return new Promise(() => {});
        },
      },
    });
    const answers = await Promise.all([server.app.inject('/health/ready'), server.app.inject('/health/ready')]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([503, 503]);
    expect(asked).toBe(1);
  });
});

describe('time', () => {
  test('a handler that takes too long is answered with 503', async () => {
    const server = await makeServer({ handlerTimeoutMs: 30 });
    addRoutes(server);
    const answer = await server.app.inject('/slow');
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([503, 'timed_out']);
  });

  test('S28: a request that arrives byte by byte is cut, with a problem', async () => {
    const server = await makeServer({ requestTimeoutMs: 200 });
    addRoutes(server);
    const { port } = await server.listen({ port: 0 });
    const socket = connect(port, '127.0.0.1');
    socket.write('POST /orders HTTP/1.1\r\nhost: x\r\nauthorization: Bearer orders:write\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{');
    let received = '';
    socket.on('data', (chunk) => (received += String(chunk)));
    await once(socket, 'close');
    expect(received).toMatch(/^HTTP\/1\.1 408 /);
    expect(received).toContain('"code":"request_timeout"');
  });

  test('nonsense on the socket gets 400 and is closed', async () => {
    const server = await makeServer();
    const { port } = await server.listen({ port: 0 });
    const socket = connect(port, '127.0.0.1');
    socket.write('HELO mail\r\n\r\n');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(String(chunk)).toMatch(/^HTTP\/1\.1 400 [\s\S]*malformed_request/);
    socket.destroy();
  });

  test('headers beyond every measure get 431', async () => {
    const server = await makeServer();
    const { port } = await server.listen({ port: 0 });
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${'x'.repeat(65_536)}\r\n\r\n`);
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(String(chunk)).toMatch(/^HTTP\/1\.1 431 [\s\S]*headers_too_large/);
    socket.destroy();
  });
});

describe('going down', () => {
  function get(url: string, agent: Agent): Promise<{ status: number | undefined; connection: string | undefined }> {
    return new Promise((resolve, reject) => {
      httpRequest(url, { agent }, (response) => {
        response.resume();
        response.on('end', () => resolve({ status: response.statusCode, connection: response.headers.connection }));
      })
        .on('error', reject)
        .end();
    });
  }

  test('answers the request in hand, tells it to close, and does not wait for idle clients', async () => {
    const server = await makeServer();
    addRoutes(server);
    const { url } = await server.listen({ port: 0 });
    const [idle, busy] = [new Agent({ keepAlive: true }), new Agent({ keepAlive: true })];
    await get(`${url}/health/live`, idle);
    const running = get(`${url}/slow`, busy);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = performance.now();
    await server.drain({ graceMs: 10_000 });
    expect(await running).toEqual({ status: 200, connection: 'close' });
    expect(performance.now() - before).toBeLessThan(2_000);
    await expect(get(`${url}/health/live`, new Agent())).rejects.toThrow('ECONNREFUSED');
    idle.destroy();
    busy.destroy();
  });

  test('does not wait for a connection that was opened ahead and has never asked for anything, and does for one that has begun to', async () => {
    const server = await makeServer();
    const { port } = await server.listen({ port: 0 });
    const [ahead, begun] = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
    await Promise.all([once(ahead, 'connect'), once(begun, 'connect')]);
    for (const socket of [ahead, begun]) socket.on('error', () => undefined);
    begun.write('GET /health/live HTTP/1.1\r\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = performance.now();
    const draining = server.drain({ graceMs: 10_000 });
    await once(ahead, 'close');
    begun.write('host: x\r\n\r\n');
    const [answer] = (await once(begun, 'data')) as [Buffer];
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200/);
    await draining;
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  test('is not ready while it still serves, and cuts what is left after the grace', async () => {
    const server = await makeServer();
    server.app.get('/forever', { config: { scope: 'public' } }, () => new Promise(() => {}));
    const { url } = await server.listen({ port: 0 });
    const agent = new Agent({ keepAlive: true });
    const running = get(`${url}/forever`, agent);
    const cut = expect(running).rejects.toThrow(/hang up|ECONNRESET/);
    const draining = server.drain({ graceMs: 300, readinessDelayMs: 150 });
    expect((await get(`${url}/health/ready`, agent)).status).toBe(503);
    await draining;
    await cut;
    agent.destroy();
  });
});

describe('an authentication that judges the body, too,', () => {
  async function start() {
    const seen: string[] = [];
    const server = await makeServer({
      auth: {
        async authenticate({ method, target, rawHeaders, scope }) {
          seen.push(`${method} ${target} for ${scope}, host ${rawHeaders[rawHeaders.findIndex((name) => name.toLowerCase() === 'host') + 1]}`);
          return {
            caller: { clientId: 'signer', subject: 'signer', scopes: new Set(['orders:write', 'orders:read']) },
            answerHeaders: { 'x-left': '3' },
            judgeBody: async (rawBody) => {
              await Promise.resolve();
              seen.push(`body ${JSON.stringify(rawBody.toString())}`);
              if (rawBody.includes('forged')) throw unauthenticated('The body is another one.');
            },
          };
        },
        description: {
          schemes: { signature: { type: 'apiKey', in: 'header', name: 'Signature', description: 'signed' } },
          problems: [baseProblems.rate_limited], answerHeaders: [{ name: 'X-Left', description: 'what is left', schema: { type: 'integer' } }],
        },
      },
    });
    addRoutes(server);
    const post = (payload: string) => server.app.inject({ method: 'POST', url: '/orders?a=%41', payload, headers: { 'content-type': 'application/json', host: 'tea.test' } });
    return { server, seen, post };
  }

  test('sees the request line as it came, then the bytes of the body once, before anything is made of them', async () => {
    const { seen, post } = await start();
    const answer = await post('{ "quantity": 1 }');
    expect([answer.statusCode, answer.headers['x-left']]).toEqual([202, '3']);
    expect(seen).toEqual(['POST /orders?a=%41 for orders:write, host tea.test', 'body "{ \\"quantity\\": 1 }"']);
    const forged = await post('forged, and no JSON');
    expect([forged.statusCode, forged.json<{ code: string }>().code, forged.headers['x-left']]).toEqual([401, 'unauthenticated', '3']);
    expect((await post('no JSON')).statusCode).toBe(400);
  });

  test('is asked about no bytes when no body was read, whatever came', async () => {
    const { server, seen } = await start();
    for (const payload of [undefined, 'a body that GET has no use for']) {
      expect((await server.app.inject({ method: 'GET', url: `/orders/${randomUUID()}`, ...(payload && { payload }) })).statusCode).toBe(200);
    }
    expect(seen.filter((line) => line.startsWith('body'))).toEqual(['body ""', 'body ""']);
    expect((await server.app.inject('/openapi.json')).statusCode).toBe(200);
    expect(seen).toHaveLength(4);
  });

  test('stands in the description of every guarded route, and of no other', async () => {
    const { server } = await start();
    const { paths, components } = withoutReferences((await server.app.inject('/openapi.json')).json<Record<string, any>>());
    expect(Object.keys(components.securitySchemes)).toEqual(['oauth', 'signature']);
    expect(paths['/orders'].post.security).toEqual([{ oauth: ['orders:write'] }, { signature: ['orders:write'] }]);
    expect(paths['/tea'].get.security).toEqual([]);
    expect(JSON.stringify(paths['/orders'].post.responses['429'])).toContain('rate_limited');
    expect(JSON.stringify(paths['/orders'].post.responses)).toContain('X-Left');
    expect(paths['/tea'].get.responses['429']).toBeUndefined();
  });
});
