/** What an operator does with own events that the bus refused: they are due now, or given up. In the order of their ids. */
import type { Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';

export interface RefusedSelection {
  readonly type: string | undefined;
  readonly code: string | undefined;
  /** First refused before, or at this time or later; ISO 8601. */
  readonly before: string | undefined;
  readonly since: string | undefined;
  readonly eventIds: readonly string[] | undefined;
}

const CHOSEN = `
  SELECT p.event_id FROM publish_refusals p
  WHERE ($1::text IS NULL OR p.event_type = $1) AND ($2::text IS NULL OR p.code = $2) AND ($3::timestamptz IS NULL OR p.first_seen < $3)
    AND ($4::timestamptz IS NULL OR p.first_seen >= $4) AND ($5::uuid[] IS NULL OR p.event_id = ANY ($5::uuid[])) AND ($6::uuid IS NULL OR p.event_id > $6)
  ORDER BY p.event_id LIMIT $7 FOR UPDATE`;

function parameters({ type, code, before, since, eventIds }: RefusedSelection, after: string | null, limit: number): unknown[] {
  return [type ?? null, code ?? null, before ?? null, since ?? null, eventIds ?? null, after, limit];
}

/** Due now. Gives the ids. One that is no longer in the log is told of at its next try, as before. */
export async function retryRefused(tx: Tx, selection: RefusedSelection, after: string | null, limit: number): Promise<string[]> {
  const { rows } = await run(tx,
    `WITH chosen AS (${CHOSEN}), due AS (UPDATE publish_refusals p SET due_at = clock_timestamp() FROM chosen c WHERE p.event_id = c.event_id)
     SELECT event_id FROM chosen ORDER BY event_id`,
    parameters(selection, after, limit),
  );
  return rows.map((row) => row['event_id'] as string);
}

/** Never published, with who and why in the ledger. Gives the ids. */
export async function discardRefused(tx: Tx, selection: RefusedSelection, after: string | null, limit: number, act: { readonly by: string; readonly reason: string }): Promise<string[]> {
  const { rows } = await run(tx,
    `WITH chosen AS (${CHOSEN}), gone AS (DELETE FROM publish_refusals p USING chosen c WHERE p.event_id = c.event_id RETURNING p.*)
     , noted AS (INSERT INTO ledger (handler, event_id, subject, rule, evidence)
         SELECT 'dead-letters.publish', g.event_id, coalesce(e.subject, g.event_id::text), 'discarded',
           jsonb_build_object('by', $8::text, 'reason', $9::text, 'error', jsonb_build_object('code', g.code, 'message', g.message)) FROM gone g LEFT JOIN events e USING (event_id))
     SELECT event_id FROM chosen ORDER BY event_id`,
    [...parameters(selection, after, limit), act.by, act.reason],
  );
  return rows.map((row) => row['event_id'] as string);
}
