/** The rows of endpoints: those of a decision, one, a page of them, and their counts. */
import type { StateStore, Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import type { Resealed } from '@commerce/service-kit/seal-anew';
import type { Pool } from 'pg';
import type { Endpoint } from './endpoint.ts';
import { endpointOf } from './delivery/registry.pg.ts';
import { forgetSeen } from './delivery/health.pg.ts';
import { beginRuns, endRuns, retryDelivery } from './operating.pg.ts';
import type { Registered } from './registration.ts';

/** Every change moves the version that whoever keeps endpoints in memory looks at. */
export const registrationsStore: StateStore<Registered> = {
  async load(tx, subjects) {
    const { rows: requests } = await run(tx, "SELECT endpoint_id, encode(digest, 'hex') AS digest FROM webhook_requests WHERE endpoint_id = ANY ($1::uuid[])", [subjects]);
    const { rows } = await run(tx, 'SELECT * FROM webhook_endpoints WHERE endpoint_id = ANY ($1::uuid[])', [subjects]);
    const digests = new Map(requests.map(({ endpoint_id: id, digest }): [string, string] => [id, digest]));
    const endpoints = new Map(rows.map((row): [string, Endpoint] => [row.endpoint_id, endpointOf(row)]));
    return new Map([...new Set([...digests.keys(), ...endpoints.keys()])].map((id): [string, Registered] => [id, { digest: digests.get(id) ?? '', endpoint: endpoints.get(id) ?? null }]));
  },

  async save(tx, changes) {
    for (const { subject, before, after } of changes) {
      if (before === undefined) await run(tx, "INSERT INTO webhook_requests (endpoint_id, digest) VALUES ($1, decode($2, 'hex'))", [subject, after.digest]);
      if (after.endpoint === null) await removeEndpoint(tx, subject);
      else if (after.endpoint !== before?.endpoint) await writeEndpoint(tx, after.endpoint);
      if (beginsAnew(before?.endpoint, after.endpoint)) await forgetSeen(tx, subject);
      const isOver = before?.endpoint?.status === 'enabled' && after.endpoint?.status !== 'enabled';
      if (isOver || after.runs?.some(({ to }) => to === 'discarded') === true) await endRuns(tx, subject);
      await beginRuns(tx, after.runs ?? []);
      for (const deliveryId of after.again ?? []) await retryDelivery(tx, subject, deliveryId);
    }
    if (changes.some(({ before, after }) => after.endpoint !== before?.endpoint)) await run(tx, 'UPDATE webhook_registrations SET version = version + 1', []);
  },
};

/** A person has switched it on, or it goes elsewhere: what was seen of it before says nothing of it. */
function beginsAnew(before: Endpoint | null | undefined, after: Endpoint | null): boolean {
  return before !== undefined && before !== null && after !== null && (before.url !== after.url || (before.status === 'disabled' && after.status === 'enabled'));
}

/** What was counted of it stays its owner's. */
async function removeEndpoint(tx: Tx, endpointId: string): Promise<void> {
  await run(tx,
    `WITH gone AS (DELETE FROM webhook_endpoints WHERE endpoint_id = $1 RETURNING endpoint_id, owner),
       asked AS (UPDATE webhook_requests SET removed_at = clock_timestamp() WHERE endpoint_id = $1)
     INSERT INTO webhook_counts AS c (endpoint_id, owner) SELECT endpoint_id, owner FROM gone ON CONFLICT (endpoint_id) DO UPDATE SET owner = excluded.owner`, [endpointId],
  );
}

async function writeEndpoint(tx: Tx, endpoint: Endpoint): Promise<void> {
  await run(tx,
    `INSERT INTO webhook_endpoints (endpoint_id, owner, url, events, filter, retry_attempts, retry_delay_ms, timeout_ms, rate_limit, max_in_flight, ordered, description, secrets,
       status, disabled_reason, disabled_at, noticed_at, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
     ON CONFLICT (endpoint_id) DO UPDATE SET url = excluded.url, events = excluded.events, filter = excluded.filter, retry_attempts = excluded.retry_attempts,
       retry_delay_ms = excluded.retry_delay_ms, timeout_ms = excluded.timeout_ms, rate_limit = excluded.rate_limit, max_in_flight = excluded.max_in_flight, ordered = excluded.ordered,
       description = excluded.description, secrets = excluded.secrets, status = excluded.status, disabled_reason = excluded.disabled_reason,
       disabled_at = excluded.disabled_at, noticed_at = excluded.noticed_at, updated_at = excluded.updated_at`,
    [
      endpoint.endpointId, endpoint.owner, endpoint.url, JSON.stringify(endpoint.events), endpoint.filter === null ? null : JSON.stringify(endpoint.filter), endpoint.retryAttempts,
      endpoint.retryDelayMs, endpoint.timeoutMs, endpoint.rateLimit, endpoint.maxInFlight, endpoint.ordered, endpoint.description, endpoint.secrets,
      endpoint.status, endpoint.disabledReason, endpoint.disabledAt, endpoint.noticedAt, endpoint.createdAt, endpoint.updatedAt,
    ],
  );
}

/** An endpoint with what came of its deliveries. */
export interface CountedEndpoint {
  readonly endpoint: Endpoint;
  readonly delivered: number;
  /** Attempts. */
  readonly failed: number;
  /** Deliveries that were given up. */
  readonly dead: number;
}

const COUNTED = 'SELECT e.*, coalesce(c.delivered, 0) AS delivered, coalesce(c.failed, 0) AS failed, coalesce(c.dead, 0) AS dead FROM webhook_endpoints e LEFT JOIN webhook_counts c USING (endpoint_id)';

/** True when this id was given to an endpoint, whether it is still there or not. */
export async function wasRegistered(pool: Pool, endpointId: string): Promise<boolean> {
  const { rows } = await run(pool, 'SELECT 1 FROM webhook_requests WHERE endpoint_id = $1', [endpointId]);
  return rows.length > 0;
}

/** Undefined when there is no such endpoint. */
export async function readEndpoint(pool: Pool, endpointId: string): Promise<CountedEndpoint | undefined> {
  const { rows } = await run(pool, `${COUNTED} WHERE e.endpoint_id = $1`, [endpointId]);
  return rows.map(countedOf)[0];
}

/** Sorted by id; of all owners when none is named. */
export async function readEndpoints(pool: Pool, { owner, afterId, limit }: { readonly owner: string | undefined; readonly afterId: string | undefined; readonly limit: number }): Promise<CountedEndpoint[]> {
  const { rows } = owner === undefined
    ? await run(pool, `${COUNTED} WHERE e.endpoint_id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000') ORDER BY e.endpoint_id LIMIT $2`, [afterId, limit])
    : await run(pool, `${COUNTED} WHERE e.owner = $3 AND e.endpoint_id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000') ORDER BY e.endpoint_id LIMIT $2`, [afterId, limit, owner]);
  return rows.map(countedOf);
}

function countedOf(row: any): CountedEndpoint {
  return { endpoint: endpointOf(row), delivered: Number(row.delivered), failed: Number(row.failed), dead: Number(row.dead) };
}

export async function countEndpoints(pool: Pool, owner: string): Promise<number> {
  const { rows } = await run(pool, 'SELECT count(*)::integer AS count FROM webhook_endpoints WHERE owner = $1', [owner]);
  return rows[0].count;
}

/** In the names of the API. */
export interface WebhookStatistics {
  readonly registeredWebhooks: number;
  readonly deliveredWebhooks: number;
  readonly failedWebhooks: number;
  readonly queuedWebhooks: number;
}

/**
 * Over the endpoints of an owner, or of all; what was counted of removed ones stays in the sums. `failedWebhooks`: deliveries that are given up: one
 * that is sent again is not any more. `queuedWebhooks`: what is being sent, waits for its time, or is held.
 */
export async function readStatistics(pool: Pool, owner: string | undefined): Promise<WebhookStatistics> {
  const { rows } = await run(pool,
    `WITH mine AS MATERIALIZED (SELECT endpoint_id FROM webhook_endpoints WHERE $1::text IS NULL OR owner = $1)
     SELECT (SELECT count(*) FROM mine) AS registered, sum(c.delivered) AS delivered, sum(c.dead) AS failed,
       (SELECT count(*) FROM webhook_deliveries d JOIN mine USING (endpoint_id) WHERE d.queue = 'ready') + (SELECT count(*) FROM webhook_leased JOIN mine USING (endpoint_id))
         + (SELECT count(*) FROM webhook_deliveries d JOIN mine USING (endpoint_id) WHERE d.queue = 'held') AS queued
     FROM webhook_counts c LEFT JOIN mine USING (endpoint_id) WHERE mine.endpoint_id IS NOT NULL OR (c.owner IS NOT NULL AND ($1::text IS NULL OR c.owner = $1))`,
    [owner ?? null],
  );
  const [{ registered, delivered, failed, queued }] = rows as [Record<string, string | null>];
  return { registeredWebhooks: Number(registered), deliveredWebhooks: Number(delivered ?? 0), failedWebhooks: Number(failed ?? 0), queuedWebhooks: Number(queued) };
}

export interface SealedSecrets {
  readonly endpointId: string;
  readonly secrets: Buffer;
}

/** Endpoints whose secrets another key than the one of this name has sealed, by id, behind this one or from the first. */
export async function readSealedByOthers(pool: Pool, keyName: Buffer, afterId: string | undefined, limit: number): Promise<SealedSecrets[]> {
  const { rows } = await run(pool,
    `SELECT endpoint_id, secrets FROM webhook_endpoints WHERE substring(secrets FROM 2 FOR 4) <> $1 AND endpoint_id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000') ORDER BY endpoint_id LIMIT $3`, [keyName, afterId, limit],
  );
  return rows.map(({ endpoint_id: endpointId, secrets }) => ({ endpointId, secrets }));
}

/** One that was changed or removed meanwhile stays so. The secrets stay the same, so nobody has to read them anew. */
export async function replaceSealed(pool: Pool, resealed: readonly Resealed<SealedSecrets>[]): Promise<void> {
  await run(pool,
    `UPDATE webhook_endpoints e SET secrets = n.sealed FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) AS n(endpoint_id, before, sealed) WHERE e.endpoint_id = n.endpoint_id AND e.secrets = n.before`,
    [resealed.map(({ row }) => row.endpointId), resealed.map(({ row }) => row.secrets), resealed.map(({ sealed }) => sealed)],
  );
}
