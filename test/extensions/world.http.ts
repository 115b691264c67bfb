/** What a service process of a test needs around it: an issuer of tokens, and a bus that keeps what is put on it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startIssuer } from '../security/issuer.http.ts';
import type { TestIssuer } from '../security/issuer.http.ts';

export interface World {
  readonly issuer: TestIssuer;
  /** For the environment of the service. */
  readonly environment: Readonly<Record<string, string>>;
  /** Types of the events that were put on the bus. */
  readonly published: readonly string[];
  stop(): Promise<void>;
}

/** `audience`: of the tokens. */
export async function startWorld(audience: string): Promise<World> {
  const issuer = await startIssuer(audience, () => Math.floor(Date.now() / 1_000));
  const published: string[] = [];
  const bus = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { Entries: entries = [] } = JSON.parse(Buffer.concat(chunks).toString() || '{}') as { Entries?: { DetailType: string }[] };
      published.push(...entries.map(({ DetailType: type }) => type));
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify({ Name: 'bus', FailedEntryCount: 0, Entries: entries.map((_, index) => ({ EventId: String(index) })) }));
    });
  });
  bus.listen(0, '127.0.0.1');
  await once(bus, 'listening');
  return {
    issuer, published,
    environment: {
      ISSUER_URL: issuer.url, EVENT_BUS_NAME: 'bus', AWS_ENDPOINT_URL: `http://127.0.0.1:${(bus.address() as AddressInfo).port}`,
      AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test',
    },
    async stop() {
      await issuer.stop();
      bus.closeAllConnections();
      bus.close();
      await once(bus, 'close');
    },
  };
}
