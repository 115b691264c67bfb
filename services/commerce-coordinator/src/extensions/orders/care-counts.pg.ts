/**
 * How many orders need care, and of which kind: one look for all that ask at the same time.
 */
import { run } from '@commerce/event-log/statement';
import type { Pool } from 'pg';
import { z } from 'zod';
import { CARE_CAUSES } from './care.ts';
import type { CareCause } from './care.ts';
import { CAUSE, NEEDING, needingValues, WAITED_ON, WAITS_ON } from './needing.pg.ts';
import type { WaitedOn } from './needing.pg.ts';

const count = z.int().min(0);

export const careCountsView = z.strictObject({
  total: count.meta({ description: 'Orders that the list GET /orders/care?retrying=true has.' }),
  pastPromise: count.meta({ description: 'Of them, past their promised time.' }),
  onHold: count.meta({ description: 'Raised for a person: status on_hold.' }),
  givenUp: count.meta({ description: 'Of which something was given up: a dead letter.' }),
  causes: z.strictObject(Object.fromEntries(CARE_CAUSES.map((cause) => [cause, count])) as Record<CareCause, typeof count>),
  waitsOn: z.strictObject(Object.fromEntries(WAITED_ON.map((one) => [one, count])) as Record<WaitedOn, typeof count>).meta({ description: 'On whom they wait; person for what was given up.' }),
}).meta({ title: 'OrdersNeedingCareCounts' });

export type CareCounts = z.infer<typeof careCountsView>;

/** Counts; whoever asks while a look is under way gets its result. `percent`: of the times of the table of deadlines. */
export function careCounter(pool: Pool, percent: number): () => Promise<CareCounts> {
  let looking: Promise<CareCounts> | undefined;
  return () => {
    looking ??= readCounts(pool, percent).finally(() => (looking = undefined));
    return looking;
  };
}

async function readCounts(pool: Pool, percent: number): Promise<CareCounts> {
  const { rows } = await run(pool,
    `WITH ${NEEDING}
     SELECT ${CAUSE} AS cause, ${WAITS_ON} AS waits_on, count(*)::integer AS orders, (count(*) FILTER (WHERE o.status = 'on_hold'))::integer AS on_hold,
       (count(*) FILTER (WHERE n.late_since IS NOT NULL))::integer AS late, (count(*) FILTER (WHERE EXISTS (SELECT FROM dead d WHERE d.order_id = n.order_id)))::integer AS given_up
     FROM needing n JOIN orders o USING (order_id) LEFT JOIN judged g ON g.subject = n.order_id COLLATE "default" GROUP BY 1, 2`,
    needingValues(percent, true),
  );
  const sum = (column: string, of: (row: any) => boolean = () => true): number => rows.filter(of).reduce((all, row) => all + row[column], 0);
  return {
    total: sum('orders'), pastPromise: sum('late'), onHold: sum('on_hold'), givenUp: sum('given_up'),
    causes: Object.fromEntries(CARE_CAUSES.map((cause) => [cause, sum('orders', (row) => row.cause === cause)])) as CareCounts['causes'],
    waitsOn: Object.fromEntries(WAITED_ON.map((one) => [one, sum('orders', (row) => row.waits_on === one)])) as CareCounts['waitsOn'],
  };
}
