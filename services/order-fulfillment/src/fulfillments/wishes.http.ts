/**
 * The API of what happens to a fulfillment after it was accepted: cancel, revoke, hold, release, and revoke by order.
 * Promise: 200 when what was wished is done, 202 while a provider must still tell, both only after the wish is durable; the
 * same wish again is answered with the state that was reached. A foreign id is answered like an unknown one.
 */
import { Overloaded } from '@commerce/event-log/micro-batcher';
import type { HttpApp } from '@commerce/service-kit/http-server';
import type { HeaderDescription } from '@commerce/service-kit/openapi';
import { Problem, baseProblems, retryAfter } from '@commerce/service-kit/problems';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { problems } from '../problems.ts';
import type { Reason } from '../providers/provider.ts';
import type { Fulfillment } from './fulfillment.ts';
import { cancelSchema, holdSchema, orderIdSchema, releaseSchema, revokeOrderSchema, revokeSchema } from './request.ts';
import { triggerOf } from './trigger.http.ts';
import { fulfillmentViewSchema, orderRevokedViewSchema, viewOf } from './view.ts';
import type { FulfillmentView } from './view.ts';
import { isUnderWay } from './wishes.ts';
import type { Refused } from './wishes.ts';
import type { WishResult, Wishes } from './wishes.pg.ts';

const TAGS = ['fulfillments'];
const OPTIONAL_KEY: HeaderDescription = {
  name: 'Idempotency-Key', schema: { type: 'string' }, description: 'Taken, and not needed: the same wish again is answered with the state that was reached.',
};
const WRITE = { scope: 'fulfillment:write', headers: [OPTIONAL_KEY] };
const OF_ONE = [problems.fulfillment_not_found, baseProblems.overloaded];
const params = z.strictObject({ fulfillmentId: z.string() });
const response = { 200: fulfillmentViewSchema };
const responses = { 200: fulfillmentViewSchema, 202: fulfillmentViewSchema };

