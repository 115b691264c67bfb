/** One line per finished request: debug when it succeeded, so that hot paths write nothing at the usual level. */
import type { FastifyInstance } from 'fastify';

export function addRequestLog(app: FastifyInstance): void {
  app.addHook('onResponse', (request, reply, done) => {
    request.log[reply.statusCode < 400 ? 'debug' : 'info'](
      {
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        correlationId: request.correlationId,
      },
      'request finished',
    );
    done();
  });
}
