import { generateKeyPairSync, randomBytes, sign, verify, createPublicKey } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { webhookSigner } from '@commerce/events/webhook-signing';
import type { EndpointSecret } from './endpoint.ts';
import { createSecretsBox, inForce, makeSecret, OVERLAP_MS, publicKeyOf, rotated, weaknessOf } from './secrets.ts';

const key = (fill: number): string => Buffer.alloc(32, fill).toString('base64');
const ENDPOINT = '0193a6a0-7100-7abc-9def-0123456789ab';
const NOW = Date.parse('2026-11-21T18:00:00.000Z');
const secret: EndpointSecret = { kind: 'hmac', secret: makeSecret('hmac', randomBytes), createdAt: new Date(NOW).toISOString(), expiresAt: null };

describe('the secrets of webhooks at rest', () => {
  test('S40: open for their endpoint alone, and show nothing', () => {
    const box = createSecretsBox(key(1), randomBytes);
    const opened = { secrets: [secret], headers: { Authorization: 'Bearer of-the-receiver' } };
    const sealed = box.seal(opened, ENDPOINT);
    expect([box.open(sealed, ENDPOINT), sealed.includes(secret.secret), sealed.includes('of-the-receiver'), box.seal(opened, ENDPOINT).equals(sealed)]).toEqual([opened, false, false, false]);
    expect(() => box.open(sealed, '0193a6a0-7100-7abc-9def-0123456789ac')).toThrow();
    for (const at of [1, 8, 20, sealed.length - 1]) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => box.open(changed, ENDPOINT)).toThrow();
    }
  });

  test('S41: change their key by a list: the newest seals, each opens, and what is sealed under another is told apart', () => {
    const [before, both, after] = [key(1), `${key(2)}, ${key(1)}`, key(2)].map((keys) => createSecretsBox(keys, randomBytes)) as [ReturnType<typeof createSecretsBox>, ReturnType<typeof createSecretsBox>, ReturnType<typeof createSecretsBox>];
    const opened = { secrets: [secret], headers: { 'X-Tenant': 'one' } };
    const old = before.seal(opened, ENDPOINT);
    const fresh = both.seal(both.open(old, ENDPOINT), ENDPOINT);
    expect([after.open(fresh, ENDPOINT), fresh.subarray(1, 5).equals(both.newestKeyName), old.subarray(1, 5).equals(both.newestKeyName)]).toEqual([opened, true, false]);
    expect(() => after.open(old, ENDPOINT)).toThrow('WEBHOOK_SECRETS_KEY');
  });

  test.each(['', 'short', `${key(1)},short`, `${key(1)},`, Buffer.alloc(31).toString('base64'), `${key(1)}?`])('need keys of 32 bytes, not %j', (text) => {
    expect(() => createSecretsBox(text, randomBytes)).toThrow('base64 of 32 bytes');
  });
});

describe('a secret', () => {
  test('S37: that is made here has 32 bytes, and passes for strong', () => {
    const made = makeSecret('hmac', randomBytes);
    expect([/^whsec_[A-Za-z0-9+/]{43}=$/.test(made), weaknessOf(made), makeSecret('hmac', randomBytes) === made]).toEqual([true, undefined, false]);
  });

  test('of Ed25519 is verified with the public key that is shown', () => {
    const given = { kind: 'ed25519' as const, secret: makeSecret('ed25519', randomBytes) };
    const body = Buffer.from('{"a":1}');
    const headers = webhookSigner([given])({ webhookId: ENDPOINT, event: 'order.created', eventId: 'e-1', timestamp: 1, body });
    const raw = Buffer.from((publicKeyOf(given) ?? '').slice('whpk_'.length), 'base64');
    const publicKey = createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]), format: 'der', type: 'spki' });
    const signature = Buffer.from((headers['webhook-signature'] ?? '').slice('v1a,'.length), 'base64');
    const content = Buffer.concat([Buffer.from('e-1.1.'), body]);
    const others = generateKeyPairSync('ed25519');
    expect([raw.length, verify(null, content, publicKey, signature), verify(null, content, publicKey, sign(null, content, others.privateKey)), publicKeyOf(secret)]).toEqual([32, true, false, null]);
  });

  test.each([
    ['webhook-secret-key'], ['secret'], ['a'.repeat(64)], ['abcabcabcabcabcabcabcabcabcabc'], [`whsec_${Buffer.alloc(32, 7).toString('base64')}`], [`whsec_${randomBytes(23).toString('base64')}`],
    [`whsec_${randomBytes(65).toString('base64')}`], ['whsec_not base64, though it is long enough to be'], ['with spaces it is long enough, and no'], ['x'.repeat(20) + 'ü'.repeat(20)], [`whsk_${randomBytes(64).toString('base64')}`],
    [randomBytes(200).toString('hex')],
  ])('S37: is refused for being weak: %s', (given) => {
    expect(weaknessOf(given)).toEqual(expect.any(String));
  });

  test.each([[`whsec_${randomBytes(24).toString('base64')}`], [`whsec_${randomBytes(64).toString('base64')}`], [randomBytes(24).toString('base64')], ['correct-horse-battery-staple-42']])('of the owner is taken when it is strong: %s', (given) => {
    expect(weaknessOf(given)).toBeUndefined();
  });

  test('signs along for 24 hours after it was changed, to the millisecond', () => {
    const second = rotated([secret], { kind: 'hmac', secret: 'second' }, NOW);
    const third = rotated(second, { kind: 'hmac', secret: 'third' }, NOW + 1_000);
    expect(third.map((one) => [one.secret, one.expiresAt])).toEqual([
      ['third', null], ['second', new Date(NOW + 1_000 + OVERLAP_MS).toISOString()], [secret.secret, new Date(NOW + OVERLAP_MS).toISOString()],
    ]);
    expect([NOW + OVERLAP_MS - 1, NOW + OVERLAP_MS, NOW + OVERLAP_MS + 1_000].map((at) => inForce(third, at).map((one) => one.secret))).toEqual([['third', 'second', secret.secret], ['third', 'second'], ['third']]);
    expect([OVERLAP_MS, rotated(third, secret, NOW + OVERLAP_MS).map((one) => one.secret)]).toEqual([86_400_000, [secret.secret, 'third', 'second']]);
  });
});
