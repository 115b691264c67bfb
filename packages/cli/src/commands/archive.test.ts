import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Ran, TestServer } from '../test-world.ts';
import { json, ran, SECRET, startServer } from '../test-world.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.close());

const cli = (...argv: string[]): Promise<Ran> => ran(['archive', 'replays', ...argv, '--cc', server.url, '--issuer', server.url, '--client-id', 'operator'], { env: { CLIENT_SECRET: SECRET } });

const replay = (more: object = {}): object => ({
  name: 'order-fulfillment-monday', state: 'RUNNING', reason: null, from: '2029-12-31T21:00:00.000Z', to: '2030-01-01T00:00:00.000Z', startedAt: '2030-01-01T00:00:00.000Z', endedAt: null,
  lastEventAt: '2029-12-31T22:30:00.000Z', progress: 0.5, arrived: { applied: 2, duplicates: 5, refused: 0, lastAt: null }, ...more,
});

test('a replay is started for a time or a span that has been, with a reason, and how to watch it is told', async () => {
  server.react = (_, response) => json(response, 202, replay());
  const { code, out, err } = await cli('start', '--from', '3h', '--name', 'monday', '--reason', 'events_lost', '--message', 'The queue was away');
  expect(server.seen).toMatchObject([{ method: 'POST', url: '/archive-replays', body: { from: '2029-12-31T21:00:00.000Z', name: 'monday', reason: { code: 'events_lost', message: 'The queue was away' } } }]);
  expect([code, out, err]).toEqual([0, expect.stringMatching(/order-fulfillment-monday[\s\S]*RUNNING, 50 %[\s\S]*applied\s+2/), 'cli archive replays watch order-fulfillment-monday\n']);
});

test('it is watched until it has ended and nothing more arrives', async () => {
  const looks = [
    replay(), replay(), replay({ state: 'COMPLETED', progress: 1, arrived: { applied: 3, duplicates: 6, refused: 0 } }), replay({ state: 'COMPLETED', progress: 1, arrived: { applied: 4, duplicates: 6, refused: 1 } }),
  ];
  server.react = (_, response) => json(response, 200, looks.length > 1 ? looks.shift() : looks[0]);
  const { code, out, err } = await cli('watch', 'order-fulfillment-monday', '--every', '0.01');
  expect(err.trim().split('\n')).toEqual([
    '50 % RUNNING: applied 2, duplicates 5, refused 0', '100 % COMPLETED: applied 3, duplicates 6, refused 0', '100 % COMPLETED: applied 4, duplicates 6, refused 1',
  ]);
  expect(server.seen.map(({ url }) => url)).toEqual(Array.from({ length: 5 }, () => '/archive-replays/order-fulfillment-monday'));
  expect([code, out]).toEqual([0, expect.stringMatching(/COMPLETED, 100 %[\s\S]*applied\s+4/)]);
});

test('it is stopped with a reason, shown and listed', async () => {
  server.react = (_, response) => json(response, 200, replay({ state: 'CANCELLING' }));
  expect((await cli('stop', 'a/b', '--reason', 'wrong_window')).code).toBe(0);
  expect((await cli('show', 'monday', '--json')).out).toContain('"state": "CANCELLING"');
  expect(server.seen.map(({ method, url, body }) => [method, url, body])).toEqual([['POST', '/archive-replays/a%2Fb/stop', { reason: { code: 'wrong_window' } }], ['GET', '/archive-replays/monday', undefined]]);
  server.react = (_, response) => json(response, 200, { items: [replay()], nextCursor: 'more' });
  const { out, err } = await cli('list', '--limit', '1');
  expect(out).toMatch(/REPLAY\s+STATE\s+DONE[\s\S]*monday\s+RUNNING\s+50 %/);
  expect(err).toContain('These are the first 1');
});

test.each([[['start', '--from', 'monday', '--reason', 'x'], '--from is a time'], [['start', '--from', '1h', '--reason', 'Not So'], '--reason is a code'], [['watch', 'x', '--every', 'often'], '--every is a number'], [['start', '--from', '1h'], '--reason']])(
  'what was written wrongly (%j) asks nobody', async (argv, told) => {
    const { code, err } = await cli(...argv);
    expect([code, err, server.seen]).toEqual([2, expect.stringContaining(told), []]);
  });
