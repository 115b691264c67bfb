/**
 * Sends updates over gRPC, with a token in the metadata.
 *
 * Promise: every call has a deadline, which the API side is told: the limit of one attempt, or what is left of the send's time where that is
 * less. It is cancelled there when its time is over here. What no status of
 * the table says is no definite no.
 */
import type { Tokens } from '@commerce/fulfillment-client';
import { Metadata, status } from '@grpc/grpc-js';
import type { ChannelCredentials, ServiceError } from '@grpc/grpc-js';
import { MAX_UPDATE_BYTES } from '../updates/access.ts';
import { CORRELATION_METADATA, UpdatesServiceClient } from '../updates/updates-service.grpc.ts';
import type { GrpcUpdateAnswer, UpdateRequests } from '../updates/updates-service.grpc.ts';
import type { Client, SendContext, Sent } from './client.ts';
import { errorOfGrpc, ErrServiceUnavailable, isUpdateError } from './errors.ts';

export interface GrpcClientOptions {
  /** Host and port. */
  readonly address: string;
  readonly credentials: ChannelCredentials;
  readonly tokens: Tokens;
  /** Limit of one attempt, in ms. */
  readonly timeoutMs: number;
  readonly nowMs: () => number;
}

/** A connection that failed is tried again soon: an update must not wait for it longer than the provider does. */
const CHANNEL = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1_000, 'grpc.max_receive_message_length': MAX_UPDATE_BYTES };

type Unary = (request: object, metadata: Metadata, options: { deadline: number }, done: (error: ServiceError | null, answer?: GrpcUpdateAnswer) => void) => { cancel(): void };

/** Opens no connection before the first send. */
export function createGrpcClient({ address, credentials, tokens, timeoutMs, nowMs }: GrpcClientOptions): Client {
  const stub = new UpdatesServiceClient(address, credentials, CHANNEL);

  function call(method: keyof UpdateRequests, request: object, { signal, leftMs, correlationId }: SendContext, token: string): Promise<GrpcUpdateAnswer> {
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${token}`);
    metadata.set(CORRELATION_METADATA, correlationId);
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const unary = (stub[method] as unknown as Unary).bind(stub);
      const open = unary(request, metadata, { deadline: nowMs() + Math.min(timeoutMs, leftMs()) }, (error, answer) => {
        signal.removeEventListener('abort', cancel);
        if (error !== null) reject(error);
        else resolve(answer ?? { verdict: '' });
      });
      const cancel = (): void => open.cancel();
      signal.addEventListener('abort', cancel, { once: true });
    });
  }

  async function send(method: keyof UpdateRequests, request: object, context: SendContext): Promise<Sent> {
    try {
      const token = await tokens.get(context.signal);
      const answer = await call(method, request, context, token).catch(async (error: unknown) => {
        // A token that was turned down is replaced once.
        if (codeOf(error) !== status.UNAUTHENTICATED || !tokens.drop(token)) throw error;
        return call(method, request, context, await tokens.get(context.signal));
      });
      if (answer.verdict === 'applied') return 'accepted';
      if (answer.verdict === 'stale') return 'stale';
      throw new ErrServiceUnavailable('the API side answered without a verdict');
    } catch (error) {
      if (isUpdateError(error)) throw error;
      if (context.signal.aborted) throw new ErrServiceUnavailable('the API side gave no answer in time', { timedOut: true, cause: error });
      const code = codeOf(error);
      throw errorOfGrpc(code === undefined ? 'UNKNOWN' : (status[code] ?? 'UNKNOWN'), (error as Partial<ServiceError>).details ?? '');
    }
  }

  return {
    sendOrderUpdate: (request, context) => send('sendOrderUpdate', request, context),
    sendDisputeUpdate: (request, context) => send('sendDisputeUpdate', request, context),
    async close() {
      stub.close();
      await tokens.close();
    },
  };
}

function codeOf(error: unknown): number | undefined {
  const { code } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown };
  return typeof code === 'number' ? code : undefined;
}
