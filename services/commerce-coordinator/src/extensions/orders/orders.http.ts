/**
 * The API of orders: place one, read one, list them, read the story of one.
 * Promise: 202 only after the order and its first events are durable; the same key and body get the first answer again.
 */
import type { Trigger } from '@commerce/event-log/event';
import type { SignalMap } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import { Overloaded } from '@commerce/event-log/micro-batcher';
import { asErased, marksOf } from '@commerce/event-log/personal';
import { EventTooLarge } from '@commerce/event-log/prepare';
import { insideOf } from '@commerce/events/inside';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED, LOCATION } from '@commerce/service-kit/openapi';
import { baseProblems, Problem, retryAfter } from '@commerce/service-kit/problems';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { pageLimit } from '@commerce/service-kit/cursors';
import type { Cursors } from '@commerce/service-kit/cursors';
import { customerIdCheck } from '../../customer-ids.ts';
import { seesPersonalDataOf } from '../../personal-sight.ts';
import { problems } from '../../problems.ts';
import { actorOf } from '../../requests.http.ts';
import type { Asked, OrderActs } from './acts.pg.ts';
import type { Intake, Placement } from './intake.pg.ts';
import { OrderRefused } from './new-order.ts';
import { readCare, readCareOf } from './care.pg.ts';
import type { CarePlace } from './care.pg.ts';
import { careCounter, careCountsView } from './care-counts.pg.ts';
import { CARE_CAUSES, careView, orderCareView } from './care.ts';
import { ActRefused } from './order-acts.ts';
import { WAITED_ON } from './needing.pg.ts';
import { orderProblems } from './order-problems.ts';
import { actForm, IDEMPOTENCY_KEY_PATTERN, orderForm, refundForm, revokeForm } from './order-form.ts';
import { readOrder, readOrders, readShownOrder } from './order-queries.pg.ts';
import { searchOrders } from './order-search.pg.ts';
import { CLOSED_STATUSES, ORDER_STATUSES } from '@commerce/events/order-states';
import { orderListView, orderView, placedOrderView, timelineView } from './order-views.ts';
import type { OrderView, PlacedOrderView } from './order-views.ts';
import { placeOf, placeText, timelinePage } from './timeline.ts';

export interface OrdersApi {
  readonly log: EventLog;
  readonly intake: Intake;
  readonly acts: OrderActs;
  readonly deadlinesPercent: number;
  /** True while no further order is taken. */
  readonly isFull: () => boolean;
  readonly cursors: Cursors;
  /** Which handlers hear what, for the timeline. */
  readonly map: SignalMap;
}

const FULL_RETRY_MS = 5_000;
const PERSONAL_TEXT = 'Address, note and name of the customer are shown to the client that placed the order, and with the scope admin or users:read; to all others they read as erased.';
/** What an event's metadata takes. */
const MAX_USER_ID = 200;
/** Events of one order that its timeline reads at most. */
const MAX_EVENTS = 10_000;

const cursor = z.string().min(1).max(1_000).optional();
const pathId = z.strictObject({ orderId: z.string().min(1).max(200) });
const moment = z.iso.datetime({ offset: true }).optional();
const listQuery = z.strictObject({
  status: z.enum(ORDER_STATUSES).optional(), customer: z.string().min(1).max(200).optional(),
  search: z.string().trim().min(1).max(200).optional().meta({ description: 'An order id, an order number, the id of a customer, or how words of the name of a customer begin. By a name, only orders of which the caller sees the name are found.', example: 'ana tru' }),
  from: moment.meta({ description: 'Only orders that were placed then or later.' }), to: moment.meta({ description: 'Only orders that were placed before.' }),
  limit: pageLimit, cursor,
});
const yesOrNo = z.enum(['true', 'false']).optional();
const careQuery = z.strictObject({
  status: z.enum(ORDER_STATUSES).optional(),
  handler: z.string().min(1).max(200).optional().meta({ description: 'Only orders for which something of this handler is open, such as payments.refund.' }),
  givenUp: yesOrNo.meta({ description: 'Only orders of which something was given up, or of which nothing was.' }),
  cause: z.enum(CARE_CAUSES).optional(),
  waitsOn: z.enum(WAITED_ON).optional().meta({ description: 'Only orders that wait on this one; person: something was given up.' }),
  pastPromise: yesOrNo.meta({ description: 'Only orders past their promised time, or only others.' }),
  retrying: yesOrNo.meta({ description: 'true: also orders within their promised time of which something has failed and is tried again.' }),
  limit: pageLimit, cursor,
});
const pageQuery = z.strictObject({ limit: pageLimit, cursor });

