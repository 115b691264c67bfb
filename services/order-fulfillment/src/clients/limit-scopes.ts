/** A token may claim more than the client's record allows: what is beyond the record does not count. */
import type { TokenVerifier } from '@commerce/service-kit/auth';
import type { Clients } from './clients.ts';

/** Wraps a verifier so that callers come out with the scopes that token and record have in common. */
export function limitScopes(verifier: TokenVerifier, clients: Clients): TokenVerifier {
  return {
    async verify(authorization) {
      const caller = await verifier.verify(authorization);
      const allowed = clients.find(caller.clientId)?.scopes;
      if (allowed === undefined) return caller;
      return { ...caller, scopes: new Set(allowed.filter((scope) => caller.scopes.has(scope))) };
    },
  };
}
