// A local OIDC issuer for development: client credentials in, access tokens out (JWT, typ at+jwt, RS256).
// It gives a token for one named audience only: a request without `resource`, or with a foreign one, is refused with a
// message that lists the audiences. A request without `scope` gets every scope of its client.
// It keeps no tokens, no users and no sessions: whatever needs them is not offered.
import type { JsonWebKey } from 'node:crypto';
import type { RequestListener } from 'node:http';
import Provider, { errors } from 'oidc-provider';
import type { Adapter, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { ClientIdentity } from './identity.file.ts';

export type IssuerOptions = {
  /** The issuer's own address, as it stands in `iss`; no trailing slash. */
  readonly url: string;
  /** Base addresses of the services: what may be asked for as `resource`; no trailing slash. */
  readonly audiences: readonly string[];
  readonly clients: Readonly<Record<string, ClientIdentity>>;
  readonly signingKey: JsonWebKey & { kid: string };
  readonly tokenLifetimeSeconds: number;
};

const SIGNING_ALGORITHM = 'RS256';

/** Client-credentials tokens are self-contained, so there is nothing to store and nothing to find. */
class NoStorage implements Adapter {
  async upsert(): Promise<void> {}
  async find(): Promise<undefined> {}
  async findByUserCode(): Promise<undefined> {}
  async findByUid(): Promise<undefined> {}
  async consume(): Promise<void> {}
  async destroy(): Promise<void> {}
  async revokeByGrantId(): Promise<void> {}
}

function refuseTarget(audiences: readonly string[]): never {
  throw new errors.InvalidTarget(`send resource=<base address of the service>: one of ${audiences.join(', ')}`);
}

function configuration(options: IssuerOptions): Configuration {
  const { audiences, clients, tokenLifetimeSeconds } = options;
  const scopes = [...new Set(Object.values(clients).flatMap((client) => client.scopes))];
  return {
    adapter: NoStorage,
    jwks: { keys: [options.signingKey as never] },
    cookies: { keys: [options.signingKey.kid] },
    scopes,
    responseTypes: [],
    clients: Object.entries(clients).map(([clientId, client]) => ({
      client_id: clientId,
      client_secret: client.secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_basic',
      scope: client.scopes.join(' '),
      id_token_signed_response_alg: SIGNING_ALGORITHM,
    })),
    ttl: { ClientCredentials: tokenLifetimeSeconds },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => refuseTarget(audiences),
        useGrantedResource: () => true,
        getResourceServerInfo: (context: KoaContextWithOIDC, resource, client) => {
          const audience = resource.replace(/\/$/, '');
          if (!audiences.includes(audience)) refuseTarget(audiences);
          const parameters = context.oidc.params;
          if (parameters !== undefined && client.scope !== undefined) parameters['scope'] ??= client.scope;
          return { scope: scopes.join(' '), audience, accessTokenFormat: 'jwt', accessTokenTTL: tokenLifetimeSeconds, jwt: { sign: { alg: SIGNING_ALGORITHM } } };
        },
      },
    },
  };
}

/** The issuer as a request handler; `/health/ready` answers 200 beside the endpoints that discovery names. */
export function issuerHandler(options: IssuerOptions): RequestListener {
  const handle = new Provider(options.url, configuration(options)).callback();
  return (request, response) => {
    if (request.url === '/health/ready') response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ready"}');
    else void handle(request, response);
  };
}
