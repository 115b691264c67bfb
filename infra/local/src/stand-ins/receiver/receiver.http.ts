// A receiver of webhooks, as a customer of the services would write one: it checks the signature over the raw bytes, answers 204, and
// shows what came. It remembers the last messages as long as it runs; a message that comes again is marked, and stands once more.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { isSigned, webhookKey } from '@commerce/service-kit/webhook-signature';
import { z } from 'zod';
import { faultsIn, rate, strikes } from '../faults.ts';
import { PAGE_POLICY, receivedPage } from './page.ts';

/** What it does wrong on request. */
export const faultSettingsSchema = z.strictObject({
  seed: z.number().int().default(1),
  /** How late every answer comes. */
  latencyMs: z.number().int().min(0).max(60_000).default(0),
  /** Share of the deliveries that are answered with 500. */
  serverError: rate,
});

export type Received = {
  readonly messageId: string;
  /** Which time this message came, from 1. */
  readonly time: number;
  readonly event: string;
  /** What the message is about, where it says so: the id of an order. */
  readonly subject: string | null;
  readonly signature: 'valid' | 'wrong';
  readonly answer: number;
  readonly receivedAt: string;
  readonly body: unknown;
};

export type ReceiverOptions = {
  /** `whsec_` + base64. */
  readonly secret: string;
  /** Opens the door for tests. */
  readonly apiKey: string;
  readonly nowMs: () => number;
};

const MAX_BODY_BYTES = 1_048_576;
const MAX_REMEMBERED = 200;

/** `POST /hook` takes messages, `GET /received` lists them as JSON, the newest first, `GET /` shows them to a person. */
export function receiverHandler({ secret, apiKey, nowMs }: ReceiverOptions): RequestListener {
  const keys = [webhookKey(secret)];
  const received: Received[] = [];
  const times = new Map<string, number>();
  let faults = faultSettingsSchema.parse({});

  return (request, response) => {
    answer(request, response).catch(() => response.destroy());
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://receiver');
    switch (`${request.method} ${pathname}`) {
      case 'GET /health/ready': return json(response, 200, { status: 'ready' });
      case 'GET /': return html(response, receivedPage(received));
      case 'GET /received': return json(response, 200, { items: received.filter(({ subject }) => !searchParams.has('subject') || subject === searchParams.get('subject')) });
      case 'POST /hook': return take(request, response);
      case 'PUT /_stand-in/faults': return setFaults(request, response);
      default: return json(response, 404, { error: 'There is nothing here: POST /hook takes webhooks, GET / shows them.' });
    }
  }

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (body === undefined) return json(response, 413, { error: 'The body is too large.' });
    const [id, timestamp, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => request.headers[name]?.toString());
    const valid = isSigned({ id, timestamp, signature, body }, keys, nowMs());
    const messageId = id ?? '';
    const time = (times.get(messageId) ?? 0) + 1;
    const fails = valid && strikes(faults, 'serverError', messageId, time);
    const status = !valid ? 401 : fails ? 500 : 204;
    remember({ messageId, time, ...told(body), signature: valid ? 'valid' : 'wrong', answer: status, receivedAt: new Date(nowMs()).toISOString() });
    if (faults.latencyMs > 0) await wait(faults.latencyMs);
    if (status === 204) response.writeHead(204).end();
    else json(response, status, { error: fails ? 'It fails on request.' : 'The signature is wrong.' });
  }

  function remember(message: Received): void {
    times.set(message.messageId, message.time);
    received.unshift(message);
    const forgotten = received.splice(MAX_REMEMBERED);
    for (const { messageId } of forgotten) if (!received.some((one) => one.messageId === messageId)) times.delete(messageId);
  }

  async function setFaults(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), digest(`Bearer ${apiKey}`))) return json(response, 401, { error: 'The key is wrong.' });
    const parsed = faultSettingsSchema.safeParse(parse((await readBody(request)) ?? Buffer.alloc(0)));
    if (!parsed.success) return json(response, 400, { error: faultsIn(parsed.error) });
    faults = parsed.data;
    json(response, 200, faults);
  }
}

/** What a message says of itself; its words are not trusted. */
function told(body: Buffer): Pick<Received, 'event' | 'subject' | 'body'> {
  const message = parse(body);
  const form = z.object({ event: z.string().max(200), data: z.object({ orderId: z.string().max(200).optional() }).optional() }).safeParse(message);
  return { event: form.success ? form.data.event : '', subject: form.data?.data?.orderId ?? null, body: message };
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' }).end(JSON.stringify(body));
}

function html(response: ServerResponse, page: string): void {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': PAGE_POLICY, 'x-content-type-options': 'nosniff' }).end(page);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
