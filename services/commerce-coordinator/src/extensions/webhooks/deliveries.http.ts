/**
 * The API of deliveries: what was sent to a webhook, with each attempt; send one again, or all that was given up.
 * Promise: what is sent again keeps its id and its bytes.
 */
import type { Cursors } from '@commerce/service-kit/cursors';
import { pageLimit } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { Problem } from '@commerce/service-kit/problems';
import type { FastifyRequest } from 'fastify';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { GivenReason } from '../../audit.ts';
import { cursor, pageOf, pageProblems } from '../../requests.http.ts';
import { ownerOf, pathId, UUID } from './asking.http.ts';
import { why, whyForm } from './endpoint-form.ts';
import type { CountedEndpoint } from './endpoints.pg.ts';
import { beginRecovery, beginRuns, DELIVERY_STATES, readDeadDeliveries, readDeliveries, readDelivery, retryDelivery } from './operating.pg.ts';
import type { Delivery, Performed } from './operating.pg.ts';
import { webhookProblems } from './problems.ts';
import { deliveryListView, deliveryView, movedView, recoveryView, viewOfDelivery, viewOfWhole, wholeDeliveryView } from './views.ts';

export interface DeliveryRoutes {
  readonly pool: Pool;
  readonly cursors: Cursors;
  /** The endpoint, when the caller may see it. Throws a problem. */
  readonly find: (request: FastifyRequest, id: string) => Promise<CountedEndpoint>;
  /** Records what somebody does. */
  readonly recordOf: (request: FastifyRequest, act: string, about: string, why: GivenReason | undefined, details?: object) => Promise<void>;
  /** Moves what was asked for, as far as an answer may take. */
  readonly move: (endpointId: string) => Promise<Performed>;
  readonly nextId: () => string;
  /** Something of this endpoint is due. */
  readonly due: (endpointId: string) => void;
}

const TAGS = ['webhooks'];
const pathDelivery = z.strictObject({ id: z.string().min(1).max(200), deliveryId: z.string().min(1).max(200) });
const listQuery = z.strictObject({ limit: pageLimit, cursor });
const deliveriesQuery = z.strictObject({ state: z.enum(DELIVERY_STATES).optional(), limit: pageLimit, cursor });
const recoverForm = z.strictObject({ since: z.iso.datetime({ offset: true }).meta({ description: 'Deliveries that were made since then, and given up, are sent once more.' }), ...why });
const { webhook_not_found, webhook_delivery_not_found, webhook_disabled, webhook_delivery_under_way } = webhookProblems;

