/**
 * What a payment provider tells, in the words that are used inside: an update of an order's payment, or of a dispute about it.
 *
 * Promise: these schemas are all that crosses from the ingest, over HTTP, gRPC or Kafka, and they take nothing else. Money is a
 * decimal string with two places, times are RFC 3339 with an offset or Z.
 */
import { z } from 'zod';

/** An id that somebody else has given: 1 to 200 characters. */
export const foreignId = z.string().min(1).max(200).refine((text) => !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text), 'must be text without control characters, line separators and half surrogate pairs');
const money = z.string().regex(/^\d{1,15}\.\d{2}$/);
const currency = z.string().regex(/^[A-Z]{3}$/);
/** `code` as the provider names it; it is made safe before it is stored. */
const reason = z.strictObject({ code: z.string().max(200), message: z.string().max(2_000).optional() });

const told = {
  /** Who tells: the name of the provider that the ingest is configured for. */
  provider: z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/),
  /** With `provider`: the key under which it counts once. */
  providerEventId: foreignId,
  amount: money,
  currency,
  /** When it became so at the provider: of two updates of one payment or dispute the older one is stale. */
  occurredAt: z.iso.datetime({ offset: true }),
  /** The provider's own count of a payment's or a dispute's updates; where it is given it goes before the time. */
  sequence: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  reason: reason.optional(),
};

/**
 * `amount`: what is charged; of `refunded` and `partially_refunded` what this refund gives back, of `refund_failed` what a refund that was given did
 * not bring to the customer. Each refund is a fact of its own and
 * told once: those two say the same, and what is left follows from the sum. `attempt_failed`: nothing is decided, for the customer may try
 * again with the same charge.
 */
export const orderUpdateRequest = z.strictObject({
  ...told,
  orderId: foreignId,
  status: z.enum(['authorised', 'captured', 'attempt_failed', 'failed', 'refunded', 'partially_refunded', 'refund_failed']),
  /** The provider's own id of the charge. */
  reference: foreignId.optional(),
  /** Of a refund: the key under which it was asked for, where the provider names it. */
  refundId: foreignId.optional(),
});
export type OrderUpdateRequest = z.infer<typeof orderUpdateRequest>;

/** `amount`: what is disputed. Where the provider does not name the order it names the charge, and the order is found by that. */
export const disputeUpdateRequest = z.strictObject({
  ...told,
  orderId: foreignId.optional(),
  disputeId: foreignId,
  status: z.enum(['opened', 'under_review', 'won', 'lost']),
  /** The provider's own id of the charge. */
  reference: foreignId.optional(),
}).refine(({ orderId, reference }) => orderId !== undefined || reference !== undefined, 'must name the order or the charge: orderId or reference')
  .meta({ anyOf: [{ required: ['orderId'] }, { required: ['reference'] }] });
export type DisputeUpdateRequest = z.infer<typeof disputeUpdateRequest>;

/**
 * `applied`: it has its effect, durably. `stale`: something newer is known, no effect. `duplicate`: this very event was taken
 * before. `unknown_order`: kept, and applied when the order comes. `invalid_status`: it contradicts what is known; recorded.
 */
export const UPDATE_VERDICTS = ['applied', 'stale', 'duplicate', 'unknown_order', 'invalid_status'] as const;
export const updateAnswer = z.strictObject({ verdict: z.enum(UPDATE_VERDICTS), detail: z.string().max(2_000).optional() });
export type UpdateAnswer = z.infer<typeof updateAnswer>;

/** `isUnkept`: its time has not come, and it is not kept, for too many wait already. Who cannot have it told again must keep it. */
export type UpdateOutcome = UpdateAnswer & { readonly isUnkept?: true };

/** Of the webhook that told it: used where the order has no flow of its own yet. */
export interface UpdateFlow {
  readonly correlationId: string;
  /** Aborted when nobody waits for the answer any more: an update whose turn comes after that is not begun, and its promise rejects with the reason. */
  readonly signal?: AbortSignal;
}

/** Each resolves when the update is durable, or recorded as refused. Each rejects with `Overloaded` when too much waits. */
export interface Updates {
  readonly processOrderUpdate: (update: OrderUpdateRequest, flow: UpdateFlow) => Promise<UpdateOutcome>;
  readonly processDisputeUpdate: (update: DisputeUpdateRequest, flow: UpdateFlow) => Promise<UpdateOutcome>;
}
