/**
 * The OpenAPI 3.1 description at `/openapi.json`, from which a client can be written without asking anybody.
 *
 * A route says what only it knows; the rest (headers and problems of every route, security, the problem form) is added here:
 *
 *   app.post('/orders', {
 *     config: { scope: 'orders:write', headers: [IDEMPOTENCY_KEY], answerHeaders: [LOCATION], problems: [problems.order_number_taken] },
 *     schema: { operationId: 'placeOrder', summary: 'Place an order', body: orderForm, response: { 202: placedOrderView } },
 *   }, …)
 *
 * Headers are described, not judged: the handler judges those that it reads. A schema with a title, `.meta({ title: 'Order' })`,
 * becomes a component of that name. Answers are described as open: a client must take members that it does not know.
 */
import { STATUS_CODES } from 'node:http';
import swagger from '@fastify/swagger';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { PUBLIC } from './guard.ts';
import { withComponents, withoutReferences } from './openapi-components.ts';
import { PROBLEM_CONTENT_TYPE, baseProblems } from './problems.ts';
import type { ProblemDefinition } from './problems.ts';

export interface OpenApiOptions {
  title: string;
  version: string;
  issuer: string;
  /** Address of the service; relative to the description when left out. */
  serverUrl: string | undefined;
  /** Ways to authenticate beside the token, if there are any. */
  auth: AuthDescription | undefined;
}

/** What an authentication adds to every route that is not public. */
export interface AuthDescription {
  /** Ways in beside the token, by name: security schemes of OpenAPI. */
  readonly schemes: Readonly<Record<string, { readonly type: 'apiKey'; readonly in: 'header'; readonly name: string; readonly description: string }>>;
  readonly problems: readonly ProblemDefinition[];
  readonly answerHeaders: readonly HeaderDescription[];
}

/** A header of a request or an answer. */
export interface HeaderDescription {
  readonly name: string;
  readonly description: string;
  /** Of a request header; false when left out. */
  readonly required?: boolean;
  /** JSON Schema. */
  readonly schema: Readonly<Record<string, unknown>>;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Request headers that it reads beside those of every route. */
    headers?: readonly HeaderDescription[];
    /** Headers of its successful answers beside those of every answer. */
    answerHeaders?: readonly HeaderDescription[];
    /** What it may answer beside the problems that follow from its form: token, scope, body, query, timeouts. */
    problems?: readonly ProblemDefinition[];
  }
}

export const IDEMPOTENCY_KEY: HeaderDescription = {
  name: 'Idempotency-Key', required: true, schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
  description: 'New for each request, such as a UUID; the same key with the same body gets the first answer again.',
};
export const IDEMPOTENCY_REPLAYED: HeaderDescription = {
  name: 'Idempotency-Replayed', schema: { type: 'string', const: 'true' }, description: 'Only there when this is the first answer again.',
};
export const LOCATION: HeaderDescription = { name: 'Location', schema: { type: 'string', format: 'uri-reference' }, description: 'Path of what was made.' };

const HARMLESS_ID = { type: 'string', pattern: '^[\\w.:-]{1,128}$' };
/** What does not fit is passed over, not refused; so any text is described as allowed. */
const REQUEST_HEADERS: readonly HeaderDescription[] = [
  { name: 'X-Correlation-Id', schema: { type: 'string' }, description: 'A UUID that joins everything that follows from this request; made when it is missing or no UUID.' },
  { name: 'X-Causation-Id', schema: { type: 'string' }, description: 'The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID.' },
  { name: 'X-Session-Id', schema: { type: 'string' }, description: 'The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else.' },
  { name: 'traceparent', schema: { type: 'string' }, description: 'Trace context of W3C; carried in the events. Passed over when it is malformed.' },
];
const ANSWER_HEADERS: readonly HeaderDescription[] = [
  { name: 'X-Request-Id', schema: HARMLESS_ID, description: 'Names this request in the log of the service.' },
  { name: 'X-Correlation-Id', schema: { type: 'string', format: 'uuid' }, description: 'The one that was sent, or the one that was made.' },
];
const RETRY_AFTER: HeaderDescription = { name: 'Retry-After', schema: { type: 'integer', minimum: 1 }, description: 'Seconds to wait before the same request is sent again.' };
const WWW_AUTHENTICATE: HeaderDescription = { name: 'WWW-Authenticate', schema: { type: 'string' }, description: 'What is wrong with the token, or which scope it lacks.' };

