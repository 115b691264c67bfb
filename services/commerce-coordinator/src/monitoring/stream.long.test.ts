/** The stream of events over HTTP: cut again and again, and slow, by real connections. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { uuid7 } from '@commerce/events/uuid7';
import { eventually } from '@commerce/service-kit/test-eventually';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { TestCoordinator } from '../test-coordinator.ts';
import { StreamClient } from './test-stream-client.ts';

let cc: TestCoordinator;
beforeAll(async () => {
  cc = await startTestCoordinator({ ROLES: 'api' }, { streamLimits: { heartbeatMs: 100, perClient: 3, slowestMs: 20_000 } });
});
/** Whoever still listens when a test ends. */
const open = new Set<StreamClient>();
afterEach(() => {
  for (const client of open) client.cut();
  open.clear();
});
afterAll(() => cc?.stop());

function connect(path: string, options: ConstructorParameters<typeof StreamClient>[1] = {}): StreamClient {
  const client = new StreamClient(`${cc.url}${path}`, options);
  open.add(client);
  return client;
}
const live = (client: StreamClient): Promise<unknown> => eventually('it is live', async () => client.notices.includes('live'));

let parcels = 0;
async function append(count: number, more: object = {}): Promise<string[]> {
  const example = cc.log.catalogue.entry('ShippingDispatched').example as object;
  const ids = Array.from({ length: count }, () => uuid7(Date.now()));
  await cc.log.appendForeign(ids.map((eventId) => ({
    eventId, eventType: 'ShippingDispatched', eventVersion: 'v1', timestamp: new Date().toISOString(), source: `carrier-${(parcels += 1)}`, correlationId: uuid7(Date.now()), causationId: null, metadata: { ...more }, data: example as Record<string, unknown>,
  })));
  return ids;
}
const inOrder = async (after = 0): Promise<string[]> => (await cc.pool.query('SELECT event_id FROM events WHERE position > $1 ORDER BY epoch, txid, position', [after])).rows.map(({ event_id }) => event_id);

test('a connection that is cut fifty times under load gets every event once, in the order of the log', async () => {
  const got: string[] = [];
  let cuts = 0;
  let sinceCut = 0;
  let client!: StreamClient;
  const begin = (lastId?: string): void => {
    sinceCut = 0;
    client = connect('/api/events/stream', {
      lastId,
      onMessage: ({ event, data }) => {
        if (event !== undefined || client.ended) return;
        got.push(data.eventId);
        // Somewhere within what has arrived already, so that events are lost on their way.
        if ((sinceCut += 1) < 7 || cuts >= 50) return;
        cuts += 1;
        client.ended = true;
        client.cut();
        setImmediate(() => begin(client.lastId));
      },
    });
  };
  begin();
  await live(client);
  const loading = (async () => {
    for (let round = 0; round < 60; round += 1) await Promise.all([append(4), append(3)]);
  })();
  await loading;
  await eventually('all of them', async () => got.length >= 420, 15_000);
  client.cut();
  expect(cuts).toBe(50);
  expect(got).toEqual(await inOrder());
});

test('a client that reads slowly is waited for, told, and gets everything from the log', async () => {
  const slow = connect('/api/events/stream', { paused: true });
  await eventually('it is connected', async () => slow.status === 200);
  const { rows: [{ position }] } = await cc.pool.query('SELECT max(position) AS position FROM events');
  // More than its socket, and more than the process keeps in memory.
  const padding = 'x'.repeat(8_000);
  for (let n = 0; n < 6; n += 1) await append(500, { padding });
  // One that is less than a second behind is told nothing: also the last that it was sent must be older.
  await delay(1_200);
  slow.read();
  const wanted = await inOrder(Number(position));
  await eventually('it has them all', async () => slow.events.length === wanted.length, 20_000);
  expect(slow.events.map(({ data }) => data.eventId)).toEqual(wanted);
  await eventually('it has caught up', async () => slow.notices.includes('caught_up'));
  expect(slow.notices).toEqual(['live', 'behind', 'caught_up']);
  slow.cut();
}, 90_000);
