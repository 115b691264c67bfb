/**
 * The doors that could be another way to a handler, or to the log, each tried in vain. What only the eye of a rule can see (an
 * import, a statement of SQL) is judged in test/boundaries.test.ts.
 */
import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { apply as outcome } from '@commerce/event-log/extension';
import { EventLog } from '@commerce/event-log/log';
import { registerMap, startReaders } from '@commerce/event-log/readers';
import type { ReadersOptions } from '@commerce/event-log/readers';
import { uuid7 } from '@commerce/events/uuid7';
import pg from 'pg';
import { loafBaked, LoafOrdered, loafOrdered, MAP, oven, shop } from '../test-kit/bakery.ts';
import type { Host, Hosts } from '../test-kit/host-kit.ts';
import { openHosts, order, row, trigger, until } from '../test-kit/host-kit.ts';
import { defineExtension } from './extension.ts';
import { apply } from './handler.ts';
import { insideOf } from './inside.ts';
import { createLiveBus } from './live-bus/live-bus.ts';
import type { LiveBus } from './live-bus/live-bus.ts';
import { collectSent } from './sending.ts';
import { defineSignal } from './signal.ts';
import type { SendContext } from './signal.ts';

const context = { nowMs: 0, trigger };
const bake = oven.handlers['oven.bake'];
/** What a handler is for the engine, made around the host. */
const sneaky = { name: 'sneaky', source: 'sneaky', store: shop.store, handlers: { 'sneaky.peek': { decide: () => outcome({ times: 1 }) } }, effects: {}, timers: {} };
const SNEAKY_MAP = { LoafOrdered: ['sneaky.peek'] };

let hosts: Hosts;
let host: Host;
beforeAll(async () => {
  hosts = await openHosts();
  host = await hosts.start();
});
afterAll(() => hosts.close());

describe('A handler', () => {
  test('cannot be imported and called: what is imported is no function and holds none', () => {
    expect(() => (bake as unknown as () => void)()).toThrow('is not a function');
    expect(Object.values(bake).some((part) => typeof part === 'function')).toBe(false);
  });

  test('does not show its inside: no door of the package leads there, and a copy has none', async () => {
    await expect(import('@commerce/signals/signal')).resolves.toHaveProperty('defineSignal');
    for (const inside of ['inside', 'src/inside.ts', 'outbox']) await expect(import(`@commerce/signals/${inside}`)).rejects.toThrow();
    expect(() => insideOf({ ...bake })).toThrow('make one with handlersOf()');
    expect(Object.keys(await import('./handler.ts'))).not.toContain('insideOf');
  });

  test('cannot be connected to a Node emitter, and a signal is none', () => {
    expect(() => new EventEmitter().on('LoafOrdered', bake as never)).toThrow('must be of type function');
    expect(['on', 'once', 'connect', 'addListener', 'subscribe', 'send', 'emit'].filter((door) => door in loafOrdered)).toEqual([]);
  });

  test('cannot be given to a reader of the log as it is declared', async () => {
    const around = { ...sneaky, handlers: { 'sneaky.bake': bake as never } };
    const pool = new pg.Pool({ connectionString: hosts.url });
    await expect(registerMap({ log: await openLog(pool), extensions: [around], map: { LoafOrdered: ['sneaky.bake'] }, streams: [] })).rejects.toThrow('"sneaky.bake" of sneaky is no handler');
    await pool.end();
  });
});

describe('A reader of the log', () => {
  test('takes no further map once the map of the process is registered, over this log or another one on the same database', async () => {
    for (const log of [host.log, await openLog(host.pool)]) {
      await expect(registerMap({ log, extensions: [sneaky], map: SNEAKY_MAP, streams: [] })).rejects.toThrow('the map of this process was registered at its start, and it is the only one: connect the handler there, and start again');
    }
  });

  test('starts from no map that was made by hand', async () => {
    const mapped = [{ extension: sneaky, routes: new Map() }];
    const given = { log: host.log, databaseUrl: hosts.url, streams: [], map: { mapped, registered: { mapVersion: 1, activeFrom: new Map() } } } as unknown as ReadersOptions;
    await expect(startReaders(given)).rejects.toThrow('it was not registered: readers start from what registerMap gives');
  });

  test('that an extension registers while it is opened ends the start of the service', async () => {
    const early = defineExtension({
      name: 'early', description: 'Is in a hurry.', source: 'early', signals: [], handlers: {}, store: shop.store,
      open: async ({ log }: { log: EventLog }) => registerMap({ log, extensions: [sneaky], map: SNEAKY_MAP, streams: [], only: true }),
    });
    const other = await openHosts();
    await expect(other.start({ definitions: [shop, oven, early] })).rejects.toThrow('it is the only one');
    await other.close();
  });
});

