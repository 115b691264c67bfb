/**
 * A bound on the time between the start of a request and its answer, kept by one timer for all requests: a timer and an
 * abort controller for each, as the framework has them, cost a tenth of the CPU of a small request.
 * Promise: a request is answered between `timeoutMs` and 1.25 × `timeoutMs`: with 503, or with 408 and the end of its connection when it
 * has not arrived whole by then. What its handler comes to later is ignored.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from './ports.ts';
import { sendProblem } from './problem-answers.ts';
import { Problem, baseProblems, retryAfter } from './problems.ts';

const RETRY_AFTER_MS = 2_000;

export function addHandlerTimeout(app: FastifyInstance, timeoutMs: number, clock: Clock): void {
  /** In the order of their start, so that a look stops at the first one that still has time. */
  const open = new Map<FastifyRequest, { readonly reply: FastifyReply; readonly startedAtMs: number }>();
  app.addHook('onRequest', (request, reply, done) => {
    open.set(request, { reply, startedAtMs: clock.monotonicMs() });
    // An answer that is never finished, because its client went away, must not be kept.
    reply.raw.once('close', () => open.delete(request));
    done();
  });
  const timer = setInterval(() => {
    const lateBeforeMs = clock.monotonicMs() - timeoutMs;
    for (const [request, { reply, startedAtMs }] of open) {
      if (startedAtMs > lateBeforeMs) break;
      open.delete(request);
      if (reply.sent) continue;
      const late = request.raw.complete === false ? new Problem(baseProblems.request_timeout, { headers: { connection: 'close' } }) : new Problem(baseProblems.timed_out, { headers: retryAfter(RETRY_AFTER_MS) });
      sendProblem(late, request, reply);
    }
  }, Math.max(1, timeoutMs / 4));
  timer.unref();
  app.addHook('onClose', (_app, done) => {
    clearInterval(timer);
    done();
  });
}
