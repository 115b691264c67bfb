/**
 * The door for webhooks of payment providers over HTTP: public, opened by a signature over the raw bytes.
 * Promise: 202 only after what is told is durable, with what follows from it; told again, 200. Refuses: a wrong, missing or
 * stale signature (401, without saying which), what is no webhook (400), an order that does not exist (404), and what
 * contradicts what is known (422, recorded).
 */
import { createHash } from 'node:crypto';
import { Overloaded } from '@commerce/event-log/micro-batcher';
import type { HttpApp } from '@commerce/service-kit/http-server';
import type { HeaderDescription } from '@commerce/service-kit/openapi';
import { baseProblems, Problem, retryAfter } from '@commerce/service-kit/problems';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { paymentProblems } from './problems.ts';
import { parseUpdate, webhookForm } from './webhook.ts';
import { isSigned } from './webhook-signature.ts';
import type { Taken, TakeWebhook } from './webhooks.pg.ts';

export interface WebhookDoor {
  /** Keys of the secrets that hold now; one or two. */
  readonly keys: readonly Buffer[];
  readonly nowMs: () => number;
  readonly take: TakeWebhook;
}

const BODY_LIMIT_BYTES = 65_536;

const HEADERS: readonly HeaderDescription[] = [
  { name: 'webhook-id', required: true, schema: { type: 'string' }, description: 'Of the message, the same when it is sent again.' },
  { name: 'webhook-timestamp', required: true, schema: { type: 'string', pattern: '^\\d{1,12}$' }, description: 'Unix seconds, not more than five minutes from now.' },
  {
    name: 'webhook-signature', required: true, schema: { type: 'string', pattern: '^v1,' },
    description: 'v1, and the base64 of HMAC-SHA256 over {webhook-id}.{webhook-timestamp}.{raw body}; several are separated by a space.',
  },
];

const answerView = z.strictObject({ status: z.enum(['accepted', 'duplicate']) });

export function addPaymentWebhooks(app: HttpApp, door: WebhookDoor): void {
  // A scope of its own: here a body is bytes until its signature was judged.
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.setValidatorCompiler(() => () => true);
    scope.post('/webhooks/payments/orders', {
      bodyLimit: BODY_LIMIT_BYTES,
      config: { scope: 'public', headers: HEADERS, problems: [...Object.values(paymentProblems), baseProblems.overloaded] },
      schema: {
        operationId: 'tellOfPayment', summary: 'Webhook of a payment provider', description: 'Signed as Standard Webhooks says; no token.', tags: ['webhooks'],
        body: webhookForm, response: { 200: answerView, 202: answerView },
      },
    }, async (request: FastifyRequest, reply: FastifyReply) => {
      const body = signedBody(request, door);
      const update = parseUpdate(body);
      if ('malformed' in update) throw new Problem(paymentProblems.webhook_malformed, { detail: update.malformed });
      const digest = createHash('sha256').update(body).digest();
      const taken = await door.take({ update, digest, correlationId: request.correlationId }).catch(refuse);
      return reply.code(taken === 'accepted' ? 202 : 200).send({ status: statusOf(taken) });
    });
  });
}

/** Throws for what was not taken. */
function statusOf(taken: Taken): 'accepted' | 'duplicate' {
  if (taken === 'unknown_order') throw new Problem(paymentProblems.payment_order_unknown);
  if (taken === 'illegal') throw new Problem(paymentProblems.payment_transition_illegal);
  if (taken === 'reused') throw new Problem(paymentProblems.payment_transition_illegal, { detail: 'This provider_event_id was used for another message.' });
  return taken === 'accepted' ? 'accepted' : 'duplicate';
}

function refuse(error: unknown): never {
  if (error instanceof Overloaded) throw new Problem(baseProblems.overloaded, { headers: retryAfter(error.retryAfterMs) });
  throw error;
}

function signedBody({ headers, body: parsed }: FastifyRequest, { keys, nowMs }: WebhookDoor): Buffer {
  const body = Buffer.isBuffer(parsed) ? parsed : Buffer.alloc(0);
  const message = { id: text(headers['webhook-id']), timestamp: text(headers['webhook-timestamp']), signature: text(headers['webhook-signature']), body };
  if (!isSigned(message, keys, nowMs())) throw new Problem(paymentProblems.webhook_signature_invalid);
  return body;
}

function text(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
