/**
 * A door for webhooks: public, opened by the signature of Standard Webhooks over the raw bytes.
 * Promise: `signedBody` gives the bytes as they were sent, and only when they were signed. What they mean, and what is refused in
 * which words, the route says.
 */
import type { FastifyRequest } from 'fastify';
import type { HttpApp } from './http-server.ts';
import type { HeaderDescription } from './openapi.ts';
import { isSigned } from './webhook-signature.ts';

/** Whose signature opens it. */
export interface WebhookKeys {
  /** Keys of the secrets that hold now; one or two. */
  readonly keys: readonly Buffer[];
  readonly nowMs: () => number;
}

/** Of every route behind such a door. */
export const WEBHOOK_ROUTE = { bodyLimit: 65_536, description: 'Signed as Standard Webhooks says; no token.' };

export const WEBHOOK_HEADERS: readonly HeaderDescription[] = [
  { name: 'webhook-id', required: true, schema: { type: 'string' }, description: 'Of the message, the same when it is sent again.' },
  { name: 'webhook-timestamp', required: true, schema: { type: 'string', pattern: '^\\d{1,12}$' }, description: 'Unix seconds, not more than five minutes from now.' },
  {
    name: 'webhook-signature', required: true, schema: { type: 'string', pattern: '^v1,' },
    description: 'v1, and the base64 of HMAC-SHA256 over {webhook-id}.{webhook-timestamp}.{raw body}; several are separated by a space.',
  },
];

/** Adds routes in a scope of their own: there a body is bytes until its signature was judged. Their body schema is for the description alone. */
export function addWebhookDoor(app: HttpApp, addRoutes: (scope: HttpApp) => void): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.setValidatorCompiler(() => () => true);
    addRoutes(scope);
  });
}

/** The raw body; undefined when the signature is wrong, missing or stale. */
export function signedBody({ headers, body: parsed }: FastifyRequest, { keys, nowMs }: WebhookKeys): Buffer | undefined {
  const body = Buffer.isBuffer(parsed) ? parsed : Buffer.alloc(0);
  const message = { id: text(headers['webhook-id']), timestamp: text(headers['webhook-timestamp']), signature: text(headers['webhook-signature']), body };
  return isSigned(message, keys, nowMs()) ? body : undefined;
}

function text(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
