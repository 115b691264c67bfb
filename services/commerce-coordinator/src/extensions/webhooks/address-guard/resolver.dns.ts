/**
 * Resolves the names of endpoints without the resolver of the system: its lookups hold the few threads on which the whole process reads
 * files and encrypts, so that a handful of names whose servers do not answer would hold up everybody.
 *
 * Promise: a lookup ends within its time, whatever a name server does. So many are under way at once, and the others wait for their turn
 * within the same time; of one name one is under way. The hosts file counts first, as for every program here.
 * Refuses: to complete a name by search domains.
 */
import { Resolver } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';

/** All addresses of a name. Rejects with what a resolver says. */
export type ResolveAddresses = (host: string) => Promise<readonly LookupAddress[]>;

export interface ResolverOptions {
  /** Addresses of name servers, `127.0.0.1:53`; those of the system when left out. */
  readonly servers?: readonly string[];
  readonly hostsFile?: string;
  /** For a lookup, the wait for its turn included. */
  readonly timeoutMs?: number;
  readonly mostAtOnce?: number;
}

const TIMEOUT_MS = 5_000;
const MOST_AT_ONCE = 64;

export function createResolver({ servers, hostsFile = '/etc/hosts', timeoutMs = TIMEOUT_MS, mostAtOnce = MOST_AT_ONCE }: ResolverOptions = {}): ResolveAddresses {
  const underWay = new Map<string, Promise<readonly LookupAddress[]>>();
  /** Who waits for a turn; called when it has come. */
  const waiting = new Set<() => void>();
  let busy = 0;

  /** False when it has not come in time. */
  function turn(signal: AbortSignal): Promise<boolean> {
    if (busy < mostAtOnce) {
      busy += 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const given = (): void => resolve(true);
      waiting.add(given);
      signal.addEventListener('abort', () => void (waiting.delete(given) && resolve(false)), { once: true });
    });
  }

  function endTurn(): void {
    const [next] = waiting;
    if (next === undefined) {
      busy -= 1;
      return;
    }
    waiting.delete(next);
    next();
  }

  async function lookUp(host: string): Promise<readonly LookupAddress[]> {
    const signal = AbortSignal.timeout(timeoutMs);
    if (!(await turn(signal))) throw new Error('Too many names are being resolved.');
    try {
      const here = addressesIn(await readFile(hostsFile, 'utf8').catch(() => ''), host);
      return here.length > 0 ? here : await ask(host, signal);
    } finally {
      endTurn();
    }
  }

  async function ask(host: string, signal: AbortSignal): Promise<LookupAddress[]> {
    // So that another name server is asked in time when the first one is away.
    const resolver = new Resolver({ timeout: Math.ceil(timeoutMs / 3), tries: 1 });
    if (servers !== undefined) resolver.setServers(servers);
    const giveUp = (): void => resolver.cancel();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      const [four, six] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
      // A name may have addresses of one kind alone.
      if (four.status === 'rejected' && six.status === 'rejected') throw four.reason;
      return [...addressesOf(four, 4), ...addressesOf(six, 6)];
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  return (host) => {
    const name = host.toLowerCase();
    let lookup = underWay.get(name);
    if (lookup === undefined) {
      lookup = lookUp(name).finally(() => underWay.delete(name));
      underWay.set(name, lookup);
    }
    return lookup;
  };
}

function addressesOf(answer: PromiseSettledResult<string[]>, family: 4 | 6): LookupAddress[] {
  return answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family })) : [];
}

/** What a hosts file says of a name in small letters. */
function addressesIn(hosts: string, name: string): LookupAddress[] {
  return hosts.split('\n').flatMap((line) => {
    const [address = '', ...names] = (line.split('#', 1)[0] ?? '').trim().split(/\s+/);
    return isIP(address) !== 0 && names.some((one) => one.toLowerCase() === name) ? [{ address, family: isIP(address) }] : [];
  });
}
