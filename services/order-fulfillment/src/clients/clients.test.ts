import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StoredEvent } from '@commerce/event-log/event';
import { readClientsFile } from './clients.file.ts';
import { chooseProvider } from './clients.ts';
import type { Client } from './clients.ts';
import { openDirectory } from './directory.ts';
import { createRateLimiter } from './rate-limit.ts';
import type { TokensAsked } from './rate-limit.ts';
import { createSecretBox, secretsKeys } from './secret-box.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'of-clients-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const OPTIONS = { providerNames: ['instant', 'warehouse', 'lms'], nowMs: 1_000 };

async function read(content: unknown): Promise<Client[]> {
  const path = join(directory, 'clients.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readClientsFile(path, OPTIONS);
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

describe('The file of first clients', () => {
  test('names each client with its providers; who says nothing of it has tokens in its own name, and may read and write', async () => {
    const [first, second] = await read({
      clients: [
        { clientId: 'commerce-coordinator', scopes: ['fulfillment:write'], authentication: { type: 'oauth', subject: 'cc' }, providers: { default: 'instant', bySku: { 'NW-1': 'lms' } } },
        { clientId: 'partner', providers: ['lms', 'instant'] },
      ],
    });
    expect(first).toMatchObject({ clientId: 'commerce-coordinator', scopes: ['fulfillment:write'], authentication: { type: 'oauth', subject: 'cc' }, providers: { default: 'instant', bySku: { 'NW-1': 'lms' }, byKind: {} } });
    expect(second).toMatchObject({
      scopes: ['fulfillment:read', 'fulfillment:write'], authentication: { type: 'oauth', subject: 'partner' },
      providers: { default: 'lms', byKind: { lms: 'lms', instant: 'instant' }, bySku: {} },
    });
  });

  test('is refused with all its faults at once', async () => {
    const faultsOf = (content: unknown): Promise<readonly string[]> => read(content).then(() => [], (error: { faults: readonly string[] }) => error.faults);
    expect(await faultsOf({ clients: [{ clientId: '', providers: {} }, { clientId: 'a', providers: {}, password: 'x' }] }))
      .toEqual([expect.stringMatching(/^clients\.0\.clientId:/), expect.stringMatching(/^clients\.1: .*password/)]);
    expect(await faultsOf({ clients: [{ clientId: 'a', providers: { bySku: { s: 'pigeon' } } }, { clientId: 'a', providers: {} }] }))
      .toEqual(['the client "a" stands there more than once', expect.stringMatching(/^clients\.0\.providers\.bySku\.s: .*"pigeon", only instant/)]);
  });

  test('is refused when it is no JSON, and when it is not there', async () => {
    await expect(read('{')).rejects.toThrow('it is not JSON');
    await expect(readClientsFile(join(directory, 'missing.json'), OPTIONS)).rejects.toThrow('ENOENT');
  });
});

describe('A secret at rest', () => {
  const [old, newest] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)] as const;
  const box = createSecretBox([old], randomBytes);
  const secret = Buffer.from('the secret of acme, 32 bytes long');

  test('S40: opens for its owner and shows nothing of itself', () => {
    const [once, again] = [box.seal(secret, ['acme', 'key-1']), box.seal(secret, ['acme', 'key-1'])];
    expect(box.open(once, ['acme', 'key-1'])).toEqual(secret);
    expect(once.equals(again)).toBe(false);
    expect(once.includes(secret.subarray(0, 8))).toBe(false);
  });

  test('S40: does not open for another owner, under another key, or when a bit of it has changed', () => {
    const sealed = box.seal(secret, ['acme', 'key-1']);
    expect(() => box.open(sealed, ['mallory', 'key-1'])).toThrow();
    expect(() => box.open(sealed, ['acme', 'key-2'])).toThrow();
    expect(() => createSecretBox([newest], randomBytes).open(sealed, ['acme', 'key-1'])).toThrow();
    for (const place of [0, 3, 7, 20, sealed.length - 1]) {
      const changed = Buffer.from(sealed);
      changed[place] = (changed[place] ?? 0) ^ 1;
      expect(() => box.open(changed, ['acme', 'key-1'])).toThrow();
    }
  });

  test('S41: under one key alone is in the layout that builds from before the list read, and names no key; both layouts open', () => {
    const sealed = box.seal(secret, ['acme', 'key-1']);
    expect([sealed[0], sealed.length, box.newest]).toEqual([1, 1 + 12 + 16 + secret.length, undefined]);
    const listed = createSecretBox([old, newest], randomBytes);
    expect(box.open(listed.seal(secret, ['acme', 'key-1']), ['acme', 'key-1'])).toEqual(secret);
  });

  test('S41: is sealed by the first key of the list and opened by each; what named no key is tried with all', () => {
    const both = createSecretBox([newest, old], randomBytes);
    const [before, after] = [box.seal(secret, ['acme', 'key-1']), both.seal(secret, ['acme', 'key-1'])];
    expect([both.open(before, ['acme', 'key-1']), createSecretBox([newest], randomBytes).open(after, ['acme', 'key-1'])]).toEqual([secret, secret]);
    expect([before, after].map((sealed) => both.newest?.equals(sealed.subarray(0, both.newest.length)))).toEqual([false, true]);
    expect(() => box.open(after, ['acme', 'key-1'])).toThrow('not in the list');
    expect(() => both.open(before, ['mallory', 'key-1'])).toThrow();
  });

  const [one, another] = [old, newest].map((key) => key.toString('base64'));

  test.each(['', 'short', Buffer.alloc(31).toString('base64'), `${'!'.repeat(43)}=`, `${one},`, `${one},${one}`])('is not sealed under the key %j', (text) => {
    expect(() => secretsKeys(text)).toThrow('CLIENT_SECRETS_KEY');
  });

  test('is sealed under a list of keys', () => {
    expect(secretsKeys(`${another}, ${one}`)).toEqual([newest, old]);
  });
});

