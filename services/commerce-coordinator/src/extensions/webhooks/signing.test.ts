import { describe, expect, test } from '@jest/globals';
import { createHmac, createPublicKey, verify } from 'node:crypto';
import { webhookSigner } from '@commerce/events/webhook-signing';
import { Webhook } from 'standardwebhooks';

/** Signatures with which the public libraries test. */
const VECTORS = [
  {
    name: 'HMAC, of the libraries for seven languages', kind: 'hmac', secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330,
    payload: '{"test": 2432232314}', signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  },
  {
    name: 'HMAC, of the library for Rust', kind: 'hmac', secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD', id: 'msg_27UH4WbU6Z5A5EzD8u03UvzRbpk', timestamp: 1649367553,
    payload: '{"email":"test@example.com","username":"test_user"}', signature: 'v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=',
  },
  {
    name: 'Ed25519', kind: 'ed25519', secret: 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==', id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330,
    payload: '{"test": 2432232314}', signature: 'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
  },
] as const;

test.each(VECTORS)('what is signed is what the standard says: $name', ({ kind, secret, id, timestamp, payload, signature }) => {
  const signed = webhookSigner([{ kind, secret }])({ webhookId: 'w', event: 'e', eventId: id, timestamp, body: Buffer.from(payload) });
  expect(signed['webhook-signature']).toBe(signature);
});

describe('While a secret is changed', () => {
  const [first, second] = VECTORS;
  const body = Buffer.from('{}');
  const timestamp = Math.floor(Date.now() / 1_000);
  const headers = webhookSigner([{ kind: 'hmac', secret: second.secret }, { kind: 'hmac', secret: first.secret }])({ webhookId: 'w', event: 'e', eventId: 'id', timestamp, body });

  test('X-Webhook-Signature is made with the old one until it ends, and with the new one then', () => {
    const hex = (secret: string): string => createHmac('sha256', secret).update(body).digest('hex');
    expect(headers['X-Webhook-Signature']).toBe(hex(first.secret));
    expect(webhookSigner([{ kind: 'hmac', secret: second.secret }])({ webhookId: 'w', event: 'e', eventId: 'id', timestamp, body })['X-Webhook-Signature']).toBe(hex(second.secret));
  });

  test('who has the new one and who has the old one both verify, nobody else', () => {
    for (const { secret } of [first, second]) expect(() => new Webhook(secret).verify(body, headers)).not.toThrow();
    expect(() => new Webhook(`whsec_${Buffer.alloc(32, 1).toString('base64')}`).verify(body, headers)).toThrow();
  });
});

test('an Ed25519 signature is verified with the public key alone', () => {
  const { secret } = VECTORS[2];
  const body = Buffer.from('{"a":1}');
  const headers = webhookSigner([{ kind: 'ed25519', secret }])({ webhookId: 'w', event: 'e', eventId: 'id', timestamp: 5, body });
  const key = createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from('1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=', 'base64')]), format: 'der', type: 'spki' });
  expect(verify(null, Buffer.concat([Buffer.from('id.5.'), body]), key, Buffer.from(headers['webhook-signature']?.replace('v1a,', '') ?? '', 'base64'))).toBe(true);
  expect(headers['X-Webhook-Signature']).toBeUndefined();
});
