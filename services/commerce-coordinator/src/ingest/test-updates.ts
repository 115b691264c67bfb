/** For tests: webhooks with the updates that they become, and time that passes when the test says so. */
import type { Sleep } from '@commerce/service-kit/ports';
import type { DisputeUpdateRequest, OrderUpdateRequest } from '../updates/update.ts';
import type { DisputeWebhook, PaymentWebhook } from './webhook.ts';

export const PAYMENT_WEBHOOK: PaymentWebhook = {
  provider: 'standard', provider_event_id: 'evt_1', order_id: 'o-1', payment_id: 'ch_1', refund_id: 'r-1', status: 'refunded', amount: '10.00', currency: 'USD', occurred_at: '2026-11-22T08:00:00Z', sequence: 3,
  reason: { code: 'damaged', message: undefined },
};
export const ORDER: OrderUpdateRequest = {
  provider: 'standard', providerEventId: 'evt_1', orderId: 'o-1', reference: 'ch_1', refundId: 'r-1', status: 'refunded', amount: '10.00', currency: 'USD', occurredAt: '2026-11-22T08:00:00Z', sequence: 3, reason: { code: 'damaged' },
};
export const DISPUTE_WEBHOOK: DisputeWebhook = {
  provider: 'stripe', provider_event_id: 'evt_2', order_id: 'o-1', dispute_id: 'dp_1', status: 'opened', amount: '10.00', currency: 'USD', occurred_at: '2026-11-22T08:00:00Z',
};
export const DISPUTE: DisputeUpdateRequest = {
  provider: 'stripe', providerEventId: 'evt_2', orderId: 'o-1', disputeId: 'dp_1', status: 'opened', amount: '10.00', currency: 'USD', occurredAt: '2026-11-22T08:00:00Z',
};

/** Time that passes when the test says so: to sleep by and, as `monotonicMs`, to measure by. */
export function heldClock(): { readonly sleep: Sleep; readonly monotonicMs: () => number; pass(ms: number): void; open(): number } {
  let nowMs = 0;
  const waits = new Map<() => void, number>();
  return {
    monotonicMs: () => nowMs,
    sleep: (ms, signal) => new Promise((resolve, reject) => {
      const wake = (): void => { waits.delete(wake); resolve(); };
      waits.set(wake, nowMs + ms);
      signal?.addEventListener('abort', () => { waits.delete(wake); reject(signal.reason); }, { once: true });
    }),
    pass(ms) {
      nowMs += ms;
      for (const [wake, dueMs] of waits) if (dueMs <= nowMs) wake();
    },
    open: () => waits.size,
  };
}
