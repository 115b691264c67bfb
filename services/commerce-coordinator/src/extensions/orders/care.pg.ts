/** Orders that are past their time, oldest first, with what is recorded of their attempts. */
import { run } from '@commerce/event-log/statement';
import type { Pool } from 'pg';
import { actsOf, decisive, nextStep, waitsFor } from './care.ts';
import type { Attempt, CareItem, CareSubject } from './care.ts';

export interface CareQuery {
  readonly afterId: string | undefined;
  readonly limit: number;
  /** Of the times of the table of deadlines. */
  readonly percent: number;
}

export async function readCare(pool: Pool, { afterId, limit, percent }: CareQuery): Promise<CareItem[]> {
  const { rows } = await run(pool,
    `SELECT order_id, order_number, status, held_from, overdue, stock, money, delivery,
       extract(epoch FROM clock_timestamp() - created_at) * 1000 AS age_ms, extract(epoch FROM clock_timestamp() - updated_at) * 1000 AS in_status_ms
     FROM orders WHERE overdue > 0 AND closed_as IS NULL AND order_id > $1 ORDER BY order_id LIMIT $2`,
    [afterId ?? '', limit],
  );
  const attempts = await readAttempts(pool, rows.map((row) => row.order_id));
  return rows.map((row): CareItem => {
    const order: CareSubject = {
      status: row.status, heldFrom: row.held_from, overdue: row.overdue, stock: row.stock, money: row.money, delivery: row.delivery, attempts: attempts.get(row.order_id) ?? [],
    };
    const inStatusMs = Math.round(Number(row.in_status_ms));
    const failed = decisive(order.attempts.filter(({ error }) => error !== null));
    return {
      orderId: row.order_id, orderNumber: Number(row.order_number), status: order.status, ageMs: Math.round(Number(row.age_ms)), inStatusMs,
      waitsFor: waitsFor(order), lastError: failed?.error ? { handler: failed.handler, code: failed.error.code, message: failed.error.message } : null,
      nextStep: nextStep(order, inStatusMs, percent), acts: actsOf(order),
    };
  });
}

async function readAttempts(pool: Pool, orderIds: readonly string[]): Promise<Map<string, Attempt[]>> {
  const { rows } = await run(pool,
    `SELECT subject, handler, state, attempt, last_error, extract(epoch FROM due_at - clock_timestamp()) * 1000 AS due_ms FROM work WHERE subject = ANY ($1::text[])`, [orderIds],
  );
  const found = new Map<string, Attempt[]>();
  for (const row of rows) {
    const attempt = { handler: row.handler, state: row.state, attempt: row.attempt, error: row.last_error, dueInMs: Number(row.due_ms) };
    found.set(row.subject, [...(found.get(row.subject) ?? []), attempt]);
  }
  return found;
}
