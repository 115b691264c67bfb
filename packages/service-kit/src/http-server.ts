/**
 * The HTTP server of a service: Fastify 5 with everything that must be the same everywhere.
 * Promise: bodies are judged strictly and never converted; every route is guarded; every wait is bounded; every refusal
 * is a problem document; requests in hand finish when the server goes down.
 * Refuses: to start with a route that declares no scope or whose body takes unknown fields.
 */
import type { IncomingHttpHeaders } from 'node:http';
import fastify, { LogController } from 'fastify';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Authenticator } from './auth.ts';
import { createDrain } from './drain.ts';
import type { DrainOptions } from './drain.ts';
import { addGuard, bodyJudgement } from './guard.ts';
import type { GuardedRoute } from './guard.ts';
import { addHandlerTimeout } from './handler-timeout.ts';
import { addHealth } from './health.ts';
import type { ReadyCheck } from './health.ts';
import type { Logger } from './logging.ts';
import { addOpenApi } from './openapi.ts';
import type { Ports } from './ports.ts';
import { addProblemAnswers, answerClientError, problemFrom, sendProblem } from './problem-answers.ts';
import { addProblemPages } from './problem-pages.ts';
import { Problem, baseProblems } from './problems.ts';
import type { ProblemCatalogue } from './problems.ts';
import { addReferencePage } from './reference-page.ts';
import { addRequestContext, requestIdMaker } from './request-context.ts';
import { addRequestFigures } from './request-figures.ts';
import type { RequestFigures } from './request-figures.ts';
import { addRequestLog } from './request-log.ts';
import { requestLogger } from './request-logger.ts';
import { addRequestTraces } from './request-traces.ts';
import { collectRoutes } from './route-table.ts';
import { parseStrictJson } from './strict-json.ts';
import type { Tracing } from './tracing.ts';

/** A Fastify instance whose route schemas are zod schemas. */
export type HttpApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface HttpServerOptions {
  /** For the API description only; never shown by the health routes. */
  name: string;
  version: string;
  logger: Logger;
  /** Judges who is calling on all routes that are not public. */
  auth: Authenticator;
  /** The issuer's URL, for the API description. */
  issuer: string;
  /** Address under which clients know this service, for the API description; relative to it when left out. */
  publicUrl?: string;
  ports: Pick<Ports, 'uuid' | 'clock' | 'sleep'>;
  /** Dependencies that `/health/ready` asks. */
  ready?: Readonly<Record<string, ReadyCheck>>;
  /** The service's own problems; the base problems are always there. */
  problems?: readonly ProblemCatalogue[];
  /** Body limit; 1 MiB when left out. */
  bodyLimitBytes?: number;
  /** Limit for the arrival of a whole request; 20,000 ms when left out. */
  requestTimeoutMs?: number;
  /** Limit for a handler; 15,000 ms when left out. `request.signal` is aborted then. */
  handlerTimeoutMs?: number;
  /** Limit for each dependency asked by `/health/ready`; 1,000 ms when left out. */
  readyTimeoutMs?: number;
  /** Traces requests; nothing is traced when left out. */
  tracing?: Tracing | undefined;
  /** Is told of every answer. */
  requestFigures?: RequestFigures | undefined;
}

export interface HttpServer {
  app: HttpApp;
  /** Every route with what it asks for; the list grows as routes are added. */
  routes: readonly GuardedRoute[];
  /** Listens on 127.0.0.1 unless told otherwise; port 0 takes a free one. */
  listen(options: { port: number; host?: string }): Promise<{ port: number; url: string }>;
  /** Goes down in order: not ready, no new connections, requests in hand finish, hard end after `graceMs`. */
  drain(options: DrainOptions): Promise<void>;
}

