/** CLIENT_SECRETS_KEY is changed while clients call: first the list on every instance, then the newest in front, then the old one is gone. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestService, TEST_SECRETS_KEY } from '../test-service.ts';
import type { TestService } from '../test-service.ts';
import { hmacKey, signedHeaders } from '../test-signing.ts';
import type { TestKey } from '../test-signing.ts';
import { sealAnew } from './seal-anew.pg.ts';
import { createSecretBox, secretsKeys } from './secret-box.ts';

const NEWEST = randomBytes(32).toString('base64');
const KEYS = Array.from({ length: 3 }, (_, index) => hmacKey(`rotated-${index}`));

let service: TestService;

beforeAll(async () => {
  service = await startTestService();
  const body = { clientId: 'acme', authentication: { type: 'signature', keys: KEYS.map(({ form }) => form) } };
  expect((await service.call('/v1/clients', { method: 'POST', client: 'operator', scopes: 'clients:admin', body })).status).toBe(201);
});
afterAll(() => service?.stop());

async function statusOf(at: TestService, key: TestKey): Promise<number> {
  const path = '/v1/capabilities';
  return (await at.call(path, { client: null, headers: signedHeaders(key, { method: 'GET', url: `http://127.0.0.1:3001${path}` }) })).status;
}

const instance = (keys: string): Promise<TestService> => startTestService({ ROLES: 'api', DATABASE_URL: service.databaseUrl, CLIENT_SECRETS_KEY: keys });
const sealedUnder = async (): Promise<string[]> => (await service.pool.query("SELECT DISTINCT encode(substring(sealed_secret FROM 1 FOR 5), 'hex') AS head FROM client_keys WHERE sealed_secret IS NOT NULL")).rows.map(({ head }) => head);

test('S41: no call is refused on the way, each change is recorded without a secret, and the old key opens nothing in the end', async () => {
  const [oldFirst, newestFirst] = await Promise.all([instance(`${TEST_SECRETS_KEY},${NEWEST}`), instance(`${NEWEST},${TEST_SECRETS_KEY}`)]);
  const box = createSecretBox(secretsKeys(`${NEWEST},${TEST_SECRETS_KEY}`), randomBytes);
  try {
    const statuses: number[] = [];
    const sealing = (async () => {
      await sealAnew(service.log, box, randomUUID);
      // As after any change of a client: both instances read all of them anew.
      await service.pool.query('UPDATE clients_version SET version = version + 1');
    })();
    for (let round = 0; round < 20; round += 1) for (const at of [oldFirst, newestFirst]) statuses.push(await statusOf(at, KEYS[round % KEYS.length]!));
    await sealing;
    expect([new Set(statuses), statuses.length]).toEqual([new Set([200]), 40]);
    expect(await sealedUnder()).toEqual([box.newest?.toString('hex')]);
    await sealAnew(service.log, box, randomUUID);
    expect(await sealedUnder()).toEqual([box.newest?.toString('hex')]);
  } finally {
    await Promise.all([oldFirst.stop(), newestFirst.stop()]);
  }
  const records = (await service.log.history('order-fulfillment')).filter(({ type }) => type === 'AuditRecorded');
  expect(records.map(({ data }) => data)).toMatchObject([{ act: 'client.keys.seal_anew', by: { subject: 'order-fulfillment' }, details: { keyids: KEYS.map(({ form }) => form.keyid) } }]);

  const without = await instance(NEWEST);
  try {
    for (const key of KEYS) expect(await statusOf(without, key)).toBe(200);
  } finally {
    await without.stop();
  }
  await expect(instance(TEST_SECRETS_KEY)).rejects.toThrow('is CLIENT_SECRETS_KEY the one');
});

test('S41: a secret that opens under no key of the list is not touched and told of, and the others are sealed anew', async () => {
  const rows = async (): Promise<{ keyid: string; sealed_secret: Buffer }[]> => (await service.pool.query('SELECT keyid, sealed_secret FROM client_keys ORDER BY keyid')).rows;
  const [bad] = await rows();
  await service.pool.query('UPDATE client_keys SET sealed_secret = $2 WHERE keyid = $1', [bad?.keyid, createSecretBox(secretsKeys(randomBytes(32).toString('base64')), randomBytes).seal(Buffer.from('of nobody'), ['acme', bad?.keyid ?? ''])]);
  const before = await rows();
  const box = createSecretBox(secretsKeys(`${randomBytes(32).toString('base64')},${NEWEST}`), randomBytes);
  await expect(sealAnew(service.log, box, randomUUID)).rejects.toThrow(new RegExp(`^Of 1 keys of clients the secret opens under no key of CLIENT_SECRETS_KEY, and stays as it is: ${bad?.keyid}$`));
  const after = await rows();
  expect(after[0]).toEqual(before[0]);
  expect(after.slice(1).map(({ sealed_secret: sealed }) => sealed.subarray(0, 5))).toEqual(after.slice(1).map(() => box.newest));
  // With one key alone nothing is sealed anew, and nothing is tried.
  await sealAnew(service.log, createSecretBox(secretsKeys(randomBytes(32).toString('base64')), randomBytes), randomUUID);
  expect(await rows()).toEqual(after);
});
