/**
 * Seven ways in which a map of signals can be there and still not be what happens, each closed. The sixth, a refusal that no test
 * has seen, is closed at the end of check.test.ts.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { registerMap } from '@commerce/event-log/readers';
import type { JobNote, JobPhase } from '@commerce/event-log/observer';
import { EXTENSIONS, FlourCame, LoafOrdered, MAP, loafBaked, loafOrdered, oven, shop } from '../test-kit/bakery.ts';
import type { Count, Resources } from '../test-kit/bakery.ts';
import type { Host, Hosts } from '../test-kit/host-kit.ts';
import { openHosts, order, row, trigger, until } from '../test-kit/host-kit.ts';
import { checkMap, MapRefused } from './check.ts';
import { defineExtension } from './extension.ts';
import { handlersOf, stale } from './handler.ts';
import { collectSent } from './sending.ts';
import { defineSignal } from './signal.ts';

let hosts: Hosts;
let host: Host;
const resources: Resources = { burnt: new Set(['ciabatta']), asked: [] };
const heard: string[] = [];
const notes: (JobNote & { readonly phase: JobPhase; readonly extension: string })[] = [];

const listener = defineExtension({
  name: 'listener', description: 'Listens.', source: 'listener', signals: [], store: shop.store, open: () => undefined,
  handlers: {
    'listener.hear': handlersOf<Count>().transactional([LoafOrdered], (_count, { data: { kind } }) => {
      heard.push(kind ?? '');
      return stale('heard');
    }),
  },
});

beforeAll(async () => {
  hosts = await openHosts();
  host = await hosts.start({
    resources, definitions: [...EXTENSIONS, listener], map: { ...MAP, connections: { ...MAP.connections, LoafOrdered: [...(MAP.connections['LoafOrdered'] ?? []), { handler: 'listener.hear' }] } },
    observer: () => ({ onJobs: (phase, extension, told) => void notes.push(...told.map((note) => ({ ...note, phase, extension }))) }),
  });
});
afterAll(() => hosts.close());

function faultsOf(changed: object): string[] {
  try {
    checkMap({ extensions: EXTENSIONS, map: MAP, foreignEntries: [FlourCame], foreignSources: ['mill'], sentByOthers: [], migrations: [], ...changed });
    return [];
  } catch (error) {
    if (!(error instanceof MapRefused)) throw error;
    return error.faults.map(({ text }) => text);
  }
}

describe('Closed is the hole', () => {
  test('(a) of one direction only: a signal that nobody hears and a handler that hears nothing are both refused', () => {
    const { LoafBaked: _gone, ...connections } = MAP.connections;
    expect(faultsOf({ map: { ...MAP, connections } })).toEqual([expect.stringContaining('The signal LoafBaked of the extension oven is heard by nobody'), expect.stringContaining('The handler shop.deliver is declared and connected to nothing')]);
  });

  test('(b) of a check that looks once: nothing is connected later, neither in the map nor at the log', async () => {
    expect(() => (MAP.connections['LoafBaked'] as unknown[]).push({ handler: 'shop.count' })).toThrow('not extensible');
    const late = { name: 'late', source: 'late', store: shop.store, handlers: { 'late.hear': { decide: () => stale<never>('heard') } }, effects: {}, timers: {} };
    await expect(registerMap({ log: host.log, extensions: [late], map: { LoafOrdered: ['late.hear'] }, streams: [] })).rejects.toThrow('it is the only one');
  });

  test('(c) of a payload without a schema: it is checked when it is sent, and what a handler takes it for when it is connected', () => {
    const { events: [event] } = collectSent(shop, { nowMs: 0, trigger }, (context) => loafOrdered.sendRobust({ loaf: 'rye', weight: 750 } as never, context));
    expect(() => event && host.log.prepare(event, shop.source, trigger)).toThrow('The data of LoafOrdered v1 does not fit its schema');
    const other = { ...loafBaked.entry, versions: { ...loafBaked.entry.versions, v2: loafBaked.entry.versions['v1'] }, upcasters: { v1: (data: object) => data } } as typeof loafBaked.entry;
    expect(faultsOf({ extensions: [shop, { ...oven, signals: [defineSignal(other)] }] })).toEqual([expect.stringContaining('The handler shop.deliver understands LoafBaked as v1, and is given it as v2')]);
  });

  test('(d) of an order that nobody has set: a handler hears the events of a subject in the order of the log', async () => {
    for (const from of [0, 5]) {
      await host.send(shop, (context) => {
        for (let index = from; index < from + 5; index += 1) loafOrdered.sendRobust({ loaf: 'ordered', kind: String(index) }, context);
      });
    }
    await until(() => (heard.filter((kind) => kind !== '').length === 10 ? true : undefined));
    expect(heard.filter((kind) => kind !== '')).toEqual(Array.from({ length: 10 }, (_, index) => String(index)));
  });

  test('(e) of a failure that nobody hears of: a send that is not written fails its caller, and a handler that fails keeps its event', async () => {
    const other = await hosts.start({ resources, definitions: [...EXTENSIONS, listener], map: { ...MAP, connections: { ...MAP.connections, LoafOrdered: [...(MAP.connections['LoafOrdered'] ?? []), { handler: 'listener.hear' }] } } });
    await other.stop();
    await expect(order(other, 'lost')).rejects.toThrow('Cannot use a pool after calling end');
    expect(await host.log.history('lost')).toEqual([]);
    await order(host, 'ciabatta');
    expect(await row(host, "SELECT state, last_error FROM work WHERE subject = 'ciabatta' AND handler = 'oven.bake'")).toMatchObject({ state: 'ready', last_error: { message: 'ciabatta is burnt' } });
  });

  test('(g) of a handler without figures: each run is told of with its time, each failure is counted and kept', async () => {
    await row(host, "SELECT 1 FROM failed_attempts WHERE handler = 'oven.bake' AND subject = 'ciabatta'");
    resources.burnt.clear();
    await row(host, "SELECT 1 FROM oven WHERE subject = 'ciabatta'");
    const runs = await until(() => {
      const own = notes.filter(({ handler, subject }) => handler === 'oven.bake' && subject === 'ciabatta');
      return own.some(({ phase }) => phase === 'completed') ? own : undefined;
    });
    const failed = runs.find(({ phase }) => phase === 'failed');
    expect(failed).toMatchObject({ extension: 'oven', eventType: 'LoafOrdered', attempt: 1, correlationId: trigger.correlationId, error: { message: 'ciabatta is burnt' }, retryAtMs: expect.any(Number) });
    expect(runs.find(({ phase }) => phase === 'completed')).toMatchObject({ startedAtMs: expect.any(Number), processingMs: expect.any(Number), error: null });
    const { failures } = host.readers.state().find(({ name }) => name === 'oven') ?? { failures: 0 };
    expect(failures).toBe(runs.filter(({ phase }) => phase === 'failed').length);
    expect(failures).toBeGreaterThan(0);
  });
});
