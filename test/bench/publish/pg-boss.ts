/** pg-boss with jobs that do nothing: fetched and completed 500 at a time by four loops. As jobs come, it is woken by NOTIFY. */
import { randomUUID } from 'node:crypto';
import { BEGIN, inTransaction, together } from '@commerce/event-log/transaction';
import { OrderCreated } from '@commerce/events/entries';
import { PgBoss } from 'pg-boss';
import { BUSINESS_TABLE, INSERT_ORDER, openPool, orderRow, serveEngine } from './engine.ts';

const QUEUE = 'publish';
const BATCH = 500;
const LOOPS = 4;

interface Payload {
  readonly orderId: string;
}

serveEngine(async ({ databaseUrl }) => {
  const pool = openPool(databaseUrl);
  await pool.query(BUSINESS_TABLE);
  const boss = new PgBoss({ connectionString: databaseUrl, max: LOOPS + 4, useListenNotify: true });
  boss.on('error', console.error);
  await boss.start();
  await boss.createQueue(QUEUE, { notify: true });
  const payloadOf = (orderId: string) => ({ ...OrderCreated.example, orderId });
  return {
    async fill(count) {
      for (let done = 0; done < count; done += BATCH) await boss.insert(QUEUE, Array.from({ length: Math.min(BATCH, count - done) }, () => ({ data: payloadOf(randomUUID()) })));
    },
    async drain() {
      let [firstAtMs, lastAtMs] = [0, 0];
      await Promise.all(Array.from({ length: LOOPS }, async () => {
        for (;;) {
          const jobs = await boss.fetch(QUEUE, { batchSize: BATCH });
          if (jobs.length === 0) return;
          if (firstAtMs === 0) firstAtMs = performance.timeOrigin + performance.now();
          await boss.complete(QUEUE, jobs.map(({ id }) => id));
          lastAtMs = performance.timeOrigin + performance.now();
        }
      }));
      return [firstAtMs, lastAtMs];
    },
    async enqueue() {
      const orderId = randomUUID();
      // Its own statement stands behind that of the order: both go out with BEGIN.
      await inTransaction(pool, () => Promise.resolve(), (tx) => together([
        tx.query(BEGIN), tx.query({ ...INSERT_ORDER, values: orderRow(orderId) }),
        boss.send(QUEUE, payloadOf(orderId), { db: { executeSql: (text, values) => tx.query(text, values) } }),
      ]));
      return orderId;
    },
    async listen(seen) {
      await boss.work<Payload>(QUEUE, { batchSize: 10, localConcurrency: 2, burstWhenBatchFull: true }, async (jobs) => {
        for (const { data } of jobs) seen(data.orderId);
      });
      return { stop: () => boss.offWork(QUEUE) };
    },
  };
});
