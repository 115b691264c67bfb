import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { apply as outcome } from '@commerce/event-log/extension';
import { EventLog } from '@commerce/event-log/log';
import { registerMap, startReaders } from '@commerce/event-log/readers';
import type { Readers } from '@commerce/event-log/readers';
import { MIGRATION } from '@commerce/event-log/schema';
import { inTransaction } from '@commerce/event-log/transaction';
import { createCatalogue } from '@commerce/events/catalogue';
import type { EventEntry } from '@commerce/events/catalogue';
import { uuid7 } from '@commerce/events/uuid7';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import pg from 'pg';
import { EXTENSIONS, FlourCame, LoafBaked, LoafDelivered, LoafOrdered, MAP, TABLES, loafBaked, loafOrdered, oven, shop } from '../test-kit/bakery.ts';
import type { Resources } from '../test-kit/bakery.ts';
import { apply, insideOf } from './handler.ts';
import { collectSent, handlersByType, inputDecision, openExtensions } from './host.ts';
import { defineSignal, sendingOf } from './signal.ts';
import type { SendContext } from './signal.ts';

let database: TestDatabase;
let pool: pg.Pool;
let log: EventLog;
let readers: Readers;
const resources: Resources = { burnt: new Set(['croissant']), asked: [] };
const said: { message: string; data: object }[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 8, pipeline: true });
  pool.on('error', () => undefined);
  await pool.query(`${MIGRATION.sql}${TABLES}`);
  const catalogue = createCatalogue([LoafOrdered, LoafBaked, LoafDelivered, FlourCame] as unknown as EventEntry[]);
  log = await EventLog.open({ pool, catalogue, nowMs: Date.now, uuid: () => uuid7(Date.now()) });
  const opened = await openExtensions(EXTENSIONS, MAP, resources);
  const map = await registerMap({ log, extensions: opened.map(({ extension }) => extension), map: handlersByType(MAP), streams: [] });
  const say = (data: object, message: string): void => void said.push({ data, message });
  readers = await startReaders({
    log, databaseUrl: database.url, map, streams: [], workerId: uuid7(Date.now()), random: Math.random, monotonicMs: () => performance.now(),
    sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }), logger: { info: () => undefined, warn: say, error: say },
  });
});

afterAll(async () => {
  await readers.stop();
  await log.close();
  await pool.end();
  await database.drop();
});

const context = { nowMs: 0, trigger: { correlationId: uuid7(Date.now()), causationId: null, metadata: {} } };

/** Sends as a route would: collected, then appended in one transaction. */
async function order(loaf: string, kind?: string): Promise<void> {
  const { events } = collectSent(shop, context, (sending) => loafOrdered.sendRobust({ loaf, ...(kind !== undefined && { kind }) }, sending, 1));
  await inTransaction(pool, (tx) => log.append(tx, events.map((event) => log.prepare(event, shop.source, context.trigger))));
  log.wake();
}

async function until<Value>(probe: () => Promise<Value | undefined>): Promise<Value> {
  for (const end = performance.now() + 8_000; performance.now() < end; await delay(10)) {
    const value = await probe();
    if (value !== undefined) return value;
  }
  throw new Error('It did not come in time.');
}

const typesOf = async (loaf: string): Promise<string[]> => (await log.history(loaf)).map(({ type }) => type);

