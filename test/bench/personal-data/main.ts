/**
 * `node test/bench/personal-data/main.ts [--events 20000] [--customers 2000] [--rounds 3]`: what encrypting personal data costs on append
 * and on read. Rounds with and without take turns in one run, each with a log of its own. Every event is an order with an
 * address, a note and its digest: three fields, about 200 bytes. Figures are printed, never asserted.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOptions } from '../../kit/options.ts';
import type { Cursor } from '@commerce/event-log/event';
import { START } from '@commerce/event-log/event';
import { fetchAfter } from '@commerce/event-log/fetch';
import { EventLog } from '@commerce/event-log/log';
import { openPersonalData } from '@commerce/event-log/personal-keys';
import { masterKeys } from '@commerce/event-log/personal-master';
import { MIGRATIONS } from '@commerce/event-log/schema';
import { run } from '@commerce/event-log/statement';
import { catalogue, OrderCreated } from '@commerce/events/entries';
import { uuid7 } from '@commerce/events/uuid7';
import { openDatabase } from '@commerce/service-kit/database';
import { startPostgres } from '@commerce/service-kit/embedded-postgres';
import type { Pool } from 'pg';
import { median, table } from '../table.ts';

const { values } = readOptions(import.meta.url, { options: { events: { type: 'string', default: '20000' }, customers: { type: 'string', default: '2000' }, rounds: { type: 'string', default: '3' } } });
const EVENTS = Number(values.events);
const CUSTOMERS = Number(values.customers);
const keys = masterKeys(randomBytes(32).toString('base64'));

const directory = await mkdtemp(join(tmpdir(), 'commerce-personal-data-'));
const server = await startPostgres({ dataDir: join(directory, 'data') });
const { pool, close } = openDatabase({ url: server.superuserUrl, max: 12, applicationName: 'bench' });
await pool.query(MIGRATIONS.map(({ sql }) => sql).join('\n'));

const openLog = async (isSealing: boolean): Promise<EventLog> => EventLog.open({
  pool, catalogue, nowMs: Date.now, uuid: () => uuid7(Date.now()),
  personal: isSealing ? await openPersonalData({ pool, catalogue, keys, randomBytes, nowMs: Date.now }) : undefined,
});

function prepared(log: EventLog, batch: number): ReturnType<EventLog['prepare']>[] {
  return Array.from({ length: batch }, () => log.prepare({
    type: OrderCreated.type,
    data: {
      ...OrderCreated.example, orderId: log.preparer.uuid(), customerId: `C${Math.floor(Math.random() * CUSTOMERS)}`, metadata: { note: 'please ring twice' },
      shipTo: { name: 'Vins et alcools Chevalier', address: '59 rue de l\'Abbaye', city: 'Reims', postalCode: '51100', country: 'France' },
      request: { clientId: 'storefront', idempotencyKey: log.preparer.uuid(), hash: 'ab'.repeat(32) },
    },
  }, 'bench', { correlationId: log.preparer.uuid(), causationId: null, metadata: {} }));
}

/** Events per second, with two statements in flight as intake has them. */
async function append(log: EventLog, batch: number): Promise<number> {
  const began = performance.now();
  let left = EVENTS;
  const writer = async (): Promise<void> => {
    while (left > 0) {
      left -= batch;
      const { text, values: parameters } = log.insert(await log.protect(prepared(log, batch)), 1);
      await run(pool, text, parameters);
    }
  };
  await Promise.all([writer(), writer()]);
  return (EVENTS * 1_000) / (performance.now() - began);
}

/** Events per second of one pass over the log, as readers fetch it. */
async function read(db: Pool, log: EventLog): Promise<number> {
  const began = performance.now();
  let count = 0;
  for (let at: Cursor = START; ;) {
    const { events, upTo } = await fetchAfter(db, log.epoch, at, 0, { rows: 1_000, personal: log.personal }, Date.now());
    if (events.length === 0) break;
    count += events.length;
    at = upTo;
  }
  return (count * 1_000) / (performance.now() - began);
}

const names = ['append, batches of 128', 'append, one by one', 'read'] as const;
const rates = new Map(names.map((name) => [name, { clear: [] as number[], sealed: [] as number[] }]));
// The first round warms up.
for (let round = 0; round <= Number(values.rounds); round += 1) {
  for (const kind of ['clear', 'sealed'] as const) {
    const log = await openLog(kind === 'sealed');
    const found = [await append(log, 128)];
    await pool.query('ANALYZE events');
    const rate = await read(pool, log);
    await pool.query('TRUNCATE events');
    const single = await singles(log);
    await pool.query('TRUNCATE events');
    found.push(single, rate);
    if (round > 0) names.forEach((name, index) => rates.get(name)?.[kind].push(found[index] ?? 0));
    await log.close();
  }
}

async function singles(log: EventLog): Promise<number> {
  const began = performance.now();
  const count = Math.ceil(EVENTS / 20);
  for (let done = 0; done < count; done += 1) {
    const { text, values: parameters } = log.insert(await log.protect(prepared(log, 1)), 1);
    await run(pool, text, parameters);
  }
  return (count * 1_000) / (performance.now() - began);
}

process.stdout.write(`\n${table(['', 'in clear, events/s', 'encrypted, events/s', 'ratio'], names.map((name) => {
  const { clear, sealed } = rates.get(name) ?? { clear: [], sealed: [] };
  return [name, Math.round(median(clear)).toLocaleString('en'), Math.round(median(sealed)).toLocaleString('en'), (median(sealed) / median(clear)).toFixed(2)];
}))}\n`);
await close();
await server.stop();
await rm(directory, { recursive: true, force: true });
