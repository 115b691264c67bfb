/** Counts every answer of a described route by its route, and how long it took. */
import type { FastifyInstance } from 'fastify';

export interface RequestFigures {
  /** `route` is the pattern (`/orders/:orderId`), `none` for an address that matches none. */
  readonly answered: (told: { readonly method: string; readonly route: string; readonly status: number; readonly seconds: number }) => void;
}

export function addRequestFigures(app: FastifyInstance, { answered }: RequestFigures): void {
  app.addHook('onResponse', (request, reply, done) => {
    // Of an address that is not there even the method is whatever the client made up.
    const isKnown = !request.is404;
    answered({ method: isKnown ? request.method : 'none', route: isKnown ? (request.routeOptions.url ?? 'none') : 'none', status: reply.statusCode, seconds: reply.elapsedTime / 1_000 });
    done();
  });
}