const ONLY_TOKENS: AuthDescription = { schemes: {}, problems: [], answerHeaders: [] };

export async function addOpenApi(app: FastifyInstance, { title, version, issuer, serverUrl = '/', auth = ONLY_TOKENS }: OpenApiOptions): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, version, description: descriptionOf(auth), license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' } },
      servers: [{ url: serverUrl }],
      components: { schemas: { Problem: PROBLEM_SCHEMA }, securitySchemes: { oauth: oauthScheme(issuer), ...auth.schemes } },
    },
    transform: (document) => {
      const { config } = document.route;
      const { schema = {}, url } = jsonSchemaTransform({ ...document, schema: document.schema ?? {} });
      const scope = config?.scope ?? PUBLIC;
      const ways = scope === PUBLIC ? ONLY_TOKENS : auth;
      const security = scope === PUBLIC ? [] : ['oauth', ...Object.keys(ways.schemes)].map((way) => ({ [way]: [scope] }));
      const response = {
        ...successes(schema['response'], [...(config?.answerHeaders ?? []), ...ways.answerHeaders]),
        ...refusals([...problemsOf(document.route), ...ways.problems], ways.answerHeaders),
      };
      const description = [schema.description, scope === PUBLIC ? 'Needs no token.' : `Scope: \`${scope}\`.`].filter((text) => text !== undefined).join('\n\n');
      return { url, schema: { ...schema, description, security, headers: parameters([...(config?.headers ?? []), ...REQUEST_HEADERS]), response } };
    },
    transformObject: (document) => withComponents(withOptionalBodies('openapiObject' in document ? document.openapiObject : document.swaggerObject)),
  });
  app.get('/openapi.json', { config: { scope: PUBLIC }, schema: { hide: true } }, async () => app.swagger());
}

/** A body that may be null may be left out. */
function withOptionalBodies<Document extends object>(document: Document): Document {
  for (const methods of Object.values((document as { paths?: Record<string, Record<string, any>> }).paths ?? {})) {
    for (const { requestBody } of Object.values(methods)) {
      const schemas: { schema?: { anyOf?: readonly { type?: unknown }[] } }[] = Object.values(requestBody?.content ?? {});
      if (schemas.some(({ schema }) => schema?.anyOf?.some(({ type }) => type === 'null'))) requestBody.required = false;
    }
  }
  return document;
}

/** What a client could not be written from, one sentence per gap; for the tests of a service. `document` is the JSON of `/openapi.json`. */
export function gapsInDescription(document: { readonly paths: Readonly<Record<string, Readonly<Record<string, any>>>> }): string[] {
  const operations = Object.entries(withoutReferences(document).paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })));
  const ids = operations.map(({ operation }) => operation.operationId);
  return operations.flatMap(({ name, operation }) => [
    ...(typeof operation.operationId === 'string' && ids.indexOf(operation.operationId) === ids.lastIndexOf(operation.operationId) ? [] : [`${name} has no operationId of its own`]),
    ...(operation.summary ? [] : [`${name} has no summary`]),
    ...(Object.keys(operation.responses).some((status) => status.startsWith('2')) ? [] : [`${name} has no successful answer`]),
  ]);
}

/** Those that follow from the form of the route, then its own. */
function problemsOf({ config, schema, url }: RouteOptions): ProblemDefinition[] {
  const { body, querystring, params } = schema ?? {};
  return [
    baseProblems.malformed_request,
    ...(body || querystring || params ? [baseProblems.validation_failed] : []),
    ...(body ? [baseProblems.malformed_json, baseProblems.body_too_large, baseProblems.unsupported_media_type] : []),
    ...(config?.scope === PUBLIC ? [] : [baseProblems.unauthenticated, baseProblems.insufficient_scope]),
    ...(url.includes('/:') ? [baseProblems.not_found] : []),
    baseProblems.request_timeout, baseProblems.headers_too_large,
    baseProblems.internal_error, baseProblems.dependency_unavailable, baseProblems.timed_out,
    ...(config?.problems ?? []),
  ];
}

