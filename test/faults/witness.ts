/**
 * The witness: a process of its own that nobody harms. It places orders as a client that does not give up, receives webhooks, and writes
 * every request, answer and webhook to a file before it goes on: the line is on disk before a request leaves, and before a webhook is
 * answered. What it was promised can be compared with what the services have, whatever became of them.
 */
import { createHash } from 'node:crypto';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { AnswerLine, Purpose, WitnessLine } from './witness-lines.ts';
import { isAccepted } from './witness-lines.ts';
import { bodyOf, orderOf } from './witness-orders.ts';

export interface WitnessSettings {
  readonly file: string;
  readonly tokenUrl: string;
  /** The audience of the tokens. */
  readonly audience: string;
  readonly clientId: string;
  readonly secret: string;
  /** Where orders are placed. */
  readonly bases: readonly string[];
}

/** Each is answered with `{ id, result }` or `{ id, error }` when it is over. */
export type WitnessTask = { readonly id: number } & (
  | { readonly act: 'place'; readonly scenario: string; readonly from: number; readonly count: number; readonly everyMs: number }
  | { readonly act: 'repeat'; readonly scenario: string; readonly keys: readonly string[] }
  | { readonly act: 'once'; readonly scenario: string; readonly from: number; readonly count: number; readonly everyMs: number }
  | { readonly act: 'renew' }
  | { readonly act: 'bases'; readonly bases: readonly string[]; readonly obeysReadiness: boolean }
);

const ATTEMPT_LIMIT_MS = 10_000;
const LONGEST_PAUSE_MS = 1_000;
/** So long a request is tried again. */
const GIVE_UP_AFTER_MS = 120_000;
const READY_EVERY_MS = 100;
/** Of its life, after which a token is renewed. */
const RENEW_AT = 0.5;
const ASK_AGAIN_MS = 1_000;

const settings = JSON.parse(process.env['WITNESS'] ?? '{}') as WitnessSettings;
const descriptor = openSync(settings.file, 'a');
const agent = new Agent({ connections: 256 });

let waiting: { readonly text: string; readonly done: () => void }[] = [];
let isWriting = false;

/** Resolves when the line is on disk; those that come together are written together. */
function write(line: WitnessLine): Promise<void> {
  return new Promise((done) => {
    waiting.push({ text: `${JSON.stringify(line)}\n`, done });
    if (isWriting) return;
    isWriting = true;
    setImmediate(() => {
      const batch = waiting;
      [waiting, isWriting] = [[], false];
      writeSync(descriptor, batch.map(({ text }) => text).join(''));
      fdatasyncSync(descriptor);
      for (const one of batch) one.done();
    });
  });
}

interface Token {
  readonly value: string;
  readonly renewAtMs: number;
}

let token: Token | undefined;
let asking: Promise<Token> | undefined;

/** While the issuer is away the old one is good for as long as it lives. */
async function tokenNow(): Promise<string> {
  if (token !== undefined && performance.now() < token.renewAtMs) return token.value;
  asking ??= askToken().finally(() => (asking = undefined));
  const before = token;
  const after = await asking.catch((error: unknown) => (before === undefined ? Promise.reject(error) : { ...before, renewAtMs: performance.now() + ASK_AGAIN_MS }));
  token = after;
  return after.value;
}

async function askToken(): Promise<Token> {
  const { tokenUrl, clientId, secret, audience } = settings;
  const answer = await fetch(tokenUrl, {
    method: 'POST', headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience }), signal: AbortSignal.timeout(ATTEMPT_LIMIT_MS),
  });
  if (!answer.ok) throw new Error(`no token: ${answer.status}`);
  const { access_token: value, expires_in: lifeSeconds } = (await answer.json()) as { access_token: string; expires_in: number };
  return { value, renewAtMs: performance.now() + lifeSeconds * 1_000 * RENEW_AT };
}

const balance = { bases: settings.bases, obeysReadiness: false, ready: new Set<string>(settings.bases), turn: 0 };

/** The next address, of those that say they are ready where that is obeyed. */
function base(): string {
  const open = balance.obeysReadiness ? balance.bases.filter((one) => balance.ready.has(one)) : balance.bases;
  const from = open.length === 0 ? balance.bases : open;
  balance.turn += 1;
  return from[balance.turn % from.length] ?? '';
}

async function watchReadiness(): Promise<void> {
  for (;;) {
    if (balance.obeysReadiness) {
      await Promise.all(balance.bases.map(async (one) => {
        const isReady = await request(`${one}/health/ready`, { dispatcher: agent, headersTimeout: 1_000, bodyTimeout: 1_000 }).then(async ({ statusCode, body }) => {
          await body.dump();
          return statusCode === 200;
        }, () => false);
        if (isReady) balance.ready.add(one);
        else balance.ready.delete(one);
      }));
    }
    await wait(READY_EVERY_MS);
  }
}

