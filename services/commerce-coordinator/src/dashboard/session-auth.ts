/**
 * The second way in beside tokens: the cookie of a session, which becomes a caller with the scopes of its role.
 *
 * Promise: a request with the header Authorization is judged by that alone. With a cookie it is taken only from a page of this service,
 * under a name of this service, and what changes something only with the token that belongs to the session. Whatever is not a session
 * that lasts gets 401, as without a cookie.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { byToken, unauthenticated } from '@commerce/service-kit/auth';
import type { Authenticated, Authenticator, RequestHead, TokenVerifier } from '@commerce/service-kit/auth';
import { Problem } from '@commerce/service-kit/problems';
import type { Cookie } from './cookies.ts';
import type { OwnAddress } from './own-address.ts';
import { dashboardProblems } from './problems.ts';
import { scopesOf, SESSION_SCOPE } from './roles.ts';
import type { Session } from './sessions.pg.ts';

/** The client in whose name every session acts. */
export const DASHBOARD_CLIENT = 'dashboard';
export const CSRF_HEADER = 'x-csrf-token';

export interface SessionAuthOptions {
  readonly tokens: TokenVerifier;
  readonly sessionCookie: Cookie;
  readonly own: OwnAddress;
  readonly find: (id: string) => Promise<Session | undefined>;
  /** Every scope that a route asks for. */
  readonly scopes: () => Iterable<string>;
}

/**
 * Tokens of programs: those of the clients of the dashboard are refused with 401, whatever scopes they have. So a person acts by the
 * role of a session alone, and what stands in a record as an act of the dashboard is one.
 */
export function tokensOfPrograms(tokens: TokenVerifier, dashboardClients: ReadonlySet<string>): TokenVerifier {
  return {
    async verify(authorization) {
      const caller = await tokens.verify(authorization);
      if (dashboardClients.has(caller.clientId)) throw unauthenticated('Tokens of the dashboard are not taken: people have a session, programs a client of their own.', 'invalid_token');
      return caller;
    },
  };
}

export function bySessionOrToken({ tokens, sessionCookie, own, find, scopes }: SessionAuthOptions): Authenticator {
  const byBearer = byToken(tokens);
  const bySession = async ({ method, headers }: RequestHead, id: string): Promise<Authenticated> => {
    own.refuseOtherSites(method, headers);
    const session = await find(id);
    if (session === undefined) throw unauthenticated('The session has ended: sign in again.');
    if (method !== 'GET' && method !== 'HEAD') refuseForged(headers[CSRF_HEADER], id);
    const caller = { clientId: DASHBOARD_CLIENT, subject: session.subject, scopes: new Set([SESSION_SCOPE, ...scopesOf(session.role, scopes())]) };
    return { caller, answerHeaders: { 'cache-control': 'no-store' } };
  };
  return {
    async authenticate(head) {
      const id = head.headers.authorization === undefined ? sessionCookie.read(head.headers.cookie) : undefined;
      return id === undefined ? byBearer.authenticate(head) : bySession(head, id);
    },
  };
}

/** The token against forged requests: only who has the id of the session can make it, and it does not tell the id. */
export function csrfTokenOf(sessionId: string): string {
  return createHmac('sha256', sessionId).update('csrf').digest('base64url');
}

function refuseForged(given: string | string[] | undefined, id: string): void {
  const expected = Buffer.from(csrfTokenOf(id));
  const sent = Buffer.from(typeof given === 'string' ? given : '');
  if (sent.length !== expected.length || !timingSafeEqual(sent, expected)) throw new Problem(dashboardProblems.csrf_token_wrong);
}