function successes(response: unknown, own: readonly HeaderDescription[]): Record<string, unknown> {
  const answers = Object.entries((response as Record<string, object> | undefined) ?? {});
  return Object.fromEntries(answers.map(([status, schema]) => [status, {
    'x-response-description': STATUS_CODES[status] ?? 'Success', ...asAnswer(schema), headers: answerHeaders([...own, ...ANSWER_HEADERS]),
  }]));
}

/** The schema with its objects open for members that come later, and without what says nothing new: a format in other words, the range of integers. */
function asAnswer<Value>(schema: Value): Value {
  if (Array.isArray(schema)) return schema.map(asAnswer) as Value;
  if (typeof schema !== 'object' || schema === null) return schema;
  const idle = (keyword: string, value: unknown): boolean =>
    (keyword === 'additionalProperties' && value === false) || (keyword === 'pattern' && typeof value === 'string' && 'format' in schema) || Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER;
  return Object.fromEntries(Object.entries(schema).flatMap(([keyword, value]) => (idle(keyword, value) ? [] : [[keyword, asAnswer(value)]]))) as Value;
}

/** One answer per status, with the codes that it can carry. */
function refusals(problems: readonly ProblemDefinition[], always: readonly HeaderDescription[]): Record<string, unknown> {
  const statuses = [...new Set(problems.map(({ status }) => status))].toSorted((a, b) => a - b);
  return Object.fromEntries(statuses.map((status) => {
    const here = problems.filter((problem) => problem.status === status);
    const own = [
      ...(status === 401 || status === 403 ? [WWW_AUTHENTICATE] : []),
      ...(here.some(({ retryable }) => retryable) ? [RETRY_AFTER] : []),
    ];
    const code = { type: 'string', enum: [...new Set(here.map((problem) => problem.code))] };
    return [String(status), {
      description: here.map((problem) => `${problem.code}: ${problem.title}.`).join('\n'),
      headers: answerHeaders([...own, ...always, ...ANSWER_HEADERS]),
      content: { [PROBLEM_CONTENT_TYPE]: { schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, { type: 'object', properties: { code } }] } } },
    }];
  }));
}

function answerHeaders(headers: readonly HeaderDescription[]): Record<string, unknown> {
  return Object.fromEntries(headers.map(({ name, description, schema }) => [name, { ...schema, description }]));
}

function parameters(headers: readonly HeaderDescription[]): Record<string, unknown> {
  return { type: 'object', required: headers.filter(({ required }) => required).map(({ name }) => name), properties: answerHeaders(headers) };
}

const OAUTH = 'Access token (RFC 9068) of the OAuth 2.0 client credentials grant, with "resource" set to this service, in the header Authorization: Bearer.';

function oauthScheme(issuer: string) {
  return {
    type: 'openIdConnect',
    openIdConnectUrl: `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    description: OAUTH,
  } as const;
}

const RULES = [
  'Requests are judged strictly: unknown members are refused and nothing is converted. Answers may gain members and headers:',
  'pass over those that you do not know. Every refusal is a problem of RFC 9457; its `code` says which, and `/problems/{code}` what to do.',
].join('\n');

/** The ways in are told in words, too: a page that only shows the API has no other place for them. */
function descriptionOf({ schemes }: AuthDescription): string {
  const ways = { oauth: { description: OAUTH }, ...schemes };
  return [RULES, 'A request proves who is calling in one way of these:', ...Object.entries(ways).map(([name, { description }]) => `- **${name}**: ${description}`)].join('\n\n');
}

const TEXT = { type: 'string' } as const;

const PROBLEM_SCHEMA = {
  type: 'object' as const,
  description: 'A problem of RFC 9457: "code" says which, "type" is a page about it.',
  required: ['type', 'title', 'status', 'instance', 'code', 'requestId', 'retryable'],
  properties: {
    type: TEXT,
    title: TEXT,
    status: { type: 'integer' } as const,
    detail: TEXT,
    instance: TEXT,
    code: TEXT,
    requestId: TEXT,
    retryable: { type: 'boolean' as const, description: 'True when the same request may succeed later.' },
    errors: {
      type: 'array' as const,
      items: { type: 'object' as const, required: ['path', 'message'], properties: { path: TEXT, message: TEXT } },
    },
  },
};