const PLACE_PROBLEMS = [
  problems.idempotency_key_required, problems.idempotency_key_invalid, problems.idempotency_key_reused, problems.order_number_taken,
  problems.customer_id_personal, problems.currency_not_supported, problems.amount_too_large, problems.payment_method_required, problems.order_too_large, baseProblems.overloaded,
];

/** Adds the routes of orders. */
export function addOrderRoutes(app: HttpApp, api: OrdersApi): void {
  addActRoutes(app, api);
  app.post('/orders', {
    config: { scope: 'orders:write', headers: [IDEMPOTENCY_KEY], answerHeaders: [LOCATION, IDEMPOTENCY_REPLAYED], problems: PLACE_PROBLEMS },
    schema: { operationId: 'placeOrder', summary: 'Place an order', tags: ['orders'], body: orderForm, response: { 202: placedOrderView } },
  }, async (request, reply) => {
    customerIdCheck(api.log)(request.body.customerId);
    const placement = { clientId: request.caller.clientId, idempotencyKey: idempotencyKeyOf(request), form: request.body, trigger: triggerOf(request) };
    const { order, isReplayed } = await placeOrder(api, placement);
    if (isReplayed) reply.header('idempotency-replayed', 'true');
    return reply.code(202).header('location', `/orders/${order.orderId}`).send(order);
  });

  app.get('/orders/:orderId', {
    config: { scope: 'orders:read', problems: [problems.order_not_found] },
    schema: { operationId: 'readOrder', summary: 'Read an order', description: PERSONAL_TEXT, tags: ['orders'], params: pathId, response: { 200: orderView } },
  }, async ({ params, caller }) => (await readOrder(api.log.pool, params.orderId, seesPersonalDataOf(caller))) ?? notFound());

  app.get('/orders', {
    config: { scope: 'orders:read', problems: [problems.invalid_cursor] },
    schema: { operationId: 'listOrders', summary: 'List orders, newest first', description: PERSONAL_TEXT, tags: ['orders'], querystring: listQuery, response: { 200: orderListView } },
  }, async ({ query, caller }) => {
    const { status, customer: customerId, search, from, to, limit: wanted } = query;
    const list = JSON.stringify(['orders', status, customerId, ...(search === undefined && from === undefined && to === undefined ? [] : [search, from, to])]);
    const beforeId = query.cursor === undefined ? undefined : opened(api.cursors, list, query.cursor);
    const filter = { status, customerId, beforeId, fromMs: from === undefined ? undefined : Date.parse(from), toMs: to === undefined ? undefined : Date.parse(to), limit: wanted + 1 };
    const orders = await (search === undefined ? readOrders(api.log.pool, filter, CLOSED_STATUSES, seesPersonalDataOf(caller)) : searchOrders(api.log.pool, search, filter, caller));
    const items = orders.slice(0, wanted);
    const last = orders.length > wanted ? items.at(-1) : undefined;
    return { items, nextCursor: last === undefined ? null : api.cursors.seal(list, last.orderId) };
  });

  const inside = insideOf(api.log.catalogue.entries);
  const marks = marksOf(api.log.catalogue);
  app.get('/orders/:orderId/timeline', {
    config: { scope: 'orders:read', problems: [problems.order_not_found, problems.invalid_cursor] },
    schema: {
      operationId: 'readOrderTimeline', summary: 'Read everything that happened to an order, in order, with causes', description: PERSONAL_TEXT,
      tags: ['orders'], params: pathId, querystring: pageQuery, response: { 200: timelineView },
    },
  }, async ({ params: { orderId }, query, caller }) => {
    const list = JSON.stringify(['timeline', orderId]);
    const after = query.cursor === undefined ? undefined : placeOf(opened(api.cursors, list, query.cursor));
    const { order, seesPersonal } = await readShownOrder(api.log.pool, orderId, seesPersonalDataOf(caller)) ?? notFound();
    const [stored, ignored, failed] = await Promise.all([api.log.history(orderId, MAX_EVENTS), api.log.ignored(orderId, MAX_EVENTS), api.log.failedAttempts(orderId, MAX_EVENTS)]);
    const events = seesPersonal ? stored : stored.map((event) => asErased(marks, event));
    const isCut = [events, ignored, failed].some(({ length }) => length === MAX_EVENTS);
    const { last, ...page } = timelinePage({ events, inside, ignored, failed, map: api.map, describe: (type) => describedBy(api.log, type), after, limit: query.limit });
    return { orderId, orderNumber: order.orderNumber, status: order.status, ...page, isCut, nextCursor: last === undefined ? null : api.cursors.seal(list, placeText(last)) };
  });
}

