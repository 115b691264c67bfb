import { createHmac } from 'node:crypto';
import { webhookKey } from '@commerce/service-kit/webhook-signature';
import { describe, expect, test } from '@jest/globals';
import { STANDARD, STRIPE } from '../ingest/test-signed.ts';
import type { Scheme } from '../ingest/test-signed.ts';
import { signatureFault } from './signature-fault.ts';

const NOW_S = 1_795_262_400;
const body = '{"b": 1, "a": "x"}';

describe.each<[string, Scheme]>([['standard', STANDARD], ['stripe', STRIPE]])('Of a webhook signed as %s does it says', (name, scheme) => {
  const fault = (headers: Record<string, string | undefined>, text = body) => signatureFault(name, { headers, body: Buffer.from(text), secrets: [scheme.secret, scheme.secretBefore], nowMs: NOW_S * 1_000 });
  const signed = (text: string, given: { secret?: string; atS?: number } = {}) => scheme.headers(text, { atS: NOW_S, ...given });

  test('that the timestamp is too old, or ahead, and by how much', () => {
    expect(fault(signed(body, { atS: NOW_S - 400 }))).toMatch(/^Timestamp: it is 400 s old/);
    expect(fault(signed(body, { atS: NOW_S + 301 }))).toMatch(/^Timestamp: it is 301 s ahead/);
    expect(fault(signed(body, { atS: NOW_S * 1_000 }))).toMatch(/^Timestamp: it is in milliseconds/);
  });

  test('that another form of the body was signed, and which', () => {
    expect(fault(signed(JSON.stringify(JSON.parse(body))))).toMatch(/^Raw body: the secret is right, but the JSON without spaces was signed/);
    expect(fault(signed(JSON.stringify(JSON.parse(body), null, 2)))).toMatch(/^Raw body: .*two spaces/);
    expect(fault(signed(body), `${body}\n`)).toMatch(/^Raw body: .*without the newline/);
    expect(fault(signed(body, { secret: scheme.secretBefore }), `${body}\n`)).toMatch(/^Raw body: /);
  });

  test('that it is secret or body where nothing tells them apart, and never a secret', () => {
    const said = fault(signed(body, { secret: `whsec_${Buffer.alloc(32, 77).toString('base64')}` }));
    expect(said).toMatch(/^Secret or raw body: /);
    for (const secret of [scheme.secret, scheme.secretBefore]) expect(said).not.toContain(secret.slice(6));
  });

  test('that headers are missing', () => {
    expect(fault({})).toMatch(new RegExp(`^Headers: .*${scheme.signatureHeader}`));
  });
});

test('a secret of standard that was used as text is told as the right one, used wrongly', () => {
  const headers = (key: Buffer) => ({ 'webhook-id': 'm', 'webhook-timestamp': String(NOW_S), 'webhook-signature': `v1,${createHmac('sha256', key).update(`m.${NOW_S}.${body}`).digest('base64')}` });
  const fault = (key: Buffer) => signatureFault('standard', { headers: headers(key), body: Buffer.from(body), secrets: [STANDARD.secret], nowMs: NOW_S * 1_000 });
  expect(fault(Buffer.from(STANDARD.secret))).toMatch(/^Secret: it is the right one, used wrongly: .*text of the secret/);
  expect(fault(Buffer.from(STANDARD.secret.slice(6)))).toMatch(/^Secret: .*base64 itself/);
});

test('a body that was signed alone, and a hexadecimal signature, are told', () => {
  const key = webhookKey(STANDARD.secret);
  const headers = (signature: string) => ({ 'webhook-id': 'm', 'webhook-timestamp': String(NOW_S), 'webhook-signature': `v1,${signature}` });
  const fault = (signature: string) => signatureFault('standard', { headers: headers(signature), body: Buffer.from(body), secrets: [STANDARD.secret], nowMs: NOW_S * 1_000 });
  expect(fault(createHmac('sha256', key).update(body).digest('base64'))).toMatch(/^Raw body: the secret is right, but the body alone/);
  expect(fault(createHmac('sha256', key).update(`m.${NOW_S}.${body}`).digest('hex'))).toMatch(/^Headers: webhook-signature is hexadecimal/);
});

test('nothing is said of a provider that it does not know', () => {
  expect(signatureFault('other', { headers: {}, body: Buffer.alloc(0), secrets: [], nowMs: 0 })).toBeUndefined();
});
