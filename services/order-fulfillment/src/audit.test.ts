/** Every route that changes something: what an administrator does by it is recorded with who, what and why, or it says why it need not be. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@commerce/service-kit/test-eventually';
import { startTestService } from './test-service.ts';
import type { Answer, Call, TestService } from './test-service.ts';
import { ed25519Key, hmacKey } from './test-signing.ts';

const REASON = { code: 'contract_changed', message: 'Acme called & asked.' };
const IN_QUERY = `reason=${REASON.code}&message=${encodeURIComponent(REASON.message)}`;

let service: TestService;
let clients = 0;

beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => service?.stop());

const call = (method: Call['method'], path: string, body?: unknown): Promise<Answer> => (
  service.call(path, { method: method ?? 'GET', client: 'operator', scopes: 'clients:admin', ...(body !== undefined && { body }) })
);

const records = async (about: string): Promise<any[]> => (await service.log.history(about)).filter(({ type }) => type === 'AuditRecorded');

/** A client that signs, with the key of its own name. */
async function signer(): Promise<string> {
  const clientId = `signer-${(clients += 1)}`;
  const { status } = await call('POST', '/v1/clients', { clientId, authentication: { type: 'signature', keys: [hmacKey(clientId).form] } });
  expect(status).toBe(201);
  return clientId;
}

interface Act {
  readonly act: string;
  readonly details?: (clientId: string) => object;
  /** Gives the client that was changed. */
  readonly run: () => Promise<{ about: string; answer: Answer }>;
}

const onSigner = (act: string, run: (clientId: string) => Promise<Answer>, details?: Act['details']): Act => ({
  act, ...(details && { details }),
  run: async () => {
    const about = await signer();
    return { about, answer: await run(about) };
  },
});

const onLetters = (path: string, body: object): Promise<Answer> => service.call(path, { method: 'POST', client: 'operator', scopes: 'dlq:write', body: { ...body, reason: REASON } });

const ACTS: Readonly<Record<string, Act>> = {
  'POST /v1/clients': {
    act: 'client.add', details: () => ({ authentication: 'signature', keyids: ['acme-1', 'acme-2'] }),
    run: async () => ({ about: 'acme', answer: await call('POST', '/v1/clients', { clientId: 'acme', authentication: { type: 'signature', keys: [hmacKey('acme-1').form, ed25519Key('acme-2').form] }, reason: REASON }) }),
  },
  'PATCH /v1/clients/{clientId}': onSigner('client.change', (id) => call('PATCH', `/v1/clients/${id}`, {
    authentication: { type: 'oauth', subject: `subject of ${id}` }, scopes: ['fulfillment:read'], providers: {}, rateLimit: null, reason: REASON,
  }), () => ({ fields: ['authentication', 'scopes'] })),
  'DELETE /v1/clients/{clientId}': onSigner('client.remove', (id) => call('DELETE', `/v1/clients/${id}?${IN_QUERY}`)),
  'POST /v1/clients/{clientId}/keys': onSigner('client.keys.add', (id) => call('POST', `/v1/clients/${id}/keys`, { ...hmacKey(`${id}-2`).form, reason: REASON }), (id) => ({ keyid: `${id}-2` })),
  'PATCH /v1/clients/{clientId}/keys/{keyid}': onSigner('client.keys.end', (id) => call('PATCH', `/v1/clients/${id}/keys/${id}`, { notAfter: '2100-01-01T00:00:00Z', reason: REASON }), (id) => ({ keyid: id, notAfter: '2100-01-01T00:00:00.000Z' })),
  'DELETE /v1/clients/{clientId}/keys/{keyid}': onSigner('client.keys.remove', (id) => call('DELETE', `/v1/clients/${id}/keys/${id}?${IN_QUERY}`), (id) => ({ keyid: id })),
  'POST /dead-letter-runs': {
    act: 'dead-letters.discard', details: () => ({ selection: '{"kinds":["publish"]}', rate: 100 }),
    run: async () => {
      const answer = await onLetters('/dead-letter-runs', { act: 'discard', selection: { kinds: ['publish'] } });
      await eventually('the run has ended', async () => (await service.pool.query("SELECT 1 FROM dead_letter_runs WHERE run_id = $1 AND state = 'done'", [answer.body.runId])).rowCount === 1);
      return { about: answer.body.runId, answer };
    },
  },
  'POST /dead-letter-runs/{runId}/stop': {
    act: 'dead-letters.stop',
    run: async () => {
      // Held by nobody who lives, so that it is under way.
      const { rows } = await service.pool.query(`INSERT INTO dead_letter_runs (run_id, act, selection, rate, state, asked_by, why, holder, held_until) VALUES (gen_random_uuid(), 'discard', '{}', 1, 'running', '{"subject":"anna","clientId":"operator"}', 'why', gen_random_uuid(), 'infinity') RETURNING run_id`);
      const answer = await onLetters(`/dead-letter-runs/${rows[0].run_id}/stop`, {});
      await service.pool.query('UPDATE dead_letter_runs SET holder = NULL, held_until = clock_timestamp() WHERE run_id = $1', [rows[0].run_id]);
      return { about: rows[0].run_id, answer };
    },
  },
};

