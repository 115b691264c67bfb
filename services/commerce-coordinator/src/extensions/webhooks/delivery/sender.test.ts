/** Single attempts against a real server, without a database. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createAddressGuard } from '../address-guard/address-guard.http.ts';
import type { Endpoint, Sealable } from '../endpoint.ts';
import { createSecretsBox } from '../secrets.ts';
import { startTestReceiver } from '../test-receiver.ts';
import type { Answering, TestReceiver } from '../test-receiver.ts';
import type { Attempt } from './lease.ts';
import { isDelivered } from './retry.ts';
import { Sender } from './sender.http.ts';
import type { Sendable } from './sender.http.ts';

const secrets = createSecretsBox(Buffer.alloc(32, 6).toString('base64'), randomBytes);
const NOW_MS = Date.parse('2026-11-21T18:00:00Z');
const answers = new Map<string, Answering>();
let receiver: TestReceiver;
let sender: Sender;

beforeAll(async () => {
  receiver = await startTestReceiver((got, response, times) => (answers.get(got.path) ?? ((_got, answer) => void answer.end('ok')))(got, response, times));
  sender = new Sender({ guard: createAddressGuard({ allowedNetworks: '127.0.0.0/8', allowHttp: true }), secrets, monotonicMs: () => performance.now(), nowMs: () => NOW_MS });
});
afterEach(() => {
  receiver.got.length = 0;
  answers.clear();
});
afterAll(async () => {
  await sender.close();
  await receiver.close();
});

const MESSAGE: Sendable = { eventId: '0193a6a0-7000-7abc-9def-0123456789ab', name: 'order.created', body: Buffer.from('{"a":1}'), traceparent: null, replayId: null };
function endpointAt(path: string, { headers = {}, ...given }: Partial<Endpoint & Pick<Sealable, 'headers'>> = {}): Endpoint {
  const endpointId = randomBytes(16).toString('hex');
  return {
    endpointId, owner: 'storefront', url: `${receiver.url}${path}`, events: ['*'], filter: null, retryAttempts: 3, retryDelayMs: 20, timeoutMs: 2_000, rateLimit: null, maxInFlight: 16, ordered: false,
    description: null, status: 'enabled', disabledReason: null, disabledAt: null, noticedAt: null, createdAt: new Date(), updatedAt: new Date(), ...given,
    secrets: given.secrets ?? secrets.seal({ secrets: [{ kind: 'hmac', secret: `whsec_${Buffer.alloc(32, 9).toString('base64')}`, createdAt: new Date(0).toISOString(), expiresAt: null }], headers }, endpointId),
  };
}
const send = (path: string, message: Partial<Sendable> = {}, given: Parameters<typeof endpointAt>[1] = {}): Promise<Attempt> => sender.send(endpointAt(path, given), { ...MESSAGE, ...message });

describe.each([301, 302, 303, 307, 308])('S33: a redirect (%d)', (status) => {
  test.each([['to an inner address', () => 'http://169.254.169.254/latest/meta-data'], ['to this machine', () => `${receiver.url}/inner`], ['to a path', () => '/inner']])('%s is a failure, and nobody goes there', async (_where, location) => {
    answers.set('/moved', (_got, response) => void response.writeHead(status, { location: location() }).end());
    const attempt = await send('/moved');
    expect([attempt.status, attempt.error, isDelivered(attempt)]).toEqual([status, null, false]);
    expect(receiver.got.map(({ path }) => path)).toEqual(['/moved']);
  });
});

test('what the receiver asks to wait is read from Retry-After as it came, and left alone where it says nothing', async () => {
  answers.set('/seconds', (_got, response) => void response.writeHead(429, { 'retry-after': '7' }).end());
  answers.set('/date', (_got, response) => void response.writeHead(503, { 'Retry-After': 'Sat, 21 Nov 2026 18:02:00 GMT' }).end());
  answers.set('/nothing', (_got, response) => void response.writeHead(503).end());
  expect(await Promise.all(['/seconds', '/date', '/nothing'].map(async (path) => (await send(path)).retryAfterMs))).toEqual([7_000, 120_000, null]);
});

test('the receiver is told the time of the attempt, and the trace, but nothing where there is none', async () => {
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  await send('/traced', { traceparent });
  await send('/plain', {}, { headers: { TraceParent: 'forged' } });
  expect(receiver.got.map(({ headers }) => headers['webhook-timestamp'])).toEqual(Array(2).fill(String(NOW_MS / 1_000)));
  expect(receiver.got.map(({ path, headers }) => [path, headers['traceparent']])).toEqual([['/traced', traceparent], ['/plain', undefined]]);
});

test('what a replay sends once more names the replay, and nobody else does', async () => {
  const replayId = '0193a6a0-8000-7abc-9def-0123456789ab';
  await send('/again', { replayId }, { headers: { 'X-Webhook-Replay': 'forged' } });
  await send('/first', {}, { headers: { 'X-Webhook-Replay': 'forged' } });
  expect(receiver.got.map(({ path, headers }) => [path, headers['x-webhook-replay']])).toEqual([['/again', replayId], ['/first', undefined]]);
});

test.each([['x-a', 'b\r\nx-evil: 1'], ['x-a\r\nx-evil', '1'], ['x-a', 'b\0'], ['x-a', 'snow ☃'], ['', 'b']])('a header that would not stay one is not sent (%j: %j)', async (name, value) => {
  expect(await send('/evil', {}, { headers: { [name]: value } })).toMatchObject({ status: null, error: 'header: it has a name or a value that cannot be sent' });
  expect(await send('/evil', { traceparent: '00-a\r\nx-evil: 1' })).toMatchObject({ status: null });
  expect(receiver.got).toEqual([]);
});

test('endpoints of one origin take turns on a connection that is kept, and none waits for one that hangs', async () => {
  const before = receiver.connections();
  for (const path of ['/one', '/two', '/one']) await send(path);
  const kept = receiver.connections() - before;
  expect(kept).toBeLessThanOrEqual(1);
  const open: (() => unknown)[] = [];
  answers.set('/hangs', (_got, response) => void open.push(() => response.end()));
  const hanging = Array.from({ length: 64 }, () => send('/hangs'));
  expect(await send('/one')).toMatchObject({ status: 200 });
  while (open.length < hanging.length) await new Promise((resolve) => setTimeout(resolve, 2));
  expect(await send('/two')).toMatchObject({ status: 200 });
  for (const end of open) end();
  expect((await Promise.all(hanging)).filter(isDelivered)).toHaveLength(64);
});

test('a signal gives up all that is under way with it, leaves alone what is not, and nothing begins after it', async () => {
  answers.set('/waits', (_got, response) => void setTimeout(() => response.end(), 100));
  const [given, other] = [new AbortController(), new AbortController()];
  const begun = [given, given, other].map(({ signal }) => sender.send(endpointAt('/waits'), MESSAGE, signal));
  while (receiver.of('/waits').length < 3) await new Promise((resolve) => setTimeout(resolve, 2));
  given.abort();
  expect((await Promise.all(begun)).map(({ status, error }) => [status, error])).toEqual([[null, 'interrupted'], [null, 'interrupted'], [200, null]]);
  expect(await sender.send(endpointAt('/late'), MESSAGE, given.signal)).toMatchObject({ status: null, error: 'interrupted' });
  expect(receiver.of('/late')).toEqual([]);
});

test('a secret signs until it has ended, and from then on the other one alone', async () => {
  const endpointId = '0193a6a0-7000-7abc-9def-0123456789cd';
  const secret = (fill: number): string => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;
  const createdAt = new Date(0).toISOString();
  const sealed = secrets.seal({ secrets: [{ kind: 'hmac', secret: secret(1), createdAt, expiresAt: null }, { kind: 'hmac', secret: secret(2), createdAt, expiresAt: new Date(NOW_MS + 1_000).toISOString() }], headers: {} }, endpointId);
  let nowMs = NOW_MS;
  const own = new Sender({ guard: createAddressGuard({ allowedNetworks: '127.0.0.0/8', allowHttp: true }), secrets, monotonicMs: () => performance.now(), nowMs: () => nowMs });
  const endpoint = endpointAt('/rotated', { endpointId, secrets: sealed });
  try {
    for (const ms of [0, 999, 1_000]) {
      nowMs = NOW_MS + ms;
      await own.send(endpoint, MESSAGE);
    }
  } finally {
    await own.close();
  }
  expect(receiver.got.map(({ headers }) => String(headers['webhook-signature']).split(' ').length)).toEqual([2, 2, 1]);
});
