/** Events of a version that is not the present one: what a handler gets, and what waits for a build that knows it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { defineEvent } from '@commerce/events/catalogue';
import type { EventEntry } from '@commerce/events/catalogue';
import { z } from 'zod';
import { shop } from '../test-kit/bakery.ts';
import type { Count } from '../test-kit/bakery.ts';
import type { Hosts } from '../test-kit/host-kit.ts';
import { openHosts, row, until } from '../test-kit/host-kit.ts';
import { defineExtension } from './extension.ts';
import { apply, handlersOf } from './handler.ts';
import { defineSignalMap } from './map.ts';
import { defineSignal } from './signal.ts';

const v1 = z.strictObject({ loaf: z.string() });
const v2 = z.strictObject({ loaf: z.string(), grams: z.int() });

let hosts: Hosts;
beforeAll(async () => {
  hosts = await openHosts();
});
afterAll(() => hosts.close());

/** A build whose catalogue has these versions, and what its two handlers heard. */
function build(versions: Readonly<Record<string, z.ZodObject>>) {
  const Weighed: EventEntry<any, 'Weighed'> = defineEvent<z.ZodObject, 'Weighed'>({
    type: 'Weighed', constant: 'WEIGHED', webhook: 'loaf.weighed', topic: 'order-events', description: 'A loaf was weighed.', versions, subject: (data) => String(data['loaf']), example: { loaf: 'rye', grams: 1 },
  });
  const weighed = defineSignal(Weighed);
  const heard: { readonly handler: string; readonly version: string; readonly data: unknown }[] = [];
  const { effect, transactional } = handlersOf<Count>();
  const scale = defineExtension({
    name: 'scale', description: 'Weighs.', source: 'scale', signals: [weighed], store: shop.store, open: () => undefined,
    handlers: {
      'scale.note': transactional([Weighed], (count, { version, data }) => {
        heard.push({ handler: 'scale.note', version, data });
        return apply({ times: (count?.times ?? 0) + 1 });
      }),
      'scale.print': effect([Weighed], {
        idempotency: 'Paper is patient.',
        run: async ({ event: { version, data } }) => void heard.push({ handler: 'scale.print', version, data }),
        settle: (count) => apply(count),
      }),
    },
  });
  const map = defineSignalMap([scale], { Weighed: ['scale.note', 'scale.print'] });
  return { given: { definitions: [scale], map, entries: [Weighed] }, scale, weighed, heard };
}

test('an event of an older version is given to the handlers as it was written, with its version, while the catalogue knows it', async () => {
  const old = build({ v1 });
  const writing = await hosts.start(old.given);
  await writing.stopReading();
  await writing.send(old.scale, (context) => old.weighed.sendRobust({ loaf: 'rye' }, context, 1));
  await writing.stop();
  const both = build({ v1, v2 });
  const host = await hosts.start(both.given);
  await host.send(both.scale, (context) => both.weighed.sendRobust({ loaf: 'oat', grams: 750 }, context, 1));
  await until(() => (both.heard.length === 4 ? true : undefined));
  const of = (handler: string) => both.heard.filter((one) => one.handler === handler).map(({ version, data }) => [version, data]).sort();
  expect(of('scale.note')).toEqual([['v1', { loaf: 'rye' }], ['v2', { loaf: 'oat', grams: 750 }]]);
  expect(of('scale.print')).toEqual(of('scale.note'));
  await host.stop();
});

test('an event of a version that the catalogue no longer knows waits, to be seen with its reason, and is heard once by the next build that knows it', async () => {
  const old = build({ v1 });
  const writing = await hosts.start(old.given);
  await writing.stopReading();
  await writing.send(old.scale, (context) => old.weighed.sendRobust({ loaf: 'spelt' }, context, 1));
  await writing.stop();

  const forgetful = build({ v2 });
  const waiting = await hosts.start(forgetful.given);
  await until(async () => ((await waiting.pool.query("SELECT 1 FROM work WHERE subject = 'spelt'")).rows.length === 2 ? true : undefined));
  expect((await waiting.pool.query("SELECT handler, state FROM work WHERE subject = 'spelt' ORDER BY handler")).rows).toEqual([
    { handler: 'scale.note', state: 'waiting' }, { handler: 'scale.print', state: 'waiting' },
  ]);
  expect(await row(waiting, "SELECT last_error FROM work WHERE handler = 'scale.note'")).toMatchObject({ last_error: { code: 'unknown_version', message: 'unknown_version Weighed v1' } });
  expect(forgetful.heard).toEqual([]);
  await waiting.stop();

  const both = build({ v1, v2 });
  const host = await hosts.start(both.given);
  await until(async () => ((await host.pool.query("SELECT 1 FROM work WHERE subject = 'spelt'")).rows.length === 0 ? true : undefined));
  expect(both.heard.map(({ handler, version }) => `${handler} ${version}`).sort()).toEqual(['scale.note v1', 'scale.print v1']);
  await host.stop();
});
