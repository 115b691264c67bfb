import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { isSigned, webhookKey } from './webhook-signature.ts';

interface Vector {
  readonly name: string;
  readonly secret: string;
  readonly payload: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly now: number;
  readonly valid: boolean;
}
const { verify } = JSON.parse(readFileSync(join(import.meta.dirname, 'standard-webhooks-vectors.json'), 'utf8')) as { verify: readonly Vector[] };

const NOW_S = 1_795_262_400;
const secret = (fill: number): string => `whsec_${Buffer.alloc(24, fill).toString('base64')}`;
const [present, before, other] = [1, 2, 3].map((fill) => webhookKey(secret(fill))) as [Buffer, Buffer, Buffer];
const body = Buffer.from('{"type":"enrollment.activated","data":"ü"}');
const signature = (key: Buffer): string => `v1,${createHmac('sha256', key).update(`msg_1.${NOW_S}.`).update(body).digest('base64')}`;
const accepted = (given: object = {}, nowS = NOW_S): boolean => isSigned({ id: 'msg_1', timestamp: String(NOW_S), signature: signature(present), body, ...given }, [present, before], nowS * 1_000);

describe('A signed webhook', () => {
  test.each(verify.map((vector): [string, Vector] => [vector.name, vector]))('is judged as the published examples say: %s', (_name, { secret: text, payload, headers, now, valid }) => {
    const message = { id: headers['webhook-id'], timestamp: headers['webhook-timestamp'], signature: headers['webhook-signature'], body: Buffer.from(payload) };
    expect(isSigned(message, [webhookKey(text)], now * 1_000)).toBe(valid);
  });

  test('counts under the present secret, and under the one before while it is being changed, among others too', () => {
    expect([accepted(), accepted({ signature: signature(before) }), accepted({ signature: `v1,AAAA v2,whatever ${signature(present)}` })]).toEqual([true, true, true]);
  });

  test.each<[string, object]>([
    ['another secret', { signature: signature(other) }],
    ['another body', { body: Buffer.from('{}') }],
    ['another id', { id: 'msg_2' }],
    ['an empty id', { id: '' }],
    ['no id', { id: undefined }],
    ['another time', { timestamp: String(NOW_S + 1) }],
    ['no time', { timestamp: undefined }],
    ['a time that is no number', { timestamp: 'now' }],
    ['no signature', { signature: undefined }],
    ['another version', { signature: signature(present).replace('v1', 'v2') }],
    ['a signature with more behind it', { signature: `${signature(present)}00` }],
    ['half a signature', { signature: signature(present).slice(0, 20) }],
    ['nine signatures of which the last is right', { signature: `${'v1,AAAA '.repeat(8)}${signature(present)}` }],
  ])('does not count with %s', (_name, given) => {
    expect(accepted(given)).toBe(false);
  });

  test('counts for five minutes before and after, to the second', () => {
    expect([accepted({}, NOW_S + 300), accepted({}, NOW_S + 300.9), accepted({}, NOW_S - 300), accepted({}, NOW_S + 301), accepted({}, NOW_S - 301)]).toEqual([true, true, true, false, false]);
  });

  test('needs a secret in the form that was agreed', () => {
    expect(() => webhookKey('secret')).toThrow('whsec_');
    expect(() => webhookKey('whsec_no secret!')).toThrow('whsec_');
    expect(() => webhookKey('whsec_c2hvcnQ=')).toThrow('16 bytes');
  });
});
