/**
 * Calls to a JSON service of AWS without the SDK's pipeline, which costs five times as much time of the processor as what
 * it carries. From an SDK client come credentials (with their renewal), region and endpoint: whatever it would call, this
 * calls. Every call ends within a known time and is made once.
 */
import { STATUS_CODES } from 'node:http';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Dispatcher } from 'undici';
import { Pool } from 'undici';
import { signedHeaders } from './sigv4.ts';

/** AWS answered with an error. Its text may repeat what was sent and is left out. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly code: string;
  readonly status: number;
  constructor(code: string, status: number) {
    super(`AWS answered ${status} ${STATUS_CODES[status] ?? ''} (${code}).`);
    this.code = code;
    this.status = status;
  }
}

/** What is taken from an SDK client. */
export type ConfiguredClient = Pick<SQSClient, 'config' | 'middlewareStack'> | Pick<EventBridgeClient, 'config' | 'middlewareStack'>;

export interface AwsJsonOptions {
  /** One call must have gone through it before the first call here: from that the endpoint is known. */
  readonly client: ConfiguredClient;
  /** Name in signatures, for example `sqs`. */
  readonly service: string;
  /** First part of `X-Amz-Target`, for example `AmazonSQS`. */
  readonly target: string;
  /** Of AWS's JSON protocol. */
  readonly version: '1.0' | '1.1';
  readonly requestTimeoutMs: number;
  readonly maxSockets: number;
  /** Unix milliseconds, for signatures. Default the system's clock; a clock that is wrong is corrected by AWS's answers. */
  readonly nowMs?: () => number;
}

const CONNECTION_TIMEOUT_MS = 2_000;
/** AWS takes signatures that are less than five minutes off. */
const SKEW_MS = 240_000;
const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException', 'UnrecognizedClientException', 'InvalidClientTokenId']);

export class AwsJson {
  readonly #options: AwsJsonOptions;
  #endpoint: string | undefined;
  #host = '';
  #pool: Pool | undefined;
  #skewMs = 0;
  #renew = false;

  constructor(options: AwsJsonOptions) {
    this.#options = options;
    const learn = <Args extends { request: unknown }, Out>(next: (args: Args) => Promise<Out>) => (args: Args): Promise<Out> => {
      this.#endpoint ??= originOf(args.request as Address);
      this.#host = new URL(this.#endpoint).host;
      return next(args);
    };
    // The stacks of the two clients differ in types only.
    (options.client as SQSClient).middlewareStack.add(learn, { step: 'build' });
  }

  /** Throws `AwsError` for what AWS answers, and undici's errors when it does not. */
  async call<Answer>(action: string, input: string, signal: AbortSignal): Promise<Answer> {
    const pool = this.#connect();
    const body = Buffer.from(input);
    const { status, date, text } = await post(pool, await this.#sign(action, body), body, signal);
    if (status === 200) return parse<Answer>(text) ?? refuse(new AwsError('NotJson', 200));
    const error = new AwsError(codeOf(text), status);
    this.#learnFrom(error, date);
    throw error;
  }

  close(): void {
    // Whoever still waits has been told to stop.
    void this.#pool?.destroy().catch(() => undefined);
  }

  #connect(): Pool {
    if (this.#endpoint === undefined) throw new Error('No call has gone through the SDK client yet: the endpoint is not known.');
    const { requestTimeoutMs, maxSockets } = this.#options;
    this.#pool ??= new Pool(this.#endpoint, {
      connections: maxSockets, headersTimeout: requestTimeoutMs, bodyTimeout: requestTimeoutMs, connect: { timeout: CONNECTION_TIMEOUT_MS },
    });
    return this.#pool;
  }

  async #sign(action: string, body: Buffer): Promise<Record<string, string>> {
    const { client, service, target, version, nowMs = Date.now } = this.#options;
    const credentials = await client.config.credentials(this.#renew ? { forceRefresh: true } : {});
    this.#renew = false;
    return signedHeaders({
      headers: { 'content-type': `application/x-amz-json-${version}`, host: this.#host, 'x-amz-target': `${target}.${action}` },
      body, service, credentials, region: await client.config.region(), timeMs: nowMs() + this.#skewMs,
    });
  }

  #learnFrom(error: AwsError, date: string | string[] | undefined): void {
    if (EXPIRED.has(error.code)) this.#renew = true;
    const { nowMs = Date.now } = this.#options;
    const skewMs = typeof date === 'string' ? Date.parse(date) - nowMs() : Number.NaN;
    if (Math.abs(skewMs - this.#skewMs) > SKEW_MS) this.#skewMs = skewMs;
  }
}

/** What came back, whatever its status. */
interface HttpAnswer {
  readonly status: number;
  readonly date: string | string[] | undefined;
  readonly text: string;
}

/** One POST. It listens to the dispatcher itself: the stream that undici's `request` makes of each answer costs as much as the rest of the call. */
function post(pool: Pool, headers: Record<string, string>, body: Buffer, signal: AbortSignal): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let [status, date]: [number, HttpAnswer['date']] = [0, undefined];
    const chunks: Buffer[] = [];
    const giveUp = (): void => {
      reject(signal.reason);
      controller?.abort(signal.reason);
    };
    const over = (): void => signal.removeEventListener('abort', giveUp);
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    pool.dispatch({ method: 'POST', path: '/', headers, body }, {
      onRequestStart(started) {
        controller = started;
        // It has waited for a connection meanwhile.
        if (signal.aborted) started.abort(signal.reason);
      },
      onResponseStart(_controller, statusCode, answered) {
        [status, date] = [statusCode, answered['date']];
      },
      onResponseData(_controller, chunk) {
        chunks.push(chunk);
      },
      onResponseEnd() {
        over();
        resolve({ status, date, text: (chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString() });
      },
      onResponseError(_controller, error) {
        over();
        reject(error);
      },
    });
    return undefined;
  });
}

interface Address {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
}

function originOf({ protocol, hostname, port }: Address): string {
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`;
}

function parse<Answer>(text: string): Answer | undefined {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return undefined;
  }
}

function refuse(error: AwsError): never {
  throw error;
}

/** `{"__type":"com.amazonaws.sqs#QueueDoesNotExist", …}` → `QueueDoesNotExist`. */
function codeOf(text: string): string {
  const type = parse<{ __type?: unknown }>(text)?.__type;
  return typeof type === 'string' ? type.slice(type.lastIndexOf('#') + 1) : 'NotJson';
}
