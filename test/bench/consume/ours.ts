/**
 * Ours, as the service runs it: the consumer takes events into the log (schemas checked, duplicates known, invisibility extended, traces
 * told), and a reader of the log hands them to a handler, which moves its order. An order counts when that is committed.
 */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { startServiceConsumer } from '@commerce/bus/service-consumer';
import type { ServiceConsumerOptions } from '@commerce/bus/service-consumer';
import { BUS_MIGRATION, REPLAYS_MIGRATION } from '@commerce/bus/schema';
import { apply } from '@commerce/event-log/extension';
import type { Extension } from '@commerce/event-log/extension';
import { EventLog } from '@commerce/event-log/log';
import { registerMap, startReaders } from '@commerce/event-log/readers';
import { MIGRATIONS } from '@commerce/event-log/schema';
import { run } from '@commerce/event-log/statement';
import { tracedIntake, tracingObserver } from '@commerce/event-log/trace';
import { catalogue } from '@commerce/events/entries';
import { uuid7 } from '@commerce/events/uuid7';
import { migrate, openDatabase } from '@commerce/service-kit/database';
import { systemClock, systemSleep } from '@commerce/service-kit/ports';
import { openTracing } from '@commerce/service-kit/tracing';
import { consuming } from './counted.ts';
import { SOURCE, TYPE } from './messages.ts';

interface Order {
  readonly status: string;
  readonly version: number;
}

const LOGGER = { info: () => undefined, warn: console.warn, error: console.error };
const CONNECTIONS = 10;

consuming(async ({ databaseUrl, queueUrl, isFurther = false }, done) => {
  const { pool, close } = openDatabase({ url: databaseUrl, max: CONNECTIONS, applicationName: 'bench' });
  if (!isFurther) await migrate(pool, [...MIGRATIONS, BUS_MIGRATION, REPLAYS_MIGRATION], { clock: systemClock, sleep: systemSleep });
  const log = await EventLog.open({ pool, catalogue, nowMs: Date.now, uuid: () => uuid7(Date.now()) });
  const tracing = await openTracing({ name: 'bench', version: '0', endpoint: await openCollector(), nowMs: Date.now, logger: LOGGER });
  const orders = extension(done);
  const map = await registerMap({ log, extensions: [orders], map: { [TYPE]: ['orders.fulfill'] }, streams: [] });
  return async () => {
    const readers = await startReaders({
      log, databaseUrl, map, streams: [], workerId: uuid7(Date.now()), random: Math.random, monotonicMs: () => performance.now(), sleep: systemSleep, logger: LOGGER,
      observer: tracingObserver(tracing.record), traces: true,
    });
    const consumer = await startServiceConsumer({
      config: { bus: 'eventbridge', fulfillmentQueueUrl: queueUrl } as ServiceConsumerOptions['config'], name: 'bench', stack: 'Bench', samples: [], isOurs: () => true,
      log: tracedIntake(log, tracing.record, Date.now), accepts: [{ source: SOURCE, type: TYPE }], pool, sleep: systemSleep, random: Math.random, monotonicMs: () => performance.now(), logger: LOGGER,
    });
    return {
      async stop() {
        await consumer.stop();
        await readers.stop();
        await tracing.stop();
        await log.close();
        await close();
      },
    };
  };
});

function extension(done: (count: number) => void): Extension<Order> {
  return {
    name: 'orders', source: 'order-service', effects: {}, timers: {},
    handlers: { 'orders.fulfill': { decide: (order) => apply({ status: 'fulfilled', version: (order?.version ?? 0) + 1 }) } },
    store: {
      async load(tx, subjects) {
        const { rows } = await run(tx, 'SELECT order_id, status, version FROM bench_orders WHERE order_id = ANY ($1::text[])', [subjects]);
        return new Map(rows.map(({ order_id: orderId, status, version }) => [orderId, { status, version }]));
      },
      async save(tx, changes) {
        await run(tx, 'UPDATE bench_orders o SET status = c.status, version = c.version, updated_at = now() FROM unnest($1::text[], $2::text[], $3::integer[]) AS c(order_id, status, version) WHERE o.order_id = c.order_id', [
          changes.map(({ subject }) => subject), changes.map(({ after }) => after.status), changes.map(({ after }) => after.version),
        ]);
      },
      saved: (changes) => done(changes.length),
    },
  };
}

/** Takes the traces that are kept, and forgets them. */
async function openCollector(): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.setHeader('content-type', 'application/json').end('{}'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
