/**
 * What happens to a webhook: its words are turned into those of an update, and the update is sent, by whatever client there is. The
 * same for every mode.
 *
 * Promise: every send has an end within `answerWithinMs`, whatever the client allows itself; then it is given up as too slow.
 */
import type { Sleep } from '@commerce/service-kit/ports';
import type { DisputeUpdateRequest, OrderUpdateRequest } from '../updates/update.ts';
import type { Client, SendContext, Sent } from './client.ts';
import { ErrServiceUnavailable, isUpdateError } from './errors.ts';
import type { DisputeWebhook, PaymentWebhook } from './webhook.ts';

/** Both reject with an `UpdateError`. */
export interface Processor {
  processOrderWebhook(webhook: PaymentWebhook, about: WebhookContext): Promise<Sent>;
  processDisputeWebhook(webhook: DisputeWebhook, about: WebhookContext): Promise<Sent>;
}

export type WebhookContext = Pick<SendContext, 'correlationId'>;

export interface ProcessorOptions {
  readonly client: Client;
  /** Within which the client has to have come to an end, in ms. */
  readonly answerWithinMs: number;
  readonly sleep: Sleep;
}

export function createProcessor({ client, answerWithinMs, sleep }: ProcessorOptions): Processor {
  async function within(about: WebhookContext, send: (context: SendContext) => Promise<Sent>): Promise<Sent> {
    const limit = new AbortController();
    const done = new AbortController();
    const tooSlow = new ErrServiceUnavailable(`there was no answer within ${answerWithinMs} ms`, { timedOut: true });
    const timeout = sleep(answerWithinMs, done.signal).then(
      () => {
        limit.abort(tooSlow);
        throw tooSlow;
      },
      // Answered in time.
      () => new Promise<never>(() => undefined),
    );
    try {
      return await Promise.race([send({ ...about, signal: limit.signal }), timeout]);
    } catch (error) {
      if (limit.signal.aborted) throw tooSlow;
      throw isUpdateError(error) ? error : new ErrServiceUnavailable('the update could not be sent', { cause: error });
    } finally {
      done.abort();
    }
  }

  return {
    processOrderWebhook: (webhook, about) => within(about, (context) => client.sendOrderUpdate(orderUpdate(webhook), context)),
    processDisputeWebhook: (webhook, about) => within(about, (context) => client.sendDisputeUpdate(disputeUpdate(webhook), context)),
  };
}

function orderUpdate({ status, payment_id: reference, refund_id: refundId, ...told }: PaymentWebhook): OrderUpdateRequest {
  return { ...common(told), status, ...(reference !== undefined && { reference }), ...(refundId !== undefined && { refundId }) };
}

function disputeUpdate({ status, dispute_id: disputeId, ...told }: DisputeWebhook): DisputeUpdateRequest {
  return { ...common(told), status, disputeId };
}

type Told = Omit<DisputeWebhook, 'status' | 'dispute_id'>;

function common({ provider, provider_event_id: providerEventId, order_id: orderId, amount, currency, occurred_at: occurredAt, sequence, reason }: Told) {
  return {
    provider, providerEventId, orderId, amount, currency, occurredAt,
    ...(sequence !== undefined && { sequence }),
    ...(reason !== undefined && { reason: { code: reason.code, ...(reason.message !== undefined && { message: reason.message }) } }),
  };
}
