/** A bus that takes everything, as a process of its own: it answers PutEvents as EventBridge does, and keeps which event came when. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answer } from '../harness/child.ts';

const EVENT_ID = /"eventId":"([0-9a-f-]{36})"/;

let arrivals: [string, number][] = [];

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => void chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    const action = String(request.headers['x-amz-target']);
    response.setHeader('content-type', 'application/x-amz-json-1.1').end(JSON.stringify(action === 'AWSEvents.PutEvents' ? take(body) : { Name: 'bench', Arn: 'arn:aws:events:eu-central-1:000000000000:event-bus/bench' }));
  });
});

function take(body: string): object {
  const atMs = performance.timeOrigin + performance.now();
  const { Entries } = JSON.parse(body) as { Entries: { Detail: string }[] };
  for (const { Detail } of Entries) arrivals.push([EVENT_ID.exec(Detail)?.[1] ?? '', atMs]);
  return { FailedEntryCount: 0, Entries: Entries.map((_, index) => ({ EventId: `taken-${index}` })) };
}

answer({
  async start() {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
  /** How many came since the last `take`, how many different ones, and when the first and the last. */
  count: () => ({ count: arrivals.length, different: new Set(arrivals.map(([id]) => id)).size, firstAtMs: arrivals[0]?.[1] ?? 0, lastAtMs: arrivals.at(-1)?.[1] ?? 0 }),
  seen: () => arrivals.length,
  take() {
    const taken = arrivals;
    arrivals = [];
    return taken;
  },
});
