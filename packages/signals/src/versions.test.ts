/** Events of a version that is not the present one: what a handler gets, and what waits for a build that knows it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { giveUpDead } from '@commerce/event-log/dead-selections';
import { Refused } from '@commerce/event-log/extension';
import { defineEvent } from '@commerce/events/catalogue';
import type { EventEntry } from '@commerce/events/catalogue';
import type { EventEnvelope } from '@commerce/events/envelope';
import { uuid7 } from '@commerce/events/uuid7';
import { z } from 'zod';
import { shop } from '../test-kit/bakery.ts';
import type { Count } from '../test-kit/bakery.ts';
import type { Host, Hosts } from '../test-kit/host-kit.ts';
import { openHosts, row, until } from '../test-kit/host-kit.ts';
import { defineExtension } from './extension.ts';
import { apply, handlersOf, stale } from './handler.ts';
import { defineSignalMap } from './map.ts';
import { defineSignal } from './signal.ts';

const v1 = z.strictObject({ loaf: z.string() });
const v2 = z.strictObject({ loaf: z.string(), grams: z.int() });
const v3 = z.strictObject({ loaf: z.string(), kilograms: z.number() });

/** Each is one version on: a loaf of which nobody had said the weight has 500 grams. */
const STEPS: NonNullable<EventEntry['upcasters']> = {
  v1: (data: z.infer<typeof v1>): z.infer<typeof v2> => ({ ...data, grams: data.loaf === 'air' ? 0.5 : 500 }),
  v2: ({ grams, ...data }: z.infer<typeof v2>): z.infer<typeof v3> => ({ ...data, kilograms: grams / 1_000 }),
};

let hosts: Hosts;
beforeAll(async () => {
  hosts = await openHosts();
});
afterAll(() => hosts.close());

/** A build whose catalogue has these versions, and what its two handlers heard. `filter`: of both, in the map. */
function build(versions: Readonly<Record<string, z.ZodObject>>, filter?: object) {
  const steps = Object.entries(STEPS).filter(([version]) => version in versions && `v${Number(version.slice(1)) + 1}` in versions);
  const Weighed = defineEvent<Readonly<Record<string, z.ZodObject>>, 'Weighed'>({
    type: 'Weighed', constant: 'WEIGHED', webhook: 'loaf.weighed', topic: 'order-events', description: 'A loaf was weighed.', versions, upcasters: Object.fromEntries(steps),
    subject: (data) => String(data['loaf']), example: { loaf: 'rye', grams: 1 },
  }) as EventEntry<any, 'Weighed'>;
  const weighed = defineSignal(Weighed);
  const heard: { readonly handler: string; readonly version: string; readonly data: unknown }[] = [];
  const { effect, transactional } = handlersOf<Count>();
  const scale = defineExtension({
    name: 'scale', description: 'Weighs.', source: 'scale', signals: [weighed], store: shop.store, open: () => undefined,
    handlers: {
      'scale.note': transactional([Weighed], (count, { version, data }, context) => {
        // Throws for what `also` has not named.
        if ('kilograms' in data) context.other(`shelf of ${data.loaf}`);
        heard.push({ handler: 'scale.note', version, data });
        return apply({ times: (count?.times ?? 0) + 1 });
      }, { also: ({ data }) => ('kilograms' in data ? [`shelf of ${data.loaf}`] : []) }),
      'scale.print': effect([Weighed], {
        idempotency: 'Paper is patient.',
        run: async ({ event: { version, data } }) => {
          if (data.loaf === 'crumbly' && !('grams' in data)) throw new Refused('crumbs', 'The paper is full of crumbs.');
          heard.push({ handler: 'scale.print', version, data });
        },
        settle: (_count, _result, { version }) => stale('printed', { version }),
      }),
    },
  });
  const connection = (handler: 'scale.note' | 'scale.print') => ({ handler, ...(filter !== undefined && { filter }) });
  const map = defineSignalMap([scale], { Weighed: [connection('scale.note'), connection('scale.print')] });
  const of = (handler: string): unknown[] => heard.filter((one) => one.handler === handler).map(({ version, data }) => [version, data]);
  return { given: { definitions: [scale], map, entries: [Weighed] }, scale, weighed, heard, of };
}

