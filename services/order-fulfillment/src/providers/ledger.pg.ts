/**
 * The ledger of effects of the providers that live in this service's own database. A second effect for the same line is
 * counted, not swallowed: anything but 1 in `effects` is a double fulfillment, and visible as one. What was taken back is
 * counted beside it, in `reversals`: their difference is what the customer has.
 */
import { unnested } from '@commerce/event-log/arrays';
import { exactly, mustBe, runOver } from '@commerce/event-log/statement';
import type { Tx } from '@commerce/event-log/extension';
import type { KeptAnswer } from './provider.ts';

/** Parameters that `insertEffects` uses, counted from its first. */
export const EFFECT_PARAMETERS = 6;

/**
 * `INSERT INTO provider_ledger …` as one statement or CTE, from parameter `$first` on. `where` restricts the rows (alias `l`).
 */
export function insertEffects(effects: readonly KeptAnswer[], first: number, where = ''): { text: string; values: unknown[] } {
  // Sorted by the conflict key.
  const rows = effects.toSorted((a, b) => compare(a.fulfillment.fulfillmentId, b.fulfillment.fulfillmentId) || compare(a.line.lineId, b.line.lineId));
  return {
    text: `INSERT INTO provider_ledger (provider, client_id, order_id, line_id, fulfillment_id, quantity, effects)
SELECT l.provider, l.client_id, l.order_id, l.line_id, l.fulfillment_id, l.quantity, 1
FROM ${unnested(['text', 'text', 'text', 'text', 'uuid', 'integer'], first)} AS l(provider, client_id, order_id, line_id, fulfillment_id, quantity) ${where}
ON CONFLICT (fulfillment_id, line_id, provider) DO UPDATE SET effects = provider_ledger.effects + 1`,
    values: [
      rows.map((row) => row.line.provider), rows.map((row) => row.fulfillment.clientId), rows.map((row) => row.fulfillment.orderId),
      rows.map((row) => row.line.lineId), rows.map((row) => row.fulfillment.fulfillmentId), rows.map((row) => row.line.quantity),
    ],
  };
}

/** Counts what was taken back. Throws when a line has no effect that could be. */
export async function countReversals(tx: Tx, revoked: readonly KeptAnswer[]): Promise<void> {
  await exactly(runOver(revoked.length, tx,
    `WITH reversed AS (
       UPDATE provider_ledger l SET reversals = l.reversals + 1 FROM unnest($1::uuid[], $2::text[], $3::text[]) AS r(fulfillment_id, line_id, provider)
       WHERE l.fulfillment_id = r.fulfillment_id AND l.line_id = r.line_id AND l.provider = r.provider RETURNING 1
     ) ${mustBe(4, 'reversed')}`,
    [revoked.map((row) => row.fulfillment.fulfillmentId), revoked.map((row) => row.line.lineId), revoked.map((row) => row.line.provider), revoked.length],
  ), () => new Error(`${revoked.length} lines were taken back, but the ledger does not know effects of all of them.`));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
