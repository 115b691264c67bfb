/**
 * The rows of payments. An order without a row is `unasked`; a subject that is no order of this service has no state.
 */
import type { StateStore } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import type { Pool } from 'pg';
import { formatMoney, minorUnits } from '../../money.ts';
import { readTogether } from '../../read-together.ts';
import { toldOf } from './asking.ts';
import type { Standing } from './asking.ts';
import { KEPT_COLUMN, settleKept } from './kept.pg.ts';
import type { Dispute, Duplicate, Payment, Refund } from './payment.ts';
import type { Told } from './told.ts';

/** Statuses of an order that must not be charged any more. */
const ENDS = "o.status IN ('cancel_pending', 'cancelled')";

export const paymentsStore: StateStore<Payment> = {
  async load(tx, subjects) {
    const { rows } = await run(tx,
      `SELECT o.order_id, o.currency, o.total, o.freight, o.lines, ${ENDS} AS order_ends,
         coalesce(p.status, 'unasked') AS status, coalesce(p.version, 0) AS version, coalesce(p.provider, o.payment_method->>'provider') AS provider, p.reference, p.stray, coalesce(p.checks, 0) AS checks,
         coalesce(p.refunds, '[]') AS refunds, coalesce(p.duplicates, '[]') AS duplicates, coalesce(p.gone_lines, '[]') AS gone_lines, p.reason,
         p.last_told, coalesce(p.disputes, '[]') AS disputes, ${KEPT_COLUMN} AS kept
       FROM orders o LEFT JOIN payments p USING (order_id) WHERE o.order_id = ANY ($1::text[])`,
      [subjects],
    );
    return new Map(rows.map((row): [string, Payment] => [row.order_id, {
      orderId: row.order_id, currency: row.currency, amount: minorUnits(row.total), freight: minorUnits(row.freight), orderEnds: row.order_ends,
      lines: row.lines.map((line: { lineId: string; total: string }) => ({ lineId: line.lineId, total: minorUnits(line.total) })),
      status: row.status, version: row.version, provider: row.provider, reference: row.reference, stray: row.stray, checks: row.checks, refunds: row.refunds.map(refundOf),
      duplicates: row.duplicates.map(amountOf) as readonly Duplicate[], goneLines: row.gone_lines, reason: row.reason,
      lastTold: row.last_told, disputes: row.disputes.map(amountOf), kept: (row.kept ?? []).map((told: Told) => ({ told, verdict: null })),
    }]));
  },

  async save(tx, changes) {
    const payments = changes.map(({ after }) => after);
    await Promise.all([run(tx,
      `INSERT INTO payments (order_id, status, version, reference, checks, refunds, gone_lines, reason, last_told, disputes, provider, stray, duplicates)
       SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::integer[], $6::jsonb[], $7::jsonb[], $8::jsonb[], $9::jsonb[], $10::jsonb[], $11::text[], $12::text[], $13::jsonb[])
       ON CONFLICT (order_id) DO UPDATE SET status = excluded.status, version = excluded.version, reference = excluded.reference, checks = excluded.checks,
         refunds = excluded.refunds, gone_lines = excluded.gone_lines, reason = excluded.reason, last_told = excluded.last_told, disputes = excluded.disputes,
         provider = excluded.provider, stray = excluded.stray, duplicates = excluded.duplicates`,
      [
        payments.map(({ orderId }) => orderId), payments.map(({ status }) => status), payments.map(({ version }) => version), payments.map(({ reference }) => reference),
        payments.map(({ checks }) => checks), payments.map(({ refunds }) => JSON.stringify(refunds.map(rowOf))), payments.map(({ goneLines }) => JSON.stringify(goneLines)),
        payments.map(({ reason }) => (reason === null ? null : JSON.stringify(reason))), payments.map(({ lastTold }) => (lastTold === null ? null : JSON.stringify(lastTold))),
        payments.map(({ disputes }) => JSON.stringify(disputes.map(rowOf))), payments.map(({ provider }) => provider), payments.map(({ stray }) => stray),
        payments.map(({ duplicates }) => JSON.stringify(duplicates.map(rowOf))),
      ],
    ), settleKept(tx, payments.flatMap(({ kept }) => kept))]);
  },
  isSentAtOnce: true,
};

/** Reads what must be known right before a provider is asked. Throws for an order that does not exist. */
export function standingReader(pool: Pool): (orderId: string) => Promise<Standing> {
  const read = readTogether((orderIds) => readStandings(pool, orderIds));
  return async (orderId) => {
    const standing = await read(orderId);
    if (standing === undefined) throw new Error(`There is no order ${orderId}.`);
    return standing;
  };
}

async function readStandings(pool: Pool, orderIds: readonly string[]): Promise<Map<string, Standing>> {
  const { rows } = await run(pool,
    `SELECT o.order_id, coalesce(p.status, 'unasked') AS status, ${ENDS} AS order_ends, o.payment_method, coalesce(p.refunds, '[]') AS refunds, coalesce(p.duplicates, '[]') AS duplicates, coalesce(p.disputes, '[]') AS disputes, p.provider, p.reference, p.stray
     FROM orders o LEFT JOIN payments p USING (order_id) WHERE o.order_id = ANY ($1::text[])`,
    [orderIds],
  );
  return new Map(rows.map((row): [string, Standing] => {
    const refunds: readonly Refund[] = row.refunds.map(refundOf);
    const duplicates: readonly Duplicate[] = row.duplicates.map(amountOf);
    const disputes: readonly Dispute[] = row.disputes.map(amountOf);
    return [row.order_id, {
      status: row.status, orderEnds: row.order_ends, method: row.payment_method, provider: row.provider, reference: row.reference, stray: row.stray, ...toldOf({ refunds, duplicates, disputes }),
    }];
  }));
}

interface Row {
  readonly amount: string;
}

/** Rows of before disputes do not say whether a refund waits. */
function refundOf(row: Omit<Refund, 'amount' | 'isHeld'> & Row & { readonly isHeld?: boolean }): Refund {
  return { isHeld: false, ...amountOf(row) };
}

function amountOf<Kept extends Row>(row: Kept): Omit<Kept, 'amount'> & { readonly amount: bigint } {
  return { ...row, amount: minorUnits(row.amount) };
}

function rowOf<Known extends { readonly amount: bigint }>(known: Known): Omit<Known, 'amount'> & Row {
  return { ...known, amount: formatMoney(known.amount) };
}
