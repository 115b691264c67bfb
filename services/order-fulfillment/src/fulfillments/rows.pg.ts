/** The columns of `fulfillments` that make a fulfillment, and the way from a row to it. */
import type { QueryResultRow } from 'pg';
import type { Fulfillment } from './fulfillment.ts';

export const FULFILLMENT_COLUMNS = `f.client_id, f.fulfillment_id, f.order_id, f.order_number, f.customer, f.metadata, f.start_at, f.not_after, f.created_at,
  f.status, f.version, f.acknowledged_version, f.updated_at, f.lines, f.reason, f.checks, f.asking, f.next_check_at`;

export function fulfillmentOf(row: QueryResultRow): Fulfillment {
  return {
    fulfillmentId: row['fulfillment_id'],
    clientId: row['client_id'],
    orderId: row['order_id'],
    orderNumber: Number(row['order_number']),
    customer: row['customer'],
    status: row['status'],
    version: row['version'],
    acknowledgedVersion: row['acknowledged_version'],
    createdAtMs: (row['created_at'] as Date).getTime(),
    updatedAtMs: (row['updated_at'] as Date).getTime(),
    startAtMs: timeOf(row['start_at']),
    notAfterMs: timeOf(row['not_after']),
    lines: row['lines'],
    checks: row['checks'],
    asking: row['asking'],
    nextCheckAtMs: timeOf(row['next_check_at']),
    ...(row['metadata'] === null ? {} : { metadata: row['metadata'] }),
    ...(row['reason'] === null ? {} : { reason: row['reason'] }),
  };
}

function timeOf(value: Date | null): number | null {
  return value === null ? null : value.getTime();
}

/** Unix milliseconds as a moment of PostgreSQL. */
export function dateOf(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString();
}
