import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { isSigned, webhookKey } from './webhook-signature.ts';

const NOW_S = 1_795_262_400;
const secret = (fill: number): string => `whsec_${Buffer.alloc(24, fill).toString('base64')}`;
const [present, before, other] = [1, 2, 3].map((fill) => webhookKey(secret(fill))) as [Buffer, Buffer, Buffer];
const body = Buffer.from('{"type":"enrollment.activated","data":"ü"}');

const signature = (key: Buffer, { id = 'msg_1', timestamp = String(NOW_S), bytes = body } = {}): string =>
  `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(bytes).digest('base64')}`;
const message = (given: object = {}) => ({ id: 'msg_1', timestamp: String(NOW_S), signature: signature(present), body, ...given });
const accepted = (given: object = {}, nowS = NOW_S): boolean => isSigned(message(given), [present, before], nowS * 1_000);

describe('A signed message', () => {
  test('counts under the present secret, and under the one before while it is being changed', () => {
    expect(accepted()).toBe(true);
    expect(accepted({ signature: signature(before) })).toBe(true);
    expect(accepted({ signature: `v1,AAAA v2,whatever ${signature(present)}` })).toBe(true);
  });

  test('agrees with the published example of Standard Webhooks', () => {
    const key = webhookKey('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    const example = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: '1614265330', signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=', body: Buffer.from('{"test": 2432232314}') };
    expect(isSigned(example, [key], 1_614_265_330_000)).toBe(true);
  });

  test.each<[string, object]>([
    ['another secret', { signature: signature(other) }],
    ['another body', { body: Buffer.from('{}') }],
    ['another id', { id: 'msg_2' }],
    ['another time', { timestamp: String(NOW_S + 1) }],
    ['no signature', { signature: undefined }],
    ['no id', { id: undefined }],
    ['no time', { timestamp: undefined }],
    ['a time that is no number', { timestamp: 'now' }],
    ['another version', { signature: signature(present).replace('v1', 'v2') }],
    ['half a signature', { signature: signature(present).slice(0, 20) }],
    ['nine signatures of which the last is right', { signature: `${'v1,AAAA '.repeat(8)}${signature(present)}` }],
  ])('does not count with %s', (_name, given) => {
    expect(accepted(given)).toBe(false);
  });

  test('counts for five minutes before and after', () => {
    expect([accepted({}, NOW_S + 300), accepted({}, NOW_S - 300), accepted({}, NOW_S + 301), accepted({}, NOW_S - 301)]).toEqual([true, true, false, false]);
  });

  test('needs a secret in the form that was agreed', () => {
    expect(() => webhookKey('secret')).toThrow('whsec_');
    expect(() => webhookKey('whsec_c2hvcnQ=')).toThrow('16 bytes');
  });
});