/** Makes the server; routes are added to `app` before `listen`. */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const app = createApp(options);
  const routes = collectRoutes(app);
  const drain = createDrain(app, options.ports);
  addHandlerTimeout(app, options.handlerTimeoutMs ?? HANDLER_TIMEOUT_MS, options.ports.clock);
  addRequestContext(app, options.ports.uuid);
  addRequestTraces(app, options.tracing);
  addRequestLog(app);
  if (options.requestFigures !== undefined) addRequestFigures(app, options.requestFigures);
  addProblemAnswers(app, routes);
  const guarded = addGuard(app, options.auth);
  await addOpenApi(app, { title: options.name, version: options.version, issuer: options.issuer, serverUrl: options.publicUrl, auth: options.auth.description });
  addReferencePage(app, options.name);
  addHealth(app, { checks: options.ready ?? {}, isDraining: drain.isDraining, timeLimitMs: options.readyTimeoutMs ?? 1_000 });
  addProblemPages(app, [baseProblems, ...(options.problems ?? [])]);
  return {
    app: app.withTypeProvider<ZodTypeProvider>(),
    routes: guarded,
    async listen({ port, host = '127.0.0.1' }) {
      const url = await app.listen({ port, host });
      return { port: Number(new URL(url).port), url };
    },
    drain: drain.drain,
  };
}

const HANDLER_TIMEOUT_MS = 15_000;
const HEADERS_TIMEOUT_MS = 10_000;
const SLOW_CLIENT_CHECK_MS = 2_000;

function createApp(options: HttpServerOptions): FastifyInstance {
  const { requestTimeoutMs = 20_000, handlerTimeoutMs = HANDLER_TIMEOUT_MS, ports } = options;
  const app = fastify({
    loggerInstance: options.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    childLoggerFactory: requestLogger,
    genReqId: requestIdMaker(ports.uuid),
    bodyLimit: options.bodyLimitBytes ?? 1_048_576,
    // Ids have up to 200 characters, each up to 12 when it is percent-encoded.
    routerOptions: { maxParamLength: 2_400 },
    requestTimeout: requestTimeoutMs,
    connectionTimeout: requestTimeoutMs + handlerTimeoutMs,
    http: {
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
      connectionsCheckingInterval: Math.min(SLOW_CLIENT_CHECK_MS, requestTimeoutMs),
    },
    return503OnClosing: false,
    trustProxy: false,
    frameworkErrors: (error, request, reply) => void sendProblem(problemFrom(error), request, reply),
    clientErrorHandler: (error, socket) => answerClientError(error, socket, ports.uuid()),
  });
  app.setValidatorCompiler(validatorCompiler);
  // Answers are built by our own code and checked by its types; judging them again would cost every request.
  app.setSerializerCompiler(() => JSON.stringify);
  app.removeAllContentTypeParsers();
  takeJson(app, 'application/json');
  return app;
}

/** Reads bodies of this media type as JSON, as strictly as any: on the routes of this app that are added to it, or below it. */
export function takeJson(app: Pick<FastifyInstance, 'addContentTypeParser'>, mediaType: string): void {
  app.addContentTypeParser(mediaType, { parseAs: 'buffer' }, (request: FastifyRequest, body, done) => {
    const judged = bodyJudgement(request, body as Buffer);
    if (judged !== undefined) return judged.then(() => readBody(request.headers, body as Buffer));
    try {
      done(null, readBody(request.headers, body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
}

function readBody(headers: IncomingHttpHeaders, body: Buffer): unknown {
  refuseOtherEncodings(headers);
  return parseStrictJson(body);
}

/** Throws a problem for a body that is packed or not in UTF-8. */
function refuseOtherEncodings({ 'content-encoding': encoding, 'content-type': type = '' }: IncomingHttpHeaders): void {
  const charsets = type === 'application/json' ? [] : [...type.matchAll(/charset\s*=\s*"?([^\s;"]*)/gi)];
  if ((encoding === undefined || encoding === 'identity') && charsets.every(([, name = '']) => /^utf-?8$/i.test(name))) return;
  throw new Problem(baseProblems.unsupported_media_type, { detail: 'Bodies are read in UTF-8 and unpacked only.', headers: { 'accept-encoding': 'identity' } });
}
