/** The live bus of a process without readers: it looks at the log while somebody listens, and its history is true whenever somebody asks. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { uuid7 } from '@commerce/events/uuid7';
import { FlourCame, LoafBaked, LoafDelivered, LoafOrdered } from '../../test-kit/bakery.ts';
import { openHosts, order, until } from '../../test-kit/host-kit.ts';
import type { Host, Hosts } from '../../test-kit/host-kit.ts';
import { FollowedLog } from './follow-log.pg.ts';
import { createLiveBus } from './live-bus.ts';
import type { LiveBus } from './live-bus.ts';
import type { SystemEvent } from './system-event.ts';
import type { Following } from './while-heard.ts';

let hosts: Hosts;
let host: Host;
let live: LiveBus;
let followed: FollowedLog;
let following: Following;
const warned: string[] = [];
const logger = { warn: (_fields: object, message: string): void => void warned.push(message) };
/** A look goes on for five seconds after the last one has left: not here. */
const sleep = (ms: number, signal?: AbortSignal): Promise<void> => delay(ms === 5_000 ? 5 : ms, undefined, signal === undefined ? {} : { signal });

beforeAll(async () => {
  hosts = await openHosts();
  host = await hosts.start();
  await host.stopReading();
});
beforeEach(() => {
  warned.length = 0;
  live = createLiveBus({
    entries: [LoafOrdered, LoafBaked, LoafDelivered, FlourCame], source: 'bakery', workerId: uuid7(Date.now()), historySize: 8, emissionTimeoutMs: 50, nowMs: Date.now, monotonicMs: () => performance.now(),
    uuid: () => uuid7(Date.now()), sleep: (ms, signal) => delay(ms, undefined, { signal }), logger,
  });
  followed = new FollowedLog({ log: host.log, databaseUrl: hosts.url, sleep, logger, watcher: live });
  following = live.followWhileHeard(followed);
});
afterEach(async () => {
  await following.stop();
  await followed.close();
  live.bus.close();
});
afterAll(() => hosts.close());

const loavesOf = (events: readonly SystemEvent[]): unknown[] => events.map(({ data }) => data['loaf']);
/** Connections of this process that look at the log. */
const looking = async (): Promise<number> => (await host.pool.query("SELECT FROM pg_stat_activity WHERE application_name = 'event-log tail' AND datname = current_database()")).rowCount ?? 0;
const ended = (): Promise<true> => until(async () => ((await looking()) === 0 ? true : undefined));

test('costs nothing while nobody listens, shows what comes to whoever does, and ends with him', async () => {
  await order(host, 'before');
  await delay(60);
  expect([await looking(), live.bus.getStats().totalEvents]).toEqual([0, 0]);
  const seen: SystemEvent[] = [];
  const unsubscribe = live.bus.subscribe('loaf.*', (event) => void seen.push(event));
  await live.upToDate();
  await order(host, 'one', 'two');
  await until(() => (loavesOf(seen).includes('two') ? true : undefined));
  // What came before is seen too where a transaction elsewhere in the cluster held the horizon below it.
  expect([loavesOf(seen).slice(-2), loavesOf(live.bus.getEventHistory())]).toEqual([['one', 'two'], ['before', 'one', 'two']]);
  const heard = seen.length;
  expect(live.bus.getStats().totalEvents).toBe(heard);
  unsubscribe();
  await ended();
  await order(host, 'after');
  await delay(60);
  expect([await looking(), seen.length, live.bus.getStats().totalEvents]).toEqual([0, heard, heard]);
  expect(warned).toEqual([]);
});

test('has a history that is true when somebody asks, with what came while nobody looked, each once and in its order', async () => {
  const loaves = Array.from({ length: 5 }, (_, n) => `rye ${n}`);
  for (const loaf of loaves) await order(host, loaf);
  await live.upToDate();
  expect(loavesOf(live.bus.getEventHistory(5))).toEqual(loaves);
  await ended();
  await order(host, 'rye 5', 'rye 6');
  expect(loavesOf(live.bus.getEventHistory(1))).toEqual(['rye 4']);
  await Promise.all([live.upToDate(), live.upToDate()]);
  expect(loavesOf(live.bus.getEventHistory(7))).toEqual([...loaves, 'rye 5', 'rye 6']);
  await live.upToDate();
  expect(loavesOf(live.bus.getEventHistory(4))).toEqual(['rye 3', 'rye 4', 'rye 5', 'rye 6']);
});

test('says so when the log cannot be read, and begins once it can', async () => {
  await host.pool.query('ALTER TABLE events RENAME TO gone');
  const seen: SystemEvent[] = [];
  live.bus.subscribe('*', (event) => void seen.push(event));
  await expect(live.upToDate()).rejects.toThrow('events');
  await until(() => (warned.length > 0 ? true : undefined));
  await host.pool.query('ALTER TABLE gone RENAME TO events');
  await until(async () => ((await looking()) > 0 ? true : undefined));
  await live.upToDate();
  await order(host, 'late');
  await until(() => (seen.length > 0 ? true : undefined));
  expect([loavesOf(seen), warned[0]]).toEqual([['late'], 'the log cannot be read for the live bus; tried again']);
});
