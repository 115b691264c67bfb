/**
 * How the ingest hands an update on to the API side, whatever carries it: HTTP, gRPC or Kafka.
 *
 * Promise: a send resolves only when the update is durable at the other side, or, over Kafka, at the broker. Everything else is one
 * of the errors of errors.ts, and nothing else is thrown.
 */
import type { DisputeUpdateRequest, OrderUpdateRequest } from '../updates/update.ts';

/** Of one send. */
export interface SendContext {
  /** Aborted when the time for this send is over: what is under way is given up, and its outcome is unknown. */
  readonly signal: AbortSignal;
  /** What is left of that time, in ms. */
  readonly leftMs: () => number;
  /** Of the webhook, so that both sides speak of the same flow. */
  readonly correlationId: string;
}

/** `accepted`: it has its effect, or over Kafka will have it. `stale`: something newer was known, no effect. */
export type Sent = 'accepted' | 'stale';

export interface Client {
  /** Rejects with an `UpdateError`. */
  sendOrderUpdate(request: OrderUpdateRequest, context: SendContext): Promise<Sent>;
  /** Rejects with an `UpdateError`. */
  sendDisputeUpdate(request: DisputeUpdateRequest, context: SendContext): Promise<Sent>;
  /** Takes nothing more, and ends what is open within its limits. */
  close(): Promise<void>;
}
