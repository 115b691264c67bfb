/**
 * A real Order Fulfillment with exactly one fault planted: a proxy in front of its API, and a relay between its bus and a queue.
 * Whatever the fault is not about is handed on as it came. Each fault names the promises that it breaks, which are all that the kit
 * must find broken.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { uuid7 } from '@commerce/events/uuid7';
import { listen, makeQueue, queueOutlet, subscribe } from './bus.aws.ts';
import type { AwsPlace, OwnQueue } from './bus.aws.ts';
import type { Credential } from './credentials.http.ts';
import { forward, startProxy } from './proxy.http.ts';
import type { Call, Reply } from './proxy.http.ts';

/** An event inside of what EventBridge puts on a queue. */
interface Delivery {
  readonly 'detail-type': string;
  readonly detail: { readonly eventId: string; readonly eventType: string; readonly data: any; readonly metadata: { readonly sequence: number } };
}

interface Planted {
  readonly call?: (call: Call) => Promise<Reply>;
  /** What is told in the place of one event. */
  readonly tell?: (delivery: Delivery) => readonly Delivery[];
}

interface Ground {
  /** Calls the real service. */
  readonly real: (call: Call) => Promise<Reply>;
  /** The first client, as which a fault may call. */
  readonly owner: Credential;
  /** Tells one more event. */
  readonly tell: (delivery: Delivery) => void;
}

interface Fault {
  readonly meaning: string;
  readonly breaks: readonly string[];
  readonly plant: (ground: Ground) => Planted;
}

/** How long an answer is held after the outcome was told, and how long it waits for that. */
const ANSWER_HELD_MS = 300;
const LONGEST_HOLD_MS = 2_000;
const LOOK_MS = 20;
const ONE = /^\/v1\/fulfillments\/([0-9a-f-]{36})$/;
const LOOKUP = '/v1/fulfillments/lookup';
const isRequest = ({ method, path }: Call): boolean => method === 'POST' && path === '/v1/fulfillments';
const ok = (reply: Reply): boolean => reply.status === 200 || reply.status === 202;

/** The call as another client. */
async function as(owner: Credential, call: Call): Promise<Call> {
  const { authorization: _a, signature: _s, 'signature-input': _i, ...headers } = call.headers;
  const body = call.body === '' ? undefined : call.body;
  return { ...call, headers: { ...headers, ...(await owner.headersFor({ method: call.method, url: call.path, contentType: headers['content-type'], idempotencyKey: headers['idempotency-key'], body })) } };
}

