/**
 * What happens to a webhook: its words are turned into those of an update, and the update is sent, by whatever client there is. The
 * same for every mode.
 *
 * Promise: every send has an end within the time that a provider waits, whatever the client allows itself; then it is given up as too slow.
 */
import type { DisputeUpdateRequest, OrderUpdateRequest } from '../updates/update.ts';
import type { WithinLimit } from './answer-limit.ts';
import type { Client, SendContext, Sent } from './client.ts';
import type { DisputeWebhook, PaymentWebhook } from './webhook.ts';

/** Both reject with an `UpdateError`. */
export interface Processor {
  processOrderWebhook(webhook: PaymentWebhook, about: WebhookContext): Promise<Sent>;
  processDisputeWebhook(webhook: DisputeWebhook, about: WebhookContext): Promise<Sent>;
}

export type WebhookContext = Pick<SendContext, 'correlationId'>;

export interface ProcessorOptions {
  readonly client: Client;
  readonly within: WithinLimit;
}

export function createProcessor({ client, within }: ProcessorOptions): Processor {
  return {
    processOrderWebhook: (webhook, about) => within((limit) => client.sendOrderUpdate(orderUpdate(webhook), { ...about, ...limit })),
    processDisputeWebhook: (webhook, about) => within((limit) => client.sendDisputeUpdate(disputeUpdate(webhook), { ...about, ...limit })),
  };
}

function orderUpdate({ status, order_id: orderId, payment_id: reference, refund_id: refundId, ...told }: PaymentWebhook): OrderUpdateRequest {
  return { ...common(told), orderId, status, ...(reference !== undefined && { reference }), ...(refundId !== undefined && { refundId }) };
}

function disputeUpdate({ status, order_id: orderId, payment_id: reference, dispute_id: disputeId, ...told }: DisputeWebhook): DisputeUpdateRequest {
  return { ...common(told), status, disputeId, ...(orderId !== undefined && { orderId }), ...(reference !== undefined && { reference }) };
}

type Told = Omit<DisputeWebhook, 'status' | 'dispute_id' | 'order_id' | 'payment_id'>;

function common({ provider, provider_event_id: providerEventId, amount, currency, occurred_at: occurredAt, sequence, reason }: Told) {
  return {
    provider, providerEventId, amount, currency, occurredAt,
    ...(sequence !== undefined && { sequence }),
    ...(reason !== undefined && { reason: { code: reason.code, ...(reason.message !== undefined && { message: reason.message }) } }),
  };
}
