/** `GET /api/calls`: what was asked of other services about a subject, and what they answered, as far as it is kept. */
import { pageLimit } from '@commerce/service-kit/cursors';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import type { Pool } from 'pg';
import { z } from 'zod';
import { cursor, pageOf, pageProblems } from '../requests.http.ts';
import { KEPT_DAYS, readCalls } from './calls.pg.ts';
import type { StoredCall } from './calls.pg.ts';

const query = z.strictObject({ subject: z.string().min(1).max(200).meta({ description: 'What they were about: an order id.' }), limit: pageLimit, cursor });
const headers = z.record(z.string(), z.string());
const body = z.string().nullable().meta({ description: 'JSON text with the fields that are kept; of the others … stands in it. At most some 4,000 characters.' });

const callView = z.strictObject({
  callId: z.string(), eventId: z.string().meta({ description: 'The event that the handler ran for.' }), handler: z.string().meta({ example: 'fulfillment.request' }), attempt: z.int(),
  service: z.string().meta({ example: 'order-fulfillment' }), method: z.string(), path: z.string(),
  status: z.int().nullable().meta({ description: 'Null when there was no answer.' }), error: z.string().nullable(),
  tookMs: z.number(), calledAt: z.iso.datetime(),
  requestHeaders: headers.meta({ description: 'Those that hold no secret.' }), requestBody: body, answerHeaders: headers, answerBody: body,
}).meta({ title: 'ServiceCall' });

const listView = z.strictObject({ items: z.array(callView), nextCursor: z.string().nullable() }).meta({ title: 'ServiceCalls' });

export function addCallsRoute(app: HttpApp, { pool, cursors }: { readonly pool: Pool; readonly cursors: Cursors }): void {
  app.get('/api/calls', {
    config: { scope: 'events:read', problems: [pageProblems.invalid_cursor] },
    schema: {
      operationId: 'listServiceCalls', summary: 'List calls to other services about a subject, the oldest first', tags: ['monitoring'], querystring: query, response: { 200: listView },
      description: `What effects of handlers asked of Order Fulfillment and of payment providers. Kept for ${KEPT_DAYS} days, and not all of them when there are many in a second: of those that went well and of those that failed 25 each, in each process.`,
    },
  }, async (request) => {
    const { subject } = request.query;
    const page = await pageOf(cursors, JSON.stringify(['calls', subject]), request.query, ({ callId }: StoredCall) => callId, (after, count) => readCalls(pool, subject, after ?? '0', count));
    return { items: page.items.map(({ subject: _subject, ...call }) => ({ ...call, requestHeaders: { ...call.requestHeaders }, answerHeaders: { ...call.answerHeaders } })), nextCursor: page.nextCursor };
  });
}
