import { expect, test } from '@jest/globals';
import { json, NOW_MS, worldFor } from '../test-world.ts';

const { server, cli } = await worldFor('events', 'replay');

const replay = {
  replayId: 'r-1', target: { handler: 'orders.confirm' }, selection: { orderId: 'o-1' }, mode: 'dry', effects: 'suppressed', accept: false, dryRunId: null, rate: null, state: 'waiting', requestedBy: { subject: 'anna', clientId: 'operator' },
  reason: 'handler_mended', progress: null, scanned: 0, matched: 0, applied: 0, ignored: 0, skipped: 0, failed: 0, appended: 0, outside: 0, changed: 0, kept: null, error: null, createdAt: '2030-01-01T00:00:00.000Z', startedAt: null, endedAt: null,
};
const REASON = ['--reason', 'handler_mended'];

test('a replay begins as a dry run, and is watched until it has ended', async () => {
  let looks = 0;
  server.react = ({ method }, response) => {
    if (method === 'POST') return json(response, 202, replay);
    looks += 1;
    return json(response, 200, { ...replay, state: looks < 3 ? 'running' : 'done', progress: looks / 3, applied: looks });
  };
  const { code, out, err } = await cli('start', '--handler', 'orders.confirm', '--order', 'o-1', '--type', 'A,B', '--from', '2h', ...REASON);
  expect(server.seen[0]).toMatchObject({
    method: 'POST', url: '/api/replays',
    body: { target: { handler: 'orders.confirm' }, selection: { orderId: 'o-1', types: ['A', 'B'], from: new Date(NOW_MS - 7_200_000).toISOString() }, mode: 'dry', reason: { code: 'handler_mended' } },
  });
  expect(err.split('\n')).toEqual([
    '0 % waiting: applied 0, ignored 0, skipped 0, failed 0', '33 % running: applied 1, ignored 0, skipped 0, failed 0',
    '66 % running: applied 2, ignored 0, skipped 0, failed 0', '100 % done: applied 3, ignored 0, skipped 0, failed 0',
    'cli events replay differences r-1', 'cli events replay run r-1 --reason CODE', '',
  ]);
  expect([code, out]).toEqual([0, expect.stringMatching(/to +handler orders\.confirm\nevents +\{"orderId":"o-1"\}\nmode +dry/)]);
});

test('what may be done outside, how fast, and over which dry run is said', async () => {
  server.react = (_, response) => json(response, 202, { ...replay, mode: 'run', effects: 'allowed', dryRunId: 'r-1' });
  const { out } = await cli('run', 'r-1', '--effects', '--rate', '5', '--no-wait', ...REASON);
  await cli('start', '--rebuild', 'orders', '--run', '--accept', '--no-wait', ...REASON);
  expect(server.seen).toMatchObject([
    { url: '/api/replays/r-1/run', body: { effects: 'allowed', rate: 5, reason: { code: 'handler_mended' } } },
    { url: '/api/replays', body: { target: { projection: 'orders' }, selection: {}, mode: 'run', accept: true } },
  ]);
  expect(out).toMatch(/mode +run, with effects\ndry run +r-1/);
});

test('differences are shown by the members that differ', async () => {
  const items = [{ kind: 'row', name: 'orders', subject: 'o-1', eventId: null, before: { status: 'reserved', version: 2, total: '1.00' }, after: { status: 'paid', version: 3, total: '1.00' } }, { kind: 'effect', name: 'a.b', subject: 'o-1\u001b', eventId: 'e', before: null, after: { done: false } }];
  server.react = (_, response) => json(response, 200, { items, nextCursor: null });
  const { out } = await cli('differences', 'r-1', '--kind', 'row');
  expect(server.seen[0]?.url).toBe('/api/replays/r-1/differences?kind=row&limit=100');
  expect(out).toBe('row orders o-1\n  status: "reserved" -> "paid"\n  version: 2 -> 3\neffect a.b o-1\\u001b\n  done: - -> false\n');
});

test.each([
  [['start', ...REASON], 'Say whom it is for'], [['start', '--bus', '--handler', 'a.b', '--all', ...REASON], 'Say whom it is for'], [['start', '--bus', ...REASON], 'Say which events'],
  [['start', '--bus', '--all', '--rate', '0', ...REASON], '--rate'], [['start', '--bus', '--all'], '--reason'], [['stop', 'r-1'], '--reason'],
])('%s is given wrongly', async (argv, says) => {
  const { code, err } = await cli(...argv);
  expect([code, err, server.seen]).toEqual([2, expect.stringContaining(says), []]);
});

test('replays are listed, shown, stopped and resumed, and the table that one has kept is dropped', async () => {
  server.react = ({ url }, response) => (url.startsWith('/api/replays?') ? json(response, 200, { items: [replay], nextCursor: null }) : json(response, 200, { ...replay, state: 'failed', error: 'It broke.' }));
  expect((await cli('list')).out).toMatch(/r-1 +handler orders\.confirm +dry +waiting +0 % +0 +0 +anna +handler_mended/);
  expect((await cli('show', 'r-1')).out).toMatch(/error +It broke\./);
  expect(await cli('watch', 'r-1')).toMatchObject({ code: 1, err: expect.stringContaining('The replay r-1 has failed.') });
  await cli('stop', 'r-1', ...REASON);
  await cli('resume', 'r-1', ...REASON);
  await cli('drop-kept', 'r-1', ...REASON);
  expect(server.seen.slice(-3)).toMatchObject([{ method: 'POST', url: '/api/replays/r-1/stop', body: { reason: { code: 'handler_mended' } } }, { url: '/api/replays/r-1/resume' }, { url: '/api/replays/r-1/drop-kept' }]);
});
