/**
 * One span for each request of a described route, from its head to the end of its answer. What the request causes is told that
 * span as its parent: in the place of the header it was sent, for whoever reads `request.traceparent`.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { OpenSpan, Tracing } from './tracing.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** An item of a batch that came with a trace of its own: the traceparent for what follows from it. The same one where nothing is traced. */
    traceOfItem(traceparent: string): string;
    /** Spans that end with the answer. */
    openSpans: OpenSpan[] | undefined;
  }
}

/** To be added behind the request context. Without `tracing` nothing is done for a request. */
export function addRequestTraces(app: FastifyInstance, tracing: Tracing | undefined): void {
  app.decorateRequest('openSpans', undefined);
  app.decorateRequest('traceOfItem', tracing === undefined ? itself : function traceOfItem(this: FastifyRequest, traceparent: string) {
    return begin(tracing, this, traceparent).traceparent;
  });
  if (tracing === undefined) return;
  app.addHook('onRequest', (request, _reply, done) => {
    // Health and metrics are asked all day and cause nothing.
    if (request.is404 || request.routeOptions.schema?.hide === true) return done();
    request.traceparent = begin(tracing, request, request.traceparent).traceparent;
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const attributes = { 'http.request.method': request.method, 'http.route': request.routeOptions.url ?? '', 'http.response.status_code': reply.statusCode, 'commerce.correlation_id': request.correlationId };
    const error = reply.statusCode >= 500 ? String(reply.statusCode) : undefined;
    for (const span of request.openSpans ?? []) span.end({ attributes, error });
    done();
  });
}

function itself(traceparent: string): string {
  return traceparent;
}

function begin(tracing: Tracing, request: FastifyRequest, parent: string | undefined): OpenSpan {
  const span = tracing.begin({ name: `${request.method} ${request.routeOptions.url ?? ''}`, kind: 'server', parent });
  (request.openSpans ??= []).push(span);
  return span;
}
