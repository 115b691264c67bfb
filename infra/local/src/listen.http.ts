// A plain HTTP server on loopback, with bounded waits and an end that does not hang on kept-alive connections.
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Listening = {
  /** `http://127.0.0.1:<port>`, no trailing slash. */
  readonly url: string;
  /** Ends: running requests get `graceMs` to finish, then their connections are cut. */
  stop(graceMs?: number): Promise<void>;
};

/**
 * Listens on 127.0.0.1 and hands each request to what `handlerFor` makes of the address.
 * Port 0 takes a free one. A taken port rejects with EADDRINUSE.
 */
export async function listenOnLoopback(port: number, handlerFor: (url: string) => RequestListener): Promise<Listening> {
  const server = createServer({ requestTimeout: 30_000, keepAliveTimeout: 65_000, noDelay: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.on('request', handlerFor(url));
  return {
    url,
    async stop(graceMs = 2_000) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const cut = setTimeout(() => server.closeAllConnections(), graceMs);
      const sweep = setInterval(() => server.closeIdleConnections(), 50);
      await closed;
      clearTimeout(cut);
      clearInterval(sweep);
    },
  };
}