export const FAULTS = {
  'forgotten-key': {
    meaning: 'A key is forgotten as soon as it was answered: the same request is done again.',
    breaks: ['idempotency.repeat', 'idempotency.repeat-later', 'idempotency.concurrent'],
    plant({ real }) {
      const seen = new Set<string>();
      return {
        call(call) {
          const name = `${call.headers['idempotency-key']} ${call.body}`;
          if (!isRequest(call) || !seen.has(name)) {
            if (isRequest(call)) seen.add(name);
            return real(call);
          }
          const request = JSON.parse(call.body);
          const body = JSON.stringify({ ...request, lines: request.lines.map((line: object) => ({ ...line, repeat: true })) });
          return real({ ...call, headers: { ...call.headers, 'idempotency-key': randomUUID() }, body });
        },
      };
    },
  },
  'reused-key-accepted': {
    meaning: 'A key that was used for another body is answered with the first answer.',
    breaks: ['idempotency.other-body'],
    plant({ real }) {
      const first = new Map<string, Reply>();
      return {
        async call(call) {
          const reply = await real(call);
          const key = `${call.headers['authorization']} ${call.headers['idempotency-key']}`;
          if (!isRequest(call)) return reply;
          if (ok(reply)) first.set(key, reply);
          return reply.body.includes('"idempotency_key_reused"') ? (first.get(key) ?? reply) : reply;
        },
      };
    },
  },
  'completion-before-answer': {
    meaning: 'An outcome is told before the request is answered, and cannot be read until then.',
    breaks: ['events.before-answer'],
    plant({ real }) {
      const unanswered = new Set<string>();
      const told = new Set<string>();
      return {
        tell(delivery) {
          told.add(delivery.detail.data.orderId);
          return [delivery];
        },
        async call(call) {
          if (isRequest(call)) return answered(call);
          const reply = await real(call);
          const orderId = new URL(call.path, 'http://of').searchParams.get('orderId');
          if (orderId !== null && unanswered.has(orderId)) return json(200, { items: [], nextCursor: null });
          const shown = ONE.test(call.path) && ok(reply) ? JSON.parse(reply.body) : undefined;
          return shown !== undefined && unanswered.has(shown.orderId) ? json(404, { code: 'fulfillment_not_found', status: 404, title: 'none' }) : reply;
        },
      };
      async function answered(call: Call): Promise<Reply> {
        const orderId = orderOf(call);
        unanswered.add(orderId);
        const reply = await real(call);
        for (let heldMs = 0; reply.status === 200 && !told.has(orderId) && heldMs < LONGEST_HOLD_MS; heldMs += LOOK_MS) await wait(LOOK_MS);
        if (reply.status === 200) await wait(ANSWER_HELD_MS);
        unanswered.delete(orderId);
        return reply;
      }
    },
  },
  'event-doubled': {
    meaning: 'A completion is told twice, the second time under a new id.',
    breaks: ['events.no-doubles'],
    plant: () => ({
      tell: (delivery) => (delivery['detail-type'] === 'FulfillmentCompleted' ? [delivery, { ...delivery, detail: { ...delivery.detail, eventId: uuid7(Date.now()) } }] : [delivery]),
    }),
  },
  'wrong-sequence': {
    meaning: 'A completion has the number of the event that would come after it.',
    breaks: ['events.sequence'],
    plant: () => ({
      tell: (delivery) => (delivery['detail-type'] === 'FulfillmentCompleted' ? [numbered(delivery, delivery.detail.metadata.sequence + 1)] : [delivery]),
    }),
  },
  'foreign-id-visible': {
    meaning: "Whoever knows the id of another client's fulfillment can read it.",
    breaks: ['isolation.read'],
    plant: ({ real, owner }) => ({
      async call(call) {
        const reply = await real(call);
        return call.method === 'GET' && ONE.test(call.path) && reply.status === 404 ? real(await as(owner, call)) : reply;
      },
    }),
  },
  'late-work-done': {
    meaning: 'The deadline is not looked at: what is late is done all the same.',
    breaks: ['deadline.past', 'deadline.late-work'],
    plant: ({ real, owner }) => ({
      async call(call) {
        const { notAfter, ...request } = isRequest(call) && call.body.includes('"notAfter"') ? JSON.parse(call.body) : ({} as any);
        if (notAfter === undefined || (request.startAt !== undefined && request.startAt >= notAfter)) return real(call);
        const reply = await real({ ...call, body: JSON.stringify(request) });
        if (ok(reply)) void releaseAt(Date.parse(notAfter), JSON.parse(reply.body).fulfillmentId);
        return reply;
        async function releaseAt(timeMs: number, fulfillmentId: string): Promise<void> {
          await wait(Math.max(0, timeMs - Date.now()));
          await real(await as(owner, { method: 'POST', path: `/v1/fulfillments/${fulfillmentId}/release`, headers: { 'content-type': 'application/json', 'x-correlation-id': call.headers['x-correlation-id'] ?? '' }, body: '{}' })).catch(() => undefined);
        }
      },
    }),
  },
  'cancelled-then-completed': {
    meaning: 'A fulfillment that was cancelled while it was scheduled is carried out all the same when its start comes.',
    breaks: ['cancel.stays-cancelled', 'events.one-ending'],
    plant({ real, tell }) {
      const startsAtMs = new Map<string, number>();
      const carriedOut = new Set<string>();
      const isDone = (fulfillmentId: string): boolean => (startsAtMs.get(fulfillmentId) ?? Number.POSITIVE_INFINITY) < Date.now();
      const SOON_MS = 10_000;
      return {
        async call(call) {
          const reply = await real(call);
          if (!ok(reply)) return reply;
          const shown = JSON.parse(reply.body);
          if (isRequest(call) && shown.startAt !== undefined && Date.parse(shown.startAt) - Date.now() < SOON_MS) startsAtMs.set(shown.fulfillmentId, Date.parse(shown.startAt));
          return shown.status === 'cancelled' && isDone(shown.fulfillmentId) ? { ...reply, body: JSON.stringify(completed(shown)) } : reply;
        },
        tell(delivery) {
          const { fulfillmentId } = delivery.detail.data;
          const startMs = startsAtMs.get(fulfillmentId);
          // Once, though the bus may deliver the cancellation twice.
          if (delivery['detail-type'] === 'FulfillmentCancelled' && startMs !== undefined && !carriedOut.has(fulfillmentId)) {
            carriedOut.add(fulfillmentId);
            setTimeout(() => tell(completion(delivery)), Math.max(0, startMs - Date.now())).unref();
          }
          return [delivery];
        },
      };
    },
  },
  'partial-as-complete': {
    meaning: 'A fulfillment of which some lines failed is shown and told as completed.',
    breaks: ['outcome.partial', 'events.completion-true', 'list.status'],
    plant: ({ real }) => ({
      async call(call) {
        const reply = await real(call);
        return { ...reply, body: reply.body.replaceAll('"status":"partial"', '"status":"completed"') };
      },
      tell: (delivery) => [{ ...delivery, detail: { ...delivery.detail, data: { ...delivery.detail.data, ...(delivery.detail.data.status === 'partial' && { status: 'completed' }) } } }],
    }),
  },
  'unsigned-accepted': {
    meaning: 'A request with neither a token nor a signature is taken for one of the first client.',
    breaks: ['authentication.required'],
    plant: ({ real, owner }) => ({
      call: async (call) => real(call.headers['authorization'] === undefined && call.headers['signature'] === undefined ? await as(owner, call) : call),
    }),
  },
  'nonce-replayed': {
    meaning: 'A signed request is accepted again with its nonce.',
    breaks: ['signature.replayed'],
    plant({ real, owner }) {
      const seen = new Set<string>();
      return {
        async call(call) {
          const nonce = /;nonce="([^"]+)"/.exec(call.headers['signature-input'] ?? '')?.[1];
          const reply = await real(call);
          if (nonce === undefined) return reply;
          const again = seen.has(nonce);
          if (reply.status !== 401) seen.add(nonce);
          return again && reply.status === 401 ? real(await as(owner, call)) : reply;
        },
      };
    },
  },
  'wrong-line-revoked': {
    meaning: 'When some lines are to be taken back, others of the fulfillment are.',
    breaks: ['revoke.one-line', 'revoke.not-fulfilled'],
    plant: ({ real, owner }) => ({
      async call(call) {
        const id = /^\/v1\/fulfillments\/([^/]+)\/revoke$/.exec(call.path)?.[1];
        const wanted: string[] | undefined = id === undefined ? undefined : JSON.parse(call.body).lines;
        if (id === undefined || wanted === undefined) return real(call);
        const found = await real(await as(owner, { method: 'GET', path: `/v1/fulfillments/${id}`, headers: {}, body: '' }));
        const all: string[] = ok(found) ? JSON.parse(found.body).lines.map(({ lineId }: { lineId: string }) => lineId) : [];
        const others = all.filter((lineId) => !wanted.includes(lineId));
        if (others.length === 0 || wanted.some((lineId) => !all.includes(lineId))) return real(call);
        return real({ ...call, body: JSON.stringify({ ...JSON.parse(call.body), lines: others.slice(0, wanted.length) }) });
      },
    }),
  },
  'completion-quantity': {
    meaning: 'A completion tells another quantity than was asked for.',
    breaks: ['events.lines'],
    plant: () => ({ tell: (delivery) => [withLines(delivery, isCompletion, (line) => ({ ...line, quantity: line.quantity + 1 }))] }),
  },
  'completion-product': {
    meaning: 'A completion names another product than was asked for.',
    breaks: ['events.lines'],
    plant: () => ({ tell: (delivery) => [withLines(delivery, isCompletion, (line) => ({ ...line, sku: `${line.sku}-OTHER` }))] }),
  },
  'completion-line-id': {
    meaning: 'A completion numbers the lines anew.',
    breaks: ['events.lines', 'events.agree-with-reads'],
    plant: () => ({ tell: (delivery) => [withLines(delivery, isCompletion, (line) => ({ ...line, lineId: `line-${line.lineId}` }))] }),
  },
  'read-quantity': {
    meaning: 'Whoever reads, lists or looks up sees another quantity than was asked for.',
    breaks: ['read.as-asked'],
    plant: ({ real }) => ({
      async call(call) {
        const reply = await real(call);
        const isRead = call.method === 'GET' || call.path === LOOKUP;
        return isRead ? { ...reply, body: reply.body.replaceAll(/"quantity":(\d+)/g, (_, quantity) => `"quantity":${Number(quantity) + 1}`) } : reply;
      },
    }),
  },
  'failure-without-reason': {
    meaning: 'Events do not say why a line failed.',
    breaks: ['events.reasons'],
    plant: () => ({ tell: (delivery) => [withLines(delivery, () => true, ({ reason, ...line }) => ({ ...line, ...(line.status !== 'failed' && reason && { reason }) }))] }),
  },
  'correlation-lost': {
    meaning: 'Events have correlation ids of their own.',
    breaks: ['events.correlation'],
    plant: () => ({ tell: (delivery) => [{ ...delivery, detail: { ...delivery.detail, correlationId: uuid7(Date.now()) } }] }),
  },
  'cancellation-untold': {
    meaning: 'Nobody is told of a cancellation.',
    breaks: ['events.stay-cancelled', 'events.each-settled', 'events.sequence'],
    plant: () => ({ tell: (delivery) => (delivery['detail-type'] === 'FulfillmentCancelled' ? [] : [delivery]) }),
  },
  'settled-before-ignored': {
    meaning: 'A list passes over settledBefore.',
    breaks: ['list.settled-before'],
    plant: ({ real }) => ({ call: (call) => real(without(call, 'settledBefore')) }),
  },
  'status-ignored': {
    meaning: 'A list passes over status.',
    breaks: ['list.status'],
    plant: ({ real }) => ({ call: (call) => real(without(call, 'status')) }),
  },
  'newest-first': {
    meaning: 'What was not acknowledged is listed from the newest on.',
    breaks: ['acknowledge.oldest-first'],
    plant: ({ real }) => ({
      async call(call) {
        const reply = await real(call);
        if (call.method !== 'GET' || !call.path.includes('acknowledged=false') || !ok(reply)) return reply;
        const page = JSON.parse(reply.body);
        return { ...reply, body: JSON.stringify({ ...page, items: page.items.toReversed() }) };
      },
    }),
  },
  'lookup-of-completed': {
    meaning: 'A bulk question shows only what is completed.',
    breaks: ['lookup.every-state'],
    plant: ({ real }) => ({
      async call(call) {
        const reply = await real(call);
        if (call.path !== LOOKUP || !ok(reply)) return reply;
        const isShown = ({ status }: { status: string }): boolean => status === 'completed' || status === 'partial';
        const items = JSON.parse(reply.body).items.map((item: any) => ({ ...item, fulfillments: item.fulfillments.filter(isShown) }));
        return { ...reply, body: JSON.stringify({ items }) };
      },
    }),
  },
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof FAULTS;