export function addWishRoutes(app: HttpApp, wishes: Wishes): void {
  app.post('/v1/fulfillments/:fulfillmentId/cancel', {
    config: { ...WRITE, problems: [...OF_ONE, problems.already_settled] },
    schema: {
      operationId: 'cancelFulfillment', summary: 'Call a fulfillment off before it is complete', tags: TAGS, params, body: cancelSchema, response: responses,
      description: 'What is open is withdrawn, what was delivered is taken back. 202: a provider must still tell; the end is published. A provider that does not take back what it delivered leaves the fulfillment completed or partial.',
    },
  }, async (request, reply) => answer(reply, await wish(request, { kind: 'cancel', reason: reasonOf(request.body) })));

  app.post('/v1/fulfillments/:fulfillmentId/revoke', {
    config: { ...WRITE, problems: [...OF_ONE, problems.not_settled, problems.not_fulfilled, problems.unknown_line] },
    schema: {
      operationId: 'revokeFulfillment', summary: 'Take delivered lines back', tags: TAGS, params, body: revokeSchema, response: responses,
      description: '202: a provider must still tell; the end is published. A line whose provider refuses stays fulfilled, with the reason revoke_refused.',
    },
  }, async (request, reply) => answer(reply, await wish(request, { kind: 'revoke', reason: reasonOf(request.body), lineIds: request.body.lines })));

  app.post('/v1/fulfillments/:fulfillmentId/hold', {
    config: { ...WRITE, problems: [...OF_ONE, problems.already_begun] },
    schema: { operationId: 'holdFulfillment', summary: 'Wait with a fulfillment that nobody has begun', tags: TAGS, params, body: holdSchema, response },
  }, async (request, reply) => answer(reply, await wish(request, { kind: 'hold', reason: reasonOf(request.body) })));

  app.post('/v1/fulfillments/:fulfillmentId/release', {
    config: { ...WRITE, problems: [...OF_ONE, problems.not_on_hold] },
    schema: {
      operationId: 'releaseFulfillment', summary: 'Go on with a fulfillment that is on hold', tags: TAGS, params, body: releaseSchema, response,
      description: 'With a start time that lies ahead it is scheduled as before, and FulfillmentReleased is published when it goes on. The body may be left out.',
    },
  }, async (request, reply) => answer(reply, await wish(request, { kind: 'release' })));

  app.post('/v1/orders/:orderId/revoke', {
    config: { ...WRITE, problems: [baseProblems.overloaded] },
    schema: {
      operationId: 'revokeOrder', summary: 'Undo everything that was asked for an order', tags: TAGS, params: z.strictObject({ orderId: orderIdSchema }), body: revokeOrderSchema,
      description: 'Also for an order that is not known here: a request for it, or for these lines of it, that comes later is refused with order_revoked. 202: something is still under way.',
      response: { 200: orderRevokedViewSchema, 202: orderRevokedViewSchema },
    },
  }, async (request, reply) => {
    const { orderId } = request.params;
    const { lines } = request.body;
    refuseUnstorable(orderId);
    const all = await wishes.revokeOrder(request.caller.clientId, orderId, lines, reasonOf(request.body), triggerOf(request)).catch(tooMany);
    return reply.code(all.some(isUnderWay) ? 202 : 200).send({ orderId, lines: lines ?? null, fulfillments: all.map(viewOf) });
  });

  async function wish(request: Parameters<typeof triggerOf>[0] & { params: { fulfillmentId: string } }, asked: Parameters<Wishes['wish']>[2]): Promise<Fulfillment> {
    const id = z.uuid().safeParse(request.params.fulfillmentId);
    if (!id.success) throw new Problem(problems.fulfillment_not_found);
    return granted(await wishes.wish(request.caller.clientId, id.data.toLowerCase(), asked, triggerOf(request)).catch(tooMany), asked.kind === 'revoke' ? asked.lineIds : undefined);
  }
}

function granted(result: WishResult, lineIds: readonly string[] | undefined): Fulfillment {
  if (result.kind === 'granted') return result.fulfillment;
  if (result.kind === 'unknown') throw new Problem(problems.fulfillment_not_found);
  throw refusal(result, lineIds);
}

const MAX_ERRORS = 20;

function refusal(refused: Refused, lineIds: readonly string[] | undefined): Problem {
  switch (refused.kind) {
    case 'unknown_line':
      return new Problem(problems.unknown_line, { errors: refused.lines.slice(0, MAX_ERRORS).map((index) => ({ path: `/body/lines/${index}`, message: 'The fulfillment has no such line.' })) });
    case 'not_fulfilled': {
      const errors = refused.lineIds.flatMap((lineId) => {
        const index = lineIds?.indexOf(lineId) ?? -1;
        return index < 0 ? [] : [{ path: `/body/lines/${index}`, message: 'This line was not delivered.' }];
      });
      return new Problem(problems.not_fulfilled, errors.length > 0 ? { errors: errors.slice(0, MAX_ERRORS) } : {});
    }
    default:
      return new Problem(problems[refused.kind]);
  }
}

function answer(reply: FastifyReply, fulfillment: Fulfillment): FulfillmentView {
  reply.code(isUnderWay(fulfillment) ? 202 : 200);
  return viewOf(fulfillment);
}

function reasonOf({ reason: { code, message } }: z.infer<typeof cancelSchema>): Reason {
  return { code, ...(message !== undefined && { message }) };
}

/** What stands in the address was not judged as a body is. */
function refuseUnstorable(text: string): void {
  if (text.includes('\0') || !text.isWellFormed()) throw new Problem(baseProblems.malformed_request);
}

function tooMany(error: unknown): never {
  throw error instanceof Overloaded ? new Problem(baseProblems.overloaded, { headers: retryAfter(error.retryAfterMs) }) : error;
}
