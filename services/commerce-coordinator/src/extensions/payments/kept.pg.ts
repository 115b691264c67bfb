/**
 * The rows of updates that are kept: written by the intake, taken out here when they were judged.
 */
import type { Tx } from '@commerce/event-log/extension';
import { runOver } from '@commerce/event-log/statement';
import { MAX_KEPT } from './kept.ts';
import type { KeptUpdate } from './payment.ts';

/** Of one order the oldest, as JSON, oldest first; `o` is the row of the order. */
export const KEPT_COLUMN = `(SELECT jsonb_agg(k.told ORDER BY k.received_at, k.provider_event_id) FROM (
  SELECT w.told, w.received_at, w.provider_event_id FROM payment_webhooks w WHERE w.order_id = o.order_id AND w.verdict = 'kept' ORDER BY w.received_at, w.provider_event_id LIMIT ${MAX_KEPT}) AS k)`;

/** Writes what was said of those that were judged, with nothing left of what they told. */
export async function settleKept(tx: Tx, kept: readonly KeptUpdate[]): Promise<void> {
  const judged = kept.filter(({ verdict }) => verdict !== null).toSorted((a, b) => (a.told.update.providerEventId < b.told.update.providerEventId ? -1 : 1));
  if (judged.length === 0) return;
  await runOver(judged.length, tx,
    `UPDATE payment_webhooks w SET verdict = 'kept_' || k.verdict, told = NULL FROM unnest($1::text[], $2::text[], $3::text[]) AS k(provider, provider_event_id, verdict)
     WHERE w.provider = k.provider AND w.provider_event_id = k.provider_event_id AND w.verdict = 'kept'`,
    [judged.map(({ told }) => told.update.provider), judged.map(({ told }) => told.update.providerEventId), judged.map(({ verdict }) => verdict)],
  );
}
