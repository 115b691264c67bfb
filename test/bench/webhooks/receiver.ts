/**
 * A receiver as a process of its own, so that its CPU is nobody else's: answers 200 at once, and after 4 s under `/slow…`. It tells its
 * parent its port, and on a message what came since: `[path, webhook-id, Unix milliseconds]`, or only how many.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const SLOW_MS = 4_000;
let got: [string, string, number][] = [];
let count = 0;

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  request.resume();
  request.on('end', () => {
    const path = request.url ?? '';
    count += 1;
    got.push([path, String(request.headers['webhook-id']), performance.timeOrigin + performance.now()]);
    if (path.startsWith('/slow')) setTimeout(() => response.end(), SLOW_MS);
    else response.end();
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('message', (asked) => {
  if (asked === 'count') return void process.send?.({ count });
  process.send?.({ got });
  got = [];
  count = 0;
});
process.on('disconnect', () => process.exit());
