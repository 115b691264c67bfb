/** Reads the endpoints, for whoever keeps them in memory. */
import type { Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import type { Endpoint } from '../endpoint.ts';

/** With the time of the database, Unix milliseconds. */
export async function readVersion(tx: Tx): Promise<{ readonly version: number; readonly nowMs: number }> {
  const { rows } = await run(tx, 'SELECT version, extract(epoch FROM clock_timestamp()) * 1000 AS now_ms FROM webhook_registrations', []);
  return { version: Number(rows[0]?.version ?? 0), nowMs: Number(rows[0]?.now_ms ?? 0) };
}

/** By id, a word that is another one after each change of the row. */
export async function readRowVersions(tx: Tx): Promise<Map<string, string>> {
  const { rows } = await run(tx, 'SELECT endpoint_id, xmin::text AS row_version FROM webhook_endpoints', []);
  return new Map(rows.map((row): [string, string] => [row.endpoint_id, row.row_version]));
}

/** With the version of each row. */
export async function readEndpoints(tx: Tx, ids: readonly string[]): Promise<{ readonly endpoint: Endpoint; readonly rowVersion: string }[]> {
  const { rows } = await run(tx, 'SELECT *, xmin::text AS row_version FROM webhook_endpoints WHERE endpoint_id = ANY ($1::uuid[])', [ids]);
  return rows.map((row) => ({ endpoint: endpointOf(row), rowVersion: row.row_version }));
}

/** A row of `webhook_endpoints`. */
export function endpointOf(row: any): Endpoint {
  return {
    endpointId: row.endpoint_id, owner: row.owner, url: row.url, events: row.events, filter: row.filter, retryAttempts: row.retry_attempts, retryDelayMs: row.retry_delay_ms,
    timeoutMs: row.timeout_ms, rateLimit: row.rate_limit, maxInFlight: row.max_in_flight, ordered: row.ordered, description: row.description, secrets: row.secrets,
    status: row.status, disabledReason: row.disabled_reason, disabledAt: row.disabled_at, noticedAt: row.noticed_at, createdAt: row.created_at, updatedAt: row.updated_at,
  };
}
