/** What EventBridge delivers, as a peer checks it: the same fields of the event as ours, by the same schema of its data. */
import { FulfillmentCompleted } from '@commerce/events/entries';
import { z } from 'zod';
import { SOURCE, TYPE } from './messages.ts';

/** The catalogue keeps its schemas without their types. */
const DATA = FulfillmentCompleted.versions['v1'] as unknown as z.ZodType<{ orderId: string }>;

const DETAIL = z.object({
  eventId: z.uuid(), eventType: z.literal(TYPE), eventVersion: z.string(), timestamp: z.iso.datetime(), source: z.literal(SOURCE), correlationId: z.uuid(), causationId: z.uuid().nullable(),
  data: DATA, metadata: z.object({ sequence: z.int(), traceparent: z.string() }),
});

export const DELIVERY = z.object({
  version: z.string(), id: z.string(), 'detail-type': z.literal(TYPE), source: z.literal(SOURCE), account: z.string(), time: z.string(), region: z.string(), resources: z.array(z.string()), detail: DETAIL,
});