/** Writes a loaf in version v1, by a build that has no other, and reads nothing. */
async function writeOld(loaf: string): Promise<void> {
  const old = build({ v1 });
  const writing = await hosts.start(old.given);
  await writing.stopReading();
  await writing.send(old.scale, (context) => old.weighed.sendRobust({ loaf }, context, 1));
  await writing.stop();
}

/** Of another service, in a version that a build with v1 alone does not know, with a member that no version has. */
function newerEvent(loaf: string): EventEnvelope {
  const atMs = Date.now();
  return {
    eventId: uuid7(atMs), eventType: 'Weighed', eventVersion: 'v2', timestamp: new Date(atMs).toISOString(), source: 'elsewhere', correlationId: uuid7(atMs), causationId: null,
    data: { orderId: loaf, loaf, grams: 900, crust: { colour: 'dark' } }, metadata: { sequence: 1 },
  };
}

const rowsOf = (host: Host, loaf: string) => host.pool.query("SELECT handler, state, last_error->>'code' AS code, last_error->>'message' AS message FROM work WHERE subject = $1 ORDER BY handler", [loaf]);
const left = (host: Host, loaf: string, count: number) => until(async () => ((await rowsOf(host, loaf)).rows.length === count ? true : undefined));

test('an event of an older version is given to the handlers in the current one, step by step; what is stored stays as it was', async () => {
  await writeOld('rye');
  const now = build({ v1, v2, v3 });
  const host = await hosts.start(now.given);
  const stored = () => row(host, "SELECT version, data, encode(digest, 'hex') AS digest FROM events WHERE subject = 'rye'");
  const before = await stored();
  await host.send(now.scale, (context) => now.weighed.sendRobust({ loaf: 'oat', kilograms: 0.75 }, context, 1));
  await until(() => (now.heard.length === 4 ? true : undefined));
  expect(now.of('scale.note')).toEqual([['v3', { loaf: 'rye', kilograms: 0.5 }], ['v3', { loaf: 'oat', kilograms: 0.75 }]]);
  expect(now.of('scale.print').sort()).toEqual(now.of('scale.note').sort());
  expect(await row(host, "SELECT evidence FROM ledger WHERE subject = 'rye' AND rule = 'printed'")).toEqual({ evidence: { version: 'v3' } });
  expect(before).toMatchObject({ version: 'v1', data: { loaf: 'rye' } });
  expect(await stored()).toEqual(before);
  await host.stop();
});

test('a filter of the map looks at the current form', async () => {
  await writeOld('corn');
  const now = build({ v1, v2 }, { detail: { eventVersion: ['v2'], data: { grams: [500] } } });
  const host = await hosts.start(now.given);
  await until(() => (now.heard.length === 2 ? true : undefined));
  expect(now.of('scale.note')).toEqual([['v2', { loaf: 'corn', grams: 500 }]]);
  await host.stop();
});

test('a step whose result does not fit is a failure of each handler that needed it, and says what does not fit', async () => {
  await writeOld('air');
  const host = await hosts.start(build({ v1, v2 }, { detail: { data: { loaf: ['air'] } } }).given);
  const failed = await until(async () => {
    const { rows } = await rowsOf(host, 'air');
    return rows.length === 2 && rows.every(({ message }) => message !== null) ? rows : undefined;
  });
  for (const { message } of failed) expect(message).toMatch(/^The data of Weighed v2 does not fit its schema: grams: /);
  await host.pool.query("DELETE FROM work WHERE subject = 'air'");
  await host.stop();
});

