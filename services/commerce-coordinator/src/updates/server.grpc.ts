/**
 * Updates of payments and disputes over gRPC, between services, on a port of its own.
 *
 * Promise: the same tokens, schemas and verdicts as over HTTP; OK only after the update is durable. What was cancelled, or is past its
 * deadline while it waits for its turn, is not begun; what is begun is finished, whoever still waits for it. Refuses: messages beyond 64 KiB, and to tell a caller what went wrong inside.
 */
import { Overloaded } from '@commerce/event-log/micro-batcher';
import type { TokenVerifier } from '@commerce/service-kit/auth';
import { Problem } from '@commerce/service-kit/problems';
import { Server, status } from '@grpc/grpc-js';
import type { handleUnaryCall, sendUnaryData, ServerCredentials, ServerUnaryCall } from '@grpc/grpc-js';
import type { z } from 'zod';
import { MAX_UPDATE_BYTES, UPDATES_SCOPE } from './access.ts';
import { CORRELATION_METADATA, UPDATES_SERVICE } from './updates-service.grpc.ts';
import type { GrpcUpdateAnswer, UpdateRequests } from './updates-service.grpc.ts';
import { disputeUpdateRequest, orderUpdateRequest } from './update.ts';
import type { UpdateAnswer, UpdateFlow, Updates } from './update.ts';

export interface GrpcServerOptions {
  readonly updates: Updates;
  readonly auth: TokenVerifier;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly credentials: ServerCredentials;
  readonly uuid: () => string;
  readonly nowMs: () => number;
  readonly logger: { error(fields: object, message: string): void };
  /** For calls that are open when it stops, in ms. */
  readonly graceMs: number;
}

export interface GrpcServer {
  /** `host:port`. */
  readonly address: string;
  stop(): Promise<void>;
}

const VERDICT_STATUS: Readonly<Record<UpdateAnswer['verdict'], status>> = {
  applied: status.OK, stale: status.OK, duplicate: status.ALREADY_EXISTS, unknown_order: status.NOT_FOUND, invalid_status: status.FAILED_PRECONDITION,
};
const PROBLEM_STATUS: Readonly<Record<number, status>> = { 401: status.UNAUTHENTICATED, 403: status.PERMISSION_DENIED };
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MAX_STREAMS = 1_000;

/** A call is refused. */
class CallRefused extends Error {
  override readonly name = 'CallRefused';
  readonly code: status;
  constructor(code: status, details: string) {
    super(details);
    this.code = code;
  }
}

type Call = ServerUnaryCall<unknown, GrpcUpdateAnswer>;

/** Listens when it resolves. */
export async function startGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const { updates, host, graceMs } = options;
  const server = new Server({ 'grpc.max_receive_message_length': MAX_UPDATE_BYTES, 'grpc.max_concurrent_streams': MAX_STREAMS });
  const methods: Record<keyof UpdateRequests, handleUnaryCall<unknown, GrpcUpdateAnswer>> = {
    sendOrderUpdate: unary(options, orderUpdateRequest, updates.processOrderUpdate),
    sendDisputeUpdate: unary(options, disputeUpdateRequest, updates.processDisputeUpdate),
  };
  server.addService(UPDATES_SERVICE, methods);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${options.port}`, options.credentials, (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
  return {
    address: `${host}:${port}`,
    stop: () => new Promise((resolve) => {
      // A connection that never came to speak gRPC is none to the library, which would wait for it.
      const limit = setTimeout(() => {
        server.forceShutdown();
        resolve();
      }, graceMs);
      server.tryShutdown(() => {
        clearTimeout(limit);
        resolve();
      });
    }),
  };
}

function unary<Request>(options: GrpcServerOptions, schema: z.ZodType<Request>, process: (update: Request, flow: UpdateFlow) => Promise<UpdateAnswer>): handleUnaryCall<unknown, GrpcUpdateAnswer> {
  async function reply(call: Call, done: sendUnaryData<GrpcUpdateAnswer>): Promise<void> {
    let given: GrpcUpdateAnswer;
    try {
      given = await answer(call, givenUpOf(call), options, schema, process);
    } catch (error) {
      return done(refusalOf(error, options));
    }
    return done(null, given);
  }
  return (call: Call, done: sendUnaryData<GrpcUpdateAnswer>) => void reply(call, done);
}

/** Throws `CallRefused`, and whatever went wrong. */
async function answer<Request>(call: Call, givenUp: AbortSignal, { auth, uuid, nowMs }: GrpcServerOptions, schema: z.ZodType<Request>, process: (update: Request, flow: UpdateFlow) => Promise<UpdateAnswer>): Promise<GrpcUpdateAnswer> {
  const caller = await auth.verify(textOf(call, 'authorization'));
  if (!caller.scopes.has(UPDATES_SCOPE)) throw new CallRefused(status.PERMISSION_DENIED, `This needs the scope ${UPDATES_SCOPE}.`);
  const parsed = schema.safeParse(call.request);
  if (!parsed.success) throw new CallRefused(status.INVALID_ARGUMENT, parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'message'}: ${message}`).slice(0, 10).join('; ').slice(0, 1_000));
  givenUp.throwIfAborted();
  const deadline = call.getDeadline();
  if (Number(deadline) <= nowMs()) throw new CallRefused(status.DEADLINE_EXCEEDED, 'The deadline had passed.');
  const given = textOf(call, CORRELATION_METADATA);
  const { verdict, detail } = await process(parsed.data, { correlationId: given !== undefined && UUID.test(given) ? given.toLowerCase() : uuid(), signal: givenUp });
  if (VERDICT_STATUS[verdict] !== status.OK) throw new CallRefused(VERDICT_STATUS[verdict], detail ?? verdict);
  return { verdict, ...(detail !== undefined && { detail }) };
}

/** Aborted when the call is cancelled, or its deadline has passed: the library says both in one word. */
function givenUpOf(call: Call): AbortSignal {
  const givenUp = new AbortController();
  const abort = (): void => givenUp.abort(new CallRefused(status.CANCELLED, 'The call was cancelled.'));
  if (call.cancelled) abort();
  else call.once('cancelled', abort);
  return givenUp.signal;
}

function textOf({ metadata }: Call, name: string): string | undefined {
  const [value, ...more] = metadata.get(name);
  return typeof value === 'string' && more.length === 0 ? value : undefined;
}

function refusalOf(error: unknown, { logger }: GrpcServerOptions): { readonly code: status; readonly details: string } {
  if (error instanceof CallRefused) return { code: error.code, details: error.message };
  if (error instanceof Problem) return { code: PROBLEM_STATUS[error.status] ?? status.UNAVAILABLE, details: error.definition.title };
  if (error instanceof Overloaded) return { code: status.UNAVAILABLE, details: 'Too much waits at present.' };
  logger.error({ err: error }, 'an update over gRPC failed');
  return { code: status.INTERNAL, details: 'Something went wrong inside.' };
}