describe('What is loaded', () => {
  test('cannot be changed at start or later: the map, the extensions, what was opened', () => {
    const [opened] = host.opened;
    const attempts: (() => unknown)[] = [
      () => (MAP.connections['LoafOrdered'] as unknown[]).push({ handler: 'shop.deliver' }),
      () => Object.assign(MAP.connections, { LoafDelivered: [{ handler: 'shop.count' }] }),
      () => Object.assign(MAP.connections['LoafOrdered']?.[0] ?? {}, { filter: undefined }),
      () => (MAP.foreign as unknown[]).push({ source: 'thief', type: 'LoafOrdered' }),
      () => Object.assign(shop.handlers, { 'shop.peek': bake }),
      () => Object.assign(shop, { handlers: {} }),
      () => Object.assign(shop.store, { save: async () => undefined }),
      () => (shop.signals as unknown as unknown[]).push(loafBaked),
      () => Object.assign(bake, { kind: 'effect' }),
      () => Object.assign(loafOrdered, { sendRobust: () => undefined }),
      () => (host.opened as unknown[]).push(opened),
      () => Object.assign(opened?.extension.handlers ?? {}, { 'shop.peek': { decide: () => apply({}) } }),
      () => Object.assign(opened?.extension.handlers['shop.count'] ?? {}, { decide: () => apply({}) }),
      () => Object.assign(opened?.extension ?? {}, { source: 'oven' }),
      () => Object.assign(host.log.preparer, { admits: undefined }),
    ];
    const thrown = attempts.map((attempt) => {
      try {
        attempt();
        return 'changed';
      } catch (error) {
        return (error as Error).message;
      }
    });
    expect(thrown).toEqual(attempts.map(() => expect.stringMatching(/not extensible|read only/)));
  });
});

describe('A signal', () => {
  test('is not sent with a context that the host did not make', () => {
    for (const outbox of [undefined, {}, { add: () => undefined }]) {
      expect(() => loafOrdered.sendRobust({ loaf: 'rye' }, { ...context, outbox } as unknown as SendContext)).toThrow('LoafOrdered was sent with a context that the host did not make');
    }
  });

  test('and its context lead to nothing by which another one could be made', () => {
    const { result: outbox, events: [event] } = collectSent(shop, context, (sending) => {
      loafOrdered.sendRobust({ loaf: 'rye' }, sending);
      return sending.outbox;
    });
    for (const found of [outbox, event as object]) expect([found.constructor, Object.getOwnPropertyNames(Object.getPrototypeOf(found))]).toEqual([Object, []]);
    expect([Object.getOwnPropertyNames(outbox), Object.getOwnPropertySymbols(outbox)]).toEqual([[], []]);
  });

  test('is not sent after its decision has ended, where nothing would write it', () => {
    const { result: late } = collectSent(shop, context, (sending) => sending);
    expect(() => loafOrdered.sendRobust({ loaf: 'rye' }, late)).toThrow('shop sent LoafOrdered after its decision had ended: nothing would write it');
  });

  test('is not sent by an extension that does not declare it, nor under a copy that calls itself shared', () => {
    expect(() => collectSent(oven, context, (sending) => loafOrdered.sendRobust({ loaf: 'rye' }, sending))).toThrow('oven does not declare the signal LoafOrdered');
    const copy = defineSignal(LoafOrdered, { shared: true });
    expect(() => collectSent(oven, context, (sending) => copy.sendRobust({ loaf: 'rye' }, sending))).toThrow('oven does not declare the signal LoafOrdered');
  });

  test('does not get into the log around sendRobust: neither prepared and appended, nor in a change, nor under another name', async () => {
    const { log } = host;
    expect(() => log.prepare({ type: 'LoafOrdered', data: { loaf: 'rye' } }, 'shop', trigger)).toThrow('LoafOrdered was not sent with sendRobust: nothing else is appended to this log as an event of shop');
    const [settled] = await log.change({ ...sneaky, handlers: {} }, [{ subject: 'rye', handler: 'command:sneaky', trigger, decide: () => outcome({ times: 1 }, [{ type: 'LoafOrdered', data: { loaf: 'rye' } }]) }]);
    expect(settled?.outcome).toMatchObject({ kind: 'failed', error: expect.objectContaining({ message: expect.stringContaining('LoafOrdered was not sent with sendRobust') }) });
    const { events: [sent] } = collectSent(shop, context, (sending) => loafOrdered.sendRobust({ loaf: 'rye' }, sending));
    if (sent === undefined) throw new Error('Nothing was sent.');
    expect(() => log.prepare(sent, 'oven', trigger)).toThrow('LoafOrdered was sent by shop, and is to be written as an event of oven');
    expect(() => log.prepare({ ...sent }, 'shop', trigger)).toThrow('LoafOrdered was not sent with sendRobust');
    expect(await log.history('rye')).toEqual([]);
  });
});

