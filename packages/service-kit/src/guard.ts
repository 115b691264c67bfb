/**
 * Deny by default: every route says which scope it needs, and nothing is handled before it was judged who is calling. A signature
 * is over the bytes of the body, too: then they are judged before anything is made of them.
 * Promise: the server does not start with a route that has no scope, or with a body or query that takes unknown fields.
 */
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { requireScope, unauthenticated } from './auth.ts';
import type { Authenticator } from './auth.ts';
import { Problem, baseProblems } from './problems.ts';

/** The scope of a route for which nobody must log in. */
export const PUBLIC = 'public';

const NO_BYTES = Buffer.alloc(0);

/** A route as it stands behind the guard. */
export interface GuardedRoute {
  readonly method: string;
  /** With `:name` for what differs. */
  readonly path: string;
  /** What it asks for, or `public`. */
  readonly scope: string;
}

/** Checks each route when it is registered and each request before its body is read. Gives the routes; the list grows as they are added. */
export function addGuard(app: FastifyInstance, auth: Authenticator): readonly GuardedRoute[] {
  const routes: GuardedRoute[] = [];
  app.addHook('onRoute', (route) => {
    refuseUnguardedRoute(route);
    for (const method of [route.method].flat()) routes.push({ method, path: route.url, scope: route.config?.scope ?? '' });
  });
  app.addHook('onRequest', async (request, reply) => {
    const { method = '', url: target = '', headers, rawHeaders } = request.raw;
    refuseUnstorableUrl(target);
    const { scope } = request.routeOptions.config;
    // Requests that match no route carry no scope; they end in "not found", which gives nothing away.
    if (request.is404 || scope === PUBLIC) return;
    refuseTokenInQuery(request);
    const { caller, answerHeaders, judgeBody } = await auth.authenticate({ method, target, headers, rawHeaders, scope });
    if (answerHeaders !== undefined) reply.headers(answerHeaders);
    requireScope(caller, scope);
    request.verifiedCaller = caller;
    request.judgeBody = judgeBody;
  });
  // A body that no parser has shown: there is none, the method has no use for it, or the parser is another one.
  app.addHook('preValidation', async (request) => bodyJudgement(request, NO_BYTES));
  return routes;
}

/** What the authentication says of the bytes of the body: asked once, undefined when it has said all. Rejects with a Problem. */
export function bodyJudgement(request: FastifyRequest, rawBody: Buffer): Promise<void> | undefined {
  const { judgeBody } = request;
  request.judgeBody = undefined;
  return judgeBody?.(rawBody);
}

function refuseUnguardedRoute(route: RouteOptions): void {
  const name = `${String(route.method)} ${route.url}`;
  if (!route.config?.scope) {
    throw new Error(`The route ${name} declares no scope. Write config: { scope: '<scope>' }, or '${PUBLIC}' when nobody must log in.`);
  }
  for (const part of ['body', 'querystring'] as const) {
    if (isStrict(route.schema?.[part])) continue;
    throw new Error(`The route ${name} takes unknown fields in its ${part}. Declare it with z.strictObject(…), in nested objects too.`);
  }
}

/**
 * True when no object within the zod schema takes fields it does not declare. Records and maps are open by intention.
 */
function isStrict(schema: unknown, seen: Set<unknown> = new Set()): boolean {
  if (typeof schema !== 'object' || schema === null || seen.has(schema)) return true;
  seen.add(schema);
  const definition = zodDefinition(schema);
  if (definition === undefined) return true;
  if (definition['type'] === 'object' && zodDefinition(definition['catchall'])?.['type'] !== 'never') return false;
  return innerSchemas(definition).every((inner) => isStrict(inner, seen));
}

function zodDefinition(schema: unknown): Record<string, unknown> | undefined {
  const internals = (schema as { _zod?: { def?: Record<string, unknown> } } | undefined)?._zod;
  return internals?.def;
}

function innerSchemas(definition: Record<string, unknown>): unknown[] {
  const { shape, getter, options, items, ...direct } = definition;
  const lazy = typeof getter === 'function' ? [(getter as () => unknown)()] : [];
  const listed = [options, items].filter(Array.isArray).flat();
  return [...Object.values((shape as object | undefined) ?? {}), ...listed, ...lazy, ...Object.values(direct)];
}

function refuseTokenInQuery(request: FastifyRequest): void {
  const { query } = request;
  if (typeof query === 'object' && query !== null && 'access_token' in query) {
    throw unauthenticated('A token in the address is refused: send it in the Authorization header.', 'invalid_request');
  }
}

function refuseUnstorableUrl(url: string): void {
  if (url.includes('%00')) throw new Problem(baseProblems.malformed_request, { detail: 'The address contains a NUL character.' });
}
