/** The OpenAPI 3.1 description at `/openapi.json`, made from the zod schemas, the scopes and the problem form. */
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { PUBLIC } from './guard.ts';

export interface OpenApiOptions {
  title: string;
  version: string;
  issuer: string;
}

export async function addOpenApi(app: FastifyInstance, { title, version, issuer }: OpenApiOptions): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, version },
      components: { schemas: { Problem: PROBLEM_SCHEMA }, securitySchemes: { oauth: oauthScheme(issuer) } },
    },
    transform: (document) => {
      const scope = document.route.config?.scope;
      const { schema = {}, url } = jsonSchemaTransform({ ...document, schema: document.schema ?? {} });
      const security = scope === undefined || scope === PUBLIC ? [] : [{ oauth: [scope] }];
      return { url, schema: { ...schema, security, response: withProblem(schema['response']) } };
    },
  });
  app.get('/openapi.json', { config: { scope: PUBLIC }, schema: { hide: true } }, async () => app.swagger());
}

function oauthScheme(issuer: string) {
  return {
    type: 'openIdConnect',
    openIdConnectUrl: `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    description: 'Access token from the client credentials grant, with "resource" set to this service.',
  } as const;
}

function withProblem(response: unknown): Record<string, unknown> {
  const problem = {
    description: 'A problem; "code" says which, "type" is a page about it.',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  return { ...(response as Record<string, unknown> | undefined), default: problem };
}

const TEXT = { type: 'string' } as const;

const PROBLEM_SCHEMA = {
  type: 'object' as const,
  required: ['type', 'title', 'status', 'instance', 'code', 'requestId', 'retryable'],
  properties: {
    type: TEXT,
    title: TEXT,
    status: { type: 'integer' } as const,
    detail: TEXT,
    instance: TEXT,
    code: TEXT,
    requestId: TEXT,
    retryable: { type: 'boolean' } as const,
    errors: {
      type: 'array' as const,
      items: { type: 'object' as const, required: ['path', 'message'], properties: { path: TEXT, message: TEXT } },
    },
  },
};
