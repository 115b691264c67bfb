/** For tests, in the place of an issuer: a token names its client and its scopes, `client;scope scope`. */
import { unauthenticated } from './auth.ts';
import type { TokenVerifier } from './auth.ts';

/** The subject of a client's tokens. */
export function userOf(clientId: string): string {
  return `user of ${clientId}`;
}

export const namedTokens: TokenVerifier = {
  async verify(authorization) {
    const [, clientId, scopes] = /^Bearer ([^;]+);(.*)$/.exec(authorization ?? '') ?? [];
    if (clientId === undefined || scopes === undefined) throw unauthenticated('There is no token.');
    return { clientId, subject: userOf(clientId), scopes: new Set(scopes.split(' ')) };
  },
};
