/**
 * The one HTTP server. What a request wants stands in `X-Amz-Target`: EventBridge and SQS share the port, as behind one
 * `AWS_ENDPOINT_URL`. `/_local/` is the local bus's own: its counts, the calls that were made to it, and fault switches.
 *
 * Signatures are not checked. Refused: SQS's old query protocol, other services, bodies over 8 MiB. Bound to loopback.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { AwsError } from './aws-error.ts';
import { EVENTS_ACTIONS } from './events/actions.ts';
import type { EventsContext } from './events/events-context.ts';
import { faultSettings, type CallFault, type Faults } from './faults.ts';
import type { Metrics } from './metrics.ts';
import type { Clock, Log, NewId } from './ports.ts';
import type { Queues } from './sqs/queues.fauxqs.ts';

/** What the server answers from. Set once the address is known, because queue URLs carry it. */
interface Application {
  readonly events: EventsContext;
  readonly queues: Queues;
  readonly faults: Faults;
  readonly metrics: () => Metrics;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Log;
  /** Calls by their `X-Amz-Target`, whatever became of them. */
  readonly calls: Map<string, number>;
}

export interface Front {
  readonly url: string;
  readonly port: number;
  serve(application: Omit<Application, 'calls'>): void;
  /** Answers the long polls with nothing, then ends every connection. */
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

const HOST = '127.0.0.1';
const MAX_BODY_BYTES = 8 * 1_048_576;
/** Longer than clients keep idle connections, so that none is closed under a request. */
const KEEP_ALIVE_MS = 120_000;
const EVENTS_TYPE = 'application/x-amz-json-1.1';
const SQS_TYPE = 'application/x-amz-json-1.0';
const EVENTS_PREFIX = 'AWSEvents.';
const SQS_PREFIX = 'AmazonSQS.';

/** Listens on the port; 0 takes a free one. Fails if it is taken. */
export async function listen(port: number): Promise<Front> {
  let application: Application | undefined;
  let closing = false;
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    readBody(request, response, (text) => {
      if (application !== undefined) void respond(application, request, response, text, () => closing);
    });
  });
  await listening(server, port);
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${HOST}:${bound}`,
    port: bound,
    serve: (value) => {
      application = { ...value, calls: new Map() };
    },
    close: async () => {
      closing = true;
      application?.queues.close();
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      server.closeAllConnections();
      await closed;
    },
  };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function readBody(request: IncomingMessage, response: ServerResponse, whenRead: (text: string) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      response.writeHead(413, { connection: 'close' }).end();
      request.destroy();
      return;
    }
    chunks.push(chunk);
  });
  request.on('error', () => request.destroy());
  request.on('end', () => whenRead((chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))?.toString('utf8') ?? ''));
}

async function respond(application: Application, request: IncomingMessage, response: ServerResponse, text: string, isClosing: () => boolean): Promise<void> {
  const { newId, log } = application;
  const { latencyMs, outcome } = faultOf(application, request);
  if (outcome !== 'works') application.events.counts[COUNTED_AS[outcome]] += 1;
  if (latencyMs > 0) await wait(application.clock, latencyMs, response);
  if (outcome === 'reset') response.socket?.resetAndDestroy();
  if (outcome === 'reset' || response.closed) return;
  const answer = await (isRefused(outcome) ? refuse(outcome, request) : answerTo(application, request, response, text, isClosing)).catch((error: unknown): Answer => {
    if (error instanceof AwsError) return awsError(error);
    log.warn('a request met a bug of the local AWS', { target: request.headers['x-amz-target'], error: String(error) });
    return awsError(new AwsError('InternalFailure', 'The local AWS met an error of its own.', 500));
  });
  if (outcome === 'answer lost') response.socket?.resetAndDestroy();
  if (outcome === 'answer lost' || response.closed) return;
  const body = JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    'content-type': answer.type, 'content-length': Buffer.byteLength(body), 'x-amzn-requestid': newId(), ...answer.headers,
  });
  response.end(body);
}

const COUNTED_AS = { throttled: 'throttledCalls', error: 'failedCalls', reset: 'resetCalls', 'answer lost': 'lostAnswers' } as const;

type Refused = 'throttled' | 'error';

/** What the fault switches have in store for the call. The local bus's own routes are never disturbed. */
function faultOf({ faults }: Application, { headers }: IncomingMessage): CallFault {
  const target = headers['x-amz-target'];
  if (typeof target !== 'string') return { latencyMs: 0, outcome: 'works' };
  return faults.call(target.startsWith(SQS_PREFIX) ? 'sqs' : 'events');
}

/** Waits, but no longer than the caller does. */
function wait(clock: Clock, delayMs: number, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(delayMs, resolve);
    response.once('close', () => {
      cancel();
      resolve();
    });
  });
}

function isRefused(outcome: CallFault['outcome']): outcome is Refused {
  return outcome === 'throttled' || outcome === 'error';
}

async function refuse(outcome: Refused, { headers }: IncomingMessage): Promise<Answer> {
  if (outcome === 'error') throw new AwsError('InternalFailure', 'A fault switch has failed this call.', 500);
  const isSqs = String(headers['x-amz-target']).startsWith(SQS_PREFIX);
  throw new AwsError(isSqs ? 'RequestThrottled' : 'ThrottlingException', 'Rate exceeded');
}

async function answerTo(application: Application, request: IncomingMessage, response: ServerResponse, text: string, isClosing: () => boolean): Promise<Answer> {
  const target = request.headers['x-amz-target'];
  if (typeof target !== 'string') return answerLocal(application, request, text);
  application.calls.set(target, (application.calls.get(target) ?? 0) + 1);
  if (target.startsWith(EVENTS_PREFIX)) {
    if (application.faults.settings().outage === 'refusing') {
      application.events.counts.refusedCalls += 1;
      throw new AwsError('ServiceUnavailable', 'EventBridge is switched off by a fault switch.', 503);
    }
    const name = target.slice(EVENTS_PREFIX.length);
    const action = EVENTS_ACTIONS.get(name);
    if (action === undefined) throw new AwsError('UnknownOperationException', `The local EventBridge has no action ${name}.`);
    return { status: 200, type: EVENTS_TYPE, body: action(parse(text), application.events) };
  }
  if (!target.startsWith(SQS_PREFIX)) throw new AwsError('UnknownOperationException', `The local AWS has EventBridge and SQS, not ${target}.`);
  const caller = {
    hasHungUp: () => response.closed || isClosing(),
    onHangUp: (run: () => void) => response.once('close', run),
  };
  const { status, body, queryError } = await application.queues.answer({
    action: target.slice(SQS_PREFIX.length), input: parse(text), headers: request.headers, caller,
  });
  return { status, type: SQS_TYPE, body, ...(queryError === undefined ? {} : { headers: { 'x-amzn-query-error': queryError } }) };
}

async function answerLocal({ faults, metrics, calls }: Application, { method, url }: IncomingMessage, text: string): Promise<Answer> {
  const ok = (body: object): Answer => ({ status: 200, type: 'application/json', body });
  switch (`${method} ${url}`) {
    case 'GET /_local/metrics':
      return ok(metrics());
    case 'GET /_local/calls':
      return ok(Object.fromEntries(calls));
    case 'GET /_local/faults':
      return ok(faults.settings());
    case 'PUT /_local/faults': {
      const settings = faultSettings.safeParse(parse(text));
      if (!settings.success) throw new AwsError('ValidationException', z.prettifyError(settings.error));
      faults.set(settings.data);
      return ok(faults.settings());
    }
    default:
      throw new AwsError('MissingAction', 'No X-Amz-Target: the local AWS speaks the JSON protocols of EventBridge and SQS, not the query protocol.');
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = text === '' ? {} : JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new AwsError('SerializationException', 'The body is not a JSON object.');
}

function awsError({ code, message, status }: AwsError): Answer {
  return { status, type: EVENTS_TYPE, body: { __type: code, message }, headers: { 'x-amzn-errortype': code } };
}
