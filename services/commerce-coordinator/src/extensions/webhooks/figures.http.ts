/**
 * `GET /api/webhooks/figures`: how webhooks fare, many in one call: what came of the last deliveries, what waits, what was given up.
 * Promise: who may not see a webhook does not learn of it, nor whether it is there. It counts no further than 10,000.
 */
import type { HttpApp } from '@commerce/service-kit/http-server';
import type { Pool } from 'pg';
import { z } from 'zod';
import { ownerOf } from './asking.http.ts';
import { LAST_DELIVERIES, MOST_COUNTED, readFigures } from './figures.pg.ts';

const MOST_IDS = 100;
const UUID = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';
const IDS = new RegExp(`^${UUID}(?:,${UUID}){0,${MOST_IDS - 1}}$`);

const time = z.iso.datetime();
const counted = z.int().min(0).max(MOST_COUNTED);
const query = z.strictObject({
  ids: z.string().max(MOST_IDS * 37).regex(IDS, `must be up to ${MOST_IDS} ids of webhooks with commas between them`).meta({ description: 'Ids of webhooks, with commas between them.', example: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d' }),
  since: z.iso.datetime({ offset: true }).optional().meta({ description: 'Given up of those that were made since then: what recover would send again. Left out: all that are kept.' }),
});
const figuresView = z.strictObject({
  webhookId: z.uuid(),
  attempts: z.int().min(0).meta({ description: `Attempts of the last ${LAST_DELIVERIES} deliveries.` }), delivered: z.int().min(0).meta({ description: 'Of these, answered with 2xx.' }),
  p50Ms: z.int().nullable(), p95Ms: z.int().nullable(), lastAttemptAt: time.nullable(),
  waiting: counted, held: counted, givenUp: counted.meta({ description: `None of them is counted beyond ${MOST_COUNTED}.` }), nextDueAt: time.nullable().meta({ description: 'When the next delivery is due.' }),
}).meta({ title: 'WebhookFigures' });

/** Adds the route. */
export function addFiguresRoute(app: HttpApp, { pool }: { readonly pool: Pool }): void {
  app.get('/api/webhooks/figures', {
    config: { scope: 'webhooks:read' },
    schema: { operationId: 'readWebhookFigures', summary: 'Read how webhooks fare: their last deliveries, what waits, what was given up', tags: ['webhooks'], querystring: query, response: { 200: z.strictObject({ items: z.array(figuresView) }) } },
  }, async (request) => {
    const { ids, since } = request.query;
    const figures = await readFigures(pool, [...new Set(ids.toLowerCase().split(','))], ownerOf(request), new Date(since ?? 0));
    return { items: figures.map(({ endpointId, lastAttemptAt, nextDueAt, ...rest }) => ({ webhookId: endpointId, ...rest, lastAttemptAt: lastAttemptAt?.toISOString() ?? null, nextDueAt: nextDueAt?.toISOString() ?? null })) };
  });
}
