/** An API with one route: takes JSON, answers 202 with JSON, 400 for what does not fit. Gives its address. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export async function jsonApi(handle: (given: unknown) => Promise<object>): Promise<string> {
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      const answered = async (): Promise<object> => handle(JSON.parse(Buffer.concat(chunks).toString()));
      answered().then(
        (body) => response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
        (error: unknown) => response.writeHead(400).end(String(error)),
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
