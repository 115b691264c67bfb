// The scopes of the pair, the clients of the local issuer and its users: who may ask for which scope, who has which role. Data only.

const AREAS = ['orders', 'fulfillment', 'webhooks', 'events', 'inventory', 'catalog', 'users', 'replay', 'dlq'] as const;

/** Every scope that either service knows, but that with which payment providers tell what was paid. */
const SCOPES: readonly string[] = [...AREAS.flatMap((area) => [`${area}:read`, `${area}:write`]), 'clients:admin', 'metrics:read', 'admin'];

/** Client id → the scopes that it may ask for. */
export const LOCAL_CLIENTS: Readonly<Record<string, readonly string[]>> = {
  storefront: ['orders:read', 'orders:write', 'catalog:read'],
  'commerce-coordinator': ['fulfillment:read', 'fulfillment:write'],
  // Hands on what payment providers tell. Nobody else may tell what was paid.
  ingest: ['updates:write'],
  operator: SCOPES,
  partner: ['fulfillment:read', 'fulfillment:write'],
};

/** People sign in at this client, by the authorization code flow; it asks for no token for itself. */
export const BROWSER_CLIENT = 'dashboard';

/** Name of a user → what stands in the claim `roles`. */
export const LOCAL_USERS = { viewer: ['viewer'], operator: ['operator'], admin: ['admin'] } as const satisfies Record<string, readonly string[]>;
export type LocalUser = keyof typeof LOCAL_USERS;
