/**
 * `pnpm bench:log [--seconds 2] [--rounds 3] [--events 10000]`: what the log costs beside the same work done bare, in one run.
 * Append: checked, digested and indexed, beside the same multi-row insert into a plain table with the same columns and a primary key.
 * Reading: a stream reader beside pages of the same rows by a bare ordered SELECT. Replay: a run to a handler that writes a row for
 * each subject, under the locks of live work and with the rests that it makes, beside the same SELECT. Rounds take turns, who is
 * first too; what is told are medians, and of the ratios the median over rounds. Asserts nothing. Sealing and personal data have
 * benches of their own: bench:sealing, bench:personal-data.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { readOptions } from '../../kit/options.ts';
import { appendStatement, eventColumns, insertEvents } from '@commerce/event-log/events';
import { apply, stale } from '@commerce/event-log/extension';
import type { Extension } from '@commerce/event-log/extension';
import { EventLog } from '@commerce/event-log/log';
import type { PreparedEvent } from '@commerce/event-log/prepare';
import { registerMap, startReaders } from '@commerce/event-log/readers';
import { readReplay, replayStore } from '@commerce/event-log/replay-rows';
import { startReplayRunner } from '@commerce/event-log/replay-runner';
import { MIGRATIONS } from '@commerce/event-log/schema';
import { prepared, run } from '@commerce/event-log/statement';
import type { StreamReader } from '@commerce/event-log/stream';
import { catalogue, OrderCreated } from '@commerce/events/entries';
import { uuid7 } from '@commerce/events/uuid7';
import { openDatabase } from '@commerce/service-kit/database';
import { systemSleep } from '@commerce/service-kit/ports';
import type { QueryConfig } from 'pg';
import { openCluster } from '../harness/cluster.ts';
import { until } from '../harness/until.ts';
import { median, table } from '../table.ts';

const { values } = readOptions(import.meta.url, { options: { seconds: { type: 'string', default: '2' }, rounds: { type: 'string', default: '3' }, events: { type: 'string', default: '10000' } } });
const [windowMs, rounds, events] = [Number(values.seconds) * 1_000, Number(values.rounds), Number(values.events)];
const SUBJECTS = 500;
const PAGE = 1_000;
const LOGGER = { info: () => undefined, warn: console.warn, error: console.error };

const cluster = await openCluster();
const databaseUrl = await cluster.database('log');
const { pool, close } = openDatabase({ url: databaseUrl, max: 16, applicationName: 'bench' });
await pool.query([...MIGRATIONS.map(({ sql }) => sql), `
  CREATE TABLE bare_events (LIKE events INCLUDING DEFAULTS INCLUDING IDENTITY, PRIMARY KEY (event_id));
  CREATE TABLE counted (subject text PRIMARY KEY, version integer NOT NULL, last text NOT NULL)`].join(';\n'));
const log = await EventLog.open({ pool, catalogue, nowMs: Date.now, uuid: () => uuid7(Date.now()) });

interface Counted {
  readonly version: number;
  /** Id of the event. */
  readonly last: string;
}
const counting: Extension<Counted> = {
  name: 'counting', source: 'bench',
  store: {
    load: async (tx, subjects) => {
      const { rows } = await run(tx, 'SELECT subject, version, last FROM counted WHERE subject = ANY ($1::text[])', [subjects]);
      return new Map(rows.map((row) => [row['subject'] as string, { version: row['version'], last: row['last'] }]));
    },
    save: async (tx, changes) => void (await run(tx,
      'INSERT INTO counted SELECT * FROM unnest($1::text[], $2::integer[], $3::text[]) ON CONFLICT (subject) DO UPDATE SET version = excluded.version, last = excluded.last',
      [changes.map(({ subject }) => subject), changes.map(({ after }) => after.version), changes.map(({ after }) => after.last)])),
  },
  handlers: { 'counting.count': { decide: (state, { eventId }) => (state?.last === eventId ? stale('seen', {}) : apply({ version: (state?.version ?? 0) + 1, last: eventId })) } },
  effects: {}, timers: {},
};
let handed = 0;
const stream: StreamReader = { name: 'bench', wants: () => true, handle: async (some) => void (handed += some.length) };
const map = await registerMap({ log, extensions: [counting], map: { [OrderCreated.type]: ['counting.count'] }, streams: [stream] });

const prepare = (orderId: string): PreparedEvent => log.prepare(
  { type: OrderCreated.type, data: { ...OrderCreated.example, orderId } }, 'bench', { correlationId: uuid7(Date.now()), causationId: null, metadata: {} },
);

/** Rows a second of so many writers, each with one statement of `batch` rows at a time. */
async function write(batch: number, writers: number, statement: () => QueryConfig): Promise<number> {
  const began = performance.now();
  let rows = 0;
  await Promise.all(Array.from({ length: writers }, async () => {
    while (performance.now() - began < windowMs) {
      await pool.query(statement());
      rows += batch;
    }
  }));
  return (rows * 1_000) / (performance.now() - began);
}

