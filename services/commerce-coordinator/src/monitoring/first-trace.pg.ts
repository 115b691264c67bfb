/** The trace in which it began that something was told of a subject. */
import type { Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';

/** Of the first event of the subject; undefined when there is none, or it was not traced. */
export async function firstTraceparent(db: Tx, subject: string): Promise<string | undefined> {
  const { rows } = await run(db, "SELECT metadata->>'traceparent' AS traceparent FROM events WHERE subject = $1 ORDER BY epoch, txid, position LIMIT 1", [subject]);
  return rows[0]?.traceparent ?? undefined;
}
