/**
 * What an address of a webhook may look like. Pure: what its name stands for is judged where it is resolved.
 * Refuses: other schemes, credentials, fragments, ports on which something else than HTTP speaks, hosts that are no name.
 */
import { isIP } from 'node:net';

export type AddressFault =
  | 'malformed' | 'too_long' | 'scheme' | 'http_not_allowed' | 'credentials' | 'fragment' | 'port' | 'host' | 'not_public' | 'unreachable';

/** The address is refused. The message says what to do, and nothing that was found out about the network here. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
  readonly code: AddressFault;
  constructor(code: AddressFault) {
    super(MESSAGES[code]);
    this.code = code;
  }
}

export const MAX_URL_LENGTH = 2_048;

const MESSAGES: Readonly<Record<AddressFault, string>> = {
  malformed: 'The URL cannot be read: give an absolute one, such as https://example.com/webhooks.',
  too_long: `The URL is too long: it may have ${MAX_URL_LENGTH.toLocaleString('en')} characters.`,
  scheme: 'The URL must begin with https://.',
  http_not_allowed: 'The URL must begin with https://: unencrypted deliveries are not allowed here.',
  credentials: 'The URL must not carry a user or a password: send what the receiver needs in `headers`.',
  fragment: 'The URL must not have a fragment: leave out what stands behind #.',
  port: 'This port is used by something else than HTTP: take 443, or one above 1023 that nothing else is known for.',
  host: 'The URL needs the name of a host that is known everywhere, such as hooks.example.com.',
  not_public: 'The address is not on the public internet. Give one that is; whoever operates this service can allow further networks.',
  unreachable: 'The name of the host stands for no address on the public internet: correct it, or try again when it does; whoever operates this service can allow further networks.',
};

/** Above 1023, and not for HTTP: databases, caches, queues, remote desktops, daemons that do what they are told. */
const OTHER_PORTS: ReadonlySet<number> = new Set([
  1433, 1521, 1723, 2049, 2181, 2375, 2376, 2379, 2380, 3268, 3269, 3306, 3389, 4369, 4444, 5060, 5061, 5222, 5432, 5671, 5672, 5900, 5984, 5985, 5986, 6000, 6379, 6380, 6443, 6566,
  6665, 6666, 6667, 6668, 6669, 6697, 7000, 7001, 8500, 8600, 9042, 9092, 9200, 9300, 10080, 10250, 10255, 11211, 27017, 27018, 27019,
]);

/** Reads the address. Throws `AddressRefused`. */
export function endpointUrl(text: string, { allowHttp }: { readonly allowHttp: boolean }): URL {
  if (text.length > MAX_URL_LENGTH) throw new AddressRefused('too_long');
  // What a parser would drop or mend without a word is no URL.
  if (/[\s\\]|[^\x21-\x7e]/u.test(text) || !/^[a-z][a-z0-9+.-]*:/i.test(text)) throw new AddressRefused('malformed');
  const url = URL.parse(text);
  if (url === null) throw new AddressRefused('malformed');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new AddressRefused('scheme');
  if (!/^https?:\/\//i.test(text)) throw new AddressRefused('malformed');
  if (url.protocol === 'http:' && !allowHttp) throw new AddressRefused('http_not_allowed');
  if (url.username !== '' || url.password !== '' || /^https?:\/\/[^/?#]*@/i.test(text)) throw new AddressRefused('credentials');
  if (text.includes('#')) throw new AddressRefused('fragment');
  if (!isHttpPort(Number(url.port || (url.protocol === 'https:' ? 443 : 80)))) throw new AddressRefused('port');
  if (!isHostName(hostOf(url))) throw new AddressRefused('host');
  return url;
}

/** The host without the brackets of an IPv6 address, and without the dot that may end a name. */
export function hostOf({ hostname }: Pick<URL, 'hostname'>): string {
  return hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

/** Without its query, which may hold a key of the receiver: for what is kept, or told. */
export function addressOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** These stand for this machine, whatever a resolver says (RFC 6761). */
export function isLocalName(host: string): boolean {
  return /(^|\.)localhost$/i.test(host.replace(/\.$/, ''));
}

function isHttpPort(port: number): boolean {
  return port === 80 || port === 443 || (port > 1_023 && !OTHER_PORTS.has(port));
}

function isHostName(host: string): boolean {
  if (isIP(host) !== 0 || isLocalName(host)) return true;
  return host.length <= 253 && host.includes('.') && host.split('.').every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label));
}