test('an event of a version that the catalogue no longer knows waits, to be seen with its reason, and is heard once by the next build that knows it', async () => {
  await writeOld('spelt');
  const forgetful = build({ v2 });
  const waiting = await hosts.start(forgetful.given);
  await left(waiting, 'spelt', 2);
  const parked = ['scale.note', 'scale.print'].map((handler) => ({ handler, state: 'waiting', code: 'unknown_version', message: 'unknown_version Weighed v1' }));
  expect((await rowsOf(waiting, 'spelt')).rows).toEqual(parked);
  expect(forgetful.heard).toEqual([]);
  await waiting.stop();

  const both = build({ v1, v2 });
  const host = await hosts.start(both.given);
  await left(host, 'spelt', 0);
  expect(both.heard.map(({ handler, version }) => `${handler} ${version}`).sort()).toEqual(['scale.note v2', 'scale.print v2']);
  await host.stop();
});

test('an event from outside in a version that is newer than this build is kept as it came, and heard by itself once a build knows it', async () => {
  const newer = newerEvent('emmer');
  const old = build({ v1 });
  const waiting = await hosts.start(old.given);
  expect(await waiting.log.appendForeign([newer])).toEqual([{ kind: 'appended' }]);
  await left(waiting, 'emmer', 2);
  expect((await rowsOf(waiting, 'emmer')).rows.map(({ state, code }) => [state, code])).toEqual([['waiting', 'unknown_version'], ['waiting', 'unknown_version']]);
  await waiting.stop();
  expect(old.heard).toEqual([]);
  // A build that does not know it either takes everything over: it waits on, and nobody hears it, though what comes later is heard.
  const other = build({ v1 });
  const again = await hosts.start(other.given);
  await again.send(other.scale, (context) => other.weighed.sendRobust({ loaf: 'emmer' }, context, 1));
  await until(async () => (other.heard.length === 2 && (await rowsOf(again, 'emmer')).rows.length === 2 ? true : undefined));
  expect([other.of('scale.note'), other.of('scale.print')]).toEqual([[['v1', { loaf: 'emmer' }]], [['v1', { loaf: 'emmer' }]]]);
  expect((await rowsOf(again, 'emmer')).rows.map(({ handler, state, code }) => [handler, state, code])).toContainEqual(['scale.print', 'waiting', 'unknown_version']);
  await again.stop();

  const learnt = build({ v1, v2 });
  const host = await hosts.start(learnt.given);
  await left(host, 'emmer', 0);
  expect(learnt.of('scale.note')).toEqual([['v2', newer.data]]);
  expect(learnt.of('scale.print')).toEqual([['v2', newer.data]]);
  expect(await host.log.appendForeign([newer])).toEqual([{ kind: 'duplicate' }]);
  await host.stop();
});

test('an effect is not run for a version that is not known either when a dead run of its subject held it and is given up', async () => {
  await writeOld('crumbly');
  const old = build({ v1 });
  const host = await hosts.start(old.given);
  const states = async (): Promise<unknown[]> => (await rowsOf(host, 'crumbly')).rows.map(({ handler, state, code }) => [handler, state, code]);
  await until(async () => ((await states()).some((row) => (row as string[])[1] === 'dead') ? true : undefined));
  await host.log.appendForeign([newerEvent('crumbly')]);
  await left(host, 'crumbly', 3);
  expect(await states()).toContainEqual(['scale.print', 'waiting', 'unknown_version']);
  const { rows: [dead] } = await host.pool.query("SELECT event_id FROM work WHERE subject = 'crumbly' AND state = 'dead'");
  expect((await giveUpDead(host.pool, { rows: [{ handler: 'scale.print', eventId: dead.event_id }] }, undefined, 10, { by: 'a test', reason: 'crumbs' })).count).toBe(1);
  await left(host, 'crumbly', 2);
  // What comes after it in the same lane has run, so whatever was freed has had its turn.
  await host.send(old.scale, (context) => old.weighed.sendRobust({ loaf: 'toast' }, context, 1));
  await until(() => (old.of('scale.print').length === 1 ? true : undefined));
  expect(old.of('scale.print')).toEqual([['v1', { loaf: 'toast' }]]);
  await host.stop();
});
