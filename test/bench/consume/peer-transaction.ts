/** One message, one transaction: the id into the inbox, and the order only when it was not there. */
import type { Pool } from 'pg';
import { FULFILL, RECEIVE } from './statements.ts';

export async function receiveOne(pool: Pool, eventId: string, orderId: string): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const { rowCount } = await client.query({ name: 'receive', text: RECEIVE, values: [eventId] });
    if (rowCount === 1) await client.query({ name: 'fulfill', text: FULFILL, values: [orderId] });
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}
