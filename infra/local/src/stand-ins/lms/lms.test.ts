// The LMS stand-in as a process, asked over HTTP: its contract, its faults, and what it remembers after a kill.
import { createHmac } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { choosePorts } from '../../ports.ts';
import { Supervisor } from '../../supervisor.ts';

const KEY = 'key-of-the-lms-stand-in';
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const directory = mkdtempSync(join(tmpdir(), 'lms-test-'));
let supervisor: Supervisor;
let url: string;

beforeAll(async () => {
  const { port } = await choosePorts({ port: 0 });
  supervisor = new Supervisor({ logsDirectory: join(directory, 'logs') });
  const environment = { PATH: process.env['PATH'] ?? '', LMS_PORT: String(port), LMS_DIR: directory, LMS_API_KEY: KEY, LMS_CALLBACK_SECRET: SECRET };
  url = String((await supervisor.start({ name: 'lms', entry: fileURLToPath(new URL('./main.ts', import.meta.url)), environment }))['url']);
});
afterEach(() => setFaults({}));
afterAll(async () => {
  await supervisor.stop();
  rmSync(directory, { recursive: true });
});

type Ask = { reference: string; orderId: string; lineId: string; quantity: number; user: string; course: string; callbackUrl?: string };

function ask(overrides: Partial<Ask> & { reference: string }): Ask {
  return { orderId: `order-of-${overrides.reference}`, lineId: '1', quantity: 3, user: `user-of-${overrides.reference}`, course: 'NW-11', ...overrides };
}

async function call(method: string, path: string, body?: unknown) {
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  const answer = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: () => JSON.parse(text) as Record<string, any> };
}

function enrol({ reference, orderId, lineId, quantity, user, course, callbackUrl }: Ask, isActive?: boolean) {
  const values = { reference, order_id: orderId, line_id: lineId, quantity: String(quantity) };
  return call('POST', '/api/enrollment/v1/enrollment', {
    user,
    course_details: { course_id: course },
    ...(isActive === undefined ? {} : { is_active: isActive }),
    enrollment_attributes: Object.entries(values).map(([name, value]) => ({ namespace: 'order', name, value })),
    ...(callbackUrl === undefined ? {} : { callback_url: callbackUrl }),
  });
}

const unenrol = (asked: Ask) => enrol(asked, false);
const setFaults = (faults: Record<string, unknown>) => call('PUT', '/_stand-in/faults', faults);
const status = async (user: string, course: string) => (await call('GET', `/api/enrollment/v1/enrollment/${encodeURIComponent(user)},${course}`)).json();
const effectsOf = async (orderId: string) => (await call('GET', `/_stand-in/ledger?orderId=${orderId}`)).json()['effects'] as { effects: number; unenrolments: number; references: string[] }[];

async function eventually<T>(look: () => T | undefined | Promise<T | undefined>, timeoutMs = 8_000): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error('did not come in time');
    await wait(10);
  }
}

test('an enrolment is pending at first and active after a while', async () => {
  await setFaults({ activationDelayMs: [150, 150] });
  const first = await enrol(ask({ reference: 'a' }));
  expect(first.status).toBe(202);
  expect(first.json()).toMatchObject({ user: 'user-of-a', is_active: false, status: 'pending', course_details: { course_id: 'NW-11' }, reference: 'a' });
  await eventually(async () => ((await status('user-of-a', 'NW-11'))['is_active'] === true ? true : undefined));
});

test('a repeat under the same reference has no second effect; other content under it is refused', async () => {
  await enrol(ask({ reference: 'b' }));
  expect((await enrol(ask({ reference: 'b' }))).status).toBeLessThan(300);
  expect((await enrol(ask({ reference: 'b', quantity: 4 }))).status).toBe(409);
  expect(await effectsOf('order-of-b')).toMatchObject([{ lineId: '1', quantity: 3, effects: 1, references: ['b'] }]);
});

test('a learner who is already enrolled is answered with the enrolment that exists, and the new order line has its own effect', async () => {
  await setFaults({ activationDelayMs: [0, 0] });
  const created = (await enrol(ask({ reference: 'c1', user: 'c' }))).json()['created'];
  const second = await enrol(ask({ reference: 'c2', user: 'c' }));
  expect(second.status).toBe(200);
  expect(second.json()).toMatchObject({ created, is_active: true, reference: 'c2' });
  expect(await effectsOf('order-of-c2')).toMatchObject([{ effects: 1 }]);
});

