/**
 * Webhooks: tells systems outside, over HTTP, what they have asked to hear.
 *
 * The fan-out is a handler like any other: what is to be delivered is written with the cursor that moves past its event. A
 * dispatcher in each process of the role readers sends it; see delivery/dispatcher.ts.
 */
import { randomBytes } from 'node:crypto';
import { defineExtension } from '@commerce/signals/extension';
import { handlersOf } from '@commerce/signals/handler';
import type { HttpApp } from '@commerce/service-kit/http-server';
import type { Offered } from '../../offered.ts';
import { createAddressGuard } from './address-guard/address-guard.http.ts';
import { WEBHOOK_CONFIGURATION } from './configuration.ts';
import type { WebhookConfig } from './configuration.ts';
import { openDelivery } from './delivery/open.ts';
import { HEARD } from './fan-out-entries.ts';
import { fanOut } from './fan-out.ts';
import type { FannedOut } from './fan-out.ts';
import { fanOutStore, ordersStore } from './fan-out.pg.ts';
import { FAILURE_JOBS } from './job-failures.ts';
import { WEBHOOKS_MIGRATION } from './migrations/0001-webhooks.ts';
import { REGISTRATION_MIGRATION } from './migrations/0002-registration.ts';
import { FAILURES_MIGRATION } from './migrations/0003-failures.ts';
import { HEALTH_MIGRATION } from './migrations/0004-health.ts';
import { SUBJECTS_MIGRATION } from './migrations/0005-subjects.ts';
import { TRACES_MIGRATION } from './migrations/0006-traces.ts';
import { ORDER_PLACES_MIGRATION } from './migrations/0007-order-places.ts';
import { SEALED_HEADERS_MIGRATION } from './migrations/0008-sealed-headers.ts';
import { LEASE_BATCHES_MIGRATION } from './migrations/0009-lease-batches.ts';
import { CLAIMS_MIGRATION } from './migrations/0010-claims.ts';
import type { WebhooksOwn, WebhooksResources } from './own.ts';
import { webhookProblems } from './problems.ts';
import { createSecretsBox } from './secrets.ts';
import { WEBHOOK_SIGNALS } from './signals.ts';
import { WEBHOOK_JOBS } from './tidy.ts';
import { REGISTRATION_JOBS } from './upkeep.ts';
import { addWebhookRoutes, WEBHOOK_ROUTES } from './webhooks.http.ts';

const { transactional } = handlersOf<FannedOut, WebhooksOwn>();

export const webhooks = defineExtension({
  name: 'webhooks',
  description: 'Tells systems outside, over HTTP, what they have asked to hear.',
  source: 'webhook-service',
  configuration: WEBHOOK_CONFIGURATION,
  signals: WEBHOOK_SIGNALS,
  store: ordersStore,
  openStore: (own: WebhooksOwn) => fanOutStore(own),
  // It keeps a row for each order and decides nothing that another one waits for: fewer and larger statements.
  mostSubjects: 512,
  migrations: [
    WEBHOOKS_MIGRATION, REGISTRATION_MIGRATION, FAILURES_MIGRATION, HEALTH_MIGRATION, SUBJECTS_MIGRATION, TRACES_MIGRATION, ORDER_PLACES_MIGRATION, SEALED_HEADERS_MIGRATION,
    LEASE_BATCHES_MIGRATION, CLAIMS_MIGRATION,
  ],
  tables: [
    'webhook_endpoints', 'webhook_registrations', 'webhook_orders', 'webhook_messages', 'webhook_deliveries', 'webhook_dispatchers', 'webhook_attempts', 'webhook_counts',
    'webhook_requests', 'webhook_runs', 'webhook_failures', 'webhook_minutes', 'webhook_received', 'webhook_lease_batches',
  ],
  routes: WEBHOOK_ROUTES,
  problems: webhookProblems,
  panels: [{ id: 'webhooks', title: 'Webhooks', data: '/api/webhooks/stats' }],
  provide: (offered: Offered<WebhookConfig>): WebhooksOwn => {
    const { config } = offered;
    const guard = createAddressGuard({ allowedNetworks: config.webhookAllowedNetworks, allowHttp: config.webhookAllowHttp });
    const secrets = createSecretsBox(config.webhookSecretsKey, randomBytes);
    return {
      settings: {
        timeoutMs: config.webhookTimeoutMs, retryDelayMs: config.webhookRetryDelayMs, maxRetries: config.webhookMaxRetries,
        inboundSecrets: config.webhookInboundSecret?.split(',').map((one) => one.trim()) ?? [],
      },
      guard, secrets, db: offered.pool, log: offered.log, nowMs: offered.nowMs, recordSpan: offered.recordSpan, ...openDelivery(offered, { guard, secrets }),
    };
  },
  open: ({ webhooks: own }: WebhooksResources): WebhooksOwn => own,
  addRoutes: (app: HttpApp, own: WebhooksOwn, resources: WebhooksResources): void => addWebhookRoutes(app, own, resources),
  handlers: { 'webhooks.fan_out': transactional(HEARD, fanOut) },
  jobs: [...WEBHOOK_JOBS, ...FAILURE_JOBS, ...REGISTRATION_JOBS],
});
