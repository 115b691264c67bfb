/** graphile-worker with jobs that do nothing: fetched and completed in batches, as its documentation advises for throughput; where jobs are seen as they come, as it comes. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { OrderCreated } from '@commerce/events/entries';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { BUSINESS_TABLE, INSERT_ORDER, openPool, ORDER_PARAMETERS, orderRow, serveEngine } from './engine.ts';

const BATCHED = { concurrentJobs: 24, localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };
const PROMPT = { concurrentJobs: 10 };
const BATCH = 500;
/** Its job is added by a function, so that one statement does both. */
const ORDER_WITH_JOB = `WITH placed AS (${INSERT_ORDER.text}) SELECT graphile_worker.add_job($${ORDER_PARAMETERS + 1}, payload => $${ORDER_PARAMETERS + 2}::json)`;

serveEngine(async ({ databaseUrl }) => {
  const pgPool = openPool(databaseUrl);
  await pgPool.query(BUSINESS_TABLE);
  const logger = new Logger(() => () => undefined);
  const utils = await makeWorkerUtils({ pgPool, logger });
  await utils.migrate();
  const payloadOf = (orderId: string) => ({ ...OrderCreated.example, orderId });
  const start = (worker: object, handle: (orderId: string) => void) => run({ pgPool, logger, noHandleSignals: true, preset: { worker }, taskList: { publish: (payload) => handle((payload as { orderId: string }).orderId) } });
  return {
    async fill(count) {
      for (let done = 0; done < count; done += BATCH) await utils.addJobs(Array.from({ length: Math.min(BATCH, count - done) }, () => ({ identifier: 'publish', payload: payloadOf(randomUUID()) })));
    },
    async drain(count) {
      let [done, firstAtMs, lastAtMs] = [0, 0, 0];
      const runner = await start(BATCHED, () => {
        done += 1;
        lastAtMs = performance.timeOrigin + performance.now();
        if (done === 1) firstAtMs = lastAtMs;
      });
      while (done < count) await delay(5);
      await runner.stop();
      return [firstAtMs, lastAtMs];
    },
    async enqueue() {
      const orderId = randomUUID();
      await pgPool.query({ name: 'order with job', text: ORDER_WITH_JOB, values: [...orderRow(orderId), 'publish', JSON.stringify(payloadOf(orderId))] });
      return orderId;
    },
    async listen(seen) {
      const runner = await start(PROMPT, seen);
      return { stop: () => runner.stop() };
    },
  };
});
