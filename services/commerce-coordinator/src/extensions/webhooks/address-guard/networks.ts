/**
 * Which addresses are public, and which networks an operator has allowed beside them. Pure.
 * Promise: an IPv4 address is judged as itself wherever it hides in an IPv6 one: mapped, translated, 6to4.
 * Refuses: every address that is not global unicast by the registries of IANA, and addresses of clouds that speak to their guests.
 */
import { BlockList, isIP, isIPv4 } from 'node:net';

export interface Networks {
  has(address: string): boolean;
}

const NOT_PUBLIC = listOf([
  // IPv4: this host, private, shared, loopback, link-local, protocols, documentation, 6to4 relays, benchmarks, multicast, reserved.
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24',
  '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4',
  // Of Azure, for its guests.
  '168.63.129.16/32',
  // IPv6: within 2000::/3, protocols (Teredo too), documentation.
  '2001::/23', '2001:db8::/32', '3fff::/20',
]);
/** IPv6 beyond this is not in use. */
const GLOBAL_UNICAST = listOf(['2000::/3']);
/** Who dials an unspecified address reaches this machine, too. */
const LOOPBACK = ['127.0.0.1', '::1', '0.0.0.0', '::'];

/** Networks as CIDRs or single addresses, separated by commas; none for an empty text. Throws an Error that names what is none. */
export function parseNetworks(text: string | undefined): Networks {
  const list = listOf((text ?? '').split(',').map((one) => one.trim()).filter((one) => one !== ''));
  return { has: (address) => holds(list, embeddedIn(address) ?? address) };
}

/** True when loopback addresses are among them. Throws as `parseNetworks` does. */
export function holdsLoopback(text: string): boolean {
  const networks = parseNetworks(text);
  const list = text.split(',').map((one) => one.trim().split('/')[0] ?? '');
  return LOOPBACK.some((address) => networks.has(address)) || list.some((address) => isIP(address) !== 0 && isLoopback(address));
}

/** True for an address that anybody on the internet may be reached at. `address`: in the spelling of an IP socket. */
export function isPublic(address: string): boolean {
  const plain = embeddedIn(address) ?? address;
  if (isIP(plain) === 0 || holds(NOT_PUBLIC, plain)) return false;
  return isIPv4(plain) || holds(GLOBAL_UNICAST, plain);
}

/** True for 127.0.0.0/8, ::1 and what is dialled like them, in whatever they hide. */
export function isLoopback(address: string): boolean {
  const plain = embeddedIn(address) ?? address;
  return LOOPBACK.includes(plain) || (isIPv4(plain) && plain.startsWith('127.'));
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits, ...more] = network.split('/');
    const family = isIP(address);
    const most = family === 4 ? 32 : 128;
    const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
    if (family === 0 || prefix < 0 || prefix > most || more.length > 0) throw new Error(`must be networks such as 10.20.0.0/16, separated by commas: ${JSON.stringify(network)} is none`);
    list.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

function holds(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** The IPv4 address in an IPv6 one: mapped (::ffff:0:0/96), compatible (::/96), translated (64:ff9b::/96), 6to4 (2002::/16). */
function embeddedIn(address: string): string | undefined {
  if (isIP(address) !== 6) return undefined;
  const words = wordsOf(address);
  const [first = 0, second = 0, third = 0] = words;
  const zeroes = (from: number, to: number): boolean => words.slice(from, to).every((word) => word === 0);
  if (first === 0x2002) return dotted(second, third);
  const isMapped = zeroes(0, 5) && words[5] === 0xffff;
  const isTranslated = first === 0x64 && second === 0xff9b && zeroes(2, 6);
  const isCompatible = zeroes(0, 6) && (words[6] !== 0 || (words[7] ?? 0) > 1);
  return isMapped || isTranslated || isCompatible ? dotted(words[6] ?? 0, words[7] ?? 0) : undefined;
}

/** The eight words of an IPv6 address that is one. */
function wordsOf(address: string): number[] {
  const text = (address.split('%')[0] ?? '').replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, a: string, b: string, c: string, d: string) => `${hex(a, b)}:${hex(c, d)}`);
  const [head = '', tail] = text.split('::');
  const parse = (part: string): number[] => (part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16)));
  const [before, after] = [parse(head), parse(tail ?? '')];
  return tail === undefined ? before : [...before, ...Array<number>(Math.max(0, 8 - before.length - after.length)).fill(0), ...after];
}

function hex(high: string, low: string): string {
  return (Number(high) * 256 + Number(low)).toString(16);
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
