/**
 * The role `ingest`: takes the webhooks of payment providers at the edge, and hands them on in the mode that is configured. Started
 * alone, or in one process with other roles.
 */
import { clientCredentials } from '@commerce/fulfillment-client';
import type { Tokens } from '@commerce/fulfillment-client';
import type { HttpApp } from '@commerce/service-kit/http-server';
import type { Logger } from '@commerce/service-kit/logging';
import type { Ports } from '@commerce/service-kit/ports';
import type { Pool } from 'pg';
import type { FigureSource } from '@commerce/service-kit/metrics';
import type { IngestConfig } from './alone-configuration.ts';
import { signatureFault } from '../development/signature-fault.ts';
import { createAnswerLimit } from './answer-limit.ts';
import { withCircuitBreaker } from './circuit-breaker.ts';
import { createHttpClient } from './client.http.ts';
import type { Client } from './client.ts';
import { ingestFigures } from './figures.ts';
import { recordKeys } from '../updates/record-signature.ts';
import { createProcessor } from './processor.ts';
import type { WebhookProvider } from './provider.ts';
import { createStandardProvider } from './providers/standard.ts';
import { createStripeProvider } from './providers/stripe.ts';
import { withRetry } from './retry.ts';
import { ledgerNotes } from './unknown-events.pg.ts';
import { addWebhookRoutes } from './webhooks.http.ts';
import type { Door } from './webhooks.http.ts';

export interface IngestOptions {
  readonly app: HttpApp;
  readonly config: IngestConfig;
  readonly pool: Pool;
  readonly ports: Ports;
  readonly logger: Logger;
  /** Where this process listens; asked when the first webhook comes. Undefined when it has not the role `api`. */
  readonly ownUrl: (() => string) | undefined;
  /** In the place of those of the issuer. */
  readonly tokens: Tokens | undefined;
}

/** A provider gives up after 5 s: what is under way is given up before, so that it is answered. */
const ANSWER_WITHIN_MS = 4_500;
const MAX_BREAKER_OPEN_MS = 30_000;
const MAX_IN_HAND = 2_000;
const CONNECTIONS = 64;
const SCOPE = 'updates:write';

export interface Ingest {
  readonly figures: FigureSource;
  /** Gives back what it holds, once nothing comes any more. */
  close(): Promise<void>;
}

/** Adds the routes. Throws when the mode cannot work with this configuration. */
export async function openIngest(options: IngestOptions): Promise<Ingest> {
  const { app, config, pool, ports: { clock, sleep, random, faults }, logger } = options;
  const monotonicMs = (): number => clock.monotonicMs();
  const secrets = secretsOf(config);
  const providers = providersOf(secrets);
  if (!providers.has(config.webhookProvider)) throw new Error(`PAYMENTS_WEBHOOK_PROVIDER is ${config.webhookProvider}, of which there is no secret.`);
  const carried = withRetry(await openClient(options), {
    attempts: config.apiRetryAttempts, baseDelayMs: config.apiRetryBaseDelayMs, maxDelayMs: config.apiRetryMaxDelayMs, sleep, random,
  });
  const figures = ingestFigures();
  const client = withCircuitBreaker(carried, {
    failures: config.apiBreakerFailures, openMs: config.apiBreakerOpenMs, maxOpenMs: MAX_BREAKER_OPEN_MS, monotonicMs,
    onStateChange: (state) => {
      figures.circuit(state);
      logger.warn({ code: state }, 'the circuit breaker of the ingest has changed its state');
    },
  });
  const within = createAnswerLimit({ answerWithinMs: ANSWER_WITHIN_MS, sleep, monotonicMs });
  addWebhookRoutes(app, {
    providers, signatureFault: config.environment === 'development' ? faultsOf(secrets, clock) : undefined, defaultProvider: config.webhookProvider, note: ledgerNotes(pool), nowMs: () => clock.now().getTime(), maxInHand: MAX_IN_HAND, faults,
    processor: createProcessor({ client, within }), within, answered: figures.answered,
  });
  return { figures: figures.source, close: () => client.close() };
}

type Secrets = Readonly<Record<'standard' | 'stripe', readonly string[]>>;

/** The newest first; none of a provider that is not configured. */
function secretsOf({ paymentsWebhookSecret, paymentsWebhookSecretBefore, stripeWebhookSecret, stripeWebhookSecretBefore }: IngestConfig): Secrets {
  const present = (...secrets: (string | undefined)[]): string[] => secrets.filter((secret) => secret !== undefined);
  return { standard: present(paymentsWebhookSecret, paymentsWebhookSecretBefore), stripe: stripeWebhookSecret === undefined ? [] : present(stripeWebhookSecret, stripeWebhookSecretBefore) };
}

function providersOf({ standard, stripe }: Secrets): Map<string, WebhookProvider> {
  const all = [createStandardProvider(standard), ...(stripe.length === 0 ? [] : [createStripeProvider(stripe)])];
  return new Map(all.map((provider) => [provider.name, provider]));
}

function faultsOf(secrets: Secrets, clock: Ports['clock']): Door['signatureFault'] {
  return (provider, headers, body) => signatureFault(provider, { headers, body, secrets: secrets[provider as keyof Secrets] ?? [], nowMs: clock.now().getTime() });
}

/** What a mode needs is loaded only where it is chosen. */
async function openClient(options: IngestOptions): Promise<Client> {
  const { config, ports: { clock } } = options;
  if (config.webhookMode === 'grpc') {
    const [{ createGrpcClient }, { grpcClientCredentials }] = await Promise.all([import('./client.grpc.ts'), import('../updates/grpc-credentials.file.ts')]);
    return createGrpcClient({ address: config.apiGrpcAddress, credentials: grpcClientCredentials(config), tokens: tokensOf(options), timeoutMs: config.apiTimeoutMs, nowMs: () => clock.now().getTime() });
  }
  if (config.webhookMode === 'kafka') {
    const [{ createKafkaClient }, { kafkaBusOf }] = await Promise.all([import('./client.kafka.ts'), import('@commerce/bus/kafka-settings')]);
    return createKafkaClient({ bus: kafkaBusOf(config, 'commerce-coordinator-ingest'), keys: recordKeys(config.updatesKey, config.updatesKeyBefore), nowMs: () => clock.now().getTime() });
  }
  return createHttpClient({ baseUrl: baseUrlOf(options), tokens: tokensOf(options), timeoutMs: config.apiTimeoutMs, connections: CONNECTIONS });
}

function baseUrlOf({ config: { apiBaseUrl }, ownUrl }: IngestOptions): () => string {
  if (apiBaseUrl !== undefined) return () => apiBaseUrl;
  if (ownUrl === undefined) throw new Error('API_BASE_URL is missing: a process with the role ingest and without the role api needs it for WEBHOOK_MODE=http.');
  return ownUrl;
}

function tokensOf({ config, tokens, ports: { clock, sleep, random } }: IngestOptions): Tokens {
  if (tokens !== undefined) return tokens;
  const { issuerUrl, ingestClientId: clientId, ingestClientSecret: clientSecret, publicUrl: resource, webhookMode } = config;
  if (clientSecret === undefined) throw new Error(`INGEST_CLIENT_SECRET is missing: the role ingest needs it for WEBHOOK_MODE=${webhookMode}.`);
  return clientCredentials({ issuerUrl, clientId, clientSecret, resource, scope: SCOPE, clock, sleep, random });
}
