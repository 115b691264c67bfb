/**
 * What comes in by a webhook: read from its bytes, and made an event. Pure.
 * Promise: the same message makes the same event, however often it comes, so the log takes it once. Its id here is made of its own,
 * so that nobody who is told of our events can tell one of them back under its id.
 */
import type { EventEnvelope } from '@commerce/events/envelope';
import { uuid7Of } from '@commerce/events/uuid7';
import { JsonRefused, parseStrictJson } from '@commerce/service-kit/strict-json';
import { z } from 'zod';
import { nameUuid } from '../../name-uuid.ts';
import { OrderStatusReported, WorkerStatusReported } from './signals.ts';

const SOURCE = 'inbound-webhook';
const id = z.string().min(1).max(200);
const bag = z.record(z.string().max(100), z.unknown());
const message = <Data extends z.ZodType>(data: Data) => z.strictObject({
  id: id.meta({ description: 'Of the message, the same when it is sent again.' }), event: z.string().min(1).max(200).meta({ example: 'order.shipped' }), created: z.iso.datetime({ offset: true }), data,
});

/** As `OrderStatusWebhook`; a sender that knows less says less. */
const orderStatus = z.strictObject({
  orderId: id, orderNumber: z.int().min(0).optional(), customerId: id.optional(), status: z.string().min(1).max(100), statusChangedAt: z.iso.datetime({ offset: true }).optional(),
  total: z.string().regex(/^-?\d{1,15}(\.\d{1,4})?$/).optional(), currency: z.string().regex(/^[A-Z]{3}$/).optional(), items: z.array(bag).max(500).optional(), paymentInfo: bag.optional(), metadata: bag.optional(),
});
/** As `WorkerStatusWebhook`. */
const workerStatus = z.strictObject({
  workerId: id, queueName: id, jobId: id, jobType: id, status: z.enum(['started', 'completed', 'failed']), processingTime: z.number().min(0).optional(), error: z.string().max(2_000).optional(),
});

export const orderStatusForm = message(orderStatus).meta({ title: 'OrderStatusReport' });
export const workerStatusForm = message(workerStatus).meta({ title: 'WorkerStatusReport' });
export const testForm = message(bag).meta({ title: 'WebhookTestMessage' });

/** What cannot be read, and where. */
export interface Malformed {
  readonly malformed: string;
}

/** The body in the form, or what is wrong with it. */
export function readMessage<Form extends z.ZodType>(body: Buffer, form: Form): z.infer<Form> | Malformed {
  let json: unknown;
  try {
    json = parseStrictJson(body);
  } catch (error) {
    if (!(error instanceof JsonRefused)) throw error;
    return { malformed: error.message };
  }
  const parsed = form.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return { malformed: `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'invalid'}` };
}

/** A report of a report goes round in circles: what two services tell each other would never end. */
export function isReportOfReport({ event }: { readonly event: string }): boolean {
  return event === OrderStatusReported.webhook || event === WorkerStatusReported.webhook;
}

/** `messageId`: as it was signed. */
export function orderStatusEvent(messageId: string, { event, created, data }: z.infer<typeof orderStatusForm>): EventEnvelope {
  const { orderId, status, statusChangedAt } = data;
  return envelope(OrderStatusReported.type, messageId, created, { messageId, event, orderId, status, ...(statusChangedAt !== undefined && { statusChangedAt }), report: data });
}

/** As `orderStatusEvent`. */
export function workerStatusEvent(messageId: string, { event, created, data }: z.infer<typeof workerStatusForm>): EventEnvelope {
  return envelope(WorkerStatusReported.type, messageId, created, { messageId, event, ...data });
}

function envelope(eventType: string, messageId: string, created: string, data: object): EventEnvelope {
  const name = `${eventType}\n${messageId}`;
  const timeMs = Date.parse(created);
  return {
    eventId: uuid7Of(timeMs, name), eventType, eventVersion: 'v1', timestamp: new Date(timeMs).toISOString(), source: SOURCE,
    correlationId: nameUuid(`inbound\n${name}`), causationId: null, data, metadata: {},
  };
}
