/**
 * Erasure of what a client sent about a person, order by order: the client knows which orders are whose.
 * Promise: only its own orders, a foreign one is answered like an unknown one; 200 after the commit, and again when it is repeated.
 */
import type { EventLog } from '@commerce/event-log/log';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { Problem } from '@commerce/service-kit/problems';
import { z } from 'zod';
import { whyOf, whyQuery } from '../audit.ts';
import { orderIdSchema } from '../fulfillments/request.ts';
import { triggerOf } from '../fulfillments/trigger.http.ts';
import { problems } from '../problems.ts';
import { eraseOrder } from './erase-order.pg.ts';

const erasedView = z.strictObject({
  orderId: z.string(),
  fulfillments: z.int().meta({ description: 'Fulfillments of this order.' }),
  changed: z.int().meta({ description: 'How many of them lost something now; 0 when it is repeated.' }),
}).meta({ title: 'OrderErased' });

/** `reader`: name of the extension under whose lock fulfillments change. */
export function addPersonalDataRoutes(app: HttpApp, { log, reader }: { readonly log: EventLog; readonly reader: string }): void {
  app.delete('/v1/orders/:orderId/personal-data', {
    config: { scope: 'fulfillment:write', problems: [problems.order_not_found, problems.order_under_way] },
    schema: {
      operationId: 'eraseOrderPersonalData', summary: 'Erase what was sent about a person with an order', tags: ['fulfillments'],
      params: z.strictObject({ orderId: orderIdSchema }), querystring: whyQuery, response: { 200: erasedView },
      description: 'Takes e-mail address and name of the customer, metadata, and details of lines out of all fulfillments of the order. Ids, outcomes and history stay. A request that is repeated under a key of before is refused afterwards, for it can no longer be compared.',
    },
  }, async (request) => {
    const { caller: { subject, clientId }, params: { orderId }, query } = request;
    if (/\0/.test(orderId) || !orderId.isWellFormed()) throw new Problem(problems.order_not_found);
    const erased = await eraseOrder(log, reader, clientId, orderId, { by: { subject, clientId }, why: whyOf(query), trigger: triggerOf(request) });
    if (erased.kind === 'unknown') throw new Problem(problems.order_not_found);
    if (erased.kind === 'open') throw new Problem(problems.order_under_way, { detail: `Under way: ${erased.fulfillmentIds.join(', ')}.` });
    return { orderId, fulfillments: erased.fulfillments, changed: erased.changed };
  });
}
