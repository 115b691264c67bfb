/** The live bus over a real host: what it shows of a flow, and that nobody who watches can disturb it. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { LogObserver } from '@commerce/event-log/observer';
import { createCatalogue } from '@commerce/events/catalogue';
import { JOB_ENTRIES } from '@commerce/events/entries/jobs';
import { uuid7 } from '@commerce/events/uuid7';
import { EXTENSIONS, FlourCame, LoafBaked, LoafDelivered, LoafOrdered, loafBaked, loafOrdered, shop } from '../../test-kit/bakery.ts';
import type { Count, Resources } from '../../test-kit/bakery.ts';
import type { Host, Hosts } from '../../test-kit/host-kit.ts';
import { openHosts, order, trigger, until } from '../../test-kit/host-kit.ts';
import { defineExtension } from '../extension.ts';
import { handlersOf, stale } from '../handler.ts';
import { createLiveBus } from './live-bus.ts';
import type { LiveBus } from './live-bus.ts';
import type { SystemEvent } from './system-event.ts';

const ENTRIES = [LoafOrdered, LoafBaked, LoafDelivered, FlourCame] as const;
const workerId = uuid7(Date.now());
let hosts: Hosts;
let host: Host;
let live: LiveBus;
beforeAll(async () => {
  hosts = await openHosts();
});
beforeEach(() => {
  live = createLiveBus({
    entries: ENTRIES, source: 'bakery', workerId, historySize: 500, emissionTimeoutMs: 50, nowMs: Date.now, monotonicMs: () => performance.now(), uuid: () => uuid7(Date.now()),
    sleep: (ms, signal) => delay(ms, undefined, { signal }), logger: { warn: () => undefined },
  });
});
afterEach(async () => {
  await host.stop();
  live.bus.close();
});
afterAll(() => hosts.close());

const named = (events: readonly SystemEvent[]) => events.map(({ name, data }) => (name.startsWith('job.') ? `${name} ${String(data['jobType'])} ${String(data['attempt'])}` : name));

test('shows the events of the log and the runs of this process, each as the catalogue describes it', async () => {
  const resources: Resources = { burnt: new Set(['croissant']), asked: [] };
  host = await hosts.start({ observer: () => live.observer, resources });
  const seen: SystemEvent[] = [];
  live.bus.subscribe('*', (event) => void (trigger.correlationId === event.correlationId && seen.push(event)));
  await order(host, 'rye');
  await until(() => (named(seen).includes('job.completed shop.deliver 1') && named(seen).includes('loaf.delivered') ? true : undefined));
  expect(named(seen).toSorted()).toEqual([
    ...['oven.bake', 'shop.count', 'shop.deliver'].flatMap((job) => ['completed', 'enqueued', 'started'].map((phase) => `job.${phase} ${job} 1`)),
    'loaf.baked', 'loaf.delivered', 'loaf.ordered',
  ].toSorted());
  const ordered = seen.find(({ name }) => name === 'loaf.ordered');
  expect(ordered).toMatchObject({ eventType: 'LoafOrdered', source: 'shop', data: { loaf: 'rye' } });
  const catalogue = createCatalogue([...ENTRIES, ...JOB_ENTRIES] as never);
  for (const { name: _name, userId: _userId, ...envelope } of seen) catalogue.checkEnvelope(envelope);
  expect(seen.find(({ name }) => name === 'job.completed')).toMatchObject({
    source: 'bakery', causationId: expect.any(String), data: { jobId: expect.stringContaining(':'), queueName: expect.any(String), workerId, startedAt: expect.any(String), processingTime: expect.any(Number), subject: 'rye' },
  });

  await order(host, 'croissant');
  await until(() => (named(seen).includes('job.failed oven.bake 2') ? true : undefined));
  const failed = seen.find(({ name }) => name === 'job.failed');
  expect(failed).toMatchObject({ eventType: 'JobFailed', data: { jobType: 'oven.bake', queueName: 'oven', eventType: 'LoafOrdered', attempt: 1, error: 'croissant is burnt', code: 'Error', retryAt: expect.any(String) } });
  const { name: _name, userId: _userId, ...envelope } = failed as SystemEvent;
  catalogue.checkEnvelope(envelope);
  resources.burnt.clear();
  await until(async () => (await host.log.history('croissant')).find(({ type }) => type === 'LoafDelivered'));
});

test('makes nothing of runs that begin while nobody hears them, and keeps those that have ended', async () => {
  const told = new Set<string>();
  const observer: LogObserver = {
    ...live.observer,
    onJobs: (phase, extension, jobs) => {
      told.add(phase);
      live.observer.onJobs?.(phase, extension, jobs);
    },
  };
  host = await hosts.start({ observer: () => observer });
  const jobsOf = (loaf: string): string[] => live.bus.getRunHistory().filter(({ data }) => data['subject'] === loaf).map(({ name, data }) => `${name} ${String(data['jobType'])}`).toSorted();
  await order(host, 'spelt');
  await until(() => (jobsOf('spelt').includes('job.completed shop.deliver') ? true : undefined));
  expect([[...told], jobsOf('spelt')]).toEqual([['completed'], ['job.completed oven.bake', 'job.completed shop.count', 'job.completed shop.deliver']]);
  // What the test before has left may still come.
  const eventIds = new Set((await host.log.history('spelt')).map(({ eventId }) => eventId));
  const ofSpelt = (): SystemEvent[] => live.bus.getEventHistory().filter(({ eventId }) => eventIds.has(eventId));
  await until(() => (ofSpelt().length >= 3 ? true : undefined));
  expect(named(ofSpelt()).toSorted()).toEqual(['loaf.baked', 'loaf.delivered', 'loaf.ordered']);
  const unsubscribe = live.bus.subscribe('job.started', () => undefined);
  await order(host, 'oat');
  await until(() => (jobsOf('oat').includes('job.completed shop.deliver') ? true : undefined));
  unsubscribe();
  expect([...told].toSorted()).toEqual(['completed', 'started']);
  expect(jobsOf('oat').filter((one) => one.startsWith('job.started'))).toHaveLength(3);
});

test('is disturbed by no subscriber: whatever they do, the flow goes on', async () => {
  host = await hosts.start({ observer: () => live.observer });
  live.bus.subscribe('*', () => {
    throw new Error('thrown');
  });
  live.bus.subscribe('job.*', () => new Promise(() => undefined));
  await order(host, 'wheat');
  await until(async () => (await host.log.history('wheat')).find(({ type }) => type === 'LoafDelivered'));
  // Told after the commit, so the last ones may still be on their way.
  await until(async () => (live.bus.getStats().failed > 10 ? true : undefined));
});

test('The concurrency of a connection holds for its signal alone: two signals, one limit each', async () => {
  const now = new Map<string, number>();
  const most = new Map<string, number>();
  let ran = 0;
  const { effect } = handlersOf<Count>();
  const courier = defineExtension({
    name: 'courier', description: 'Runs for two signals.', source: 'courier', signals: [], store: shop.store, open: () => undefined,
    handlers: {
      'courier.run': effect([LoafOrdered, LoafBaked], {
        idempotency: 'A test looks on.', settle: () => stale('seen'), concurrency: 8,
        run: async ({ event: { type } }) => {
          now.set(type, (now.get(type) ?? 0) + 1);
          most.set(type, Math.max(most.get(type) ?? 0, now.get(type) ?? 0));
          await delay(5);
          now.set(type, (now.get(type) ?? 1) - 1);
          ran += 1;
        },
      }),
    },
  });
  const [, oven] = EXTENSIONS;
  const alone = { ...shop, handlers: { 'shop.count': shop.handlers['shop.count'] } };
  const ovenAlone = { ...oven, handlers: {} };
  const connections = { LoafOrdered: [{ handler: 'shop.count' }, { handler: 'courier.run', concurrency: 1 }], LoafBaked: [{ handler: 'courier.run', concurrency: 3 }] };
  const dropped = { 'shop.deliver': 'drop', 'oven.bake': 'drop' };
  host = await hosts.start({ definitions: [alone, ovenAlone, courier], map: { connections, foreign: [], retired: dropped, unheard: {}, unconnected: {}, everywhere: [], file: import.meta.filename } });
  const loaves = Array.from({ length: 9 }, (_, n) => `busy ${n}`);
  await host.send(alone, (context) => loaves.forEach((loaf) => loafOrdered.sendRobust({ loaf }, context, 1)));
  await host.send(ovenAlone, (context) => loaves.forEach((loaf) => loafBaked.sendRobust({ loaf: `baked ${loaf}` }, context, 1)));
  await until(() => (ran === 18 ? true : undefined));
  expect(Object.fromEntries(most)).toEqual({ LoafOrdered: 1, LoafBaked: 3 });
});
