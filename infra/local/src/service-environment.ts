// What each service's main.ts gets as its environment, in one place. The names are the services' own (`src/config.ts` there).
import type { Provider } from './northwind.ts';

/** Everything both services need to know of their surroundings. All addresses without a trailing slash. */
export type Surroundings = {
  readonly ccUrl: string;
  readonly ofUrl: string;
  readonly issuerUrl: string;
  readonly lmsUrl: string;
  readonly paymentsUrl: string;
  readonly awsUrl: string;
  readonly ccDatabaseUrl: string;
  readonly ofDatabaseUrl: string;
  readonly buses: { readonly cc: string; readonly of: string };
  readonly queueUrl: string;
  /** How Commerce Coordinator authenticates at Order Fulfillment. */
  readonly ofClient: { readonly id: string; readonly secret: string };
  readonly paymentsApiKey: string;
  readonly paymentsWebhookSecret: string;
  /** Of Stripe's API, which the payment stand-in answers too. */
  readonly stripeUrl: string;
  readonly stripeApiKey: string;
  readonly stripeWebhookSecret: string;
  /** The client at which people sign in. */
  readonly dashboardClient: { readonly id: string; readonly secret: string };
  /** Of the client `ingest` at the issuer. */
  readonly ingestClientSecret: string;
  /** Under which Commerce Coordinator keeps the secrets of webhooks. */
  readonly webhookSecretsKey: string;
  /** Where webhooks may go beside the public internet, and whether without TLS. */
  readonly webhookAllowances: { readonly networks: string; readonly http: string };
  /** Signs what systems outside report to Commerce Coordinator. */
  readonly webhookInboundSecret: string;
  /** Folder of e-mails to customers. */
  readonly outbox: string;
  readonly lmsApiKey: string;
  readonly lmsCallbackSecret: string;
  /** Under which Order Fulfillment keeps its clients' secrets. */
  readonly clientSecretsKey: string;
  /** By which each signs the heads of its log. */
  readonly sealKeys: { readonly cc: string; readonly of: string };
  /** Under which Commerce Coordinator keeps the keys of its customers. */
  readonly personalDataKey: string;
  /** Signs what its ingest writes to Kafka. */
  readonly updatesKey: string;
  /** JSON file of the clients' records, see `clientRecords`. */
  readonly clientsFile: string;
};

/** The emulator accepts any credentials; these are the customary ones. */
const AWS_CREDENTIALS = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

export function coordinatorEnvironment(around: Surroundings): Record<string, string> {
  return {
    ...AWS_CREDENTIALS,
    CC_PORT: new URL(around.ccUrl).port,
    CC_URL: around.ccUrl,
    DATABASE_URL: around.ccDatabaseUrl,
    SEAL_KEY: around.sealKeys.cc,
    PERSONAL_DATA_KEY: around.personalDataKey,
    UPDATES_KEY: around.updatesKey,
    ISSUER_URL: around.issuerUrl,
    DASHBOARD_CLIENT_ID: around.dashboardClient.id,
    DASHBOARD_CLIENT_SECRET: around.dashboardClient.secret,
    OF_URL: around.ofUrl,
    OF_CLIENT_ID: around.ofClient.id,
    OF_CLIENT_SECRET: around.ofClient.secret,
    AWS_ENDPOINT_URL: around.awsUrl,
    EVENT_BUS_NAME: around.buses.cc,
    FULFILLMENT_QUEUE_URL: around.queueUrl,
    // Nobody pays for questions here, and who ends the stack waits for those that are open.
    FULFILLMENT_QUEUE_WAIT_SECONDS: '1',
    PAYMENTS_URL: around.paymentsUrl,
    PAYMENTS_API_KEY: around.paymentsApiKey,
    PAYMENTS_WEBHOOK_SECRET: around.paymentsWebhookSecret,
    STRIPE_URL: around.stripeUrl,
    STRIPE_API_KEY: around.stripeApiKey,
    STRIPE_WEBHOOK_SECRET: around.stripeWebhookSecret,
    INGEST_CLIENT_SECRET: around.ingestClientSecret,
    PAYMENTS_DEFAULT_TOKEN: 'tok_4242424242424242',
    WEBHOOK_SECRETS_KEY: around.webhookSecretsKey,
    WEBHOOK_INBOUND_SECRET: around.webhookInboundSecret,
    WEBHOOK_ALLOWED_NETWORKS: around.webhookAllowances.networks,
    WEBHOOK_ALLOW_HTTP: around.webhookAllowances.http,
    OUTBOX_DIR: around.outbox,
  };
}

export function fulfillmentEnvironment(around: Surroundings): Record<string, string> {
  return {
    ...AWS_CREDENTIALS,
    OF_PORT: new URL(around.ofUrl).port,
    OF_URL: around.ofUrl,
    DATABASE_URL: around.ofDatabaseUrl,
    SEAL_KEY: around.sealKeys.of,
    ISSUER_URL: around.issuerUrl,
    AWS_ENDPOINT_URL: around.awsUrl,
    EVENT_BUS_NAME: around.buses.of,
    LMS_URL: around.lmsUrl,
    LMS_API_KEY: around.lmsApiKey,
    LMS_CALLBACK_SECRET: around.lmsCallbackSecret,
    CLIENT_SECRETS_KEY: around.clientSecretsKey,
    CLIENTS_FILE: around.clientsFile,
  };
}

/** The record of one client of Order Fulfillment: what it may do and who delivers what. The first match counts: sku, kind, default; without one a line is refused. */
export type ClientRecord = {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly providers: {
    readonly default?: Provider;
    readonly byKind: Readonly<Record<string, Provider>>;
    readonly bySku: Readonly<Record<string, Provider>>;
  };
};

/** The content of CLIENTS_FILE: every local client that may call Order Fulfillment, with the same split of the products. `byDefault`: who delivers every other product, null for nobody. */
export function clientRecords(
  clients: Readonly<Record<string, { readonly scopes: readonly string[] }>>,
  bySku: Readonly<Record<string, Provider>>,
  byDefault: Provider | null,
): { clients: ClientRecord[] } {
  const providers = { ...(byDefault !== null && { default: byDefault }), byKind: { digital: 'instant', physical: 'warehouse', course: 'lms' }, bySku } as const;
  const callers = Object.entries(clients).filter(([, { scopes }]) => scopes.some((scope) => scope.startsWith('fulfillment:')));
  return { clients: callers.map(([clientId, { scopes }]) => ({ clientId, scopes, providers })) };
}
