/**
 * What the index over the types costs whoever appends: two logs side by side, one without it, in turns. What the server computes
 * and what it writes are counted for its one connection, so that others on the machine do not matter. Linux only; elsewhere the CPU is 0.
 */
import { readFileSync } from 'node:fs';
import { EventLog } from '@commerce/event-log/log';
import { MIGRATIONS } from '@commerce/event-log/schema';
import { inTransaction } from '@commerce/event-log/transaction';
import { createCatalogue } from '@commerce/events/catalogue';
import { ENTRIES, OrderCreated } from '@commerce/events/entries';
import { uuid7 } from '@commerce/events/uuid7';
import pg from 'pg';
import { median } from '../table.ts';

export interface AppendCost {
  readonly batch: number;
  readonly withIndex: Cost;
  readonly without: Cost;
}

interface Cost {
  /** CPU of the server per event. */
  readonly cpuMicros: number;
  /** Of the write-ahead log, per event. */
  readonly walBytes: number;
}

const TICK_MICROS = 10_000;

/** `url`: a superuser's, of the cluster. `events`: of one round. */
export async function appendCosts(url: string, { events, rounds }: { events: number; rounds: number }): Promise<AppendCost[]> {
  const [given, bare] = [await openLog(url, 'bench_with'), await openLog(url, 'bench_without')];
  try {
    await bare.pool.query('DROP INDEX events_type');
    const costs: AppendCost[] = [];
    for (const batch of [100, 1]) {
      const [all, count] = [{ withIndex: [] as Cost[], without: [] as Cost[] }, batch === 1 ? events / 10 : events];
      for (let round = 0; round <= rounds; round += 1) {
        const both = [await append(given, batch, count), await append(bare, batch, count)] as const;
        // The first warms up.
        if (round > 0) all.withIndex.push(both[0]);
        if (round > 0) all.without.push(both[1]);
      }
      costs.push({ batch, withIndex: middle(all.withIndex), without: middle(all.without) });
    }
    return costs;
  } finally {
    for (const log of [given, bare]) {
      await log.close();
      await log.pool.end();
    }
  }
}

function middle(costs: readonly Cost[]): Cost {
  return { cpuMicros: median(costs.map(({ cpuMicros }) => cpuMicros)), walBytes: median(costs.map(({ walBytes }) => walBytes)) };
}

async function openLog(url: string, name: string): Promise<EventLog> {
  const cluster = new pg.Client({ connectionString: url });
  await cluster.connect();
  await cluster.query(`CREATE DATABASE ${name}`);
  await cluster.end();
  const own = new URL(url);
  own.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: own.href, max: 1 });
  pool.on('error', () => undefined);
  await pool.query(MIGRATIONS.map(({ sql }) => sql).join(';\n'));
  return EventLog.open({ pool, catalogue: createCatalogue([OrderCreated]), nowMs: Date.now, uuid: () => uuid7(Date.now()) });
}

/** Events of all types in turns, each of an order and a request of its own; a transaction for each batch. */
async function append(log: EventLog, batch: number, count: number): Promise<Cost> {
  const model = log.prepare({ type: 'OrderCreated', data: OrderCreated.example }, 'order-service', { correlationId: uuid7(Date.now()), causationId: null, metadata: {} });
  const before = await used(log.pool);
  for (let done = 0; done < count; done += batch) {
    const made = Array.from({ length: batch }, (_, index) => ({ ...model, type: ENTRIES[(done + index) % ENTRIES.length]?.type ?? '', eventId: uuid7(Date.now()), correlationId: uuid7(Date.now()), subject: uuid7(Date.now()) }));
    await inTransaction(log.pool, (tx) => log.append(tx, made));
  }
  const after = await used(log.pool);
  return { cpuMicros: (after.cpuMicros - before.cpuMicros) / count, walBytes: (after.walBytes - before.walBytes) / count };
}

async function used(pool: pg.Pool): Promise<Cost> {
  const { rows: [row] } = await pool.query("SELECT pg_backend_pid() AS pid, pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS bytes");
  return { cpuMicros: ticks(row.pid) * TICK_MICROS, walBytes: Number(row.bytes) };
}

function ticks(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0;
  }
}
