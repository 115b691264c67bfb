import { describe, expect, test } from '@jest/globals';
import { defineEvent } from '@commerce/events/catalogue';
import { z } from 'zod';
import { EXTENSIONS, FlourCame, LoafBaked, LoafOrdered, MAP, loafOrdered, oven, shop } from '../test-kit/bakery.ts';
import { MapRefused, checkMap } from './check.ts';
import type { Checked } from './check.ts';
import { defineExtension } from './extension.ts';
import type { ExtensionDefinition } from './extension.ts';
import { apply, handlersOf } from './handler.ts';
import { defineSignalMap } from './map.ts';
import type { Connection, SignalMap } from './map.ts';
import { defineSignal } from './signal.ts';

const good: Checked = { extensions: EXTENSIONS, map: MAP, foreignEntries: [FlourCame] };

/** The faults of the bakery with something changed; empty when it is accepted. */
function faultsWith(changed: Partial<Checked>): string[] {
  try {
    checkMap({ ...good, ...changed });
    return [];
  } catch (error) {
    if (!(error instanceof MapRefused)) throw error;
    return error.message.split('\n').slice(1);
  }
}

const mapWith = (connections: Record<string, Connection[] | undefined>, more: Partial<SignalMap> = {}): SignalMap => {
  const all = Object.entries({ ...MAP.connections, ...connections }).filter((entry): entry is [string, Connection[]] => entry[1] !== undefined);
  return { ...MAP, ...more, connections: Object.fromEntries(all) };
};

describe('The check of the map', () => {
  test('accepts a map that fits', () => {
    expect(faultsWith({})).toEqual([]);
  });

  test('names the file, the line and the mend when a line of the map is deleted', () => {
    const [signal, handler, ...more] = faultsWith({ map: mapWith({ LoafBaked: undefined }) });
    expect(signal).toMatch(/test-kit\/bakery\.ts:\d+ The signal LoafBaked of the extension oven is heard by nobody: connect a handler in the map, or mark it unheard/);
    expect(handler).toMatch(/test-kit\/bakery\.ts:(\d+) The handler shop\.deliver is declared and connected to nothing: add it to .*bakery\.ts under LoafBaked, or delete it/);
    expect(more).toEqual([]);
  });

  test('says which name was meant when a handler or a signal is misspelled', () => {
    const faults = faultsWith({ map: mapWith({ LoafBaked: [{ handler: 'shop.delivre' }], LoafOrderd: [{ handler: 'shop.count' }] }) });
    expect(faults).toEqual(expect.arrayContaining([
      expect.stringContaining('connects LoafBaked to shop.delivre, which no loaded extension declares. Did you mean shop.deliver?'),
      expect.stringContaining('names the signal LoafOrderd, which no loaded extension declares and no other service sends. Did you mean LoafOrdered?'),
    ]));
  });

  test('refuses a handler that was not made by the makers: it would be another way in', () => {
    const byHand = { ...oven, handlers: { ...oven.handlers, 'oven.peek': { kind: 'transactional', hears: [LoafOrdered], declaredAt: undefined } } } as ExtensionDefinition;
    const map = mapWith({ LoafOrdered: [...(MAP.connections['LoafOrdered'] ?? []), { handler: 'oven.peek' }] });
    expect(faultsWith({ extensions: [shop, byHand], map })).toEqual([expect.stringMatching(/bakery\.ts:\d+ The handler oven\.peek was not made by handlersOf\(\): it would be called around the map/)]);
  });

  test('refuses a handler under a signal, or a version of one, that it does not understand', () => {
    expect(faultsWith({ map: mapWith({ LoafBaked: [{ handler: 'shop.deliver' }, { handler: 'shop.count' }] }) }))
      .toEqual([expect.stringContaining('connects LoafBaked to shop.count, which understands LoafOrdered, FlourCame only')]);
    const newer = { ...LoafBaked, versions: { ...LoafBaked.versions, v2: z.strictObject({ loaf: z.string(), weight: z.int() }) } };
    const baking = { ...oven, signals: [defineSignal(newer as unknown as typeof LoafBaked)] };
    expect(faultsWith({ extensions: [shop, baking] })).toEqual([expect.stringContaining('The handler shop.deliver does not understand LoafBaked v2')]);
  });

  test('refuses two extensions with one name, signal, route, table, panel, migration or source', () => {
    const twin: ExtensionDefinition = {
      ...oven, handlers: {}, needs: [], routes: ['GET /bread'], panels: [{ id: 'bread', title: 'Bread', data: '/bread' }], migrations: [{ name: 'bread-1', sql: '' }],
    };
    const other = { ...twin, signals: [], tables: [], name: 'kiosk', source: 'kiosk' };
    const faults = faultsWith({ extensions: [...EXTENSIONS, twin, other] });
    const claims = faults.map((fault) => / The (\w+) (\S+(?: \/\S+)?) is claimed/.exec(fault)?.slice(1, 3).join(' '));
    expect(claims).toEqual(['name oven', 'signal LoafBaked', 'route GET /bread', 'table oven', 'panel bread', 'migration bread-1', 'source oven']);
  });

  test('refuses two extensions with one job or one setting', () => {
    const job = { name: 'oven.clean', everyMs: () => 1, run: async () => false };
    const [left, right] = [shop, oven].map((extension) => ({ ...extension, jobs: [job], configuration: { heat: { name: 'HEAT' } } }));
    expect(faultsWith({ extensions: [left, right] as never }).map((fault) => / The (\w+ \S+) is claimed/.exec(fault)?.[1])).toEqual(['job oven.clean', 'variable HEAT', 'setting heat']);
  });

  test('refuses an extension whose need is not loaded, and a mark of unheard that is not true', () => {
    expect(faultsWith({ extensions: [oven], map: mapWith({ LoafOrdered: [], LoafBaked: undefined, FlourCame: undefined }, { foreign: [] }) }))
      .toContainEqual(expect.stringContaining('The extension oven needs shop, which is not loaded'));
    const marked = { ...shop, signals: [defineSignal(LoafOrdered, { unheard: 'nobody eats' }), ...shop.signals.slice(1)] };
    expect(faultsWith({ extensions: [marked, oven] })).toEqual([expect.stringContaining('The signal LoafOrdered is marked unheard, but the map connects it')]);
  });

  test('refuses settings that mean nothing or cannot be kept', () => {
    const [bake = { handler: '' }, count = { handler: '' }] = MAP.connections['LoafOrdered'] ?? [];
    const faults = faultsWith({ map: mapWith({
      LoafOrdered: [{ ...bake, filter: { detail: [] } }, { ...count, concurrency: 2 }, count],
      LoafBaked: [{ handler: 'shop.deliver', concurrency: 0, timeBudgetMs: 15_000 }],
    }) });
    expect(faults).toEqual([
      expect.stringContaining('The filter of oven.bake for LoafOrdered is refused'), expect.stringContaining('The handler shop.count works in the database only'),
      expect.stringContaining('connects LoafOrdered to shop.count twice'), expect.stringContaining('The concurrency of shop.deliver'), expect.stringContaining('The time budget of shop.deliver'),
    ]);
  });

  test('holds what comes from outside against the catalogue, the map and the rules', () => {
    const unknown = { source: 'mill', type: 'FlourCmae' };
    expect(faultsWith({ map: { ...MAP, foreign: [...MAP.foreign, unknown] } })).toEqual([expect.stringContaining('The foreign signal FlourCmae has no entry in the catalogue. Did you mean FlourCame?')]);
    expect(faultsWith({ delivered: [{ source: 'mill', type: 'FlourCame' }] })).toEqual([]);
    expect(faultsWith({ delivered: [{ source: 'mill', type: 'SacksCame' }] })).toEqual([
      expect.stringContaining('FlourCame of mill is declared, but no rule delivers it'), expect.stringContaining('A rule delivers SacksCame of mill, which the map does not declare as foreign'),
    ]);
  });

  test('refuses a retired handler that is still there, and an heir that is not', () => {
    const faults = faultsWith({ map: { ...MAP, retired: { 'shop.count': 'drop', 'shop.sell': 'shop.delivery' } } });
    expect(faults).toEqual([expect.stringContaining('The handler shop.count is retired in the map, but still declared'), expect.stringContaining('shall go to shop.delivery, which no loaded extension declares. Did you mean shop.deliver?')]);
  });
});

