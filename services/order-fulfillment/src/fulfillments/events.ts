/** The events of a fulfillment, made from its state, and the one type that only this service hears. */
import { defineEvent } from '@commerce/events/catalogue';
import type { DataOf } from '@commerce/events/catalogue';
import type { FulfillmentAccepted, FulfillmentCompleted, FulfillmentFailed, FulfillmentLineSettled } from '@commerce/events/entries';
import type { NewEvent } from '@commerce/event-log/event';
import { z } from 'zod';
import type { Fulfillment, Line } from './fulfillment.ts';

/** `source` of every event of this service. */
export const SOURCE = 'order-fulfillment';

const id = z.string().min(1).max(200);

export const FulfillmentCheckDue = defineEvent({
  type: 'FulfillmentCheckDue', constant: 'FULFILLMENT_CHECK_DUE', webhook: 'fulfillment.check_due', topic: 'fulfillment-events',
  description: 'A remote provider has not told the outcome of a line yet and is asked again. Not published.',
  versions: { v1: z.strictObject({ fulfillmentId: id, clientId: id, orderId: id, check: z.int().min(1) }) },
  subject: (data) => data.orderId,
  example: { fulfillmentId: '0193a6a0-6000-7abc-9def-0123456789ab', clientId: 'commerce-coordinator', orderId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d', check: 1 },
});

/** Types that stay in this service's log. */
export const UNPUBLISHED_TYPES: ReadonlySet<string> = new Set([FulfillmentCheckDue.type]);

export function accepted(fulfillment: Fulfillment, sequence: number): NewEvent {
  const lines = fulfillment.lines.map(({ lineId, sku, quantity, provider }) => ({ lineId, sku, quantity, provider }));
  const data: DataOf<typeof FulfillmentAccepted> = { ...ids(fulfillment), orderNumber: fulfillment.orderNumber, lines };
  return { type: 'FulfillmentAccepted', data, sequence };
}

export function lineSettled(fulfillment: Fulfillment, line: Line, sequence: number): NewEvent {
  const data: DataOf<typeof FulfillmentLineSettled> = { ...ids(fulfillment), line: outcomeOf(line) };
  return { type: 'FulfillmentLineSettled', data, sequence };
}

/** The event that ends a fulfillment, by its status. */
export function ended(fulfillment: Fulfillment, sequence: number): NewEvent {
  const lines = fulfillment.lines.map(outcomeOf);
  if (fulfillment.status === 'completed' || fulfillment.status === 'partial') {
    const data: DataOf<typeof FulfillmentCompleted> = { ...ids(fulfillment), status: fulfillment.status, lines };
    return { type: 'FulfillmentCompleted', data, sequence };
  }
  const data: DataOf<typeof FulfillmentFailed> = { ...ids(fulfillment), reason: fulfillment.reason ?? { code: 'all_lines_failed' }, lines };
  return { type: 'FulfillmentFailed', data, sequence };
}

/** Carries no sequence: it tells nobody about the fulfillment. */
export function checkDue(fulfillment: Fulfillment): NewEvent {
  const data: DataOf<typeof FulfillmentCheckDue> = { ...ids(fulfillment), check: fulfillment.checks };
  return { type: FulfillmentCheckDue.type, data };
}

function ids({ fulfillmentId, clientId, orderId }: Fulfillment): { fulfillmentId: string; clientId: string; orderId: string } {
  return { fulfillmentId, clientId, orderId };
}

function outcomeOf(line: Line): DataOf<typeof FulfillmentLineSettled>['line'] {
  const { lineId, sku, quantity, provider, status, reason, reference, tracking } = line;
  if (status !== 'fulfilled' && status !== 'failed') throw new Error(`The line ${lineId} has no outcome yet.`);
  return { lineId, sku, quantity, provider, status, ...(reason && { reason }), ...(reference && { reference }), ...(tracking && { tracking }) };
}
