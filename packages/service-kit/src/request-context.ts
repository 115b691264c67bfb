/**
 * What every request carries beside its body: ids that join it to its log lines, its events and its callers.
 * Promise: ids from outside are taken only when they are harmless; a correlation id is always a UUID.
 */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Authenticated, Caller } from './auth.ts';
import type { MakeUuid } from './ports.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The id of the business process: `X-Correlation-Id` when it is a UUID, else the request's own id or a new one. */
    correlationId: string;
    /** The event of the caller that made this request: `X-Causation-Id`, when it is a UUID. */
    causationId: string | undefined;
    /** `X-Session-Id`, when it is harmless. */
    sessionId: string | undefined;
    /** The W3C trace context, when it is well formed. */
    traceparent: string | undefined;
    /** Who is calling. Reading it on a public route is a bug and throws. */
    readonly caller: Caller;
    /** Set by the guard. */
    verifiedCaller: Caller | undefined;
    /** Set by the guard, taken by whoever shows it the body. */
    judgeBody: Authenticated['judgeBody'];
  }
  interface FastifyContextConfig {
    /** The scope a caller needs, or `public`. A route without it stops the start. */
    scope: string;
  }
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const HARMLESS_ID = /^[\w.:-]{1,128}$/;
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Makes request ids: `X-Request-Id` when it is harmless, else a new UUID. */
export function requestIdMaker(uuid: MakeUuid): (request: Pick<IncomingMessage, 'headers'>) => string {
  return ({ headers }) => headerThat(HARMLESS_ID, headers['x-request-id']) ?? uuid();
}

/** Decorates requests and echoes `x-request-id` and `x-correlation-id` on every answer. */
export function addRequestContext(app: FastifyInstance, uuid: MakeUuid): void {
  app.decorateRequest('correlationId', '');
  app.decorateRequest('causationId', undefined);
  app.decorateRequest('sessionId', undefined);
  app.decorateRequest('traceparent', undefined);
  app.decorateRequest('verifiedCaller', undefined);
  app.decorateRequest('judgeBody', undefined);
  app.decorateRequest('caller', {
    getter(): Caller {
      if (this.verifiedCaller === undefined) throw new Error('This route is public: it has no caller.');
      return this.verifiedCaller;
    },
  });
  app.addHook('onRequest', (request, reply, done) => {
    const { headers } = request;
    const given = headerThat(UUID, headers['x-correlation-id'])?.toLowerCase();
    request.correlationId = given ?? headerThat(UUID, request.id)?.toLowerCase() ?? uuid();
    request.causationId = headerThat(UUID, headers['x-causation-id'])?.toLowerCase();
    request.sessionId = headerThat(HARMLESS_ID, headers['x-session-id']);
    request.traceparent = headerThat(TRACEPARENT, headers['traceparent']);
    reply.header('x-request-id', request.id).header('x-correlation-id', request.correlationId);
    done();
  });
}

function headerThat(matches: RegExp, value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && matches.test(value) ? value : undefined;
}