/** Adds the routes of deliveries. */
export function addDeliveryRoutes(app: HttpApp, { pool, cursors, find, recordOf, move, nextId, due }: DeliveryRoutes): void {
  app.get('/api/webhooks/dead-deliveries', {
    config: { scope: 'webhooks:read', problems: [pageProblems.invalid_cursor] },
    schema: { operationId: 'listDeadWebhookDeliveries', summary: 'List the deliveries that were given up, of all webhooks, newest first', tags: TAGS, querystring: listQuery, response: { 200: deliveryListView } },
  }, async (request) => {
    const owner = ownerOf(request);
    const page = await pageOf(cursors, JSON.stringify(['webhooks/dead', owner ?? null]), request.query, ({ deliveryId }: Delivery) => deliveryId, (beforeId, limit) => readDeadDeliveries(pool, owner, { beforeId, limit }));
    return { items: page.items.map(viewOfDelivery), nextCursor: page.nextCursor };
  });

  app.post('/api/webhooks/recover', {
    config: { scope: 'webhooks:write' },
    schema: { operationId: 'recoverWebhooks', summary: 'Send again what was given up, of all webhooks that are enabled', tags: TAGS, body: recoverForm, response: { 202: recoveryView } },
  }, async (request, reply) => {
    const { since, reason } = request.body;
    const webhooks = await beginRecovery(pool, ownerOf(request), new Date(since));
    await recordOf(request, 'webhook.recover_all', request.caller.clientId.slice(0, 200), reason, { since, webhooks });
    return reply.code(202).send({ webhooks });
  });

  app.post('/api/webhooks/:id/recover', {
    config: { scope: 'webhooks:write', problems: [webhook_not_found, webhook_disabled] },
    schema: { operationId: 'recoverWebhook', summary: 'Send again what was given up', description: 'Exhausted deliveries of a webhook, from a moment on. May be repeated.', tags: TAGS, params: pathId, body: recoverForm, response: { 202: movedView } },
  }, async (request, reply) => {
    const { since, reason } = request.body;
    const { endpoint: { endpointId, status } } = await find(request, request.params.id);
    if (status === 'disabled') throw new Problem(webhook_disabled);
    await recordOf(request, 'webhook.recover', endpointId, reason, { since });
    await beginRuns(pool, [{ runId: nextId(), endpointId, from: 'dead', to: 'ready', since: new Date(since) }]);
    return reply.code(202).send({ ...(await move(endpointId)) });
  });

  app.get('/api/webhooks/:id/deliveries', {
    config: { scope: 'webhooks:read', problems: [webhook_not_found, pageProblems.invalid_cursor] },
    schema: { operationId: 'listWebhookDeliveries', summary: 'List the deliveries of a webhook, newest first', tags: TAGS, params: pathId, querystring: deliveriesQuery, response: { 200: deliveryListView } },
  }, async (request) => {
    const { state } = request.query;
    const { endpoint: { endpointId } } = await find(request, request.params.id);
    const page = await pageOf(cursors, JSON.stringify(['webhooks/deliveries', endpointId, state]), request.query, ({ deliveryId }: Delivery) => deliveryId, (beforeId, limit) => readDeliveries(pool, endpointId, { state, beforeId, limit }));
    return { items: page.items.map(viewOfDelivery), nextCursor: page.nextCursor };
  });

  app.get('/api/webhooks/:id/deliveries/:deliveryId', {
    config: { scope: 'webhooks:read', problems: [webhook_not_found, webhook_delivery_not_found] },
    schema: { operationId: 'readWebhookDelivery', summary: 'Read a delivery with its request and its attempts', tags: TAGS, params: pathDelivery, response: { 200: wholeDeliveryView } },
  }, async (request) => {
    const { id, deliveryId } = request.params;
    const { endpoint } = await find(request, id);
    const whole = UUID.test(deliveryId) ? await readDelivery(pool, endpoint.endpointId, deliveryId) : undefined;
    if (whole === undefined) throw new Problem(webhook_delivery_not_found);
    return viewOfWhole(whole, endpoint.url);
  });

  app.post('/api/webhooks/:id/deliveries/:deliveryId/retry', {
    config: { scope: 'webhooks:write', problems: [webhook_not_found, webhook_delivery_not_found, webhook_disabled, webhook_delivery_under_way] },
    schema: {
      operationId: 'retryWebhookDelivery', summary: 'Send a delivery once more', description: 'Whatever became of it, also when it was delivered; under the same id and with the same body. May be repeated.',
      tags: TAGS, params: pathDelivery, body: whyForm, response: { 202: deliveryView },
    },
  }, async (request, reply) => {
    const { id, deliveryId } = request.params;
    const { endpoint: { endpointId, status } } = await find(request, id);
    if (status === 'disabled') throw new Problem(webhook_disabled);
    const state = UUID.test(deliveryId) ? await retryDelivery(pool, endpointId, deliveryId) : undefined;
    if (state === undefined) throw new Problem(webhook_delivery_not_found);
    if (state === 'leased') throw new Problem(webhook_delivery_under_way);
    await recordOf(request, 'webhook.retry', endpointId, request.body?.reason, { deliveryId });
    due(endpointId);
    const whole = await readDelivery(pool, endpointId, deliveryId);
    if (whole === undefined) throw new Problem(webhook_delivery_not_found);
    return reply.code(202).send(viewOfDelivery(whole.delivery));
  });
}