/** The delivery with other lines, in `lines` or `line`, when its type is meant. */
function withLines(delivery: Delivery, isMeant: (type: string) => boolean, change: (line: any) => object): Delivery {
  const { data } = delivery.detail;
  if (!isMeant(delivery['detail-type'])) return delivery;
  return { ...delivery, detail: { ...delivery.detail, data: { ...data, ...(data.lines && { lines: data.lines.map(change) }), ...(data.line && { line: change(data.line) }) } } };
}

function isCompletion(type: string): boolean {
  return type === 'FulfillmentCompleted';
}

/** The call without one member of its query. */
function without(call: Call, name: string): Call {
  const [path = '', query] = call.path.split('?');
  const kept = query?.split('&').filter((member) => !member.startsWith(`${name}=`)).join('&');
  return { ...call, path: kept === undefined ? path : `${path}?${kept}` };
}

function numbered(delivery: Delivery, sequence: number): Delivery {
  return { ...delivery, detail: { ...delivery.detail, metadata: { ...delivery.detail.metadata, sequence } } };
}

function completed(shown: any): object {
  const { reason: _reason, ...rest } = shown;
  return { ...rest, status: 'completed', version: shown.version + 1, lines: shown.lines.map(({ reason: _lineReason, ...line }: any) => ({ ...line, status: 'fulfilled' })) };
}