describe('The type of the map', () => {
  test('lets a handler stand only under a signal that it understands', () => {
    // @ts-expect-error shop.count does not understand LoafBaked
    expect(defineSignalMap(EXTENSIONS, { LoafBaked: ['shop.count'] }).connections['LoafBaked']).toEqual([{ handler: 'shop.count' }]);
    // @ts-expect-error nobody declares shop.sell
    expect(defineSignalMap(EXTENSIONS, { LoafOrdered: [{ handler: 'shop.sell' }] }).connections['LoafOrdered']).toEqual([{ handler: 'shop.sell' }]);
  });
});

describe('A declaration', () => {
  const Rung = defineEvent({ type: 'Rung', constant: 'RUNG', webhook: 'bell.rung', topic: 'order-events', description: 'x', versions: { v1: z.strictObject({ id: z.string() }) }, subject: (data) => data.id, example: { id: 'a' } });
  const { transactional } = handlersOf<object>();
  test('names the line on which it stands', () => {
    const bell = defineExtension({ name: 'bell', description: 'x', source: 'bell', signals: [], store: shop.store, open: () => undefined, handlers: { 'bell.ring': transactional([Rung], () => apply({})) } });
    expect(bell.handlers['bell.ring'].declaredAt?.file).toBe(import.meta.filename);
    expect(bell.definedAt?.line).toBe(bell.handlers['bell.ring'].declaredAt?.line);
    expect(loafOrdered.declaredAt?.file).toMatch(/bakery\.ts$/);
  });
});