/** One attempt, written before and after. */
async function attempt(scenario: string, key: string, purpose: Purpose, count: number, body: string): Promise<AnswerLine> {
  const bearer = await tokenNow();
  const head = { scenario, key, purpose, attempt: count, base: base() } as const;
  await write({ kind: 'request', atMs: Date.now(), ...head });
  const beganMs = performance.now();
  const told = await request(`${head.base}/orders`, {
    method: 'POST', dispatcher: agent, body, headersTimeout: ATTEMPT_LIMIT_MS, bodyTimeout: ATTEMPT_LIMIT_MS,
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json', 'idempotency-key': key },
  }).then(async (answer) => ({ status: answer.statusCode, text: await answer.body.text(), retryAfter: answer.headers['retry-after']?.toString() ?? null }), () => ({ status: 0, text: '', retryAfter: null }))
    .catch(() => ({ status: 0, text: '', retryAfter: null }));
  const line: AnswerLine = { kind: 'answer', atMs: Date.now(), ...head, ...told, tookMs: Math.round(performance.now() - beganMs) };
  await write(line);
  return line;
}

/** Until there is an answer that ends it. */
async function insist(scenario: string, key: string, purpose: Purpose, body: string): Promise<AnswerLine> {
  const endMs = performance.now() + GIVE_UP_AFTER_MS;
  for (let count = 1, pauseMs = 50; ; count += 1, pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const answer = await attempt(scenario, key, purpose, count, body);
    if (answer.status === 401) token = undefined;
    else if (answer.status !== 0 && answer.status !== 429 && answer.status < 500) return answer;
    if (performance.now() > endMs) return answer;
    await wait(answer.retryAfter === null ? pauseMs : Math.min(Number(answer.retryAfter) * 1_000, LONGEST_PAUSE_MS));
  }
}

const keyOf = (scenario: string, number: number): string => `${scenario}-${number}`;

/** Places orders one after the other, without waiting for their answers; over when all are answered. Gives how many were accepted. */
async function place(scenario: string, from: number, count: number, everyMs: number, send: (key: string, body: string) => Promise<AnswerLine>): Promise<number> {
  const sent: Promise<AnswerLine>[] = [];
  const beganMs = performance.now();
  for (let index = 0; index < count; index += 1) {
    const behindMs = index * everyMs - (performance.now() - beganMs);
    if (behindMs > 1) await wait(behindMs);
    const key = keyOf(scenario, from + index);
    sent.push(send(key, bodyOf(key, orderOf(from + index))));
  }
  return (await Promise.all(sent)).filter(isAccepted).length;
}

/** The same once more under each key, and another body under it. */
async function repeat(scenario: string, keys: readonly string[]): Promise<number> {
  const answers = await Promise.all(keys.flatMap((key) => {
    const order = orderOf(Number(key.slice(key.lastIndexOf('-') + 1)));
    return [insist(scenario, key, 'same', bodyOf(key, order)), insist(scenario, key, 'other', bodyOf(key, order, true))];
  }));
  return answers.length;
}

async function perform(task: WitnessTask): Promise<unknown> {
  switch (task.act) {
    case 'place':
      return place(task.scenario, task.from, task.count, task.everyMs, (key, body) => insist(task.scenario, key, 'order', body));
    case 'once':
      return place(task.scenario, task.from, task.count, task.everyMs, (key, body) => attempt(task.scenario, key, 'order', 1, body));
    case 'repeat':
      return repeat(task.scenario, task.keys);
    case 'renew':
      token = undefined;
      return tokenNow().then(() => 0);
    case 'bases':
      Object.assign(balance, { bases: task.bases, obeysReadiness: task.obeysReadiness });
      for (const one of task.bases) balance.ready.add(one);
      return undefined;
  }
}

interface Body {
  readonly id: string;
  readonly event: string;
  readonly data: { readonly orderId?: string; readonly metadata?: { readonly sequence?: number } };
}

async function receive(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  const bytes = Buffer.concat(parts);
  const { event, data } = JSON.parse(bytes.toString()) as Body;
  await write({
    kind: 'webhook', atMs: Date.now(), id: String(incoming.headers['webhook-id']), event, orderId: data.orderId ?? '', sequence: data.metadata?.sequence ?? null,
    digest: createHash('sha256').update(bytes).digest('hex'),
  });
  answer.writeHead(204).end();
}

const server = createServer((incoming, answer) => void receive(incoming, answer).catch(() => answer.destroy()));
server.listen(0, '127.0.0.1', () => process.send?.({ receiver: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` }));
void watchReadiness();

process.on('message', (task: WitnessTask) => {
  perform(task).then((result) => process.send?.({ id: task.id, result }), (error: unknown) => process.send?.({ id: task.id, error: String(error) }));
});
process.once('disconnect', () => {
  closeSync(descriptor);
  process.exit(0);
});
