/** Which messages came in, by the id that their sender gave them, as long as repetitions are recognised. */
import { hash } from 'node:crypto';
import type { Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';

/** Repetitions are recognised for 30 days, and one may tell of tomorrow. */
const KEPT_DAYS = 32;

/** Remembers a message before it is taken. False when another one, by its bytes, came under this id. */
export async function isFirstOrSame(tx: Tx, type: string, messageId: string, body: Buffer): Promise<boolean> {
  const { rows } = await run(tx,
    `INSERT INTO webhook_received AS r (type, message_id, digest) VALUES ($1, $2, $3)
     ON CONFLICT (type, message_id) DO UPDATE SET received_at = r.received_at RETURNING digest = $3 AS is_same`,
    [type, messageId, hash('sha256', body, 'buffer')],
  );
  return rows[0]?.is_same === true;
}

/** It was not taken after all. */
export async function forgetReceived(tx: Tx, type: string, messageId: string): Promise<void> {
  await run(tx, 'DELETE FROM webhook_received WHERE type = $1 AND message_id = $2', [type, messageId]);
}

/** One chunk of what came long ago. True when there may be more. */
export async function forgetOldReceived(tx: Tx, most: number): Promise<boolean> {
  const { rowCount } = await run(tx,
    `DELETE FROM webhook_received WHERE (type, message_id) IN (SELECT type, message_id FROM webhook_received WHERE received_at < clock_timestamp() - interval '${KEPT_DAYS} days' LIMIT $1)`, [most],
  );
  return rowCount === most;
}
