/**
 * The door for webhooks of payment providers over HTTP: public, opened by the signature of the provider over the raw bytes.
 *
 * Promise: nothing is parsed before the signature was judged; 2xx only when what is told is durable, or is known already, or is of a
 * type that means nothing here, and then it is recorded; an answer within five seconds, of those too. Refuses: a wrong, missing, doubled or stale
 * signature (401, without saying which but in development), what is signed and no webhook (400, and noted), and more at once than it can hold (429).
 */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { HttpApp } from '@commerce/service-kit/http-server';
import type { Faults } from '@commerce/service-kit/ports';
import { baseProblems, Problem, retryAfter } from '@commerce/service-kit/problems';
import type { ProblemDefinition } from '@commerce/service-kit/problems';
import { JsonRefused, parseStrictJson } from '@commerce/service-kit/strict-json';
import { addWebhookDoor, WEBHOOK_ROUTE } from '@commerce/service-kit/webhook-door';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { WithinLimit } from './answer-limit.ts';
import type { Sent } from './client.ts';
import { answerOf, isUpdateError } from './errors.ts';
import { outcomeName } from './figures.ts';
import type { WebhookOutcome } from './figures.ts';
import type { UpdateError } from './errors.ts';
import { ingestProblems } from './problems.ts';
import type { Processor, WebhookContext } from './processor.ts';
import type { WebhookProvider } from './provider.ts';
import { standardDisputeForm, standardOrderForm } from './providers/standard.ts';
import type { Note, WriteNote } from './unknown-events.pg.ts';
import type { Read } from './webhook.ts';

export interface Door {
  readonly providers: ReadonlyMap<string, WebhookProvider>;
  /** In development: which part of a signature is wrong. Without it nobody is told. */
  readonly signatureFault?: ((provider: string, headers: IncomingHttpHeaders, body: Buffer) => string | undefined) | undefined;
  /** The one of a path that names none. */
  readonly defaultProvider: string;
  readonly processor: Processor;
  /** Of what is signed and cannot be used. */
  readonly note: WriteNote;
  /** Of what is not the processor's. */
  readonly within: WithinLimit;
  /** Is told of every answer that is no fault of the provider. */
  readonly answered: (outcome: WebhookOutcome) => void;
  readonly nowMs: () => number;
  /** Webhooks in hand at once. */
  readonly maxInHand: number;
  /** Points where a test may end the process: `ingest.taken`, when an update is durable and its webhook is not answered. */
  readonly faults?: Pick<Faults, 'hit'>;
}

const RETRY_AFTER_MS = 1_000;
const STATUS = { accepted: 'accepted', stale: 'stale', ErrConflict: 'duplicate' } as const;
const PROBLEMS: Readonly<Record<number, ProblemDefinition>> = {
  404: ingestProblems.payment_order_unknown, 422: ingestProblems.payment_transition_illegal, 502: ingestProblems.updates_unavailable, 504: ingestProblems.updates_too_slow,
};

const answerView = z.strictObject({
  status: z.enum(['accepted', 'duplicate', 'stale', 'ignored']).describe('accepted: taken; duplicate: taken before; stale: something newer was known; ignored: of a type that means nothing here, recorded.'),
});
type Answer = z.infer<typeof answerView>;
const named = { params: z.strictObject({ provider: z.string() }), body: z.record(z.string(), z.unknown()).describe('As the provider words it.') };

