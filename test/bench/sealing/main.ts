/**
 * `pnpm bench:sealing [--seconds 3] [--rounds 5]`: what sealing costs whoever appends, how fast a log is sealed, and how fast it is
 * verified. Rounds with and without sealing take turns in one run, each of them begins with nothing left to seal. Figures are
 * printed, never asserted.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readOptions } from '../../kit/options.ts';
import { EventLog } from '@commerce/event-log/log';
import { MIGRATIONS } from '@commerce/event-log/schema';
import { sealLog, sealNext } from '@commerce/event-log/seals';
import { verifyLog } from '@commerce/event-log/verify-log';
import { catalogue, OrderCreated } from '@commerce/events/entries';
import { uuid7 } from '@commerce/events/uuid7';
import { openDatabase } from '@commerce/service-kit/database';
import { startPostgres } from '@commerce/service-kit/embedded-postgres';
import { median, table } from '../table.ts';

const { values } = readOptions(import.meta.url, { options: { seconds: { type: 'string', default: '3' }, rounds: { type: 'string', default: '5' } } });
const roundMs = Number(values.seconds) * 1_000;

const directory = await mkdtemp(join(tmpdir(), 'commerce-sealing-'));
const server = await startPostgres({ dataDir: join(directory, 'data') });
const { pool, close } = openDatabase({ url: server.superuserUrl, max: 12, applicationName: 'bench' });
await pool.query(MIGRATIONS.map(({ sql }) => sql).join('\n'));
const log = await EventLog.open({ pool, catalogue, nowMs: Date.now, uuid: () => uuid7(Date.now()) });

/** Events per second of so many writers with batches of this size. */
async function append(batch: number, writers: number): Promise<number> {
  const began = performance.now();
  let events = 0;
  const writer = async (): Promise<void> => {
    while (performance.now() - began < roundMs) {
      const rows = Array.from({ length: batch }, () => (
        log.prepare({ type: OrderCreated.type, data: { ...OrderCreated.example, orderId: log.preparer.uuid() } }, 'bench', { correlationId: log.preparer.uuid(), causationId: null, metadata: {} })
      ));
      const { text, values: parameters } = log.insert(rows, 1);
      await pool.query(text, parameters);
      events += batch;
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  return (events * 1_000) / (performance.now() - began);
}

async function sealRest(): Promise<number> {
  let sealed = 0;
  for (let count = 1; count > 0; sealed += count) count = await sealNext(pool);
  return sealed;
}

/** The same while the log is sealed all the time, without the pauses of a minute that a service makes. */
async function appendSealed(batch: number, writers: number): Promise<number> {
  const ended = new AbortController();
  const sealing = (async () => {
    while (!ended.signal.aborted) {
      await sealLog({ pool, log: 'bench', nowMs: Date.now, monotonicMs: () => performance.now(), sleep: async (ms) => delay(ms) }, ended.signal).catch((error: unknown) => {
        if (!ended.signal.aborted) throw error;
      });
      await delay(100);
    }
  })();
  const rate = await append(batch, writers);
  ended.abort();
  await sealing;
  return rate;
}

const rows: (string | number)[][] = [];
await append(100, 4);
for (const [name, batch, writers] of [['batches of 100, 4 writers', 100, 4], ['single, 8 writers', 1, 8]] as const) {
  const plain: number[] = [];
  const sealed: number[] = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    // Who is first takes turns, too.
    for (const isSealed of round % 2 === 0 ? [false, true] : [true, false]) {
      await sealRest();
      if (isSealed) sealed.push(await appendSealed(batch, writers));
      else plain.push(await append(batch, writers));
    }
  }
  rows.push([name, median(plain), median(sealed), (median(sealed) / median(plain)).toFixed(2)]);
}
await pool.query('DELETE FROM seals');
let began = performance.now();
const sealedEvents = await sealRest();
const sealRate = (sealedEvents * 1_000) / (performance.now() - began);
began = performance.now();
const { events, findings } = await verifyLog({ pool, nowMs: Date.now, keys: new Map(), onFinding: () => undefined, signal: new AbortController().signal });
console.log(table(['', 'not sealed, events/s', 'sealed, events/s', 'ratio'], rows));
console.log(`\n${sealedEvents} events: sealed at ${sealRate.toFixed(0)} a second, verified at ${((events * 1_000) / (performance.now() - began)).toFixed(0)}, ${findings} findings`);

await log.close();
await close();
await server.stop();
await rm(directory, { recursive: true, force: true });
