/** Who asks for webhooks, and for which: what the routes share. */
import { requireScope } from '@commerce/service-kit/auth';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import type { Asking } from './registration.ts';

export const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
export const pathId = z.strictObject({ id: z.string().min(1).max(200) });

/** The scopes with which one sees what others have registered. What may be done with it is said by the scope of each route. */
const OPERATOR = ['admin', 'webhooks:all'];
/** With which one says where the deliveries of others go, and what they are signed and sent with. */
const ADMIN = 'admin';

export function askingOf({ caller }: FastifyRequest): Asking {
  return { clientId: caller.clientId, isOperator: OPERATOR.some((scope) => caller.scopes.has(scope)) };
}

/** Whose endpoints are listed; undefined: of all. */
export function ownerOf(request: FastifyRequest): string | undefined {
  const { clientId, isOperator } = askingOf(request);
  return isOperator ? undefined : clientId;
}

/** Throws 403 when somebody else's endpoint is to go elsewhere, or to be signed or sent with something else, and the caller is no admin. */
export function refuseForeign({ caller }: FastifyRequest, { owner }: Pick<Endpoint, 'owner'>): void {
  if (owner !== caller.clientId) requireScope(caller, ADMIN);
}
