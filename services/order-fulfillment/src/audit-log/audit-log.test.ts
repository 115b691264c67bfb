/** What administrators did here is searched as it is in Commerce Coordinator, and the log of this service verified, also against heads that were kept elsewhere. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sealKey } from '@commerce/event-log/seal-head';
import { readHeads, sealLog } from '@commerce/event-log/seals';
import { eventually } from '@commerce/service-kit/test-eventually';
import { startTestService } from '../test-service.ts';
import type { Answer, Call, TestService } from '../test-service.ts';
import { hmacKey } from '../test-signing.ts';

const SEAL_KEY = Buffer.alloc(32, 6).toString('base64');
let service: TestService;
let began: string;

const change = (method: 'POST' | 'PATCH', path: string, body: object, client = 'operator'): Promise<Answer> => service.call(path, { method, client, scopes: 'clients:admin', body });
const search = (query = '', given: Call = {}): Promise<Answer> => service.call(`/api/audit${query}`, { client: 'operator', scopes: 'admin', ...given });
const acts = async (query: string): Promise<string[]> => (await search(query)).body.items.map((item: any) => `${item.act} ${item.about} ${item.by.clientId}`);

beforeAll(async () => {
  service = await startTestService({ ROLES: 'api', SEAL_KEY });
  began = new Date(Date.now() - 1_000).toISOString();
  const reason = { code: 'contract_changed', message: 'Acme called.' };
  for (const clientId of ['acme', 'birch']) {
    expect((await change('POST', '/v1/clients', { clientId, authentication: { type: 'signature', keys: [hmacKey(`${clientId}-1`).form] }, reason })).status).toBe(201);
  }
  // Whoever operates the service needs no record.
  expect((await change('PATCH', '/v1/clients/acme', { scopes: ['fulfillment:read'] }, 'on-call')).status).toBe(200);
  // The horizon is that of the whole server.
  await eventually('all acts are listed', async () => (await acts('')).length === 3);
});
afterAll(async () => service?.stop());

describe('what administrators did', () => {
  test('is listed with who, what, about what, why and when, the newest first', async () => {
    expect((await search('?limit=2')).body.items).toEqual([
      expect.objectContaining({ act: 'client.change', about: 'acme', by: { subject: 'user of on-call', clientId: 'on-call' }, why: 'No reason was given.' }),
      {
        eventId: expect.any(String), act: 'client.add', about: 'birch', by: { subject: 'user of operator', clientId: 'operator' }, why: 'Acme called.',
        details: { authentication: 'signature', keyids: ['birch-1'] }, recordedAt: expect.stringMatching(/Z$/), correlationId: expect.any(String),
      },
    ]);
  });

  test('is found by person, client, act, beginning of an act, subject and time', async () => {
    expect(await acts('?who=user+of+on-call')).toEqual(['client.change acme on-call']);
    expect(await acts('?client=operator&subject=acme')).toEqual(['client.add acme operator']);
    expect(await acts('?what=client.add')).toHaveLength(2);
    expect(await acts('?what=client.*&subject=acme')).toHaveLength(2);
    expect(await acts('?what=dead-letters.*')).toEqual([]);
    expect(await acts(`?from=${began}`)).toHaveLength(3);
    expect(await acts(`?to=${began}`)).toEqual([]);
  });

  test('comes in pages that go on where the last one ended, under their own conditions only', async () => {
    const first = (await search('?limit=2')).body;
    const second = (await search(`?limit=2&cursor=${first.nextCursor}`)).body;
    expect(new Set([...first.items, ...second.items].map(({ eventId }: any) => eventId)).size).toBe(3);
    expect(second.nextCursor).toBe(null);
    expect(await search(`?what=client.add&cursor=${first.nextCursor}`)).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
  });

  test('is shown to nobody without the scope, in the token and in the record, and to operators without a record', async () => {
    expect((await search('', { scopes: 'clients:admin dlq:read' })).status).toBe(403);
    expect((await search('', { client: 'partner', scopes: 'admin fulfillment:read' })).status).toBe(403);
    expect((await search('', { client: 'on-call' })).status).toBe(200);
    expect((await search('?about=acme')).status).toBe(400);
  });
});

describe('the log of this service', () => {
  /** The stream as a whole, when it has ended. */
  const verify = async (heads?: readonly object[]): Promise<{ event: string; data: any }[]> => {
    const headers = { authorization: 'Bearer operator;admin', ...(heads !== undefined && { 'content-type': 'application/json' }) };
    const answer = await service.app.inject({ method: heads === undefined ? 'GET' : 'POST', url: '/api/audit/verification', headers, ...(heads !== undefined && { payload: JSON.stringify({ heads }) }) });
    return [...answer.body.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)].map(([, event = '', data = '']) => ({ event, data: JSON.parse(data) }));
  };
  const seal = (): Promise<void> => sealLog({ pool: service.pool, log: 'order-fulfillment', key: sealKey(SEAL_KEY), nowMs: Date.now, monotonicMs: () => 0, sleep: async () => undefined }, AbortSignal.timeout(30_000));

  test('is verified, and what was rewritten together with its seals and heads is found by a head that was kept', async () => {
    await eventually('a head is signed of all three', async () => {
      await seal();
      return (await readHeads(service.pool, undefined, 1))[0]?.total === 3;
    });
    const kept = await readHeads(service.pool, undefined, 1);
    expect((await verify(kept)).at(-1)).toMatchObject({ event: 'verified', data: { events: 3, unsealed: 0, heads: 2, findings: 0 } });
    await service.pool.query(`UPDATE events SET data = jsonb_set(data, '{why}', '"Nothing."') WHERE data->>'about' = 'birch'; TRUNCATE seals, seal_heads`);
    await eventually('it is sealed anew', async () => {
      await seal();
      return (await readHeads(service.pool, undefined, 1)).length === 1;
    });
    const told = async (heads?: readonly object[]): Promise<string[]> => (await verify(heads)).filter(({ event }) => event === 'finding').map(({ data }) => data.kind);
    // It was not made to fit its digest; that the seals are others, the kept head alone says.
    expect([await told(), await told(kept)]).toEqual([['digest'], ['digest', 'head']]);
    expect(await service.call('/api/audit/verification', { method: 'POST', client: 'operator', scopes: 'admin', body: { heads: kept.map((head) => ({ ...head, log: 'commerce-coordinator' })) } })).toMatchObject({ status: 422, body: { code: 'heads_of_another_log' } });
  });
});
