import { describe, expect, test } from '@jest/globals';
import { judgeSignature, recordKeys, SIGNATURE_HEADER, signatureHeaders, SIGNED_AT_HEADER } from './record-signature.ts';
import type { RecordKeys, SignedRecord } from './record-signature.ts';

const keyText = (byte: number): string => Buffer.alloc(32, byte).toString('base64');
const KEYS = recordKeys(keyText(1), undefined);
const RECORD: SignedRecord = { topic: 'order-updates', key: 'o-1', value: Buffer.from('{"a":1}'), correlationId: 'c-1' };
const AT = 1_795_000_000_000;

function judged(given: { keys?: RecordKeys; record?: Partial<SignedRecord>; headers?: Record<string, string> }): string {
  const headers = { ...signatureHeaders(KEYS, RECORD, AT), ...given.headers };
  return judgeSignature(given.keys ?? KEYS, { ...RECORD, ...given.record }, new Map(Object.entries(headers)));
}

describe('A record', () => {
  test('that the ingest has signed is its own', () => {
    expect(judged({})).toBe('signed');
  });

  test.each<[string, Partial<SignedRecord>]>([
    ['another topic', { topic: 'dispute-updates' }], ['the topic of another deployment', { topic: 'b.order-updates' }], ['another order', { key: 'o-2' }], ['another value', { value: Buffer.from('{"a":2}') }],
    ['a value that has lent a byte to its key', { key: 'o-', value: Buffer.from('1{"a":1}') }], ['another flow', { correlationId: 'c-2' }], ['no key', { key: '' }],
  ])('with the signature of one with %s is refused', (_what, record) => {
    expect(judged({ record })).toBe('wrong_signature');
  });

  test.each<[string, Record<string, string>, string]>([
    ['another time', { [SIGNED_AT_HEADER]: String(AT + 1) }, 'wrong_signature'],
    ['a signature that is too short', { [SIGNATURE_HEADER]: 'v1,AAAA' }, 'wrong_signature'],
    ['an empty signature', { [SIGNATURE_HEADER]: 'v1,' }, 'wrong_signature'],
    ['a signature of another scheme', { [SIGNATURE_HEADER]: 'v2,AAAA' }, 'unsigned'],
    ['a time that is none', { [SIGNED_AT_HEADER]: '1e3' }, 'unsigned'],
  ])('with %s is refused', (_what, headers, verdict) => {
    expect(judged({ headers })).toBe(verdict);
  });

  test('without a signature, or without its time, is unsigned', () => {
    expect(judgeSignature(KEYS, RECORD, new Map())).toBe('unsigned');
    const { [SIGNED_AT_HEADER]: _at, ...rest } = signatureHeaders(KEYS, RECORD, AT);
    expect(judgeSignature(KEYS, RECORD, new Map(Object.entries(rest)))).toBe('unsigned');
  });

  test('is taken under the key before while keys are changed, and not after', () => {
    expect(judged({ keys: recordKeys(keyText(2), keyText(1)) })).toBe('signed');
    expect(judged({ keys: recordKeys(keyText(1), keyText(2)) })).toBe('signed');
    expect(judged({ keys: recordKeys(keyText(2), undefined) })).toBe('wrong_signature');
  });

  test('is signed by the present key alone', () => {
    const both = recordKeys(keyText(2), keyText(1));
    const headers = new Map(Object.entries(signatureHeaders(both, RECORD, AT)));
    expect([judgeSignature(KEYS, RECORD, headers), judgeSignature(recordKeys(keyText(2), undefined), RECORD, headers)]).toEqual(['wrong_signature', 'signed']);
  });
});

test.each<[string, string | undefined, string | undefined, string]>([
  ['none', undefined, undefined, 'UPDATES_KEY is missing'], ['none but the one before', undefined, keyText(1), 'UPDATES_KEY is missing'],
  ['a short one', Buffer.alloc(31).toString('base64'), undefined, 'UPDATES_KEY must be'], ['no base64', `${keyText(1)}!`, undefined, 'UPDATES_KEY must be'],
  ['a short one before', keyText(1), 'AAAA', 'UPDATES_KEY_BEFORE must be'],
])('Of keys, %s is refused', (_what, present, before, fault) => {
  expect(() => recordKeys(present, before)).toThrow(fault);
});
