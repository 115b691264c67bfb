import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { apply as outcome } from '@commerce/event-log/extension';
import { inTransaction } from '@commerce/event-log/transaction';
import { EXTENSIONS, LoafOrdered, MAP, loafBaked, loafOrdered, oven, shop } from '../test-kit/bakery.ts';
import type { Count, Resources } from '../test-kit/bakery.ts';
import type { Host, Hosts } from '../test-kit/host-kit.ts';
import { openHosts, order, row, trigger, until } from '../test-kit/host-kit.ts';
import { apply, handlersOf, stale } from './handler.ts';
import { jobsOf, openExtensions, provideResources } from './host.ts';
import { collectSent, inputDecision } from './sending.ts';
import { defineSignal, sendingOf } from './signal.ts';

let hosts: Hosts;
let host: Host;
const resources: Resources = { burnt: new Set(['croissant']), asked: [] };
const context = { nowMs: 0, trigger };

beforeAll(async () => {
  hosts = await openHosts();
  host = await hosts.start({ resources });
});
afterAll(() => hosts.close());

const typesOf = async (loaf: string): Promise<string[]> => (await host.log.history(loaf)).map(({ type }) => type);
const delivered = (loaf: string): Promise<true> => until(async () => ((await typesOf(loaf)).includes('LoafDelivered') ? true : undefined));

describe('What extensions provide', () => {
  const providing = (name: string, provide: (resources: any) => object) => ({ ...shop, name, provide });

  test('stands under their names beside what the service offers, for those too that stand before them in the list', async () => {
    const first = providing('till', (all) => ({ price: () => all.mill.flour * all.factor }));
    const given = await provideResources([first, oven, providing('mill', async () => ({ flour: 3 }))], { factor: 2 }) as any;
    expect([Object.keys(given), given.till.price()]).toEqual([['factor', 'till', 'mill'], 6]);
  });

  test('never stands in the place of what the service offers', async () => {
    await expect(provideResources([providing('log', () => ({}))], { log: 1 })).rejects.toThrow('The extension log provides something, and the service offers log already: rename the extension.');
  });
});

test('How often a job is done is asked anew each time', async () => {
  let isWanted = false;
  const job = { name: 'oven.clean', everyMs: () => (isWanted ? 1_000 : 30_000), run: async () => false };
  const [clean] = jobsOf((await openExtensions(EXTENSIONS, MAP, resources)).map((one) => ({ ...one, definition: { ...one.definition, jobs: one.definition.name === 'oven' ? [job] : [] } })));
  const before = clean?.everyMs;
  isWanted = true;
  expect([before, clean?.everyMs]).toEqual([30_000, 1_000]);
});

