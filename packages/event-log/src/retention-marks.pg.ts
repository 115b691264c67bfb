/** Up to where the events of each topic were removed. */
import type { Tx } from './extension.ts';
import type { Marks } from './retention.ts';
import { run } from './statement.pg.ts';

export async function readMarks(db: Tx): Promise<Marks> {
  const { rows } = await run(db, 'SELECT topic, removed_before_ms FROM retention_marks', []);
  return new Map(rows.map((row) => [row.topic, Number(row.removed_before_ms)]));
}
