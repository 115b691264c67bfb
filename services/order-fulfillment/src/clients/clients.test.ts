import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readClientsFile } from './clients.file.ts';
import { chooseProvider } from './clients.ts';
import { limitScopes } from './limit-scopes.ts';

const PROVIDERS = ['instant', 'warehouse', 'lms'];
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'of-clients-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function read(content: unknown) {
  const path = join(directory, 'clients.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readClientsFile(path, PROVIDERS);
}

describe('The provider of a line', () => {
  const choice = { bySku: { 'NW-1': 'lms' }, byKind: { physical: 'warehouse' }, default: 'instant' };
  test('is that of its sku, else that of its kind, else the default', () => {
    expect([chooseProvider(choice, { sku: 'NW-1', kind: 'physical' }), chooseProvider(choice, { sku: 'NW-2', kind: 'physical' }), chooseProvider(choice, { sku: 'NW-2' })]).toEqual(['lms', 'warehouse', 'instant']);
  });

  test('is none when nothing is named for it, whatever a table inherits', () => {
    const { default: _default, ...strict } = choice;
    expect(chooseProvider(strict, { sku: 'constructor', kind: 'toString' })).toBeUndefined();
  });
});

describe('The file of client records', () => {
  test('names each client with its providers', async () => {
    const clients = await read({ clients: [{ clientId: 'commerce-coordinator', scopes: ['fulfillment:write'], providers: { default: 'instant', bySku: { 'NW-1': 'lms' } } }, { clientId: 'partner', providers: { byKind: { course: 'lms' } } }] });
    expect(clients.find('commerce-coordinator')?.providers).toEqual({ default: 'instant', bySku: { 'NW-1': 'lms' }, byKind: {} });
    expect(clients.find('partner')?.providers.default).toBeUndefined();
    expect(clients.find('unknown')).toBeUndefined();
  });

  test('is refused with all its faults at once', async () => {
    const refused = read({ clients: [{ clientId: '', providers: { default: 'pigeon' } }, { clientId: 'a', providers: {}, password: 'x' }] });
    const { faults } = await refused.then(() => ({ faults: [] }), (error: { faults: readonly string[] }) => error);
    expect(faults).toEqual([expect.stringMatching(/^clients\.0\.clientId:/), expect.stringMatching(/^clients\.0\.providers\.default:.*instant/), expect.stringMatching(/^clients\.1: .*password/)]);
  });

  test('is refused when a client stands there twice, when it is no JSON, and when it is not there', async () => {
    await expect(read({ clients: [{ clientId: 'a', providers: {} }, { clientId: 'a', providers: {} }] })).rejects.toThrow('"a" stands there more than once');
    await expect(read('{')).rejects.toThrow('it is not JSON');
    await expect(readClientsFile(join(directory, 'missing.json'), PROVIDERS)).rejects.toThrow('ENOENT');
  });
});

describe('The scopes of a caller', () => {
  const verifier = { verify: async () => ({ clientId: 'a', subject: 'a', scopes: new Set(['fulfillment:read', 'fulfillment:write']) }) };
  const scopesWith = async (scopes?: string[]): Promise<string[]> => {
    const record = { clientId: 'a', providers: { bySku: {}, byKind: {} }, ...(scopes && { scopes }) };
    return [...(await limitScopes(verifier, { find: () => record }).verify('Bearer x')).scopes];
  };
  test('are those of its token, as far as its record allows them', async () => {
    expect(await scopesWith(['fulfillment:read', 'admin'])).toEqual(['fulfillment:read']);
    expect(await scopesWith()).toEqual(['fulfillment:read', 'fulfillment:write']);
  });
});