describe('The clients in memory', () => {
  const client = (clientId: string, more: Partial<Client> = {}): Client => ({
    clientId, scopes: [], providers: { bySku: {}, byKind: {} }, authentication: { type: 'oauth', subject: clientId }, rateLimit: null, eventFilter: null,
    createdAtMs: 0, updatedAtMs: 0, ...more,
  });
  const event = (clientId: unknown, type: string): StoredEvent => ({ source: 'order-fulfillment', type, data: { clientId, status: 'partial' } }) as unknown as StoredEvent;

  test('are read again only when something has changed, and a slow reading does not undo a later one', async () => {
    let version = 1;
    let loads = 0;
    const held = await openDirectory({ version: async () => String(version), load: async () => [client(`load-${(loads += 1)}`)] }, () => undefined);
    await Promise.all([held.refresh(), held.refresh()]);
    expect(loads).toBe(1);
    version = 2;
    await Promise.all([held.refresh(), held.refresh()]);
    expect([loads, held.find('load-1'), held.bySubject('load-2')?.clientId]).toEqual([2, undefined, 'load-2']);
  });

  test('stay as they were when a reading fails, and the next one counts', async () => {
    let fails = false;
    const versions = [1, 2, 3];
    const held = await openDirectory({
      version: async () => String(versions.shift()),
      load: async () => {
        if (fails) throw new Error('the database is away');
        return [client(`at-${versions.length}`)];
      },
    }, () => undefined);
    fails = true;
    await expect(held.refresh()).rejects.toThrow('away');
    expect(held.find('at-2')).toBeDefined();
    fails = false;
    await held.refresh();
    expect(held.find('at-0')).toBeDefined();
  });

  test('keep from the bus what a filter does not let through; without one, and of strangers, all is published', async () => {
    const faults: string[] = [];
    const held = await openDirectory({
      version: async () => '1',
      load: async () => [
        client('picky', { eventFilter: { 'detail-type': ['FulfillmentCompleted'], detail: { data: { status: ['partial'] } } } }),
        client('all'), client('broken', { eventFilter: { 'detail-type': 'no list' } }), client('wrong-field', { eventFilter: { type: ['x'] } }),
      ],
    }, (clientId) => faults.push(clientId));
    const published = ([clientId, type]: [unknown, string]) => held.publishes(event(clientId, type));
    expect(([['picky', 'FulfillmentCompleted'], ['picky', 'FulfillmentAccepted'], ['all', 'FulfillmentAccepted'], ['broken', 'X'], ['stranger', 'X'], [undefined, 'X']] as [unknown, string][]).map(published))
      .toEqual([true, false, true, true, true, true]);
    expect(faults).toEqual(['broken', 'wrong-field']);
  });
});

