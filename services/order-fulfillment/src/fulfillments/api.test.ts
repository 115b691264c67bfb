import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { gapsInDescription } from '@commerce/service-kit/openapi';
import { withoutReferences } from '@commerce/service-kit/openapi-components';
import { eventually } from '@commerce/service-kit/test-eventually';
import { requestFor, startTestService } from '../test-service.ts';
import type { Answer, Call, TestService } from '../test-service.ts';
import { subjectOf } from './subject.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ ROLES: 'api' });
});
afterAll(() => service?.stop());

const countOf = async (table: string, where: string, value: string): Promise<number> =>
  Number((await service.pool.query(`SELECT count(*) AS n FROM ${table} WHERE ${where} = $1`, [value])).rows[0].n);

const line = (given: Record<string, unknown> = {}) => ({ lineId: '1', sku: 'SKU-1', quantity: 1, kind: 'digital', ...given });
const bodyWith = (given: Record<string, unknown>) => requestFor(['digital'], given);

describe('A request for a fulfillment', () => {
  test('whose lines are all delivered at once is answered with 200 and its outcome, and both events are in the log', async () => {
    const body = requestFor(['digital', 'digital']);
    const answer = await service.request(body, 'at-once');
    expect(answer.status).toBe(200);
    expect(answer.headers['location']).toBe(`/v1/fulfillments/${answer.body.fulfillmentId}`);
    expect(answer.body).toMatchObject({ clientId: 'commerce-coordinator', orderId: body.orderId, status: 'completed', version: 2 });
    expect(answer.body.lines.map((one: { status: string }) => one.status)).toEqual(['fulfilled', 'fulfilled']);
    const events = await service.history(body.orderId);
    expect(events.map(({ type, sequence }) => [type, sequence])).toEqual([['FulfillmentAccepted', 1], ['FulfillmentCompleted', 2]]);
    expect(events[1]?.causationId).toBe(events[0]?.eventId);
    const { rows } = await service.pool.query('SELECT provider, line_id, quantity, effects FROM provider_ledger WHERE order_id = $1 ORDER BY line_id', [body.orderId]);
    expect(rows).toEqual([
      { provider: 'instant', line_id: '1', quantity: 1, effects: 1 },
      { provider: 'instant', line_id: '2', quantity: 2, effects: 1 },
    ]);
  });

  test('that takes time is answered with 202; lines that are done at once are told of one by one', async () => {
    const body = requestFor(['digital', 'physical', 'course']);
    const answer = await service.request(body, 'mixed');
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ status: 'in_progress', version: 2 });
    expect(answer.body.lines).toMatchObject([
      { provider: 'instant', status: 'fulfilled' }, { provider: 'warehouse', status: 'pending' }, { provider: 'lms', status: 'pending' },
    ]);
    const events = await service.history(body.orderId);
    expect(events.map(({ type }) => type)).toEqual(['FulfillmentAccepted', 'FulfillmentLineSettled']);
  });

  test('carries the ids of its flow into its events', async () => {
    const body = requestFor(['digital']);
    const correlationId = '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d';
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await service.request(body, 'flow', { headers: { 'x-correlation-id': correlationId, 'x-session-id': 'session-1', traceparent } });
    for (const event of await service.history(body.orderId)) {
      expect(event.correlationId).toBe(correlationId);
      expect(event.metadata).toMatchObject({ userId: 'user of commerce-coordinator', sessionId: 'session-1', traceparent });
    }
  });

  test('goes to the provider of its sku before that of its kind, and to the default without either', async () => {
    const lines = [line(), line({ lineId: '2', sku: 'PHONE-COURSE' }), { lineId: '3', sku: 'SKU-3', quantity: 1 }, line({ lineId: '4', kind: 'constructor' })];
    const { body } = await service.request(bodyWith({ lines }), 'choice');
    expect(body.lines.map((one: { provider: string }) => one.provider)).toEqual(['instant', 'lms', 'instant', 'instant']);
  });

  test('keeps its deadline and gives it back', async () => {
    const { status, body } = await service.request(bodyWith({ notAfter: '2999-01-01T01:00:00+01:00' }), 'deadline');
    expect(status).toBe(200);
    expect(body.notAfter).toBe('2999-01-01T00:00:00.000Z');
  });

  test('with much beside the point is taken, and kept as it was sent', async () => {
    const metadata = { note: 'ü'.repeat(200_000), nested: { list: [1, null, { deep: true }] } };
    const { status, body } = await service.request(bodyWith({ metadata, lines: [line({ details: { seats: [1, 2] } })] }), 'much');
    expect(status).toBe(200);
    const { rows } = await service.pool.query('SELECT metadata, lines FROM fulfillments WHERE fulfillment_id = $1', [body.fulfillmentId]);
    expect(rows[0]).toMatchObject({ metadata, lines: [{ details: { seats: [1, 2] } }] });
  });

  test('with the largest number of lines is taken', async () => {
    const lines = Array.from({ length: 500 }, (_, index) => line({ lineId: `line-${index}` }));
    expect((await service.request(bodyWith({ lines }), 'many-lines')).status).toBe(200);
  });
});

