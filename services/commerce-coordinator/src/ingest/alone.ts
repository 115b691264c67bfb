/**
 * A process whose only role is `ingest`: the door, and the way to the API side.
 *
 * Promise: it starts, and takes webhooks, though the database is away: only events of a type that means nothing here are written there,
 * and are answered 502 until it is back. It migrates nothing. Going down, it answers what it has in hand first.
 */
import type { Tokens } from '@commerce/fulfillment-client';
import { byToken, createTokenVerifier } from '@commerce/service-kit/auth';
import type { TokenVerifier } from '@commerce/service-kit/auth';
import { openDatabase } from '@commerce/service-kit/database';
import { createHttpServer } from '@commerce/service-kit/http-server';
import { createLogger } from '@commerce/service-kit/logging';
import { addMetricsRoute, processFigures, requestFigures } from '@commerce/service-kit/metrics';
import { systemPorts } from '@commerce/service-kit/ports';
import type { Ports } from '@commerce/service-kit/ports';
import { startOrTakeDown } from '@commerce/service-kit/running';
import type { Running } from '@commerce/service-kit/running';
import { readinessDelayOf } from '@commerce/service-kit/service-variables';
import type { IngestConfig } from './alone-configuration.ts';
import { openIngest } from './open.ts';
import { ingestProblems } from './problems.ts';

const NAME = 'commerce-coordinator';
const VERSION = '0.1.0';
const DRAIN_MS = 10_000;

export interface AloneOverrides extends Partial<Ports> {
  readonly auth?: TokenVerifier;
  /** In the place of the tokens that the issuer gives the ingest. */
  readonly ingestTokens?: Tokens;
}

export interface IngestAlone {
  /** Where it listens. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Throws when the mode cannot work with this configuration, or the port is taken. */
export function startIngestAlone(config: IngestConfig, overrides: AloneOverrides = {}): Promise<IngestAlone> {
  return startOrTakeDown((running) => start(config, overrides, running));
}

async function start(config: IngestConfig, { auth: given, ingestTokens, ...overrides }: AloneOverrides, running: Running): Promise<IngestAlone> {
  const logger = createLogger({ name: NAME, level: config.logLevel });
  const ports = systemPorts({ uuid: () => crypto.randomUUID(), ...overrides });
  const { issuerUrl: issuer, publicUrl } = config;
  const { pool, close } = openDatabase({
    url: config.databaseUrl, max: config.databaseConnections, applicationName: `${NAME}-ingest`, onConnectionError: (error) => logger.warn({ err: error }, 'a connection to the database was lost'),
  });
  running.onStop(close);
  const auth = given ?? createTokenVerifier({ issuer, audience: publicUrl, clock: ports.clock, onKeyFailure: (error) => logger.warn({ err: error }, 'the keys of the issuer cannot be had') });
  const requests = requestFigures();
  const server = await createHttpServer({ name: 'Commerce Coordinator', version: VERSION, publicUrl, logger, auth: byToken(auth), issuer, ports, problems: [ingestProblems], requestFigures: requests });
  const ingest = await openIngest({ app: server.app, config, pool, ports, logger, tokens: ingestTokens, ownUrl: undefined });
  running.onStop(() => ingest.close());
  addMetricsRoute(server.app, { logger, sources: [requests.source, processFigures, ingest.figures] });
  running.onStop(() => server.drain({ graceMs: DRAIN_MS, readinessDelayMs: readinessDelayOf(config) }));
  const { url } = await server.listen({ port: config.port, host: config.host });
  return { url, stop: running.stop };
}