const appended = (batch: number) => () => appendStatement(Array.from({ length: batch }, () => prepare(uuid7(Date.now()))), log.epoch);
/** The same text and values, made of rows that were prepared before: only their ids are new. */
function bare(batch: number): () => QueryConfig {
  const rows = Array.from({ length: batch }, () => prepare(uuid7(Date.now())));
  return () => {
    const { text, values: parameters } = insertEvents(rows.map((row) => ({ ...row, eventId: uuid7(Date.now()) })), log.epoch, 1);
    return prepared(text.replace('INTO events', 'INTO bare_events'), parameters);
  };
}

/** Events a second of a reader that begins at the beginning. */
async function read(): Promise<number> {
  await pool.query("UPDATE readers SET epoch = 0, txid = '0', position = 0 WHERE name = 'bench'");
  handed = 0;
  const readers = await startReaders({ log, databaseUrl, map, streams: [stream], workerId: uuid7(Date.now()), random: Math.random, monotonicMs: () => performance.now(), sleep: systemSleep, logger: LOGGER });
  try {
    // From its first batch on: what a start takes is no part of it.
    await until('the reader has begun', () => handed > 0, { everyMs: 1 });
    const [before, began] = [handed, performance.now()];
    await until('the reader has passed all', () => handed >= events, { everyMs: 1 });
    return ((handed - before) * 1_000) / (performance.now() - began);
  } finally {
    await readers.stop();
  }
}

/** Rows a second of pages in the order of the log. */
async function select(): Promise<number> {
  const began = performance.now();
  for (let [at, count] = [[0, '0', '0'], 0] as [unknown[], number]; ;) {
    const { rows } = await run(pool, `SELECT ${eventColumns()} FROM events WHERE (epoch, txid, position) > ($1::integer, $2::xid8, $3::bigint) ORDER BY epoch, txid, position LIMIT ${PAGE}`, at);
    count += rows.length;
    const last = rows.at(-1);
    if (last === undefined) return (count * 1_000) / (performance.now() - began);
    at = [last['epoch'], last['txid_text'], last['position']];
  }
}

/** Events a second of a run, by the times of its row. */
async function replay(): Promise<number> {
  await pool.query('TRUNCATE counted; UPDATE readers r SET epoch = e.epoch, txid = e.txid, position = e.position FROM (SELECT epoch, txid, position FROM events ORDER BY epoch DESC, txid DESC, position DESC LIMIT 1) e');
  const replayId = uuid7(Date.now());
  await replayStore.save(pool, [{ subject: replayId, before: undefined, after: {
    replayId, target: { handler: 'counting.count' }, selection: { types: [OrderCreated.type] }, mode: 'run', effects: 'suppressed', accept: false, dryRunId: null, rate: null,
    requestedBy: { subject: 'bench', clientId: 'bench' }, reason: 'measured', state: 'waiting',
  } }]);
  const runner = startReplayRunner({ log, map, ports: {}, holder: randomUUID(), lagMs: () => 0, sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }), monotonicMs: () => performance.now(), logger: LOGGER });
  try {
    await until('the replay has ended', async () => ['done', 'failed'].includes((await readReplay(pool, replayId))?.state ?? ''));
  } finally {
    await runner.stop();
  }
  const done = await readReplay(pool, replayId);
  if (done?.state !== 'done' || done.counts.applied !== events) throw new Error(`The replay has ${done?.state}: ${JSON.stringify(done?.counts)} ${done?.error ?? ''}`);
  return (done.counts.applied * 1_000) / (Number(done.endedAt) - Number(done.startedAt));
}

/** Both by turns; the first round warms up. */
async function beside(name: string, ours: () => Promise<number>, other: () => Promise<number>): Promise<(string | number)[]> {
  const found: { ours: number; other: number }[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const first = round % 2 === 0 ? await ours() : undefined;
    const plain = await other();
    const rate = first ?? (await ours());
    if (round > 0) found.push({ ours: rate, other: plain });
  }
  return [name, median(found.map((one) => one.ours)), median(found.map((one) => one.other)), median(found.map((one) => one.ours / one.other)).toFixed(2)];
}

try {
  const rows = [
    await beside('append, one by one, 8 writers', () => write(1, 8, appended(1)), () => write(1, 8, bare(1))),
    await beside('append, batches of 100, 4 writers', () => write(100, 4, appended(100)), () => write(100, 4, bare(100))),
  ];
  await pool.query('TRUNCATE events, bare_events');
  const subjects = Array.from({ length: SUBJECTS }, () => uuid7(Date.now()));
  for (let done = 0; done < events; done += PAGE) await pool.query(appendStatement(Array.from({ length: Math.min(PAGE, events - done) }, (_, index) => prepare(subjects[(done + index) % SUBJECTS] ?? '')), log.epoch));
  await pool.query('ANALYZE events');
  rows.push(await beside('a reader', read, select), await beside('a replay to a handler', replay, select));
  console.log(table(['', 'the log, events/s', 'bare, rows/s', 'ratio'], rows));
} finally {
  await log.close();
  await close();
  await cluster.stop();
}