/** The completion that a cancelled fulfillment is told with after its cancellation. */
function completion(cancelled: Delivery): Delivery {
  const { reason: _reason, ...data } = cancelled.detail.data;
  const lines = data.lines.map(({ reason: _lineReason, ...line }: any) => ({ ...line, status: 'fulfilled' }));
  const { metadata } = cancelled.detail;
  const detail = { ...cancelled.detail, eventId: uuid7(Date.now()), eventType: 'FulfillmentCompleted', data: { ...data, status: 'completed', lines }, metadata: { ...metadata, sequence: metadata.sequence + 1 } };
  return { ...cancelled, 'detail-type': 'FulfillmentCompleted', detail };
}

function orderOf({ body }: Call): string {
  try {
    return String(JSON.parse(body).orderId);
  } catch {
    return '';
  }
}

function json(status: number, body: object): Reply {
  return { status, headers: { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' }, body: JSON.stringify(body) };
}

export interface BrokenOf {
  readonly url: string;
  /** In the place of a rule on the bus: a queue that gets what the broken service tells of these clients. */
  readonly subscribe: (clientIds: readonly string[]) => Promise<OwnQueue>;
  close(): Promise<void>;
}

export interface BrokenOfOptions {
  /** The real service. */
  readonly url: string;
  readonly aws: AwsPlace;
  readonly bus: string;
  readonly owner: Credential;
}

/** `name` undefined: no fault, everything is handed on. */
export async function startBrokenOf(name: FaultName | undefined, { url, aws, bus, owner }: BrokenOfOptions): Promise<BrokenOf> {
  let tell: Ground['tell'] = () => undefined;
  const ground: Ground = { real: (call) => forward(url, call), owner, tell: (delivery) => tell(delivery) };
  const planted: Planted = name === undefined ? {} : FAULTS[name].plant(ground);
  const proxy = await startProxy(planted.call ?? ground.real);
  return {
    url: proxy.url, close: proxy.close,
    async subscribe(clientIds) {
      const [from, to] = [await subscribe(aws, bus, clientIds), await makeQueue(aws, `conformance-${randomUUID()}`)];
      const outlet = queueOutlet(aws, to.queueUrl);
      tell = (delivery) => void outlet.raw?.(JSON.stringify(delivery));
      const listening = listen(aws, from.queueUrl, ({ body }) => {
        const delivery = JSON.parse(body) as Delivery;
        for (const one of planted.tell?.(delivery) ?? [delivery]) tell(one);
      });
      return {
        queueUrl: to.queueUrl,
        async remove() {
          await listening.stop();
          tell = () => undefined;
          await Promise.all([from.remove(), to.remove()]);
          outlet.close();
        },
      };
    },
  };
}
