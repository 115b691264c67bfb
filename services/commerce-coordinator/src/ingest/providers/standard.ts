/**
 * The provider `standard`: signs as Standard Webhooks says, and tells in the words of this service. Pure.
 * Promise: a status that is not known is told as such and not refused. Refuses: unknown fields, and money that is no decimal string.
 */
import { webhookKey, isSigned } from '@commerce/service-kit/webhook-signature';
import { WEBHOOK_HEADERS } from '@commerce/service-kit/webhook-door';
import { z } from 'zod';
import { formatMoney, minorUnits } from '../../money.ts';
import type { WebhookProvider } from '../provider.ts';
import { foreignId } from '../../updates/update.ts';
import { eventIdIn, firstIssue } from '../webhook.ts';
import type { DisputeWebhook, PaymentWebhook, Read } from '../webhook.ts';

const NAME = 'standard';
const PAYMENT_STATUSES: Readonly<Record<string, PaymentWebhook['status']>> = {
  authorised: 'authorised', captured: 'captured', succeeded: 'captured', failed: 'failed', refunded: 'refunded', partially_refunded: 'partially_refunded', refund_failed: 'refund_failed',
};
const DISPUTE_STATUSES: Readonly<Record<string, DisputeWebhook['status']>> = { opened: 'opened', under_review: 'under_review', won: 'won', lost: 'lost' };

const told = {
  provider_event_id: foreignId.describe('Of the provider, the same when it tells again.'),
  provider: z.literal(NAME),
  order_id: foreignId,
  currency: z.string().regex(/^[A-Z]{3}$/),
  occurred_at: z.iso.datetime({ offset: true }),
  sequence: z.int().min(0).optional().describe('The provider\'s own count of what it tells of this payment or dispute; goes before the time.'),
  reason: z.strictObject({ code: z.string().max(200), message: z.string().max(2_000).optional() }).optional(),
};
const amount = z.string().regex(/^\d{1,15}(\.\d{1,2})?$/);
const status = (known: object) => z.string().regex(/^[a-z][a-z0-9_.-]{0,99}$/).describe(`${Object.keys(known).join(', ')}; any other one is recorded and has no effect.`);

export const standardOrderForm = z.strictObject({
  ...told, status: status(PAYMENT_STATUSES), payment_id: foreignId.optional().describe('The provider\'s id of the charge.'),
  refund_id: foreignId.optional().describe('Of a refund: the key under which it was asked for.'),
  amount: amount.describe('Decimal string: of the charge, or of this refund.'),
});
export const standardDisputeForm = z.strictObject({ ...told, dispute_id: foreignId, status: status(DISPUTE_STATUSES), amount: amount.describe('Decimal string: what is disputed.') });

/** `secrets`: as they were agreed, the newest first. Throws when one is none. */
export function createStandardProvider(secrets: readonly string[]): WebhookProvider {
  const keys = secrets.map(webhookKey);
  return {
    name: NAME,
    headers: WEBHOOK_HEADERS,
    isSigned: (headers, body, nowMs) => isSigned({ id: one(headers['webhook-id']), timestamp: one(headers['webhook-timestamp']), signature: one(headers['webhook-signature']), body }, keys, nowMs),
    readOrderWebhook: (body) => read(standardOrderForm, PAYMENT_STATUSES, body),
    readDisputeWebhook: (body) => read(standardDisputeForm, DISPUTE_STATUSES, body),
  };
}

function read<Form extends z.ZodType<{ provider_event_id: string; status: string; amount: string }>, Status extends string>(
  form: Form, statuses: Readonly<Record<string, Status>>, body: unknown,
): Read<Omit<z.infer<Form>, 'status'> & { status: Status }> {
  const parsed = form.safeParse(body);
  if (!parsed.success) return { kind: 'malformed', detail: firstIssue(parsed.error.issues), providerEventId: eventIdIn(body, 'provider_event_id') };
  const known = Object.hasOwn(statuses, parsed.data.status) ? statuses[parsed.data.status] : undefined;
  if (known === undefined) return { kind: 'unknown', providerEventId: parsed.data.provider_event_id, type: parsed.data.status };
  return { kind: 'webhook', webhook: { ...parsed.data, status: known, amount: formatMoney(minorUnits(parsed.data.amount)) } };
}

function one(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