/** Adds the four routes. */
export function addWebhookRoutes(app: HttpApp, door: Door): void {
  const inHand = { count: 0 };
  const { headers = [] } = door.providers.get(door.defaultProvider) ?? {};
  const shared = { scope: 'public', problems: [...Object.values(ingestProblems), baseProblems.overloaded] };
  const response = { 200: answerView, 202: answerView };
  const tags = ['webhooks'];
  const description = 'Signed as Standard Webhooks says, or as the provider does that the installation has as its default; no token.';
  const theirs = 'Signed as the provider of the path does; no token. A provider that is not configured has no path.';

  addWebhookDoor(app, (scope) => {
    const { bodyLimit } = WEBHOOK_ROUTE;
    scope.post('/webhooks/payments/orders', {
      bodyLimit, config: { ...shared, headers }, schema: { operationId: 'tellOfPayment', summary: 'Webhook of a payment provider', description, tags, body: standardOrderForm, response },
    }, takeOrder);
    scope.post('/webhooks/payments/orders/:provider', {
      bodyLimit, config: shared, schema: { operationId: 'tellOfPaymentAs', summary: 'Webhook of a named payment provider', description: theirs, tags, ...named, response },
    }, takeOrder);
    scope.post('/webhooks/payments/disputes', {
      bodyLimit, config: { ...shared, headers }, schema: { operationId: 'tellOfDispute', summary: 'Webhook about a dispute', description, tags, body: standardDisputeForm, response },
    }, takeDispute);
    scope.post('/webhooks/payments/disputes/:provider', {
      bodyLimit, config: shared, schema: { operationId: 'tellOfDisputeAs', summary: 'Webhook of a named provider about a dispute', description: theirs, tags, ...named, response },
    }, takeDispute);
  });

  async function takeOrder(request: FastifyRequest, reply: FastifyReply): Promise<Answer> {
    const { provider, body } = open(request, door);
    return take(request, reply, provider, read(body, (known) => provider.readOrderWebhook(known)), (webhook) => door.processor.processOrderWebhook(webhook, contextOf(request)));
  }

  async function takeDispute(request: FastifyRequest, reply: FastifyReply): Promise<Answer> {
    const { provider, body } = open(request, door);
    return take(request, reply, provider, read(body, (known) => provider.readDisputeWebhook(known)), (webhook) => door.processor.processDisputeWebhook(webhook, contextOf(request)));
  }

  async function take<Webhook>(request: FastifyRequest, reply: FastifyReply, { name: provider }: WebhookProvider, read: Read<Webhook>, process: (webhook: Webhook) => Promise<Sent>): Promise<Answer> {
    if (inHand.count >= door.maxInHand) throw new Problem(baseProblems.overloaded, { headers: retryAfter(RETRY_AFTER_MS) });
    inHand.count += 1;
    try {
      const outcome = await (read.kind === 'webhook' ? process(read.webhook).catch(asUpdateError) : noted(noteOf(provider, read, bytesOf(request))));
      if (outcome === 'noted' && read.kind === 'malformed') throw new Problem(ingestProblems.webhook_malformed, { detail: read.detail });
      await door.faults?.hit('ingest.taken');
      door.answered(outcome === 'noted' ? 'ignored' : outcomeName(outcome));
      return outcome === 'noted' ? { status: 'ignored' } : answer(reply, outcome);
    } finally {
      inHand.count -= 1;
    }
  }

  function noted(note: Note): Promise<'noted' | UpdateError> {
    return door.within(async () => door.note(note)).then(() => 'noted' as const, asUpdateError);
  }
}

/** Malformed is what is no JSON, too. */
function read<Webhook>(body: Body, known: (json: unknown) => Read<Webhook>): Read<Webhook> {
  return 'fault' in body ? { kind: 'malformed', detail: body.fault } : known(body.json);
}

function noteOf(provider: string, read: Exclude<Read<unknown>, { kind: 'webhook' }>, bytes: Buffer): Note {
  if (read.kind === 'unknown') return { provider, providerEventId: read.providerEventId, rule: 'unknown_event_type', evidence: { type: read.type } };
  return { provider, providerEventId: read.providerEventId ?? createHash('sha256').update(bytes).digest('hex'), rule: 'malformed_webhook', evidence: { detail: read.detail } };
}

type Body = { readonly json: unknown } | { readonly fault: string };

function bytesOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

/** The provider of the path, and the body that it has signed. Throws a Problem. */
function open(request: FastifyRequest, { providers, defaultProvider, signatureFault, nowMs }: Door): { provider: WebhookProvider; body: Body } {
  const { provider: name = defaultProvider } = (request.params ?? {}) as { provider?: string };
  const provider = providers.get(name);
  if (provider === undefined) throw new Problem(baseProblems.not_found);
  const bytes = bytesOf(request);
  const isOnce = provider.headers.every((header) => request.raw.headersDistinct[header.name]?.length === 1);
  if (!isOnce || !provider.isSigned(request.headers, bytes, nowMs())) throw signatureRefused(signatureFault?.(name, isOnce ? request.headers : {}, bytes));
  try {
    return { provider, body: { json: parseStrictJson(bytes) } };
  } catch (error) {
    if (error instanceof JsonRefused) return { provider, body: { fault: error.message } };
    throw error;
  }
}

function signatureRefused(detail: string | undefined): Problem {
  return new Problem(ingestProblems.webhook_signature_invalid, detail === undefined ? {} : { detail });
}

function contextOf({ correlationId }: FastifyRequest): WebhookContext {
  return { correlationId };
}

function asUpdateError(error: unknown): UpdateError {
  if (isUpdateError(error)) return error;
  throw error;
}

/** The row of the table. Throws the Problem of a refusal. */
function answer(reply: FastifyReply, outcome: Sent | UpdateError): Answer {
  const code = answerOf(outcome);
  const problem = PROBLEMS[code];
  if (problem !== undefined) throw new Problem(problem, { cause: outcome });
  const name = typeof outcome === 'string' ? outcome : outcome.name;
  void reply.code(code);
  return { status: STATUS[name as keyof typeof STATUS] };
}
