/**
 * The API of products: create, change, discontinue, read, list.
 * Promise: answers come after the commit. A change names the version that it was made from, so that no update is lost.
 */
import { pageLimit } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { IDEMPOTENCY_REPLAYED, LOCATION } from '@commerce/service-kit/openapi';
import { Problem } from '@commerce/service-kit/problems';
import { z } from 'zod';
import { problems } from '../../problems.ts';
import { audited } from '../../audit.ts';
import { actorOf, cursor, ETAG, etagOf, IF_MATCH, pageOf, requestProblems, requiredVersionOf, triggerOf } from '../../requests.http.ts';
import type { CatalogApi } from './api.ts';
import { refused, why, whyForm } from './api.ts';
import { productSubject, readProducts, readProductsBySku } from './catalog.pg.ts';
import { catalogProblems } from './problems.ts';
import { change, create, discontinue, PRODUCT_STATUSES, productForm, productPatch } from './products.ts';
import type { Product } from './products.ts';
import { productListView, productView } from './views.ts';
import type { ProductView } from './views.ts';

const pathSku = z.strictObject({ sku: z.string().min(1).max(200) });
const listQuery = z.strictObject({ status: z.enum(PRODUCT_STATUSES).optional(), limit: pageLimit, cursor });
const { version_required, version_invalid, version_differs } = requestProblems;
const { product_not_found, product_exists, product_discontinued, product_currency_not_supported } = catalogProblems;

/** Adds the routes of products. */
export function addProductRoutes(app: HttpApp, { pool, cursors, run }: CatalogApi): void {
  /** As it is shown, with its stock. */
  async function shown(sku: string): Promise<ProductView> {
    const product = (await readProductsBySku(pool, [sku])).get(sku);
    if (product === undefined) throw new Problem(product_not_found);
    return product;
  }

  app.post('/products', {
    config: { scope: 'catalog:write', answerHeaders: [LOCATION, ETAG, IDEMPOTENCY_REPLAYED], problems: [product_exists, product_currency_not_supported] },
    schema: {
      operationId: 'createProduct', summary: 'Create a product', description: 'The sku makes it repeatable: the same form again answers with the product as it is now.',
      tags: ['products'], body: productForm.extend(why), response: { 201: productView },
    },
  }, async (request, reply) => {
    const { reason = null, ...body } = request.body;
    let wasThere = false;
    await run<Product>({
      subject: productSubject(body.sku), name: 'catalog.create', trigger: triggerOf(request),
      decide: audited<Product>({ act: 'product.create', about: body.sku, by: actorOf(request), why: reason }, (there, context) => {
        wasThere = there !== undefined;
        return create(there, body, context);
      }),
    }).catch(refused);
    if (wasThere) void reply.header('idempotency-replayed', 'true');
    const product = await shown(body.sku);
    return reply.code(201).header('location', `/products/${encodeURIComponent(body.sku)}`).header('etag', etagOf(product)).send(product);
  });

  app.patch('/products/:sku', {
    config: { scope: 'catalog:write', headers: [IF_MATCH], answerHeaders: [ETAG], problems: [product_not_found, product_discontinued, product_currency_not_supported, version_required, version_invalid, version_differs] },
    schema: { operationId: 'updateProduct', summary: 'Change a product', tags: ['products'], params: pathSku, body: productPatch.extend(why), response: { 200: productView } },
  }, async (request, reply) => {
    const seen = requiredVersionOf(request);
    const { sku } = request.params;
    const { reason = null, ...patch } = request.body;
    const act = { act: 'product.update', about: sku, by: actorOf(request), why: reason, details: { fields: Object.keys(patch) } };
    await run<Product>({ subject: productSubject(sku), name: 'catalog.update_product', trigger: triggerOf(request), decide: audited<Product>(act, (there, context) => change(there, patch, seen, context)) }).catch(refused);
    const product = await shown(sku);
    return reply.header('etag', etagOf(product)).send(product);
  });

  app.post('/products/:sku/discontinue', {
    config: { scope: 'catalog:write', answerHeaders: [ETAG], problems: [product_not_found] },
    schema: { operationId: 'discontinueProduct', summary: 'Discontinue a product for good', description: 'May be repeated.', tags: ['products'], params: pathSku, body: whyForm, response: { 200: productView } },
  }, async (request, reply) => {
    const { sku } = request.params;
    const act = { act: 'product.discontinue', about: sku, by: actorOf(request), why: request.body?.reason ?? null };
    await run<Product>({ subject: productSubject(sku), name: 'catalog.discontinue', trigger: triggerOf(request), decide: audited<Product>(act, discontinue) }).catch(refused);
    const product = await shown(sku);
    return reply.header('etag', etagOf(product)).send(product);
  });

  app.get('/products/:sku', {
    config: { scope: 'catalog:read', answerHeaders: [ETAG], problems: [product_not_found] },
    schema: { operationId: 'readProduct', summary: 'Read a product and what can be sold of it', tags: ['products'], params: pathSku, response: { 200: productView } },
  }, async ({ params }, reply) => {
    const product = await shown(params.sku);
    return reply.header('etag', etagOf(product)).send(product);
  });

  app.get('/products', {
    config: { scope: 'catalog:read', problems: [problems.invalid_cursor] },
    schema: { operationId: 'listProducts', summary: 'List products by their sku', tags: ['products'], querystring: listQuery, response: { 200: productListView } },
  }, async ({ query }) => pageOf(cursors, JSON.stringify(['products', query.status]), query, ({ sku }) => sku, (afterSku, count) => readProducts(pool, { status: query.status, afterSku, limit: count })));
}