describe('A signal', () => {
  test('goes to every handler that the map connects, and what they send goes on', async () => {
    await order(host, 'rye');
    await delivered('rye');
    expect(await typesOf('rye')).toEqual(['LoafOrdered', 'LoafBaked', 'LoafDelivered']);
    const [, baked, last] = await host.log.history('rye');
    expect([baked?.source, last?.source, last?.causationId]).toEqual(['oven', 'shop', baked?.eventId]);
    expect(new Set(resources.asked).size).toBe(1);
  });

  test('reaches the other handlers when one of them throws, and comes again for that one alone', async () => {
    await order(host, 'croissant');
    await row(host, "SELECT 1 FROM shop WHERE subject = 'croissant'");
    await row(host, "SELECT 1 FROM work WHERE subject = 'croissant' AND handler = 'oven.bake' AND attempt > 1");
    expect((await host.pool.query("SELECT handler FROM work WHERE subject = 'croissant'")).rows).toEqual([{ handler: 'oven.bake' }]);
    resources.burnt.delete('croissant');
    await delivered('croissant');
    expect((await host.pool.query("SELECT times FROM shop WHERE subject = 'croissant'")).rows).toEqual([{ times: 2 }]);
  });

  test('whose handler failed is logged once for each attempt, with who, on what, because of what and why; stored, and counted', async () => {
    const [ordered] = await host.log.history('croissant');
    const told = host.said.filter(({ data }) => data['subject'] === 'croissant');
    expect(told.map(({ data }) => data['attempt'])).toEqual(told.map((_, index) => index + 1));
    expect(told[0]).toMatchObject({ message: expect.stringContaining('parked'), data: {
      reader: 'oven', handler: 'oven.bake', eventId: ordered?.eventId, eventType: 'LoafOrdered', correlationId: trigger.correlationId, err: { message: 'croissant is burnt' },
    } });
    expect((await host.pool.query("SELECT count(*)::int AS stored FROM failed_attempts WHERE handler = 'oven.bake' AND subject = 'croissant'")).rows).toEqual([{ stored: told.length }]);
    expect(host.readers.state().map(({ name, failures }) => [name, failures])).toEqual(expect.arrayContaining([['shop', 0], ['oven', told.length]]));
  });

  test('that the filter of the map does not let through is ignored, and the ledger says so', async () => {
    await host.send(shop, (sending) => loafOrdered.sendRobust({ loaf: 'sponge', kind: 'cake' }, sending, 1));
    const [entry] = await until(async () => ((await host.log.ignored('sponge')).length > 0 ? await host.log.ignored('sponge') : undefined));
    expect(entry).toMatchObject({ handler: 'oven.bake', rule: 'filtered' });
    expect(await typesOf('sponge')).toEqual(['LoafOrdered']);
  });

  test('returns nothing, and is appended in the transaction of its caller or not at all', async () => {
    const { result, events } = collectSent(shop, context, (sending) => loafOrdered.sendRobust({ loaf: 'undone' }, sending, 1));
    expect(result).toBeUndefined();
    const undone = inTransaction(host.pool, async (tx) => {
      await host.log.append(tx, events.map((event) => host.log.prepare(event, shop.source, trigger)));
      throw new Error('The till is closed.');
    });
    await expect(undone).rejects.toThrow('The till is closed.');
    expect(await host.log.history('undone')).toEqual([]);
  });

  test('with a payload that does not fit the catalogue, or a field that it does not know, fails the decision, whatever the sender catches', async () => {
    const { events } = collectSent(shop, context, (sending) => {
      loafOrdered.sendRobust({ loaf: 7 } as never, sending);
      loafOrdered.sendRobust({ loaf: 'rye', colour: 'red' } as never, sending);
    });
    const [wrong, unknown] = events.map((event) => () => host.log.prepare(event, shop.source, trigger));
    expect(wrong).toThrow('The data of LoafOrdered v1 does not fit its schema: loaf');
    expect(unknown).toThrow('The data of LoafOrdered v1 does not fit its schema');
    const decide = inputDecision<Count>(shop, (_state, sending) => {
      try {
        loafOrdered.sendRobust({ loaf: 7 } as never, sending);
      } catch {
        // Nobody hears of it here.
      }
      return apply({ times: 1 });
    });
    const plain = { name: shop.name, source: shop.source, store: shop.store, handlers: {}, effects: {}, timers: {} };
    const [settled] = await host.log.change(plain, [{ subject: 'misfit', handler: 'command:shop.order', trigger, decide }]);
    expect(settled?.outcome).toMatchObject({ kind: 'failed', error: { name: 'InvalidEvent' } });
    expect((await host.pool.query("SELECT 1 FROM shop WHERE subject = 'misfit'")).rows).toEqual([]);
  });

  test('that is shared is sent by any extension, once the one that declares it is loaded', async () => {
    const shared = defineSignal(LoafOrdered, { shared: true });
    const sent = () => collectSent(oven, context, (sending) => shared.sendRobust({ loaf: 'rye' }, sending)).events;
    expect(sent).toThrow('oven does not declare the signal LoafOrdered');
    await openExtensions([{ ...shop, signals: [shared] }, oven], MAP, resources);
    expect(sent()).toEqual([{ type: 'LoafOrdered', data: { loaf: 'rye' } }]);
  });

  test('of a pure decision is sent in its order, and none that is not declared there', () => {
    const send = sendingOf([loafBaked]);
    const asSaid = (types: readonly string[]) => outcome({ times: 1 }, types.map((type, index) => ({ type, data: { loaf: String(index) }, sequence: index + 1 })));
    const { result, events } = collectSent(oven, context, (sending) => send(asSaid(['LoafBaked', 'LoafBaked']), sending));
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect(result).toMatchObject({ kind: 'apply', events: [] });
    expect(() => collectSent(oven, context, (sending) => send(asSaid(['LoafDelivered']), sending))).toThrow('LoafDelivered is none of the signals');
  });

  test('of a command goes into its outcome, for the log to append with the state', () => {
    const decide = inputDecision<Count>(oven, (_state, sending) => {
      loafBaked.sendRobust({ loaf: 'rye' }, sending, 1);
      return apply({ times: 1 });
    });
    expect(decide(undefined, { ...context, other: () => undefined })).toMatchObject({ kind: 'apply', state: { times: 1 }, events: [{ type: 'LoafBaked', sequence: 1 }] });
  });
});

