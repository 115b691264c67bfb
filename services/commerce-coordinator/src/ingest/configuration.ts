/** The variables of the role `ingest`. What API_… and WEBHOOK_MODE are called, and their defaults, was agreed with who operates it. */
import { choice, flag, integer, text, timeSpan, url } from '@commerce/service-kit/config';
import { unencrypted } from '@commerce/service-kit/service-variables';

export const WEBHOOK_MODES = ['http', 'grpc', 'kafka'] as const;
export const WEBHOOK_PROVIDERS = ['standard', 'stripe'] as const;

const before = 'The secret before, while it is being changed: webhooks signed with it are taken too.';

export const INGEST_VARIABLES = {
  webhookMode: choice('WEBHOOK_MODE', WEBHOOK_MODES, { meaning: 'How the ingest hands on what webhooks of payment providers tell.', default: 'http' }),
  webhookProvider: choice('PAYMENTS_WEBHOOK_PROVIDER', WEBHOOK_PROVIDERS, { meaning: 'Whose webhooks come to the paths that name no provider.', default: 'standard' }),
  paymentsWebhookSecret: text('PAYMENTS_WEBHOOK_SECRET', { meaning: 'Signs the webhooks of the provider standard: whsec_ and base64.', secret: true, minimumLength: 38 }),
  paymentsWebhookSecretBefore: text('PAYMENTS_WEBHOOK_SECRET_BEFORE', { meaning: before, secret: true, minimumLength: 38, optional: true }),
  stripeWebhookSecret: text('STRIPE_WEBHOOK_SECRET', { meaning: 'Signs the webhooks of Stripe. Without it the paths of stripe are not there.', secret: true, minimumLength: 24, optional: true }),
  stripeWebhookSecretBefore: text('STRIPE_WEBHOOK_SECRET_BEFORE', { meaning: before, secret: true, minimumLength: 24, optional: true }),
  apiBaseUrl: url('API_BASE_URL', { meaning: 'The API side, for WEBHOOK_MODE=http. Without it this process itself, which then needs the role api. In production with https, but for an address of this machine.', optional: true, productionCheck: unencrypted }),
  apiGrpcAddress: text('API_GRPC_ADDRESS', { meaning: 'The API side, for WEBHOOK_MODE=grpc: host and port.', default: '127.0.0.1:3010' }),
  apiGrpcTls: flag('API_GRPC_TLS', { meaning: 'gRPC to the API side is encrypted, and the API side shows a certificate of its name. Without it, in production only an address of this machine is called.', default: false }),
  apiGrpcCaFile: text('API_GRPC_CA_FILE', { meaning: 'PEM file of the authorities that sign that certificate; those that are known to everybody when left out.', optional: true }),
  apiGrpcCertFile: text('API_GRPC_CERT_FILE', { meaning: 'PEM file of the certificate that the ingest shows to the API side over gRPC, with API_GRPC_TLS=true and API_GRPC_KEY_FILE.', optional: true }),
  apiGrpcKeyFile: text('API_GRPC_KEY_FILE', { meaning: 'PEM file of the key of that certificate.', optional: true }),
  updatesKey: text('UPDATES_KEY', {
    meaning: 'Signs the updates that the ingest writes to Kafka, so that the API side knows them: base64 of 32 bytes, the same on both sides.', secret: true, minimumLength: 43, optional: true, neededWith: { name: 'WEBHOOK_MODE', value: 'kafka' },
  }),
  updatesKeyBefore: text('UPDATES_KEY_BEFORE', { meaning: 'The key before, while it is being changed: what is signed with it is taken too. The API side is given both first.', secret: true, minimumLength: 43, optional: true }),
  apiTimeoutMs: timeSpan('API_TIMEOUT', { meaning: 'Time for one attempt to hand on an update. A provider is answered within 5 s whatever this says.', default: 10_000, minimum: 10, maximum: 600_000 }),
  apiRetryAttempts: integer('API_RETRY_ATTEMPTS', { meaning: 'Attempts to hand on an update, the first one included.', default: 3, minimum: 1, maximum: 10 }),
  apiRetryBaseDelayMs: timeSpan('API_RETRY_BASE_DELAY', { meaning: 'Wait before the second attempt; it doubles, and is up to a quarter shorter or longer.', default: 100, minimum: 1, maximum: 60_000 }),
  apiRetryMaxDelayMs: timeSpan('API_RETRY_MAX_DELAY', { meaning: 'Longest wait between two attempts.', default: 5_000, minimum: 1, maximum: 60_000 }),
  apiBreakerFailures: integer('API_BREAKER_FAILURES', { meaning: 'Updates in a row that found the API side down after which the circuit breaker opens.', default: 5, minimum: 1, maximum: 1_000 }),
  apiBreakerOpenMs: timeSpan('API_BREAKER_OPEN_TIME', { meaning: 'Time after which an open circuit breaker lets one update through; it doubles, up to 30 s.', default: 1_000, minimum: 1, maximum: 30_000 }),
  ingestClientId: text('INGEST_CLIENT_ID', { meaning: 'Name of the ingest at the issuer.', default: 'ingest' }),
  ingestClientSecret: text('INGEST_CLIENT_SECRET', { meaning: 'Secret of the ingest at the issuer; needed for WEBHOOK_MODE=http and grpc.', secret: true, optional: true }),
};
