/**
 * What it costs that a signal is durable: one event to ten handlers, by `sendRobust` through the log (checked against the
 * catalogue, appended, each handler's change committed), beside ten bare function calls and beside an emitter in memory.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { StateStore } from '@commerce/event-log/extension';
import { EventLog } from '@commerce/event-log/log';
import { registerMap, startReaders } from '@commerce/event-log/readers';
import type { Readers } from '@commerce/event-log/readers';
import { MIGRATIONS } from '@commerce/event-log/schema';
import { inTransaction } from '@commerce/event-log/transaction';
import { createCatalogue, defineEvent } from '@commerce/events/catalogue';
import { uuid7 } from '@commerce/events/uuid7';
import { startPostgres } from '@commerce/service-kit/embedded-postgres';
import { defineExtension } from '@commerce/signals/extension';
import { apply, handlersOf } from '@commerce/signals/handler';
import { handlersByType, openExtensions } from '@commerce/signals/host';
import { defineSignalMap } from '@commerce/signals/map';
import { collectSent } from '@commerce/signals/sending';
import { defineSignal } from '@commerce/signals/signal';
import Emittery from 'emittery';
import { answer } from '../harness/child.ts';
import pg from 'pg';
import { z } from 'zod';

const HANDLERS = 10;
const BATCH = 128;

const Rung = defineEvent({
  type: 'Rung', constant: 'RUNG', webhook: 'bell.rung', topic: 'order-events', description: 'A bell was rung.',
  versions: { v1: z.strictObject({ bell: z.string(), times: z.int() }) }, subject: ({ bell }) => bell, example: { bell: 'a', times: 1 },
});
const rung = defineSignal(Rung);
interface Count {
  readonly times: number;
}
const { transactional } = handlersOf<Count>();

function storeIn(table: string): StateStore<Count> {
  return {
    async load(tx, subjects) {
      const { rows } = await tx.query(`SELECT subject, times FROM ${table} WHERE subject = ANY ($1::text[])`, [subjects]);
      return new Map(rows.map((row) => [row.subject, { times: row.times }]));
    },
    async save(tx, changes) {
      await tx.query(
        `INSERT INTO ${table} SELECT * FROM unnest($1::text[], $2::integer[]) ON CONFLICT (subject) DO UPDATE SET times = excluded.times`,
        [changes.map(({ subject }) => subject), changes.map(({ after }) => after.times)],
      );
    },
  };
}

/** Ten handlers, dealt out over so many extensions. */
function listening(count: number) {
  return Array.from({ length: count }, (_, index) => {
    const name = `listener_${index}`;
    const handlers = Object.fromEntries(Array.from({ length: HANDLERS / count }, (_more, one) => [`${name}.hear_${one}`, transactional([Rung], (state) => apply({ times: (state?.times ?? 0) + 1 }))]));
    return defineExtension({
      name, description: 'Counts.', source: name, signals: index === 0 ? [rung] : [], store: storeIn(name), tables: [name], open: () => undefined, handlers,
      migrations: [{ name, sql: `CREATE TABLE ${name} (subject text PRIMARY KEY, times integer NOT NULL)` }],
    });
  });
}

export interface Amount {
  readonly events: number;
  readonly seconds: number;
}

/** Events a second, each heard by ten handlers; `events` of a durable way, seconds of the others. */
answer({
  calls: ({ seconds }: Amount) => bareCalls(seconds),
  emittery: ({ seconds }: Amount) => emitted(seconds),
  oneExtension: ({ events }: Amount) => durable(1, events),
  tenExtensions: ({ events }: Amount) => durable(HANDLERS, events),
});

async function bareCalls(seconds: number): Promise<number> {
  const counts = Array.from({ length: HANDLERS }, () => 0);
  const handlers = counts.map((_, index) => (event: { readonly times: number }): void => void (counts[index] = (counts[index] ?? 0) + event.times));
  return rate(seconds, (times) => {
    for (const handle of handlers) handle({ times });
  });
}

async function emitted(seconds: number): Promise<number> {
  const emitter = new Emittery<{ Rung: { times: number } }>();
  let count = 0;
  for (let index = 0; index < HANDLERS; index += 1) emitter.on('Rung', ({ data }) => void (count += data.times));
  return rate(seconds, (times) => emitter.emit('Rung', { times }));
}

async function rate(seconds: number, one: (times: number) => unknown): Promise<number> {
  const startedAtMs = performance.now();
  let done = 0;
  while (performance.now() - startedAtMs < seconds * 1_000) for (let times = 0; times < 1_000; times += 1, done += 1) await one(times);
  return (done * 1_000) / (performance.now() - startedAtMs);
}

async function durable(extensions: number, events: number): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'commerce-signals-'));
  const server = await startPostgres({ dataDir: join(directory, 'data') });
  const pool = new pg.Pool({ connectionString: server.superuserUrl, max: 12, pipeline: true });
  // The server ends first when something failed.
  pool.on('error', () => undefined);
  let log: EventLog | undefined;
  let readers: Readers | undefined;
  try {
    const definitions = listening(extensions);
    const [first] = definitions;
    if (first === undefined) throw new Error('There is no extension.');
    const names = definitions.flatMap(({ handlers }) => Object.keys(handlers));
    const map = defineSignalMap(definitions, { Rung: names });
    await pool.query([...MIGRATIONS.map(({ sql }) => sql), ...definitions.flatMap(({ migrations }) => migrations.map(({ sql }) => sql))].join(';\n'));
    log = await EventLog.open({ pool, catalogue: createCatalogue([Rung]), nowMs: Date.now, uuid: () => uuid7(Date.now()) });
    const opened = await openExtensions(definitions, map, {});
    const registered = await registerMap({ log, extensions: opened.map(({ extension }) => extension), map: handlersByType(map), streams: [] });
    readers = await startReaders({
      log, databaseUrl: server.superuserUrl, map: registered, streams: [], workerId: uuid7(Date.now()), random: Math.random, monotonicMs: () => performance.now(),
      sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }), logger: { info: () => undefined, warn: console.warn, error: console.error },
    });
    const open = log;
    const context = { nowMs: 0, trigger: { correlationId: uuid7(Date.now()), causationId: null, metadata: {} } };
    const send = async (from: number, to: number): Promise<void> => {
      for (let next = from; next < to; next += BATCH) {
        const { events: sent } = collectSent(first, context, (sending) => {
          for (let bell = next; bell < Math.min(to, next + BATCH); bell += 1) rung.sendRobust({ bell: `bell ${bell}`, times: 1 }, sending, 1);
        });
        await inTransaction(pool, (tx) => open.append(tx, sent.map((event) => open.prepare(event, first.source, context.trigger))));
        open.wake();
      }
    };
    const heard = async (count: number): Promise<void> => {
      const sum = definitions.map(({ name }) => `(SELECT coalesce(sum(times), 0) FROM ${name})`).join(' + ');
      while (Number((await pool.query(`SELECT ${sum} AS heard`)).rows[0].heard) < count * HANDLERS) await delay(25);
    };
    const warm = Math.ceil(events / 4);
    await send(0, warm);
    await heard(warm);
    const startedAtMs = performance.now();
    await send(warm, warm + events);
    await heard(warm + events);
    return (events * 1_000) / (performance.now() - startedAtMs);
  } finally {
    await readers?.stop();
    await log?.close();
    await pool.end();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