describe('The rate limit of an instance', () => {
  /** A bucket like that of the database, on a clock that the test moves. */
  function setUp(instances = 1) {
    let nowMs = 0;
    let bucket: { tokens: number; atMs: number } | undefined;
    const asked: number[] = [];
    const take = async ({ wanted, requestsPerSecond, burst }: TokensAsked) => {
      await Promise.resolve();
      asked.push(wanted);
      const level = bucket === undefined ? burst : Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1_000) * requestsPerSecond);
      const granted = Math.min(wanted, Math.floor(level));
      bucket = { tokens: level - granted, atMs: nowMs };
      return { granted, left: level - granted };
    };
    const limiters = Array.from({ length: instances }, () => createRateLimiter({ take, monotonicMs: () => nowMs }));
    return { asked, pass: (ms: number) => (nowMs += ms), judge: (limit: { requestsPerSecond: number; burst: number }, instance = 0) => limiters[instance]!('acme', limit) };
  }

  test('lets the burst through, then what the rate brings, and says when to come again', async () => {
    const { judge, pass } = setUp();
    const limit = { requestsPerSecond: 2, burst: 3 };
    const first = [await judge(limit), await judge(limit), await judge(limit)];
    expect(first.map(({ allowed, left }) => [allowed, left])).toEqual([[true, 2], [true, 1], [true, 0]]);
    expect(await judge(limit)).toMatchObject({ allowed: false, left: 0, nextInMs: 500, fullInMs: 1_500 });
    pass(499);
    expect((await judge(limit)).allowed).toBe(false);
    pass(1);
    expect((await judge(limit)).allowed).toBe(true);
    expect((await judge(limit)).allowed).toBe(false);
  });

  test('asks the shared bucket seldom when much comes, and not at all while it is known to be empty', async () => {
    const { judge, pass, asked } = setUp();
    const limit = { requestsPerSecond: 1_000, burst: 1_000 };
    for (let request = 0; request < 900; request += 1) {
      expect((await judge(limit)).allowed).toBe(true);
      if (request % 10 === 0) pass(1);
    }
    expect(asked.length).toBeLessThan(20);
    const slow = setUp();
    await slow.judge({ requestsPerSecond: 0.1, burst: 1 });
    for (let request = 0; request < 50; request += 1) expect((await slow.judge({ requestsPerSecond: 0.1, burst: 1 })).allowed).toBe(false);
    expect(slow.asked).toHaveLength(2);
  });

  test('takes for all that wait at once, and gives each of them at most one', async () => {
    const { judge, asked } = setUp();
    const limit = { requestsPerSecond: 1, burst: 30 };
    const judged = await Promise.all(Array.from({ length: 50 }, () => judge(limit)));
    expect(judged.filter(({ allowed }) => allowed)).toHaveLength(30);
    expect(asked.length).toBeLessThan(5);
  });

  test('holds over several instances, and what one of them does not need lapses', async () => {
    const { judge, pass } = setUp(2);
    const limit = { requestsPerSecond: 100, burst: 100 };
    let allowed = 0;
    for (let round = 0; round < 400; round += 1) {
      for (const instance of [0, 1]) allowed += (await judge(limit, instance)).allowed ? 1 : 0;
      pass(5);
    }
    // Two seconds at 400 requests a second.
    expect(allowed).toBeGreaterThan(270);
    expect(allowed).toBeLessThanOrEqual(300);
  });

  test('tells a fault of the bucket to all that wait, and asks anew the next time', async () => {
    let fails = true;
    const judge = createRateLimiter({
      monotonicMs: () => 0,
      take: async ({ wanted }) => {
        if (fails) throw new Error('the database is away');
        return { granted: wanted, left: 0 };
      },
    });
    const limit = { requestsPerSecond: 1, burst: 5 };
    expect((await Promise.allSettled([judge('acme', limit), judge('acme', limit)])).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect((await judge('acme', limit)).allowed).toBe(true);
  });
});
