/**
 * The API of fulfillments: ask for one or many, read one, list them, look orders up, say what is known.
 * Promise: 202 (or 200 when all is done) only after the fulfillment and its events are durable; the same key and body get the
 * first answer again, byte for byte. A client sees only its own; a foreign id is answered like an unknown one.
 */
import type { Tx } from '@commerce/event-log/extension';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED, LOCATION } from '@commerce/service-kit/openapi';
import { Problem, baseProblems, problemBody } from '@commerce/service-kit/problems';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { problems } from '../problems.ts';
import { pageLimit } from '@commerce/service-kit/cursors';
import type { Cursors } from '@commerce/service-kit/cursors';
import { acknowledge } from './acknowledgements.pg.ts';
import { FULFILLMENT_STATUSES } from './fulfillment.ts';
import { MAX_LOOKED_AT, listFulfillments, lookUpOrders, readFulfillment } from './queries.pg.ts';
import type { FulfillmentTables } from './queries.pg.ts';
import { MAX_BATCH_ITEMS, acknowledgeSchema, batchSchema, fulfillmentRequestSchema, idempotencyKeySchema, lookupSchema } from './request.ts';
import type { TakeRequest, Taken } from './take-request.ts';
import { triggerOf } from './trigger.http.ts';
import { acknowledgementsViewSchema, batchViewSchema, capabilitiesViewSchema, fulfillmentViewSchema, lookupViewSchema, viewOf } from './view.ts';

export interface FulfillmentsApi {
  readonly take: TakeRequest;
  readonly db: Kysely<FulfillmentTables>;
  /** The same database, for statements of its own making. */
  readonly pool: Tx;
  readonly cursors: Cursors;
}

const READ = { scope: 'fulfillment:read' };
const WRITE = { scope: 'fulfillment:write' };
const TAGS = ['fulfillments'];
const REQUEST_PROBLEMS = [
  problems.idempotency_key_required, problems.idempotency_key_reused, problems.request_in_progress, problems.no_provider, problems.deadline_passed,
  problems.start_after_deadline, problems.line_already_requested, problems.order_revoked, problems.too_many_open_fulfillments, problems.request_too_large, problems.unknown_client, baseProblems.overloaded,
];
const JSON_TYPE = 'application/json; charset=utf-8';
/** One call of the batch may be as large as this. */
const BATCH_LIMIT_BYTES = 4 * 1_048_576;

const listQuery = z.strictObject({
  orderId: z.string().min(1).max(200).optional(),
  status: z.enum(FULFILLMENT_STATUSES).optional(),
  acknowledged: z.enum(['true', 'false']).optional().describe('false: settled ones whose latest version the client has not acknowledged, oldest first. true: those whose latest version it has.'),
  settledBefore: z.iso.datetime({ offset: true }).optional().describe('Only settled ones that have not changed since.'),
  limit: pageLimit,
  cursor: z.string().min(1).max(500).optional(),
});

export function addFulfillmentRoutes(app: HttpApp, api: FulfillmentsApi): void {
  addRequests(app, api);
  addReads(app, api);
  addReconciliation(app, api);
}

function addRequests(app: HttpApp, { take }: FulfillmentsApi): void {
  app.post('/v1/fulfillments', {
    config: { ...WRITE, headers: [IDEMPOTENCY_KEY], answerHeaders: [LOCATION, IDEMPOTENCY_REPLAYED], problems: REQUEST_PROBLEMS },
    schema: {
      operationId: 'requestFulfillment', summary: 'Ask for the fulfillment of an order', tags: TAGS, body: fulfillmentRequestSchema,
      description: '202: accepted, the outcome is published; 200: all lines are settled already.',
      response: { 200: fulfillmentViewSchema, 202: fulfillmentViewSchema },
    },
  }, async (request, reply) => {
    const taken = await take({ clientId: request.caller.clientId, idempotencyKey: keyOf(request), request: request.body, trigger: triggerOf(request) });
    return answer(reply, taken);
  });

  app.post('/v1/fulfillments/batch', {
    config: WRITE,
    bodyLimit: BATCH_LIMIT_BYTES,
    schema: {
      operationId: 'requestFulfillments', summary: 'Ask for several fulfillments in one call', tags: TAGS, body: batchSchema,
      description: 'Each item means exactly what the single call means; the results stand in the order of the items, each with the status and body of the single call.',
      response: { 200: batchViewSchema },
    },
  }, async (request, reply) => {
    const results = await Promise.allSettled(request.body.items.map((item) => take({
      clientId: request.caller.clientId, idempotencyKey: item.idempotencyKey, request: item.request, trigger: triggerOf(request, item),
    })));
    return sendText(reply, `{"results":[${results.map((result) => itemResult(result, request.id)).join(',')}]}`);
  });

  app.get('/v1/capabilities', {
    config: READ,
    schema: { operationId: 'readCapabilities', summary: 'What this service offers beside the basics', tags: TAGS, response: { 200: capabilitiesViewSchema } },
  }, async () => ({
    batch: { maxItems: MAX_BATCH_ITEMS },
    lifecycle: ['cancel', 'revoke', 'hold', 'release', 'schedule', 'lookup', 'acknowledge'],
    authentication: ['oauth', 'signature'],
  }));
}

