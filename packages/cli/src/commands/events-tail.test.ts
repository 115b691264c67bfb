import { beforeEach, expect, test } from '@jest/globals';
import { json, ran, worldFor } from '../test-world.ts';

const { server, folder } = await worldFor();

const item = (n: number, recordedAt = '2029-12-31T23:00:00.000Z', more: object = {}) => ({
  name: 'order.created', eventId: `e${n}`, eventType: 'OrderCreated', timestamp: recordedAt, recordedAt, subject: 'o\u001B[2J1', source: 'order-service', handler: null, attempt: null, data: { n }, ...more,
});
const frame = (n: number, one: object): string => `id: p${n}\ndata: ${JSON.stringify(one)}\n\n`;
const LIVE = 'id: p0\nevent: notice\ndata: {"code":"live"}\n\n';

/** What each stream says; the last one stays open. */
let streams: string[][];
let ending: AbortController;
beforeEach(() => {
  ending = new AbortController();
  server.react = ({ url }, response) => {
    if (!url.startsWith('/api/events/stream')) return json(response, 404, {});
    const parts = streams.shift();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const part of parts ?? []) response.write(part);
    if (streams.length > 0) response.end();
  };
});

async function tail(lines: number, ...argv: string[]) {
  let printed = 0;
  const latest = setTimeout(() => ending.abort(), 5_000);
  const ended = await ran(['events', 'tail', '--stack', `${folder}/stack.json`, ...argv], {
    signal: ending.signal, onOut: (text) => {
      printed += text.split('\n').length - 1;
      if (printed >= lines) setTimeout(() => ending.abort(), 20);
    },
  });
  clearTimeout(latest);
  return ended;
}
const lastIds = () => server.seen.map(({ headers }) => headers['last-event-id']);

test('a line for each event, nothing of which moves the cursor; Ctrl-C is how it ends', async () => {
  streams = [[LIVE, frame(1, item(1)), frame(2, item(2, '2029-12-31T23:00:01.000Z', { handler: 'orders.confirm', attempt: 2, test: true }))]];
  const { code, out, err } = await tail(2, '--events', 'order.*', '--order', 'o-1');
  expect([code, err]).toEqual([0, 'Following. Ctrl-C ends it.\n']);
  expect(out.split('\n')).toEqual([
    `2029-12-31T23:00:00.000Z  ${'order.created'.padEnd(32)}  ${String.raw`o\u001b[2J1`}  order-service  e1`,
    `2029-12-31T23:00:01.000Z  ${'order.created'.padEnd(32)}  ${String.raw`o\u001b[2J1`}  orders.confirm (attempt 2)  e2  test`, '',
  ]);
  expect(Object.fromEntries(new URL(server.seen[0]?.url ?? '', server.url).searchParams)).toEqual({ events: 'order.*', filter: '{"subject":["o-1"]}' });
});

test('a lost stream is taken up again where it was, and how many had come meanwhile is said when the first newer one comes', async () => {
  streams = [
    [LIVE, frame(1, item(1)), frame(2, item(2)).slice(0, 20)],
    ['id: p1\n: heartbeat\n\n', frame(2, item(2)), frame(3, item(3)), frame(4, item(4, '2030-01-01T00:00:01.000Z'))],
    ['id: p4\n: heartbeat\n\n', 'id: p4b\n: heartbeat\n\n', frame(5, item(5, '2030-01-01T00:00:02.000Z'))],
  ];
  const { out, err } = await tail(5, '--json');
  expect(out.trim().split('\n').map((line) => JSON.parse(line).data.n)).toEqual([1, 2, 3, 4, 5]);
  expect(lastIds()).toEqual([undefined, 'p1', 'p4']);
  expect(err).toBe('Following. Ctrl-C ends it.\nresumed, 2 missed events shown\nresumed, no event was missed\n');
});

test('a definite no ends it, and what excludes each other asks nobody', async () => {
  server.react = (_, response) => json(response, 400, { type: '/problems/unknown_event_name', status: 400, code: 'unknown_event_name', title: 'No event has this name' });
  expect(await tail(1, '--events', 'nothing')).toMatchObject({ code: 3, err: expect.stringContaining('unknown_event_name') });
  server.seen.length = 0;
  expect(await tail(1, '--order', 'o', '--filter', '{}')).toMatchObject({ code: 2, err: expect.stringContaining('exclude each other') });
  expect(server.seen).toEqual([]);
});
