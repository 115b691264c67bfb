/**
 * What clients say they know: per fulfillment the latest version. Promise: an acknowledgement never goes back, and one that
 * meets a change leaves the new version waiting. A foreign fulfillment is as unknown as any other.
 */
import type { Tx } from '@commerce/event-log/extension';
import { runOver } from '@commerce/event-log/statement';
import type { Acknowledgement } from './request.ts';

/** `ahead`: there is no such version yet; nothing was noted. */
export type AcknowledgementResult = 'acknowledged' | 'unknown' | 'ahead';

/** The result of each stands at its index. One statement. */
export async function acknowledge(db: Tx, clientId: string, items: readonly Acknowledgement[]): Promise<AcknowledgementResult[]> {
  const { rows } = await runOver(items.length, db, ACKNOWLEDGE, [clientId, items.map(({ fulfillmentId }) => fulfillmentId), items.map(({ version }) => version)]);
  const versions = new Map<string, number>(rows.map((row) => [row.fulfillment_id, row.version]));
  return items.map(({ fulfillmentId, version }) => {
    const present = versions.get(fulfillmentId.toLowerCase());
    if (present === undefined) return 'unknown';
    return version > present ? 'ahead' : 'acknowledged';
  });
}

/**
 * The rows are locked in the order in which changes take them. Each is found by its key, whatever the statistics say: while they were never
 * counted, a plan that looks through all of the client takes several times as long, and longer with each.
 */
const ACKNOWLEDGE = `WITH present AS MATERIALIZED (
  SELECT f.client_id, f.fulfillment_id, f.version FROM (SELECT DISTINCT k FROM unnest($2::uuid[]) AS k ORDER BY k) AS wanted
  CROSS JOIN LATERAL (SELECT f.client_id, f.fulfillment_id, f.version FROM fulfillments f WHERE f.client_id = $1 AND f.fulfillment_id = wanted.k FOR UPDATE) AS f
), known AS (
  SELECT p.client_id, p.fulfillment_id, max(k.version) AS version FROM unnest($2::uuid[], $3::integer[]) AS k(fulfillment_id, version)
  JOIN present p ON p.fulfillment_id = k.fulfillment_id AND k.version <= p.version GROUP BY p.client_id, p.fulfillment_id
), noted AS (
  UPDATE fulfillments f SET acknowledged_version = k.version FROM known k
  WHERE f.client_id = k.client_id AND f.fulfillment_id = k.fulfillment_id AND coalesce(f.acknowledged_version, 0) < k.version
), told AS (
  DELETE FROM unacknowledged u USING known k WHERE u.client_id = k.client_id AND u.fulfillment_id = k.fulfillment_id AND u.version <= k.version
)
SELECT fulfillment_id, version FROM present`;
