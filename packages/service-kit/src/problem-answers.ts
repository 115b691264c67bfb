/**
 * Turns whatever went wrong with a request into a problem, in one place.
 * Promise: a client sees only catalogue texts and field messages; a bug is logged once, with its cause.
 */
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { isDatabaseUnavailable } from './database.ts';
import { PROBLEM_CONTENT_TYPE, Problem, baseProblems, problemBody, retryAfter } from './problems.ts';
import type { FieldError, ProblemDefinition } from './problems.ts';
import type { RouteTable } from './route-table.ts';
import { JsonRefused } from './strict-json.ts';
import { errorCode } from './thrown.ts';

export function addProblemAnswers(app: FastifyInstance, routes: RouteTable): void {
  app.setErrorHandler((error: unknown, request, reply) => {
    // Where nothing lives it does not matter what was wrong with the content: QUERY without any is an error to Fastify even there.
    const nothingThere = request.is404 && errorCode(error)?.startsWith('FST_ERR_');
    return sendProblem(nothingThere ? notFound(request, routes) : problemFrom(error), request, reply);
  });
  app.setNotFoundHandler((request, reply) => sendProblem(notFound(request, routes), request, reply));
}

/** Sends a problem from a place that cannot throw. */
export function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (problem.status === 500) request.log.error({ err: problem.cause }, 'a request failed because of a bug');
  else if (problem.status > 500) request.log.warn({ err: problem.cause, code: problem.code }, 'a request could not be served');
  return reply.code(problem.status).headers(problem.headers).type(PROBLEM_CONTENT_TYPE).send(problemBody(problem, request.id));
}

const RETRY_AFTER_MS = 2_000;

/** The problem that a thrown value stands for; anything unknown is a bug, and an internal error to the client. */
export function problemFrom(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof JsonRefused) return new Problem(baseProblems.malformed_json, { detail: error.message });
  // Thrown where events are made, for what the strict reading of bodies let through; that package is not known here.
  if (error instanceof Error && error.name === 'NotStorable') return new Problem(baseProblems.malformed_json, { detail: `The body contains ${error.message}.`, cause: error });
  if (hasZodFastifySchemaValidationErrors(error)) {
    return new Problem(baseProblems.validation_failed, { errors: fieldErrors(error) });
  }
  if (isDatabaseUnavailable(error)) {
    return new Problem(baseProblems.dependency_unavailable, {
      detail: 'The database cannot serve at present.',
      headers: retryAfter(RETRY_AFTER_MS),
      cause: error,
    });
  }
  const code = errorCode(error) ?? '';
  if (TIMEOUT_CODES.has(code)) return new Problem(baseProblems.timed_out, { headers: retryAfter(RETRY_AFTER_MS), cause: error });
  const known = FASTIFY_CODES[code];
  return known ? new Problem(known) : new Problem(baseProblems.internal_error, { cause: error });
}

/** 57014 is PostgreSQL's statement timeout, 55P03 its lock timeout. */
const TIMEOUT_CODES = new Set(['57014', '55P03']);

const FASTIFY_CODES: Record<string, ProblemDefinition> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: baseProblems.unsupported_media_type,
  FST_ERR_CTP_BODY_TOO_LARGE: baseProblems.body_too_large,
  FST_ERR_CTP_EMPTY_JSON_BODY: baseProblems.malformed_json,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: baseProblems.malformed_request,
  FST_ERR_CTP_EMPTY_TYPE: baseProblems.unsupported_media_type,
  FST_ERR_BAD_URL: baseProblems.malformed_request,
  FST_ERR_MAX_PARAM_LENGTH: baseProblems.not_found,
};

const MAX_FIELD_ERRORS = 20;

function fieldErrors(error: Pick<FastifyError, 'validation' | 'validationContext'>): FieldError[] {
  const context = error.validationContext ?? 'body';
  return (error.validation ?? [])
    .slice(0, MAX_FIELD_ERRORS)
    .map(({ instancePath, message }) => ({ path: `/${context}${instancePath}`.replace(/\/$/, ''), message: message ?? 'is wrong' }));
}

function notFound(request: FastifyRequest, routes: RouteTable): Problem {
  const methods = routes.methodsFor(request.url);
  if (methods.length === 0) return new Problem(baseProblems.not_found);
  return new Problem(baseProblems.method_not_allowed, { headers: { allow: methods.join(', ') } });
}

/** Answers what Node itself could not read as a request, and closes the connection. */
export function answerClientError(error: Error & { code?: string }, socket: Socket, requestId: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const definition = CLIENT_ERRORS[error.code ?? ''] ?? baseProblems.malformed_request;
  const body = JSON.stringify(problemBody(new Problem(definition), requestId));
  const head = `HTTP/1.1 ${definition.status} Refused\r\nconnection: close\r\ncontent-type: ${PROBLEM_CONTENT_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}`;
  socket.end(`${head}\r\n\r\n${body}`);
}

const CLIENT_ERRORS: Record<string, ProblemDefinition> = {
  ERR_HTTP_REQUEST_TIMEOUT: baseProblems.request_timeout,
  HPE_HEADER_OVERFLOW: baseProblems.headers_too_large,
};
