/**
 * The API of orders: place one, read one, list them, read the story of one.
 * Promise: 202 only after the order and its first events are durable; the same key and body get the first answer again.
 */
import type { Trigger } from '@commerce/event-log/event';
import type { SignalMap } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import { Overloaded } from '@commerce/event-log/micro-batcher';
import { EventTooLarge } from '@commerce/event-log/prepare';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED, LOCATION } from '@commerce/service-kit/openapi';
import { baseProblems, Problem, retryAfter } from '@commerce/service-kit/problems';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { pageLimit } from '@commerce/service-kit/cursors';
import type { Cursors } from '@commerce/service-kit/cursors';
import { problems } from '../../problems.ts';
import type { Intake, PlacementResult } from './intake.pg.ts';
import { OrderRefused } from './new-order.ts';
import { CLOSED_STATUSES } from './order.ts';
import { IDEMPOTENCY_KEY_PATTERN, orderForm } from './order-form.ts';
import { readOrder, readOrders } from './order-queries.pg.ts';
import { ORDER_STATUSES } from './order-states.ts';
import { orderListView, orderView, placedOrderView, timelineView } from './order-views.ts';
import type { PlacedOrderView } from './order-views.ts';
import { placeOf, placeText, timelinePage } from './timeline.ts';

export interface OrdersApi {
  readonly log: EventLog;
  readonly intake: Intake;
  /** True while no further order is taken. */
  readonly isFull: () => boolean;
  readonly cursors: Cursors;
  /** Which handlers hear what, for the timeline. */
  readonly map: SignalMap;
}

const FULL_RETRY_MS = 5_000;
/** What an event's metadata takes. */
const MAX_USER_ID = 200;
/** Events of one order that its timeline shows at most. */
const MAX_EVENTS = 10_000;

const cursor = z.string().min(1).max(1_000).optional();
const pathId = z.strictObject({ orderId: z.string().min(1).max(200) });
const listQuery = z.strictObject({ status: z.enum(ORDER_STATUSES).optional(), customer: z.string().min(1).max(200).optional(), limit: pageLimit, cursor });
const pageQuery = z.strictObject({ limit: pageLimit, cursor });

const PLACE_PROBLEMS = [
  problems.idempotency_key_required, problems.idempotency_key_invalid, problems.idempotency_key_reused, problems.order_number_taken,
  problems.currency_not_supported, problems.amount_too_large, problems.order_too_large, baseProblems.overloaded,
];

/** Adds the routes of orders. */
export function addOrderRoutes(app: HttpApp, api: OrdersApi): void {
  app.post('/orders', {
    config: { scope: 'orders:write', headers: [IDEMPOTENCY_KEY], answerHeaders: [LOCATION, IDEMPOTENCY_REPLAYED], problems: PLACE_PROBLEMS },
    schema: { operationId: 'placeOrder', summary: 'Place an order', tags: ['orders'], body: orderForm, response: { 202: placedOrderView } },
  }, async (request, reply) => {
    if (api.isFull()) throw overloaded(FULL_RETRY_MS);
    const placement = { clientId: request.caller.clientId, idempotencyKey: idempotencyKeyOf(request), form: request.body, trigger: triggerOf(request) };
    const order = placed(await api.intake.place(placement).catch(refuse), reply);
    return reply.code(202).header('location', `/orders/${order.orderId}`).send(order);
  });

  app.get('/orders/:orderId', {
    config: { scope: 'orders:read', problems: [problems.order_not_found] },
    schema: { operationId: 'readOrder', summary: 'Read an order', tags: ['orders'], params: pathId, response: { 200: orderView } },
  }, async ({ params }) => (await readOrder(api.log.pool, params.orderId)) ?? notFound());

  app.get('/orders', {
    config: { scope: 'orders:read', problems: [problems.invalid_cursor] },
    schema: { operationId: 'listOrders', summary: 'List orders, newest first', tags: ['orders'], querystring: listQuery, response: { 200: orderListView } },
  }, async ({ query }) => {
    const { status, customer: customerId, limit: wanted } = query;
    const list = JSON.stringify(['orders', status, customerId]);
    const beforeId = query.cursor === undefined ? undefined : opened(api.cursors, list, query.cursor);
    const orders = await readOrders(api.log.pool, { status, customerId, beforeId, limit: wanted + 1 }, CLOSED_STATUSES);
    const items = orders.slice(0, wanted);
    const last = orders.length > wanted ? items.at(-1) : undefined;
    return { items, nextCursor: last === undefined ? null : api.cursors.seal(list, last.orderId) };
  });

  app.get('/orders/:orderId/timeline', {
    config: { scope: 'orders:read', problems: [problems.order_not_found, problems.invalid_cursor] },
    schema: {
      operationId: 'readOrderTimeline', summary: 'Read everything that happened to an order, in order, with causes',
      tags: ['orders'], params: pathId, querystring: pageQuery, response: { 200: timelineView },
    },
  }, async ({ params: { orderId }, query }) => {
    const list = JSON.stringify(['timeline', orderId]);
    const after = query.cursor === undefined ? undefined : placeOf(opened(api.cursors, list, query.cursor));
    const order = await readOrder(api.log.pool, orderId) ?? notFound();
    const [events, ignored] = await Promise.all([api.log.history(orderId, MAX_EVENTS), api.log.ignored(orderId, MAX_EVENTS)]);
    const { last, ...page } = timelinePage({ events, ignored, map: api.map, after, limit: query.limit });
    return { orderId, orderNumber: order.orderNumber, status: order.status, ...page, nextCursor: last === undefined ? null : api.cursors.seal(list, placeText(last)) };
  });
}

function idempotencyKeyOf({ headers }: FastifyRequest): string {
  const key = headers['idempotency-key'];
  if (key === undefined || key === '') throw new Problem(problems.idempotency_key_required);
  if (typeof key !== 'string' || !IDEMPOTENCY_KEY_PATTERN.test(key)) throw new Problem(problems.idempotency_key_invalid);
  return key;
}

function triggerOf({ caller, correlationId, sessionId, traceparent }: FastifyRequest): Omit<Trigger, 'causationId'> {
  return {
    correlationId,
    metadata: {
      userId: caller.subject.slice(0, MAX_USER_ID).toWellFormed(),
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(traceparent === undefined ? {} : { traceparent }),
    },
  };
}

function placed(result: PlacementResult, reply: { header(name: string, value: string): unknown }): PlacedOrderView {
  if (result.kind === 'key_reused') throw new Problem(problems.idempotency_key_reused);
  if (result.kind === 'number_taken') throw new Problem(problems.order_number_taken);
  if (result.kind === 'replayed') reply.header('idempotency-replayed', 'true');
  return result.order;
}

/** Turns what the intake refuses into problems. */
function refuse(error: unknown): never {
  if (error instanceof Overloaded) throw overloaded(error.retryAfterMs);
  if (error instanceof EventTooLarge) throw new Problem(problems.order_too_large, { cause: error });
  if (error instanceof OrderRefused) throw new Problem(problems[error.code], { detail: error.message, errors: [{ path: error.path, message: error.message }] });
  throw error;
}

function overloaded(afterMs: number): Problem {
  return new Problem(baseProblems.overloaded, { headers: retryAfter(afterMs) });
}

function notFound(): never {
  throw new Problem(problems.order_not_found);
}

function opened(cursors: Cursors, list: string, text: string): string {
  const place = cursors.open(list, text);
  if (place === undefined) throw new Problem(problems.invalid_cursor);
  return place;
}
