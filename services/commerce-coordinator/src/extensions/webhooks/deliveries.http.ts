/**
 * The API of deliveries: what was sent to a webhook, with each attempt; send one again, or all that was given up.
 * Promise: what is sent again keeps its id and its bytes.
 */
import type { Outcome } from '@commerce/event-log/extension';
import type { Cursors } from '@commerce/service-kit/cursors';
import { pageLimit } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { Problem } from '@commerce/service-kit/problems';
import type { FastifyRequest } from 'fastify';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { Act } from '../../audit.ts';
import type { RecordAct } from '../../operator-acts.ts';
import { actorOf, cursor, pageOf, pageProblems, triggerOf } from '../../requests.http.ts';
import { ownerOf, pathId, UUID } from './asking.http.ts';
import { why, whyForm } from './endpoint-form.ts';
import type { CountedEndpoint } from './endpoints.pg.ts';
import { beginRecovery, DELIVERY_STATES, readDeadDeliveries, readDeliveries, readDeliveriesAbout, readDelivery } from './operating.pg.ts';
import type { Delivery, DeliveryAbout, Performed } from './operating.pg.ts';
import { webhookProblems, WebhookRefused } from './problems.ts';
import { sentAgain } from './registration.ts';
import type { Present } from './registration.ts';
import { aboutListView, deliveryListView, deliveryView, movedView, recoveryView, viewOfAbout, viewOfDelivery, viewOfWhole, wholeDeliveryView } from './views.ts';

export interface DeliveryRoutes {
  readonly pool: Pool;
  readonly cursors: Cursors;
  /** The endpoint, when the caller may see it. Throws a problem. */
  readonly find: (request: FastifyRequest, id: string) => Promise<CountedEndpoint>;
  /** Changes an endpoint that the caller may see, with the record of it. Throws a problem. */
  readonly change: (request: FastifyRequest, id: string, act: Pick<Act, 'act' | 'why' | 'details'>, decide: (there: Present) => Outcome<Present>) => Promise<Present>;
  readonly record: RecordAct;
  /** Moves what was asked for, as far as an answer may take. */
  readonly move: (endpointId: string) => Promise<Performed>;
  readonly nextId: () => string;
  /** Something of this endpoint is due. */
  readonly due: (endpointId: string) => void;
}

const TAGS = ['webhooks'];
const pathDelivery = z.strictObject({ id: z.string().min(1).max(200), deliveryId: z.string().min(1).max(200) });
const aboutQuery = z.strictObject({ subject: z.string().min(1).max(200).meta({ description: 'What the events are about, such as an order id.' }), limit: pageLimit, cursor });
const listQuery = z.strictObject({ limit: pageLimit, cursor });
const deliveriesQuery = z.strictObject({ state: z.enum(DELIVERY_STATES).optional(), limit: pageLimit, cursor });
const recoverForm = z.strictObject({ since: z.iso.datetime({ offset: true }).meta({ description: 'Deliveries that were made since then, and given up, are sent once more.' }), ...why });
const { webhook_not_found, webhook_delivery_not_found, webhook_disabled, webhook_delivery_under_way } = webhookProblems;

/** Adds the routes of deliveries. */
export function addDeliveryRoutes(app: HttpApp, { pool, cursors, find, change, record, move, nextId, due }: DeliveryRoutes): void {
  app.get('/api/webhooks/dead-deliveries', {
    config: { scope: 'webhooks:read', problems: [pageProblems.invalid_cursor] },
    schema: { operationId: 'listDeadWebhookDeliveries', summary: 'List the deliveries that were given up, of all webhooks, newest first', tags: TAGS, querystring: listQuery, response: { 200: deliveryListView } },
  }, async (request) => {
    const owner = ownerOf(request);
    const page = await pageOf(cursors, JSON.stringify(['webhooks/dead', owner ?? null]), request.query, ({ deliveryId }: Delivery) => deliveryId, (beforeId, limit) => readDeadDeliveries(pool, owner, { beforeId, limit }));
    return { items: page.items.map(viewOfDelivery), nextCursor: page.nextCursor };
  });

  app.get('/api/webhooks/deliveries', {
    config: { scope: 'webhooks:read', problems: [pageProblems.invalid_cursor] },
    schema: { operationId: 'listWebhookDeliveriesAbout', summary: 'List what was sent about one subject, to all webhooks, newest first, with its attempts', tags: TAGS, querystring: aboutQuery, response: { 200: aboutListView } },
  }, async (request) => {
    const owner = ownerOf(request);
    const { subject } = request.query;
    const page = await pageOf(cursors, JSON.stringify(['webhooks/about', owner ?? null, subject]), request.query, ({ delivery }: DeliveryAbout) => delivery.deliveryId, (beforeId, limit) => readDeliveriesAbout(pool, owner, { subject, beforeId, limit }));
    return { items: page.items.map(viewOfAbout), nextCursor: page.nextCursor };
  });

  app.post('/api/webhooks/recover', {
    config: { scope: 'webhooks:write' },
    schema: { operationId: 'recoverWebhooks', summary: 'Send again what was given up, of all webhooks that are enabled', tags: TAGS, body: recoverForm, response: { 202: recoveryView } },
  }, async (request, reply) => {
    const { since, reason } = request.body;
    let webhooks = 0;
    await record({ act: 'webhook.recover_all', about: request.caller.clientId.slice(0, 200), by: actorOf(request), why: reason ?? null, details: { since } }, triggerOf(request), async (tx) => {
      webhooks = await beginRecovery(tx, ownerOf(request), new Date(since));
      return { webhooks };
    });
    return reply.code(202).send({ webhooks });
  });

  app.post('/api/webhooks/:id/recover', {
    config: { scope: 'webhooks:write', problems: [webhook_not_found, webhook_disabled] },
    schema: { operationId: 'recoverWebhook', summary: 'Send again what was given up', description: 'Exhausted deliveries of a webhook, from a moment on. May be repeated.', tags: TAGS, params: pathId, body: recoverForm, response: { 202: movedView } },
  }, async (request, reply) => {
    const { since, reason } = request.body;
    const { endpoint: { endpointId } } = await change(request, request.params.id, { act: 'webhook.recover', why: reason ?? null, details: { since } }, (there) =>
      sentAgain(there, { runs: [{ runId: nextId(), endpointId: there.endpoint.endpointId, from: 'dead', to: 'ready', since: new Date(since) }] }));
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
    const { endpoint: { endpointId } } = await change(request, id, { act: 'webhook.retry', why: request.body?.reason ?? null, details: { deliveryId } }, (there) => {
      if (!UUID.test(deliveryId)) throw new WebhookRefused('webhook_delivery_not_found');
      return sentAgain(there, { again: [deliveryId] });
    });
    due(endpointId);
    const whole = await readDelivery(pool, endpointId, deliveryId);
    if (whole === undefined) throw new Problem(webhook_delivery_not_found);
    return reply.code(202).send(viewOfDelivery(whole.delivery));
  });
}