describe('A request is refused', () => {
  const faults: [string, Record<string, unknown>][] = [
    ['an unknown field', { surprise: 1 }],
    ['an unknown field of a line', { lines: [line({ surprise: 1 })] }],
    ['a quantity of zero', { lines: [line({ quantity: 0 })] }],
    ['a negative quantity', { lines: [line({ quantity: -1 })] }],
    ['a fraction as quantity', { lines: [line({ quantity: 1.5 })] }],
    ['a quantity beyond the limit', { lines: [line({ quantity: 1_000_001 })] }],
    ['a quantity as text', { lines: [line({ quantity: '1' })] }],
    ['no lines', { lines: [] }],
    ['too many lines', { lines: Array.from({ length: 501 }, (_, index) => line({ lineId: String(index) })) }],
    ['a line id that stands there twice', { lines: [line(), line()] }],
    ['an order number of zero', { orderNumber: 0 }],
    ['no customer', { customer: undefined }],
    ['a deadline that is no time', { notAfter: 'tomorrow' }],
  ];
  test.each(faults)('for %s, with the place of the fault', async (_name, given) => {
    const answer = await service.request(bodyWith(given), 'fault');
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('validation_failed');
    expect(answer.body.errors.length).toBeGreaterThan(0);
  });

  test.each([['a NUL character', '\\u0000'], ['half of a surrogate pair', '\\ud800']])('for %s anywhere in the body', async (_name, character) => {
    const text = JSON.stringify(bodyWith({ metadata: { note: '§' } })).replace('§', character);
    const answer = await service.request(undefined, 'unstorable', { text });
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('malformed_json');
  });

  test('when a line has no provider, with the lines that have none', async () => {
    const body = bodyWith({ lines: [line(), { lineId: '2', sku: 'SKU-2', quantity: 1 }] });
    const answer = await service.request(body, 'no-provider', { client: 'picky' });
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ code: 'no_provider', retryable: false, errors: [{ path: '/body/lines/1/sku' }] });
    expect(await countOf('fulfillments', 'order_id', body.orderId)).toBe(0);
  });

  test('when its deadline has passed', async () => {
    const answer = await service.request(bodyWith({ notAfter: '2020-01-01T00:00:00Z' }), 'late');
    expect([answer.status, answer.body.code]).toEqual([422, 'deadline_passed']);
  });

  test('when its outcome would not fit into one event', async () => {
    const lines = Array.from({ length: 500 }, (_, index) => line({ lineId: `${index}`.padEnd(200, '€'), sku: '€'.repeat(200) }));
    const answer = await service.request(bodyWith({ lines }), 'too-large');
    expect([answer.status, answer.body.code]).toEqual([422, 'request_too_large']);
  });

  test('when its client has no record', async () => {
    const answer = await service.request(bodyWith({}), 'stranger', { client: 'stranger' });
    expect([answer.status, answer.body.code]).toEqual([403, 'unknown_client']);
  });

  test.each<[string, Record<string, string>]>([['missing', {}], ['empty', { 'idempotency-key': '' }], ['too long', { 'idempotency-key': 'k'.repeat(256) }], ['with a space', { 'idempotency-key': 'a b' }]])(
    'when its Idempotency-Key is %s',
    async (_name, headers) => {
      const answer = await service.call('/v1/fulfillments', { method: 'POST', body: bodyWith({}), headers });
      expect([answer.status, answer.body.code]).toEqual([400, 'idempotency_key_required']);
    },
  );

  test('without a token with 401, without the scope with 403, whether token or record lacks it', async () => {
    const ask = (given: Call): Promise<Answer> => service.request(bodyWith({}), 'scopes', given);
    expect((await ask({ client: null })).status).toBe(401);
    expect((await ask({ scopes: 'fulfillment:read' })).body.code).toBe('insufficient_scope');
    expect((await ask({ client: 'reader' })).body.code).toBe('insufficient_scope');
  });
});

