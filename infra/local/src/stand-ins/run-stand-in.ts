// A stand-in as a process of its own: opened from its environment, served on loopback, and closed again.
import type { RequestListener } from 'node:http';
import { runMain } from '@commerce/service-kit/lifecycle';
import { createLogger } from '@commerce/service-kit/logging';
import { listenOnLoopback } from '../listen.http.ts';

export type OpenStandIn = {
  /** On 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  readonly handler: RequestListener;
  /** Called once no request is in hand. */
  close(): Promise<void>;
};

/** Announces its address on standard output; ends on SIGTERM, or when opening fails. */
export async function runStandIn(name: string, open: (env: Readonly<Record<string, string | undefined>>) => Promise<OpenStandIn>): Promise<void> {
  await runMain(
    async ({ env }) => {
      const { port, handler, close } = await open(env);
      const server = await listenOnLoopback(port, () => handler);
      return {
        announce: { url: server.url },
        async stop() {
          await server.stop();
          await close();
        },
      };
    },
    { log: createLogger({ name }) },
  );
}
