/** How many orders are past the time that was promised for their status, and go on all the same. */
import { run } from '@commerce/event-log/statement';
import type { Pool } from 'pg';

export async function readOverdueOrders(pool: Pool): Promise<{ readonly status: string; readonly orders: number }[]> {
  const { rows } = await run(pool, 'SELECT status, count(*)::integer AS orders FROM orders WHERE closed_as IS NULL AND overdue > 0 GROUP BY status ORDER BY status', []);
  return rows.map((row) => ({ status: row.status, orders: row.orders }));
}
