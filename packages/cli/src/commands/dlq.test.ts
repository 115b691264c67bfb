import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { json, NOW_MS, ran, SECRET, startServer, worldFor } from '../test-world.ts';

const { server, folder, cli } = await worldFor('dlq');

const letter = {
  id: 'queue:m-1', kind: 'queue', queue: 'dead', at: '2029-12-31T00:00:00.000Z', reason: 'invalid', detail: 'data.lines: missing', eventId: null, eventType: 'FulfillmentCompleted', handler: null, subject: null, attempts: 5,
};
const run = {
  runId: 'r-1', act: 'redrive', selection: {}, rate: 100, state: 'running', askedBy: { subject: 'anna', clientId: 'operator' }, why: 'fixed', toDo: null, redriven: 0, known: 0, refused: 0, discarded: 0, moved: 0,
  lastError: null, startedAt: '2030-01-01T00:00:00.000Z', endedAt: null,
};
const REASON = ['--reason', 'fixed'];

test('a list is asked for with the filters as they were given, and ages count back from now', async () => {
  server.react = (_, response) => json(response, 200, { items: [letter], nextCursor: null, queues: [] });
  const { code, out } = await cli('list', '--kind', 'queue', '--queue', 'dead', '--because', 'invalid', '--type', 'FulfillmentCompleted', '--older', '2h', '--newer', '2029-12-30T00:00:00Z');
  const asked = new URL(server.seen[0]?.url ?? '', 'http://x').searchParams;
  expect(Object.fromEntries(asked)).toEqual({ kind: 'queue', queue: 'dead', reason: 'invalid', type: 'FulfillmentCompleted', before: new Date(NOW_MS - 7_200_000).toISOString(), since: '2029-12-30T00:00:00.000Z', limit: '50' });
  expect([code, out]).toEqual([0, expect.stringMatching(/queue:m-1 +2029-12-31T00:00:00\.000Z +invalid +FulfillmentCompleted +- +5 +data\.lines: missing/)]);
});

test('counts are a table, and a queue that could not be seen is told of', async () => {
  server.react = (_, response) => json(response, 200, {
    items: [{ kind: 'queue', queue: 'dead', reason: 'invalid', eventType: null, handler: null, count: 7, oldest: letter.at }], total: 7,
    queues: [{ kind: 'queue', queue: 'dead', lookedAt: letter.at, isComplete: true, fault: null }, { kind: 'rule-target', queue: 'uncopied', lookedAt: null, isComplete: false, fault: 'There is no such queue.' }],
  });
  const { out, err } = await cli('counts');
  expect(out).toMatch(/^7 +queue +invalid +- +- +dead/m);
  expect(err).toBe('The queue uncopied could not be looked into: There is no such queue.\n');
});

test('one of them is shown with its attempts, what AWS wrote, and each path that does not fit', async () => {
  server.react = (_, response) => json(response, 200, {
    ...letter, attributes: { ERROR_CODE: 'NO_PERMISSIONS' }, text: '{"a":"\u001b[31m"}', attemptsRecorded: [{ at: letter.at, attempt: 2, code: 'Error', message: 'no', handler: 'a.one' }],
    diff: { eventType: 'FulfillmentCompleted', version: 'v1', currentVersion: 'v2', differences: [{ path: 'data.lines', problem: 'missing', message: 'expected array' }] },
    now: { isAccepted: false, reason: 'invalid', detail: 'no lines' },
  });
  const { out } = await cli('show', 'queue:m-1');
  expect(server.seen[0]?.url).toBe('/dead-letters/queue%3Am-1');
  for (const part of [/ERROR_CODE +NO_PERMISSIONS/, /2 +2029-12-31T00:00:00\.000Z +Error +no/, /data\.lines +missing +expected array/, /now +refused: invalid, no lines/, /AGAINST v2/]) expect(out).toMatch(part);
  expect(out).not.toContain('\u001b');
});

