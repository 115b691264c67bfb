/**
 * The body of a webhook: made once for an event, and sent as these bytes at every attempt. Pure.
 *
 * Events of an order (`order.…`) carry the order as it stands with them, numbered for each order from 1: so a receiver tells what
 * is newer, whatever comes first. All others carry their own data.
 */
import type { OrderEvent, OrderFacts, OrderItem, PaymentDetails } from './webhook-order.ts';

/** What of an event is needed. */
export interface WebhookEvent extends OrderEvent {
  readonly eventId: string;
  readonly subject: string;
  readonly correlationId: string;
}

/** Data of `order.…`. */
export interface OrderStatusWebhook {
  readonly orderId: string;
  readonly orderNumber: number;
  readonly customerId: string;
  readonly status: string;
  /** ISO 8601. */
  readonly statusChangedAt: string;
  readonly total: string;
  readonly currency: string;
  readonly items: readonly OrderItem[];
  readonly paymentInfo?: PaymentDetails;
  /** `sequence`: of the order's webhooks, from 1. `eventType`: the type in the catalogue. `reason`: of an event that gives one. */
  readonly metadata: { readonly sequence: number; readonly eventType: string; readonly correlationId: string; readonly reason?: unknown };
}

/** Data of what tells of a worker's job. */
export interface WorkerStatusWebhook {
  readonly workerId: string;
  readonly queueName: string;
  readonly jobId: string;
  readonly jobType: string;
  readonly status: 'started' | 'completed' | 'failed';
  /** Milliseconds. */
  readonly processingTime?: number;
  readonly error?: string;
}

export interface WebhookBody {
  readonly id: string;
  readonly event: string;
  /** ISO 8601. */
  readonly created: string;
  readonly data: unknown;
}

/** True for events that tell of an order's way. */
export function tellsOfOrder(name: string): boolean {
  return name.startsWith('order.');
}

/** `order`: as it stands with the event; without it, for an order whose creation was never heard, the event's own data is sent. */
export function bodyOf(name: string, event: WebhookEvent, order: OrderFacts | undefined, sequence: number): WebhookBody {
  return { id: event.eventId, event: name, created: event.occurredAt, data: dataOf(name, event, order, sequence) };
}

function dataOf(name: string, event: WebhookEvent, order: OrderFacts | undefined, sequence: number): unknown {
  if (tellsOfOrder(name) && order !== undefined) return orderStatus(event, order, sequence);
  if (event.type === 'WorkerStatusReported') return workerStatus(event.data as WorkerStatusWebhook);
  return event.data;
}

function orderStatus(event: WebhookEvent, order: OrderFacts, sequence: number): OrderStatusWebhook {
  const { reason } = event.data as { readonly reason?: unknown };
  return {
    orderId: event.subject, orderNumber: order.orderNumber, customerId: order.customerId, status: order.isOnHold === true ? 'on_hold' : order.status, statusChangedAt: order.statusChangedAt,
    total: order.total, currency: order.currency, items: order.items, ...(order.paymentInfo !== undefined && { paymentInfo: order.paymentInfo }),
    metadata: { sequence, eventType: event.type, correlationId: event.correlationId, ...(reason !== undefined && { reason }) },
  };
}

function workerStatus({ workerId, queueName, jobId, jobType, status, processingTime, error }: WorkerStatusWebhook): WorkerStatusWebhook {
  return { workerId, queueName, jobId, jobType, status, ...(processingTime !== undefined && { processingTime }), ...(error !== undefined && { error }) };
}
