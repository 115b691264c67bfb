/** Who asks for webhooks, and for which: what the routes share. */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Asking } from './registration.ts';

export const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
export const pathId = z.strictObject({ id: z.string().min(1).max(200) });

/** The scope with which one sees what others have registered. */
const OPERATOR = 'admin';

export function askingOf({ caller }: FastifyRequest): Asking {
  return { clientId: caller.clientId, isOperator: caller.scopes.has(OPERATOR) };
}

/** Whose endpoints are listed; undefined: of all. */
export function ownerOf(request: FastifyRequest): string | undefined {
  const { clientId, isOperator } = askingOf(request);
  return isOperator ? undefined : clientId;
}