test('a redrive waits for its end, and through a service that is away for a while', async () => {
  let looks = 0;
  server.react = ({ method }, response) => {
    if (method === 'POST') return json(response, 202, run);
    looks += 1;
    if (looks === 2) return void response.destroy();
    return json(response, 200, { ...run, toDo: 3, redriven: looks, ...(looks === 3 && { state: 'done', endedAt: run.startedAt }) });
  };
  const { code, out, err } = await cli('redrive', '--all', '--mended', '--rate', '7', ...REASON, '--message', 'Mended');
  expect(server.seen[0]).toMatchObject({ method: 'POST', url: '/dead-letter-runs', body: { act: 'redrive', selection: { all: true, mended: true }, rate: 7, reason: { code: 'fixed', message: 'Mended' } } });
  expect([code, looks]).toEqual([0, 3]);
  expect(err.split('\n')).toEqual(['Run r-1 has begun.', 'running: nothing yet', '33 % running: 1 redriven, of 3', 'The service does not answer. The run goes on when it is back.', '100 % done: 3 redriven, of 3', '']);
  expect(out).toMatch(/state +done: 3 redriven, of 3/);
});

test('a discard names what is meant, and need not be waited for', async () => {
  server.react = (_, response) => json(response, 202, { ...run, act: 'discard' });
  expect((await cli('discard', 'queue:a', 'work:a.one:b', '--kind', 'queue', '--kind', 'work', '--handler', 'a.one', '--no-wait', ...REASON)).code).toBe(0);
  expect(server.seen).toMatchObject([{ body: { act: 'discard', selection: { ids: ['queue:a', 'work:a.one:b'], kinds: ['queue', 'work'], handler: 'a.one' } } }]);
});

test.each([[['redrive', ...REASON], 'Say which ones'], [['redrive', '--all', '--rate', '0', ...REASON], '--rate'], [['discard', '--all'], '--reason'], [['list', '--older', 'long'], '--older']])('%s is given wrongly', async (argv, says) => {
  const { code, err } = await cli(...(argv as string[]));
  expect([code, err, server.seen]).toEqual([2, expect.stringContaining(says as string), []]);
});

test('the service is the one that is named: its API is asked, with a token for it', async () => {
  const other = await startServer();
  const stack = join(folder, 'two.json');
  writeFileSync(stack, JSON.stringify({ of: other.url, cc: server.url, issuer: server.url, clients: { operator: { secret: SECRET } } }));
  other.react = ({ url }, response) => json(response, 200, url.startsWith('/dead-letters/counts') ? { items: [], total: 0, queues: [] } : url.startsWith('/dead-letters?') || url === '/dead-letter-runs?limit=20' ? { items: [], nextCursor: null } : url.startsWith('/dead-letters/') ? { ...letter, attributes: {}, text: null, attemptsRecorded: [], diff: null, now: null } : { ...run, state: 'done' });
  try {
    const asked = [['counts'], ['list'], ['show', 'work:a'], ['runs'], ['run', 'r-1'], ['stop', 'r-1', ...REASON], ['redrive', '--all', ...REASON], ['discard', '--kind', 'work', ...REASON]];
    for (const argv of asked) expect([argv[0], (await ran(['dlq', ...argv, '--service', 'order-fulfillment', '--stack', stack])).code]).toEqual([argv[0], 0]);
    expect(other.seen.map(({ headers }) => headers.authorization)).toEqual(asked.map(() => `Bearer token for ${other.url}`));
    expect(other.seen.at(-1)).toMatchObject({ method: 'POST', url: '/dead-letter-runs', body: { act: 'discard', selection: { kinds: ['work'] } } });
    expect(server.seen).toEqual([]);
    expect(await ran(['dlq', 'counts', '--service', 'both', '--stack', stack])).toMatchObject({ code: 2, err: expect.stringContaining('order-fulfillment') });
  } finally {
    await other.close();
  }
});

test('a run is read, and stopped with a reason', async () => {
  server.react = (_, response) => json(response, 200, { ...run, state: 'stopping', lastError: 'The queue is away.' });
  expect((await cli('run', 'r-1')).out).toMatch(/last error +The queue is away\./);
  await cli('stop', 'r-1', ...REASON);
  expect(server.seen.at(-1)).toMatchObject({ method: 'POST', url: '/dead-letter-runs/r-1/stop', body: { reason: { code: 'fixed' } } });
});
