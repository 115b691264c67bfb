/**
 * What webhooks tell: that an endpoint fails, that it was disabled; and what systems outside report through the receiving side.
 */
import { defineEvent } from '@commerce/events/catalogue';
import { defineSignal } from '@commerce/signals/signal';
import { z } from 'zod';

const id = z.string().min(1).max(200);
const EXAMPLE_ENDPOINT = '0193a6a0-7100-7abc-9def-0123456789ab';

/** The last answer of an endpoint: a status, or why there was none. */
const lastAnswer = z.strictObject({ status: z.int().nullable(), error: z.string().max(500).nullable() });
const endpoint = {
  endpointId: z.uuid(), owner: id, /** Without its query. */ url: z.string().max(2_048), lastAnswer,
  /** Of the delivery whose answer it was. */
  eventId: z.uuid(), event: z.string().max(200),
};
const example = {
  endpointId: EXAMPLE_ENDPOINT, owner: 'storefront', url: 'https://crm.example.com/webhooks/orders', lastAnswer: { status: 503, error: null },
  eventId: '0193a6a0-7000-7abc-9def-0123456789ab', event: 'order.created',
};

export const WebhookEndpointFailing = defineEvent({
  type: 'WebhookEndpointFailing', constant: 'WEBHOOK_ENDPOINT_FAILING', webhook: 'webhook.endpoint_failing', topic: 'notification-events',
  description: 'Half of the last deliveries to a webhook endpoint failed, or more: when it goes on so, the endpoint will be disabled.',
  versions: { v1: z.strictObject({ ...endpoint, failed: z.int().min(1), of: z.int().min(1) }) },
  subject: (data) => data.endpointId,
  example: { ...example, failed: 8, of: 12 },
});

export const WebhookEndpointDisabled = defineEvent({
  type: 'WebhookEndpointDisabled', constant: 'WEBHOOK_ENDPOINT_DISABLED', webhook: 'webhook.endpoint_disabled', topic: 'notification-events',
  description: 'A webhook endpoint was disabled, for it is gone or fails; its deliveries are held until a person decides.',
  versions: { v1: z.strictObject({ ...endpoint, reason: z.enum(['gone', 'failing']), failed: z.int().min(0), of: z.int().min(0) }) },
  subject: (data) => data.endpointId,
  example: { ...example, reason: 'failing' as const, failed: 40, of: 40 },
});

export const OrderStatusReported = defineEvent({
  type: 'OrderStatusReported', constant: 'ORDER_STATUS_REPORTED', webhook: 'report.order_status', topic: 'audit-events',
  description: 'A system outside has told, by a signed webhook, where an order stands with it. Nothing follows from it.',
  versions: {
    v1: z.strictObject({
      /** Id of the message as its sender gave it. */
      messageId: id, event: z.string().max(200), orderId: id, status: z.string().min(1).max(100), statusChangedAt: z.string().max(40).optional(),
      report: z.record(z.string().max(100), z.unknown()),
    }),
  },
  subject: (data) => data.orderId,
  example: {
    messageId: 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W', event: 'order.shipped', orderId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d', status: 'shipped', statusChangedAt: '2026-11-21T18:00:00.000Z',
    report: { orderId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d', status: 'shipped' },
  },
});

export const WorkerStatusReported = defineEvent({
  type: 'WorkerStatusReported', constant: 'WORKER_STATUS_REPORTED', webhook: 'report.worker_status', topic: 'audit-events',
  description: 'A worker outside has told, by a signed webhook, how a job of its stands. Nothing follows from it.',
  versions: {
    v1: z.strictObject({
      messageId: id, event: z.string().max(200), workerId: id, queueName: id, jobId: id, jobType: id, status: z.enum(['started', 'completed', 'failed']),
      /** Milliseconds. */
      processingTime: z.number().min(0).optional(), error: z.string().max(2_000).optional(),
    }),
  },
  subject: (data) => data.jobId,
  example: { messageId: 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W', event: 'job.failed', workerId: 'w1', queueName: 'order-processing', jobId: '42', jobType: 'order-creation', status: 'failed' as const, processingTime: 130, error: 'no stock' },
});

export const WEBHOOK_ENTRIES = [WebhookEndpointFailing, WebhookEndpointDisabled, OrderStatusReported, WorkerStatusReported] as const;

const told = { unheard: 'It is told to whoever watches; nothing follows from it here.', internal: true };

export const webhookEndpointFailing = defineSignal(WebhookEndpointFailing, told);
export const webhookEndpointDisabled = defineSignal(WebhookEndpointDisabled, told);
export const orderStatusReported = defineSignal(OrderStatusReported, told);
export const workerStatusReported = defineSignal(WorkerStatusReported, told);

export const WEBHOOK_SIGNALS = [webhookEndpointFailing, webhookEndpointDisabled, orderStatusReported, workerStatusReported];