describe('A request that finds too many before it', () => {
  test('is refused with the time to come back, and accepted then', async () => {
    const narrow = await startTestService({ ROLES: 'api', INTAKE_MAX_WAITING: '2' });
    const holder = await narrow.pool.connect();
    try {
      await holder.query('BEGIN; LOCK TABLE fulfillments IN EXCLUSIVE MODE');
      const waiting: Promise<Answer>[] = [];
      // Two batches under way, two requests that wait: one after the other, so that they do not share a batch.
      for (let index = 0; index < 4; index += 1) {
        waiting.push(narrow.request(requestFor(['digital']), `full-${index}`));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const body = requestFor(['digital']);
      const refused = await narrow.request(body, 'too-many');
      expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '1' }, body: { code: 'overloaded', retryable: true } });
      await holder.query('ROLLBACK');
      expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect((await narrow.request(body, 'too-many')).status).toBe(200);
    } finally {
      holder.release();
      await narrow.stop();
    }
  });
});

describe('An Idempotency-Key', () => {
  test('with the same body gets the first answer again, byte for byte, however often', async () => {
    const body = requestFor(['digital', 'physical']);
    const first = await service.request(body, 'again');
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    for (let time = 0; time < 3; time += 1) {
      const again = await service.request(body, 'again');
      expect([again.status, again.text, again.headers['location'], again.headers['idempotency-replayed']]).toEqual([first.status, first.text, first.headers['location'], 'true']);
    }
    expect(await countOf('events', 'subject', subjectOf('commerce-coordinator', body.orderId))).toBe(2);
    expect(await countOf('provider_ledger', 'order_id', body.orderId)).toBe(1);
  });

  test('counts the meaning of the body, not its spelling', async () => {
    const body = requestFor(['digital']);
    const first = await service.request(body, 'spelling');
    const reversed = Object.fromEntries(Object.entries(body).reverse());
    const again = await service.request(undefined, 'spelling', { text: JSON.stringify(reversed, null, 2) });
    expect(again.text).toBe(first.text);
  });

  test('with another body is refused', async () => {
    await service.request(requestFor(['digital']), 'other-body');
    const answer = await service.request(requestFor(['digital']), 'other-body');
    expect([answer.status, answer.body.code]).toEqual([422, 'idempotency_key_reused']);
  });

  test('of another client is another key', async () => {
    const body = requestFor(['digital']);
    const [mine, theirs] = [await service.request(body, 'same-name'), await service.request(body, 'same-name', { client: 'partner' })];
    expect(theirs.status).toBe(200);
    expect(theirs.body.fulfillmentId).not.toBe(mine.body.fulfillmentId);
  });

  test('sent twenty times at once makes one fulfillment: one answer, and the same again or "still running" for the others', async () => {
    const body = requestFor(['digital']);
    const answers = await Promise.all(Array.from({ length: 20 }, () => service.request(body, 'at-the-same-time')));
    const running = answers.filter(({ status }) => status === 409);
    expect(answers.filter(({ status }) => status === 200).length).toBe(20 - running.length);
    expect(new Set(answers.filter(({ status }) => status === 200).map(({ text }) => text)).size).toBe(1);
    expect(running[0]).toMatchObject({ headers: { 'retry-after': '1' }, body: { code: 'request_in_progress', retryable: true } });
    expect(await countOf('fulfillments', 'order_id', body.orderId)).toBe(1);
    expect(await countOf('events', 'subject', subjectOf('commerce-coordinator', body.orderId))).toBe(2);
  });

  test('sent to two processes at once makes one fulfillment', async () => {
    const other = await startTestService({ ROLES: 'api', DATABASE_URL: service.databaseUrl });
    try {
      for (let time = 0; time < 10; time += 1) {
        const body = requestFor(['digital']);
        const answers = await Promise.all([service.request(body, `processes-${time}`), other.request(body, `processes-${time}`)]);
        expect(answers.map(({ status }) => status)).toEqual([200, 200]);
        expect(answers[0]?.text).toBe(answers[1]?.text);
        expect(await countOf('provider_ledger', 'order_id', body.orderId)).toBe(1);
      }
    } finally {
      await other.stop();
    }
  });

  test('is still running while the database holds its request', async () => {
    const holder = await service.pool.connect();
    try {
      await holder.query('BEGIN; LOCK TABLE fulfillments IN EXCLUSIVE MODE');
      const body = requestFor(['digital']);
      const first = service.request(body, 'held');
      await eventually('the request waits', async () => (await service.request(body, 'held')).status === 409);
      expect((await service.request(requestFor(['digital']), 'held')).body.code).toBe('idempotency_key_reused');
      await holder.query('ROLLBACK');
      expect((await first).status).toBe(200);
      expect((await service.request(body, 'held')).headers['idempotency-replayed']).toBe('true');
    } finally {
      holder.release();
    }
  });

  test('gets its first answer again when the request could not be accepted anew', async () => {
    const soon = new Date(Date.now() + 150).toISOString();
    const body = bodyWith({ notAfter: soon });
    const first = await service.request(body, 'soon-late');
    expect(first.status).toBe(200);
    await eventually('the deadline passes', async () => Date.now() > Date.parse(soon) + 10);
    const again = await service.request(body, 'soon-late');
    expect([again.status, again.text]).toEqual([200, first.text]);
  });

  test('is not used up by a request that was refused', async () => {
    expect((await service.request(bodyWith({ notAfter: '2020-01-01T00:00:00Z' }), 'second-try')).status).toBe(422);
    expect((await service.request(bodyWith({}), 'second-try')).status).toBe(200);
  });
});

