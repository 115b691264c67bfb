// The door of a stand-in: its key, its faults before and after an effect, bodies as JSON, and the doors for tests under /_stand-in.
// What a provider answers to its own routes, and in which words it refuses, stands beside it. A route that fails is not survived:
// the rejection ends the process.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { z } from 'zod';
import { drawMs, faultsIn, strikes } from './faults.ts';
import type { FaultsOfAll } from './faults.ts';

const MAX_BODY_BYTES = 65_536;

/** A body that is text is sent as HTML, anything else as JSON. */
export type Answer = { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> };

/** The connection is destroyed instead of an answer. */
export const LOST = 'lost';
export type Reply = Answer | typeof LOST;

/** How a provider words what every one refuses. */
export type Refusals = {
  readonly unauthenticated: Answer;
  readonly notFound: Answer;
  readonly methodNotAllowed: Answer;
  readonly bodyTooLarge: Answer;
  readonly notJson: Answer;
  readonly invalid: (message: string) => Answer;
  readonly throttled: (retryAfterSeconds: number) => Answer;
  /** Pages of HTML, for 500 and 503. */
  readonly broken: readonly [string, string];
};

/** One call whose key is right. */
export type Call = {
  readonly method: string | undefined;
  readonly pathname: string;
  readonly query: URLSearchParams;
  header(name: string): string | undefined;
  /** A body as a form; one that is too large or cut off by the caller becomes the answer to send. */
  form(): Promise<{ readonly form: URLSearchParams } | { readonly answer: Answer }>;
  /** A body that is too large, no JSON or cut off by the caller becomes the answer to send. */
  json(): Promise<{ readonly json: unknown } | { readonly answer: Answer }>;
  /** One try of a subject: waits, may fail before `take`, and may lose an answer that `isLosable`. */
  attempt(subject: string, take: () => Promise<Answer>, isLosable?: (answer: Answer) => boolean): Promise<Reply>;
};

export type ProviderOptions<Settings extends FaultsOfAll> = {
  readonly apiKey: string;
  /** The faults in force; replaced as a whole through the door for tests. */
  readonly faults: { settings: Settings };
  readonly faultSettings: z.ZodType<Settings>;
  readonly refusals: Refusals;
  /** What stands in the books, of one order or of all. */
  readonly ledger: (orderId: string | undefined) => unknown;
  /** The provider's own routes; undefined where there is none. */
  readonly route: (call: Call) => Promise<Reply> | undefined;
};

/** Makes the handler; it keeps the number of tries per subject. */
export function providerHandler<Settings extends FaultsOfAll>({ apiKey, faults, faultSettings, refusals, ledger, route }: ProviderOptions<Settings>): RequestListener {
  const tries = new Map<string, number>();
  const expectedKey = digest(`Bearer ${apiKey}`);

  return (request, response) => {
    void answer(request, response);
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = await replyTo(request);
    if (reply === LOST) request.socket.destroy();
    else send(response, reply);
  }

  async function replyTo(request: IncomingMessage): Promise<Reply> {
    const { method, headers } = request;
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stand-in');
    if (pathname === '/health/ready') return { status: 200, body: { status: 'ready' } };
    if (!timingSafeEqual(digest(headers.authorization ?? ''), expectedKey)) return refusals.unauthenticated;
    const json = (): ReturnType<Call['json']> => readJson(request, refusals);
    if (pathname === '/_stand-in/faults') return faultsDoor(method, json);
    if (method === 'GET' && pathname === '/_stand-in/ledger') return { status: 200, body: ledger(searchParams.get('orderId') ?? undefined) };
    return route({ method, pathname, query: searchParams, json, form: () => readForm(request, refusals), attempt, header: (name) => headers[name]?.toString() }) ?? refusals.notFound;
  }

  async function attempt(subject: string, take: () => Promise<Answer>, isLosable: (answer: Answer) => boolean = () => false): Promise<Reply> {
    const count = (tries.get(subject) ?? 0) + 1;
    tries.set(subject, count);
    const settings: FaultsOfAll = faults.settings;
    const fault = await misbehave(settings, refusals, subject, count);
    if (fault !== undefined) return fault;
    const taken = await take();
    return isLosable(taken) && strikes(settings, 'loseAnswer', subject, count) ? LOST : taken;
  }

  async function faultsDoor(method: string | undefined, json: Call['json']): Promise<Answer> {
    if (method === 'GET') return { status: 200, body: faults.settings };
    if (method !== 'PUT') return { ...refusals.methodNotAllowed, headers: { allow: 'GET, PUT' } };
    const body = await json();
    if ('answer' in body) return body.answer;
    const parsed = faultSettings.safeParse(body.json);
    if (!parsed.success) return refusals.invalid(faultsIn(parsed.error));
    faults.settings = parsed.data;
    return { status: 200, body: parsed.data };
  }
}

/** Waits the drawn latency; answers in the provider's place when a fault strikes before the effect. */
async function misbehave(settings: FaultsOfAll, { throttled, broken }: Refusals, subject: string, attempt: number): Promise<Answer | undefined> {
  const latencyMs = drawMs(settings, 'latencyMs', subject, attempt);
  if (latencyMs > 0) await wait(latencyMs);
  const headers = { 'retry-after': String(settings.retryAfterSeconds) };
  if (strikes(settings, 'tooManyRequests', subject, attempt)) return { ...throttled(settings.retryAfterSeconds), headers };
  if (!strikes(settings, 'serverError', subject, attempt)) return undefined;
  return attempt % 2 === 1 ? { status: 500, body: broken[0] } : { status: 503, headers, body: broken[1] };
}

async function readJson(request: IncomingMessage, refusals: Refusals): ReturnType<Call['json']> {
  const read = await readText(request, refusals);
  if ('answer' in read) return read;
  try {
    return { json: JSON.parse(read.text) as unknown };
  } catch {
    return { answer: refusals.notJson };
  }
}

async function readForm(request: IncomingMessage, refusals: Refusals): ReturnType<Call['form']> {
  const read = await readText(request, refusals);
  return 'answer' in read ? read : { form: new URLSearchParams(read.text) };
}

async function readText(request: IncomingMessage, { bodyTooLarge, notJson }: Refusals): Promise<{ readonly text: string } | { readonly answer: Answer }> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) return { answer: { ...bodyTooLarge, headers: { connection: 'close' } } };
      chunks.push(chunk);
    }
    return { text: Buffer.concat(chunks).toString('utf8') };
  } catch {
    return { answer: notJson };
  }
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  if (response.destroyed) return;
  const html = typeof body === 'string';
  const bytes = Buffer.from(html ? body : JSON.stringify(body));
  response.writeHead(status, { 'content-type': html ? 'text/html; charset=utf-8' : 'application/json', 'content-length': bytes.length, ...headers }).end(bytes);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
