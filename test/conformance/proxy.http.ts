/** A proxy of a whole HTTP service, through which a fault is planted in front of it. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Call {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Proxy {
  readonly url: string;
  close(): Promise<void>;
}

const HOP_HEADERS = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive', 'content-encoding']);

/** Starts on a free port of 127.0.0.1. When `answer` rejects, the connection breaks. */
export async function startProxy(answer: (call: Call) => Promise<Reply>): Promise<Proxy> {
  const server = createServer((request, response) => {
    serve(request, response, answer).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

async function serve(request: IncomingMessage, response: ServerResponse, answer: (call: Call) => Promise<Reply>): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !HOP_HEADERS.has(name)).map(([name, value]) => [name, [value].flat().join(', ')]));
  const reply = await answer({ method: request.method ?? 'GET', path: request.url ?? '/', headers, body: Buffer.concat(chunks).toString() });
  response.writeHead(reply.status, reply.headers).end(reply.body);
}

/** Calls the service behind; `base` is its address without a slash at the end. */
export async function forward(base: string, { method, path, headers, body }: Call): Promise<Reply> {
  const answer = await fetch(`${base}${path}`, { method, headers, redirect: 'manual', ...(body !== '' && { body }) });
  return { status: answer.status, headers: Object.fromEntries([...answer.headers].filter(([name]) => !HOP_HEADERS.has(name))), body: await answer.text() };
}
