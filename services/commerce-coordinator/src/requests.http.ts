/**
 * What requests have in common: who asks under which key, which version they have seen, which page they want.
 */
import type { Trigger } from '@commerce/event-log/event';
import { pageOf as readPage } from '@commerce/service-kit/cursors';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HeaderDescription } from '@commerce/service-kit/openapi';
import { defineProblems, Problem } from '@commerce/service-kit/problems';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Act } from './audit.ts';
import type { SeenVersion } from './commands.ts';
import { VersionDiffers } from './commands.ts';
import { problems } from './problems.ts';

export const requestProblems = defineProblems({
  version_required: {
    status: 428,
    title: 'The header If-Match is required',
    help: 'Read the present state and send its ETag as If-Match, so that you change what you have seen. "*" changes whatever is there.',
  },
  version_invalid: {
    status: 400,
    title: 'The header If-Match cannot be used',
    help: 'Send one ETag as it was answered, such as "3" with its quotes, or *.',
  },
  version_differs: {
    status: 412,
    title: 'It has been changed since you read it',
    help: 'Read the present state, decide again, and send the new ETag.',
  },
});

const { idempotency_key_required, idempotency_key_invalid, idempotency_key_reused, invalid_cursor } = problems;
/** What a request under an Idempotency-Key may be answered with, and one for a page. */
export const keyProblems = { idempotency_key_required, idempotency_key_invalid, idempotency_key_reused };
export const pageProblems = { invalid_cursor };

const KEY_PATTERN = /^[\x21-\x7e]{1,255}$/;
/** What an event's metadata takes. */
const MAX_USER_ID = 200;

const ETAG_SCHEMA = { type: 'string', pattern: '^(\\*|"[1-9]\\d{0,9}")$' };
export const IF_MATCH: HeaderDescription = { name: 'If-Match', required: true, schema: ETAG_SCHEMA, description: 'The ETag of the state that is to be changed, or * for whatever is there.' };
export const IF_MATCH_OPTIONAL: HeaderDescription = { ...IF_MATCH, required: false, description: 'The ETag of the state that is to be changed; without it whatever is there is changed.' };
export const ETAG: HeaderDescription = { name: 'ETag', schema: ETAG_SCHEMA, description: 'The version, for If-Match.' };

export const cursor = z.string().min(1).max(1_000).optional();

/** Throws a problem when the key is missing or cannot be used. */
export function idempotencyKeyOf({ headers }: FastifyRequest): string {
  const key = headers['idempotency-key'];
  if (key === undefined || key === '') throw new Problem(problems.idempotency_key_required);
  if (typeof key !== 'string' || !KEY_PATTERN.test(key)) throw new Problem(problems.idempotency_key_invalid);
  return key;
}

/** Who asks, for the record of an act. */
export function actorOf({ caller }: FastifyRequest): Act['by'] {
  return { subject: caller.subject, clientId: caller.clientId };
}

/** What the request is for the events that it causes. */
export function triggerOf({ caller, correlationId, causationId, sessionId, traceparent }: FastifyRequest): Trigger {
  return {
    correlationId,
    causationId: causationId ?? null,
    metadata: {
      userId: caller.subject.slice(0, MAX_USER_ID).toWellFormed(),
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(traceparent === undefined ? {} : { traceparent }),
    },
  };
}

/** The version in If-Match; undefined without the header. Throws a problem for what is no version. */
export function seenVersionOf({ headers }: FastifyRequest): SeenVersion | undefined {
  const given = headers['if-match'];
  if (given === undefined) return undefined;
  if (given === '*') return 'any';
  const version = /^"([1-9]\d{0,9})"$/.exec(given)?.[1];
  if (version === undefined) throw new Problem(requestProblems.version_invalid);
  return Number(version);
}

/** As `seenVersionOf`, where a lost update is possible. */
export function requiredVersionOf(request: FastifyRequest): SeenVersion {
  const version = seenVersionOf(request);
  if (version === undefined) throw new Problem(requestProblems.version_required);
  return version;
}

export function etagOf({ version }: { readonly version: number }): string {
  return `"${version}"`;
}

/** The problem of a version that differs; anything else as it is. */
export function versionProblem(error: unknown): unknown {
  return error instanceof VersionDiffers ? new Problem(requestProblems.version_differs, { detail: error.message }) : error;
}

/** One page of a list that is sorted by id. `read` gets the id after which the page begins, and how many to read. */
export function pageOf<Item>(
  cursors: Cursors, list: string, query: { readonly cursor?: string | undefined; readonly limit: number }, idOf: (item: Item) => string,
  read: (afterId: string | undefined, count: number) => Promise<readonly Item[]>,
): Promise<{ items: Item[]; nextCursor: string | null }> {
  return readPage({ cursors, list, refusal: problems.invalid_cursor }, query, idOf, read);
}
