/**
 * A later act on an order is a request of its own, and so a trace of its own. Its span is linked to the trace with which the order began,
 * so that who looks at the one finds the other.
 *
 * Promise: only what is traced is asked for, by one look in an index; a look that fails costs the link, never the request.
 */
import type { HttpApp } from '@commerce/service-kit/http-server';
import type { Pool } from 'pg';
import { firstTraceparent } from './first-trace.pg.ts';

/** For where requests are traced. To be added before the routes. */
export function addOrderLinks(app: HttpApp, pool: Pool): void {
  app.addHook('preHandler', async ({ method, params, openSpans = [], traceparent }) => {
    const { orderId } = (params ?? {}) as { readonly orderId?: unknown };
    if (method === 'GET' || typeof orderId !== 'string' || openSpans.length === 0) return;
    const first = await firstTraceparent(pool, orderId).catch(() => undefined);
    // Who brings the trace of the order along goes on with it.
    if (first === undefined || traceOf(first) === traceOf(traceparent ?? '')) return;
    for (const span of openSpans) span.link(first);
  });
}

function traceOf(traceparent: string): string | undefined {
  return traceparent.split('-')[1];
}
