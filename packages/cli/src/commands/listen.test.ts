import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { json, ran, SECRET, startServer } from '../test-world.ts';
import type { Ran, Seen, TestServer } from '../test-world.ts';
import { MessageReader } from '../sse.ts';

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  readonly body: any;
}

let server: TestServer;
let receiver: Server;
let received: Received[];
/** What the receiver answers, one after the other, and then 204. */
let answers: number[];
let folder: string;
let to: string;
/** What each stream sends; null cuts it in the middle of what it says. */
let streams: ((string | null)[])[];
let histories: Record<string, object[]>;
let ending: AbortController;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cli-listen-'));
  [received, answers, streams, histories, ending] = [[], [], [], {}, new AbortController()];
  receiver = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    received.push({ headers: request.headers, text, body: JSON.parse(text) });
    const status = answers.shift() ?? 204;
    if (status === 0) request.socket.destroy();
    else response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  to = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks?a=b`;
  server = await startServer();
  server.react = react;
});
afterEach(async () => {
  await server.close();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
  rmSync(folder, { recursive: true });
});

const TYPES = [
  { type: 'OrderCreated', webhook: 'order.created', visibility: 'published' }, { type: 'OrderShipped', webhook: 'order.shipped', visibility: 'published' },
  { type: 'PaymentFailed', webhook: 'payment.failed', visibility: 'published' }, { type: 'OrderStuck', webhook: 'order.stuck', visibility: 'internal' },
];

function react({ url }: Seen, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, server.url);
  if (pathname.startsWith('/problems/')) return json(response, 404, {});
  if (pathname === '/api/catalog') return json(response, 200, { items: TYPES });
  if (pathname === '/api/events/history') return json(response, 200, { items: (histories[searchParams.get('subject') ?? ''] ?? []).toReversed(), nextCursor: null });
  const parts = streams.shift();
  if (parts === undefined) {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': nothing more\n\n');
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const part of parts) {
    if (part === null) return void setTimeout(() => response.destroy(), 20);
    response.write(part);
  }
  response.end();
}

const item = (n: number, eventType: string, name: string, data: object = {}, subject = 'order 1') => ({
  name, eventId: `0193a6a0-6100-7def-8123-00000000000${n}`, eventType, eventVersion: 'v1', timestamp: `2030-01-01T00:00:0${n}.000Z`, source: 'order-service', correlationId: 'c', causationId: null, subject, data, metadata: {},
});
const frame = (id: string, one: object): string => `id: ${id}\ndata: ${JSON.stringify(one)}\n\n`;
const ORDER = { orderNumber: 7, customerId: 'VINET', total: '18.00', currency: 'USD', lines: [{ lineId: '1', sku: 'NW-1', quantity: 1, unitPrice: '18.00', discount: '0.00', total: '18.00' }] };

/** Listens until so many lines are printed, and then Ctrl-C. */
async function listen(lines: number, ...argv: string[]): Promise<Ran> {
  let printed = 0;
  const done = setTimeout(() => ending.abort(), 8_000);
  // When all streams are over it asks for a further one, which stays open: then it has done what is to be done.
  const opened = streamed().length + streams.length + 1;
  const own = ending;
  const endWhenOpened = (): void => void setTimeout(() => (streamed().length < opened && !own.signal.aborted ? endWhenOpened() : own.abort()), 20);
  const result = await ran(['listen', '--to', to, '--cc', server.url, '--issuer', server.url, '--client-id', 'operator', ...argv], {
    env: { CLIENT_SECRET: SECRET }, signal: ending.signal,
    onOut: (text) => {
      printed += text.split('\n').length - 1;
      if (printed >= lines) endWhenOpened();
    },
  });
  clearTimeout(done);
  return result;
}
const streamed = (): (string | undefined)[] => server.seen.filter(({ url }) => url.startsWith('/api/events/stream')).map(({ headers }) => headers['last-event-id'] as string | undefined);

describe('listen', () => {
  test('forwards each event as the webhook that it would be, and Ctrl-C ends it cleanly', async () => {
    const events = [item(1, 'OrderCreated', 'order.created', ORDER), item(2, 'OrderStuck', 'order.stuck'), item(3, 'PaymentFailed', 'payment.failed', { paymentId: 'p' }, 'p'), item(4, 'OrderShipped', 'order.shipped', { reason: 'early' })];
    histories['order 1'] = [events[0], events[1], events[3], item(5, 'OrderShipped', 'order.shipped')] as object[];
    streams = [['retry: 1000\n\n', `id: A\nevent: notice\ndata: {"code":"live"}\n\n`, ...events.map((one, n) => frame(`i${n}`, one))]];
    const { code, out, err } = await listen(3, '--events', 'order.*,payment.failed', '--filter', '{"data":{}}');
    expect([code, err]).toEqual([0, expect.stringMatching(/^Forwarding to .*, signed with whsec_.*\. Ctrl-C ends it\.\n$/)]);
    expect(Object.fromEntries(new URL(server.seen.find(({ url }) => url.startsWith('/api/events/stream'))?.url ?? '', to).searchParams)).toEqual({ events: 'order.*,payment.failed', filter: '{"data":{}}' });
    expect(received.map(({ body }) => body)).toEqual([
      { id: events[0]?.eventId, event: 'order.created', created: events[0]?.timestamp, data: { orderId: 'order 1', orderNumber: 7, customerId: 'VINET', status: 'created', statusChangedAt: events[0]?.timestamp, total: '18.00', currency: 'USD', items: ORDER.lines, metadata: { sequence: 1, eventType: 'OrderCreated', correlationId: 'c' } } },
      { id: events[2]?.eventId, event: 'payment.failed', created: events[2]?.timestamp, data: { paymentId: 'p' } },
      { id: events[3]?.eventId, event: 'order.shipped', created: events[3]?.timestamp, data: expect.objectContaining({ status: 'shipped', statusChangedAt: events[3]?.timestamp, metadata: { sequence: 2, eventType: 'OrderShipped', correlationId: 'c', reason: 'early' } }) },
    ]);
    expect(out.trimEnd().split('\n').map((line) => line.split(/\s{2,}/).slice(0, 2).concat(line.split(/\s{2,}/).slice(3, 4)))).toEqual(['order.created', 'payment.failed', 'order.shipped'].map((name) => ['2030-01-01T00:00:00.000Z', '204', name]));
  });

  test('is verified by the library of the standard and by three lines of the specification', async () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    writeFileSync(join(folder, 'secret'), `${secret}\n`);
    streams = [[frame('a', item(1, 'PaymentFailed', 'payment.failed', { text: 'ü' }))]];
    const { code, err } = await listen(1, '--secret-file', join(folder, 'secret'));
    expect([code, err]).toEqual([0, expect.not.stringContaining(secret)]);
    const [{ headers, text }] = received as [Received];
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'x-webhook-event': 'payment.failed', 'webhook-id': '0193a6a0-6100-7def-8123-000000000001', 'x-webhook-id': expect.stringMatching(/^[0-9a-f-]{36}$/), 'webhook-timestamp': String(Date.parse('2030-01-01T00:00:00Z') / 1_000), 'user-agent': 'commerce-webhooks/1' });
    expect(headers['x-webhook-signature']).toBe(createHmac('sha256', secret).update(text).digest('hex'));
    const realNow = Date.now;
    Date.now = () => Date.parse('2030-01-01T00:00:00Z');
    try {
      expect(new Webhook(secret).verify(text, headers as Record<string, string>)).toMatchObject({ data: { text: 'ü' } });
      expect(() => new Webhook(`whsec_${Buffer.alloc(32, 8).toString('base64')}`).verify(text, headers as Record<string, string>)).toThrow();
    } finally {
      Date.now = realNow;
    }
  });

  test('takes a lost stream up again behind the last event that went out: none is lost, none comes twice', async () => {
    const failed = (n: number): string => frame(`i${n}`, item(n, 'PaymentFailed', 'payment.failed', { n }));
    streams = [
      [failed(1), failed(2), failed(3).slice(0, 60), null],
      [': heartbeat\nid: h\n\n', null],
      [`id: h2\nevent: notice\ndata: {"code":"behind","sinceSeconds":5}\n\n`, failed(3), failed(4)],
      [failed(5)],
    ];
    const { code, err } = await listen(5);
    expect(code).toBe(0);
    expect(received.map(({ body }) => body.data.n)).toEqual([1, 2, 3, 4, 5]);
    expect(streamed().slice(0, 4)).toEqual([undefined, 'i2', 'h', 'i4']);
    expect(err.match(/taken up again in 1 s/g)).toHaveLength(2);
    expect(err).toContain('The stream is behind');
  });

  test('sends again what is not answered with 2xx, and tells of each attempt, in JSON too', async () => {
    answers = [500, 302, 0, 410, 200];
    streams = [[frame('a', item(1, 'PaymentFailed', 'payment.failed')), frame('b', item(2, 'PaymentFailed', 'payment.failed'))]];
    const { code, out } = await listen(5, '--attempts', '4', '--json');
    expect(code).toBe(0);
    const lines = out.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ eventId, attempt, status, error }) => [String(eventId).at(-1), attempt, status, error])).toEqual([
      ['1', 1, 500, 'answered 500'], ['1', 2, 302, 'answered 302'], ['1', 3, null, expect.any(String)], ['1', 4, 410, 'answered 410'], ['2', 1, 200, null],
    ]);
    expect(lines[0]).toEqual({ at: '2030-01-01T00:00:00.000Z', eventId: expect.any(String), event: 'payment.failed', subject: 'order 1', attempt: 1, status: 500, error: 'answered 500', durationMs: 0 });
    expect(new Set(received.slice(0, 4).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  test('waits for a receiver that takes no connection, which counts as no attempt, and goes on with the same event', async () => {
    const { port } = receiver.address() as AddressInfo;
    await new Promise((resolve) => receiver.close(resolve));
    streams = [[frame('a', item(1, 'PaymentFailed', 'payment.failed', { n: 1 })), frame('b', item(2, 'PaymentFailed', 'payment.failed', { n: 2 }))]];
    let delivered = 0;
    const { code, out } = await ran(['listen', '--to', to, '--attempts', '1', '--cc', server.url, '--issuer', server.url, '--client-id', 'operator', '--json'], {
      env: { CLIENT_SECRET: SECRET }, signal: ending.signal,
      onOut: (text) => {
        if (text.includes('ECONNREFUSED') && !receiver.listening) receiver.listen(port, '127.0.0.1');
        delivered += text.split('"status":204').length - 1;
        if (delivered === 2) setTimeout(() => ending.abort(), 20);
      },
    });
    expect([code, received.map(({ body }) => body.data.n)]).toEqual([0, [1, 2]]);
    const lines = out.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.length).toBeGreaterThan(2);
    expect(new Set(lines.filter(({ status }) => status === null).map(({ attempt, error }) => `${String(attempt)} ${String(error)}`))).toEqual(new Set(['1 ECONNREFUSED']));
  });

  test('forwards what is triggered to try it, says so, and stays where it is', async () => {
    const { metadata: _metadata, ...triggered } = item(2, 'OrderCreated', 'order.created', ORDER, 'order 9');
    streams = [[frame('a', item(1, 'PaymentFailed', 'payment.failed')), `data: ${JSON.stringify({ ...triggered, test: true })}\n\n`]];
    const { code, out } = await listen(2);
    expect(code).toBe(0);
    expect(received[1]?.body).toMatchObject({ event: 'order.created', data: { orderId: 'order 9', status: 'created', metadata: { sequence: 1 } } });
    expect(out.trimEnd().split('\n').map((line) => line.endsWith('  test'))).toEqual([false, true]);
    expect(streamed()[1]).toBe('a');
    // A test stands in no history.
    expect(server.seen.filter(({ url }) => url.startsWith('/api/events/history'))).toEqual([]);
  });

  test('asks for another token when the one it has holds no more, and ends when that one is refused too', async () => {
    let asked = 0;
    server.react = (seen, response) => {
      if (!seen.url.startsWith('/api/events/history')) return react(seen, response);
      asked += 1;
      if (asked === 1) return json(response, 401, { type: '/problems/invalid_token', status: 401, code: 'invalid_token', title: 'It has expired' });
      react(seen, response);
    };
    streams = [[frame('a', item(1, 'OrderCreated', 'order.created', ORDER))]];
    histories['order 1'] = [item(1, 'OrderCreated', 'order.created', ORDER)];
    const { code, err } = await listen(1);
    // Beside those of the streams: the one that was refused, and the new one.
    expect([code, received.length, asked, server.tokens - streamed().length]).toEqual([0, 1, 2, 2]);
    expect(err).not.toContain('Refused');
    server.react = (seen, response) => (seen.url.startsWith('/api/events/history') ? json(response, 401, { type: '/problems/invalid_token', status: 401, code: 'invalid_token', title: 'It is not for this service' }) : react(seen, response));
    ending = new AbortController();
    streams = [[frame('b', item(2, 'OrderCreated', 'order.created', ORDER, 'order 2'))]];
    expect(await listen(1)).toMatchObject({ code: 3, err: expect.stringContaining('Refused: 401 invalid_token') });
  });

  test('keeps its place in a file, and the next run goes on there', async () => {
    const file = join(folder, 'place.json');
    streams = [[frame('a', item(1, 'PaymentFailed', 'payment.failed'))], [frame('b', item(2, 'PaymentFailed', 'payment.failed'))]];
    await listen(2, '--place-file', file);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ service: server.url, lastEventId: 'b' });
    ending = new AbortController();
    server.seen.length = 0;
    streams = [[frame('c', item(3, 'PaymentFailed', 'payment.failed'))]];
    await listen(1, '--place-file', file);
    expect(streamed()[0]).toBe('b');
    ending = new AbortController();
    writeFileSync(file, JSON.stringify({ service: 'https://elsewhere.example', lastEventId: 'b' }));
    expect(await listen(1, '--place-file', file)).toMatchObject({ code: 2, err: expect.stringContaining('holds a place at https://elsewhere.example') });
    writeFileSync(file, 'what');
    expect(await listen(1, '--place-file', file)).toMatchObject({ code: 2, err: expect.stringContaining('holds no place') });
    expect(existsSync(`${file}.new`)).toBe(false);
  });

  test('ends with what the service says when that is a definite no', async () => {
    server.react = (seen, response) => (seen.url.startsWith('/api/events/stream') ? json(response, 400, { type: '/problems/unknown_event_name', status: 400, code: 'unknown_event_name', title: 'No event has this name', detail: 'There is no event type "nothing".' }) : react(seen, response));
    expect(await listen(1, '--events', 'nothing')).toMatchObject({ code: 3, err: expect.stringContaining('Refused: 400 unknown_event_name\n  No event has this name') });
    expect(streamed()).toHaveLength(1);
  });

  test.each([[['--to', 'ftp://x'], '--to is an address'], [['--attempts', '0'], '--attempts'], [['--secret-file', '/nowhere/at/all'], 'cannot be read']])('%j is refused, and calls nobody', async (argv, said) => {
    const { code, err } = await listen(1, ...argv);
    expect([code, server.seen]).toEqual([2, []]);
    expect(err).toContain(said);
  });
});

describe('the reader of a stream', () => {
  const text = 'retry: 5\n\n: comment\n\nid: 1\nevent: notice\ndata: {"a":\ndata:1}\n\nid\n\nid: 2\r\ndata: ü\r\n\r\n: heartbeat\rid: 3\r\rdata: last\n\ndata: not whole';
  const messages = [
    { id: '1', event: 'notice', data: '{"a":\n1}' }, { id: '', event: 'message', data: undefined }, { id: '2', event: 'message', data: 'ü' }, { id: '3', event: 'message', data: undefined }, { id: '3', event: 'message', data: 'last' },
  ];

  test('finds the same messages wherever the text is cut', () => {
    expect(new MessageReader().read(text)).toEqual(messages);
    for (let at = 1; at < text.length; at += 1) {
      const reader = new MessageReader();
      expect([...reader.read(text.slice(0, at)), ...reader.read(text.slice(at))]).toEqual(messages);
    }
  });

  test('refuses a message that never ends', () => {
    const reader = new MessageReader();
    const line = `data: ${'x'.repeat(1_000_000)}\n`;
    expect(() => Array.from({ length: 6 }, () => reader.read(line))).toThrow('does not end');
  });
});
