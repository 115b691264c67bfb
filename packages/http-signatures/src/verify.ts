/**
 * Reads and verifies signatures (RFC 9421).
 * Promise: reading is bounded, and what is read is whole: a signature with its components, parameters and bytes, or a fault.
 * Verifying takes the algorithm from the key, never from the message, and compares in constant time.
 */
import { createHmac, timingSafeEqual, verify } from 'node:crypto';
import { types } from 'node:util';
import { parseDictionary } from 'structured-headers';
import type { Dictionary, InnerList, Item } from 'structured-headers';
import { componentOf } from './base.ts';
import type { Component, SignatureParams } from './base.ts';
import { SignatureFault } from './fault.ts';
import type { VerifyingKey } from './keys.ts';
import { headerValue } from './message.ts';

export interface ReceivedSignature {
  readonly label: string;
  readonly components: readonly Component[];
  readonly params: SignatureParams;
  readonly signature: Buffer;
}

const MAX_SIGNATURES = 10;
const MAX_HEADER_CHARACTERS = 8_192;

/** The signatures of a message, none when it has no signature headers. Throws `SignatureFault`. */
export function parseSignatures(headers: readonly string[]): readonly ReceivedSignature[] {
  const input = headerValue(headers, 'signature-input');
  const value = headerValue(headers, 'signature');
  if (input === undefined && value === undefined) return [];
  if (input === undefined || value === undefined) throw new SignatureFault('Signature and Signature-Input belong together.');
  const inputs = dictionaryOf(input);
  const signatures = dictionaryOf(value);
  if (inputs.size !== signatures.size) throw new SignatureFault('Signature and Signature-Input do not have the same labels.');
  return [...inputs].map(([label, member]) => ({ label, ...coverageOf(member), signature: bytesOf(label, signatures.get(label), value) }));
}

/** True when `signature` is that of `base` under this key. Never throws. */
export function verifySignature(base: string, signature: Uint8Array, key: VerifyingKey): boolean {
  if (key.alg === 'ed25519') return verify(null, Buffer.from(base), key.publicKey, signature);
  const expected = createHmac('sha256', key.secret).update(base).digest();
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}

function dictionaryOf(text: string): Dictionary {
  if (text.length > MAX_HEADER_CHARACTERS) throw new SignatureFault(`A signature header has ${MAX_HEADER_CHARACTERS} characters at most.`);
  let members: Dictionary;
  try {
    members = parseDictionary(text);
  } catch (cause) {
    throw new SignatureFault('A signature header is no dictionary of structured fields.', { cause });
  }
  if (members.size > MAX_SIGNATURES) throw new SignatureFault(`A message has ${MAX_SIGNATURES} signatures at most.`);
  return members;
}

function coverageOf(member: Item | InnerList): { components: readonly Component[]; params: SignatureParams } {
  const [items, params] = member;
  if (!Array.isArray(items)) throw new SignatureFault('Signature-Input has a member that is no list of components.');
  return { components: items.map(componentOf), params };
}

/** Only the one usual spelling of the bytes: base64 has several for its last character, and none of them is the signer's. */
function bytesOf(label: string, member: Item | InnerList | undefined, header: string): Buffer {
  const value = member?.[0];
  if (!(types.isArrayBuffer(value))) throw new SignatureFault('Signature has a member that is no byte sequence, or none for a label.');
  const bytes = Buffer.from(value);
  if (!header.includes(`${label}=:${bytes.toString('base64')}:`)) throw new SignatureFault('A signature is not in canonical base64.');
  return bytes;
}