describe('The batch', () => {
  const batch = (items: unknown[], given: Call = {}): Promise<Answer> => service.call('/v1/fulfillments/batch', { method: 'POST', body: { items }, ...given });

  test('is announced with its size', async () => {
    expect((await service.call('/v1/capabilities')).body).toEqual({
      batch: { maxItems: 100 }, lifecycle: ['cancel', 'revoke', 'hold', 'release', 'schedule', 'lookup', 'acknowledge'], authentication: ['oauth', 'signature'],
    });
  });

  test('means for each item what the single call means, in the order of the items', async () => {
    const bodies = [requestFor(['digital']), requestFor(['physical']), requestFor(['digital'], { notAfter: '2020-01-01T00:00:00Z' })];
    const first = await service.request(bodies[0], 'batch-0');
    const correlationId = '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3e';
    const answer = await batch(bodies.map((request, index) => ({ idempotencyKey: `batch-${index}`, request, ...(index === 1 && { correlationId }) })));
    expect(answer.status).toBe(200);
    const [replayed, accepted, refused] = answer.body.results;
    expect(replayed).toEqual({ status: 200, replayed: true, body: first.body });
    expect(accepted).toMatchObject({ status: 202, replayed: false, body: { orderId: bodies[1]?.orderId } });
    expect(refused).toMatchObject({ status: 422, body: { code: 'deadline_passed' } });
    expect((await service.history(bodies[1]?.orderId ?? ''))[0]?.correlationId).toBe(correlationId);
  });

  test('takes a hundred items and not one more', async () => {
    const items = Array.from({ length: 101 }, (_, index) => ({ idempotencyKey: `full-${index}`, request: requestFor(['digital']) }));
    const answer = await batch(items.slice(0, 100));
    expect(answer.body.results.map((result: { status: number }) => result.status)).toEqual(Array.from({ length: 100 }, () => 200));
    expect((await batch(items)).status).toBe(400);
    expect((await batch([])).status).toBe(400);
  });
});

