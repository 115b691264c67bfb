// The scopes of the pair and the clients of the local issuer: who may ask for which scope. Data only.

const AREAS = ['orders', 'fulfillment', 'webhooks', 'events', 'inventory', 'catalog', 'users', 'replay', 'dlq'] as const;

/** Every scope that either service knows. */
const SCOPES: readonly string[] = [...AREAS.flatMap((area) => [`${area}:read`, `${area}:write`]), 'updates:write', 'clients:admin', 'metrics:read', 'admin'];

/** Client id → the scopes that it may ask for. */
export const LOCAL_CLIENTS: Readonly<Record<string, readonly string[]>> = {
  storefront: ['orders:read', 'orders:write', 'catalog:read'],
  'commerce-coordinator': ['fulfillment:read', 'fulfillment:write'],
  // Hands on what payment providers tell. Nobody else may tell what was paid.
  ingest: ['updates:write'],
  operator: SCOPES,
  partner: ['fulfillment:read', 'fulfillment:write'],
};
