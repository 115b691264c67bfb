// A local OIDC issuer for development, in two parts. For programs: client credentials in, access tokens out (JWT, typ at+jwt, RS256), for
// one named audience only: a request without `resource`, or with a foreign one, is refused with a message that lists the audiences. A
// request without `scope` gets every scope of its client. For people: the authorization code flow with PKCE at the dashboard's client,
// with local users and a login page; the ID token carries `name` and `roles`.
// It keeps no tokens and nobody signed in: every sign-in asks for the password, so that one can be somebody else the next time.
import type { JsonWebKey } from 'node:crypto';
import type { RequestListener } from 'node:http';
import Provider, { errors } from 'oidc-provider';
import type { ClientMetadata, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { ClientIdentity } from './identity.file.ts';
import { LOGIN_PATH, loginHandler } from './login.http.ts';
import { memoryStorage } from './memory-storage.ts';
import { BROWSER_CLIENT, LOCAL_USERS } from './scopes.ts';

export type IssuerOptions = {
  /** The issuer's own address, as it stands in `iss`; no trailing slash. */
  readonly url: string;
  /** Base addresses of the services: what may be asked for as `resource`; no trailing slash. */
  readonly audiences: readonly string[];
  readonly clients: Readonly<Record<string, ClientIdentity>>;
  readonly users: Readonly<Record<string, { readonly password: string }>>;
  /** Where a sign-in at the dashboard comes back to. */
  readonly redirectUris: readonly string[];
  readonly signingKey: JsonWebKey & { kid: string };
  /** Signs its cookies. */
  readonly cookieKey: string;
  readonly tokenLifetimeSeconds: number;
  readonly nowMs: () => number;
};

const SIGNING_ALGORITHM = 'RS256';
const SIGN_IN_SECONDS = 600;
const CODE_SECONDS = 60;

function refuseTarget(audiences: readonly string[]): never {
  throw new errors.InvalidTarget(`send resource=<base address of the service>: one of ${audiences.join(', ')}`);
}

function clientOf(clientId: string, { secret, scopes }: ClientIdentity, redirectUris: readonly string[]): ClientMetadata {
  const common = { client_id: clientId, client_secret: secret, token_endpoint_auth_method: 'client_secret_basic', id_token_signed_response_alg: SIGNING_ALGORITHM } as const;
  if (clientId === BROWSER_CLIENT) return { ...common, grant_types: ['authorization_code'], redirect_uris: [...redirectUris], response_types: ['code'], scope: 'openid profile' };
  return { ...common, grant_types: ['client_credentials'], redirect_uris: [], response_types: [], scope: scopes.join(' ') };
}

function configuration(options: IssuerOptions): Configuration {
  const { audiences, clients, redirectUris, tokenLifetimeSeconds } = options;
  const scopes = [...new Set(Object.values(clients).flatMap((client) => client.scopes))];
  return {
    adapter: memoryStorage(options.nowMs),
    jwks: { keys: [options.signingKey as never] },
    cookies: { keys: [options.cookieKey] },
    scopes: ['openid', 'profile', ...scopes],
    claims: { openid: ['sub'], profile: ['name', 'roles'] },
    // The dashboard asks once and reads it there.
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    pkce: { required: () => true },
    clients: Object.entries(clients).filter(([clientId]) => clientId !== BROWSER_CLIENT || redirectUris.length > 0).map(([clientId, client]) => clientOf(clientId, client, redirectUris)),
    ttl: { ClientCredentials: tokenLifetimeSeconds, AccessToken: SIGN_IN_SECONDS, AuthorizationCode: CODE_SECONDS, IdToken: SIGN_IN_SECONDS, Interaction: SIGN_IN_SECONDS, Session: SIGN_IN_SECONDS, Grant: SIGN_IN_SECONDS },
    expiresWithSession: () => false,
    interactions: { url: (_context, { uid }) => `${LOGIN_PATH}${uid}` },
    findAccount: (_context, id) => (isUser(id) ? { accountId: id, claims: () => ({ sub: id, name: `Local ${id}`, roles: [...LOCAL_USERS[id]] }) } : undefined),
    // Nobody is asked whether the dashboard may know who he is: it is of the same house.
    async loadExistingGrant({ oidc }) {
      const { client, session, provider } = oidc;
      if (client === undefined || session?.accountId === undefined) return undefined;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_context, client) => (client.clientId === BROWSER_CLIENT ? undefined : refuseTarget(audiences)),
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

function isUser(id: string): id is keyof typeof LOCAL_USERS {
  return Object.hasOwn(LOCAL_USERS, id);
}

/** The issuer as a request handler; `/health/ready` answers 200 beside the endpoints that discovery names. */
export function issuerHandler(options: IssuerOptions): RequestListener {
  const provider = new Provider(options.url, configuration(options));
  const handle = provider.callback();
  const login = loginHandler(provider, { users: options.users, leadsTo: [...new Set(options.redirectUris.map((uri) => new URL(uri).origin))], nowMs: options.nowMs });
  return (request, response) => {
    if (request.url === '/health/ready') return void response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ready"}');
    if (request.url?.startsWith(LOGIN_PATH) === true) return void login(request, response).catch(() => response.destroy());
    request.headers.cookie = withoutSession(request.headers.cookie);
    void handle(request, response);
  };
}

/** Whoever was signed in before is not any more. */
function withoutSession(header = ''): string {
  return header.split(';').filter((pair) => !/^\s*_session(?:\.|=)/.test(pair)).join(';');
}
