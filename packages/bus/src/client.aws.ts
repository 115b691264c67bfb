/**
 * What every AWS client here is made with. The SDK has no timeouts of its own and tries again by itself: both are decided
 * here, so that each call ends within a known time and is repeated in one place only, by its caller.
 */
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { BusUnfit } from './unfit.ts';

/** Where AWS is. What is left out comes from the environment, as everywhere in the SDK. */
export interface AwsOptions {
  readonly region?: string;
  /** Only for an emulator or a private endpoint. */
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
}

/**
 * How the calls are made that are made all the time: `direct` (the default) signs and sends them itself, at a fifth of the
 * SDK's cost; `sdk` sends them through the SDK, should a proxy or a private endpoint need something that only it does.
 */
export type Transport = 'direct' | 'sdk';

export interface CallLimits {
  /** To the first byte of the answer, and between two bytes of it. */
  readonly requestTimeoutMs: number;
  /** Connections at once; a long poll holds one. */
  readonly maxSockets: number;
}

const CONNECTION_TIMEOUT_MS = 2_000;

/** The part of a client's configuration that all clients share. */
export function clientConfig(aws: AwsOptions, { requestTimeoutMs, maxSockets }: CallLimits): {
  region?: string; endpoint?: string; credentials?: NonNullable<AwsOptions['credentials']>; maxAttempts: number; requestHandler: NodeHttpHandler;
} {
  const agent = { keepAlive: true, maxSockets };
  return {
    ...aws,
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECTION_TIMEOUT_MS, requestTimeout: requestTimeoutMs, throwOnRequestTimeout: true, socketTimeout: requestTimeoutMs,
      httpAgent: agent, httpsAgent: agent,
    }),
  };
}

/** Something at AWS will not do as it is, and waiting does not mend it. The message says what does. */
export class AwsUnfit extends BusUnfit {
  override readonly name: string = 'AwsUnfit';
}

/** Throws `AwsUnfit`, with the variables to set, when the region or the credentials are not to be found. */
export async function assertConfigured({ config }: Pick<SQSClient, 'config'> | Pick<EventBridgeClient, 'config'>): Promise<void> {
  await config.region().catch((error: unknown) => Promise.reject(new AwsUnfit('The region of AWS is not known: set AWS_REGION.', { cause: error })));
  await config.credentials().catch((error: unknown) => Promise.reject(new AwsUnfit(
    'No credentials for AWS are to be found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this process a role.', { cause: error },
  )));
}

/** A signal for one call: aborts with `signal`, and when the whole call has taken `limitMs`. */
export function callSignal(limitMs: number, signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
}

/** What the logger must be able to do. */
export interface BusLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The code of an AWS or network error, for logs and tables: never its message, which may repeat what was sent. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'Unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.name;
}
