/** A real HTTP server that takes webhooks and answers as a test says, and keeps what it got. */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Got {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** `performance.now()`. */
  readonly atMs: number;
}

export type Answering = (got: Got, response: ServerResponse, times: number) => void;

export interface TestReceiver {
  readonly url: string;
  readonly got: Got[];
  /** Of one path. */
  of(path: string): Got[];
  /** Requests under way now. */
  readonly open: () => number;
  readonly connections: () => number;
  close(): Promise<void>;
}

/** `answer`: what it does with a request, the nth of its path (from 1); 200 at once when left out. */
export async function startTestReceiver(answer: Answering = (_got, response) => void response.end('ok')): Promise<TestReceiver> {
  const got: Got[] = [];
  const times = new Map<string, number>();
  let open = 0;
  let connections = 0;
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    open += 1;
    response.on('close', () => void (open -= 1));
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      const one = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks), atMs: performance.now() };
      got.push(one);
      const time = (times.get(one.path) ?? 0) + 1;
      times.set(one.path, time);
      answer(one, response, time);
    });
    request.on('error', () => undefined);
  });
  server.on('connection', () => void (connections += 1));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    got, of: (path) => got.filter((one) => one.path === path), open: () => open, connections: () => connections,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
