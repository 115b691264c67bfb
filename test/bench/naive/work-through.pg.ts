/** Works through a table, a row and a transaction at a time: what `take` has deleted is gone when `handle` has done, and there again when it failed. */
import type { Pool, PoolClient, QueryResultRow } from 'pg';

const IDLE_MS = 100;

export async function transact(pool: Pool, work: (client: PoolClient) => Promise<unknown>): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await work(client);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

export function workThrough(pool: Pool, workers: number, take: string, handle: (row: QueryResultRow, client: PoolClient) => Promise<void>): { poke(): void } {
  const idle: (() => void)[] = [];
  const worker = async (): Promise<void> => {
    for (;;) {
      let took = false;
      await transact(pool, async (client) => {
        const { rows: [row] } = await client.query({ name: 'take', text: take });
        took = row !== undefined;
        if (row !== undefined) await handle(row, client);
      }).catch(console.error);
      if (!took) await new Promise<void>((resolve) => {
        idle.push(resolve);
        setTimeout(resolve, IDLE_MS);
      });
    }
  };
  for (let index = 0; index < workers; index += 1) void worker();
  return {
    poke() {
      idle.shift()?.();
    },
  };
}
