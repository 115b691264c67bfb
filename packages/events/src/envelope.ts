/**
 * The envelope that every event wears, in the log, on the bus and on the wire.
 * It holds who, what, when and why; `data` is checked by the catalogue, not here.
 */
import { z } from 'zod';

/** What travels beside the data. `userId` is the token's subject or the customer, `sessionId` the header X-Session-Id. */
export interface EventMetadata {
  readonly userId?: string | undefined;
  readonly sessionId?: string | undefined;
  /** W3C trace context of the request that began it all. */
  readonly traceparent?: string | undefined;
  /** Version of the aggregate, per source and entity: a consumer drops what is older than it has seen. */
  readonly sequence?: number | undefined;
  readonly [key: string]: unknown;
}

/** One event. `timestamp` is ISO 8601 in UTC with milliseconds; it orders nothing. */
export interface EventEnvelope<Data = unknown> {
  /** UUIDv7, the one identity of the event on every transport. */
  readonly eventId: string;
  /** Name in the catalogue, for example `OrderCreated`. */
  readonly eventType: string;
  /** `v1`, `v2`, … */
  readonly eventVersion: string;
  readonly timestamp: string;
  /** The part of the business that speaks, for example `order-service`. */
  readonly source: string;
  /** The request that began the flow (UUID). */
  readonly correlationId: string;
  /** The event that triggered this one; null for the first of a flow, which a request triggered. */
  readonly causationId: string | null;
  readonly data: Data;
  readonly metadata: EventMetadata;
}

const sane = (max: number): z.ZodString => z.string().min(1).max(max);

const metadataSchema = z.looseObject({
  userId: sane(200).optional(),
  sessionId: sane(200).optional(),
  traceparent: sane(100).optional(),
  sequence: z.int().min(1).optional(),
});

/** The envelope as it must arrive; members that it does not know are refused. */
export const envelopeSchema = z.strictObject({
  eventId: z.uuid(),
  eventType: z.string().regex(/^[A-Z][A-Za-z0-9]{0,127}$/),
  eventVersion: z.string().regex(/^v[1-9][0-9]{0,3}$/),
  timestamp: z.iso.datetime(),
  source: sane(256),
  correlationId: z.uuid(),
  causationId: z.uuid().nullable(),
  data: z.record(z.string(), z.unknown()),
  metadata: metadataSchema,
});