/** What the catalogue says of a type; undefined for one that is not loaded any more. */
function describedBy({ catalogue }: EventLog, type: string): string | undefined {
  return catalogue.entries.find((entry) => entry.type === type)?.description;
}

/** Adds what people do with an order, and the list of those that need them. */
function addActRoutes(app: HttpApp, { log, acts, cursors, deadlinesPercent }: OrdersApi): void {
  const acted = async ({ caller }: FastifyRequest, order: Promise<{ readonly orderId: string }>): Promise<OrderView> => {
    const { orderId } = await order.catch(refuseAct);
    return (await readOrder(log.pool, orderId, seesPersonalDataOf(caller))) ?? notFound();
  };
  const describe = (operationId: string, summary: string) => ({ operationId, summary, tags: ['orders'], params: pathId, response: { 202: orderView } });

  app.post('/orders/:orderId/cancel', {
    config: { scope: 'orders:write', problems: [problems.order_not_found, orderProblems.order_not_cancellable] },
    schema: { ...describe('cancelOrder', 'Cancel an order: what was not begun is not begun, what was done is undone'), body: actForm },
  }, async (request, reply) => reply.code(202).send(await acted(request, acts.cancel(askedBy(request, request.params.orderId), request.body.reason))));

  app.post('/orders/:orderId/refund', {
    config: { scope: 'admin', problems: [problems.order_not_found, orderProblems.order_not_refundable, orderProblems.order_line_unknown] },
    schema: { ...describe('refundOrder', 'Take back a delivered order, or some of its lines, and give the money back'), body: refundForm },
  }, async (request, reply) => reply.code(202).send(await acted(request, acts.refund(askedBy(request, request.params.orderId), request.body))));

  app.post('/orders/:orderId/revoke', {
    config: { scope: 'admin', problems: [problems.order_not_found, orderProblems.order_nothing_delivered, orderProblems.order_line_unknown] },
    schema: { ...describe('revokeOrder', 'Take back what was delivered for an order, or for some of its lines; money follows for what came back'), body: revokeForm },
  }, async (request, reply) => reply.code(202).send(await acted(request, acts.revoke(askedBy(request, request.params.orderId), request.body))));

  app.post('/orders/:orderId/re-request', {
    config: { scope: 'admin', problems: [problems.order_not_found, orderProblems.order_not_requestable] },
    schema: {
      ...describe('requestOrderAgain', 'Ask the fulfilling side again, by a new request under a new key'), body: actForm,
      description: 'For a paid order whose request was given up or lost, and for one of which no outcome comes. What the fulfilling side has of the order already is taken over: nothing is delivered twice.',
    },
  }, async (request, reply) => reply.code(202).send(await acted(request, acts.reRequest(askedBy(request, request.params.orderId), request.body.reason))));

  app.post('/orders/:orderId/retry', {
    config: { scope: 'dlq:write', problems: [problems.order_not_found, orderProblems.order_nothing_waits] },
    schema: { ...describe('retryOrder', 'Try at once what waits for an order: jobs, parked events, dead letters, timers'), body: actForm },
  }, async (request, reply) => reply.code(202).send(await acted(request, acts.retry(askedBy(request, request.params.orderId), request.body.reason))));

  app.get('/orders/care', {
    config: { scope: 'orders:read', problems: [problems.invalid_cursor] },
    schema: {
      operationId: 'listOrdersNeedingCare', summary: 'List the orders that need care, with what each waits for, the longest in need first',
      description: 'Orders that are past their promised time, orders of which something is owed for too long, ended ones too, and orders of which something was given up.', tags: ['orders'], querystring: careQuery, response: { 200: careView },
    },
  }, async ({ query: { cursor: from, limit, givenUp, pastPromise, retrying, ...filter }, caller }) => {
    const list = JSON.stringify(['orders/care', filter.status, filter.handler, givenUp, filter.cause, filter.waitsOn, pastPromise, retrying]);
    const after = from === undefined ? undefined : carePlaceOf(opened(cursors, list, from));
    const asked = { givenUp: isYes(givenUp), pastPromise: isYes(pastPromise), retrying: isYes(retrying) };
    const { items, last } = await readCare(log.pool, { ...filter, ...asked, after, limit, percent: deadlinesPercent, sight: seesPersonalDataOf(caller) });
    return { items, nextCursor: last === undefined ? null : cursors.seal(list, `${last.sinceUs} ${last.orderId}`) };
  });

  app.get('/orders/:orderId/care', {
    config: { scope: 'orders:read', problems: [problems.order_not_found] },
    schema: {
      operationId: 'readOrderCare', summary: 'Read what an order waits for, what happens by itself, and what a person may do', tags: ['orders'], params: pathId, response: { 200: orderCareView },
      description: 'What GET /orders/care says of those that need care, of any order: of one that is within its promised time, and of one that has ended.',
    },
  }, async ({ params, caller }) => (await readCareOf(log.pool, { orderId: params.orderId, percent: deadlinesPercent, sight: seesPersonalDataOf(caller) })) ?? notFound());

  const counts = careCounter(log.pool, deadlinesPercent);
  app.get('/orders/care/counts', {
    config: { scope: 'orders:read' },
    schema: {
      operationId: 'countOrdersNeedingCare', summary: 'Count the orders that need care, by what they wait for', tags: ['orders'], response: { 200: careCountsView },
      description: 'Of what GET /orders/care?retrying=true lists: orders that need care, and orders within their time of which something has failed and is tried again.',
    },
  }, () => counts());
}