function addReads(app: HttpApp, { db, cursors }: FulfillmentsApi): void {
  app.get('/v1/fulfillments/:fulfillmentId', {
    config: { ...READ, problems: [problems.fulfillment_not_found] },
    schema: {
      operationId: 'readFulfillment', summary: 'Read a fulfillment', tags: TAGS,
      params: z.strictObject({ fulfillmentId: z.string() }), response: { 200: fulfillmentViewSchema },
    },
  }, async ({ params, caller }) => {
    const id = z.uuid().safeParse(params.fulfillmentId);
    const found = id.success ? await readFulfillment(db, caller.clientId, id.data) : undefined;
    if (found === undefined) throw new Problem(problems.fulfillment_not_found);
    return viewOf(found);
  });

  app.get('/v1/fulfillments', {
    config: { ...READ, problems: [problems.invalid_cursor] },
    schema: {
      operationId: 'listFulfillments', summary: 'List fulfillments, newest first', tags: TAGS, querystring: listQuery,
      description: `With status, acknowledged=true or settledBefore a page looks through ${MAX_LOOKED_AT.toLocaleString('en')} fulfillments at most. So it may be short, or empty, though more follow: the list ends where nextCursor is null.`,
      response: { 200: z.strictObject({ items: z.array(fulfillmentViewSchema), nextCursor: z.string().nullable() }) },
    },
  }, async ({ query, caller: { clientId } }) => {
    const { orderId, status, settledBefore, limit } = query;
    const acknowledged = query.acknowledged === undefined ? undefined : query.acknowledged === 'true';
    const list = JSON.stringify(['fulfillments', clientId, orderId ?? null, status ?? null, acknowledged ?? null, settledBefore ?? null]);
    const afterId = query.cursor === undefined ? undefined : opened(cursors, list, query.cursor);
    const { items, endId } = await listFulfillments(db, { clientId, orderId, status, acknowledged, settledBefore, afterId, limit });
    return { items: items.map(viewOf), nextCursor: endId === undefined ? null : cursors.seal(list, endId) };
  });
}

/** For a client that compares what it knows with what is true here. */
function addReconciliation(app: HttpApp, { pool }: FulfillmentsApi): void {
  app.post('/v1/fulfillments/lookup', {
    config: READ,
    schema: {
      operationId: 'lookUpFulfillments', summary: 'Look up what became of orders', tags: TAGS, body: lookupSchema, response: { 200: lookupViewSchema },
      description: 'In the order of the order ids. Of an order with very many fulfillments the newest are shown.',
    },
  }, async ({ body: { orderIds }, caller: { clientId } }) => {
    const found = await lookUpOrders(pool, clientId, orderIds);
    return { items: orderIds.map((orderId) => ({ orderId, fulfillments: (found.get(orderId) ?? []).map(viewOf) })) };
  });

  app.post('/v1/acknowledgements', {
    config: WRITE,
    schema: {
      operationId: 'acknowledgeFulfillments', summary: 'Say which outcomes are known', tags: TAGS, body: acknowledgeSchema, response: { 200: acknowledgementsViewSchema },
      description: 'The results stand in the order of the items. ahead: the fulfillment has no such version yet.',
    },
  }, async ({ body: { items }, caller: { clientId } }) => {
    const results = await acknowledge(pool, clientId, items);
    return { results: items.map(({ fulfillmentId }, index) => ({ fulfillmentId, result: results[index] ?? 'unknown' })) };
  });
}

function opened(cursors: Cursors, list: string, cursor: string): string {
  const place = cursors.open(list, cursor);
  if (place === undefined) throw new Problem(problems.invalid_cursor);
  return place;
}

function keyOf({ headers }: FastifyRequest): string {
  const key = idempotencyKeySchema.safeParse(headers['idempotency-key']);
  if (!key.success) throw new Problem(problems.idempotency_key_required);
  return key.data;
}

function answer(reply: FastifyReply, { answer: { fulfillmentId, status, body }, replayed }: Taken): FastifyReply {
  if (replayed) reply.header('idempotency-replayed', 'true');
  return sendText(reply.code(status).header('location', `/v1/fulfillments/${fulfillmentId}`), body);
}

/** Sends JSON that is text already: as bytes, because a text would be quoted once more. */
function sendText(reply: FastifyReply, json: string): FastifyReply {
  return reply.type(JSON_TYPE).send(Buffer.from(json));
}

/** JSON text of one result. What is not a problem of the item fails the whole call; repeating it is harmless. */
function itemResult(result: PromiseSettledResult<Taken>, requestId: string): string {
  if (result.status === 'fulfilled') {
    const { answer: { status, body }, replayed } = result.value;
    return `{"status":${status},"replayed":${replayed},"body":${body}}`;
  }
  if (!(result.reason instanceof Problem)) throw result.reason;
  return JSON.stringify({ status: result.reason.status, body: problemBody(result.reason, requestId) });
}
