/**
 * What a process needs whose only role is `ingest`, and nothing else of the service: of the database only what it is called, for the
 * events of a type that means nothing here; no secret of anybody but the providers, the issuer and the topic that it writes.
 */
import { declareConfig } from '@commerce/service-kit/config';
import type { ConfigOf } from '@commerce/service-kit/config';
import { KAFKA_VARIABLES, SERVICE_VARIABLES } from '@commerce/service-kit/service-variables';
import { ADDRESS_VARIABLES } from '../address-variables.ts';
import { INGEST_VARIABLES } from './configuration.ts';

export const INGEST_ALONE = declareConfig('The ingest of Commerce Coordinator', {
  environment: SERVICE_VARIABLES.environment,
  logLevel: SERVICE_VARIABLES.logLevel,
  ...ADDRESS_VARIABLES,
  readinessDelayMs: SERVICE_VARIABLES.readinessDelayMs,
  databaseUrl: SERVICE_VARIABLES.databaseUrl,
  databaseConnections: SERVICE_VARIABLES.databaseConnections,
  ...KAFKA_VARIABLES,
  ...INGEST_VARIABLES,
});

/** Of the ingest, whether alone or beside other roles. */
export type IngestConfig = ConfigOf<typeof INGEST_ALONE>;

/** Whether this environment asks for the role `ingest` and for no other. */
export function isIngestAlone({ ROLES: roles = '' }: Readonly<Record<string, string | undefined>>): boolean {
  return roles.split(',').every((role) => role.trim() === 'ingest');
}
