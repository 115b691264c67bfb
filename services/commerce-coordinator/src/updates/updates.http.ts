/**
 * Updates of payments and disputes over HTTP, between services: whoever asks needs a token with the scope `updates:write`.
 * Promise: 200 only after the update is durable, with what follows from it.
 */
import { Overloaded } from '@commerce/event-log/micro-batcher';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { baseProblems, Problem, retryAfter } from '@commerce/service-kit/problems';
import { updateProblems } from './problems.ts';
import { disputeUpdateRequest, orderUpdateRequest, updateAnswer } from './update.ts';
import type { UpdateAnswer, Updates } from './update.ts';
import { MAX_UPDATE_BYTES, UPDATES_SCOPE } from './access.ts';

const CONFIG = { scope: UPDATES_SCOPE, problems: [...Object.values(updateProblems), baseProblems.overloaded] };
const TAGS = ['updates'];

export function addUpdateRoutes(app: HttpApp, { processOrderUpdate, processDisputeUpdate }: Updates): void {
  app.post('/internal/updates/orders', {
    bodyLimit: MAX_UPDATE_BYTES, config: CONFIG,
    schema: { operationId: 'updateOrder', summary: 'What a payment provider tells of the payment of an order', tags: TAGS, body: orderUpdateRequest, response: { 200: updateAnswer } },
  }, async ({ body, correlationId }) => successOf(await processOrderUpdate(body, { correlationId }).catch(refuse)));

  app.post('/internal/updates/disputes', {
    bodyLimit: MAX_UPDATE_BYTES, config: CONFIG,
    schema: { operationId: 'updateDispute', summary: 'What a payment provider tells of a dispute about the payment of an order', tags: TAGS, body: disputeUpdateRequest, response: { 200: updateAnswer } },
  }, async ({ body, correlationId }) => successOf(await processDisputeUpdate(body, { correlationId }).catch(refuse)));
}

const REFUSALS = { duplicate: updateProblems.update_duplicate, unknown_order: updateProblems.update_order_unknown, invalid_status: updateProblems.update_status_invalid } as const;

/** Throws for what has no effect and was not merely too late. */
function successOf(answer: UpdateAnswer): UpdateAnswer {
  const { verdict, detail } = answer;
  if (verdict === 'applied' || verdict === 'stale') return answer;
  throw new Problem(REFUSALS[verdict], detail === undefined ? {} : { detail });
}

function refuse(error: unknown): never {
  if (error instanceof Overloaded) throw new Problem(baseProblems.overloaded, { headers: retryAfter(error.retryAfterMs) });
  throw error;
}
