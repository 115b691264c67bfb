/**
 * The port of the providers: whose signature opens the door, and what its words mean. A provider decides nothing about orders.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { HeaderDescription } from '@commerce/service-kit/openapi';
import type { DisputeWebhook, PaymentWebhook, Read } from './webhook.ts';

export interface WebhookProvider {
  readonly name: string;
  /** Headers that the signature is made of: each must come exactly once. */
  readonly headers: readonly HeaderDescription[];
  /** True when the raw bytes were signed with one of the secrets, not more than five minutes before or after `nowMs`. */
  isSigned(headers: IncomingHttpHeaders, body: Buffer, nowMs: number): boolean;
  readOrderWebhook(body: unknown): Read<PaymentWebhook>;
  readDisputeWebhook(body: unknown): Read<DisputeWebhook>;
}
