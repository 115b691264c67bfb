/**
 * The API of the inventory: adjust one stock or many, read one, list them.
 * Promise: answers come after the commit; the same request under one key is made once.
 */
import { pageLimit } from '@commerce/service-kit/cursors';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED } from '@commerce/service-kit/openapi';
import { Problem } from '@commerce/service-kit/problems';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Pool } from 'pg';
import { z } from 'zod';
import { problems } from '../../problems.ts';
import { actorOf, cursor, idempotencyKeyOf, pageOf, triggerOf } from '../../requests.http.ts';
import { adjustmentForm, adjustmentsForm } from './adjust.ts';
import type { AdjustedLine, AdjustmentsForm } from './adjust.ts';
import type { Adjusting } from './adjusting.pg.ts';
import { readStock, readStocks } from './inventory.pg.ts';
import { InventoryRefused, inventoryProblems } from './problems.ts';
import type { LineFault } from './problems.ts';
import { adjustedListView, adjustedView, stockListView, stockViewSchema } from './views.ts';

export interface InventoryApi {
  readonly pool: Pool;
  readonly cursors: Cursors;
  readonly adjust: Adjusting;
}

const pathSku = z.strictObject({ sku: z.string().min(1).max(200) });
const listQuery = z.strictObject({
  availableAtMost: z.string().regex(/^\d{1,9}$/, 'must be a whole number of at most nine digits').transform(Number).optional().meta({ description: 'Only stocks of which so few, or fewer, can be sold.' }),
  limit: pageLimit, cursor,
});
const { stock_not_found, stock_out_of_range } = inventoryProblems;
const adjusting = {
  scope: 'inventory:write', headers: [IDEMPOTENCY_KEY], answerHeaders: [IDEMPOTENCY_REPLAYED],
  problems: [problems.idempotency_key_required, problems.idempotency_key_invalid, problems.idempotency_key_reused, stock_out_of_range],
};

/** Adds the routes of the inventory. */
export function addInventoryRoutes(app: HttpApp, { pool, cursors, adjust }: InventoryApi): void {
  async function adjusted(request: FastifyRequest, reply: FastifyReply, form: AdjustmentsForm, pathOf: (index: number) => string): Promise<AdjustedLine[]> {
    const { lines, isReplayed } = await adjust({ by: actorOf(request), idempotencyKey: idempotencyKeyOf(request), form, trigger: triggerOf(request) })
      .catch((error: unknown) => refused(error, pathOf));
    if (isReplayed) void reply.header('idempotency-replayed', 'true');
    return [...lines];
  }

  app.post('/inventory/adjustments', {
    config: adjusting,
    schema: { operationId: 'adjustStock', summary: 'Adjust the stock of a product', tags: ['inventory'], body: adjustmentForm, response: { 200: adjustedView } },
  }, async (request, reply) => {
    const { sku, delta, reason } = request.body;
    const [line] = await adjusted(request, reply, { reason, adjustments: [{ sku, delta }] }, () => '/body/delta');
    if (line === undefined) throw new Error('An adjustment of one stock was answered with none.');
    return line;
  });

  app.post('/inventory/adjustments/bulk', {
    config: adjusting,
    schema: { operationId: 'adjustStocks', summary: 'Adjust the stocks of many products, all or none', tags: ['inventory'], body: adjustmentsForm, response: { 200: adjustedListView } },
  }, async (request, reply) => ({ items: await adjusted(request, reply, request.body, (index) => `/body/adjustments/${index}/delta`) }));

  app.get('/inventory/:sku', {
    config: { scope: 'inventory:read', problems: [stock_not_found] },
    schema: { operationId: 'readStock', summary: 'Read the stock of a product', tags: ['inventory'], params: pathSku, response: { 200: stockViewSchema } },
  }, async ({ params }) => {
    const stock = await readStock(pool, params.sku);
    if (stock === undefined) throw new Problem(stock_not_found);
    return stock;
  });

  app.get('/inventory', {
    config: { scope: 'inventory:read', problems: [problems.invalid_cursor] },
    schema: { operationId: 'listStocks', summary: 'List stocks by their sku', tags: ['inventory'], querystring: listQuery, response: { 200: stockListView } },
  }, async ({ query }) => {
    const { availableAtMost } = query;
    return pageOf(cursors, JSON.stringify(['inventory', availableAtMost]), query, ({ sku }) => sku, (afterSku, count) => readStocks(pool, { availableAtMost, afterSku, limit: count }));
  });
}

/** Turns what a decision refuses into problems. */
function refused(error: unknown, pathOf: (index: number) => string): never {
  if (!(error instanceof InventoryRefused)) throw error;
  if (error.code === 'idempotency_key_reused') throw new Problem(problems.idempotency_key_reused);
  throw new Problem(stock_out_of_range, { errors: error.faults.map(({ index, message }: LineFault) => ({ path: pathOf(index), message })) });
}
