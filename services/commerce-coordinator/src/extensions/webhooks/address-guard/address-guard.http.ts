/**
 * The one guard of where webhooks go: at registration, at a test and at each delivery.
 * Promise: a socket is opened only to an address that was judged, and is the one that was judged: the name is resolved once, every
 * address that comes of it must pass, and one of these is dialled. What a name meant before counts for nothing.
 * Refuses: to say which address a name stands for; who registers must not learn of the network here.
 */
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { AddressRefused, endpointUrl, hostOf, isLocalName } from './endpoint-url.ts';
import { isPublic, parseNetworks } from './networks.ts';
import { createResolver } from './resolver.dns.ts';
import type { ResolveAddresses } from './resolver.dns.ts';

export { AddressRefused } from './endpoint-url.ts';

export interface AddressGuardOptions {
  /** CIDRs beside the public internet, separated by commas. */
  readonly allowedNetworks: string | undefined;
  readonly allowHttp: boolean;
  /** The hosts file and the name servers of this machine when left out. */
  readonly resolve?: ResolveAddresses;
  /** For a connection, TLS included. */
  readonly connectTimeoutMs?: number;
}

export interface AddressGuard {
  /** Judges form and present addresses. Throws `AddressRefused`. */
  checkUrl(url: string): Promise<void>;
  /** What a connection is made with. Calls back with `AddressRefused` for what must not be dialled. */
  readonly connector: buildConnector.connector;
}

const CONNECT_TIMEOUT_MS = 10_000;
const HERE: readonly LookupAddress[] = [{ address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 }];

/** Throws an Error when the networks cannot be read. */
export function createAddressGuard({ allowedNetworks, allowHttp, resolve = createResolver(), connectTimeoutMs = CONNECT_TIMEOUT_MS }: AddressGuardOptions): AddressGuard {
  const allowed = parseNetworks(allowedNetworks);
  const mayDial = (address: string): boolean => allowed.has(address) || isPublic(address);

  /** Every address of the host, or a refusal when one of them is not to be dialled. */
  async function addressesOf(host: string): Promise<readonly LookupAddress[]> {
    const family = isIP(host);
    // The two of this machine are one or the other: what is allowed of them is dialled.
    if (isLocalName(host)) return refuseNone(HERE.filter(({ address }) => mayDial(address)));
    const found = family === 0 ? await resolve(host).catch(() => []) : [{ address: host, family }];
    // Of a name it is not told whether nobody knows it or only this network does.
    if (found.length === 0 || !found.every(({ address }) => mayDial(address))) throw new AddressRefused(family === 0 ? 'unreachable' : 'not_public');
    return found;
  }

  const lookup: LookupFunction = (host, options, tell) => {
    addressesOf(host).then(
      (found) => {
        const usable = options.family === 4 || options.family === 6 ? found.filter(({ family }) => family === options.family) : found;
        const [first] = usable;
        if (first === undefined) return tell(new AddressRefused('unreachable'), '', 0);
        return options.all === true ? tell(null, [...usable]) : tell(null, first.address, first.family);
      },
      (error: Error) => tell(error, '', 0),
    );
  };
  const connect = buildConnector({ lookup, timeout: connectTimeoutMs, allowH2: false });

  return {
    async checkUrl(text) {
      await addressesOf(hostOf(endpointUrl(text, { allowHttp })));
    },
    connector(options, callback) {
      try {
        // A literal is not looked up, so it is judged here; and what was registered when more was allowed is judged by what is allowed now.
        const { protocol, hostname, port } = options;
        const url = endpointUrl(`${protocol}//${isIP(hostname) === 6 ? `[${hostname}]` : hostname}${port ? `:${port}` : ''}/`, { allowHttp });
        const host = hostOf(url);
        if (isIP(host) !== 0 && !mayDial(host)) throw new AddressRefused('not_public');
      } catch (error) {
        return callback(error as Error, null);
      }
      return connect(options, callback);
    },
  };
}

function refuseNone(found: readonly LookupAddress[]): readonly LookupAddress[] {
  if (found.length === 0) throw new AddressRefused('not_public');
  return found;
}
