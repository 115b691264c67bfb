/**
 * The door for the LMS's callbacks: public, opened by a signature over the raw bytes.
 * Promise: 204 only after what it tells is durable; a callback that tells nothing new is taken all the same.
 * Refuses: a wrong, missing or stale signature (401, without saying which), and a signed body that makes no sense (400).
 */
import type { HttpApp } from '@commerce/service-kit/http-server';
import type { HeaderDescription } from '@commerce/service-kit/openapi';
import { Problem, baseProblems } from '@commerce/service-kit/problems';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { problems } from '../problems.ts';
import { callbackMeaning } from './lms.ts';
import type { CallbackMeaning } from './lms.ts';
import { isSigned } from './webhook-signature.ts';

export interface LmsCallbackOptions {
  /** Keys of the secrets that hold now; one or two. */
  readonly keys: readonly Buffer[];
  readonly nowMs: () => number;
  /** Keeps what was told; resolves when it is durable. */
  readonly tell: (told: Extract<CallbackMeaning, { kind: 'answer' }>, correlationId: string) => Promise<void>;
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
  // A scope of its own: here a body is bytes until its signature was judged.
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.setValidatorCompiler(() => () => true);
    scope.post('/v1/callbacks/lms', {
      bodyLimit: BODY_LIMIT_BYTES,
      config: { scope: 'public', headers: HEADERS, problems: [problems.callback_signature_invalid] },
      schema: {
        operationId: 'tellOfEnrolment', summary: 'Callback of the LMS', description: 'Signed as Standard Webhooks says; no token.', tags: ['callbacks'],
        body: callbackForm, response: { 204: z.null() },
      },
    }, async (request: FastifyRequest, reply: FastifyReply) => {
      const meaning = callbackMeaning(signedBody(request, options));
      if (meaning.kind === 'malformed') throw new Problem(baseProblems.malformed_json, { detail: 'The callback is not in the form that was agreed.' });
      if (meaning.kind === 'answer') await options.tell(meaning, request.correlationId);
      return reply.code(204).send();
    });
  });
}

function signedBody(request: FastifyRequest, { keys, nowMs }: LmsCallbackOptions): string {
  const { headers } = request;
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const message = { id: text(headers['webhook-id']), timestamp: text(headers['webhook-timestamp']), signature: text(headers['webhook-signature']), body };
  if (!isSigned(message, keys, nowMs())) throw new Problem(problems.callback_signature_invalid);
  return body.toString('utf8');
}

function text(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