describe('A signal', () => {
  test('goes to every handler that the map connects, and what they send goes on', async () => {
    await order('rye');
    await until(async () => ((await typesOf('rye')).includes('LoafDelivered') ? true : undefined));
    expect(await typesOf('rye')).toEqual(['LoafOrdered', 'LoafBaked', 'LoafDelivered']);
    const [, baked, delivered] = await log.history('rye');
    expect([baked?.source, delivered?.source, delivered?.causationId]).toEqual(['oven', 'shop', baked?.eventId]);
    expect(new Set(resources.asked).size).toBe(1);
  });

  test('reaches the other handlers when one of them throws, and comes again for that one alone', async () => {
    await order('croissant');
    await until(async () => (await pool.query("SELECT 1 FROM shop WHERE subject = 'croissant'")).rows[0]);
    await until(async () => (await pool.query("SELECT 1 FROM work WHERE subject = 'croissant' AND handler = 'oven.bake' AND attempt > 1")).rows[0]);
    expect((await pool.query("SELECT handler FROM work WHERE subject = 'croissant'")).rows).toEqual([{ handler: 'oven.bake' }]);
    expect(said.find(({ message }) => message.includes('parked'))?.data).toMatchObject({
      reader: 'oven', handler: 'oven.bake', subject: 'croissant', correlationId: context.trigger.correlationId, eventId: expect.any(String), err: expect.objectContaining({ message: 'croissant is burnt' }),
    });
    resources.burnt.delete('croissant');
    await until(async () => ((await typesOf('croissant')).includes('LoafDelivered') ? true : undefined));
    expect((await pool.query("SELECT times FROM shop WHERE subject = 'croissant'")).rows).toEqual([{ times: 2 }]);
  });

  test('that the filter of the map does not let through is ignored, and the ledger says so', async () => {
    await order('sponge', 'cake');
    const [entry] = await until(async () => ((await log.ignored('sponge')).length > 0 ? await log.ignored('sponge') : undefined));
    expect(entry).toMatchObject({ handler: 'oven.bake', rule: 'filtered' });
    expect(await typesOf('sponge')).toEqual(['LoafOrdered']);
  });

  test('that is shared is sent by any extension; what a pure decision says is sent in its order, and nothing that is not declared there', () => {
    const shared = defineSignal(LoafOrdered, { shared: true });
    expect(collectSent(oven, context, (sending) => shared.sendRobust({ loaf: 'rye' }, sending)).events).toEqual([{ type: 'LoafOrdered', data: { loaf: 'rye' } }]);
    const send = sendingOf([loafBaked]);
    const asSaid = (types: readonly string[]) => outcome({ times: 1 }, types.map((type, index) => ({ type, data: { loaf: String(index) }, sequence: index + 1 })));
    const { result, events } = collectSent(oven, context, (sending) => send(asSaid(['LoafBaked', 'LoafBaked']), sending));
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect(result).toMatchObject({ kind: 'apply', events: [] });
    expect(() => collectSent(oven, context, (sending) => send(asSaid(['LoafDelivered']), sending))).toThrow('LoafDelivered is none of the signals');
  });

  test('of a command goes into its outcome, for the log to append with the state', () => {
    const decide = inputDecision<{ times: number }>(oven, (_state, sending) => {
      loafBaked.sendRobust({ loaf: 'rye' }, sending, 1);
      return apply({ times: 1 });
    });
    expect(decide(undefined, { ...context, other: () => undefined })).toMatchObject({ kind: 'apply', state: { times: 1 }, events: [{ type: 'LoafBaked', sequence: 1 }] });
  });

  test('is sent by the extension that declares it, with a payload that fits, and by no other way', () => {
    expect(() => collectSent(shop, context, (sending) => loafBaked.sendRobust({ loaf: 'rye' }, sending))).toThrow('shop does not declare the signal LoafBaked');
    expect(() => loafOrdered.sendRobust({ loaf: 'rye' }, { ...context, outbox: { add: () => undefined } } as unknown as SendContext)).toThrow('a context that the host did not make');
    const { events } = collectSent(shop, context, (sending) => loafOrdered.sendRobust({ loaf: 7 } as never, sending));
    expect(() => events.map((event) => log.prepare(event, 'shop', context.trigger))).toThrow('The data of LoafOrdered v1 does not fit');
    expect(collectSent(shop, context, (sending) => loafOrdered.sendRobust({ loaf: 'rye' }, sending)).result).toBeUndefined();
  });
});

describe('Another way to a handler', () => {
  const bake = oven.handlers['oven.bake'];

  test('does not exist by importing and calling it', () => {
    expect(() => (bake as unknown as () => void)()).toThrow(TypeError);
    expect(Object.values(bake).some((part) => typeof part === 'function')).toBe(false);
  });

  test('does not exist over a Node emitter', () => {
    expect(() => new EventEmitter().on('LoafOrdered', bake as never)).toThrow('must be of type function');
    expect(['on', 'connect', 'addListener', 'subscribe', 'send'].filter((door) => door in loafOrdered)).toEqual([]);
  });

  test('does not exist over a reader of the log: the engine refuses an extension made of declarations', async () => {
    const around = { name: 'around', source: 'around', store: oven.store, handlers: { 'around.bake': bake as never }, effects: {}, timers: {} };
    await expect(registerMap({ log, extensions: [around], map: { LoafOrdered: ['around.bake'] }, streams: [] })).rejects.toThrow('"around.bake" of around is no handler');
  });

  test('does not exist by a declaration made by hand', () => {
    expect(() => insideOf({ kind: 'transactional', hears: [LoafOrdered], decide: () => apply({}) })).toThrow('make one with handlersOf()');
  });
});
