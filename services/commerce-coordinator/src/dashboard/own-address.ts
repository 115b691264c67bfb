/**
 * Whether a request has come to this service under a name of its own, and from a page of its own: what keeps other sites from asking in
 * the name of whoever is signed in, also with a name that was made to lead here.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '@commerce/service-kit/problems';
import { dashboardProblems } from './problems.ts';

export interface OwnAddress {
  /** Throws 421 for a name that is not ours. */
  refuseForeignHost(headers: IncomingHttpHeaders): void;
  /** Throws 421, or 403 for what another site has sent. */
  refuseOtherSites(method: string, headers: IncomingHttpHeaders): void;
  /** The name that sign-in needs: that of the address by which the issuer sends people back. */
  isPublicHost(headers: IncomingHttpHeaders): boolean;
}

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;
/** It stands in a cookie while the issuer is asked. */
const LONGEST_PATH = 2_000;
const READS = new Set(['GET', 'HEAD']);

/** `publicUrl`: of the configuration. `takesLoopback`: names of this machine are ours, too. */
export function ownAddress(publicUrl: string, takesLoopback: boolean): OwnAddress {
  const { host: publicHost, protocol } = new URL(publicUrl);
  const isPublicHost = ({ host = '' }: IncomingHttpHeaders): boolean => host.toLowerCase() === publicHost;
  const refuseForeignHost = (headers: IncomingHttpHeaders): void => {
    if (isPublicHost(headers) || (takesLoopback && LOOPBACK.test(headers.host ?? ''))) return;
    throw new Problem(dashboardProblems.unknown_host);
  };
  return {
    isPublicHost, refuseForeignHost,
    refuseOtherSites(method, headers) {
      refuseForeignHost(headers);
      const { origin, host = '', 'sec-fetch-site': site } = headers;
      const reads = READS.has(method);
      // "none": typed, or a bookmark. Browsers that say nothing of the site still say the origin of what changes something.
      const isOwnSite = site === undefined ? reads || origin !== undefined : site === 'same-origin' || (site === 'none' && reads);
      const isOwnOrigin = origin === undefined || origin.toLowerCase() === `${protocol}//${host.toLowerCase()}`;
      if (!isOwnSite || !isOwnOrigin) throw new Problem(dashboardProblems.session_elsewhere);
    },
  };
}

/** Is it this machine, by its name? */
export function isLoopback(url: string): boolean {
  return LOOPBACK.test(new URL(url).host);
}

/** Where to go after the sign-in: a path of the dashboard, or its beginning for anything else. */
export function returnPath(given: string | undefined, publicUrl: string): string {
  const beginning = '/dashboard/';
  if (given === undefined || !given.startsWith(beginning) || /[\u0000-\u0020\\\u007f]/.test(given)) return beginning;
  const url = URL.parse(given, publicUrl);
  if (url === null || url.origin !== new URL(publicUrl).origin || !url.pathname.startsWith(beginning)) return beginning;
  // As the routes read it: an escaped letter is the letter.
  if (decoded(url.pathname)?.startsWith(`${beginning}sign-in`) !== false) return beginning;
  const path = `${url.pathname}${url.search}${url.hash}`;
  return path.length > LONGEST_PATH ? beginning : path;
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
