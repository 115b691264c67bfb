/**
 * The rows of payments. An order without a row is `unasked`; a subject that is no order of this service has no state.
 */
import type { StateStore } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import type { Pool } from 'pg';
import { formatMoney, minorUnits } from '../../money.ts';
import type { Standing } from './asking.ts';
import { KEPT_COLUMN, settleKept } from './kept.pg.ts';
import type { Dispute, Payment, Refund } from './payment.ts';
import type { Told } from './told.ts';

/** Statuses of an order that must not be charged any more. */
const ENDS = "o.status IN ('cancel_pending', 'cancelled')";

export const paymentsStore: StateStore<Payment> = {
  async load(tx, subjects) {
    const { rows } = await run(tx,
      `SELECT o.order_id, o.currency, o.total, o.freight, o.lines, ${ENDS} AS order_ends,
         coalesce(p.status, 'unasked') AS status, coalesce(p.version, 0) AS version, p.reference, coalesce(p.checks, 0) AS checks,
         coalesce(p.refunds, '[]') AS refunds, coalesce(p.gone_lines, '[]') AS gone_lines, p.reason,
         p.last_told, coalesce(p.disputes, '[]') AS disputes, ${KEPT_COLUMN} AS kept
       FROM orders o LEFT JOIN payments p USING (order_id) WHERE o.order_id = ANY ($1::text[])`,
      [subjects],
    );
    return new Map(rows.map((row): [string, Payment] => [row.order_id, {
      orderId: row.order_id, currency: row.currency, amount: minorUnits(row.total), freight: minorUnits(row.freight), orderEnds: row.order_ends,
      lines: row.lines.map((line: { lineId: string; total: string }) => ({ lineId: line.lineId, total: minorUnits(line.total) })),
      status: row.status, version: row.version, reference: row.reference, checks: row.checks, refunds: row.refunds.map(refundOf), goneLines: row.gone_lines, reason: row.reason,
      lastTold: row.last_told, disputes: row.disputes.map(disputeOf), kept: (row.kept ?? []).map((told: Told) => ({ told, verdict: null })),
    }]));
  },

  async save(tx, changes) {
    const payments = changes.map(({ after }) => after);
    await run(tx,
      `INSERT INTO payments (order_id, status, version, reference, checks, refunds, gone_lines, reason, last_told, disputes)
       SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::integer[], $6::jsonb[], $7::jsonb[], $8::jsonb[], $9::jsonb[], $10::jsonb[])
       ON CONFLICT (order_id) DO UPDATE SET status = excluded.status, version = excluded.version, reference = excluded.reference, checks = excluded.checks,
         refunds = excluded.refunds, gone_lines = excluded.gone_lines, reason = excluded.reason, last_told = excluded.last_told, disputes = excluded.disputes`,
      [
        payments.map(({ orderId }) => orderId), payments.map(({ status }) => status), payments.map(({ version }) => version), payments.map(({ reference }) => reference),
        payments.map(({ checks }) => checks), payments.map(({ refunds }) => JSON.stringify(refunds.map(rowOf))), payments.map(({ goneLines }) => JSON.stringify(goneLines)),
        payments.map(({ reason }) => (reason === null ? null : JSON.stringify(reason))), payments.map(({ lastTold }) => (lastTold === null ? null : JSON.stringify(lastTold))),
        payments.map(({ disputes }) => JSON.stringify(disputes.map(disputeRowOf))),
      ],
    );
    await settleKept(tx, payments.flatMap(({ kept }) => kept));
  },
};

/** What must be known right before the provider is asked. Throws for an order that does not exist. */
export async function readStanding(pool: Pool, orderId: string): Promise<Standing> {
  const { rows: [row] } = await run(pool,
    `SELECT coalesce(p.status, 'unasked') AS status, ${ENDS} AS order_ends, o.payment_method, coalesce(p.refunds, '[]') AS refunds
     FROM orders o LEFT JOIN payments p USING (order_id) WHERE o.order_id = $1`,
    [orderId],
  );
  if (row === undefined) throw new Error(`There is no order ${orderId}.`);
  const done = (row.refunds as Refund[]).filter(({ isDone }) => isDone);
  return { status: row.status, orderEnds: row.order_ends, method: row.payment_method, doneRefundIds: done.map(({ refundId }) => refundId) };
}

type RefundRow = Omit<Refund, 'amount'> & { readonly amount: string };

function refundOf(row: RefundRow): Refund {
  return { ...row, amount: minorUnits(row.amount) };
}

function disputeOf(row: Omit<Dispute, 'amount'> & { readonly amount: string }): Dispute {
  return { ...row, amount: minorUnits(row.amount) };
}

function disputeRowOf(dispute: Dispute): object {
  return { ...dispute, amount: formatMoney(dispute.amount) };
}

function rowOf(refund: Refund): RefundRow {
  return { ...refund, amount: formatMoney(refund.amount) };
}
