/** How the comparison with the fulfilling side stands, for whoever watches over orders. */
import type { HttpApp } from '@commerce/service-kit/http-server';
import type { Pool } from 'pg';
import { z } from 'zod';
import { readStatus } from './reconciliation.pg.ts';

const count = z.int().min(0);

const reconciliationView = z.strictObject({
  lastRunAt: z.iso.datetime().nullable().meta({ description: 'When the last comparison ended; null before the first one.' }),
  lastError: z.string().optional().meta({ description: 'Why the last comparison did not come to its end; left out when it did.' }),
  healed: z.strictObject({ outcome_missed: count, request_lost: count }).meta({
    description: 'Differences that were mended since the beginning: outcomes that had not arrived, and requests that the fulfilling side did not know.',
  }),
  waiting: count.meta({ description: 'Requests whose outcome is not known.' }),
  unacknowledged: count.meta({ description: 'Outcomes that are known here and not yet acknowledged at the fulfilling side.' }),
});

/** Adds the route. */
export function addReconciliationRoute(app: HttpApp, pool: Pool): void {
  app.get('/reconciliation', {
    config: { scope: 'orders:read' },
    schema: { operationId: 'readReconciliation', summary: 'Read how the comparison with the fulfilling side stands', tags: ['orders'], response: { 200: reconciliationView } },
  }, async () => {
    const { lastRunAt, lastError, ...rest } = await readStatus(pool);
    return { lastRunAt: lastRunAt?.toISOString() ?? null, ...(lastError === null ? {} : { lastError }), ...rest };
  });
}