function isYes(text: 'true' | 'false' | undefined): boolean | undefined {
  return text === undefined ? undefined : text === 'true';
}

function carePlaceOf(text: string): CarePlace {
  const [sinceUs = '', orderId = ''] = text.split(' ');
  return { sinceUs, orderId };
}

function askedBy(request: FastifyRequest, orderId: string): Asked {
  return { orderId, by: actorOf(request), trigger: { ...triggerOf(request), causationId: request.causationId ?? null } };
}

function refuseAct(error: unknown): never {
  if (error instanceof ActRefused) throw new Problem({ ...problems, ...orderProblems }[error.code], { detail: error.message });
  throw error;
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

/** What POST /orders does with an order, for every way in which one comes. Throws `Problem`: below 500 nothing was placed. */
export async function placeOrder({ intake, isFull }: Pick<OrdersApi, 'intake' | 'isFull'>, placement: Placement): Promise<{ order: PlacedOrderView; isReplayed: boolean }> {
  if (isFull()) throw overloaded(FULL_RETRY_MS);
  const result = await intake.place(placement).catch(refuse);
  if (result.kind === 'key_reused') throw new Problem(problems.idempotency_key_reused);
  if (result.kind === 'number_taken') throw new Problem(problems.order_number_taken);
  return { order: result.order, isReplayed: result.kind === 'replayed' };
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
