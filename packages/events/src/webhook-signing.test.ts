import { createHmac, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { webhookSigner } from './webhook-signing.ts';
import type { WebhookSecret } from './webhook-signing.ts';

/** Those with which the libraries of Standard Webhooks test themselves. */
const PUBLISHED = [
  { secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330, payload: '{"test": 2432232314}', signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' },
  { secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD', id: 'msg_27UH4WbU6Z5A5EzD8u03UvzRbpk', timestamp: 1649367553, payload: '{"email":"test@example.com","username":"test_user"}', signature: 'v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=' },
  { secret: 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==', id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330, payload: '{"test": 2432232314}', signature: 'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==' },
];

const delivery = { webhookId: 'w-1', event: 'order.created', eventId: 'e-1', timestamp: 1_700_000_000, body: Buffer.from('{"id":"e-1","text":"ü"}') };
const hmac = (secret: string): WebhookSecret => ({ kind: 'hmac', secret });

describe('a signed delivery', () => {
  test.each(PUBLISHED)('has the published signature of $id', ({ secret, id: eventId, timestamp, payload, signature }) => {
    const headers = webhookSigner([{ kind: secret.startsWith('whsk_') ? 'ed25519' : 'hmac', secret }])({ ...delivery, eventId, timestamp, body: Buffer.from(payload) });
    expect(headers).toMatchObject({ 'webhook-id': eventId, 'webhook-timestamp': String(timestamp), 'webhook-signature': signature });
  });

  test('says which event goes to which registration; X-Webhook-Signature signs the exact bytes with the text of the old secret while it signs along', () => {
    const [newest, old] = [`whsec_${Buffer.alloc(32, 1).toString('base64')}`, `whsec_${Buffer.alloc(32, 2).toString('base64')}`];
    const headers = webhookSigner([hmac(newest), hmac(old)])(delivery);
    expect(headers).toEqual({
      'X-Webhook-Signature': createHmac('sha256', old).update(delivery.body).digest('hex'), 'X-Webhook-Event': 'order.created', 'X-Webhook-ID': 'w-1',
      'webhook-id': 'e-1', 'webhook-timestamp': '1700000000', 'webhook-signature': expect.any(String),
    });
    const alone = (secret: string): string | undefined => webhookSigner([hmac(secret)])(delivery)['webhook-signature'];
    expect(headers['webhook-signature']).toBe(`${alone(newest)} ${alone(old)}`);
  });

  test('with a secret that somebody chose himself has that text as its key', () => {
    const content = Buffer.concat([Buffer.from('e-1.1700000000.'), delivery.body]);
    expect(webhookSigner([hmac('webhook-secret-key')])(delivery)['webhook-signature']).toBe(`v1,${createHmac('sha256', 'webhook-secret-key').update(content).digest('base64')}`);
  });

  test('with an Ed25519 key alone has no signature of a shared secret', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
    const secret = `whsk_${Buffer.concat([seed, publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)]).toString('base64')}`;
    const headers = webhookSigner([{ kind: 'ed25519', secret }])(delivery);
    expect(headers).not.toHaveProperty('X-Webhook-Signature');
    expect(headers['webhook-signature']).toMatch(/^v1a,[A-Za-z0-9+/]{86}==$/);
  });

  test.each(['whsk_', 'whsec_AAAA', `whsk_${Buffer.alloc(32).toString('base64')}`])('is not made with %s as an Ed25519 key', (secret) => {
    expect(() => webhookSigner([{ kind: 'ed25519', secret }])).toThrow('whsk_');
  });
});
