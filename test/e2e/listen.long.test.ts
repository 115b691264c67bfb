/**
 * The developer's tool beside a real registration, on the running pair: `listen` forwards what a webhook would be sent, and
 * loses nothing when the service is killed.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '@commerce/cli/run';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { eventually } from '../kit/eventually.ts';
import { LOCALSTACK_URL } from '../kit/localstack.ts';
import { startPair } from '../kit/pair.ts';
import type { Pair } from '../kit/pair.ts';

let pair: Pair;
let folder: string;
let receiver: Server;
let url: string;
/** Bodies by the path at which they came. */
const received = new Map<string, string[]>();
/** Ctrl-C. */
const ending = new AbortController();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'listen-test-'));
  receiver = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    received.set(request.url ?? '', [...(received.get(request.url ?? '') ?? []), text]);
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  pair = await startPair({ localStackUrl: LOCALSTACK_URL, restartDelayMs: 300 });
}, 90_000);
afterAll(async () => {
  ending.abort();
  await pair?.stop();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
  rmSync(folder, { recursive: true });
}, 60_000);

/** The tool on this stack, until the signal ends it. */
async function tool(signal: AbortSignal, ...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await run(argv, {
    env: { DATA_DIR: dirname(pair.stack.description.inside.logs) }, out: (text) => void (out += text), err: (text) => void (err += text), readFile: async (path) => readFileSync(path, 'utf8'),
    nowMs: () => Date.now(), sleep: (ms, ended) => delay(ms, undefined, { signal: ended }), signal,
  });
  return { code, out, err };
}

const bodyForm = z.looseObject({ id: z.string(), event: z.string(), data: z.looseObject({ orderId: z.string().optional() }) });
const at = (path: string) => (received.get(path) ?? []).map((text) => bodyForm.parse(JSON.parse(text)));

test('what listen forwards is what a webhook is sent, also when the service was killed meanwhile', async () => {
  await pair.operator.call(z.unknown(), 'POST', '/api/webhooks/register', { body: { url: `${url}/registered`, events: ['order.*', 'payment.*'], ordered: true }, idempotencyKey: 'beside-listen' });
  const listening = tool(ending.signal, 'listen', '--to', `${url}/listened`, '--events', 'order.*,payment.*', '--place-file', join(folder, 'place.json'), '--json');
  const ended = listening.then(({ code, err }) => {
    if (!ending.signal.aborted) throw new Error(`listen has ended with ${code}: ${err}`);
  });
  // What is placed while the stream opens says when it is live.
  await Promise.race([ended, eventually('the stream is live', async () => {
    await pair.place('A');
    return at('/listened').length > 0 ? true : undefined;
  })]);

  const before = await Promise.all(['AB', 'B', 'A'].map((skus) => pair.place(skus)));
  await eventually('some is forwarded', async () => (at('/listened').some(({ data: { orderId = '' } }) => before.includes(orderId)) ? true : undefined));
  const { pid } = pair.process('cc');
  process.kill(pid as number, 'SIGKILL');
  await eventually('another process has taken its place', async () => (pair.process('cc').pid !== undefined && pair.process('cc').pid !== pid ? true : undefined));
  const after = await eventually('orders are taken again', async () => Promise.all(['A', 'AA'].map((skus) => pair.place(skus))).catch(() => undefined));
  const orderIds = [...before, ...after];
  await pair.settled(orderIds, 90_000);

  const own = (path: string) => new Map(at(path).filter(({ data: { orderId = '' } }) => orderIds.includes(orderId)).map((body) => [body.id, body]));
  await eventually('both have the same events', async () => {
    const [listened, registered] = [own('/listened'), own('/registered')];
    return listened.size === registered.size && orderIds.every((orderId) => [...listened.values()].some(({ event, data }) => event === 'order.completed' && data.orderId === orderId)) ? true : undefined;
  });
  expect(Object.fromEntries(own('/listened'))).toEqual(Object.fromEntries(own('/registered')));
  expect(own('/listened').size).toBeGreaterThan(40);
  // The place moves when an event was answered: of what the killed service had sent nothing comes twice.
  const ids = at('/listened').map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);

  const triggered = await tool(new AbortController().signal, 'trigger', 'order.created', '--set', 'total=99.99', '--json');
  expect([triggered.code, JSON.parse(triggered.out)]).toEqual([0, expect.objectContaining({ event: expect.objectContaining({ name: 'order.created', data: expect.objectContaining({ total: '99.99' }) }) })]);
  const { event: { eventId: triggeredId } } = z.looseObject({ event: z.looseObject({ eventId: z.string() }) }).parse(JSON.parse(triggered.out));
  await eventually('what was triggered is forwarded, and is sent to nobody who has registered', async () => (at('/listened').some(({ id }) => id === triggeredId) && !at('/registered').some(({ id }) => id === triggeredId) ? true : undefined));
  expect(await tool(new AbortController().signal, 'trigger', 'order.created', '--set', 'total=much')).toMatchObject({ code: 3, err: expect.stringContaining('data.total') });

  ending.abort();
  const { code, out, err } = await listening;
  expect([code, out.trim().split('\n').length]).toEqual([0, ids.length + 1]);
  expect(err).toContain('taken up again');
}, 200_000);
