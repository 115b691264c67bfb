import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { defineEvent } from '@commerce/events/catalogue';
import { z } from 'zod';
import { EXTENSIONS, FlourCame, LoafBaked, LoafDelivered, LoafOrdered, MAP, loafOrdered, oven, shop } from '../test-kit/bakery.ts';
import { MapRefused, checkMap } from './check.ts';
import type { Checked } from './check.ts';
import { defineExtension } from './extension.ts';
import type { ExtensionDefinition } from './extension.ts';
import { apply, handlersOf } from './handler.ts';
import { defineSignalMap } from './map.ts';
import type { Connection, SignalMap } from './map.ts';
import { defineSignal } from './signal.ts';

const good: Checked = { extensions: EXTENSIONS, map: MAP, foreignEntries: [FlourCame], foreignSources: ['mill'], sentByOthers: [{ source: 'mill', type: 'FlourCame' }], migrations: [{ name: 'core-1', sql: 'CREATE TABLE ledger (id bigint);' }] };
/** Every fault that was met here. */
const met: string[] = [];

/** The faults of the bakery with something changed; empty when it is accepted. */
function faultsWith(changed: Partial<Checked>): string[] {
  try {
    checkMap({ ...good, ...changed });
    return [];
  } catch (error) {
    if (!(error instanceof MapRefused)) throw error;
    const faults = error.message.split('\n').slice(1);
    met.push(...faults);
    return faults;
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
    expect(signal).toMatch(/test-kit\/bakery\.ts:\d+ The signal LoafBaked of the extension oven is heard by nobody: connect a handler in .*bakery\.ts, or say there why nobody hears it, unheard: \{ LoafBaked: 'the reason' \}/);
    expect(handler).toMatch(/test-kit\/bakery\.ts:(\d+) The handler shop\.deliver is declared and connected to nothing: add it to .*bakery\.ts under LoafBaked, or delete it; if who sends that is not loaded, say so there, unconnected: \{ 'shop\.deliver': 'the reason' \}/);
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

  test('connects a handler that hears everywhere to all that it declares to hear, once, behind the others, and refuses a name that nobody has', () => {
    const connections = { LoafOrdered: [{ handler: 'oven.bake' }, { handler: 'shop.count', filter: { detail: { data: { kind: ['rye'] } } } }], LoafBaked: ['shop.deliver'] } as const;
    const map = defineSignalMap(EXTENSIONS, connections as never, { everywhere: ['shop.count'], foreign: MAP.foreign });
    expect(map.connections['LoafOrdered']).toEqual(connections.LoafOrdered);
    expect(map.connections['FlourCame']).toEqual([{ handler: 'shop.count' }]);
    expect(faultsWith({ map: mapWith({}, { everywhere: ['shop.cuont'] }) })).toEqual([expect.stringMatching(/The map lets shop\.cuont hear everything, which no loaded extension declares\. Did you mean shop\.count\?/)]);
  });

  test('refuses a handler under a signal, or a version of one, that it does not understand', () => {
    expect(faultsWith({ map: mapWith({ LoafBaked: [{ handler: 'shop.deliver' }, { handler: 'shop.count' }] }) }))
      .toEqual([expect.stringContaining('connects LoafBaked to shop.count, which understands LoafOrdered, FlourCame only')]);
    const newer = { ...LoafBaked, versions: { ...LoafBaked.versions, v2: z.strictObject({ loaf: z.string(), weight: z.int() }) }, upcasters: { v1: ({ loaf }: { loaf: string }) => ({ loaf, weight: 0 }) } };
    const baking = { ...oven, signals: [defineSignal(newer as unknown as typeof LoafBaked)] };
    expect(faultsWith({ extensions: [shop, baking] })).toEqual([expect.stringContaining('The handler shop.deliver understands LoafBaked as v1, and is given it as v2')]);
    const ahead = { ...shop, handlers: { ...shop.handlers, 'shop.deliver': handlersOf<object>().transactional([newer as unknown as typeof LoafBaked], () => apply({})) } };
    expect(faultsWith({ extensions: [ahead as unknown as ExtensionDefinition, oven] })).toContainEqual(expect.stringContaining('The handler shop.deliver understands LoafBaked as v2, and is given it as v1'));
  });

  test('refuses a handler that takes a payload for another one, and says where they differ', () => {
    const other = { ...LoafBaked, versions: { v1: z.strictObject({ loaf: z.int(), kind: z.string().optional() }) } } as unknown as typeof LoafBaked;
    const baking = { ...oven, signals: [defineSignal(other)] };
    expect(faultsWith({ extensions: [shop, baking] })).toEqual([expect.stringMatching(/bakery\.ts:\d+ The handler shop\.deliver takes LoafBaked v1 for another payload than it is, at properties\.loaf\.type: make it with the entry/)]);
    const same = { ...LoafBaked, versions: { v1: z.strictObject({ loaf: z.string(), kind: z.string().optional() }) } };
    expect(faultsWith({ extensions: [shop, { ...oven, signals: [defineSignal(same)] }] })).toEqual([]);
  });

  test('refuses names and schemas that the catalogue would refuse', () => {
    const twin = { ...LoafBaked, type: 'LoafBurnt', webhook: 'loaf.burnt', versions: { v1: z.object({ loaf: z.string(), kind: z.string().optional() }) } };
    const burning = { ...oven, signals: [...oven.signals, defineSignal(twin, { unheard: 'Nobody wants it.' })] };
    expect(faultsWith({ extensions: [shop, burning] })).toEqual([
      expect.stringMatching(/check\.test\.ts:\d+ The catalogue is refused: "LOAFBAKED" is claimed by LoafBaked and by LoafBurnt/), expect.stringContaining('LoafBurnt v1 lets unknown members pass; use z.strictObject'),
    ]);
  });

  test('refuses a table that is made and not claimed, or that is the service\'s own; a migration and a source of others; routes that differ in the names of parameters only', () => {
    const sql = 'CREATE TABLE shelves (id text);\nCREATE TABLE IF NOT EXISTS ledger (id text);';
    const [left, right] = [{ ...shop, routes: ['GET /loaves/:loaf'] }, { ...oven, routes: ['GET /loaves/:id'], tables: ['oven', 'ledger'], source: 'mill', migrations: [{ name: 'core-1', sql }] }];
    expect(faultsWith({ extensions: [left, right] as never }).map((fault) => fault.replace(/^.*?:\d+ /, ''))).toEqual([
      'The route GET /loaves/:… is claimed by the extensions shop and oven: give it to one of them.', 'The table ledger of the extension oven is not its own to have: give it another one.',
      'The migration core-1 of the extension oven is not its own to have: give it another one.', 'The source mill of the extension oven is not its own to have: give it another one.',
      'A migration of the extension oven makes the table shelves, which it does not claim: name it under tables.',
    ]);
  });

  test('refuses a handler under another name than its extension\'s, one that is another\'s declaration, one that is a timer, and a timer made by hand', () => {
    const borrowed = defineExtension({
      ...oven, name: 'stove', source: 'stove', signals: [], tables: [],
      handlers: { 'stove.bake': oven.handlers['oven.bake'], 'hearth.glow': handlersOf<object>().transactional([LoafOrdered], () => apply({})), 'stove.tick': handlersOf<object>().timer(() => apply({})) as never },
      timers: { tock: { kind: 'timer' } },
    });
    const map = mapWith({ LoafOrdered: [...(MAP.connections['LoafOrdered'] ?? []), { handler: 'stove.bake' }, { handler: 'hearth.glow' }] });
    const faults = faultsWith({ extensions: [...EXTENSIONS, borrowed], map: { ...map, connections: { ...map.connections } } });
    expect(faults).toEqual(expect.arrayContaining([
      expect.stringContaining('The handler stove.bake is the same declaration as oven.bake: let stove declare one of its own'),
      expect.stringContaining('The handler hearth.glow of the extension stove must be called stove.… : rename it'),
      expect.stringContaining('The handler stove.tick is a timer: timers stand under timers'),
      expect.stringContaining('The timer tock of the extension stove was not made by handlersOf()'),
    ]));
  });

  test('refuses a mark of unheard that gives no reason, and a signal that is named without a handler', () => {
    const silent = { ...shop, signals: [...shop.signals.slice(0, 1), defineSignal(LoafDelivered, { unheard: ' ' })] };
    expect(faultsWith({ extensions: [silent, oven] })).toEqual([expect.stringContaining('The signal LoafDelivered is marked unheard without a reason')]);
    expect(faultsWith({ map: mapWith({ LoafDelivered: [] }) })).toEqual([expect.stringContaining('The map names the signal LoafDelivered without a handler')]);
  });

  test('lets the map say what is silent on purpose, when the extension of one end is not loaded', () => {
    const unheard = { LoafOrdered: 'There is no oven.' };
    const connections = { LoafOrdered: undefined, LoafBaked: undefined };
    const uncounted = { 'LoafOrdered → shop.count': 'What nobody bakes is not counted.' };
    const unconnected = { 'shop.deliver': 'There is no oven.', ...uncounted };
    expect(faultsWith({ extensions: [shop], map: mapWith(connections, { unheard, unconnected, retired: { 'shop.deliver': 'drop' } }) })).toEqual([]);
    expect(faultsWith({ extensions: [shop], map: mapWith(connections, { unheard, unconnected: uncounted }) })).toEqual([expect.stringContaining('The handler shop.deliver is declared and connected to nothing')]);
    expect(faultsWith({ extensions: [shop], map: mapWith(connections, { unconnected }) })).toEqual([expect.stringContaining('The signal LoafOrdered of the extension shop is heard by nobody')]);
  });

  test('refuses a handler that is taken out of one of its lines, with its own file and line, until the map says why', () => {
    const [bake = { handler: '' }] = MAP.connections['LoafOrdered'] ?? [];
    const [fault, ...more] = faultsWith({ map: mapWith({ LoafOrdered: [bake] }) });
    const line = readFileSync(MAP.file ?? '', 'utf8').split('\n').findIndex((text) => text.includes("'shop.count': inShop")) + 1;
    expect(fault).toContain(`bakery.ts:${line} The handler shop.count hears LoafOrdered and is not connected to it: add it to ${MAP.file} under LoafOrdered, or take LoafOrdered out of what it hears; if it shall not hear it here, say so there, unconnected: { 'LoafOrdered → shop.count': 'the reason' }.`);
    expect(more).toEqual([]);
    expect(faultsWith({ map: mapWith({ LoafOrdered: [bake] }, { unconnected: { 'LoafOrdered → shop.count': 'It counts flour only.' } }) })).toEqual([]);
    // A handler that hears nothing at all is not given to the log: that is said of the whole of it.
    expect(faultsWith({ map: mapWith({ LoafOrdered: [bake], FlourCame: undefined }, { foreign: [], unconnected: { 'LoafOrdered → shop.count': 'x' } }) })).toEqual([expect.stringContaining('The handler shop.count is declared and connected to nothing')]);
  });

  test('asks for no connection to a signal that nobody sends here: its extension is not loaded, or it is not taken in', () => {
    expect(faultsWith({ map: mapWith({ FlourCame: undefined }, { foreign: [] }) })).toEqual([]);
  });

  test('refuses a pair that the map calls unconnected and connects, or that is no pair', () => {
    const unconnected = { 'LoafOrdered → shop.count': 'x', 'LoafBaked → shop.count': 'x', 'FlourCame → shop.cuont': 'x', 'LoafOrdered → oven.bake': ' ' };
    const [, count = { handler: '' }] = MAP.connections['LoafOrdered'] ?? [];
    expect(faultsWith({ map: mapWith({}, { unconnected }) })).toEqual([
      expect.stringMatching(/The map says that the pair LoafOrdered → shop\.count is unconnected, but connects it to shop\.count: take one of both out/),
      expect.stringMatching(/bakery\.ts:\d+ The map says that the pair LoafBaked → shop\.count is unconnected, but no loaded extension declares it: take it out/),
      expect.stringMatching(/FlourCame → shop\.cuont is unconnected, but no loaded extension declares it: take it out\. Did you mean FlourCame → shop\.count\?$/),
      expect.stringMatching(/The map says that the pair LoafOrdered → oven\.bake is unconnected, but connects/),
    ]);
    const ovenElsewhere = defineExtension({ ...oven, handlers: { ...oven.handlers, 'oven.bake': handlersOf<object>().transactional([LoafOrdered, FlourCame], () => apply({})) } } as never) as ExtensionDefinition;
    expect(faultsWith({ extensions: [shop, ovenElsewhere], map: mapWith({ LoafOrdered: [{ handler: 'oven.bake' }, count] }, { unconnected: { 'FlourCame → oven.bake': ' ' } }) }))
      .toEqual([expect.stringContaining('The map says that the pair FlourCame → oven.bake is unconnected without a reason: say why')]);
  });

  test('refuses a connection to what another service sends as long as it is not taken in from there', () => {
    const milling = { ...oven, signals: [...oven.signals, defineSignal(FlourCame)] };
    expect(faultsWith({ extensions: [shop, milling], map: mapWith({}, { foreign: [] }) }))
      .toEqual([expect.stringMatching(/bakery\.ts:\d+ The map connects FlourCame, which mill sends, and does not declare it as foreign: add \{ source: 'mill', type: 'FlourCame' \} to foreign\.$/)]);
  });

  test('refuses what the map says of silence when it is of nobody, not so, or without a reason, and names the place', () => {
    const untrue = mapWith({}, { unheard: { LoafBurnt: 'Nobody burns.', LoafOrderd: 'x', LoafBaked: 'Nobody eats.', LoafDelivered: ' ' }, unconnected: { 'shop.count': 'x', 'till.count': 'There is no till.' } });
    expect(faultsWith({ map: untrue })).toEqual([
      expect.stringMatching(/bakery\.ts:\d+ The map says that the signal LoafBurnt is unheard, but no loaded extension declares it: take it out\.$/),
      expect.stringMatching(/LoafOrderd is unheard, but no loaded extension declares it: take it out\. Did you mean LoafOrdered\?$/),
      expect.stringMatching(/bakery\.ts:\d+ The map says that the signal LoafBaked is unheard, but connects it to shop\.deliver: take one of both out/),
      expect.stringMatching(/bakery\.ts:\d+ The map says that the signal LoafDelivered is unheard without a reason: say why/),
      expect.stringMatching(/The map says that the handler shop\.count is unconnected, but connects it to LoafOrdered, FlourCame: take one of both out/),
      expect.stringMatching(/The map says that the handler till\.count is unconnected, but no loaded extension declares it/),
    ]);
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

  test('refuses an extension whose need is not loaded', () => {
    expect(faultsWith({ extensions: [oven], map: mapWith({ LoafOrdered: [], LoafBaked: undefined, FlourCame: undefined }, { foreign: [] }) }))
      .toContainEqual(expect.stringContaining('The extension oven needs shop, which is not loaded'));
  });

  test('lets a signal be heard that says why nobody needs to hear it: an extension that comes later may', () => {
    const marked = { ...shop, signals: [defineSignal(LoafOrdered, { unheard: 'nobody eats' }), ...shop.signals.slice(1)] };
    expect(faultsWith({ extensions: [marked, oven] })).toEqual([]);
  });

  test('refuses settings that mean nothing or cannot be kept', () => {
    const [bake = { handler: '' }, count = { handler: '' }] = MAP.connections['LoafOrdered'] ?? [];
    const faults = faultsWith({ map: mapWith({
      LoafOrdered: [{ ...bake, filter: { detail: [] } }, { ...count, concurrency: 2, priority: 1 }, count],
      LoafBaked: [{ handler: 'shop.deliver', concurrency: 0, timeBudgetMs: 15_000, priority: Number.NaN, retry: { maxAttempts: 0, wait: 7 } as never, from: 'end' as never, paralel: 3 } as Connection],
    }) });
    expect(faults).toEqual([
      expect.stringContaining('The filter of oven.bake for LoafOrdered is refused'), expect.stringContaining('The handler shop.count works in the database only, in the order of the log: priority, concurrency are for effects'),
      expect.stringContaining('connects LoafOrdered to shop.count twice'), expect.stringContaining('The map says paralel of shop.deliver, which means nothing'), expect.stringContaining('The priority of shop.deliver'),
      expect.stringContaining('The concurrency of shop.deliver'), expect.stringContaining('The time budget of shop.deliver'), expect.stringContaining('The retry policy of shop.deliver has a wrong maxAttempts, wait'),
      expect.stringContaining("The handler shop.deliver can hear from: 'beginning'"),
    ]);
  });

  test('refuses a handler that begins at two places; what else is said of a connection holds for its signal alone', () => {
    const both = handlersOf<object>().effect([LoafBaked, LoafOrdered], { idempotency: 'x', run: async () => undefined, settle: () => apply({}) });
    const courier = defineExtension({ name: 'courier', description: 'x', source: 'courier', signals: [], store: shop.store, open: () => undefined, handlers: { 'courier.go': both } });
    const connected = (under: Partial<Connection>) => mapWith({
      LoafBaked: [...(MAP.connections['LoafBaked'] ?? []), { handler: 'courier.go', concurrency: 4, priority: 1, from: 'beginning' }],
      LoafOrdered: [...(MAP.connections['LoafOrdered'] ?? []), { handler: 'courier.go', concurrency: 8, ...under }],
    });
    const faults = faultsWith({ extensions: [...EXTENSIONS, courier], map: connected({}) });
    expect(faults).toEqual([expect.stringContaining("The handler courier.go hears LoafBaked from the beginning, so it hears LoafOrdered from there too: say from: 'beginning' under both, or under none.")]);
    expect(faultsWith({ extensions: [...EXTENSIONS, courier], map: connected({ from: 'beginning' }) })).toEqual([]);
  });

  test('names the line of the connection, not the first on which the handler stands', () => {
    const text = readFileSync(MAP.file ?? '', 'utf8').split('\n');
    const [fault] = faultsWith({ map: mapWith({ LoafBaked: [{ handler: 'shop.deliver', concurrency: 0 }] }) });
    expect(text[Number(/:(\d+) /.exec(fault ?? '')?.[1]) - 1]).toContain("LoafBaked: [{ handler: 'shop.deliver'");
    const [other] = faultsWith({ map: mapWith({ FlourCame: [{ handler: 'shop.count', priority: 1 }] }) });
    expect(text[Number(/:(\d+) /.exec(other ?? '')?.[1]) - 1]).toContain("FlourCame: ['shop.count']");
  });

  test('holds what comes from outside against the catalogue, the map and the rules', () => {
    const unknown = { source: 'mill', type: 'FlourCmae' };
    expect(faultsWith({ map: { ...MAP, foreign: [...MAP.foreign, unknown] } })).toEqual([expect.stringContaining('The foreign signal FlourCmae has no entry in the catalogue. Did you mean FlourCame?')]);
    expect(faultsWith({ delivered: [{ source: 'mill', type: 'FlourCame', rule: 'Flour' }] })).toEqual([]);
    expect(faultsWith({ delivered: [{ source: 'mill', type: 'SacksCame', rule: 'Sacks' }] })).toEqual([
      expect.stringContaining('FlourCame of mill is declared, but no rule delivers it'), expect.stringContaining('The rule Sacks delivers SacksCame of mill, which the map does not declare as foreign'),
    ]);
  });

  test('refuses what comes from a service that is not heard, twice, in another payload, or to nobody', () => {
    const from = (source: string) => ({ source, type: 'FlourCame' });
    expect(faultsWith({ map: { ...MAP, foreign: [from('mil'), from('mill')] } })).toEqual([expect.stringContaining('The foreign signal FlourCame is said to come from mil, which is no service that is heard here. Did you mean mill?')]);
    expect(faultsWith({ map: { ...MAP, foreign: [from('mill'), from('mill')] } })).toEqual([expect.stringContaining('The foreign signal FlourCame of mill is declared twice')]);
    expect(faultsWith({ map: mapWith({ FlourCame: undefined }) })).toEqual([
      expect.stringContaining('The handler shop.count hears FlourCame and is not connected to it'), expect.stringContaining('The foreign signal FlourCame is taken in and heard by nobody'),
    ]);
    const otherFlour = { ...FlourCame, versions: { v1: z.strictObject({ sacks: z.int() }) } } as unknown as typeof FlourCame;
    expect(faultsWith({ extensions: [shop, { ...oven, signals: [...oven.signals, defineSignal(otherFlour)] }] })).toContainEqual(expect.stringContaining('The foreign signal FlourCame has another payload than the signal of that name that is sent here'));
  });

  test('refuses a retired handler that is still there, and an heir that is not', () => {
    const faults = faultsWith({ map: { ...MAP, retired: { 'shop.count': 'drop', 'shop.sell': 'shop.delivery', 'shop.wrap': 'oven.bake', 'shop.gone': 'drop' } } });
    expect(faults).toEqual([
      expect.stringContaining('The handler shop.count is retired in the map, but still declared'), expect.stringContaining('shall go to shop.delivery, which no loaded extension declares. Did you mean shop.deliver?'),
      expect.stringContaining('The work of the retired handler shop.wrap shall go to oven.bake of another extension'),
    ]);
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

  test('is frozen as it is made, and so are the signal, the extension and the map', () => {
    const ring = transactional([Rung], () => apply({}));
    const signal = defineSignal(Rung);
    // Before an extension has them.
    expect(() => Object.assign(ring, { kind: 'effect' })).toThrow('read only');
    expect(() => Object.assign(signal, { shared: true })).toThrow('read only');
    const handlers = { 'bell.ring': ring };
    const bell = defineExtension({ name: 'bell', description: 'x', source: 'bell', signals: [signal], store: shop.store, open: () => undefined, handlers });
    const map = defineSignalMap([bell], { Rung: ['bell.ring'] });
    const attempts = [
      () => Object.assign(handlers, { 'bell.toll': ring }),
      () => Object.assign(bell, { open: () => 'other' }), () => Object.assign(map.connections, { Rung: [] }), () => (map.connections['Rung'] as unknown[]).pop(),
    ];
    for (const attempt of attempts) expect(attempt).toThrow(/read only|not extensible|Cannot delete/);
  });
});

test('Closed is the hole (f) of a refusal that no test has seen: every sentence of refusal in the check is met in this file', () => {
  const sentences = readdirSync(import.meta.dirname).filter((name) => /^check(-\w+)?\.ts$/.test(name)).flatMap((name) => sentencesIn(readFileSync(join(import.meta.dirname, name), 'utf8')));
  expect(sentences.length).toBeGreaterThan(30);
  expect(sentences.filter((sentence) => !met.some((fault) => sentence.test(fault))).map(String)).toEqual([]);
});

/** The template strings of a source that are sentences, each as a pattern of what it says. */
function sentencesIn(source: string): RegExp[] {
  const found: RegExp[] = [];
  for (let at = source.indexOf('`'); at !== -1; at = source.indexOf('`', at)) {
    const [parts, end] = templateAt(source, at + 1);
    at = end + 1;
    if (/^(The|A) /.test(parts[0] ?? '')) found.push(new RegExp(parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('.+')));
  }
  return found;
}

/** The fixed parts of the template that begins here, and where it ends. */
function templateAt(source: string, from: number): [string[], number] {
  const parts = [''];
  for (let at = from; at < source.length; at += 1) {
    if (source[at] === '`') return [parts, at];
    if (source.startsWith('${', at)) {
      at = expressionEnd(source, at + 2);
      parts.push('');
    } else parts.push(`${parts.pop() ?? ''}${source[at] ?? ''}`);
  }
  return [parts, source.length];
}

function expressionEnd(source: string, from: number): number {
  for (let at = from, depth = 1; at < source.length; at += 1) {
    if (source[at] === '`') at = templateAt(source, at + 1)[1];
    else if (source[at] === '{') depth += 1;
    else if (source[at] === '}' && (depth -= 1) === 0) return at;
  }
  return source.length;
}