describe('A client that reads', () => {
  test('finds its own fulfillment, as it stands', async () => {
    const { body } = await service.request(requestFor(['digital']), 'read');
    const answer = await service.call(`/v1/fulfillments/${body.fulfillmentId}`);
    expect([answer.status, answer.body]).toEqual([200, body]);
  });

  test('cannot tell a foreign fulfillment from an unknown or impossible one', async () => {
    const { body } = await service.request(requestFor(['digital']), 'foreign', { client: 'partner' });
    const headers = { 'x-request-id': '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d' };
    const ids = [body.fulfillmentId, '0193a6a0-6000-7abc-9def-0123456789ab', 'nonsense', "' OR 1=1 --"];
    const answers = await Promise.all(ids.map((id) => service.call(`/v1/fulfillments/${encodeURIComponent(id)}`, { headers })));
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers[0]?.body.code).toBe('fulfillment_not_found');
  });

  test('lists its own, newest first, page by page, by order and by status', async () => {
    const shared = { orderId: 'order-listed' };
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      const { body } = await service.request(requestFor([], { ...shared, lines: [line({ lineId: String(index), kind: index % 2 === 0 ? 'digital' : 'physical' })] }), `list-${index}`);
      ids.unshift(body.fulfillmentId);
    }
    await service.request(requestFor(['digital'], shared), 'list-foreign', { client: 'partner' });
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const next: string = cursor === null ? '' : `&cursor=${cursor}`;
      const { body }: Answer = await service.call(`/v1/fulfillments?orderId=order-listed&limit=2${next}`);
      seen.push(...body.items.map((item: { fulfillmentId: string }) => item.fulfillmentId));
      cursor = body.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(ids);
    const open = await service.call('/v1/fulfillments?orderId=order-listed&status=accepted');
    expect(open.body.items.map((item: { fulfillmentId: string }) => item.fulfillmentId)).toEqual([ids[1], ids[3]]);
    expect((await service.call('/v1/fulfillments?orderId=unknown')).body).toEqual({ items: [], nextCursor: null });
  });

  test('is refused a cursor that was changed, or belongs to other filters or another client', async () => {
    for (let index = 0; index < 2; index += 1) await service.request(requestFor([], { orderId: 'order-cursor', lines: [line({ lineId: String(index) })] }), `cursor-${index}`);
    const { nextCursor } = (await service.call('/v1/fulfillments?orderId=order-cursor&limit=1')).body;
    const changed = `${nextCursor.slice(0, 4)}${nextCursor[4] === 'A' ? 'B' : 'A'}${nextCursor.slice(5)}`;
    const asked = [
      service.call(`/v1/fulfillments?orderId=order-cursor&limit=1&cursor=${changed}`),
      service.call('/v1/fulfillments?orderId=order-cursor&limit=1&cursor=nonsense'),
      service.call(`/v1/fulfillments?orderId=other&limit=1&cursor=${nextCursor}`),
      service.call(`/v1/fulfillments?orderId=order-cursor&limit=1&cursor=${nextCursor}`, { client: 'partner' }),
    ];
    for (const answer of await Promise.all(asked)) expect([answer.status, answer.body.code]).toEqual([400, 'invalid_cursor']);
    expect((await service.call(`/v1/fulfillments?orderId=order-cursor&limit=1&cursor=${nextCursor}`)).body.items).toHaveLength(1);
  });

  test.each(['limit=0', 'limit=201', 'limit=many', 'status=lost', 'surprise=1'])('is refused the query %s', async (query) => {
    expect((await service.call(`/v1/fulfillments?${query}`)).status).toBe(400);
  });
});