const A_CLIENT = 'A client acts on its own: it stands in the events of the fulfillment, with its user. Nobody can act on that of another.';
const EXEMPT: Readonly<Record<string, string>> = {
  'POST /v1/fulfillments': A_CLIENT,
  'POST /v1/fulfillments/batch': A_CLIENT,
  'POST /v1/fulfillments/{fulfillmentId}/cancel': A_CLIENT,
  'POST /v1/fulfillments/{fulfillmentId}/hold': A_CLIENT,
  'POST /v1/fulfillments/{fulfillmentId}/release': A_CLIENT,
  'POST /v1/fulfillments/{fulfillmentId}/revoke': A_CLIENT,
  'POST /v1/orders/{orderId}/revoke': A_CLIENT,
  'POST /v1/acknowledgements': A_CLIENT,
  'DELETE /v1/orders/{orderId}/personal-data': A_CLIENT,
  'POST /v1/fulfillments/lookup': 'It reads.',
  'POST /api/audit/verification': 'It reads: its body holds heads that were kept elsewhere.',
  'POST /v1/callbacks/lms': 'No person acts: a provider tells what it did.',
};

describe('what changes something on behalf of an administrator is recorded', () => {
  test('and every other route that changes something says why it is not', async () => {
    const { paths } = (await service.call('/openapi.json')).body as { paths: Record<string, Record<string, unknown>> };
    const changing = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).filter((method) => ['post', 'put', 'patch', 'delete'].includes(method)).map((method) => `${method.toUpperCase()} ${path}`));
    expect([...Object.keys(ACTS), ...Object.keys(EXEMPT)].toSorted()).toEqual(changing.toSorted());
  });

  test.each(Object.keys(ACTS))('%s: once, with who, what and why, and what of it', async (route) => {
    const { act, details, run } = ACTS[route] as Act;
    const { about, answer } = await run();
    expect([answer.status < 300, answer.text]).toEqual([true, expect.anything()]);
    const recorded = (await records(about)).filter(({ data }) => data.act === act);
    const by = { subject: 'user of operator', clientId: 'operator' };
    expect(recorded).toMatchObject([{ topic: 'audit-events', source: 'order-fulfillment', metadata: { userId: 'user of operator' } }]);
    expect(recorded[0].data).toEqual({ act, about, by, why: REASON.message, ...(details && { details: details(about) }) });
  });

  test('in the order of the changes, and a code stands for a reason that has no words', async () => {
    const id = await signer();
    await Promise.all(['a', 'b', 'c'].map((scope) => call('PATCH', `/v1/clients/${id}`, { scopes: [scope] })));
    await call('DELETE', `/v1/clients/${id}?reason=is_gone`);
    expect((await records(id)).map(({ data }) => [data.act, data.why])).toEqual([
      ['client.add', 'No reason was given.'], ...Array.from({ length: 3 }, () => ['client.change', 'No reason was given.']), ['client.remove', 'is_gone'],
    ]);
  });

  test('of what changes nothing, or is refused, there is no record', async () => {
    const id = await signer();
    const key = `/v1/clients/${id}/keys/${id}`;
    await call('PATCH', key, { notAfter: '2100-01-01T00:00:00Z' });
    await call('PATCH', `/v1/clients/${id}`, { scopes: ['fulfillment:read'], rateLimit: { requestsPerSecond: 5 }, providers: ['instant'] });
    const before = await call('GET', `/v1/clients/${id}`);
    expect(await records(id)).toHaveLength(3);
    expect((await call('PATCH', key, { notAfter: '2100-01-01T01:00:00+01:00', reason: REASON })).body).toEqual(before.body);
    expect((await call('PATCH', `/v1/clients/${id}`, { scopes: ['fulfillment:read', 'fulfillment:read'], rateLimit: { requestsPerSecond: 5, burst: 5 }, providers: ['instant'], reason: REASON })).body).toEqual(before.body);
    expect((await call('PATCH', `/v1/clients/${id}`, { reason: REASON })).body).toEqual(before.body);
    expect((await call('PATCH', `/v1/clients/${id}`, { scopes: [], authentication: { type: 'oauth', subject: 'user of partner' } })).status).toBe(409);
    expect((await call('POST', `/v1/clients/${id}/keys`, hmacKey(id).form)).status).toBe(409);
    expect((await call('DELETE', `/v1/clients/${id}/keys/missing`)).status).toBe(404);
    expect((await call('DELETE', `/v1/clients/${id}?message=${encodeURIComponent('Without a code')}`)).status).toBe(400);
    expect((await call('DELETE', `/v1/clients/${id}?reason=a&message=%00`)).status).toBe(400);
    expect(await records(id)).toHaveLength(3);
  });

  test('without a secret, and for this service alone: no client hears of it on the bus', async () => {
    const { form } = hmacKey('secretive');
    const [secret] = 'secret' in form ? [form.secret] : [];
    const { status } = await call('POST', '/v1/clients', { clientId: 'secretive', authentication: { type: 'signature', keys: [form] }, reason: REASON });
    expect([status, typeof secret]).toEqual([201, 'string']);
    expect(JSON.stringify(await records('secretive'))).not.toContain(secret);
    const { body } = await service.request({ orderId: 'order-1', orderNumber: 1, customer: { id: 'c' }, lines: [{ lineId: '1', sku: 'S', quantity: 1, kind: 'digital' }] }, 'after');
    await eventually('the fulfillment is told', async () => service.published.length >= 2);
    expect(service.published.map(({ type }) => type)).toEqual(['FulfillmentAccepted', 'FulfillmentCompleted']);
    expect(service.published[0]?.data).toMatchObject({ fulfillmentId: body.fulfillmentId });
  });
});
