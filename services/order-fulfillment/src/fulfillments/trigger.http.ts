/** What the events of a request carry of it. */
import type { Trigger } from '@commerce/event-log/event';
import type { FastifyRequest } from 'fastify';

const MAX_USER_CHARS = 200;

/** An item of a batch may bring its own flow. */
export interface OwnFlow {
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
  readonly traceparent?: string | undefined;
}

export function triggerOf(request: FastifyRequest, item: OwnFlow = {}): Trigger {
  const { caller, correlationId, causationId, sessionId, traceparent } = request;
  const trace = item.traceparent === undefined ? traceparent : request.traceOfItem(item.traceparent);
  return {
    correlationId: item.correlationId?.toLowerCase() ?? correlationId,
    causationId: item.causationId?.toLowerCase() ?? causationId ?? null,
    metadata: {
      userId: caller.subject.slice(0, MAX_USER_CHARS).toWellFormed(),
      ...(sessionId !== undefined && { sessionId }),
      ...(trace !== undefined && { traceparent: trace }),
    },
  };
}
