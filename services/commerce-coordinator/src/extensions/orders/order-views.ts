/**
 * What clients are shown of orders: the forms of the answers, for the API description and for the types.
 * Money is a decimal string with two places, times are ISO 8601, offsets are milliseconds.
 */
import { z } from 'zod';
import { ORDER_STATUSES } from '@commerce/events/order-states';
import { shipToForm } from './order-form.ts';

const money = z.string().meta({ example: '200.38' });
const time = z.iso.datetime();
const reason = z.strictObject({ code: z.string(), message: z.string().optional() });
const nextCursor = z.string().nullable().meta({ description: 'For the next page; null on the last one.' });

/** The answer to an order that was placed; of a repeated request it is the first answer again. */
export const placedOrderView = z.strictObject({
  orderId: z.string(),
  orderNumber: z.int(),
  customerId: z.string(),
  status: z.literal('created'),
  currency: z.string(),
  total: money,
  createdAt: time,
}).meta({ title: 'PlacedOrder' });

const outcomeView = z.strictObject({
  provider: z.string(),
  status: z.enum(['fulfilled', 'failed', 'cancelled', 'revoked']),
  reason: reason.optional(),
  reference: z.string().optional(),
  tracking: z.strictObject({ carrier: z.string(), trackingNumber: z.string() }).optional(),
});

const lineView = z.strictObject({
  lineId: z.string(),
  sku: z.string(),
  name: z.string().optional(),
  quantity: z.int(),
  unitPrice: money,
  discount: z.string(),
  total: money,
  outcome: outcomeView.nullable().meta({ description: 'What became of the line; null before that is known.' }),
});

/** What is shown of whoever ordered. */
export const customerView = z.strictObject({
  name: z.string().nullable(),
  status: z.enum(['active', 'deactivated']),
}).meta({ description: 'The customer as the catalogue tells of it now; left out when it has told nothing.' });

export const orderView = z.strictObject({
  orderId: z.string(),
  orderNumber: z.int(),
  status: z.enum(ORDER_STATUSES),
  version: z.int().meta({ description: '1 when it was placed, one more with every change of its status.' }),
  reason: reason.nullable().meta({ description: 'Why it ended, or is to end.' }),
  customerId: z.string(),
  customer: customerView.optional(),
  currency: z.string(),
  lines: z.array(lineView),
  freight: money,
  total: money,
  shipTo: shipToForm.nullable(),
  metadata: z.record(z.string(), z.unknown()).nullable(),
  fulfillmentId: z.string().nullable(),
  createdAt: time,
  updatedAt: time,
}).meta({ title: 'Order' });

export const orderListView = z.strictObject({ items: z.array(orderView), nextCursor });

const ignoredView = z.strictObject({
  handler: z.string(),
  rule: z.string().meta({ description: 'Why nothing was done, for example already_completed.' }),
  evidence: z.record(z.string(), z.unknown()),
  offsetMs: z.number(),
  text: z.string().meta({ description: 'The same in plain words.' }),
});

const failureView = z.strictObject({
  handler: z.string(),
  attempt: z.int(),
  error: z.strictObject({ code: z.string(), message: z.string() }),
  failedAt: time,
  retryAt: time.nullable().meta({ description: 'When it was to run again; null when it was given up.' }),
  offsetMs: z.number(),
  text: z.string().meta({ description: 'The same in plain words.' }),
});

const timelineItemView = z.strictObject({
  eventId: z.string(),
  eventType: z.string(),
  eventVersion: z.string(),
  origin: z.enum(['own', 'foreign']).meta({ description: 'foreign: it came from another service.' }),
  source: z.string(),
  sequence: z.int().nullable(),
  timestamp: time,
  recordedAt: time,
  offsetMs: z.number().meta({ description: 'From the first event of the order, by the clock of the database.' }),
  correlationId: z.string(),
  causationId: z.string().nullable().meta({ description: 'The event that triggered this one; null when a request did.' }),
  data: z.unknown(),
  handler: z.string().nullable().meta({ description: 'Who appended it: a handler such as payments.charge, or command:, job:, timer: with a name; null for what came from outside or with the order itself.' }),
  attempt: z.int().nullable().meta({ description: 'At which attempt of that handler; null where nothing is attempted.' }),
  text: z.string().meta({ description: 'In plain words: what happened, who did it at which attempt, because of what.' }),
  handlers: z.array(z.string()).meta({ description: 'Who hears events of this type.' }),
  attempts: z.array(failureView).meta({ description: 'Runs of them for this event that failed.' }),
  ignored: z.array(ignoredView).meta({ description: 'What of them did not act upon it, and why.' }),
});

export const timelineView = z.strictObject({
  orderId: z.string(),
  orderNumber: z.int(),
  status: z.enum(ORDER_STATUSES),
  items: z.array(timelineItemView),
  ignored: z.array(ignoredView).meta({ description: 'Notes that belong to no event, such as a timer that fell due too late.' }),
  isCut: z.boolean().meta({ description: 'More events or notes exist than a timeline reads, 10,000 of each from the oldest: the newest are not shown.' }),
  nextCursor,
}).meta({ title: 'Timeline' });

export type CustomerView = z.infer<typeof customerView>;
export type OrderView = z.infer<typeof orderView>;
export type PlacedOrderView = z.infer<typeof placedOrderView>;
export type TimelineItemView = z.infer<typeof timelineItemView>;
export type FailureView = z.infer<typeof failureView>;
export type IgnoredView = z.infer<typeof ignoredView>;
