/** The variables of webhooks. */
import { flag, integer, text } from '@commerce/service-kit/config';
import type { ConfigDeclaration, ConfigOf } from '@commerce/service-kit/config';
import { holdsLoopback } from './address-guard/networks.ts';

export const WEBHOOK_CONFIGURATION = {
  webhookTimeoutMs: integer('WEBHOOK_TIMEOUT', { meaning: 'Time for one attempt of a delivery, in ms, for endpoints that name none.', default: 30_000, minimum: 100, maximum: 300_000 }),
  webhookRetryDelayMs: integer('WEBHOOK_RETRY_DELAY', { meaning: 'Wait after the first failed attempt, in ms, for endpoints that name none; it doubles with each further one.', default: 5_000, minimum: 10, maximum: 3_600_000 }),
  webhookMaxRetries: integer('WEBHOOK_MAX_RETRIES', { meaning: 'Attempts of one delivery, the first included, that an endpoint may ask for.', default: 5, minimum: 1, maximum: 50 }),
  webhookAllowedNetworks: text('WEBHOOK_ALLOWED_NETWORKS', {
    meaning: 'Networks, as CIDRs separated by commas, to which webhooks may go though they are not public, for example 10.20.0.0/16. Empty: none.', optional: true,
    productionCheck: (networks) => (holdsLoopback(networks) ? 'must not hold loopback addresses in production' : undefined),
  }),
  webhookAllowHttp: flag('WEBHOOK_ALLOW_HTTP', { meaning: 'Webhooks may go to http:// addresses, too.', default: false }),
  webhookSecretsKey: text('WEBHOOK_SECRETS_KEY', {
    meaning: 'Encrypts the secrets of webhooks in the database: base64 of 32 bytes. The same on every instance, and kept: without it those secrets are lost.', secret: true, minimumLength: 43,
  }),
  webhookInboundSecret: text('WEBHOOK_INBOUND_SECRET', {
    meaning: 'Secrets that sign what comes in under /api/webhooks: whsec_ and base64, several separated by commas while they are changed. Without it nothing is taken in there.', secret: true, minimumLength: 38, optional: true,
  }),
};

export type WebhookConfig = ConfigOf<ConfigDeclaration<typeof WEBHOOK_CONFIGURATION>>;
