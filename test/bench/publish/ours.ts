/**
 * Our log: events are checked and appended with their order by one statement, as intake does it; the publisher reads them from the log and
 * puts them on the bus over HTTP, ten in a call.
 */
import { createEventBridgePublisher } from '@commerce/bus/eventbridge-publisher';
import { EventLog } from '@commerce/event-log/log';
import { registerMap, startReaders } from '@commerce/event-log/readers';
import type { Readers } from '@commerce/event-log/readers';
import { MIGRATIONS } from '@commerce/event-log/schema';
import { run } from '@commerce/event-log/statement';
import { inTransaction } from '@commerce/event-log/transaction';
import { catalogue, OrderCreated } from '@commerce/events/entries';
import { uuid7 } from '@commerce/events/uuid7';
import { openDatabase } from '@commerce/service-kit/database';
import { systemSleep } from '@commerce/service-kit/ports';
import { setTimeout as delay } from 'node:timers/promises';
import { BUSINESS_TABLE, INSERT_ORDER, ORDER_PARAMETERS, orderRow, serveEngine } from './engine.ts';

const LOGGER = { info: () => undefined, warn: console.warn, error: console.error };
const BATCH = 500;

serveEngine(async ({ databaseUrl, busUrl, isFilled = false }) => {
  const { pool } = openDatabase({ url: databaseUrl, max: 16, applicationName: 'bench' });
  await pool.query(isFilled ? BUSINESS_TABLE : [BUSINESS_TABLE, ...MIGRATIONS.map(({ sql }) => sql)].join(';\n'));
  const log = await EventLog.open({ pool, catalogue, nowMs: Date.now, uuid: () => uuid7(Date.now()) });
  const publisher = createEventBridgePublisher({
    client: { endpoint: busUrl, region: 'eu-central-1', credentials: { accessKeyId: 'any', secretAccessKey: 'any' } }, busName: 'bench', sleep: systemSleep, random: Math.random, logger: LOGGER,
    undeliverable: () => Promise.reject(new Error('The bus refused an event.')),
  });
  await publisher.start();
  const map = await registerMap({ log, extensions: [], map: {}, streams: [publisher] });
  const start = (): Promise<Readers> => startReaders({
    log, databaseUrl, map, streams: [publisher], workerId: uuid7(Date.now()), random: Math.random, monotonicMs: () => performance.now(), sleep: systemSleep, logger: LOGGER,
  });
  const prepare = (orderId: string) => log.prepare({ type: OrderCreated.type, data: { ...OrderCreated.example, orderId }, sequence: 1 }, 'order-service', { correlationId: uuid7(Date.now()), causationId: null, metadata: {} });
  return {
    async fill(count) {
      for (let done = 0; done < count; done += BATCH) {
        const events = Array.from({ length: Math.min(BATCH, count - done) }, () => prepare(uuid7(Date.now())));
        await inTransaction(pool, (tx) => log.append(tx, events));
      }
    },
    async drain(count) {
      const goal = publisher.stats().published + count;
      const readers = await start();
      while (publisher.stats().published < goal) await delay(5);
      await readers.stop();
      return null;
    },
    async enqueue() {
      const orderId = uuid7(Date.now());
      const event = prepare(orderId);
      const [order, append] = [orderRow(orderId), log.insert(await log.protect([event]), ORDER_PARAMETERS + 1)];
      await run(pool, `WITH placed AS (${INSERT_ORDER.text}) ${append.text}`, [...order, ...append.values]);
      log.wake();
      return event.eventId;
    },
    async listen() {
      const readers = await start();
      return { stop: () => readers.stop() };
    },
  };
});
