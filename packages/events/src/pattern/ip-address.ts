/**
 * IP address literals and CIDR ranges. An address is told by its hexadecimal digits (8 for IPv4, 32 for IPv6), so that
 * spellings of one address agree and ranges compare as text. An IPv4 address in IPv6 dress (::ffff:a00:1) is the IPv4 one.
 */
import { InvalidEventPattern } from './invalid-event-pattern.ts';

const V4_SHAPE = /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/;
const V6_SHAPE = /^[0-9a-fA-F:]*:[0-9a-fA-F:]*$/;
const V6_GROUP = /^[0-9a-fA-F]{1,4}$/;
const MASK = /^[+-]?[0-9]+$/;
const MAX_V4_LENGTH = 15;
const V4_IN_V6 = '00000000000000000000ffff';

/** The digits of an address literal, or undefined if the text is none. */
export function canonicalAddress(text: string): string | undefined {
  if (V4_SHAPE.test(text)) return v4Digits(text);
  return V6_SHAPE.test(text) ? v6Digits(text) : undefined;
}

/**
 * The first and last address of a CIDR range. The first is the address as written: host bits that are set stay set, as on
 * AWS, so 10.0.0.5/24 begins at 10.0.0.5.
 */
export function addressRange(cidr: string): { readonly first: string; readonly last: string } {
  const [address = '', mask = '', ...more] = cidr.replace(/\/+$/, '').split('/');
  if (more.length > 0 || mask === '') throw new InvalidEventPattern("Malformed CIDR, one '/' required");
  if (!MASK.test(mask)) throw new InvalidEventPattern('Malformed CIDR, mask bits must be an integer');
  const maskBits = Number(mask);
  if (maskBits < 0) throw new InvalidEventPattern('Malformed CIDR, mask bits must not be negative');
  const first = canonicalAddress(address);
  if (first === undefined) {
    const kind = V4_SHAPE.test(address) || V6_SHAPE.test(address) ? 'Invalid' : 'Nonstandard';
    throw new InvalidEventPattern(`${kind} IP address: ${address}`);
  }
  const bits = first.length * 4;
  if (maskBits >= bits) throw new InvalidEventPattern(`${bits === 32 ? 'IPv4' : 'IPv6'} mask bits must be < ${bits}`);
  const hostBits = (1n << BigInt(bits - maskBits)) - 1n;
  return { first, last: (BigInt(`0x${first}`) | hostBits).toString(16).padStart(first.length, '0') };
}

function v4Digits(text: string): string | undefined {
  if (text.length > MAX_V4_LENGTH) return undefined;
  let digits = '';
  for (const group of text.split('.')) {
    const byte = Number(group);
    if (byte > 255) return undefined;
    digits += byte.toString(16).padStart(2, '0');
  }
  return digits;
}

function v6Digits(text: string): string | undefined {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  if (left === undefined || right === undefined) return undefined;
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const digits = `${left.map(fourDigits).join('')}${'0000'.repeat(missing)}${right.map(fourDigits).join('')}`.toLowerCase();
  return digits.startsWith(V4_IN_V6) ? digits.slice(V4_IN_V6.length) : digits;
}

function fourDigits(group: string): string {
  return group.padStart(4, '0');
}

function groupsOf(text: string): string[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  return groups.every((group) => V6_GROUP.test(group)) ? groups : undefined;
}