test('an order line that is asked for under two references counts two effects', async () => {
  await enrol(ask({ reference: 'd1', orderId: 'd', user: 'd' }));
  await enrol(ask({ reference: 'd2', orderId: 'd', user: 'd' }));
  expect(await effectsOf('d')).toMatchObject([{ effects: 2, references: ['d1', 'd2'] }]);
});

test('an enrolment is ended under its reference, once, and is never begun again under it', async () => {
  await setFaults({ activationDelayMs: [0, 0] });
  const asked = ask({ reference: 'k' });
  await enrol(asked);
  for (let time = 0; time < 2; time += 1) {
    const ended = await unenrol(asked);
    expect([ended.status, ended.json()]).toEqual([200, expect.objectContaining({ is_active: false, status: 'unenrolled', reference: 'k' })]);
  }
  expect((await unenrol({ ...asked, quantity: 9 })).status).toBe(409);
  expect((await enrol(asked)).json()).toMatchObject({ is_active: false, status: 'unenrolled' });
  expect(await status('user-of-k', 'NW-11')).toMatchObject({ is_active: false, status: 'unenrolled' });
  expect(await effectsOf('order-of-k')).toMatchObject([{ effects: 1, unenrolments: 1 }]);
});

test('an enrolment that is ended before it was asked for has no effect when it is', async () => {
  const asked = ask({ reference: 'l' });
  expect((await unenrol(asked)).json()).toMatchObject({ is_active: false, status: 'unenrolled' });
  expect((await enrol(asked)).json()).toMatchObject({ is_active: false, status: 'unenrolled' });
  expect(await effectsOf('order-of-l')).toEqual([]);
  expect(await status('user-of-l', 'NW-11')).toBeNull();
});

test('a learner leaves a course with the last reference, and may come back under a new one', async () => {
  await setFaults({ activationDelayMs: [0, 0] });
  const [first, second, third] = ['m1', 'm2', 'm3'].map((reference) => ask({ reference, user: 'm' })) as [Ask, Ask, Ask];
  await enrol(first);
  await enrol(second);
  await unenrol(first);
  expect((await status('m', 'NW-11'))['is_active']).toBe(true);
  await unenrol(second);
  expect((await status('m', 'NW-11'))['is_active']).toBe(false);
  expect((await enrol(third)).json()).toMatchObject({ is_active: true, reference: 'm3' });
});

test('an unenrolment meets the same faults, and is ended though its answer was lost', async () => {
  const asked = ask({ reference: 'n' });
  await enrol(asked);
  await setFaults({ tooManyRequests: 1 });
  expect((await unenrol(asked)).status).toBe(429);
  await setFaults({ lockedCourses: ['NW-11'] });
  expect([(await unenrol(asked)).status, (await effectsOf('order-of-n'))[0]?.unenrolments]).toEqual([400, 0]);
  await setFaults({ loseAnswer: 1 });
  await expect(unenrol(asked)).rejects.toThrow();
  expect(await effectsOf('order-of-n')).toMatchObject([{ effects: 1, unenrolments: 1 }]);
});

test('nobody enrolled is an empty answer, as in Open edX', async () => {
  expect(await status('no,body', 'NW-1')).toBeNull();
});

test('an effect is there although its answer was lost, and a repeat finds it', async () => {
  await setFaults({ loseAnswer: 1 });
  await expect(enrol(ask({ reference: 'e' }))).rejects.toThrow();
  expect(await effectsOf('order-of-e')).toMatchObject([{ effects: 1 }]);
  await setFaults({});
  expect((await enrol(ask({ reference: 'e' }))).status).toBeLessThan(300);
  expect(await effectsOf('order-of-e')).toMatchObject([{ effects: 1 }]);
});

test('throttling and server errors come before the effect', async () => {
  await setFaults({ tooManyRequests: 1, retryAfterSeconds: 7 });
  const throttled = await enrol(ask({ reference: 'f' }));
  expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '7']);
  await setFaults({ serverError: 1 });
  expect((await enrol(ask({ reference: 'f' }))).headers.get('content-type')).toContain('text/html');
  expect(await effectsOf('order-of-f')).toEqual([]);
});

test('an unknown course and an unknown user are definite refusals', async () => {
  await setFaults({ unknownCourses: ['NW-77'], unknownUsers: ['ghost'] });
  const noCourse = await enrol(ask({ reference: 'g', course: 'NW-77' }));
  expect([noCourse.status, noCourse.json()['message']]).toEqual([400, "No course 'NW-77' found for enrollment"]);
  expect((await enrol(ask({ reference: 'g', user: 'ghost' }))).status).toBe(406);
});