describe('A decision', () => {
  const { transactional } = handlersOf<Count>();
  const deciding = (decide: Parameters<typeof transactional<[typeof LoafOrdered]>>[1]) => openExtensions([{ ...oven, handlers: { 'oven.bake': transactional([LoafOrdered], decide) } }], MAP, resources);

  test('that sends and then changes nothing, or returns an event, is refused', async () => {
    const [silent] = await deciding((_count, _event, sending) => {
      loafBaked.sendRobust({ loaf: 'rye' }, sending);
      return stale('seen');
    });
    const [returning] = await deciding(() => outcome({ times: 1 }, [{ type: 'LoafBaked', data: { loaf: 'rye' } }]));
    const decide = (opened: typeof silent) => () => opened?.extension.handlers['oven.bake']?.decide(undefined, { type: 'LoafOrdered' } as never, { ...context, other: () => undefined });
    expect(decide(silent)).toThrow('oven sent LoafBaked in a decision that changes nothing: decide to apply, or do not send');
    expect(decide(returning)).toThrow('oven returned the event LoafBaked: send it with sendRobust');
  });
});

describe('A handler that is gone with work left', () => {
  const left = { connections: { LoafOrdered: [{ handler: 'shop.count' }], LoafBaked: [{ handler: 'shop.deliver' }], FlourCame: [{ handler: 'shop.count' }] }, foreign: MAP.foreign, unheard: {}, unconnected: {}, everywhere: [], file: MAP.file };

  test('ends the start with the mend, unless the map says that its work is dropped, which the ledger shows', async () => {
    resources.burnt.add('baguette');
    await order(host, 'baguette');
    await row(host, "SELECT 1 FROM work WHERE subject = 'baguette' AND handler = 'oven.bake'");
    await host.stop();
    await expect(hosts.start({ definitions: [shop], map: { ...left, retired: {} }, resources })).rejects.toThrow(
      /The map of signals is refused, with one fault:\n  - .*bakery\.ts:\d+ The handler oven\.bake is gone with 1 row of work left \(1 ready\): say in the map what becomes of it, retired: \{ 'oven\.bake': 'drop' \}/,
    );
    const next = await hosts.start({ definitions: [shop], map: { ...left, retired: { 'oven.bake': 'drop' } }, resources });
    expect(await next.log.ignored('baguette')).toMatchObject([{ handler: 'oven.bake', rule: 'handler_retired', evidence: { state: 'ready', error: { message: 'baguette is burnt' } } }]);
    await next.stop();
  });

  test('leaves it to its heir when the map names one', async () => {
    const first = await hosts.start({ definitions: EXTENSIONS, resources });
    resources.burnt.add('bun');
    await order(first, 'bun');
    await row(first, "SELECT 1 FROM work WHERE subject = 'bun' AND handler = 'oven.bake'");
    await first.stop();
    const heard: string[] = [];
    const renamed = { ...oven, handlers: { 'oven.heat': handlersOf<Count, Resources>().transactional([LoafOrdered], (count, { subject }) => {
      heard.push(subject);
      return apply({ times: (count?.times ?? 0) + 1 });
    }) } };
    const connections = { ...left.connections, LoafOrdered: [{ handler: 'shop.count' }, { handler: 'oven.heat' }] };
    const next = await hosts.start({ definitions: [shop, renamed], map: { ...left, connections, retired: { 'oven.bake': 'oven.heat' } }, resources });
    await until(() => (heard.includes('bun') ? true : undefined));
    await until(async () => ((await next.pool.query("SELECT 1 FROM work WHERE handler LIKE 'oven.%'")).rows.length === 0 ? true : undefined));
    await next.stop();
  });
});
