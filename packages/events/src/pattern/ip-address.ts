/**
 * IP address literals and CIDR ranges. An address is told by its bits behind a mark of its kind (`4` or `6`), so that all
 * spellings of one address agree and a range is a prefix. An IPv4 address in IPv6 dress (::ffff:a00:1) is the IPv4 one.
 */
import { InvalidEventPattern } from './invalid-event-pattern.ts';

const V4_SHAPE = /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/;
const V6_SHAPE = /^[0-9a-fA-F:]*:[0-9a-fA-F:]*$/;
const V6_GROUP = /^0*[0-9a-fA-F]{1,4}$/;
const MASK = /^[+-]?[0-9]+$/;
const MAX_V4_LENGTH = 15;
const MAX_INT = 2_147_483_647;
const V4_IN_V6 = `${'0'.repeat(80)}${'1'.repeat(16)}`;

/** The bits of an address literal behind the mark of its kind, or undefined if the text is none. */
export function addressBits(text: string): string | undefined {
  if (V4_SHAPE.test(text)) return v4Bits(text);
  return V6_SHAPE.test(text) ? v6Bits(text) : undefined;
}

/**
 * The bits with which the addresses of a CIDR range begin. Bits beyond the mask count for nothing, so 10.0.0.5/24 is
 * 10.0.0.0/24.
 *
 * @throws InvalidEventPattern; EventBridge names no place in the pattern for it.
 */
export function rangeBits(cidr: string): string {
  const [address = '', mask = '', ...more] = cidr.replace(/\/+$/, '').split('/');
  if (more.length > 0 || !cidr.replace(/\/+$/, '').includes('/')) throw new InvalidEventPattern("Malformed CIDR, one '/' required");
  const maskBits = Number(mask);
  if (!MASK.test(mask) || Math.abs(maskBits) > MAX_INT) throw new InvalidEventPattern('Malformed CIDR, mask bits must be an integer');
  if (maskBits < 0) throw new InvalidEventPattern('Malformed CIDR, mask bits must not be negative');
  const bits = addressBits(address);
  if (bits === undefined) {
    const kind = V4_SHAPE.test(address) || V6_SHAPE.test(address) ? 'Invalid' : 'Nonstandard';
    throw new InvalidEventPattern(`${kind} IP address: ${address}`);
  }
  const length = bits.length - 1;
  if (maskBits >= length) throw new InvalidEventPattern(`${length === 32 ? 'IPv4' : 'IPv6'} mask bits must be < ${length}`);
  return bits.slice(0, 1 + maskBits);
}

function v4Bits(text: string): string | undefined {
  if (text.length > MAX_V4_LENGTH) return undefined;
  let bits = '4';
  for (const group of text.split('.')) {
    const byte = Number(group);
    if (byte > 255) return undefined;
    bits += byte.toString(2).padStart(8, '0');
  }
  return bits;
}

function v6Bits(text: string): string | undefined {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  if (left === undefined || right === undefined) return undefined;
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const bits = `${left.map(bitsOfGroup).join('')}${'0'.repeat(16 * missing)}${right.map(bitsOfGroup).join('')}`;
  return bits.startsWith(V4_IN_V6) ? `4${bits.slice(V4_IN_V6.length)}` : `6${bits}`;
}

function bitsOfGroup(group: string): string {
  return Number.parseInt(group, 16).toString(2).padStart(16, '0');
}

function groupsOf(text: string): string[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  return groups.every((group) => V6_GROUP.test(group)) ? groups : undefined;
}