test.each([
  ['a missing reference', { user: 'u', course_details: { course_id: 'c' }, enrollment_attributes: [] }],
  ['an unknown field', { user: 'u', course_details: { course_id: 'c' }, enrollment_attributes: [], role: 'staff' }],
  ['no JSON object', 'text'],
])('%s is refused by name', async (_case, body) => {
  const answer = await call('POST', '/api/enrollment/v1/enrollment', body);
  expect(answer.status).toBe(400);
  expect(answer.json()['message']).toMatch(/enrollment_attributes|role|body/);
});

test('a wrong key is refused', async () => {
  expect((await fetch(`${url}/_stand-in/ledger`, { headers: { authorization: 'Bearer guessed' } })).status).toBe(401);
});

test('fault settings outside their limits are refused and nothing changes', async () => {
  expect((await setFaults({ loseAnswer: 2 })).status).toBe(400);
  expect((await call('GET', '/_stand-in/faults')).json()['loseAnswer']).toBe(0);
});

type Received = { headers: IncomingHttpHeaders; body: string };

async function withReceiver(statuses: number[], run: (callbackUrl: string, received: Received[]) => Promise<void>): Promise<void> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    received.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
    response.writeHead(statuses[received.length - 1] ?? 204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/callbacks/lms`, received);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('the callback is signed over its raw body, and repeated under the same id until it is taken', async () => {
  await withReceiver([500, 204], async (callbackUrl, received) => {
    await setFaults({ activationDelayMs: [10, 10] });
    await enrol(ask({ reference: 'h', callbackUrl }));
    const second = await eventually(() => received[1]);
    const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = second.headers;
    const expected = createHmac('sha256', Buffer.alloc(32, 7)).update(`${id as string}.${timestamp as string}.${second.body}`).digest('base64');
    expect(signature).toBe(`v1,${expected}`);
    expect(id).toBe(received[0]?.headers['webhook-id']);
    expect(JSON.parse(second.body)).toMatchObject({
      type: 'enrollment.activated',
      data: { reference: 'h', order_id: 'order-of-h', line_id: '1', quantity: 3, user: 'user-of-h', course_id: 'NW-11', is_active: true },
    });
  });
});

test('a callback that is to be lost is never sent, though the enrolment becomes active', async () => {
  await withReceiver([], async (callbackUrl, received) => {
    await setFaults({ activationDelayMs: [10, 10], loseCallback: 1 });
    await enrol(ask({ reference: 'i', callbackUrl }));
    await eventually(async () => ((await status('user-of-i', 'NW-11'))['is_active'] === true ? true : undefined));
    await wait(100);
    expect(received).toEqual([]);
  });
});

test('an enrolment that was ended before it became active is not called back', async () => {
  await withReceiver([], async (callbackUrl, received) => {
    await setFaults({ activationDelayMs: [500, 500] });
    await enrol(ask({ reference: 'o1', callbackUrl }));
    await unenrol(ask({ reference: 'o1' }));
    await enrol(ask({ reference: 'o2', callbackUrl }));
    await eventually(() => received[0]);
    expect(received.map(({ body }) => JSON.parse(body).data.reference)).toEqual(['o2']);
  });
});

test('after a kill every answered effect is still there, a torn last line is not, and open callbacks are sent', async () => {
  await withReceiver([], async (callbackUrl, received) => {
    await setFaults({ activationDelayMs: [700, 700] });
    const answered = await Promise.all(Array.from({ length: 50 }, (_, n) => enrol(ask({ reference: `j${n}`, callbackUrl }))));
    expect(answered.every((answer) => answer.status === 202)).toBe(true);
    await unenrol(ask({ reference: 'j49' }));
    const lms = supervisor.process('lms');
    const before = lms.pid;
    lms.signal('SIGKILL');
    appendFileSync(join(directory, 'ledger.jsonl'), '{"grant":{"reference":"torn"');
    await eventually(() => (lms.isReady && lms.pid !== before ? true : undefined));
    for (const n of [0, 25, 49]) expect(await effectsOf(`order-of-j${n}`)).toMatchObject([{ effects: 1, references: [`j${n}`] }]);
    expect((await effectsOf('order-of-j49'))[0]?.unenrolments).toBe(1);
    await eventually(() => (received.length >= 49 ? true : undefined));
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(49);
  });
});
