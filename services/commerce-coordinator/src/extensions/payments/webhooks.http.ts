/**
 * The door for webhooks of payment providers over HTTP: public, opened by a signature over the raw bytes.
 * Promise: 202 only after what is told is durable, with what follows from it; told again, 200. Refuses: a wrong, missing or
 * stale signature (401, without saying which), what is no webhook (400), an order that does not exist (404), and what
 * contradicts what is known (422, recorded).
 */
import { createHash } from 'node:crypto';
import { Overloaded } from '@commerce/event-log/micro-batcher';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { baseProblems, Problem, retryAfter } from '@commerce/service-kit/problems';
import { addWebhookDoor, signedBody, WEBHOOK_HEADERS, WEBHOOK_ROUTE } from '@commerce/service-kit/webhook-door';
import type { WebhookKeys } from '@commerce/service-kit/webhook-door';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { paymentProblems } from './problems.ts';
import { parseUpdate, webhookForm } from './webhook.ts';
import type { Taken, TakeWebhook } from './webhooks.pg.ts';

export interface WebhookDoor extends WebhookKeys {
  readonly take: TakeWebhook;
}

const answerView = z.strictObject({ status: z.enum(['accepted', 'duplicate']) });

export function addPaymentWebhooks(app: HttpApp, door: WebhookDoor): void {
  addWebhookDoor(app, (scope) => scope.post('/webhooks/payments/orders', {
    bodyLimit: WEBHOOK_ROUTE.bodyLimit,
    config: { scope: 'public', headers: WEBHOOK_HEADERS, problems: [...Object.values(paymentProblems), baseProblems.overloaded] },
    schema: {
      operationId: 'tellOfPayment', summary: 'Webhook of a payment provider', description: WEBHOOK_ROUTE.description, tags: ['webhooks'],
      body: webhookForm, response: { 200: answerView, 202: answerView },
    },
  }, async (request: FastifyRequest, reply: FastifyReply) => {
    const body = signedBody(request, door);
    if (body === undefined) throw new Problem(paymentProblems.webhook_signature_invalid);
    const update = parseUpdate(body);
    if ('malformed' in update) throw new Problem(paymentProblems.webhook_malformed, { detail: update.malformed });
    const digest = createHash('sha256').update(body).digest();
    const taken = await door.take({ update, digest, correlationId: request.correlationId }).catch(refuse);
    return reply.code(taken === 'accepted' ? 202 : 200).send({ status: statusOf(taken) });
  }));
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
