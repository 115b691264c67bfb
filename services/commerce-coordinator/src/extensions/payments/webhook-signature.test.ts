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
const body = Buffer.from('{"status":"succeeded","reason":"ü"}');
const signature = (key: Buffer): string => `v1,${createHmac('sha256', key).update(`msg_1.${NOW_S}.`).update(body).digest('base64')}`;
const accepted = (given: object = {}, nowS = NOW_S): boolean => isSigned({ id: 'msg_1', timestamp: String(NOW_S), signature: signature(present), body, ...given }, [present, before], nowS * 1_000);

describe('A signed webhook', () => {
  test.each(verify.map((vector): [string, Vector] => [vector.name, vector]))('is judged as the published examples say: %s', (_name, { secret: text, payload, headers, now, valid }) => {
    const message = { id: headers['webhook-id'], timestamp: headers['webhook-timestamp'], signature: headers['webhook-signature'], body: Buffer.from(payload) };
    expect(isSigned(message, [webhookKey(text)], now * 1_000)).toBe(valid);
  });

  test('counts under the present secret, under the one before while it is changed, and under no other', () => {
    expect([accepted(), accepted({ signature: signature(before) }), accepted({ signature: signature(other) })]).toEqual([true, true, false]);
  });

  test('counts for five minutes before and after, to the second', () => {
    expect([accepted({}, NOW_S + 300), accepted({}, NOW_S + 300.9), accepted({}, NOW_S - 300), accepted({}, NOW_S + 301), accepted({}, NOW_S - 301)]).toEqual([true, true, true, false, false]);
  });

  test('does not count with another body, another id, or more signatures than are looked at', () => {
    expect([accepted({ body: Buffer.from('{}') }), accepted({ id: 'msg_2' }), accepted({ id: '' }), accepted({ signature: `${'v1,AAAA '.repeat(8)}${signature(present)}` })]).toEqual([false, false, false, false]);
  });

  test('needs a secret in the form that was agreed', () => {
    expect(() => webhookKey('whsec_no secret!')).toThrow('whsec_');
    expect(() => webhookKey('whsec_c2hvcnQ=')).toThrow('16 bytes');
  });
});