describe('The description of the API', () => {
  let paths: Record<string, any>;
  beforeAll(async () => {
    ({ paths } = withoutReferences((await service.call('/openapi.json', { client: null })).body));
  });

  const headersOf = (operation: any): string[] => operation.parameters.filter(({ in: place }: { in: string }) => place === 'header').map(({ name }: { name: string }) => name);
  const codesOf = (operation: any, status: string): string[] => operation.responses[status].content['application/problem+json'].schema.allOf[1].properties.code.enum;
  const answerOf = (operation: any, status: string): any => operation.responses[status].content['application/json'].schema;

  test('has no gaps, and every answer with a body has its form', () => {
    expect(gapsInDescription({ paths })).toEqual([]);
    const operations = Object.values(paths).flatMap((methods) => Object.values<any>(methods));
    const formless = operations.flatMap(({ operationId, responses }) =>
      Object.keys(responses).filter((status) => status.startsWith('2') && status !== '204' && 'application/json' in responses[status].content && Object.keys(responses[status].content['application/json'].schema).length < 2).map((status) => `${operationId} ${status}`));
    expect(operations.map(({ operationId }) => operationId)).toEqual(expect.arrayContaining([
      'requestFulfillment', 'requestFulfillments', 'readFulfillment', 'listFulfillments', 'readCapabilities', 'tellOfEnrolment', 'cancelFulfillment', 'revokeFulfillment',
      'holdFulfillment', 'releaseFulfillment', 'revokeOrder', 'lookUpFulfillments', 'acknowledgeFulfillments',
    ]));
    expect(formless).toEqual([]);
  });

  test('names the headers and refusals of a request', () => {
    const { post } = paths['/v1/fulfillments'];
    expect(post.parameters).toContainEqual(expect.objectContaining({ in: 'header', name: 'Idempotency-Key', required: true }));
    for (const status of ['200', '202']) expect(Object.keys(post.responses[status].headers)).toEqual(expect.arrayContaining(['Location', 'Idempotency-Replayed']));
    for (const status of ['409', '429', '503']) expect(post.responses[status].headers).toHaveProperty('Retry-After');
    expect(codesOf(post, '422')).toEqual([
      'idempotency_key_reused', 'no_provider', 'deadline_passed', 'start_after_deadline', 'order_revoked', 'request_too_large',
    ]);
    expect(codesOf(post, '409')).toEqual(['request_in_progress', 'line_already_requested', 'too_many_open_fulfillments']);
    expect(codesOf(post, '400')).toContain('idempotency_key_required');
    expect(['release', 'hold'].map((act) => paths[`/v1/fulfillments/{fulfillmentId}/${act}`].post.requestBody.required)).toEqual([false, true]);
    expect(codesOf(paths['/v1/fulfillments/{fulfillmentId}'].get, '404')).toContain('fulfillment_not_found');
  });

  test('gives the form of batches and of what is offered', () => {
    const { items } = answerOf(paths['/v1/fulfillments/batch'].post, '200').properties.results;
    expect(items.properties.body.anyOf).toHaveLength(2);
    expect(answerOf(paths['/v1/capabilities'].get, '200').required).toEqual(['batch', 'lifecycle', 'authentication']);
  });

  test('gives the form and the signature of a callback, which takes more than is named', () => {
    const { post } = paths['/v1/callbacks/lms'];
    expect(headersOf(post)).toEqual(expect.arrayContaining(['webhook-id', 'webhook-timestamp', 'webhook-signature']));
    const form = post.requestBody.content['application/json'].schema;
    expect(form).toMatchObject({ required: ['type', 'data'], additionalProperties: true, properties: { data: { additionalProperties: true } } });
    expect(Object.keys(post.responses)).toContain('204');
    expect(post.responses['204']).not.toHaveProperty('content');
    expect(codesOf(post, '401')).toEqual(['callback_signature_invalid']);
  });
});
