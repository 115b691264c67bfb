/**
 * `pnpm bench:history [--events 10000000] [--queries 200] [--no-append]`: how long a page of history takes in a large log, and what its index
 * costs whoever appends. Embedded PostgreSQL with its defaults, in a folder of its own (about a gigabyte for a million events) that is removed in
 * the end. Figures are printed, never asserted.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOptions } from '../../kit/options.ts';
import { readEventStory } from '@commerce/event-log/event-story';
import { readHistory } from '@commerce/event-log/history';
import type { HistoryFilter, HistoryRead } from '@commerce/event-log/history';
import { MIGRATIONS } from '@commerce/event-log/schema';
import { compilePattern } from '@commerce/events/pattern';
import { uuid7Floor } from '@commerce/events/uuid7';
import { startPostgres } from '@commerce/service-kit/embedded-postgres';
import pg from 'pg';
import { percentile, table } from '../table.ts';
import { appendCosts } from './append-cost.ts';
import { fillLog, YEAR_MS } from './fill.ts';

const { values } = readOptions(import.meta.url, { options: { events: { type: 'string', default: '10000000' }, queries: { type: 'string', default: '200' }, append: { type: 'boolean', default: true } }, allowNegative: true });
const events = Number(values.events);
const queries = Number(values.queries);
const HOUR_MS = 3_600_000;

const directory = await mkdtemp(join(tmpdir(), 'commerce-history-'));
const server = await startPostgres({ dataDir: join(directory, 'data') });
const pool = new pg.Pool({ connectionString: server.superuserUrl, max: 4 });
pool.on('error', () => undefined);
const tell = (text: string): void => console.error(`${(performance.now() / 1_000).toFixed(0).padStart(5)} s  ${text}`);

interface Sample {
  readonly subject: string;
  readonly correlationId: string;
  readonly eventId: string;
  readonly recordedAtMs: number;
  readonly cursor: { readonly epoch: number; readonly txid: number; readonly position: number };
}

/** Events from everywhere in the log. */
async function samples(nowMs: number): Promise<Sample[]> {
  const found: Sample[] = [];
  for (let index = 0; index < queries; index += 1) {
    // Steps of the golden section: spread over the year, and in no order.
    const timeMs = nowMs - YEAR_MS * (1 - ((index * 0.618_034) % 1));
    const { rows: [row] } = await pool.query('SELECT event_id, subject, correlation_id, txid::text, position, extract(epoch FROM recorded_at) * 1000 AS ms FROM events WHERE event_id >= $1::uuid ORDER BY event_id LIMIT 1', [uuid7Floor(timeMs)]);
    found.push({ eventId: row.event_id, subject: row.subject, correlationId: row.correlation_id, recordedAtMs: Number(row.ms), cursor: { epoch: 1, txid: Number(row.txid), position: Number(row.position) } });
  }
  return found;
}

async function timed(name: string, all: readonly Sample[], query: (sample: Sample) => Promise<number>): Promise<(string | number)[]> {
  for (const sample of all.slice(0, 8)) await query(sample);
  const took: number[] = [];
  let found = 0;
  for (const sample of all) {
    const startedMs = performance.now();
    found += await query(sample);
    took.push(performance.now() - startedMs);
  }
  took.sort((a, b) => a - b);
  tell(`${name}: ${percentile(took, 0.5).toFixed(1)} ms, ${percentile(took, 0.99).toFixed(1)} ms`);
  return [name, found / all.length, percentile(took, 0.5), percentile(took, 0.99)];
}

const page = async (filter: HistoryFilter, read: Partial<HistoryRead> = {}): Promise<number> => (await readHistory(pool, 1, filter, { limit: 50, ...read })).events.length;

try {
  console.log(`${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), load ${loadavg().map((load) => load.toFixed(1)).join(' ')}, Node ${process.version}; embedded PostgreSQL; ${events.toLocaleString('en')} events.`);
  const costs = values.append ? await appendCosts(server.superuserUrl, { events: 20_000, rounds: 5 }) : [];
  if (costs.length > 0) console.log(`\n${table(['append, per event', 'CPU µs of the server with the index of types', 'without', 'ratio', 'bytes of WAL with', 'without', 'ratio'], costs.map(({ batch, withIndex, without }) => [
    `${batch} in a transaction`, withIndex.cpuMicros, without.cpuMicros, (withIndex.cpuMicros / without.cpuMicros).toFixed(2), withIndex.walBytes, without.walBytes, (withIndex.walBytes / without.walBytes).toFixed(2),
  ]))}`);
  await pool.query(MIGRATIONS.map(({ sql }) => sql).join(';\n'));
  const nowMs = Date.now();
  await fillLog(pool, events, nowMs, tell);
  const { rows: [size] } = await pool.query("SELECT sum(pg_relation_size(c.oid))::bigint AS table_bytes, sum(pg_indexes_size(c.oid))::bigint AS index_bytes FROM pg_class c WHERE relname ~ '^events_\\d{4}_\\d\\d$'");
  tell(`${(Number(size.table_bytes) / 1e9).toFixed(1)} GB of rows, ${(Number(size.index_bytes) / 1e9).toFixed(1)} GB of indexes`);
  const all = await samples(nowMs);
  const hour = ({ recordedAtMs }: Sample, spanMs = HOUR_MS) => ({ fromMs: recordedAtMs, toMs: recordedAtMs + spanMs });
  const customer = compilePattern({ eventType: ['OrderCreated'], data: { customerId: ['customer-4711'] } });
  const amount = compilePattern({ data: { total: [{ suffix: '5.40' }], lines: { quantity: [{ numeric: ['>', 4] }] } } });
  const rows = [
    await timed('the newest 50', all, () => page({})),
    await timed('50 below a place anywhere', all, ({ cursor }) => page({}, { before: cursor })),
    await timed('one subject', all, ({ subject }) => page({ subject })),
    await timed('one correlation id', all, ({ correlationId }) => page({ correlationId })),
    await timed('one type, below a place anywhere', all, ({ cursor }) => page({ types: ['PaymentProcessed'] }, { before: cursor })),
    await timed('one rare type (1 in 10,000)', all, ({ cursor }) => page({ types: ['PaymentFailed'] }, { before: cursor })),
    await timed('three types, below a place anywhere', all, ({ cursor }) => page({ types: ['PaymentProcessed', 'OrderCreated', 'PaymentFailed'] }, { before: cursor })),
    await timed('an hour anywhere in the year', all, (sample) => page(hour(sample))),
    await timed('one type in a day anywhere', all, (sample) => page({ types: ['OrderCompleted'], ...hour(sample, 24 * HOUR_MS) })),
    await timed('one topic, below a place anywhere', all, ({ cursor }) => page({ topic: 'payment-events' }, { before: cursor })),
    await timed('a pattern that one in 20 meets', all, ({ cursor }) => page({ pattern: amount }, { before: cursor })),
    await timed('a pattern with a type that one in 5,000 meets: 20,000 looked at', all.slice(0, 40), ({ cursor }) => page({ pattern: customer }, { before: cursor })),
    await timed('an event with its causes and what followed', all, async ({ eventId }) => ((await readEventStory(pool, eventId, { OrderCreated: ['inventory.reserve'] }))?.following.events.length ?? 0)),
  ];
  console.log(`\n${table([`history of ${(YEAR_MS / HOUR_MS / 24).toFixed(0)} days, ${queries} queries each`, 'events found', 'p50 ms', 'p99 ms'], rows)}`);
} finally {
  await pool.end();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}