describe('A subscriber of the live bus', () => {
  let live: LiveBus | undefined;
  afterAll(() => live?.bus.close());

  test('sees what happens and changes nothing: not by what it throws, not by what it does to an event, not by what it tells there itself', async () => {
    const attempts: string[] = [];
    const running = await hosts.start({
      observer(log) {
        live = createLiveBus({
          entries: log.catalogue.entries, source: 'test', workerId: uuid7(Date.now()), nowMs: Date.now, uuid: () => uuid7(Date.now()), historySize: 10, emissionTimeoutMs: 1_000,
          sleep: (ms, signal) => delay(ms, undefined, { signal }), monotonicMs: () => performance.now(), logger: { warn: () => undefined },
        });
        live.bus.subscribe('loaf.ordered', ({ data, metadata }) => {
          for (const part of [data, metadata]) {
            try {
              Object.assign(part, { loaf: 'stolen' });
            } catch (error) {
              attempts.push((error as Error).message);
            }
          }
          throw new Error('I do not like it.');
        });
        return live.observer;
      },
    });
    await order(running, 'watched');
    await row(running, "SELECT 1 FROM oven WHERE subject = 'watched'");
    await until(() => (attempts.length === 2 ? true : undefined));
    expect(attempts).toEqual([expect.stringContaining('read only'), expect.stringContaining('not extensible')]);
    await live?.emitEvent(live.createEvent('loaf.ordered', { loaf: 'told' }));
    await order(running, 'last');
    await row(running, "SELECT 1 FROM oven WHERE subject = 'last'");
    expect((await running.pool.query("SELECT DISTINCT subject FROM events WHERE subject IN ('last', 'watched', 'stolen', 'told') ORDER BY 1")).rows.map(({ subject }) => subject)).toEqual(['last', 'watched']);
  });
});

describe('A LISTEN on the database', () => {
  test('hears that there is something new, and nothing of what it is', async () => {
    const client = new pg.Client({ connectionString: hosts.url });
    const heard: string[] = [];
    client.on('notification', ({ payload }) => heard.push(payload ?? ''));
    await client.connect();
    await client.query('LISTEN event_log');
    host.log.tellOthers(true);
    await order(host, 'listened');
    await until(() => heard[0] !== undefined || undefined);
    expect(new Set(heard)).toEqual(new Set(['']));
    await row(host, "SELECT 1 FROM oven WHERE subject = 'listened'");
    await client.end();
  });
});

function openLog(pool: pg.Pool): Promise<EventLog> {
  return EventLog.open({ pool, catalogue: host.log.catalogue, nowMs: Date.now, uuid: () => uuid7(Date.now()) });
}
