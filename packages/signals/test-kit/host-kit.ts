/**
 * A host over a real log, as a service puts it together: for tests that start it more than once, each time as another build of
 * the same service would.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Trigger } from '@commerce/event-log/event';
import { EventLog } from '@commerce/event-log/log';
import type { LogObserver } from '@commerce/event-log/observer';
import { startReaders } from '@commerce/event-log/readers';
import type { Readers } from '@commerce/event-log/readers';
import { MIGRATIONS } from '@commerce/event-log/schema';
import { inTransaction } from '@commerce/event-log/transaction';
import { createCatalogue } from '@commerce/events/catalogue';
import type { EventEntry } from '@commerce/events/catalogue';
import { uuid7 } from '@commerce/events/uuid7';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import pg from 'pg';
import type { ExtensionDefinition } from '../src/extension.ts';
import { admitSent, openExtensions, registerSignals } from '../src/host.ts';
import type { Opened } from '../src/host.ts';
import type { SignalMap } from '../src/map.ts';
import { collectSent } from '../src/sending.ts';
import type { SendContext } from '../src/signal.ts';
import { EXTENSIONS, FlourCame, LoafBaked, LoafDelivered, LoafOrdered, loafOrdered, MAP, shop, TABLES } from './bakery.ts';

/** One build of the service. What is left out is the bakery's. */
export interface Build {
  readonly definitions?: readonly ExtensionDefinition[];
  readonly map?: SignalMap;
  readonly entries?: readonly EventEntry<any>[];
  readonly resources?: object;
  /** Looks on, over the live bus for example. */
  readonly observer?: (log: EventLog) => LogObserver;
}

export interface Said {
  readonly message: string;
  readonly data: Record<string, unknown>;
}

/** A process of the service. */
export interface Host {
  readonly pool: pg.Pool;
  readonly log: EventLog;
  readonly opened: readonly Opened[];
  /** What the readers said that was no information. */
  readonly said: readonly Said[];
  readonly readers: Readers;
  /** Sends as a route would: collected, then appended in one transaction. */
  send(definition: ExtensionDefinition, decide: (context: SendContext) => void): Promise<void>;
  /** From now on nothing is read, and things can still be sent. */
  stopReading(): Promise<void>;
  stop(): Promise<void>;
}

export interface Hosts {
  readonly url: string;
  start(build?: Build): Promise<Host>;
  /** Stops what still runs. */
  close(): Promise<void>;
}

export const trigger: Trigger = { correlationId: uuid7(Date.now()), causationId: null, metadata: {} };

/** A database of its own with the tables of the bakery. */
export async function openHosts(): Promise<Hosts> {
  const database = await createTestDatabase();
  const running = new Set<Host>();
  const fresh = new pg.Client({ connectionString: database.url });
  await fresh.connect();
  await fresh.query([...MIGRATIONS.map(({ sql }) => sql), TABLES].join('\n'));
  await fresh.end();
  return {
    url: database.url,
    async start(build = {}) {
      const host = await startHost(database.url, build, () => running.delete(host));
      running.add(host);
      return host;
    },
    async close() {
      await Promise.all([...running].map((host) => host.stop()));
      await database.drop();
    },
  };
}

async function startHost(url: string, build: Build, onStop: () => void): Promise<Host> {
  const { definitions = EXTENSIONS, map = MAP, entries = [LoafOrdered, LoafBaked, LoafDelivered, FlourCame], resources = { burnt: new Set(), asked: [] } } = build;
  const pool = new pg.Pool({ connectionString: url, max: 8, pipeline: true });
  pool.on('error', () => undefined);
  const down = async (log?: EventLog): Promise<void> => {
    await log?.close();
    await pool.end();
  };
  let log: EventLog | undefined;
  try {
    log = await EventLog.open({ pool, catalogue: createCatalogue(entries as readonly EventEntry[]), nowMs: Date.now, uuid: () => uuid7(Date.now()), admits: admitSent });
    const opened = await openExtensions(definitions, map, { ...resources, log });
    const registered = await registerSignals({ log, opened, map, streams: [] });
    const said: Said[] = [];
    const say = (data: object, message: string): void => void said.push({ data: data as Said['data'], message });
    const readers = await startReaders({
      log, databaseUrl: url, map: registered, streams: [], workerId: uuid7(Date.now()), random: Math.random, monotonicMs: () => performance.now(),
      ...(build.observer !== undefined && { observer: build.observer(log) }), sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }), logger: { info: () => undefined, warn: say, error: say },
    });
    let reading: Promise<void> | undefined;
    const stopReading = (): Promise<void> => (reading ??= readers.stop());
    return {
      pool, log, opened, said, readers, stopReading,
      send: (definition, decide) => send(log as EventLog, definition, decide),
      async stop() {
        await stopReading();
        await down(log);
        onStop();
      },
    };
  } catch (error) {
    await down(log);
    throw error;
  }
}

async function send(log: EventLog, definition: ExtensionDefinition, decide: (context: SendContext) => void): Promise<void> {
  const { events } = collectSent(definition, { nowMs: 0, trigger }, decide);
  await inTransaction(log.pool, (tx) => log.append(tx, events.map((event) => log.prepare(event, definition.source, trigger))));
  log.wake();
}

/** Orders loaves, all in one transaction. */
export function order(host: Host, ...loaves: readonly string[]): Promise<void> {
  return host.send(shop, (context) => {
    for (const loaf of loaves) loafOrdered.sendRobust({ loaf }, context, 1);
  });
}

/** Waits until the probe gives a value. */
export async function until<Value>(probe: () => Promise<Value | undefined> | Value | undefined): Promise<Value> {
  for (const end = performance.now() + 30_000; performance.now() < end; await delay(10)) {
    const value = await probe();
    if (value !== undefined) return value;
  }
  throw new Error('It did not come in time.');
}

/** The first row, once there is one. */
export function row(host: Host, sql: string, values: readonly unknown[] = []): Promise<Record<string, any>> {
  return until(async () => (await host.pool.query(sql, [...values])).rows[0]);
}
