/** What the map may say of a connection, each setting at work over a real log. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { LoafOrdered, shop } from '../test-kit/bakery.ts';
import type { Count } from '../test-kit/bakery.ts';
import type { Host, Hosts } from '../test-kit/host-kit.ts';
import { openHosts, order, row, until } from '../test-kit/host-kit.ts';
import { defineExtension } from './extension.ts';
import { apply, handlersOf, stale } from './handler.ts';
import type { EffectParts } from './handler.ts';
import type { Connection, SignalMap } from './map.ts';

type Run = EffectParts<Count, void, unknown, any>['run'];

let hosts: Hosts;
let host: Host | undefined;
beforeAll(async () => {
  hosts = await openHosts();
});
afterEach(async () => {
  await host?.stop();
  host = undefined;
});
afterAll(() => hosts.close());

const { effect, transactional } = handlersOf<Count>();
const bare = { description: 'Runs what a test gives it.', source: 'courier', signals: [], store: shop.store, open: () => undefined };
const alone = { ...shop, signals: [...shop.signals], handlers: { 'shop.count': shop.handlers['shop.count'] } };

/** The shop, and a courier whose effects are these; connected to LoafOrdered as the map says. */
async function start(effects: Readonly<Record<string, Run>>, said: readonly Connection[]): Promise<Host> {
  const handlers = Object.fromEntries(Object.entries(effects).map(([name, run]) => [name, effect([LoafOrdered], { idempotency: 'A test looks on.', run, settle: () => stale('seen'), retry: { baseMs: 1, maxMs: 5 } })]));
  const courier = defineExtension({ ...bare, name: 'courier', handlers });
  return startWith([alone, courier], { LoafOrdered: [{ handler: 'shop.count' }, ...said] }, Object.fromEntries(Object.entries(dropped).filter(([name]) => !(name in effects))));
}

async function startWith(definitions: NonNullable<Parameters<Hosts['start']>[0]>['definitions'] & object, connections: SignalMap['connections'], retired: SignalMap['retired'] = {}): Promise<Host> {
  host = await hosts.start({ definitions, map: { connections, foreign: [], retired, unheard: {}, unconnected: {}, everywhere: [], file: import.meta.filename } });
  return host;
}

const dropped = { 'courier.low': 'drop', 'courier.high': 'drop', 'courier.run': 'drop', 'courier.skip': 'drop' };

test('priority: among what is due the higher goes first, whatever stands first in the map', async () => {
  const ran: string[] = [];
  const running = await start({
    'courier.low': async () => void ran.push('low'),
    'courier.high': async () => void ran.push('high'),
  }, [{ handler: 'courier.low', priority: -1 }, { handler: 'courier.high', priority: 5 }]);
  await order(running, 'first');
  await until(() => (ran.length === 2 ? true : undefined));
  expect(ran).toEqual(['high', 'low']);
});

test('concurrency: so many runs at once in a process, and no more', async () => {
  let atOnce = 0;
  let most = 0;
  let done = 0;
  const running = await start({
    'courier.run': async () => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await delay(10);
      atOnce -= 1;
      done += 1;
    },
  }, [{ handler: 'courier.run', concurrency: 2 }]);
  await order(running, ...Array.from({ length: 6 }, (_, index) => `busy ${index}`));
  await until(() => (done === 6 ? true : undefined));
  expect(most).toBe(2);
});

test('retry: the policy of the map goes before that of the handler; when it has an end, the row is dead and stays to be seen', async () => {
  let runs = 0;
  const running = await start({
    'courier.run': async () => {
      runs += 1;
      throw new Error('The door is locked.', { cause: new Error('no key') });
    },
  }, [{ handler: 'courier.run', retry: { maxAttempts: 2 } }]);
  await order(running, 'locked');
  const dead = await row(running, "SELECT attempt, last_error FROM work WHERE subject = 'locked' AND state = 'dead'");
  expect([runs, dead]).toEqual([2, expect.objectContaining({ attempt: 2, last_error: expect.objectContaining({ message: 'The door is locked.' }) })]);
  const told = running.said.filter(({ data }) => data['subject'] === 'locked');
  expect(told.map(({ data }) => [data['attempt'], data['dead']])).toEqual([[1, false], [2, true]]);
  expect(told[0]?.data).toMatchObject({ handler: 'courier.run', eventType: 'LoafOrdered', eventId: expect.any(String), correlationId: expect.any(String), err: { message: 'The door is locked.', cause: { message: 'no key' } } });
  expect(running.readers.state().find(({ name }) => name === 'courier')).toMatchObject({ failures: 2 });
});

