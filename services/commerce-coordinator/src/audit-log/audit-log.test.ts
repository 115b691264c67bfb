import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@commerce/service-kit/test-eventually';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { Answer, TestCoordinator } from '../test-coordinator.ts';

let cc: TestCoordinator;
let began: string;
let keys = 0;

const act = (method: string, path: string, body: object, client: string): Promise<Answer> => (
  cc.call(method, path, { body, client, scopes: 'admin inventory:write users:write', headers: { 'idempotency-key': `key-${(keys += 1)}` } })
);
const search = async (query = '', scopes = 'admin'): Promise<Answer> => cc.call('GET', `/api/audit${query}`, { scopes });
const acts = async (query: string): Promise<string[]> => (await search(query)).body.items.map((item: any) => `${item.act} ${item.about} ${item.by.clientId}`);

beforeAll(async () => {
  cc = await startTestCoordinator();
  began = new Date(Date.now() - 1_000).toISOString();
  const reason = { code: 'stocktaking', message: 'Counted by hand.' };
  await act('POST', '/users', { userId: 'VINET', reason }, 'crm');
  await act('POST', '/users/VINET/deactivate', { reason }, 'crm');
  for (const sku of ['NW-1', 'NW-2', 'NW-3']) await act('POST', '/inventory/adjustments', { sku, delta: 4, reason }, 'warehouse');
  // The horizon is that of the whole server.
  await eventually('all acts are listed', async () => (await acts('')).length === 5);
});
afterAll(async () => cc?.stop());

describe('the acts of people', () => {
  test('are listed with who, what, about what, why and when, the newest first', async () => {
    const { status, body } = await search('?limit=1');
    expect(status).toBe(200);
    expect(body.items).toEqual([{
      eventId: expect.any(String), act: 'inventory.adjust', about: 'NW-3', by: { subject: 'user of warehouse', clientId: 'warehouse' }, why: 'Counted by hand.',
      details: expect.any(Object), recordedAt: expect.stringMatching(/Z$/), correlationId: expect.any(String),
    }]);
  });

  test('are found by person, client, act, beginning of an act, subject and time', async () => {
    expect(await acts('?who=user+of+crm')).toEqual(['user.deactivate VINET crm', 'user.register VINET crm']);
    expect(await acts('?client=warehouse&subject=NW-2')).toEqual(['inventory.adjust NW-2 warehouse']);
    expect(await acts('?what=user.register')).toEqual(['user.register VINET crm']);
    expect(await acts('?what=user.*&client=crm')).toHaveLength(2);
    expect(await acts('?what=user.*&client=warehouse')).toEqual([]);
    expect(await acts('?subject=VINET')).toHaveLength(2);
    expect(await acts(`?from=${began}`)).toHaveLength(5);
    expect(await acts(`?to=${began}`)).toEqual([]);
  });

  test('come in pages that go on where the last one ended, under their own conditions only', async () => {
    const seen: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const { body }: Answer = await search(`?limit=2${next === '' ? '' : `&cursor=${next}`}`);
      seen.push(...body.items.map((item: any) => item.eventId));
      next = body.nextCursor;
    }
    expect([seen.length, new Set(seen).size]).toEqual([5, 5]);
    const { nextCursor } = (await search('?limit=2')).body;
    expect(await search(`?limit=2&what=user.register&cursor=${nextCursor}`)).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
  });

  test('are shown to nobody without the scope, and only for conditions that exist', async () => {
    expect((await search('', 'orders:read orders:write events:read')).status).toBe(403);
    expect((await search('?about=NW-1')).status).toBe(400);
    expect((await search('?what=DROP+TABLE')).status).toBe(400);
  });
});
