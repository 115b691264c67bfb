/** What all processes have seen of endpoints; deliveries.pg.ts writes it with the results. Times are the database's. */
import type { Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import { WINDOW_MS } from './health.ts';
import type { Seen } from './health.ts';

/** By endpoint. */
export async function readSeen(tx: Tx, endpointIds: readonly string[]): Promise<Map<string, Seen>> {
  const { rows } = await run(tx,
    `SELECT c.endpoint_id, c.failed_in_row, extract(epoch FROM clock_timestamp() - c.failing_since) * 1000 AS failing_ms, m.minutes
     FROM webhook_counts c CROSS JOIN LATERAL (
       SELECT coalesce(jsonb_agg(jsonb_build_object('ageMs', extract(epoch FROM clock_timestamp() - minute) * 1000, 'results', results, 'failed', failed) ORDER BY minute DESC), '[]') AS minutes
       FROM webhook_minutes WHERE endpoint_id = c.endpoint_id AND minute > clock_timestamp() - $2 * interval '1 ms'
     ) m WHERE c.endpoint_id = ANY ($1::uuid[])`,
    [endpointIds, WINDOW_MS],
  );
  return new Map(rows.map((row): [string, Seen] => [row.endpoint_id, { minutes: row.minutes, failingForMs: row.failing_ms === null ? null : Number(row.failing_ms), failedInRow: Number(row.failed_in_row) }]));
}

/** It begins anew: a person has enabled it, or it goes elsewhere. */
export async function forgetSeen(tx: Tx, endpointId: string): Promise<void> {
  await run(tx, 'DELETE FROM webhook_minutes WHERE endpoint_id = $1', [endpointId]);
  await run(tx, 'UPDATE webhook_counts SET failing_since = NULL, failed_in_row = 0 WHERE endpoint_id = $1', [endpointId]);
}

/** One chunk of what nobody looks at any more. True when there may be more. */
export async function forgetMinutes(tx: Tx, most: number): Promise<boolean> {
  const { rowCount } = await run(tx,
    'DELETE FROM webhook_minutes WHERE (endpoint_id, minute) IN (SELECT endpoint_id, minute FROM webhook_minutes WHERE minute < clock_timestamp() - $1 * interval \'1 ms\' LIMIT $2)', [WINDOW_MS, most],
  );
  return rowCount === most;
}
