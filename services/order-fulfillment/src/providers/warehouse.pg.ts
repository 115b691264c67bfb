/** The pick requests of the warehouse: one row per line, made when it begins, closed when its parcel leaves, gone when it is withdrawn. */
import type { Tx } from '@commerce/event-log/extension';
import type { KeptAnswer } from './provider.ts';

/** Three statements at most. A line that begins and leaves in one step has two of them. */
export function recordPicks(tx: Tx, kept: readonly KeptAnswer[]): readonly Promise<unknown>[] {
  const started = kept.filter(({ step }) => step === 'started');
  const shipped = kept.filter(({ step }) => step === 'fulfilled');
  const withdrawn = kept.filter(({ step }) => step === 'withdrawn');
  return [
    ...(started.length > 0 ? [tx.query(INSERT_PICKS, [...keys(started), started.map(({ line }) => line.sku), started.map(({ line }) => line.quantity)])] : []),
    ...(shipped.length > 0 ? [tx.query(CLOSE_PICKS, [...keys(shipped), shipped.map(({ line }) => line.tracking?.trackingNumber)])] : []),
    ...(withdrawn.length > 0 ? [tx.query(WITHDRAW_PICKS, keys(withdrawn))] : []),
  ];
}

const INSERT_PICKS = `INSERT INTO pick_requests (fulfillment_id, line_id, sku, quantity)
SELECT p.fulfillment_id, p.line_id, p.sku, p.quantity FROM unnest($1::uuid[], $2::text[], $3::text[], $4::integer[]) AS p(fulfillment_id, line_id, sku, quantity)`;

const CLOSE_PICKS = `UPDATE pick_requests r SET shipped_at = clock_timestamp(), tracking_number = p.tracking_number
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS p(fulfillment_id, line_id, tracking_number)
WHERE r.fulfillment_id = p.fulfillment_id AND r.line_id = p.line_id`;

const WITHDRAW_PICKS = `DELETE FROM pick_requests r USING unnest($1::uuid[], $2::text[]) AS p(fulfillment_id, line_id)
WHERE r.fulfillment_id = p.fulfillment_id AND r.line_id = p.line_id AND r.shipped_at IS NULL`;

function keys(kept: readonly KeptAnswer[]): string[][] {
  return [kept.map(({ fulfillment }) => fulfillment.fulfillmentId), kept.map(({ line }) => line.lineId)];
}
