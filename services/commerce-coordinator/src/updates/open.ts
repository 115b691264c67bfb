/**
 * The API side for updates: the routes, and the gRPC server where a port is configured for it. What is not configured is not loaded.
 */
import type { TokenVerifier } from '@commerce/service-kit/auth';
import type { HttpApp } from '@commerce/service-kit/http-server';
import type { Logger } from '@commerce/service-kit/logging';
import type { Ports } from '@commerce/service-kit/ports';
import type { Config } from '../config.ts';
import type { GrpcServer } from './server.grpc.ts';
import { addUpdateRoutes } from './updates.http.ts';
import type { Updates } from './update.ts';

export interface UpdatesOptions {
  readonly app: HttpApp;
  readonly config: Pick<Config, 'environment' | 'grpcPort' | 'host' | 'grpcCertFile' | 'grpcKeyFile' | 'grpcClientCaFile'>;
  readonly updates: Updates;
  readonly auth: TokenVerifier;
  readonly ports: Pick<Ports, 'clock' | 'uuid'>;
  readonly logger: Logger;
}

/** For calls that are open when it stops. */
const GRACE_MS = 5_000;

/** Adds the routes. `listen` starts the gRPC server; undefined where there is none. */
export function openUpdates({ app, config, updates, auth, ports: { clock, uuid }, logger }: UpdatesOptions): { listen(): Promise<GrpcServer | undefined> } {
  addUpdateRoutes(app, updates);
  return {
    async listen() {
      const { grpcPort: port, host } = config;
      if (port === undefined) return undefined;
      const [{ startGrpcServer }, { grpcServerCredentials }] = await Promise.all([import('./server.grpc.ts'), import('./grpc-credentials.file.ts')]);
      return startGrpcServer({ updates, auth, host, port, credentials: grpcServerCredentials(config), uuid, nowMs: () => clock.now().getTime(), logger, graceMs: GRACE_MS });
    },
  };
}
