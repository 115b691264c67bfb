/**
 * `node test/bench/analytics/main.ts [--events 50000]`: the reader of analytics alone, on a log that is filled already, beside a
 * reader that hears the same events and does nothing. Events a second, and CPU of this process and of PostgreSQL for each event.
 * The first run warms up and does not count. Embedded PostgreSQL in a folder of its own, removed in the end. Figures are printed, never asserted.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readOptions } from '../../kit/options.ts';
import { analytics } from '@commerce/commerce-coordinator/extensions/analytics';
import { EventLog } from '@commerce/event-log/log';
import { registerMap, startReaders } from '@commerce/event-log/readers';
import { MIGRATIONS } from '@commerce/event-log/schema';
import { inTransaction } from '@commerce/event-log/transaction';
import { createCatalogue } from '@commerce/events/catalogue';
import { PUBLISHED_ENTRIES } from '@commerce/events/entries/all';
import { uuid7 } from '@commerce/events/uuid7';
import { startPostgres } from '@commerce/service-kit/embedded-postgres';
import { defineExtension } from '@commerce/signals/extension';
import type { ExtensionDefinition } from '@commerce/signals/extension';
import { apply, handlersOf } from '@commerce/signals/handler';
import { handlersByType, openExtensions } from '@commerce/signals/host';
import type { SignalMap } from '@commerce/signals/map';
import pg from 'pg';
import { treeCpuMs } from '../cpu.ts';
import { table } from '../table.ts';

const { values } = readOptions(import.meta.url, { options: { events: { type: 'string', default: '50000' } } });
const events = Number(values.events);

/** The way of an order. So many orders are under way at once. */
const WAY = [
  'OrderCheckoutInitiated', 'OrderCreated', 'InventoryReserved', 'PaymentInitiated', 'PaymentProcessed', 'OrderConfirmed', 'FulfillmentRequested', 'OrderFulfilled', 'ShippingCreated', 'OrderShipped',
  'OrderCompleted', 'NotificationSent',
];
const AT_ONCE = 60;
const APPENDED = 600;

const nothing = defineExtension({
  name: 'nothing', description: 'Hears, and does nothing.', source: 'nothing', signals: [], store: { load: async () => new Map(), save: async () => undefined }, open: () => undefined,
  handlers: { 'nothing.hear': handlersOf<undefined>().transactional(PUBLISHED_ENTRIES, (state) => apply(state)) },
});

interface Cost {
  readonly perSecond: number;
  readonly nodeUs: number;
  readonly postgresUs: number;
  readonly foldUs: number;
}

async function measure(definition: ExtensionDefinition, handler: string): Promise<Cost> {
  const directory = await mkdtemp(join(tmpdir(), 'commerce-analytics-'));
  const server = await startPostgres({ dataDir: join(directory, 'data') });
  const pool = new pg.Pool({ connectionString: server.superuserUrl, max: 12, pipeline: true });
  pool.on('error', () => undefined);
  const uuid = (): string => uuid7(Date.now());
  const map: SignalMap = { connections: Object.fromEntries(WAY.map((type) => [type, [{ handler }]])), foreign: [], retired: {}, unheard: {}, unconnected: {}, everywhere: [], file: undefined };
  await pool.query([...MIGRATIONS, ...(definition.migrations ?? [])].map(({ sql }) => sql).join(';\n'));
  const log = await EventLog.open({ pool, catalogue: createCatalogue(PUBLISHED_ENTRIES), nowMs: Date.now, uuid });
  const opened = await openExtensions([definition], map, { log, nowMs: Date.now });
  const registered = await registerMap({ log, extensions: opened.map(({ extension }) => extension), map: handlersByType(map), streams: [] });
  await fill(log);
  await pool.query('ANALYZE');
  const { rows: [last] } = await pool.query('SELECT txid, position FROM events ORDER BY epoch DESC, txid DESC, position DESC LIMIT 1');
  const from = { cpu: process.cpuUsage(), treeMs: treeCpuMs(process.pid), atMs: performance.now() };
  const readers = await startReaders({
    log, databaseUrl: server.superuserUrl, map: registered, streams: [], workerId: uuid(), random: Math.random, monotonicMs: () => performance.now(),
    sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }), logger: { info: () => undefined, warn: console.warn, error: console.error },
  });
  try {
    while ((await pool.query('SELECT FROM readers WHERE (txid, position) < ($1::xid8, $2::bigint)', [last?.txid, last?.position])).rows.length > 0) await delay(20);
    const seconds = (performance.now() - from.atMs) / 1_000;
    const { user, system } = process.cpuUsage(from.cpu);
    const read = { nodeMs: (user + system) / 1_000, treeMs: treeCpuMs(process.pid) - from.treeMs };
    const foldFromMs = treeCpuMs(process.pid);
    const fold = definition.jobs?.find(({ name }) => name === 'analytics.fold');
    while (fold !== undefined && (await fold.run(opened[0]?.own, new AbortController().signal)));
    return { perSecond: events / seconds, nodeUs: (read.nodeMs * 1_000) / events, postgresUs: ((read.treeMs - read.nodeMs) * 1_000) / events, foldUs: ((treeCpuMs(process.pid) - foldFromMs) * 1_000) / events };
  } finally {
    await readers.stop();
    await log.close();
    await pool.end();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Orders that go their way side by side, as many events as are wanted. */
async function fill(log: EventLog): Promise<void> {
  const entries = new Map(PUBLISHED_ENTRIES.map((entry) => [entry.type, entry]));
  const trigger = { correlationId: uuid7(Date.now()), causationId: null, metadata: {} };
  const prepared = (index: number) => {
    const round = Math.floor(index / (AT_ONCE * WAY.length));
    const type = WAY[Math.floor(index / AT_ONCE) % WAY.length] ?? '';
    const id = `order-${round * AT_ONCE + (index % AT_ONCE)}`;
    return log.prepare({ type, data: { ...(entries.get(type)?.example as object), ...(type === 'NotificationSent' ? { about: id } : { orderId: id }) } }, 'bench', trigger);
  };
  for (let done = 0; done < events; done += APPENDED) {
    const batch = Array.from({ length: Math.min(APPENDED, events - done) }, (_, index) => prepared(done + index));
    await inTransaction(log.pool, (tx) => log.append(tx, batch));
  }
}

console.log(`${cpus()[0]?.model ?? ''}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1) ?? ''}, Node ${process.version}, ${events.toLocaleString('en')} events`);
const rows = [];
await measure(nothing, 'nothing.hear');
for (const [definition, handler] of [[nothing, 'nothing.hear'], [analytics, 'analytics.observe']] as const) {
  const { perSecond, nodeUs, postgresUs, foldUs } = await measure(definition, handler);
  rows.push([definition.name, perSecond, nodeUs, postgresUs, foldUs]);
}
console.log(table(['reader', 'events/s', 'CPU µs each, Node', 'PostgreSQL', 'folding'], rows));
