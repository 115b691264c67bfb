// The signature of Standard Webhooks, version 1: HMAC-SHA256 over `{id}.{timestamp}.{body}`. Pure.
import { createHmac } from 'node:crypto';

/**
 * The value of the header `webhook-signature`.
 * @param secret `whsec_` followed by the key in base64
 * @param timestampSeconds the value of the header `webhook-timestamp`
 */
export function signWebhook(secret: string, id: string, timestampSeconds: number, body: string): string {
  if (!secret.startsWith('whsec_')) throw new Error('a webhook secret starts with whsec_');
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestampSeconds}.${body}`).digest('base64')}`;
}
