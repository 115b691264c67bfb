/**
 * The door for the LMS's callbacks: public, opened by a signature over the raw bytes.
 * Promise: 204 only after what it tells is durable; a callback that tells nothing new is taken all the same.
 * Refuses: a wrong, missing or stale signature (401, without saying which), and a signed body that makes no sense (400).
 */
import type { HttpApp } from '@commerce/service-kit/http-server';
import { Problem, baseProblems } from '@commerce/service-kit/problems';
import { addWebhookDoor, signedBody, WEBHOOK_HEADERS, WEBHOOK_ROUTE } from '@commerce/service-kit/webhook-door';
import type { WebhookKeys } from '@commerce/service-kit/webhook-door';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { problems } from '../problems.ts';
import { callbackMeaning } from './lms.ts';
import type { CallbackMeaning } from './lms.ts';

export interface LmsCallbackOptions extends WebhookKeys {
  /** Keeps what was told; resolves when it is durable. */
  readonly tell: (told: Extract<CallbackMeaning, { kind: 'answer' }>, correlationId: string) => Promise<void>;
}

/** For the description alone: what is judged is the signature over the bytes, and then `callbackMeaning`. More fields may come. */
const open = { additionalProperties: true };
const callbackForm = z.strictObject({
  type: z.string().describe('enrollment.activated; of any other type nothing follows.'),
  data: z.strictObject({
    reference: z.string().describe('The reference of the enrolment.'),
    order_id: z.string().describe('The attribute order_id of the enrolment.'),
    is_active: z.boolean(),
  }).meta(open),
}).meta(open);

export function addLmsCallback(app: HttpApp, options: LmsCallbackOptions): void {
  addWebhookDoor(app, (scope) => scope.post('/v1/callbacks/lms', {
    bodyLimit: WEBHOOK_ROUTE.bodyLimit,
    config: { scope: 'public', headers: WEBHOOK_HEADERS, problems: [problems.callback_signature_invalid] },
    schema: {
      operationId: 'tellOfEnrolment', summary: 'Callback of the LMS', description: WEBHOOK_ROUTE.description, tags: ['callbacks'],
      body: callbackForm, response: { 204: z.null() },
    },
  }, async (request: FastifyRequest, reply: FastifyReply) => {
    const body = signedBody(request, options);
    if (body === undefined) throw new Problem(problems.callback_signature_invalid);
    const meaning = callbackMeaning(body.toString('utf8'));
    if (meaning.kind === 'malformed') throw new Problem(baseProblems.malformed_json, { detail: 'The callback is not in the form that was agreed.' });
    if (meaning.kind === 'answer') await options.tell(meaning, request.correlationId);
    return reply.code(204).send();
  }));
}
