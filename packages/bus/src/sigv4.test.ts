import { createHmac, createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { SignatureV4 } from '@smithy/signature-v4';
import { signedHeaders } from './sigv4.ts';

/** The hash that the SDK's signer wants. */
class Sha256 {
  readonly #hash;
  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', typeof key === 'string' ? key : new Uint8Array(ArrayBuffer.isView(key) ? key.buffer.slice(key.byteOffset, key.byteOffset + key.byteLength) : key));
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof data === 'string' ? data : Buffer.from(data as Uint8Array));
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}

describe('signing', () => {
  test('gives the signature that AWS publishes for its example of a plain POST', () => {
    const { authorization } = signedHeaders({
      headers: { host: 'example.amazonaws.com' }, body: '', region: 'us-east-1', service: 'service', timeMs: Date.parse('2015-08-30T12:36:00Z'),
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
    });
    expect(authorization).toBe(
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, ' +
        'Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    );
  });

  test.each([
    ['a key of the account', undefined, '{}'],
    ['a key of a role', 'FwoGZXIvYXdzEXAMPLE//token==', '{"QueueUrl":"https://sqs/1/q"}'],
    ['text beyond ASCII', undefined, JSON.stringify({ Detail: 'Größe 漢字 \u0001 🙂' })],
  ])('agrees with the signer of the SDK: %s', async (_name, sessionToken, body) => {
    const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret/with+signs=', ...(sessionToken === undefined ? {} : { sessionToken }) };
    const headers = { 'content-type': 'application/x-amz-json-1.0', host: 'sqs.eu-central-1.amazonaws.com', 'x-amz-target': 'AmazonSQS.ReceiveMessage' };
    const timeMs = Date.parse('2026-11-21T23:59:59.999Z');
    const signer = new SignatureV4({ credentials, region: 'eu-central-1', service: 'sqs', sha256: Sha256, applyChecksum: false });
    const theirs = await signer.sign({ method: 'POST', protocol: 'https:', hostname: 'sqs.eu-central-1.amazonaws.com', path: '/', headers, body }, { signingDate: new Date(timeMs) });
    const ours = signedHeaders({ headers, body, region: 'eu-central-1', service: 'sqs', credentials, timeMs });
    expect(ours['authorization']).toBe(theirs.headers['authorization']);
    expect(ours['x-amz-security-token']).toBe(sessionToken);
  });

  test('takes another key when the secret, the day or the region changes', () => {
    const sign = (secretAccessKey: string, day: number, region: string): string | undefined =>
      signedHeaders({ headers: { host: 'h' }, body: '', region, service: 'sqs', credentials: { accessKeyId: 'A', secretAccessKey }, timeMs: day * 86_400_000 })['authorization'];
    const all = [sign('one', 1, 'r'), sign('two', 1, 'r'), sign('one', 2, 'r'), sign('one', 1, 's')];
    expect(new Set(all).size).toBe(4);
    expect(sign('one', 1, 'r')).toBe(all[0]);
  });
});