test('time budget: a run that takes longer is given up, and comes again', async () => {
  let runs = 0;
  const running = await start({
    'courier.run': ({ signal }) => {
      runs += 1;
      return runs > 1 ? Promise.resolve() : new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
    },
  }, [{ handler: 'courier.run', timeBudgetMs: 40 }]);
  await order(running, 'slow');
  await until(() => (runs === 2 ? true : undefined));
  expect(running.said.map(({ data }) => data['reason'])).toContain('No answer within 40 ms.');
});

test('filter: what it does not let through is not run, and the ledger says so', async () => {
  const ran: string[] = [];
  const running = await start({ 'courier.skip': async ({ event }) => void ran.push(event.subject) }, [{ handler: 'courier.skip', filter: { detail: { data: { loaf: [{ prefix: 'white' }] } } } }]);
  await order(running, 'brown', 'white');
  await until(() => (ran.length > 0 ? true : undefined));
  const ignored = await until(async () => (await running.log.ignored('brown'))[0]);
  expect([ran, ignored]).toEqual([['white'], expect.objectContaining({ handler: 'courier.skip', rule: 'filtered', evidence: { filter: { detail: { data: { loaf: [{ prefix: 'white' }] } } } } })]);
});

test("from: 'beginning': a new handler hears the past, another new one only what comes", async () => {
  const before = await startWith([alone], { LoafOrdered: [{ handler: 'shop.count' }] }, dropped);
  await order(before, 'old');
  await row(before, "SELECT 1 FROM shop WHERE subject = 'old'");
  await before.stop();
  const heard: string[] = [];
  const late = defineExtension({
    ...bare, name: 'late', source: 'late',
    handlers: Object.fromEntries(['late.all', 'late.new'].map((name) => [name, transactional([LoafOrdered], (_count, { subject }) => {
      heard.push(`${name} ${subject}`);
      return stale('seen');
    })])),
  });
  const after = await startWith([alone, late], { LoafOrdered: [{ handler: 'shop.count' }, { handler: 'late.all', from: 'beginning' }, { handler: 'late.new' }] }, dropped);
  await order(after, 'new');
  await until(() => (heard.includes('late.all old') && heard.includes('late.all new') && heard.includes('late.new new') ? true : undefined));
  expect(heard).not.toContain('late.new old');
});

test('every handler runs whatever another does, also one of the same extension for the same event; only what comes later waits', async () => {
  const burnt = new Set(['burnt']);
  const heard: string[] = [];
  const twice = defineExtension({
    ...bare, name: 'twice', source: 'twice',
    handlers: {
      'twice.fail': transactional([LoafOrdered], (count, { subject }) => {
        if (burnt.has(subject)) throw new Error(`${subject} is burnt`);
        return apply({ times: (count?.times ?? 0) + 1 });
      }),
      'twice.hear': transactional([LoafOrdered], (_count, { subject, eventId }) => {
        heard.push(`${subject} ${eventId}`);
        return stale('seen');
      }),
    },
  });
  const running = await startWith([alone, twice], { LoafOrdered: [{ handler: 'shop.count' }, { handler: 'twice.fail' }, { handler: 'twice.hear' }] }, { ...dropped, 'late.all': 'drop', 'late.new': 'drop' });
  await order(running, 'burnt');
  await order(running, 'burnt');
  await until(async () => ((await running.pool.query("SELECT handler, state FROM work WHERE subject = 'burnt'")).rows.length === 3 ? true : undefined));
  const [first, second] = (await running.log.history('burnt')).map(({ eventId }) => eventId);
  expect((await running.pool.query("SELECT handler, event_id AS id, state FROM work WHERE subject = 'burnt' ORDER BY position, handler")).rows).toEqual([
    { handler: 'twice.fail', id: first, state: 'ready' }, { handler: 'twice.fail', id: second, state: 'behind' }, { handler: 'twice.hear', id: second, state: 'behind' },
  ]);
  expect(heard).toEqual([`burnt ${first}`]);
  burnt.clear();
  await until(() => (heard.length === 2 ? true : undefined));
  expect(heard).toEqual([`burnt ${first}`, `burnt ${second}`]);
});
